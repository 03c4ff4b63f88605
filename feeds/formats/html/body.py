"""A page's article text as HTML: as it stands where only prose is there, else through trafilatura.

A page that holds nothing but prose keeps every paragraph in its order: a guess could lose one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape

import msgspec
from lxml import etree
from lxml.html import HtmlElement, tostring

from ...model import Image
from .extracted import extracted
from .facts import Facts, clean
from .figures import mark, restore
from .metadata import BYLINE_WORDS, DATE_WORDS, DECK_WORDS, class_words, is_byline

_NEVER_TEXT = (
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "head",
    "button",
    "input",
    "select",
)
_FURNITURE = ("nav", "footer", "aside", "form", "iframe", "dialog")
_PROSE = frozenset(
    "a abbr address article b bdi bdo blockquote body br caption center cite code col colgroup dd "  # noqa: SIM905  # as a list it would be a page long
    "del dfn dl dt em figcaption figure h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol "
    "p picture pre q rp rt ruby s samp section small source span strike strong sub sup table tbody "
    "td tfoot th thead time tr tt u ul var wbr".split()
)
_BLOCKS = frozenset(
    {"p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "table", "figure"}
)
_LINES = frozenset({"p", "div", "span", "address", "time", "a"})
_LINE_CHARACTERS = 200
_DECK_CHARACTERS = (20, 600)
_SOFT_HYPHEN = "\xad"  # where a browser may divide a word: nobody who searches for it types it
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


class Body(msgspec.Struct):
    """The article's text, the images that stand in it, and the deck that was taken out of it."""

    html: str
    images: list[Image] = []
    deck: str | None = None


def body(root: HtmlElement, facts: Facts, *, fragment: bool) -> Body:
    """Return the article text in *root*, which is changed; its html is "" where there is none."""
    etree.strip_elements(root, *_NEVER_TEXT, with_tail=False)
    images = mark(root)
    deck = _take_deck(root, facts.summary)
    text = _prose(root, fragment=fragment)
    if text is not None:
        _take_furniture(text, facts.title)
    else:
        text = extracted(root, facts.title)
        said = len(facts.body or "")
        if said and (text is None or len(clean(text.text_content()) or "") * 2 < said):
            return Body(_paragraphs(facts.body or ""), deck=deck)
        text = _blocks(root) if text is None else text
    shown = restore(text, images)
    html = _inner(text)
    return Body(html if shown or text.text_content().strip() else "", shown, deck)


def _prose(root: HtmlElement, *, fragment: bool) -> HtmlElement | None:
    """Return the innermost element that is the article, if it holds prose and nothing else."""
    page = root.find("body")
    if page is None:
        return None
    if fragment:  # nobody cuts a piece out of a page together with the page's furniture
        etree.strip_elements(page, *_FURNITURE, with_tail=False)
        return page
    # A teaser in an <article> of its own is no article: most paragraphs of the page must be there.
    paragraphs = sum(len(p.text_content()) for p in page.iter("p"))
    marked = page.find(".//*[@itemprop='articleBody']")
    for one in (marked, _only(page, "article"), _only(page, "main"), page):
        if one is not None and all(
            e.tag in _PROSE or e.tag == "iframe" for e in one.iterdescendants(etree.Element)
        ):
            etree.strip_elements(one, "iframe", with_tail=False)  # a film beside prose is no text
            return one if len(one.text_content().strip()) > paragraphs / 2 else None
    return None


def _only(root: HtmlElement, tag: str) -> HtmlElement | None:
    found = root.findall(f".//{tag}")
    return found[0] if len(found) == 1 else None


def _take_deck(root: HtmlElement, summary: str | None) -> str | None:
    """Take the deck out of the text, unless the page has another summary: then it would be lost."""
    shortest, longest = _DECK_CHARACTERS
    for element in root.iterfind(".//*[@class]"):
        if DECK_WORDS & class_words(element):
            text = clean(element.text_content()) or ""
            if shortest <= len(text) <= longest and (not summary or text == summary):
                element.drop_tree()
                return text
    return None


def _take_furniture(text: HtmlElement, title: str | None) -> None:
    """Take headline, byline and date out of *text*: all above its first paragraph."""
    headed = False
    for element in list(text.iterdescendants(etree.Element)):
        words = clean(element.text_content()) or ""
        if element.tag in {"h1", "h2"} and (words == title or (element.tag == "h1" and not headed)):
            headed = True
            element.drop_tree()
        elif _says_who_or_when(element, words):
            if element.getparent() is not None:  # else it went with a line that it was part of
                element.drop_tree()
        elif element.tag == "p" and words:
            break
    for header in text.findall(".//header"):
        if not header.text_content().strip() and header.find(".//img") is None:
            header.drop_tree()


def _says_who_or_when(element: HtmlElement, words: str) -> bool:
    if element.tag not in _LINES or len(words) > _LINE_CHARACTERS:
        return False
    named = class_words(element)
    if BYLINE_WORDS & named or is_byline(words):
        return True
    dated = any(character.isdigit() for character in words)
    return dated and (bool(DATE_WORDS & named) or _is_time(element, words))


def _is_time(element: HtmlElement, words: str) -> bool:
    time = element if element.tag == "time" else element.find(".//time")
    return time is not None and clean(time.text_content()) == words


def _blocks(root: HtmlElement) -> HtmlElement:
    """Return the blocks of text outside of the page's furniture, or all that is left there."""
    page = next(root.iter("article", "main", "body"), root)
    etree.strip_elements(page, *_FURNITURE, "h1", with_tail=False)
    blocks = list(_outermost(page))
    if any(block.text_content().strip() for block in blocks):
        page.text = None
        page[:] = blocks
    return page


def _outermost(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the blocks in *element* that are in no other; the parser allows 256 levels."""
    for child in element:
        if child.tag in _BLOCKS:
            child.tail = None
            yield child
        else:
            yield from _outermost(child)


def _paragraphs(text: str) -> str:
    """Return an articleBody of JSON-LD as HTML: some write tags in it, some a line a paragraph."""
    if _TAG.search(text):
        return text
    lines = (line.strip() for line in unescape(text).splitlines())
    return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line)


def _inner(element: HtmlElement) -> str:
    parts = [tostring(child, encoding="unicode") for child in element]
    html = escape(element.text or "", quote=False) + "".join(parts)
    return html.replace(_SOFT_HYPHEN, "").strip()
