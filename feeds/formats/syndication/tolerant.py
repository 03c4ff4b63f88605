"""Feeds through feedparser, which reads what is broken, at a twelfth of the speed of the fast path.

Its sanitiser and its URI resolver are off, because markup is cleaned and links are made absolute
in one place, later. It is given no address and no headers: it would join a guid to the address
(one that moves with the host is no identity), and the bytes are UTF-8 by now.
"""

from __future__ import annotations

import io
import re
import xml.sax
from collections.abc import Iterator
from typing import Any

import msgspec

from ...errors import BrokenDocument
from ...model import Enclosure, Entry, Image, Person, Rejection, Text
from .mediarss import Pictures, enclosures, is_image, pixels
from .vocabulary import (
    MAX_ENTRIES,
    Head,
    Link,
    address,
    alternate,
    looks_like_html,
    nothing_there,
    person,
    persons,
    too_many,
    unique,
    web_address,
)

Found = dict[str, Any]
"""feedparser's dictionaries. They are read by ``dict.get``: their own ``get`` has aliases, and it
warns where ``updated`` is asked for and only ``published`` is there."""

MAX_MARKUP = 150_000
"""How many ``<`` feedparser is given: 2,000 entries of 40 tags, at some 10 us each."""
MAX_PROLOGUE_BYTES = 16_384
"""What may stand before the root: feedparser's expressions for a DOCTYPE and its entities take time
that grows with the square of it (20,000 empty lines: 1.5 s)."""

# feedparser takes these for the entry's own title, text, authors or categories. Under another name
# they wait until nothing better is found.
_ASIDE = re.compile(
    rb"<(/?)(media:(?=(?:title|description|category|keywords)\b)"
    rb"|itunes:(?=(?:title|summary|author|category|keywords)\b)"
    rb"|dc:(?=(?:title|description)\b))([a-z]+)([^<>]*)>"
)
_ENTRY_START = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?(?:item|entry)[\s>]")
_RDF = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?RDF[\s>]", re.IGNORECASE)
_ROOT_START = re.compile(rb"<[A-Za-z_]")
# feedparser writes inline XHTML with an end tag for every element; browsers read </br> as a break.
_VOID_END = re.compile(
    r"></(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)>"
)
_DETAILS = ("summary_detail", "title_detail")
_XHTML = "application/xhtml+xml"


def read(data: bytes, url: str | None) -> Iterator[Entry | Rejection]:
    """Yield the entries of *data*, which is UTF-8 without an XML declaration.

    Raises:
        BrokenDocument: no entry can be recovered, or reading it would take too long.
    """
    _check_cost(data)
    starts = [match.start() for match in _ENTRY_START.finditer(data)]
    left_out = max(0, len(starts) - MAX_ENTRIES)
    parsed = _feedparser(data[: starts[MAX_ENTRIES]] if left_out else data)
    entries = parsed["entries"]
    if not entries and isinstance(parsed.get("bozo_exception"), xml.sax.SAXException):
        raise _broken(parsed["bozo_exception"])
    head = _head(parsed, url, rdf=_RDF.search(data, 0, MAX_PROLOGUE_BYTES) is not None)
    authors = _persons(parsed["feed"]) if head.format == "atom" else []
    for position, found in enumerate(entries, 1):
        yield _entry(found, head, authors) or nothing_there(position)
    if left_out:
        yield too_many(left_out)


def _check_cost(data: bytes) -> None:
    root = _ROOT_START.search(data)
    if root and root.start() > MAX_PROLOGUE_BYTES:
        raise BrokenDocument(
            "syndication", f"more than {MAX_PROLOGUE_BYTES} bytes stand before the root element"
        )
    # A reference costs feedparser an eighth of a tag, and escaped HTML is full of them.
    markup, position = data.count(b"<") + data.count(b"&") // 8, 0
    while markup > MAX_MARKUP and (start := data.find(b"<![CDATA[", position)) >= 0:
        position = data.find(b"]]>", start)
        if position < 0:
            break
        markup -= data.count(b"<", start, position) + data.count(b"&", start, position) // 8
    if markup > MAX_MARKUP:
        raise BrokenDocument(
            "syndication", f"not plain enough to be read fast, and more than {MAX_MARKUP} tags"
        )


def _feedparser(data: bytes) -> Found:
    import feedparser  # noqa: PLC0415 - takes 0.1 s, and most documents never need it

    try:
        parsed: Found = feedparser.parse(
            io.BytesIO(_ASIDE.sub(_set_aside, data)),  # never bytes: they may name a file to open
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # it promises none, and raises several
        raise BrokenDocument(
            "syndication", f"not to be read even by feedparser: {error}"
        ) from error
    return parsed


def _set_aside(match: re.Match[bytes]) -> bytes:
    slash, prefix, name, rest = match.groups()
    if b"xmlns" not in rest:  # with attributes, feedparser would drop the text
        rest = b"/" if rest.endswith(b"/") else b""
    return b"<%s%saside-%s%s>" % (slash, prefix, name, rest)


def _broken(cause: xml.sax.SAXException) -> BrokenDocument:
    line = column = 0
    if isinstance(cause, xml.sax.SAXParseException):
        # feedparser puts a line of its own before the document.
        line, column = (cause.getLineNumber() or 1) - 1, (cause.getColumnNumber() or 0) + 1
    return BrokenDocument(
        "syndication", f"the XML is broken: {cause.getMessage()}", line, column if line else 0
    )


def _head(parsed: Found, url: str | None, *, rdf: bool) -> Head:
    """Return what the feed says of itself."""
    feed: Found = parsed["feed"]
    atom = (parsed.get("version") or "").startswith("atom")
    link = address(alternate(_links(feed)), url)
    return Head(
        "rdf" if rdf else "atom" if atom else "rss",
        _get(feed, "title") or _get(feed, "dc_aside-title"),
        link,
        (_get(feed, "language") or "").replace("_", "-") or None,
        _get(feed, "rights"),
        url or link,
    )


def _entry(found: Found, head: Head, feed_authors: list[Person]) -> Entry | None:
    """Make an Entry of what feedparser found; None if there is nothing to show in it."""
    atom = head.format == "atom"
    contents = [one for one in dict.get(found, "content", ()) if one.get("value")]
    details = [
        detail for detail in (*contents, *(dict.get(found, key) for key in _DETAILS)) if detail
    ]
    base = address(next((one["base"] for one in details if one.get("base")), None), head.base)
    title, summary, content = _texts(found, contents, atom=atom)
    links = _links(found)
    upstream_id = _get(found, "id")
    link = _get(found, "feedburner_origlink") or alternate(links)
    link = address(link or web_address(_get(found, "link") or ""), base or head.base)
    if not (title or summary or content or link):
        return None
    published, updated = _get(found, "published"), _get(found, "updated")
    if not published:
        published = _get(found, "created")
        if not published and not atom:
            published, updated = updated, None
    images, files = _media(found, links, base or head.base)
    source: Found = dict.get(found, "source") or {}
    spoken = (_get(found, "language"), *(one.get("language") for one in details))
    authors = _persons(found) or _persons(source) or feed_authors
    if not authors and (name := _get(found, "itunes_aside-author")):
        authors = [person(name)]
    return Entry(
        format=head.format,
        upstream_id=upstream_id,
        title=title,
        summary=summary,
        content=content,
        link=link,
        base=base or head.base,
        authors=authors,
        categories=_categories(found),
        published=published,
        updated=updated,
        language=next((one.replace("_", "-") for one in spoken if one), head.language),
        images=images,
        enclosures=files,
        publisher=_get(source, "title") or head.title,
        publisher_link=alternate(_links(source)) or _get(source, "href") or head.link,
        rights=_get(found, "rights") or head.rights,
    )


def _texts(
    found: Found, contents: list[Found], *, atom: bool
) -> tuple[Text | None, Text | None, Text | None]:
    """Return title, summary and content as Text."""
    title = _text(dict.get(found, "title_detail"), atom=atom, guess=True)
    content = _text(contents[0], atom=atom) if contents else None
    # Without a detail of its own the summary is feedparser's copy of the content.
    summary = _text(dict.get(found, "summary_detail"), atom=atom)
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


def _text(detail: Found | None, *, atom: bool, guess: bool = False) -> Text | None:
    """Read one of feedparser's details. RSS names no type: it is HTML, or *guess* decides."""
    value: str = (detail or {}).get("value") or ""
    if not detail or not value:
        return None
    media_type: str = detail.get("type") or ""
    if media_type == _XHTML:
        return Text(_VOID_END.sub("/>", value), "html")
    if atom:
        return Text(value, "html" if media_type == "text/html" else "text")
    return Text(value, "html" if not guess or looks_like_html(value) else "text")


def _get(found: Found, key: str) -> str | None:
    value = dict.get(found, key)
    return value.strip() or None if isinstance(value, str) else None


def _links(found: Found) -> list[Link]:
    links = dict.get(found, "links", ())
    return [
        Link(*((one.get(key) or "").strip() for key in ("rel", "href", "type", "length")))
        for one in links
    ]


def _persons(found: Found) -> list[Person]:
    authors: list[Found] = dict.get(found, "authors") or []
    text = _get(found, "author") or ""
    if len(authors) == 1 and "@" in text:  # feedparser cuts an address behind "@host.exam"
        return persons([person(text, authors[0].get("href"))])
    people = []
    for one in authors:
        name, email, uri = one.get("name") or "", one.get("email"), one.get("href")
        people.append(Person(name or email, email, uri) if email else person(name, uri))
    return persons(people)


def _categories(found: Found) -> list[str]:
    tags = dict.get(found, "tags", ())
    return unique([(tag.get("label") or tag.get("term") or "").strip() for tag in tags])


def _media(
    found: Found, links: list[Link], base: str | None
) -> tuple[list[Image], list[Enclosure]]:
    """Return the pictures and the other files.

    feedparser keeps no tie between a picture and its words: they are used where there is only one.
    """
    contents: list[Found] = dict.get(found, "media_content") or []
    pictures = Pictures(
        [
            _image(one)
            for one in contents
            if is_image(one.get("url", ""), one.get("type", ""), one.get("medium", ""))
        ],
        [_image(one) for one in dict.get(found, "media_thumbnail", ()) if one.get("url")],
    )
    if len(contents) == len(pictures.shown) == 1:
        credits_ = dict.get(found, "media_credit") or [{}]
        pictures.shown[0] = msgspec.structs.replace(
            pictures.shown[0],
            alt=_get(found, "media_aside-title") or "",
            caption=_get(found, "media_aside-description") or "",
            credit=(credits_[0].get("content") or "").strip(),
        )
    files = enclosures(links, pictures, base)
    cover: Found = dict.get(found, "image") or {}
    if href := _get(cover, "href"):
        pictures.shown.append(Image(href))
    return pictures.chosen(), files


def _image(attributes: Found) -> Image:
    width, height = attributes.get("width"), attributes.get("height")
    return Image(attributes["url"], width=pixels(width), height=pixels(height))
