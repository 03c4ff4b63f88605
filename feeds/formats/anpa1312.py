"""ANPA 1312: the American wire, as AP, NYT and Reuters send it, with its typesetters' codes.

``SYN SYN SOH service number US selector, priority category slug date words, STX ^lines< text ETX
agency-service-date EOT``. The keyword slug and its day name a story; leads and writethrus are its
versions, takes and adds are parts of it, and are put together when they stand in one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ..errors import BrokenDocument
from ..model import Document, Entry, Rejection, Text
from . import advisories, wire
from .anpa_text import Slug, entry_of, parted, slug, typeset
from .captured.agencies import agency

NAME = "anpa1312"

# First line: service level and story number, then (after US) selector codes for the receivers.
_SERVICE = re.compile(
    r"\s*(?P<service>[A-Za-z])(?P<number>\d{4})"
    r"(?:\x1f|(?=[\n \x0d])|(?=[a-z-]{2,20}\s))[^\n]{0,200}\n"
)
_STORY = re.compile(
    r"\s*(?P<priority>[a-z])\s(?P<category>[a-z])\s?(?:[\x11-\x14]{1,3})?\s?(?P<slug>\S[^\n]{0,80}?)"
    r"\s+(?P<month>\d\d?)-(?P<day>\d\d?)(?:\s+(?P<words>\d{1,5}))?[ \t]*\n",
    re.IGNORECASE,
)
# ENQ opens a line of selector codes of its own.
_START = re.compile(r"(?:\x05[^\n\x01]{0,400}\n)?[\x00\x16\s]*\x01")
_HEAD_CHARACTERS = 1_000  # more than the lines above a story take
_TABULAR = "\x12"
_MOST_STORIES = 5_000

_TRAILER = re.compile(
    r"(?P<agency>[A-Z]{2,12})(?:-[A-Z]{1,4}){0,2}-(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d{4}|\d\d)"
    r"\s+(?P<hour>\d\d):?(?P<minute>\d\d)\s?(?P<zone>[A-Z]{1,4})?"
)
_REUTERS_TRAILER = re.compile(
    r"(?P<agency>[A-Za-z]{2,12})?\s*(?P<hour>\d\d):(?P<minute>\d\d)\s+"
    r"(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d)(?P<zone>)"
)
_TRAILER_CHARACTERS = 200
_TAKEN_BACK = re.compile(r"kill|withdraw", re.IGNORECASE)
_ADVANCE = re.compile(r"\badv\s?\d{1,2}", re.IGNORECASE)
_HELD_FOR_RELEASE = "h"
_FOR_EDITORS = "v"
_URGENCIES = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "a": 5, "s": 6, "w": 6}
_CATEGORIES = {
    "a": "National",
    "e": "Entertainment",
    "f": "Business",
    "i": "International",
    "l": "Lifestyle",
    "n": "State and Regional",
    "o": "Weather",
    "p": "Politics",
    "s": "Sports",
    "t": "Travel",
    "w": "Washington",
}
_AGENCIES = {"NYT": "The New York Times News Service", "BLOOM": "Bloomberg"}


def recognises(document: Document, head: str) -> bool:
    """Tell whether *head* opens with the two header lines of a story, framed or bare."""
    if document.data[:1] == b"<" or head[:1] in "{[":
        return False
    head = head[:_HEAD_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n")
    start = _START.match(head)
    service = _SERVICE.match(head, start.end() if start else 0)
    return bool(service and _STORY.match(head, service.end()))


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry or a rejection for each story in *document*, adds joined to their story.

    Raises:
        BrokenDocument: there are more than 5,000 stories, or none.
    """
    text = wire.decoded(document.data)
    frames = [one for one in text.split(wire.SOH) if _SERVICE.match(one)]
    if not frames or len(frames) > _MOST_STORIES:
        raise BrokenDocument(NAME, f"the file holds {len(frames):,} stories")
    stories: dict[str, tuple[Entry, list[str]]] = {}
    found: list[Entry | Rejection] = []
    for number, frame in enumerate(frames, 1):
        entry, named = _story(frame, number)
        if isinstance(entry, Entry) and named:
            base = stories.get(named.key) if named.part else None
            if base and entry.content:
                base[1].append(entry.content.value)
                continue
            if named.part > 1 or named.continues:
                told = f"a part of a story that is not in the file: {named.written}"
                entry.advisory = entry.advisory or told
            else:
                stories[named.key] = (entry, [entry.content.value] if entry.content else [])
        found.append(entry)
    for entry, parts in stories.values():
        entry.content = Text("\n".join(parts), "html") if parts else None
    yield from found


def _story(frame: str, number: int) -> tuple[Entry | Rejection, Slug | None]:
    service = _SERVICE.match(frame)
    header = _STORY.match(frame, service.end()) if service else None
    if not header:
        problem = f"story {number}: its second header line cannot be read"
        return Rejection("InvalidArticle", problem, NAME), None
    rest = frame[header.end() :].partition(wire.EOT)[0]
    rest = rest.partition(wire.STX)[2] if wire.STX in rest else rest
    text, marked, tail = rest.partition(wire.ETX)
    at, signed, text = _dated(text, tail if marked else "")
    tabular = _TABULAR in header[0]
    top, text = parted(typeset(text), tabular=tabular)
    named = slug(top[0] if top else header["slug"])
    entry = entry_of(top[1:], text, NAME, tabular=tabular)
    if not entry.title and not entry.content:
        return Rejection("InvalidArticle", f"story {number}: it holds no text", NAME), None
    provider = signed or entry.wire_source
    day = wire.day_of(at)
    entry.upstream_id = f"{named.key}-{day}" if day and named.key else None
    entry.version = str(named.lead)
    entry.published = at
    entry.urgency = _URGENCIES.get(header["priority"].lower())
    category = header["category"].lower()
    entry.categories = [name for name in [_CATEGORIES.get(category)] if name]
    entry.publisher = entry.provider = provider
    entry.wire_source = entry.wire_source if entry.wire_source != provider else None
    entry.advisory = entry.advisory or advisories.of_slug(named.written)
    if category == _FOR_EDITORS:
        entry.advisory = entry.advisory or "category v is for editors"
    if entry.upstream_id and _TAKEN_BACK.search(entry.advisory or ""):
        entry.cancels, entry.upstream_id = [entry.upstream_id], f"{entry.upstream_id}-kill"
    advance = _ADVANCE.search(named.written) or header["priority"].lower() == _HELD_FOR_RELEASE
    if entry.embargoed is None and advance:
        entry.embargoed = ""  # for a day that a program cannot tell
    return entry, named


def _dated(text: str, tail: str) -> tuple[datetime | str | None, str | None, str]:
    """Return the trailer's moment and agency, and the text without it, should it end with one."""
    place = tail[:_TRAILER_CHARACTERS]
    found = _TRAILER.search(place) or _REUTERS_TRAILER.search(place)
    if not found:
        end = text.rstrip()
        line = end.rpartition("\n")[2]
        found = _TRAILER.search(line) or _REUTERS_TRAILER.fullmatch(line.strip())
        if not found:
            return None, None, text
        text = end[: len(end) - len(line)]
    code = (found["agency"] or "").upper()
    return wire.moment(found), _AGENCIES.get(code) or agency(code) or code or None, text
