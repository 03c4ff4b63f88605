"""NITF's body to HTML: paragraphs, lists, tables and quotations, and its media in their places.

What NITF marks inside a paragraph for machines (persons, organisations, money) is its plain text;
what it marks for the desk (``note type="npa"``) is left out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from html import escape

import msgspec

from ...model import Enclosure, Image
from ..xml_tree import Element, attribute, child, children, words

# NITF 3.6, "enriched text" and "block content": what HTML has under the same or another name.
_TAGS = {
    **{name: name for name in ("p", "ol", "ul", "li", "dl", "dt", "dd", "table", "caption", "tr")},
    **{name: name for name in ("thead", "tbody", "tfoot", "th", "td", "pre", "hr", "br", "a")},
    **{name: name for name in ("em", "strong", "b", "i", "q", "sub", "sup", "ruby", "rb", "rt")},
    "bq": "blockquote",
    "blockquote": "blockquote",
    "hl1": "h2",
    "hl2": "h3",
    "credit": "cite",
    "fn": "small",
    "datasource": "p",
    "note": "aside",
    "tagline": "p",
}
_VOID = frozenset({"br", "hr"})
_KEPT_ATTRIBUTES = {"a": ("href",), "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan")}
_LEFT_OUT = frozenset(
    {"media-metadata", "media-object", "nitf-table-metadata", "custom-table", "ed-msg", "hedline"}
    | {"bibliography", "script", "style"}
)
_BLOCKS = frozenset({"p", "ol", "ul", "dl", "table", "pre", "hr", "bq", "hl2", "media", "block"})
# The New York Times tells the beginning of a text twice: once in a block of its own.
_WHOLE = "full_text"
_OPENINGS = frozenset({"lead_paragraph", "online_lead_paragraph", "correction_text"})
_PIXELS = range(1, 100_000)


class Body(msgspec.Struct):
    """What stands in ``body.content``: HTML, pictures, other media, and bytes that came along."""

    html: str = ""
    images: list[Image] = []
    enclosures: list[Enclosure] = []
    attachments: dict[str, bytes] = {}


def body_of(content: Element | None, end: Element | None) -> Body:
    """Return the text of ``body.content`` and the tagline of ``body.end``."""
    body = Body()
    if content is not None:
        body.html = "".join(_content(content, body)).strip()
    for tagline in children(end, "tagline"):
        if words(tagline):
            body.html += "".join(_element(tagline, body))
    return body


def _content(element: Element, body: Body) -> Iterator[str]:
    """Yield the HTML of what is in *element*."""
    whole = any(one.get("class") == _WHOLE for one in children(element, "block"))
    yield escape(element.text or "", quote=False)
    for one in element:
        if not (whole and one.get("class") in _OPENINGS):
            yield from _element(one, body)
        yield escape(one.tail or "", quote=False)


def _element(element: Element, body: Body) -> Iterator[str]:
    name = str(element.tag)
    if name == "media":
        yield from _media(element, body)
        return
    if name == "frac":  # a separator may be left out
        yield escape(f"{words(child(element, 'numer'))}/{words(child(element, 'denom'))}")
        return
    if name in _LEFT_OUT or name.startswith("{") or _is_for_the_desk(element):
        return
    tag = "div" if name == "block" else _TAGS.get(name)
    if tag in _VOID:
        yield f"<{tag}>"
    elif tag is None or (tag == "p" and any(one.tag in _BLOCKS for one in element)):
        yield from _content(element, body)
    else:
        kept = ((key, element.get(key)) for key in _KEPT_ATTRIBUTES.get(name, ()))
        attributes = "".join(f' {key}="{escape(value)}"' for key, value in kept if value)
        yield f"<{tag}{attributes}>"
        yield from _content(element, body)
        yield f"</{tag}>"


def _is_for_the_desk(element: Element) -> bool:
    """NITF, note/@type: "npa" is a non-publishable advisory; a class may address the editors."""
    if element.tag != "note":
        return False
    kind = attribute(element, "type")
    return kind == "npa" or (kind != "pa" and attribute(element, "noteclass") == "editorsnote")


def _media(media: Element, body: Body) -> Iterator[str]:
    """Yield the figure of a picture; keep other media as enclosures."""
    references = children(media, "media-reference")
    kind = attribute(media, "media-type").lower()
    if kind in {"", "other"}:
        kind = attribute(references[0] if references else None, "mime-type").partition("/")[0]
    if kind in {"audio", "video"}:
        addresses = ((_source(one), attribute(one, "mime-type")) for one in references)
        body.enclosures += [Enclosure(url, mime) for url, mime in addresses if "://" in url]
        return
    if kind not in {"image", "photo", "picture", "graphic"}:
        return
    best = max(references, key=_area, default=None)
    image = Image(
        _source(best) or _carried(media, body),
        alt=attribute(best, "alternate-text"),
        caption=" ".join(filter(None, map(words, children(media, "media-caption")))),
        credit=_credit(media, best),
        width=_pixels(best, "width"),
        height=_pixels(best, "height"),
    )
    if not (image.url or image.caption):
        return
    body.images.append(image)
    yield "<figure>"
    if image.url:
        yield f'<img src="{escape(image.url)}" alt="{escape(image.alt)}">'
    said = " ".join(filter(None, (image.caption, f"({image.credit})" if image.credit else "")))
    yield f"<figcaption>{escape(said, quote=False)}</figcaption></figure>"


def _credit(media: Element, best: Element | None) -> str:
    producers = ", ".join(filter(None, map(words, children(media, "media-producer"))))
    return producers or attribute(best, "source-credit") or attribute(best, "copyright")


def _source(reference: Element | None) -> str:
    return attribute(reference, "source", "data-location", "src")


def _carried(media: Element, body: Body) -> str | None:
    """Return the name under which the bytes in a ``media-object`` are kept, None without any."""
    for number, carried in enumerate(children(media, "media-object"), len(body.attachments) + 1):
        if attribute(carried, "encoding").lower() == "base64":
            try:
                data = base64.b64decode(words(carried).replace(" ", ""), validate=True)
            except (binascii.Error, ValueError):
                continue
            name = f"media-object-{number}"
            body.attachments[name] = data
            return name
    return None


def _area(reference: Element) -> int:
    return (_pixels(reference, "width") or 1) * (_pixels(reference, "height") or 1)


def _pixels(reference: Element | None, name: str) -> int | None:
    value = attribute(reference, name).removesuffix("px")
    number = int(value) if value.isdecimal() and len(value) < 6 else 0  # noqa: PLR2004  # 99,999
    return number if number in _PIXELS else None
