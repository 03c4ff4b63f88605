"""The article on a page that holds more than prose: trafilatura, without seeing links and images.

It spares what holds a picture from its test for boxes of links, and takes a link outside of every
paragraph for text: asked for neither it finds the text better (F1 on 35 pages with known text 0.949
against 0.923). So they go through it as marks in the text, and are put back after.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from html import escape
from typing import TYPE_CHECKING
from unicodedata import normalize

from lxml.html import HtmlElement, builder, document_fromstring

from ..captured.noise import footer, noise
from .facts import clean
from .figures import NUMBERED, ancestor

if TYPE_CHECKING:
    from trafilatura.settings import Extractor

# Marks are of noncharacters (Unicode 23.7), which no page has a use for: a sign, a number in digits
# of our own, its end; for a link its text follows, and the end of that. Whoever takes out what
# cannot be printed takes out a mark and all.
_DIGITS = "".join(map(chr, range(0xFDD0, 0xFDDA)))
_IMAGE, _LINK, _NUMBER_END, _LINK_END = "\ufdda\ufddb\ufddc\ufddd"
_MARKS = re.compile("[\ufdd0-\ufddd]+")
_IMAGE_MARK = re.compile("\ufdda([\ufdd0-\ufdd9]+)\ufddc")
_IMAGE_LINE = re.compile(rf"<p>\s*({_IMAGE_MARK.pattern})\s*</p>")
_LINK_MARK = re.compile("\ufddb([\ufdd0-\ufdd9]+)\ufddc([^\ufddb-\ufddd]*)\ufddd")
_HIDDEN = str.maketrans("0123456789", _DIGITS)
_READ = str.maketrans(_DIGITS, "0123456789")
_BLOCK = re.compile(r"</?(?:p|div|h[1-6]|[uod]l|li|blockquote|pre|table|t[rdh])[\s>]")
_FRAMES = frozenset({"a", "span", "picture", "figure", "em", "strong", "b", "i"})
_LINES = frozenset({"p", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6"})

_TITLE_CHARACTERS = 20  # a shorter text can be inside another by chance
_SHORTEST = 100  # of an article, in characters: for less, all text of the page is taken
_TAIL_SHARE = 0.25
_LINE_TAGS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_ABOVE = 5  # blocks: a headline further down is another story's
_LINE_CHARACTERS = 120  # a longer text is a paragraph, and the story has begun
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "”", '"', "»")
_POINTS = ".…!?:; "
_ELEMENTS = 40_000  # 10,000 list items take 0.2 s


def extracted(root: HtmlElement, title: str | None) -> HtmlElement | None:
    """Return what trafilatura takes for the article in *root*, whose images are numbered.

    None if that is nothing, or nothing but the *title*.
    """
    if sum(1 for _ in root.iter()) > _ELEMENTS:
        return None
    # 0.3 s that other formats need not wait for. Not its extract(): that also hashes the text, a
    # fifth of the time, for a fingerprint that its HTML does not show.
    from trafilatura import bare_extraction  # noqa: PLC0415
    from trafilatura.htmlprocessing import build_html_output  # noqa: PLC0415

    root = deepcopy(root)
    addresses = _hide(root)
    found = bare_extraction(root, options=_options())
    if found is None or isinstance(found, dict):
        return None
    html = _shown(normalize("NFC", build_html_output(found)), addresses)
    page: HtmlElement = document_fromstring(html)
    text = page.body
    _drop_headline(text, title or "")
    for inner in text.findall(".//pre/pre"):  # code, with the indent of the output around it
        inner.getparent().text = inner.tail = None
        inner.drop_tag()
    _drop_noise(text)
    left = clean(text.text_content())
    return text if left and left != title else None


@cache
def _options() -> Extractor:
    from trafilatura.settings import Extractor  # noqa: PLC0415  # as above

    options = Extractor(output_format="html", fast=True, comments=False, formatting=True)
    options.min_extracted_size = _SHORTEST
    return options


def _hide(root: HtmlElement) -> list[str]:
    """Make marks of the links and images in *root*; return the addresses of the links."""
    addresses: list[str] = []
    for element in root.iter():
        element.text = _MARKS.sub("", element.text) if element.text else None
        element.tail = _MARKS.sub("", element.tail) if element.tail else None
    for link in root.iter("a"):
        href = (link.get("href") or "").strip()
        if href and not href.startswith("#") and link.text_content().strip():
            link.text = f"{_mark(_LINK, len(addresses))}{link.text or ''}"
            if len(link):
                link[-1].tail = f"{link[-1].tail or ''}{_LINK_END}"
            else:
                link.text += _LINK_END
            addresses.append(href)
    for image in list(root.iter("img")):
        number = NUMBERED.fullmatch(image.get("src") or "")
        if number:
            _hide_image(image, _mark(_IMAGE, int(number[1])))
    return addresses


def _hide_image(image: HtmlElement, mark: str) -> None:
    """Put *mark* where *image* stood: in its line of text, else as a paragraph of its own."""
    figure = ancestor(image, "figure")
    block = image if figure is None else figure
    while (parent := block.getparent()) is not None and parent.tag in _FRAMES:
        block = parent
    if parent is not None and parent.tag in _LINES:
        image.tail = f"{mark}{image.tail or ''}"
    else:
        block.addprevious(builder.P(mark))
    image.drop_tree()


def _mark(sign: str, number: int) -> str:
    return f"{sign}{number}{_NUMBER_END}".translate(_HIDDEN)


def _shown(html: str, addresses: list[str]) -> str:
    """Return *html* with the marks that came through as links and images again."""

    def image(found: re.Match[str]) -> str:
        return f'<img src="/wireroom-{found[1].translate(_READ)}.jpg">'

    def link(found: re.Match[str]) -> str:
        if _BLOCK.search(found[2]):  # its paragraph was divided
            return found[2]
        return f'<a href="{escape(addresses[int(found[1].translate(_READ))])}">{found[2]}</a>'

    html = _LINK_MARK.sub(link, _IMAGE_LINE.sub(r"\1", html))
    return _MARKS.sub("", _IMAGE_MARK.sub(image, html))


def _drop_noise(text: HtmlElement) -> None:
    """Take out what stands around a story: "Related:", "Follow us", teasers, readers' comments."""
    blocks = [(block, clean(block.text_content()) or "") for block in text]
    rest = sum(len(words) for _, words in blocks)
    least = rest * _TAIL_SHARE
    for number, (block, words) in enumerate(blocks):
        rest -= len(words)
        reach = noise(words) if block.tag in _LINE_TAGS and " " in words else None
        if reach in {"teasers", "end"} and rest < least:
            del text[number - len(blocks) :]
            return
        if reach == "line" and block.tag == "p" and not (footer(words) or _is_picture(block)):
            block.drop_tree()


def _drop_headline(text: HtmlElement, title: str) -> None:
    """Take out a headline that says the *title* again, and the short lines above it."""
    blocks = list(text)[:_ABOVE]
    for number, block in enumerate(blocks):
        words = clean(block.text_content()) or ""
        if title and block.tag in _LINE_TAGS and _repeats(block.tag, words, title):
            for one in blocks[: number + 1]:
                if not _is_picture(one):
                    one.drop_tree()
            return
        if len(words) > _LINE_CHARACTERS or words.endswith(_SENTENCE_ENDS):
            return


def _is_picture(block: HtmlElement) -> bool:
    return block.tag == "img" or block.find(".//img") is not None


def _repeats(tag: str, words: str, title: str) -> bool:
    """Tell whether *words* say the title again; a heading may say more or less around it."""
    said, title = words.casefold().rstrip(_POINTS), title.casefold().rstrip(_POINTS)
    if said == title or tag == "p" or min(len(said), len(title)) < _TITLE_CHARACTERS:
        return said == title
    return said in title or title in said
