"""Atom 1.0 and 0.3 through lxml: the fast path, which reads only what it is sure of.

RFC 4287; whatever feedparser would read in a way that is not followed here raises Unsure.
"""

from __future__ import annotations

from urllib.parse import urljoin

from lxml import etree

from ...model import Person, Text
from .constructs import plain, text_construct
from .found import MAX_ENTRIES, Head, Item, Link, Reading, Tag
from .mediarss import LISTS_OF_MEDIA, media_of
from .vocabulary import (
    FIELDS,
    MAIL,
    XML_BASE,
    Unsure,
    address,
    alternate,
    language_of,
    line_of,
    link_of,
    pass_over,
    person,
    persons,
    text_of,
    unique,
    web_address,
)

_TEXTS = ("content", "summary", "title")
_ONCE = frozenset(("id", "source", *_TEXTS))
_OF_PERSON = frozenset(("name", "email", "uri", "url", "homepage", ""))
_FIRST = ("title", "subtitle", "rights")
_LISTS = {name: name for name in ("author", "category", "itunes:image", "link")} | LISTS_OF_MEDIA
"""Fields that may be several, and the list that each is kept in."""
_STRANGE = frozenset(
    (
        "description",
        "content:encoded",
        "body",
        "xhtml:body",
        "tags",
        "image",
        "item",
        "entry",
        "feed",
    )
)
"""RSS's and other formats' elements in an entry, which feedparser reads by where they stand."""


class _Scope(Head):
    """A head and, for the entries, the address of the document."""

    url: str | None = None


def read(root: etree._Element, url: str | None, taken_out: dict[str, str]) -> Reading:
    """Read the document under *root*, which is ``feed``.

    *taken_out* has the texts that ``cdata`` replaced by a mark.

    Raises:
        Unsure: feedparser must read this document.
    """
    scope = _Scope("atom", base=_base(root, url), language=language_of(root), url=url)
    entries = _fill(scope, root)
    if not entries:
        raise Unsure
    found = [_entry(entry, scope, taken_out) for entry in entries[:MAX_ENTRIES]]
    return Reading(scope, found, left_out=max(0, len(entries) - MAX_ENTRIES))


def _fill(scope: _Scope, root: etree._Element) -> list[etree._Element]:
    """Fill *scope* from ``feed`` and return the entries in it."""
    fields: dict[str, etree._Element] = {}
    entries: list[etree._Element] = []
    scope.links, scope.authors, scope.tags = [], [], []
    for child in root:
        field = FIELDS[child.tag]
        if field == "entry":
            entries.append(child)
        elif field == "link":
            scope.links.append(_link(child))
        elif field == "author":
            scope.authors.append(_person(child, scope.base))
        elif field == "category":
            scope.tags.append(_tag(child))
        elif field == "item":
            raise Unsure
        elif not field:
            pass_over(child)
        elif field not in _FIRST or field not in fields:
            fields[field] = child
    get = fields.get
    scope.title = plain(get("title")) or text_of(get("dc:title")) or None
    scope.subtitle = plain(get("subtitle")) or text_of(get("dc:description")) or None
    scope.rights = plain(get("rights"))
    scope.id, scope.updated = text_of(get("id")) or None, text_of(get("updated")) or None
    scope.published = text_of(get("published")) or None
    scope.language = scope.language or text_of(get("language")).replace("_", "-") or None
    scope.link = address(alternate(scope.links), scope.base)
    scope.base = scope.base or scope.link
    return entries


def _entry(element: etree._Element, scope: _Scope, taken_out: dict[str, str]) -> Item:
    """Make an Item of an ``entry``."""
    fields, repeated = _sorted(element)
    get, several = fields.get, repeated.get
    links = [_link(link) for link in several("link", ())]
    base = _base(element, scope.base)
    tags = [_tag(category) for category in several("category", ())]
    title, summary = text_construct(get("title")), text_construct(get("summary"))
    content = text_construct(get("content"))
    if content and taken_out and (text := taken_out.get(content.value)) is not None:
        content = Text(text.strip(), content.type) if text.strip() else None
    upstream_id = text_of(get("id"))
    if upstream_id and ":" not in upstream_id and base != scope.url:
        raise Unsure  # feedparser joins even ids to xml:base
    link = text_of(get("feedburner:origlink")) or alternate(links) or web_address(upstream_id)
    link = address(link, base)
    images, files = media_of(several("media"), links, several("itunes:image"), base)
    if content is None:  # an empty one has no language
        fields.pop("content", None)
    text_element = next((fields[name] for name in _TEXTS if name in fields), None)
    if text_element is not None:  # WordPress sets xml:base at the content only
        base = _base(text_element, base)
    authors = persons([_person(author, base) for author in several("author", ())])
    publisher, publisher_link, source_authors = _origin(get("source"), scope)
    return Item(
        format="atom",
        upstream_id=upstream_id or None,
        title=title,
        summary=summary if summary != content else None,
        content=content,
        link=link,
        base=base,
        authors=authors or persons(source_authors),
        categories=unique([tag.label or tag.term for tag in tags]),
        published=text_of(get("published")) or text_of(get("created")) or None,
        updated=text_of(get("updated")) or None,
        language=language_of(element, text_element, text_of(get("language"))) or scope.language,
        images=images,
        enclosures=files,
        publisher=publisher,
        publisher_link=publisher_link,
        rights=plain(get("rights")) or scope.rights,
        links=links,
        tags=tags,
        line=line_of(element),
    )


def _sorted(
    element: etree._Element,
) -> tuple[dict[str, etree._Element], dict[str, list[etree._Element]]]:
    """Sort the children of an ``entry``: those that stand once, and those that may be several."""
    fields: dict[str, etree._Element] = {}
    repeated: dict[str, list[etree._Element]] = {}
    for child in element:
        field = FIELDS[child.tag]
        if kept := _LISTS.get(field):
            repeated.setdefault(kept, []).append(child)
        elif field in _STRANGE or (field in fields and field in _ONCE):
            raise Unsure
        elif field:
            fields[field] = child
        else:
            pass_over(child)
    return fields, repeated


def _tag(element: etree._Element) -> Tag:
    get = element.get
    return Tag(get("term") or text_of(element), get("scheme", ""), get("label", ""))


def _link(element: etree._Element) -> Link:
    href = element.get("href")
    if href is None:  # Atom 0.2 and the careless
        if element.keys():
            raise Unsure
        href = text_of(element)
    return link_of(element, href)


def _person(element: etree._Element, base: str | None) -> Person:
    """Read a person construct (RFC 4287, 3.2); a bare text, as some feeds have it, is a name."""
    parts = {FIELDS[child.tag]: text_of(child) for child in element}
    if not parts:
        return person(text_of(element))
    name, email = parts.get("name"), parts.get("email")
    if not name or (email and not MAIL.fullmatch(email)) or not parts.keys() <= _OF_PERSON:
        raise Unsure
    uri = address(parts.get("uri") or parts.get("url") or parts.get("homepage"), base)
    return Person(name, email, uri) if email else person(name, uri)


def _origin(
    source: etree._Element | None, scope: _Scope
) -> tuple[str | None, str | None, list[Person]]:
    """Return title, address and authors of the feed that the entry first stood in (4.2.11)."""
    if source is None:
        return scope.title, scope.link, scope.authors
    title, links, authors = None, [], []
    if (source.text or "").strip():
        raise Unsure
    for child in source:
        if (child.tail or "").strip():
            raise Unsure
        field = FIELDS[child.tag]
        if field == "title":
            title = plain(child)
        elif field == "link":
            links.append(_link(child))
        elif field == "author":
            authors.append(_person(child, scope.base))
    if len(authors) > 1:
        raise Unsure  # to feedparser, the second has the mail address of the first
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
