"""A mail to its article: who sent it, what it is about, and the documents that came with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.message import Message

import msgspec

from ...errors import BrokenDocument
from ...model import Document, Entry, Image, Person, Rejection, Text
from .. import advisories, html
from ..byline import person
from ..captured.dateline import read_dateline
from ..enclosed import Budget, entries_in
from . import letter, newsletter
from .header import date_of, field, people_in
from .parts import Content, Part, content_of

NAME = "mail"

_REPLY = re.compile(
    r"\s*(?:re|fwd?|aw|wg|sv|vs|tr|rv|antw|enc)(?:\[\d{1,3}\])?\s*:\s*", re.IGNORECASE
)
_LIST_TAG = re.compile(r"\s*\[([^\[\]]{1,60})\]\s*(?=\S)")
_FILTER_TAG = re.compile(
    r"\s*(?:\[(?:external|ext|spam|bulk|suspected\s+spam)\]|\*{2,}\s*spam\s*\*{2,})\s*:?\s*",
    re.IGNORECASE,
)
_LIST_ID = re.compile(r"^\s*(?P<phrase>[^<]*?)\s*(?:<\s*(?P<id>[^<>\s]+)\s*>)?\s*$")
_ROLE = re.compile(
    r"(?:news(?:letter)?s?|no-?reply.*|donotreply|info|press|media|editor(?:ial)?|desk|list|alerts?"
    r"|mailer-daemon|postmaster|admin|contact|office|hello|team)$",
    re.IGNORECASE,
)
_SHORTEST_ARTICLE = 40  # words: what stands above an enclosed article in fewer is a covering note
_SMALLEST_PICTURE = 1_500  # bytes: below are logos, rules and pixels
_REPORT = frozenset(
    {"multipart/report", "message/delivery-status", "multipart/disposition-notification"}
)
_SAVED_PAGE = re.compile(r"<saved by", re.IGNORECASE)


def read(message: Message, document: Document, budget: Budget) -> Iterator[Entry | Rejection]:
    """Yield what is in one message: its own article first, then what it encloses."""
    budget.documents -= 1
    if budget.documents < 0:
        yield Rejection(
            "BrokenDocument", "there are more messages than are taken from one file", NAME
        )
        return
    if message.get_content_type() in _REPORT:
        yield Rejection("InvalidArticle", "a report of a mail server is no article", NAME)
        return
    content = content_of(message)
    if content.html and (
        message.get("Snapshot-Content-Location") or _SAVED_PAGE.search(str(message.get("From")))
    ):
        yield from _saved_page(message, content, document)
        return
    entry, words = _entry(message, content)
    found = list(_enclosed(content, document, budget))
    articles = any(isinstance(one, Entry) for one in found)
    if entry and not (articles and words < _SHORTEST_ARTICLE):
        yield entry
    elif not found:
        problem = content.unread or "the message holds no text"
        yield Rejection("InvalidArticle", problem, NAME)
    yield from found


def _entry(message: Message, content: Content) -> tuple[Entry | None, int]:
    """Return the message's own article, None where it has no text, and its length in words."""
    listed = _list_name(message)
    subject = subject_of(field(message, "Subject"), listed)
    entry = Entry(format=NAME, base=field(message, "Content-Base") or None)
    if content.html.strip():
        shown = newsletter.read(content.html, subject)
        subject = shown.title or subject
        entry.content = Text(shown.html, "html") if shown.html else None
        entry.link, entry.images = shown.link, shown.images
    if entry.content is None and content.text.strip():
        subject = _letter(content, subject, entry)
    if entry.content is None:
        return None, 0
    words = len(re.sub(r"<[^<>]*>", " ", entry.content.value).split())
    title, said = advisories.title_without(subject)
    entry.title = Text(title) if title else None
    entry.advisory = said.advisory or entry.advisory
    said.put_on(entry)
    if content.html.strip():
        advisories.mark(entry)
    entry.upstream_id = field(message, "Message-ID").strip("<> ") or None
    entry.published = entry.published or date_of(message)
    entry.language = field(message, "Content-Language").partition(",")[0].strip() or None
    entry.categories = [one.strip() for one in field(message, "Keywords").split(",") if one.strip()]
    entry.expires = field(message, "Expires") or field(message, "Expiry-Date") or None
    _say_who(message, entry, listed)
    _give_pictures(entry, content.pictures)
    return entry, words


def _letter(content: Content, subject: str, entry: Entry) -> str:
    """Put the story of a plain mail on *entry*; return its title."""
    text = content.text.replace("\r\n", "\n").replace("\r", "\n")
    if content.flowed:
        text = letter.unflowed(text, delsp=content.delsp)
    text, notices = advisories.take(text)
    story = letter.story(text, subject)
    notices.put_on(entry)
    entry.content = Text(story.html, "html") if story.html else None
    entry.link = story.link
    dateline = read_dateline(story.first)
    if dateline:
        entry.dateline, entry.wire_source = dateline.place, dateline.wire
    entry.published = story.fields.get("date")
    if "from" in story.fields:
        entry.authors = _persons(story.fields["from"])
    return subject_of(story.fields.get("subject", subject), "")


def subject_of(subject: str, listed: str) -> str:
    """Return *subject* without "Re:", the tag of the list, and "New on the list: "."""
    while True:
        before = subject
        for pattern in (_REPLY, _FILTER_TAG):
            found = pattern.match(subject)
            subject = subject[found.end() :] if found else subject
        tag = _LIST_TAG.match(subject)
        if tag and (listed or _REPLY.match(subject[tag.end() :]) or before != subject):
            subject = subject[tag.end() :]
        if subject == before:
            break
    prefix, colon, rest = subject.partition(": ")
    if listed and colon and rest and listed.casefold() in prefix.casefold():
        subject = rest
    return subject.strip()


def _list_name(message: Message) -> str:
    """Return the name of the list that *message* came through (RFC 2919), or ""."""
    found = _LIST_ID.match(field(message, "List-Id"))
    return found["phrase"].strip('" ') if found else ""


def _say_who(message: Message, entry: Entry, listed: str) -> None:
    """Say who wrote it and who publishes it: the list, else the organisation, else the sender."""
    entry.authors = entry.authors or _persons(
        str(message.get("From") or message.get("Sender") or "")
    )
    entry.publisher = (
        listed or field(message, "Organization") or field(message, "Organisation") or None
    )
    senders = people_in(str(message.get("From") or ""))
    role = any(_ROLE.match(address.partition("@")[0]) for _, address in senders)
    if role and entry.publisher is None and entry.authors:  # "Halden Press Office <press@...>"
        entry.publisher = entry.authors[0].name
        entry.authors = []
    entry.authors = [one for one in entry.authors if one.name != entry.publisher]


def _persons(value: str) -> list[Person]:
    """Return those who are named; an address alone is nobody's name, and none is published."""
    named = (person(name.partition("@")[0].strip()) for name, _ in people_in(value) if name)
    return [someone for someone in named if someone]


def _give_pictures(entry: Entry, pictures: list[Part]) -> None:
    """Keep each picture under the reference that the text has for it, or under its name."""
    referred = {image.url: image for image in entry.images}
    kept: list[Image] = []
    for number, picture in enumerate(pictures, 1):
        names = (f"cid:{picture.cid}", picture.location, picture.name)
        reference = next((name for name in names if name and name in referred), None)
        if len(picture.data) < _SMALLEST_PICTURE and not (reference and referred[reference].alt):
            continue
        own = f"cid:{picture.cid}" if picture.cid else picture.name or f"picture-{number}"
        reference = reference or own
        entry.attachments = {**entry.attachments, reference: picture.data}
        kept.append(referred.get(reference, Image(reference)))
    entry.images = kept


def _enclosed(content: Content, document: Document, budget: Budget) -> Iterator[Entry | Rejection]:
    """Yield the articles in what is enclosed; what is in no format that we read is passed over."""
    for part in content.enclosed:
        if part.message is not None:
            if budget.levels <= 0:
                yield Rejection("BrokenDocument", "a message in too many others", NAME)
                continue
            try:
                with budget.deeper():
                    yield from read(part.message, document, budget)
            except BrokenDocument as error:
                yield Rejection("BrokenDocument", error.problem, error.format_name)
            continue
        budget.documents -= 1
        inner = msgspec.structs.replace(
            document,
            data=part.data,
            name=f"{document.name}/{part.name}",
            content_type=part.kind,
            receipt=None,
        )
        for found in entries_in(inner, budget):
            if isinstance(found, Entry) or found.error != "UnknownFormat":
                yield found


def _saved_page(
    message: Message, content: Content, document: Document
) -> Iterator[Entry | Rejection]:
    """Yield the page that a browser saved as one file (RFC 2557), read as the page it is."""
    address = field(message, "Snapshot-Content-Location") or content.html_location
    page = msgspec.structs.replace(
        document,
        data=content.html.encode("utf-8", "replace"),
        url=address or document.url,
        content_type="text/html; charset=utf-8",
    )
    for found in html.parse(page):
        if isinstance(found, Entry):
            saved = date_of(message)
            found.page_date = found.page_date or (saved if isinstance(saved, datetime) else None)
            _give_pictures_of_page(found, content.pictures)
        yield found


def _give_pictures_of_page(entry: Entry, pictures: list[Part]) -> None:
    by_location = {part.location: part.data for part in pictures if part.location}
    urls = {image.url for image in entry.images if image.url}
    entry.attachments = {url: by_location[url] for url in urls if url in by_location}
