"""JSON Feed 1.0 and 1.1 through msgspec; an item of the wrong shape is rejected alone.

What only adorns an item (a tag, a picture, an author) and is of the wrong shape is left out of it.

https://www.jsonfeed.org/version/1.1/ is quoted by its own section names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from ..errors import BrokenDocument
from ..model import Document, Enclosure, Entry, Image, Person, Rejection, Text
from .decoding import decode

NAME = "jsonfeed"

MAX_BYTES = 8_000_000
"""As for XML: four times the largest feeds known."""
MAX_ITEMS = 2_000

_VERSION = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version')
_BYTE = re.compile(r"\(byte (\d{1,10})\)")
_FIELD = re.compile(r"at `\$\.([a-z_]{1,20})")
_ESSENTIAL = frozenset(("id", "url", "title", "content_html", "content_text", "items", "version"))
"""Fields of the wrong type that spoil an item or a feed; all others are left out of it."""

_Shape = TypeVar("_Shape")


class _Author(msgspec.Struct):
    name: str | None = None
    url: str | None = None


class _Attachment(msgspec.Struct):
    url: str | None = None
    mime_type: str | None = None
    size_in_bytes: float | str | None = None


class _Item(msgspec.Struct):
    """Items: all that is used; the rest, extensions among them, is passed over."""

    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    image: str | None = None
    banner_image: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    author: _Author | str | None = None
    authors: list[_Author | str | None] | None = None
    tags: list[str | None] | None = None
    language: str | None = None
    attachments: list[_Attachment | None] | None = None


class _Feed(msgspec.Struct):
    """Top-level; items are looked at one by one, so that a wrong one spoils no other."""

    items: list[msgspec.Raw]
    version: str = ""
    title: str | None = None
    home_page_url: str | None = None
    feed_url: str | None = None
    language: str | None = None
    author: _Author | str | None = None
    authors: list[_Author | str | None] | None = None


_FEED = msgspec.json.Decoder(_Feed)
_ITEM = msgspec.json.Decoder(_Item)


def recognises(document: Document, head: str) -> bool:
    """Tell by ``version``, or without it by items beside a title and an address of the feed."""
    if not head.startswith("{"):
        return False
    if _VERSION.search(head):
        return True
    data = document.data
    if b'"items"' not in data or len(data) > MAX_BYTES:
        return False
    try:
        feed = _shaped(_FEED, _json(data))
    except (msgspec.MsgspecError, RecursionError):
        return False
    if "jsonfeed.org/version" in feed.version:
        return True
    return bool(feed.title is not None and (feed.feed_url or feed.home_page_url))


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an Entry for each item, and a Rejection for each that cannot be one.

    Raises:
        BrokenDocument: (while iterating) it is too large, no JSON, or no JSON Feed.
    """
    if len(document.data) > MAX_BYTES:
        raise BrokenDocument(
            NAME, f"the feed has {len(document.data)} bytes; at most {MAX_BYTES} are read"
        )
    data = _json(document.data)
    try:
        feed = _shaped(_FEED, data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _broken(data, str(error)) from error
    for position, raw in enumerate(feed.items[:MAX_ITEMS], 1):
        try:
            item = _shaped(_ITEM, bytes(raw))
        except (msgspec.MsgspecError, RecursionError) as error:
            yield _rejected(position, f"is not as JSON Feed has it: {error}")
            continue
        entry = _entry(item, feed, document.url)
        yield entry or _rejected(position, "has neither a title nor text nor a link")
    if len(feed.items) > MAX_ITEMS:
        left_out = len(feed.items) - MAX_ITEMS
        yield Rejection(
            error="InvalidArticle",
            problem=f"{left_out} items were left out: a document may have {MAX_ITEMS}",
            format=NAME,
        )


def _shaped(decoder: msgspec.json.Decoder[_Shape], data: bytes) -> _Shape:
    """Decode *data* without the fields of the wrong type, if they are not essential.

    Raises:
        msgspec.MsgspecError: it is no JSON, or an essential field is of the wrong type.
    """
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        wrong = _FIELD.search(str(error))
        if wrong is None or wrong[1] in _ESSENTIAL:
            raise
        fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        del fields[wrong[1]]
        return _shaped(decoder, msgspec.json.encode(fields))
    except msgspec.DecodeError:
        mended = _mended(data)
        if mended is None or mended == data:
            raise
        return _shaped(decoder, mended)


def _entry(item: _Item, feed: _Feed, url: str | None) -> Entry | None:
    """Make an Entry of *item*; None if there is nothing to show in it."""
    content = _content(item)
    link = (item.url or item.external_url or "").strip()
    title = (item.title or "").strip()
    summary = (item.summary or "").strip()
    if not (title or content or summary or link):
        return None
    if content and summary == content.value:
        summary = ""
    upstream_id = item.id if isinstance(item.id, str) else _number(item.id)
    files = [one for one in item.attachments or () if one and one.url]
    pictures = [one.url for one in files if _is_image(one)]
    images = [image for image in (item.image, item.banner_image, *pictures) if image]
    return Entry(
        format="jsonfeed",
        upstream_id=upstream_id.strip() or None,
        title=Text(title) if title else None,
        summary=Text(summary) if summary else None,
        content=content,
        link=link or None,
        base=url or feed.home_page_url or feed.feed_url,
        authors=_persons(item.authors, item.author) or _persons(feed.authors, feed.author),
        categories=list(
            dict.fromkeys(tag.strip() for tag in item.tags or () if tag and tag.strip())
        ),
        published=item.date_published or None,
        updated=item.date_modified or None,
        language=item.language or feed.language or None,
        images=[Image(image) for image in dict.fromkeys(images)],
        enclosures=[_enclosure(one) for one in files if not _is_image(one)],
        publisher=(feed.title or "").strip() or None,
        publisher_link=feed.home_page_url or None,
    )


def _content(item: _Item) -> Text | None:
    """Items, content_html and content_text: "one or both must be present"; HTML says more."""
    if item.content_html and item.content_html.strip():
        return Text(item.content_html.strip(), "html")
    if item.content_text and item.content_text.strip():
        return Text(item.content_text.strip(), "text")
    return None


def _number(number: float | None) -> str:
    """Items, id: "if a JSON Feed reader sees a number, it should coerce it to a string"."""
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    return "" if number is None else str(number)


def _persons(
    authors: list[_Author | str | None] | None, author: _Author | str | None
) -> list[Person]:
    """``authors`` of 1.1 goes before the ``author`` of 1.0, which feeds keep for old readers."""
    found = [_Author(one) if isinstance(one, str) else one for one in authors or (author,) if one]
    return [
        Person(one.name.strip(), None, one.url) for one in found if one.name and one.name.strip()
    ]


def _is_image(attachment: _Attachment) -> bool:
    """Tell whether it is a picture, which is shown and not offered as a download as well."""
    return (attachment.mime_type or "").lower().startswith("image/")


def _enclosure(attachment: _Attachment) -> Enclosure:
    size = attachment.size_in_bytes
    length = int(size) if isinstance(size, int | float) and size > 0 else None
    return Enclosure(attachment.url or "", attachment.mime_type or "", length)


def _json(data: bytes) -> bytes:
    """Return *data* as the UTF-8 that RFC 8259 asks for, without a byte order mark."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return decode(data).lstrip("\ufeff").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def _mended(data: bytes) -> bytes | None:
    """Undo what RFC 8259, 7 and 8.2 forbid in strings: line ends, and halves of an emoji.

    None if *data* is broken otherwise.
    """
    try:
        mended = json.dumps(json.loads(data, strict=False), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return mended.encode("utf-8", "replace")


def _broken(data: bytes, problem: str) -> BrokenDocument:
    """Name line and column where msgspec names the byte."""
    where = _BYTE.search(problem)
    if where is None:
        return BrokenDocument(NAME, f"not as JSON Feed has it: {problem}")
    before = data[: int(where[1])]
    line = before.count(b"\n") + 1
    column = len(before) - before.rfind(b"\n")
    return BrokenDocument(NAME, problem[: where.start()].strip(), line, column)


def _rejected(position: int, problem: str) -> Rejection:
    return Rejection(error="InvalidArticle", problem=f"item {position} {problem}", format=NAME)
