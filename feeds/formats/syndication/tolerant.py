"""Feeds through feedparser, which reads what is broken, at a twelfth of the fast path's speed."""

from __future__ import annotations

import re

import msgspec

from ...model import Enclosure, Image, Person, Text
from .feedparser_call import MAX_PROLOGUE_BYTES, Found, broken, call, check_cost
from .found import MAX_ENTRIES, Head, Item, Link, Reading, Tag
from .mediarss import Pictures, enclosures, is_image, pixels
from .vocabulary import (
    address,
    alternate,
    looks_like_html,
    person,
    persons,
    unique,
    web_address,
)

_ENTRY_START = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?(?:item|entry)[\s>]")
_END = re.compile(
    rb"</(?:[A-Za-z0-9]{1,20}:)?(?:item|entry|channel|rss|feed|rdf)[\s>]", re.IGNORECASE
)
_RDF = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?RDF[\s>]", re.IGNORECASE)
# feedparser writes inline XHTML with an end tag for every element; browsers read </br> as a break.
_VOID_END = re.compile(
    r"></(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)>"
)
_DETAILS = ("summary_detail", "title_detail")
_IMAGE = {"url": "href", "title": "title", "link": "link", "description": "subtitle"}
_XHTML = "application/xhtml+xml"


def read(data: bytes, url: str | None) -> Reading:
    """Read *data*, which is UTF-8 without an XML declaration.

    Raises:
        BrokenDocument: reading it would take too long.
    """
    check_cost(data)
    starts = [match.start() for match in _ENTRY_START.finditer(data)]
    left_out = max(0, len(starts) - MAX_ENTRIES)
    parsed = call(data[: starts[MAX_ENTRIES]] if left_out else data)
    head = _head(parsed, url, rdf=_RDF.search(data, 0, MAX_PROLOGUE_BYTES) is not None)
    items = [_entry(entry, head) for entry in parsed["entries"]]
    wrong = broken(parsed)
    cut_off = bool(
        items and starts and wrong and not left_out and not _END.search(data, starts[-1])
    )
    return Reading(head, items, left_out=left_out, cut_off=cut_off, broken=wrong)


def _head(parsed: Found, url: str | None, *, rdf: bool) -> Head:
    """Return what the feed says of itself."""
    feed: Found = parsed["feed"]
    atom = (parsed.get("version") or "").startswith("atom")
    links = _links(feed)
    link = address(alternate(links), url)
    image = _one(feed, "image")
    return Head(
        "rdf" if rdf else "atom" if atom else "rss",
        _get(feed, "title") or _get(feed, "dc_aside-title"),
        link,
        (_get(feed, "language") or "").replace("_", "-") or None,
        _get(feed, "rights"),
        url or link,
        id=_get(feed, "id"),
        subtitle=_get(feed, "subtitle") or _get(feed, "dc_aside-description"),
        published=_get(feed, "published"),
        updated=_get(feed, "updated"),
        authors=_persons(feed, url),
        links=links,
        tags=_tags(feed),
        image={name: text for name, key in _IMAGE.items() if (text := _get(image, key))},
    )


def _entry(found: Found, head: Head) -> Item:
    """Make an Item of what feedparser found."""
    atom = head.format == "atom"
    contents = [one for one in _several(found, "content") if one.get("value")]
    details = [detail for detail in (*contents, *(_one(found, key) for key in _DETAILS)) if detail]
    base = address(next((one["base"] for one in details if one.get("base")), None), head.base)
    title, summary, content = _texts(found, contents, atom=atom)
    links = _links(found)
    tags = _tags(found)
    upstream_id = _get(found, "id")
    link = _get(found, "feedburner_origlink") or alternate(links)
    link = address(link or web_address(_get(found, "link") or ""), base or head.base)
    published, updated = _get(found, "published"), _get(found, "updated")
    if not published:
        published = _get(found, "created")
        if not published and not atom:
            published, updated = updated, None
    images, files = _media(found, links, base or head.base)
    source = _one(found, "source")
    spoken = (_get(found, "language"), *(one.get("language") for one in details))
    authors = (
        _persons(found, base or head.base)
        or _persons(source, base or head.base)
        or (head.authors if atom else [])
    )
    if not authors and (name := _get(found, "itunes_aside-author")):
        authors = [person(name)]
    return Item(
        format=head.format,
        upstream_id=upstream_id,
        title=title,
        summary=summary,
        content=content,
        link=link,
        base=base or head.base,
        authors=authors,
        categories=unique([tag.label or tag.term for tag in tags]),
        published=published,
        updated=updated,
        language=next((one.replace("_", "-") for one in spoken if one), head.language),
        images=images,
        enclosures=files,
        publisher=_get(source, "title") or head.title,
        publisher_link=alternate(_links(source))
        or (None if atom else _get(source, "href"))
        or head.link,
        rights=_get(found, "rights") or head.rights,
        links=links,
        tags=tags,
    )


def _texts(
    found: Found, contents: list[Found], *, atom: bool
) -> tuple[Text | None, Text | None, Text | None]:
    """Return title, summary and content as Text."""
    title = _text(_one(found, "title_detail"), atom=atom, guess=True)
    content = _text(contents[0], atom=atom) if contents else None
    # Without a detail of its own the summary is feedparser's copy of the content.
    summary = _text(_one(found, "summary_detail"), atom=atom)
    if atom:
        return title, None if summary == content else summary, content
    if not title and (aside := _get(found, "dc_aside-title")):
        title = Text(aside, "html" if looks_like_html(aside) else "text")
    if not summary:
        aside = _get(found, "dc_aside-description") or _get(found, "itunes_aside-summary")
        summary = Text(aside, "html") if aside else None
    if not content:
        return title, None, summary
    return title, None if summary == content else summary, content


def _text(detail: Found, *, atom: bool, guess: bool = False) -> Text | None:
    """Read one of feedparser's details. RSS names no type: it is HTML, or *guess* decides."""
    if not (value := _get(detail, "value")):
        return None
    media_type = _get(detail, "type")
    if media_type == _XHTML:
        return Text(_VOID_END.sub("/>", value), "html")
    if atom:
        return Text(value, "html" if media_type == "text/html" else "text")
    return Text(value, "html" if not guess or looks_like_html(value) else "text")


def _get(found: Found, key: str) -> str | None:
    value = dict.get(found, key)
    return value.strip() or None if isinstance(value, str) else None


def _one(found: Found, key: str) -> Found:
    """Return what is a dictionary in feedparser's result, unless the feed has put a text there."""
    value = dict.get(found, key)
    return value if isinstance(value, dict) else {}


def _several(found: Found, key: str) -> list[Found]:
    value = dict.get(found, key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _links(found: Found) -> list[Link]:
    return [
        Link(*(_get(one, key) or "" for key in Link.__struct_fields__))
        for one in _several(found, "links")
    ]


def _persons(found: Found, base: str | None) -> list[Person]:
    authors = _several(found, "authors")
    text = _get(found, "author") or ""
    if len(authors) == 1 and "@" in text:  # feedparser cuts an address behind "@host.exam"
        return persons([person(text, address(authors[0].get("href"), base))])
    people = []
    for one in authors:
        name, email, uri = one.get("name") or "", one.get("email"), address(one.get("href"), base)
        people.append(Person(name or email, email, uri) if email else person(name, uri))
    return persons(people)


def _tags(found: Found) -> list[Tag]:
    return [
        Tag(*(_get(tag, key) or "" for key in Tag.__struct_fields__))
        for tag in _several(found, "tags")
    ]


def _media(
    found: Found, links: list[Link], base: str | None
) -> tuple[list[Image], list[Enclosure]]:
    """Return the pictures and the other files.

    feedparser keeps no tie between a picture and its words: they are used where there is only one.
    """
    contents = _several(found, "media_content")
    pictures = Pictures(
        [
            _image(one)
            for one in contents
            if is_image(one.get("url", ""), one.get("type", ""), one.get("medium", ""))
        ],
        [_image(one) for one in _several(found, "media_thumbnail") if one.get("url")],
    )
    if len(contents) == len(pictures.shown) == 1:
        credits_ = _several(found, "media_credit") or [{}]
        pictures.shown[0] = msgspec.structs.replace(
            pictures.shown[0],
            alt=_get(found, "media_aside-title") or "",
            caption=_get(found, "media_aside-description") or "",
            credit=(credits_[0].get("content") or "").strip(),
        )
    files = enclosures(links, pictures, base)
    if href := _get(_one(found, "image"), "href"):
        pictures.shown.append(Image(href))
    return pictures.chosen(), files


def _image(attributes: Found) -> Image:
    width, height = attributes.get("width"), attributes.get("height")
    return Image(attributes["url"], width=pixels(width), height=pixels(height))
