"""An HTML page, or a piece of one, to its article: what its metadata says and what it shows.

The parser is libxml2's without a network, without entities and without huge documents; what it
cannot bound by itself (attributes of one tag) is refused before it sees the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import msgspec
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ...errors import BrokenDocument
from ...model import Document, Entry, Image, Rejection, Text
from ..decoding import decode
from .body import body
from .metadata import metadata

NAME = "html"

_NAMES = (".html", ".htm", ".xhtml", ".xht")
_PROLOGUE = re.compile(r"\s+|<\?xml[^>]*>|<!--")
_PAGE = re.compile(r"<!doctype\s+html\b|<(?:html|head|body)[\s>]", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"<(?:article|main|section|div|h[1-6]|p|header|blockquote|[ou]l|table|figure|meta|title)[\s>]",
    re.IGNORECASE,
)
_MARKDOWN_NAMES = (".md", ".markdown")

# XML 1.0, 2.2: libxml2 lets these into a page's text, and lxml then refuses to move that text.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_FORBIDDEN_REFERENCE = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|7f|fff[ef])|0*(?:[0-8]|1[124-9]|2\d|3[01]|127|6553[45]))"
    r"(?:;|(?![0-9a-f]))",
    re.IGNORECASE,
)

# libxml2 compares each attribute of a tag with all before it: 200,000 of them take six minutes.
# Pages carry up to some dozens, and templates put a hundred on <body>.
_ATTRIBUTES = 1_000
_SHORTEST_BOMB = 2 * _ATTRIBUTES  # an attribute takes two characters
_OPENING = re.compile(r"<(?:!--|([a-zA-Z][^\s/>]*))")
_INSIDE_TAG = re.compile(r"""(?:[^"'>]|"[^"]*+"|'[^']*+')*+""")
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
_SEPARATOR = re.compile(r"[\s/\"]+")
_COMMENT_END = re.compile(r"--!?>")
_RAW_END = {tag: re.compile(f"</{tag}", re.IGNORECASE) for tag in ("script", "style")}
_OF_HEAD = frozenset(
    {"base", "link", "meta", "noscript", "object", "script", "style", "template", "title"}
)
_PARSER = HTMLParser(
    encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
)


def recognises(document: Document, head: str) -> bool:
    """Tell whether *head* opens as HTML, a page or a block; only then, whether it is named so."""
    position = 0
    while found := _PROLOGUE.match(head, position):
        end = _COMMENT_END.search(head, position + 2) if found[0] == "<!--" else found
        if end is None:
            break
        position = end.end()
    if _PAGE.match(head, position):
        return True
    name = document.name.lower()
    if name.endswith(_MARKDOWN_NAMES):  # a block of HTML may open Markdown
        return False
    if _FRAGMENT.match(head, position):
        return True
    named = name.endswith(_NAMES) or (document.content_type or "").startswith(
        ("text/html", "application/xhtml+xml")
    )
    return named and "<" in head


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield the one entry in *document*.

    Raises:
        BrokenDocument: the page has no title or no text, or is built to exhaust its reader.
    """
    text = decode(document.data).lstrip("\ufeff").replace("\0", "")
    root = tree_of(text)
    facts = metadata(root)
    fragment = not _PAGE.search(text)
    if not facts.published and not fragment:
        facts.published = _written_somewhere(root, document.received)
    base = _base(root, document.url, facts.link)
    extracted = body(root, facts, fragment=fragment)
    if not facts.title:
        problem = "the page has no title: none in its metadata, no <title> and no heading"
        raise BrokenDocument(NAME, problem)
    if not extracted.html:
        problem = "the page has a title and no text (if a script draws it, it is not in the file)"
        raise BrokenDocument(NAME, problem)
    summary = facts.summary or extracted.deck
    yield Entry(
        format=NAME,
        title=Text(facts.title),
        summary=Text(summary) if summary else None,
        content=Text(_directed(extracted.html, root), "html"),
        link=facts.link or document.url,
        base=base,
        authors=facts.authors,
        categories=facts.categories,
        published=facts.published,
        updated=facts.updated,
        expires=facts.expires,
        language=facts.language,
        images=_images(facts.images, extracted.images, base),
        publisher=facts.publisher,
        publisher_link=facts.publisher_link,
        dateline=facts.dateline,
        wire_source=facts.wire_source if facts.wire_source != facts.publisher else None,
        rights=facts.rights,
    )


def _directed(html: str, root: HtmlElement) -> str:
    """Return *html*, set from right to left where the page says so (HTML, "dir").

    A feed reader shows the text on a page of its own, which runs its own way.
    """
    places = (root.find(".//article"), root.find(".//main"), root.find("body"), root)
    said = next((d for e in places if e is not None and (d := e.get("dir"))), "")
    return f'<div dir="rtl">{html}</div>' if said.strip().lower() == "rtl" else html


def tree_of(text: str) -> HtmlElement:
    """Return the page's elements.

    Raises:
        BrokenDocument: there are none, or they are nested or attributed beyond reason.
    """
    text = _FORBIDDEN_REFERENCE.sub("", _FORBIDDEN.sub("", text))
    _refuse_attribute_bombs(text)
    try:
        root: HtmlElement = document_fromstring(text.encode("utf-8", "replace"), parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise BrokenDocument(NAME, "the page is empty") from error
    fatal = _PARSER.error_log.filter_from_fatals()
    if fatal and "RESOURCE_LIMIT" in fatal[0].type_name:
        raise BrokenDocument(
            NAME, "the page nests elements more than 256 deep", fatal[0].line, fatal[0].column
        )
    _begin_body(root)
    return root


def _begin_body(root: HtmlElement) -> None:
    """Open the body where it begins: libxml2 leaves <nav> and <article> in an open head."""
    head = root.find("head")
    inside = () if head is None else tuple(head)
    begins = next((i for i, one in enumerate(inside) if one.tag not in _OF_HEAD), None)
    if begins is None:
        return
    body = root.find("body")
    if body is None:
        body = root.makeelement("body")
        root.append(body)
    body[:0] = inside[begins:]


def _refuse_attribute_bombs(text: str) -> None:
    position = 0
    endless: set[str] = set()  # what does not end is looked for once, not at each of its openings
    while (opening := _OPENING.search(text, position)) is not None:
        if opening[1] is None:
            position = opening.end()
            if "!--" not in endless:
                end = _COMMENT_END.search(text, opening.start() + 2)  # "<!-->" is a comment, too
                position = end.end() if end else position
                endless |= set() if end else {"!--"}
            continue
        inside = _INSIDE_TAG.match(text, opening.end())
        position = inside.end() if inside else opening.end()
        if position - opening.start() > _SHORTEST_BOMB:
            names = _QUOTED.sub('"', text[opening.end() : position])
            if len(_SEPARATOR.findall(names)) > _ATTRIBUTES:
                line = text.count("\n", 0, opening.start()) + 1
                problem = f"<{opening[1][:20]}> has more than {_ATTRIBUTES:,} attributes"
                raise BrokenDocument(NAME, problem, line, 1)
        tag = opening[1].lower()
        if tag in _RAW_END and tag not in endless:
            end = _RAW_END[tag].search(text, position)
            position = end.start() if end else position
            endless |= set() if end else {tag}


def _written_somewhere(root: HtmlElement, received: datetime) -> str | None:
    """Return the date of a page that declares none and marks none, as htmldate finds it."""
    from htmldate import find_date  # noqa: PLC0415  # 0.3 s (dateparser), and few pages need it

    # Not the extensive search: it takes a copyright line's year for the first of January.
    return find_date(
        root, extensive_search=False, original_date=True, max_date=received + timedelta(days=1)
    )


def _base(root: HtmlElement, url: str | None, link: str | None) -> str | None:
    """Return what relative addresses count from: <base>, the page's own or its canonical one."""
    own = url or (link if link and "://" in link else None)
    element = root.find(".//base")
    href = (element.get("href") or "").strip() if element is not None else ""
    try:
        return urljoin(own or "", href) or None
    except ValueError:
        return own


def _images(leads: list[Image], shown: list[Image], base: str | None) -> list[Image]:
    """Return the lead images, then those in the text; words on one are words on its other sizes."""
    by_file = {_file(image.url, base): image for image in reversed(shown)}
    images: list[Image] = []
    for lead in leads:
        same = by_file.pop(_file(lead.url, base), None)
        if same is not None:
            lead = msgspec.structs.replace(  # noqa: PLW2901  # the same image, with all that is known
                lead,
                alt=lead.alt or same.alt,
                caption=lead.caption or same.caption,
                credit=lead.credit or same.credit,
            )
        images.append(lead)
    kept = {id(image) for image in by_file.values()}
    return images + [image for image in shown if id(image) in kept]


def _file(url: str | None, base: str | None) -> str:
    try:
        return urlsplit(urljoin(base or "", url or "")).path.rpartition("/")[2]
    except ValueError:
        return url or ""
