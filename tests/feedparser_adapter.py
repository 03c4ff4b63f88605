"""Our reading of a feed in the form of feedparser's result, so that its own cases can score it.

Only what our parser found is given, under feedparser's names; feedparser itself is asked nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.errors import BrokenDocument
from feeds.formats import HEAD_CHARACTERS, jsonfeed, syndication
from feeds.formats.decoding import decode
from feeds.formats.syndication.found import Head, Item, Link, Reading, Tag
from feeds.model import Document, Entry, Image, Person, Source, Text

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
_TYPES = {"text": "text/plain", "html": "text/html"}

Found = dict[str, Any]

LACKS = frozenset(
    (
        *("sanitize", "base"),  # markup and links are cleaned by normalise, not by the parser
        *("itunes", "geo", "psc", "cdf", "media-rss", "extra-keys"),  # what no article is made of
        *("minor", "detail", "version", "namespaces", "headers", "lang"),
    )
)
"""Features, in the tool's words, of which we read nothing or a part."""


def parse(data: bytes, headers: dict[str, str]) -> Found:
    """Return feedparser's form of the document *data*, which came with these *headers*."""
    url, media_type = headers.get("content-location"), headers.get("content-type")
    document = Document(
        data, "feed", Source(id="feedparser"), NOW, url=url, content_type=media_type
    )
    if jsonfeed.recognises(document, decode(data)[:HEAD_CHARACTERS].lstrip()):
        found = [one for one in jsonfeed.parse(document) if isinstance(one, Entry)]
        return {
            "bozo": 0,
            "encoding": "utf-8",
            "feed": {},
            "entries": [_entry(one) for one in found],
        }
    try:
        reading = syndication.read(document)
    except BrokenDocument as error:
        reading = Reading(Head("rss"), [], broken=error)
    is_xml = media_type is None or "xml" in media_type  # else feedparser calls it broken
    return {
        "bozo": int(reading.broken is not None or not is_xml),
        "bozo_exception": reading.broken,
        "encoding": _charset(reading, document),
        "feed": _feed(reading.head),
        "entries": [_entry(one) for one in reading.items],
    }


parse.lacks = LACKS  # type: ignore[attr-defined]  # where the tool looks for it


def _charset(reading: Reading, document: Document) -> str:
    """Name the charset.

    feedparser follows RFC 3023, 3.1: text/* without a charset is us-ascii, whatever the document
    declares. RFC 7303 has obsoleted that and we do not follow it: it is said where it is true.
    """
    media_type = document.content_type or ""
    if media_type.startswith("text/") and "charset" not in media_type and document.data.isascii():
        return "us-ascii"
    return reading.charset


def _feed(head: Head) -> Found:
    return _filled(
        title=head.title,
        subtitle=head.subtitle,
        link=head.link,
        links=[_link(link) for link in head.links],
        id=head.id,
        language=head.language,
        rights=head.rights,
        published=head.published,
        updated=head.updated,
        tags=[_tag(tag) for tag in head.tags],
        image=_filled(
            href=head.image.get("url"),
            **{name: head.image.get(name) for name in ("title", "link", "description")},
        ),
        **_authors(head.authors),
    )


def _entry(entry: Entry) -> Found:
    links = entry.links if isinstance(entry, Item) else []
    tags = entry.tags if isinstance(entry, Item) else [Tag(one) for one in entry.categories]
    summary = entry.summary or entry.content
    return _filled(
        id=entry.upstream_id,
        guidislink=entry.link == entry.upstream_id
        and not any(link.rel == "alternate" for link in links),
        title=_value(entry.title),
        title_detail=_detail(entry.title),
        summary=_value(summary),
        summary_detail=_detail(summary),
        content=[_detail(entry.content)] if entry.content else None,
        link=entry.link,
        links=[_link(link) for link in links],
        enclosures=[_link(link, "rel") for link in links if link.rel == "enclosure"],
        published=entry.published,
        updated=entry.updated or entry.published,
        tags=[_tag(tag) for tag in tags],
        language=entry.language,
        rights=entry.rights,
        media_content=_media(entry.images),
        source=_filled(title=entry.publisher, href=entry.publisher_link),
        **_authors(entry.authors),
    )


def _filled(**fields: Any) -> Found:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _value(text: Text | None) -> str | None:
    return text.value if text else None


def _detail(text: Text | None) -> Found | None:
    return {"value": text.value, "type": _TYPES[text.type]} if text else None


def _link(link: Link, *without: str) -> Found:
    found = msgspec.structs.asdict(link)
    return _filled(**{key: text for key, text in found.items() if key not in without})


def _tag(tag: Tag) -> Found:
    return {"term": tag.term, "scheme": tag.scheme or None, "label": tag.label or None}


def _authors(persons: Iterable[Person]) -> Found:
    found = [_filled(name=one.name, email=one.email, href=one.uri) for one in persons]
    if not found:
        return {}
    name, email = found[0].get("name"), found[0].get("email")
    author = f"{name} ({email})" if email and email != name else name
    return {"authors": found, "author_detail": found[0], "author": author}


def _media(images: Iterable[Image]) -> list[Found]:
    return [_filled(url=image.url, width=image.width, height=image.height) for image in images]
