"""RSS 0.9x, 1.0 and 2.0 through lxml: the fast path, which reads only what it is sure of.

One pass over the children of an item; ``vocabulary`` makes them fields. Whatever feedparser would
read in a way that is not followed here raises Unsure.
"""

from __future__ import annotations

from typing import TypeAlias

from lxml import etree

from ...model import Person, Text
from .found import MAX_ENTRIES, Head, Item, Link, Reading, Tag
from .mediarss import LISTS_OF_MEDIA, media_of
from .vocabulary import (
    FIELDS,
    XML_BASE,
    Unsure,
    address,
    alternate,
    language_of,
    line_of,
    link_of,
    looks_like_html,
    mended,
    pass_over,
    person,
    persons,
    text_of,
    unique,
    web_address,
)

_PLAIN = frozenset(
    (
        *("title", "description", "content:encoded", "published", "updated", "created", "language"),
        *("rights", "feedburner:origlink", "dc:title", "dc:description"),
        *("itunes:author", "itunes:summary"),
    )
)
"""Fields whose text is all there is to them."""
_LISTS = {
    **{name: name for name in ("author", "category", "id", "link", "source", "itunes:image")},
    "enclosure": "link",
    **LISTS_OF_MEDIA,
}
"""Fields that may be several, and the list that each is kept in."""
_IMAGE = ("url", "title", "link", "description")
_ONCE = frozenset(("title", "description", "content:encoded"))
"""feedparser reads a second one of these as something else: a description becomes the content."""
_STRANGE = frozenset(
    ("content", "summary", "body", "xhtml:body", "tags", "categories", "entry", "item", "image")
)
"""Atom's and other formats' elements in an item, which feedparser reads by where they stand."""
_OF_GUID: tuple[list[str], ...] = ([], ["isPermaLink"])
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

_Elements: TypeAlias = "dict[str, list[etree._Element]]"  # noqa: SLF001 - lxml's type has no other name


def read(root: etree._Element, url: str | None, taken_out: dict[str, str]) -> Reading:
    """Read the document under *root*, which is ``rss`` or ``rdf:RDF``.

    *taken_out* has the texts that ``cdata`` replaced by a mark.

    Raises:
        Unsure: feedparser must read this document.
    """
    head = Head(
        "rdf" if FIELDS[root.tag] == "rdf:rdf" else "rss", language=language_of(root), base=url
    )
    items: list[etree._Element] = []
    for child in root:
        field = FIELDS[child.tag]
        if field == "channel":
            items += _channel(child, head)
        elif field == "item":
            items.append(child)
    if root.get(XML_BASE) or not items:
        raise Unsure
    head.base = head.base or head.link
    found = [_entry(item, head, taken_out) for item in items[:MAX_ENTRIES]]
    return Reading(head, found, left_out=max(0, len(items) - MAX_ENTRIES))


def _channel(channel: etree._Element, head: Head) -> list[etree._Element]:
    """Fill *head* from the channel and return the items in it."""
    if channel.get(XML_BASE):
        raise Unsure
    items: list[etree._Element] = []
    others: _Elements = {}
    fields: dict[str, etree._Element] = {}
    for child in channel:
        field = FIELDS[child.tag]
        if field == "item":
            items.append(child)
        elif kept := _LISTS.get(field):
            others.setdefault(kept, []).append(child)
        elif not field:
            pass_over(child)
        elif field != "title" or field not in fields:
            fields[field] = child
    get = fields.get
    head.title = text_of(get("title")) or text_of(get("dc:title")) or None
    head.subtitle = text_of(get("description")) or text_of(get("dc:description")) or None
    head.links, head.tags = _links(others), _tags(others.get("category"))
    head.link = address(alternate(head.links), head.base)
    head.rights = text_of(get("rights")) or None
    head.id = text_of(others["id"][-1]) or None if "id" in others else None
    head.published, head.updated = (
        text_of(get("published")) or None,
        text_of(get("updated")) or None,
    )
    head.authors = _authors(others.get("author"), None)
    head.image = {
        name: text_of(part) for part in get("image", ()) if (name := FIELDS[part.tag]) in _IMAGE
    }
    # An xml:lang is nearer to the text than what the channel says, as feedparser has it.
    said = text_of(get("language")).replace("_", "-")
    head.language = language_of(channel) or head.language or said or None
    return items


def _entry(item: etree._Element, head: Head, taken_out: dict[str, str]) -> Item:
    """Make an Item of an ``item``."""
    if item.get(XML_BASE):
        raise Unsure
    texts, others, main = _sorted(item)
    if taken_out and "content:encoded" in texts:
        text = taken_out.get(texts["content:encoded"])
        if text is not None:
            texts["content:encoded"] = text.strip()
    get = texts.get
    title = get("title") or get("dc:title")
    summary, content = _summary_and_content(texts)
    links = _links(others)
    upstream_id, permalink = _identity(item, others)
    link = get("feedburner:origlink") or alternate(links) or permalink
    tags = _tags(others.get("category"))
    published, updated = get("published") or get("created"), get("updated")
    if not published:  # dc:date alone, as RDF has it, is the only date there is
        published, updated = updated, None
    images, files = media_of(others.get("media"), links, others.get("itunes:image"), head.base)
    publisher, publisher_link = _origin(others.get("source"), head)
    return Item(
        format=head.format,
        upstream_id=upstream_id or None,
        title=Text(title, "html" if looks_like_html(title) else "text") if title else None,
        summary=Text(summary, "html") if summary else None,
        content=Text(content, "html") if content else None,
        link=address(link, head.base),
        base=head.base,
        authors=_authors(others.get("author"), get("itunes:author")),
        categories=unique([tag.label or tag.term for tag in tags]),
        published=published or None,
        updated=updated or None,
        language=language_of(item, main, get("language")) or head.language,
        images=images,
        enclosures=files,
        publisher=publisher,
        publisher_link=publisher_link,
        rights=get("rights") or head.rights,
        links=links,
        tags=tags,
        line=line_of(item),
    )


def _sorted(
    item: etree._Element,
) -> tuple[dict[str, str], _Elements, etree._Element | None]:
    """Sort the children of *item*: plain texts, others; and the element of its text."""
    texts: dict[str, str] = {}
    others: _Elements = {}
    main: etree._Element | None = None
    for child in item:
        field = FIELDS[child.tag]
        if field in _PLAIN:
            if len(child) or (field in _ONCE and field in texts):
                raise Unsure
            texts[field] = (child.text or "").strip()
            if field == "content:encoded" or (main is None and field in _ONCE):
                main = child
        elif kept := _LISTS.get(field):
            others.setdefault(kept, []).append(child)
        elif field in _STRANGE:
            raise Unsure
        elif not field:
            pass_over(child)
    return texts, others, main


def _summary_and_content(texts: dict[str, str]) -> tuple[str | None, str | None]:
    """Tell summary from content: a description is a summary only beside the whole text."""
    get = texts.get
    content = get("content:encoded")
    description = get("description") or get("dc:description") or get("itunes:summary")
    if not content:
        return None, description
    return None if description == content else description, content


def _identity(item: etree._Element, others: _Elements) -> tuple[str | None, str | None]:
    """Return the id, and the address that it also is.

    RSS 2.0, guid: it is a permalink unless isPermaLink is false; RSS 1.0 has rdf:about.
    """
    guids = others.get("id")
    if not guids:
        return item.get(_ABOUT), None
    element = guids[0]
    if len(guids) > 1 or element.keys() not in _OF_GUID:
        raise Unsure  # feedparser takes a permalink from any of them, and reads isPermalink too
    guid = text_of(element)
    is_permalink = element.get("isPermaLink", "true") == "true"
    return guid or None, web_address(guid) if is_permalink else None


def _authors(elements: list[etree._Element] | None, podcaster: str | None) -> list[Person]:
    found = [person(text_of(element)) for element in elements] if elements else []
    if podcaster and not found:
        found = [person(podcaster)]
    return persons(found)


def _tags(elements: list[etree._Element] | None) -> list[Tag]:
    """Read RSS's text and ``domain``, or Atom's attributes, which some items borrow."""
    if not elements:
        return []
    tags = []
    for element in elements:
        term = text_of(element)
        if not element.keys():
            tags.append(Tag(term))
            continue
        get = element.get
        scheme = get("domain") or get("scheme") or ""
        tags.append(Tag(term or get("term") or "", scheme, get("label", "")))
    return tags


def _origin(sources: list[etree._Element] | None, head: Head) -> tuple[str | None, str | None]:
    """Return title and address of the feed that the item first stood in (RSS 2.0, source)."""
    if not sources:
        return head.title, head.link
    if len(sources) > 1:
        raise Unsure
    return text_of(sources[0]) or head.title, sources[0].get("url") or head.link


def _links(others: _Elements) -> list[Link]:
    """Read ``link`` (RSS: its text; Atom's: its attributes) and ``enclosure``."""
    found = []
    for element in others.get("link", ()):
        get = element.get
        if FIELDS[element.tag] == "enclosure":
            if not (url := (get("url") or get("href") or "").strip()) and element.keys():
                raise Unsure
            found.append(Link("enclosure", url, get("type", "").lower(), get("length", "")))
        elif (href := get("href")) is not None:
            found.append(link_of(element, href))
        elif element.keys():  # url or uri: feedparser takes these for the address
            raise Unsure
        else:
            found.append(Link("alternate", mended(text_of(element))))
    return found
