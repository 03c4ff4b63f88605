"""IPTC 7901: the text message of the agencies, framed by ISO 646's transmission controls.

``SOH header CR LF keywords STX headline =, text ETX date EOT``, as often in a file as there are
messages. The header is source and number, priority, category, number of words and what the agency
adds. A message number is used again the next day, so the day of the trailer is part of the id; a
message without its date has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ..errors import BrokenDocument
from ..model import Document, Entry, Person, Rejection, Text
from . import advisories, wire
from .byline import people
from .captured.agencies import agency
from .captured.dateline import read_dateline

NAME = "iptc7901"

_HEADER = re.compile(
    r"\s*(?P<source>[A-Za-z]{1,4})(?P<number>\d{3,6})[ \t]+(?P<priority>[0-9])[ \t]+"
    r"(?P<category>[^\W\d_]{1,6})"
    r"(?:[ \t]+(?P<words>\d{1,6})(?![\w-]))?(?:[ \t]+(?P<more>[^\n]*))?[ \t]*(?:\n|$)"
)
_START = re.compile(r"[\x00\x16\x7f\s]*\x01")
_BARE = re.compile(r"(?:ZCZC\s+)?[a-z]{2,4}\d{3,4} [1-8] [a-z]{1,3} \d{1,5}(?: [^\n]{0,60})?\n")
_HEAD_CHARACTERS = 200
_MOST_MESSAGES = 5_000
_HEADLINE_LINES = 8
_REFERENCE = re.compile(r"\b(\d{6}-\d{2}-\d{5})(?:#(\d{1,4}))?")  # KNA: an id that lives on
_TRAILER = re.compile(
    r"(?P<day>\d\d)(?P<hour>\d\d):?(?P<minute>\d\d)\s*(?P<zone>[A-Za-z]{1,5})?[\s.]+(?P<month>[^\W\d_]{3,4})\.?\s+"
    r"(?P<year>\d{4}|\d\d)\b"
)
_TRAILER_LINES = 4
_LABEL = re.compile(
    r"[(*\s]{0,3}(?:(?:\d{1,2}\.?(?:st|nd|rd|th)?\s*)?(?:lead|refile|update|updated|wrap-?up|round-?up|recast|repeat|repetition|zusammenfassung"
    r"|erg[äa]nzung|neu|eil|eilmeldung|blitz|flash|urgent|alert|snap|bulletin|vorschau|feature|hintergrund|analyse"
    r"|korrespondentenbericht|reportage|portr[äa]t|stichwort|interview|overview|background|preview|analysis|adelanto|resumen|urgente"
    r"|avance|papier\s+g[ée]n[ée]ral|lead\s+g[ée]n[ée]ral)(?:[\s:,.-]{1,3}(?:\d{1,2}|neu|korr|zf))?[\s:)*-]{0,3}){1,3}",
    re.IGNORECASE,
)
_PRIORITY_WORD = re.compile(r"^(?:URGENT|EIL|FLASH|BLITZ|ALERT|Eil)\s*[:!\u2013-]\s*(?=\S)")
_BYLINE = re.compile(r"(?:by|von|par|por|di|door|av|af)\s+(?=\S+\s+\S|[A-Z]\S+$)", re.IGNORECASE)
_BYLINE_CHARACTERS = 90
_PICTURE_NOTE = re.compile(
    r"\((?:mit\s+|with\s+)?(?:foto|bild|photo|grafik|graphic|video|audio|picture|archivbild)\w*\b[^()]*\)",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(r"[(]?(?P<agency>[A-Za-z]{2,7})(?:[-/ ]+[a-z0-9]{1,6}){0,12}[)]?")
_SIGN_OFF_CHARACTERS = 60
_LETTERS = re.compile(r"[a-z]{2,5}(?:/[a-z0-9]{1,5}){1,4}")  # AFP: "abc/def/ghi"
_COLUMNS = 62  # of a line: what would have fitted behind it is a line of its own
_KILL_REFERENCE = re.compile(r"\b([a-z]{2,4}\d{3,4})\b")
# dpa's and the German-speaking agencies' categories, AFP's; single letters are ANPA's.
_CATEGORIES = {
    "pl": "Politik",
    "wi": "Wirtschaft",
    "sp": "Sport",
    "ku": "Kultur",
    "vm": "Vermischtes",
    "ki": "Kirche",
    "wt": "Wetter",
    "pol": "Politics",
    "eco": "Economy",
    "spo": "Sport",
    "cul": "Culture",
    "i": "International",
    "a": "National",
    "e": "Entertainment",
    "f": "Finance",
    "p": "Politics",
    "s": "Sports",
}
_FOR_EDITORS = frozenset({"rs", "v", "adv"})
_URGENCIES = range(1, 10)


def recognises(document: Document, head: str) -> bool:
    """Tell whether *head* opens with a start of header and a header line, or with that alone."""
    if document.data[:1] == b"<" or head[:1] in "{[":
        return False
    start = _START.match(head)
    if start:
        return bool(_HEADER.match(head, start.end()))
    return bool(_BARE.match(head[:_HEAD_CHARACTERS].replace("\r\n", "\n")))


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry or a rejection for each message in *document*.

    Raises:
        BrokenDocument: there are more than 5,000 messages, or none.
    """
    text = wire.decoded(document.data)
    frames = [frame for frame in text.split(wire.SOH) if wire.printable(frame).strip()]
    if wire.SOH in text:
        frames = [frame for frame in frames if wire.STX in frame or _HEADER.match(frame)]
    if not frames or len(frames) > _MOST_MESSAGES:
        raise BrokenDocument(NAME, f"the file holds {len(frames):,} messages")
    for number, frame in enumerate(frames, 1):
        yield _entry(frame, number)


def _entry(frame: str, number: int) -> Entry | Rejection:
    head, text, tail = _framed(frame)
    header = _HEADER.match(head)
    if not header:
        return Rejection("InvalidArticle", f"message {number}: its header cannot be read", NAME)
    text, at = _dated(text, tail)
    body, notices = advisories.take(wire.printable(text).strip("\n"))
    headline, body = _split(body)
    title, deck, authors = _headline(headline, notices)
    body = _without_sign_off(body)
    if not title and not body.strip():
        return Rejection("InvalidArticle", f"message {number}: it holds no text", NAME)
    category, more = header["category"].lower(), header["more"] or ""
    slug = [part.strip() for part in re.split(r"[/\n]", wire.printable(head[header.end() :]))]
    if category in _FOR_EDITORS:
        notices.advisory = notices.advisory or f"category {category} is for editors"
    notices.advisory = notices.advisory or advisories.of_slug("/".join(slug))
    reference = _REFERENCE.search(more)
    dateline = read_dateline(body.lstrip()[:200].replace("\n", " "))
    provider = agency(more) or (dateline.wire if dateline else None)
    day = wire.day_of(at)
    entry = Entry(
        format=NAME,
        upstream_id=reference[1]
        if reference
        else _identity(header["source"] + header["number"], day),
        version=reference[2] if reference else None,
        title=Text(title) if title else None,
        summary=Text(deck) if deck else None,
        content=Text(wire.html_of(body), "html") if body.strip() else None,
        authors=authors,
        categories=[name for name in [_CATEGORIES.get(category), *slug] if name],
        published=at,
        publisher=provider,
        dateline=dateline.place if dateline else None,
        urgency=int(header["priority"]) if int(header["priority"]) in _URGENCIES else None,
        provider=provider or header["source"].lower(),
    )
    if dateline and dateline.wire and dateline.wire != provider:
        entry.wire_source = dateline.wire
    notices.put_on(entry)
    if entry.advisory and day:
        named = _KILL_REFERENCE.findall(text)
        entry.cancels = [f"{one}-{day}" for one in dict.fromkeys(named)][:20]
    return entry


def _identity(number: str, day: str) -> str | None:
    return f"{number.lower()}-{day}" if day else None


def _framed(frame: str) -> tuple[str, str, str]:
    """Return header, text and trailer of a message, whichever of its marks were lost."""
    frame = frame.partition(wire.EOT)[0]
    head, marked, text = frame.partition(wire.STX)
    if not marked:
        header = _HEADER.match(head)
        rest = head[header.end() :] if header else ""
        keywords = re.match(r"\s*(?:[^\n]*/[ \t]*\n)?", rest)
        cut = (header.end() if header else 0) + (keywords.end() if keywords else 0)
        head, text = head[:cut], head[cut:]
    text, _, tail = text.partition(wire.ETX)
    return head, text, tail


def _dated(text: str, tail: str) -> tuple[str, datetime | str | None]:
    """Return the text without its trailer, and the moment that the trailer tells."""
    found = _TRAILER.search(tail[:200])
    if not found:
        lines = text.rstrip().split("\n")
        for number in range(len(lines) - 1, max(0, len(lines) - _TRAILER_LINES) - 1, -1):
            found = _TRAILER.fullmatch(wire.printable(lines[number]).strip())
            if found:
                text = "\n".join(lines[:number])
                break
    if not found:
        return text, None
    return text, wire.moment(found)


def _split(text: str) -> tuple[list[str], str]:
    """Return the lines of the headline, which end with "=" or a blank line, and the text."""
    lines = text.strip("\n").split("\n")
    for number, line in enumerate(lines[:_HEADLINE_LINES]):
        if line.rstrip().endswith("="):
            return lines[: number + 1], "\n".join(lines[number + 1 :])
    end = next((number for number, line in enumerate(lines) if not line.strip()), 1)
    return lines[:end], "\n".join(lines[end:])


def _headline(lines: list[str], notices: advisories.Notices) -> tuple[str, str, list[Person]]:
    """Return title, deck and authors; labels and notes to the desk are none of them."""
    title: list[str] = []
    deck: list[str] = []
    authors: list[Person] = []
    for line in (line.strip() for line in lines):
        bare = line.strip("*+= ")
        if not bare or _LABEL.fullmatch(bare) or _PICTURE_NOTE.fullmatch(bare):
            continue
        if bare.startswith("(") and bare.endswith(")"):
            _, inside = advisories.take(bare[1:-1])
            inside.advisory = None  # a note on the story, which follows
            notices.add(inside)
        elif _BYLINE.match(bare) and len(bare) < _BYLINE_CHARACTERS and title:
            authors += people(bare)
        elif deck or (title and len(f"{title[-1]} {bare.split()[0]}") <= _COLUMNS):
            deck.append(bare)
        else:
            title.append(bare)
    text, said = advisories.title_without(_PRIORITY_WORD.sub("", " ".join(title)))
    notices.add(said)
    return _PICTURE_NOTE.sub("", text).strip(), " ".join(deck), authors


def _without_sign_off(text: str) -> str:
    """Return *text* without the desk's letters under it: "dpa al rmo hct"."""
    body, _, last = text.rstrip().rpartition("\n")
    stripped = last.strip()
    found = _SIGN_OFF.fullmatch(stripped) if len(stripped) <= _SIGN_OFF_CHARACTERS else None
    known = _LETTERS.fullmatch(stripped) or (
        found and (agency(found["agency"]) or agency(found["agency"].lower()))
    )
    return body.rstrip() if body.strip() and known else text
