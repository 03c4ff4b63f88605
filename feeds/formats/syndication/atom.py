"""Atom 1.0 and 0.3 through lxml: the fast path, which reads only what it is sure of.

RFC 4287; whatever feedparser would read in a way that is not followed here raises Unsure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from lxml import etree

from ...model import Entry, Person, Rejection, Text
from .mediarss import FIELDS_OF_MEDIA, media_of
from .vocabulary import (
    ATOM,
    FIELDS,
    MAX_ENTRIES,
    XML_BASE,
    Head,
    Link,
    Unsure,
    address,
    alternate,
    language_of,
    nothing_there,
    person,
    persons,
    text_of,
    too_many,
    unique,
    web_address,
)

_TYPES: dict[str, Literal["text", "html"]] = {
    "": "text",
    "text": "text",
    "text/plain": "text",
    "html": "html",
    "text/html": "html",
}
_XML = "{http://www.w3.org/XML/1998/namespace}"
_HTML_NAMESPACES = ("{http://www.w3.org/1999/xhtml", "", "{" + ATOM.lower())
_XHTML = ("xhtml", "application/xhtml+xml")
_TEXTS = ("content", "summary", "title")
_ONCE = frozenset(("id", "source", *_TEXTS))
_REPEATED = frozenset(("author", "category", "itunes:image", "link"))
_STRANGE = frozenset(
    ("description", "content:encoded", "body", "xhtml:body", "tags", "image", "item", "entry")
)
"""RSS's and other formats' elements in an entry, which feedparser reads by where they stand."""
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr").fullmatch
"""HTML, 13.1.2: the elements that have no end tag."""


class _Scope(Head):
    """A head and, for the entries, the address of the document and who wrote the whole feed."""

    url: str | None = None
    authors: tuple[Person, ...] = ()


def read(
    root: etree._Element, url: str | None, taken_out: dict[str, str]
) -> Iterator[Entry | Rejection]:
    """Yield the entries under *root*, which is ``feed``.

    *taken_out* has the texts that ``cdata`` replaced by a mark.

    Raises:
        Unsure: feedparser must read this document.
    """
    scope = _Scope("atom", base=_base(root, url), language=language_of(root), url=url)
    fields: dict[str, etree._Element] = {}
    entries: list[etree._Element] = []
    links: list[Link] = []
    authors: list[Person] = []
    for child in root:
        field = FIELDS[child.tag]
        if field == "entry":
            entries.append(child)
        elif field == "link":
            links.append(_link(child))
        elif field == "author":
            authors.append(_person(child))
        elif field in ("title", "rights") and field not in fields:
            fields[field] = child
        elif field == "item":
            raise Unsure
    if not entries:
        raise Unsure
    scope.title = _plain(fields.get("title"))
    scope.rights = _plain(fields.get("rights"))
    scope.link = address(alternate(links), scope.base)
    scope.base = scope.base or scope.link
    scope.authors = tuple(authors)
    for position, entry in enumerate(entries[:MAX_ENTRIES], 1):
        yield _entry(entry, scope, taken_out) or nothing_there(position, entry)
    if len(entries) > MAX_ENTRIES:
        yield too_many(len(entries) - MAX_ENTRIES)


def _entry(element: etree._Element, scope: _Scope, taken_out: dict[str, str]) -> Entry | None:
    """Make an Entry of an ``entry``; None if there is nothing to show in it."""
    fields, repeated = _sorted(element)
    get, several = fields.get, repeated.get
    links = [_link(link) for link in several("link", ())]
    base = _base(element, scope.base)
    categories = [_category(category) for category in several("category", ())]
    title, summary, content = _text(get("title")), _text(get("summary")), _text(get("content"))
    if content and taken_out and (text := taken_out.get(content.value)) is not None:
        content = Text(text.strip(), content.type) if text.strip() else None
    upstream_id = text_of(get("id"))
    if upstream_id and ":" not in upstream_id and base != scope.url:
        raise Unsure  # feedparser joins even ids to xml:base
    link = text_of(get("feedburner:origlink")) or alternate(links) or web_address(upstream_id)
    if not (title or summary or content or link):
        return None
    link = address(link, base)
    text_element = next((fields[name] for name in _TEXTS if name in fields), None)
    if text_element is not None:  # WordPress sets xml:base at the content only
        base = _base(text_element, base)
    authors = persons([_person(author) for author in several("author", ())])
    images, files = media_of(several("media", []), links, several("itunes:image"), base)
    publisher, publisher_link, source_authors = _origin(get("source"), scope)
    return Entry(
        format="atom",
        upstream_id=upstream_id or None,
        title=title,
        summary=summary if summary != content else None,
        content=content,
        link=link,
        base=base,
        authors=authors or persons(list(source_authors)),
        categories=unique(categories),
        published=text_of(get("published")) or text_of(get("created")) or None,
        updated=text_of(get("updated")) or None,
        language=language_of(element, text_element, text_of(get("language"))) or scope.language,
        images=images,
        enclosures=files,
        publisher=publisher,
        publisher_link=publisher_link,
        rights=_plain(get("rights")) or scope.rights,
    )


def _sorted(
    element: etree._Element,
) -> tuple[dict[str, etree._Element], dict[str, list[etree._Element]]]:
    """Sort the children of an ``entry``: those that stand once, and those that may be several."""
    fields: dict[str, etree._Element] = {}
    repeated: dict[str, list[etree._Element]] = {}
    for child in element:
        field = FIELDS[child.tag]
        if field in _REPEATED:
            repeated.setdefault(field, []).append(child)
        elif field in FIELDS_OF_MEDIA:
            repeated.setdefault("media", []).append(child)
        elif field in _STRANGE or (field in fields and field in _ONCE):
            raise Unsure
        elif field:
            fields[field] = child
    return fields, repeated


def _category(element: etree._Element) -> str:
    return element.get("label") or element.get("term") or text_of(element)


def _text(element: etree._Element | None) -> Text | None:
    """Read a text construct (RFC 4287, 3.1), or ``content`` where it is text (4.1.3)."""
    if element is None or not (element.text or len(element)):
        return None  # 4.1.3.2: with src, the content stands elsewhere
    if element.get("mode") == "base64":  # Atom 0.3
        raise Unsure
    declared = element.get("type", "").lower()
    if declared in _XHTML:
        value = _markup(element)
    elif declared in _TYPES:
        value = text_of(element)
    else:
        raise Unsure
    return Text(value, _TYPES.get(declared, "html")) if value else None


def _plain(element: etree._Element | None) -> str | None:
    text = _text(element)
    return text.value if text else None


def _markup(element: etree._Element) -> str:
    """Serialise inline XHTML as HTML, without the ``div`` that only wraps it (3.1.1.3)."""
    inside = element
    if element.tag.startswith("{" + ATOM) and len(element) == 1:
        (only,) = element
        wraps = only.tag.rpartition("}")[2].lower() == "div"
        if wraps and not (element.text or "").strip() and not (only.tail or "").strip():
            inside = only
    pieces = [escape(inside.text or "")]
    for child in inside:
        _serialise(child, pieces)
    return "".join(pieces).strip()


def _serialise(element: etree._Element, pieces: list[str]) -> None:
    """Add *element* and its tail; lxml stops at a depth of 256, so this one ends as well."""
    namespace, _, name = element.tag.lower().rpartition("}")
    if namespace not in _HTML_NAMESPACES:
        raise Unsure  # SVG, MathML
    pieces.append(f"<{name}")
    for key, value in element.items():
        attribute = str(key).replace(_XML, "xml:").lower()
        if attribute[0] == "{":
            raise Unsure
        quoted = escape(str(value), {'"': "&quot;"})
        pieces.append(f' {attribute}="{quoted}"')
    if _VOID(name):
        pieces.append("/>")
    else:
        pieces += (">", escape(element.text or ""))
        for child in element:
            _serialise(child, pieces)
        pieces.append(f"</{name}>")
    pieces.append(escape(element.tail or ""))


def _link(element: etree._Element) -> Link:
    get = element.get
    href = get("href")
    if href is None:  # Atom 0.2 and the careless
        if element.keys():
            raise Unsure
        href = text_of(element)
    rel, media_type = get("rel", "alternate").lower(), get("type", "").lower()
    return Link(rel, href.strip(), media_type, get("length", ""))


def _person(element: etree._Element) -> Person:
    """Read a person construct (RFC 4287, 3.2); a bare text, as some feeds have it, is a name."""
    parts = {FIELDS[child.tag]: text_of(child) for child in element}
    if not parts:
        return person(text_of(element))
    name, email = parts.get("name", ""), parts.get("email")
    uri = parts.get("uri") or parts.get("url") or parts.get("homepage") or None
    return Person(name or email, email, uri) if email else person(name, uri)


def _origin(
    source: etree._Element | None, scope: _Scope
) -> tuple[str | None, str | None, Sequence[Person]]:
    """Return title, address and authors of the feed that the entry first stood in (4.2.11)."""
    if source is None:
        return scope.title, scope.link, scope.authors
    title, links, authors = None, [], []
    for child in source:
        field = FIELDS[child.tag]
        if field == "title":
            title = _plain(child)
        elif field == "link":
            links.append(_link(child))
        elif field == "author":
            authors.append(_person(child))
    return title or scope.title, alternate(links) or scope.link, authors or scope.authors


def _base(element: etree._Element, above: str | None) -> str | None:
    """Return the base of relative references: xml:base, joined to the one above it."""
    declared = element.get(XML_BASE)
    if not declared:
        return above
    try:
        base = urljoin(above or "", declared)
    except ValueError as error:
        raise Unsure from error
    if web_address(base) is None:
        raise Unsure
    return base
