# ruff: noqa: RUF001, captions hold dashes
"""Pictures in clean HTML: given their real address, rid of trackers, and read out.

Both functions take what nh3 returned, where attributes stand in double quotes and ``<`` and ``>``
occur in tags only.
"""

from __future__ import annotations

import re
from html import escape, unescape

from ..model import Image
from .links import absolute, is_private
from .text import line

LAZY = ("data-src", "data-original", "data-lazy-src", "data-orig-file", "data-srcset", "srcset")
"""Where scripts that load pictures late keep the address; the best first."""

_IMG = re.compile(r"<img((?: [^<>]*)?)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_PLAIN_ATTRIBUTES = frozenset({"src", "alt", "title", "width", "height", "loading"})
_FIGURE_OR_IMG = re.compile(r"<(?:figure(?: [^<>]*)?>(.*?)</figure>|img((?: [^<>]*)?)>)", re.DOTALL)
_CAPTION = re.compile(r"<figcaption(?: [^<>]*)?>(.*?)</figcaption>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
# HTML, "srcset attributes": an address, then a width (w) or a density (x).
_CANDIDATE = re.compile(r"([^\s,]\S*)(?:\s+(\d{1,6}(?:\.\d{1,4})?)[wx])?\s*(?:,|$)")
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d*)?\s*(?:px)?\s*")
# Pictures that show nothing and count readers: the counters of feed hosts, and pictures that
# say in their name that they are empty.
_TRACKER = re.compile(
    r"https?://(?:[^/]*\.)?(?:pixel\.wp\.com|stats\.wordpress\.com|feedsportal\.com|doubleclick\.net"
    r"|google-analytics\.com|scorecardresearch\.com|pixel\.quantserve\.com|rss\.buysellads\.com"
    r"|feeds\.feedburner\.com/~|list-manage\.com/track/|imrworldwide\.com|statcounter\.com"
    r"|counter\.theconversation\.com)"
    r"|https?://[^?#]*/(?:1x1|pixel|spacer|blank|clear|transparent|count)\.(?:gif|png)(?:[?#]|$)",
    re.IGNORECASE,
)

# A credit is the last thing in a caption: in brackets, or behind a word that announces it.
_CREDIT = re.compile(
    r"\s*(?:\((?P<bracketed>[^()]{0,40}\b(?:AFP|AP|EPA|Getty|Reuters|Foto|Image|Photo|Picture|via"
    r"|courtesy)\b[^()]{0,100})\)"
    r"|(?:^|(?<=[.!?…”\"|/)–—])\s*)(?:Photo(?:graph)?|Image|Picture|Foto|Credit)s?"
    r"(?: credit| by| courtesy of|:| ©| /|\|){1,2}\s*(?P<announced>[^.:;]{2,80})"
    r"|©\s*(?P<copyright>[^.:;©]{2,80}))\.?\s*$"
)
_CREDIT_CHARACTERS = 160


def mend(html: str, base: str | None) -> str:
    """Return *html* with each picture's real address, without the pictures that only count."""
    return _IMG.sub(lambda found: _mended(found[1], base), html)


def _mended(written: str, base: str | None) -> str:
    attributes = dict(_ATTRIBUTE.findall(written))
    width, height = pixels(attributes.get("width")), pixels(attributes.get("height"))
    address = _address(attributes, base)
    if address is None or _tiny(width, height) or not shown(address):
        return ""
    kept = {
        "src": escape(address),
        "alt": attributes.get("alt", ""),
        "title": attributes.get("title"),
        "width": width,
        "height": height,
        "loading": "lazy" if attributes.get("loading") == "lazy" else None,
    }
    rest = "".join(f' {name}="{value}"' for name, value in kept.items() if value is not None)
    return f"<img{rest}>"


def _address(attributes: dict[str, str], base: str | None) -> str | None:
    """Return the address of a picture; where there is a late one, ``src`` is a stand-in."""
    if not _PLAIN_ATTRIBUTES.issuperset(attributes):
        for name in LAZY[:4]:
            if address := absolute(unescape(attributes.get(name, "")), base):
                return address
    address = absolute(unescape(attributes.get("src", "")), base)
    if address and address != base:  # nh3 resolves src="" to the page itself
        return address
    for name in LAZY[4:]:
        if address := absolute(_widest(unescape(attributes.get(name, ""))), base):
            return address
    return None


def _widest(srcset: str) -> str:
    """Return the address of the largest candidate of *srcset*, or ''."""
    candidates = [(float(size or 1), link) for link, size in _CANDIDATE.findall(srcset)]
    return max(candidates, default=(0, ""), key=lambda candidate: candidate[0])[1].rstrip(",")


def pixels(value: str | int | None) -> int | None:
    """Return *value* as a number of pixels, None where it is a percentage or no number."""
    found = _PIXELS.fullmatch(str(value)) if value is not None else None
    return int(found[1]) if found else None


def _tiny(width: int | None, height: int | None) -> bool:
    """Tell whether a picture is one pixel high or wide: it counts readers."""
    return (width is not None and width <= 1) or (height is not None and height <= 1)


def shown(address: str) -> bool:
    """Tell whether the picture at *address* is meant for eyes, and a reader could get it."""
    return not _TRACKER.match(address) and not is_private(address)


def first_images(html: str) -> list[Image]:
    """Return the pictures of *html*, which ``clean`` gave, in order, with caption and credit."""
    images: list[Image] = []
    for figure, alone in _FIGURE_OR_IMG.findall(html):  # each img has its src since ``mend``
        found = _CAPTION.search(figure)
        caption, credit = credited(line(_TAG.sub("", found[1]))) if found else ("", "")
        for written in [alone] if alone else _IMG.findall(figure):
            attributes = dict(_ATTRIBUTE.findall(written))
            images.append(
                Image(
                    url=unescape(attributes["src"]),
                    alt=line(attributes.get("alt")),
                    caption=caption,
                    credit=credit,
                    width=pixels(attributes.get("width")),
                    height=pixels(attributes.get("height")),
                )
            )
    return images


def credited(caption: str) -> tuple[str, str]:
    """Return *caption* without the credit at its end, and the credit ('' where there is none)."""
    start = max(0, len(caption) - _CREDIT_CHARACTERS)
    found = _CREDIT.search(caption, start)
    if not found:
        return caption, ""
    credit = found["bracketed"] or found["announced"] or found["copyright"]
    return caption[: found.start()].rstrip(), credit.strip()
