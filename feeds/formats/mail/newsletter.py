"""The HTML of a mail to the article in it: no preheader, no layout tables, no pixels, no footer."""

from __future__ import annotations

import re
from html import escape

import msgspec
from lxml import etree
from lxml.html import HtmlElement, tostring

from ...model import Image
from ..html.page import tree_of
from .letter import FOOTER, browser_link

_NEVER_TEXT = ("script", "style", "template", "noscript", "svg", "head", "title", "form", "button")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?![.\d])"
    r"|font-size\s*:\s*[01](?:px|pt)?\s*(?:;|$)|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_PREHEADER = re.compile(r"pre-?header|preview-?text|mcnPreview", re.IGNORECASE)
_PIXELS = re.compile(r"\s*(\d{1,5})")
_STYLE_PIXELS = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*([01])px", re.IGNORECASE)
_BLOCKS = frozenset(
    "p div table h1 h2 h3 h4 h5 h6 ul ol blockquote pre figure img center section article".split()  # noqa: SIM905
)
_TABLE_PARTS = ("tbody", "thead", "tfoot", "tr", "td", "th")
_LOGO = re.compile(r"(?:^|[/_.-])(?:logo|masthead|banner|header)[^/]{0,40}$", re.IGNORECASE)
_ELEMENTS = 40_000
_LONGEST_FOOTER = 900  # characters of a block that goes because of one sentence in it
_SHARE_OF_FOOTER = 0.5
_TITLE_CHARACTERS = 8  # a shorter heading is in a subject by chance


class Newsletter(msgspec.Struct):
    """What an HTML mail shows: text, headline, its own address, and pictures by their reference."""

    html: str = ""
    title: str = ""
    link: str | None = None
    images: list[Image] = []


def read(html: str, subject: str) -> Newsletter:
    """Return the article in *html*, a mail on *subject*.

    Raises:
        BrokenDocument: it is built to exhaust its reader.
    """
    root = tree_of(html if html.strip() else "<p></p>")
    page = root.find("body")
    page = root if page is None else page
    letter = Newsletter()
    etree.strip_elements(page, *_NEVER_TEXT, with_tail=False)
    if sum(1 for _ in page.iter()) > _ELEMENTS:
        letter.html = "".join(f"<p>{escape(text)}</p>" for text in page.itertext() if text.strip())
        return letter
    _drop_hidden(page)
    _drop_footers(page, letter)
    _take_title(page, subject, letter)
    _take_pictures(page, letter)
    _flatten(page)
    text = escape(page.text or "", quote=False)
    letter.html = (text + "".join(tostring(one, encoding="unicode") for one in page)).strip()
    if not page.text_content().strip():
        letter.html = ""
    return letter


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _drop_hidden(page: HtmlElement) -> None:
    for element in list(page.iterdescendants(etree.Element)):
        named = f"{element.get('class', '')} {element.get('id', '')}"
        hidden = _HIDDEN.search(element.get("style") or "") or element.get("hidden") is not None
        if hidden or _PREHEADER.search(named):
            _drop(element)


def _drop_footers(page: HtmlElement, letter: Newsletter) -> None:
    """Take out what a list says of itself, and "view in browser", whose link is the mail's own."""
    whole = len(page.text_content())
    for element in list(page.iter("a", "p", "td", "div", "span", "li", "small")):
        if element.getparent() is None:
            continue
        words = " ".join(element.text_content().split())
        if not words or len(words) > _LONGEST_FOOTER:
            continue
        if browser_link(words):
            anchor = element if element.tag == "a" else element.find(".//a")
            href = anchor.get("href") if anchor is not None else None
            letter.link = letter.link or (href if href and href.startswith("http") else None)
            _drop(element)
        elif FOOTER.search(words):
            _drop_after(_enclosing(element, whole), page)


def _enclosing(element: HtmlElement, whole: int) -> HtmlElement:
    """Return the largest block around *element* that is still a footer's size."""
    limit = min(_LONGEST_FOOTER, whole * _SHARE_OF_FOOTER)
    own = len(" ".join(element.text_content().split()))
    while (parent := element.getparent()) is not None and parent.tag not in {"body", "html"}:
        words = len(" ".join(parent.text_content().split()))
        if words > max(own, limit) or parent.find(".//h1") is not None:
            break
        element = parent
    return element


def _drop_after(footer: HtmlElement, page: HtmlElement) -> None:
    """Take out *footer* with the rule above it."""
    above = footer.getprevious()
    if above is not None and above.tag == "hr":
        _drop(above)
    if footer is not page:
        _drop(footer)


def _take_title(page: HtmlElement, subject: str, letter: Newsletter) -> None:
    """Take out the heading that the subject says, whole or at its end, and keep its link."""
    folded = " ".join(subject.split()).casefold()
    for heading in page.iter("h1", "h2", "h3"):
        words = " ".join(heading.text_content().split())
        if words.casefold() == folded or (
            len(words) >= _TITLE_CHARACTERS
            and folded.endswith((f": {words.casefold()}", f" | {words.casefold()}"))
        ):
            anchor = heading.find(".//a")
            href = anchor.get("href") if anchor is not None else None
            if href and href.startswith("http"):
                letter.link = href
            letter.title = words
            _drop(heading)
            return


def _take_pictures(page: HtmlElement, letter: Newsletter) -> None:
    """Take out what counts readers, and inline pictures, which have no address on the web."""
    for image in list(page.iter("img")):
        source = (image.get("src") or "").strip()
        sizes = [_PIXELS.match(image.get(name) or "") for name in ("width", "height")]
        tiny = any(size and int(size[1]) <= 2 for size in sizes) or _STYLE_PIXELS.search(  # noqa: PLR2004
            image.get("style") or ""
        )
        tiny = tiny or _LOGO.search(source.partition("?")[0])
        if tiny or not source.lower().startswith(("http://", "https://", "//")):
            if not tiny and source and not source.lower().startswith("data:"):
                letter.images.append(Image(source, alt=image.get("alt") or ""))
            _drop(image)


def _flatten(page: HtmlElement) -> None:
    """Turn tables that only lay out into what they lay out; tables of data stay."""
    for table in list(page.iter("table")):
        own = [one for one in table.iterdescendants(*_TABLE_PARTS) if _owner(one) is table]
        if not _is_data(table, own):
            for element in (table, *own):
                element.tag = "div"
    for element in page.iter("center"):
        element.tag = "div"


def _is_data(table: HtmlElement, own: list[HtmlElement]) -> bool:
    """Tell a table of data, by its heads or its columns of bare words, from one that lays out."""
    cells = [one for one in own if one.tag in {"td", "th"}]
    rows = [row for row in own if row.tag == "tr"]
    columns = max((sum(cell.tag in {"td", "th"} for cell in row) for row in rows), default=0)
    blocks = any(
        one.tag in _BLOCKS for cell in cells for one in cell.iterdescendants(etree.Element)
    )
    if table.get("role") == "presentation" or blocks or columns < 2:  # noqa: PLR2004  # one column
        return False
    return len(rows) > 1 or any(cell.tag == "th" for cell in cells)


def _owner(element: HtmlElement) -> HtmlElement | None:
    """Return the table that *element* is a part of."""
    return next(element.iterancestors("table"), None)
