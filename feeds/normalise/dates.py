# ruff: noqa: SIM905, lists of names read better as words
"""Dates to stamps: strict forms first, then newspapers' own, then distances, guesses last.

A date that is known to the day stands at 12:00 of that day in its source's zone, so that it is
that day in most of the world. What cannot be trusted is no date: a weekday that contradicts it,
a year before the rules allow, a time that lies ahead.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal

import msgspec

from ..model import Document, Entry, Precision, Rules, Stamp
from .relative import counted_back
from .text import printable
from .written import Moment, date_without_year, fold, full_date, month_of_year
from .zones import place, zone

LONGEST_DATE = 200
"""In characters: what is longer is prose; a masthead line with volume and price has 80."""

# ISO 8601 basic and extended, RFC 3339, and NITF's norm (20261121T101500-0500).
_ISO = re.compile(
    r"(\d{4}-?\d\d-?\d\d)(?:[Tt ]+(\d\d:?\d\d(?::?(\d\d))?)(?:[.,]\d+)?)?\s*"
    r"([Zz]|[+\-\u2212]\d\d:?(?:\d\d)?)?(?:\s*(?:(UTC|GMT)|\[[A-Za-z_/]+\]))?",
    re.ASCII,
)
# W3C's profile knows a bare year; half a year off is nearer than the moment of arrival.
_ISO_MONTH = re.compile(r"((?:19|20)\d\d)(?:-(\d\d))?", re.ASCII)
_COMPACT_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d{1,9})?|(\d{13})", re.ASCII)  # seconds since 1973; ms

# RFC 822, 5.1 as RFC 2822 amends it, and RFC 850's dashes. A wrong weekday is overlooked here: a
# program wrote the rest.
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]{0,6}\.?,?[\s-]+(\d{4}|\d\d),?\s+"
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?\s*([+-]\d{4}|[A-Za-z]{1,5})?(?:\s*\([^()]{0,40}\))?",
    re.ASCII,
)
_RFC_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(),
        1,
    )
}

_GUESSABLE_CHARACTERS = 60  # dateparser takes 14 ms to say no, and reads dates into prose
# A year, another number and a word, in six words at most ("kl." and a weekday among them).
_GUESSABLE_FORM = re.compile(
    r"(?=.*(?<!\d)(?:19|20)\d\d(?!\d))(?=.*(?<!\d)\d\d?(?!\d))(?=.*[^\W\d_]{2})\S+(?:\s\S+){1,5}"
)
_NOON = 12
_TIMED = {Precision.SECOND, Precision.MINUTE}
_AMERICAN_ZONES = frozenset(
    "America/New_York America/Chicago America/Denver America/Los_Angeles America/Phoenix "
    "America/Detroit America/Anchorage Pacific/Honolulu".split()
)


class Calendar(msgspec.Struct, frozen=True):
    """How a source writes dates, and the moment that its relative dates count from."""

    zone: tzinfo = UTC
    day_first: bool | None = None
    base: Stamp | None = None


def calendar(entry: Entry, document: Document, language: str | None, rules: Rules) -> Calendar:
    """Return how dates are read in *entry*, which is written in *language* (BCP 47).

    What the operator says of its source goes before what he says of all, and that before a guess.
    Relative dates count from the page's own date, else the file's time, else its arrival.
    """
    source = document.source
    zone = source.timezone or rules.timezone
    known = (source.day_first, rules.day_first, _day_first(language, zone))
    bare = Calendar(place(zone), next((one for one in known if one is not None), None))
    page = stamp(entry.page_date, bare) if entry.page_date else None
    if page:
        page = Stamp(page.at, page.precision, "page")
    return Calendar(bare.zone, bare.day_first, page or _arrival(document))


def _day_first(language: str | None, zone: str) -> bool | None:
    """Tell whether 05/06/2026 is the fifth of June; None where nothing tells."""
    language = (language or "").lower().replace("_", "-")
    if language == "en-us" or zone in _AMERICAN_ZONES:
        return False
    if (language and language not in {"en", "eng", "english"}) or zone != "UTC":
        return True
    return None


def _arrival(document: Document) -> Stamp:
    if document.modified:
        return Stamp(_utc(document.modified, UTC), Precision.SECOND, "file")
    return Stamp(_utc(document.received, UTC), Precision.SECOND, "received")


def published(entry: Entry, document: Document, dates: Calendar, rules: Rules) -> Stamp:
    """Return when *entry* was first published, by the first of these that can be believed.

    Its ``published``; its ``updated``; the page's own date; the file's time; its arrival. One
    that lies further ahead than the rules allow is a lie about now: it becomes the arrival.
    """
    received = Stamp(_utc(document.received, UTC), Precision.SECOND, "received")
    latest = received.at + timedelta(hours=rules.future_hours)
    for value in (entry.published, entry.updated):
        declared = stamp(value, dates)
        if declared and declared.at > latest:
            return received
        if declared and declared.at.year >= rules.earliest_year:
            return declared
    for known in (dates.base, _arrival(document)):
        if known and known.at <= latest and known.at.year >= rules.earliest_year:
            return known
    return received


def updated(
    entry: Entry, document: Document, dates: Calendar, first: Stamp, rules: Rules
) -> Stamp | None:
    """Return when *entry* was last changed; None if that is unknown or cannot be.

    It cannot be before *first*, its publication, nor further ahead than the rules allow.
    """
    changed = stamp(entry.updated, dates)
    latest = _utc(document.received, UTC) + timedelta(hours=rules.future_hours)
    return changed if changed and first.at <= changed.at <= latest else None


def stamp(value: str | datetime | None, dates: Calendar) -> Stamp | None:
    """Return the moment that *value* tells, as exactly as it tells it; None if it tells none."""
    if isinstance(value, datetime):
        return Stamp(_utc(value, dates.zone))
    if not value:
        return None
    value = value.strip()
    if len(value) > LONGEST_DATE:
        return None
    try:
        moment = _strict(value, dates.zone)
        if moment:
            return _stamp(moment, dates, "declared")
        return _loose(fold(" ".join(printable(value).split())), value, dates)
    except (ValueError, OverflowError):  # on no calendar, or at the end of it
        return None


def _loose(text: str, value: str, dates: Calendar) -> Stamp | None:
    """Return the moment that *text*, which is folded *value*, tells in a person's words."""
    if moment := full_date(text, dates.zone, day_first=dates.day_first):
        return _stamp(moment, dates, "declared")
    if dates.base:
        here = dates.base.at.astimezone(dates.zone)
        if moment := counted_back(text, here, timed=dates.base.precision in _TIMED):
            return _stamp(moment, dates, "relative")
        if moment := date_without_year(text, dates.zone, here):
            return _stamp(moment, dates, "declared")
    moment = month_of_year(text) or _guess(value, dates)
    return _stamp(moment, dates, "declared") if moment else None


def _stamp(moment: Moment, dates: Calendar, origin: Literal["declared", "relative"]) -> Stamp:
    return Stamp(_utc(moment.at, dates.zone), moment.precision, origin)


def _utc(at: datetime, local: tzinfo) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=local)).astimezone(UTC)


def _strict(value: str, local: tzinfo) -> Moment | None:
    """Return the moment of a form that machines write; None where *value* is in no such form."""
    if found := _RFC_822.fullmatch(value):
        return _rfc_822(found, local)
    return (_iso(value) or _digits(value)) if value[:4].isdigit() else None


def _rfc_822(found: re.Match[str], local: tzinfo) -> Moment | None:
    day, month, year, hour, minute, second, named = found.groups()
    number = _RFC_MONTHS.get(month.lower())
    if number is None:
        return None
    full_year = int(year) if len(year) > 2 else int(year) + (2000 if int(year) < 50 else 1900)  # noqa: PLR2004, RFC 2822, 4.3
    # RFC 822 has no leap second, but feeds do.
    at = datetime(full_year, number, int(day), int(hour), int(minute), min(int(second or 0), 59))  # noqa: DTZ001, two lines down
    precision = Precision.SECOND if second else Precision.MINUTE
    if not named:
        return Moment(at, precision)
    # RFC 2822, 4.3: a name that nobody knows is to be read as -0000.
    return Moment(at.replace(tzinfo=zone(named.lower(), at, local) or UTC), precision)


def _iso(value: str) -> Moment | None:
    if found := _ISO_MONTH.fullmatch(value):
        return Moment(datetime(int(found[1]), int(found[2] or 7), 1, _NOON), Precision.MONTH)  # noqa: DTZ001, the zone comes later
    found = _ISO.fullmatch(value)
    if not found:
        return None
    date, time, second, offset, universal = found.groups()
    if not time:
        return Moment(datetime.fromisoformat(date).replace(hour=_NOON), Precision.DAY)
    if second == "60":  # RFC 3339, 5.7: a leap second
        time = f"{time[:-2]}59"
    at = datetime.fromisoformat(f"{date.replace('-', '')}T{time.replace(':', '')}")
    if offset or universal:
        known = not offset or offset in "Zz"
        at = at.replace(tzinfo=UTC if known else zone(offset, at, UTC))
    return Moment(at, Precision.SECOND if second else Precision.MINUTE)


def _digits(value: str) -> Moment | None:
    """Return the moment of a bare number: a date without marks, or seconds or ms since 1970."""
    if pattern := _COMPACT_DIGITS.get(len(value) if value.isdigit() else 0):
        at = datetime.strptime(value, pattern)  # noqa: DTZ007, the zone comes later
        return Moment(at, Precision.SECOND if value[12:] else Precision.MINUTE)
    if found := _EPOCH.fullmatch(value):
        seconds = int(found[1]) if found[1] else int(found[2]) / 1000
        return Moment(datetime.fromtimestamp(seconds, UTC), Precision.SECOND)
    return None


def _guess(value: str, dates: Calendar) -> Moment | None:
    """Return what dateparser makes of a short string in a language or form that we do not know."""
    if len(value) >= _GUESSABLE_CHARACTERS or not _GUESSABLE_FORM.fullmatch(value):
        return None
    at = _dateparser(value, "DMY" if dates.day_first is not False else "MDY")
    if at is None:
        return None
    timed = bool(at.hour or at.minute)
    return Moment(
        at if timed else at.replace(hour=_NOON), Precision.MINUTE if timed else Precision.DAY
    )


@lru_cache(maxsize=256)  # a page's date is asked for again for each of its articles
def _dateparser(value: str, order: str) -> datetime | None:
    from dateparser import parse  # noqa: PLC0415, 0.3 s to import, and most sources never need it

    # Only whole absolute dates: its own relative reading takes "1m" and "5d" for dates.
    settings: dict[str, Any] = {
        "DATE_ORDER": order,
        "STRICT_PARSING": True,
        "PARSERS": ["absolute-time"],
    }
    try:
        return parse(value, settings=settings)
    except Exception:  # noqa: BLE001, it documents none and has raised many; a guess may fail
        return None
