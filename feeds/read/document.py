"""What the bytes of an answer tell besides their entries: whether all of it came, when to return.

Read from the bytes and not from a tree: the text of an entry may speak of a ttl too, and a document
that is broken in its entries still says this.
"""

from __future__ import annotations

import re

from ..upstream import Hints

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": 3_600,
    "daily": 86_400,
    "weekly": 7 * 86_400,
    "monthly": 30 * 86_400,
    "yearly": 365 * 86_400,
}
_HOURS_OF_A_DAY = 24
_LONGEST_ELEMENT = 2_000
_EDGE = 2_000
_ENDS = (b"</rss", b"</feed", b"</rdf", b"</channel", b":rss>", b":feed>")
_FIRST_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LAST_ENTRY = re.compile(rb".*</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(rb"\s*(\d{1,9})")


def hints_of(body: bytes) -> Hints:
    """Return what the feed *body* says; what cannot be understood is passed over."""
    head = around_entries(body)
    ttl = _number(_inside(head, b"ttl")) * 60
    period = _PERIODS.get(
        _inside(head, rb"(?:[\w.-]+:)?updatePeriod").strip().decode("ascii", "replace").lower(), 0
    )
    frequency = _number(_inside(head, rb"(?:[\w.-]+:)?updateFrequency")) or 1
    hours = _all_inside(_inside(head, b"skipHours"), b"hour")
    days = _all_inside(_inside(head, b"skipDays"), b"day")
    return Hints(
        wait=max(ttl, period // frequency),
        # Some count the hours from 1 to 24, as RSS 0.91 did.
        skip_hours=tuple(sorted({_number(hour) % _HOURS_OF_A_DAY for hour in hours})),
        skip_days=tuple(sorted(_DAYS.index(day) for day in _names(days) if day in _DAYS)),
    )


def is_whole(body: bytes) -> bool:
    """Tell whether an XML document has its end; a JSON document without it cannot be read."""
    start, end = body[:_EDGE].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"), body[-_EDGE:]
    tail = end.replace(b"\0", b"").lower()  # UTF-16 puts a zero byte beside each of these
    return not start.startswith(b"<") or any(tag in tail for tag in _ENDS)


def is_page(body: bytes) -> bool:
    """Tell whether *body* is a web page."""
    start = body[:_EDGE].lstrip().lower()
    return b"<html" in start or start.startswith(b"<!doctype html")


def no_feed(body: bytes, content_type: str) -> str:
    """Return in a sentence what *body*, which is no feed, is instead."""
    if not body.strip():
        return "the answer is empty"
    if is_page(body):
        return "it answers with a web page instead of a feed"
    kind = content_type.partition(";")[0].strip()
    return f"it answers with no feed ({kind or 'of no known type'})"


def around_entries(body: bytes) -> bytes:
    """Return what a feed *body* says before its first entry and after its last."""
    first = _FIRST_ENTRY.search(body)
    if first is None:
        return body
    last = _LAST_ENTRY.match(body, first.start())
    return body[: first.start()] + (body[last.end() :] if last else b"")


def _inside(data: bytes, name: bytes) -> bytes:
    """Return what stands inside the first element *name* (a pattern) of *data*."""
    return next(iter(_all_inside(data, name)), b"")


def _all_inside(data: bytes, name: bytes) -> list[bytes]:
    pattern = rb"<(%b)(?:\s[^>]*)?>([^\0]{0,%d}?)</\1\s*>" % (name, _LONGEST_ELEMENT)
    return [found[1] for found in re.findall(pattern, data, re.IGNORECASE)]


def _number(text: bytes) -> int:
    found = _NUMBER.match(text)
    return int(found[1]) if found else 0


def _names(days: list[bytes]) -> set[str]:
    return {day.strip().decode("ascii", "replace").lower() for day in days}
