"""What was published, as it happens: a stream that ends where it began to be too long.

``events`` holds, for each story whose page and feeds were written, the names of its feeds and the
JSON that programs are told. Redis numbers the entries: the numbers only grow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from .connection import Connection

BACKLOG = 1_000
"""So many events are kept for who comes back, some 0.6 MB; Redis may keep a few more."""

_NUMBER = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")
_MOST = 2**64


class Event(msgspec.Struct, frozen=True):
    """One event: *number* is its place in the stream, *story* the JSON that is told."""

    number: tuple[int, int]
    feeds: frozenset[str]
    story: bytes

    @property
    def id(self) -> str:
        """The number as Redis writes it."""
        return "{}-{}".format(*self.number)


class Events:
    """The stream, and the marks that are taken away as it is told."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._key = connection.key("events")

    def settle(
        self,
        pages: Mapping[str, int],
        told: Mapping[str, tuple[tuple[str, ...], bytes]],
        now: datetime,
    ) -> None:
        """Take the marks *pages* away, each unless it has grown, and tell what was *told*.

        *told* is article id -> names of its feeds, and the event.
        """
        values: list[str | int | bytes] = [BACKLOG]
        for one, mark in pages.items():
            feeds, event = told.get(one, ((), b""))
            values += (one, mark, " ".join(feeds), event)
        self._connection.script("tell", "telling what was published", now, *values)

    def read(self, after: tuple[int, int] | None, wait: float = 0.0) -> list[Event]:
        """Return the events after the number *after*, None for all there are.

        Waits up to *wait* seconds for the first of them.
        """
        last = "{}-{}".format(*after or (0, 0))
        block = int(wait * 1000) or None
        with self._connection.doing("reading events") as client:
            found = client.xread({self._key: last}, count=BACKLOG, block=block)
        return [
            Event(
                _number(number),
                frozenset(fields[b"feeds"].decode().split()),
                fields[b"story"],
            )
            for _, entries in found or ()
            for number, fields in entries
        ]


def number(text: str) -> tuple[int, int] | None:
    """Return the number that *text* is, None if it is none that Redis gives."""
    found = _NUMBER.fullmatch(text)
    parts = (int(found[1]), int(found[2])) if found else (_MOST, 0)
    return parts if max(parts) < _MOST else None


def _number(written: bytes) -> tuple[int, int]:
    milliseconds, _, count = written.partition(b"-")
    return int(milliseconds), int(count)
