"""RSS 0.9x, 1.0 and 2.0 through lxml: the fast path, which reads only what it is sure of.

One pass over the children of an item; ``vocabulary`` makes them fields. Whatever feedparser would
read in a way that is not followed here raises Unsure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from lxml import etree

from ...model import Entry, Person, Rejection, Text
from .mediarss import FIELDS_OF_MEDIA, media_of
from .vocabulary import (
    FIELDS,
    MAX_ENTRIES,
    XML_BASE,
    Head,
    Link,
    Unsure,
    address,
    alternate,
    language_of,
    looks_like_html,
    mended,
    nothing_there,
    person,
    persons,
    text_of,
    too_many,
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
_OTHERS = frozenset(("author", "category", "enclosure", "id", "link", "source", "itunes:image"))
_ONCE = frozenset(("title", "description", "content:encoded"))
"""feedparser reads a second one of these as something else: a description becomes the content."""
_STRANGE = frozenset(
    ("content", "summary", "body", "xhtml:body", "tags", "categories", "entry", "item", "image")
)
"""Atom's and other formats' elements in an item, which feedparser reads by where they stand."""
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

_Elements: TypeAlias = "dict[str, list[etree._Element]]"  # noqa: SLF001 - lxml's type has no other name


def read(
    root: etree._Element, url: str | None, taken_out: dict[str, str]
) -> Iterator[Entry | Rejection]:
    """Yield the entries under *root*, which is ``rss`` or ``rdf:RDF``.

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
    for position, item in enumerate(items[:MAX_ENTRIES], 1):
        yield _entry(item, head, taken_out) or nothing_there(position, item)
    if len(items) > MAX_ENTRIES:
        yield too_many(len(items) - MAX_ENTRIES)


def _channel(channel: etree._Element, head: Head) -> list[etree._Element]:
    """Fill *head* from the channel and return the items in it."""
    if channel.get(XML_BASE):
        raise Unsure
    items: list[etree._Element] = []
    links: list[etree._Element] = []
    fields: dict[str, etree._Element] = {}
    for child in channel:
        field = FIELDS[child.tag]
        if field == "item":
            items.append(child)
        elif field == "link":
            links.append(child)
        elif field and not (field == "title" and field in fields):
            fields[field] = child
    head.title = text_of(fields.get("title")) or text_of(fields.get("dc:title")) or None
    head.link = address(alternate(_links({"link": links})), head.base)
    head.rights = text_of(fields.get("rights")) or None
    # An xml:lang is nearer to the text than what the channel says, as feedparser has it.
    said = text_of(fields.get("language")).replace("_", "-")
    head.language = language_of(channel) or head.language or said or None
    return items


def _entry(item: etree._Element, head: Head, taken_out: dict[str, str]) -> Entry | None:
    """Make an Entry of an ``item``; None if there is nothing to show in it."""
    if item.get(XML_BASE):
        raise Unsure
    texts, others, media, main = _sorted(item)
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
    categories = _categories(others.get("category"))
    if not (title or content or link):
        return None
    published, updated = get("published") or get("created"), get("updated")
    if not published:  # dc:date alone, as RDF has it, is the only date there is
        published, updated = updated, None
    images, files = media_of(media, links, others.get("itunes:image"), head.base)
    publisher, publisher_link = _origin(others.get("source"), head)
    return Entry(
        format=head.format,
        upstream_id=upstream_id or None,
        title=Text(title, "html" if looks_like_html(title) else "text") if title else None,
        summary=Text(summary, "html") if summary else None,
        content=Text(content, "html") if content else None,
        link=address(link, head.base),
        base=head.base,
        authors=_authors(others.get("author"), get("itunes:author")),
        categories=categories,
        published=published or None,
        updated=updated or None,
        language=language_of(item, main, get("language")) or head.language,
        images=images,
        enclosures=files,
        publisher=publisher,
        publisher_link=publisher_link,
        rights=get("rights") or head.rights,
    )


def _sorted(
    item: etree._Element,
) -> tuple[dict[str, str], _Elements, list[etree._Element], etree._Element | None]:
    """Sort the children of *item*: plain texts, others, Media RSS; and the element of its text."""
    texts: dict[str, str] = {}
    others: _Elements = {}
    media: list[etree._Element] = []
    main: etree._Element | None = None
    for child in item:
        field = FIELDS[child.tag]
        if field in _PLAIN:
            if len(child) or (field in _ONCE and field in texts):
                raise Unsure
            texts[field] = (child.text or "").strip()
            if field == "content:encoded" or (main is None and field in _ONCE):
                main = child
        elif field in _OTHERS:
            others.setdefault(field, []).append(child)
        elif field in FIELDS_OF_MEDIA:
            media.append(child)
        elif field in _STRANGE:
            raise Unsure
    return texts, others, media, main


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
    guid = text_of(guids[-1])
    is_permalink = guids[-1].get("isPermaLink", "true") == "true"
    return guid or None, web_address(guid) if is_permalink else None


def _authors(elements: list[etree._Element] | None, podcaster: str | None) -> list[Person]:
    found = [person(text_of(element)) for element in elements] if elements else []
    if podcaster and not found:
        found = [person(podcaster)]
    return persons(found)


def _categories(elements: list[etree._Element] | None) -> list[str]:
    """Read RSS's text, or Atom's attributes, which some items borrow."""
    if not elements:
        return []
    return unique([one.get("label") or text_of(one) or one.get("term") or "" for one in elements])


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
        href = element.get("href")
        if href is not None:
            rel, media_type = element.get("rel", "alternate"), element.get("type", "")
            length = element.get("length", "")
            found.append(Link(rel.lower(), href.strip(), media_type.lower(), length))
        elif element.keys():  # url or uri: feedparser takes these for the address
            raise Unsure
        else:
            found.append(Link("alternate", mended(text_of(element))))
    for element in others.get("enclosure", ()):
        get = element.get
        href = (get("url") or get("href") or "").strip()
        found.append(Link("enclosure", href, get("type", "").lower(), get("length", "")))
    return found
