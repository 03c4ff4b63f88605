"""What feeds no longer show, filed for good: which articles stand on which page of which archive.

A page of an archive is filled once (file_away.lua). After that articles change on it and leave it,
by the scripts that change them, and none is ever added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from .connection import Connection, milliseconds, texts

_MARKS_AT_ONCE = 1_000


class Page(NamedTuple):
    """A page of an archive: the *feed*, its *number* (from 1, the oldest), the ids of its articles.

    *older* and *newer* are the numbers of its neighbours; 0 where there is none.
    """

    feed: str
    number: int
    ids: list[str]
    older: int
    newer: int


class Archives:
    """The archives of all feeds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def file_away(
        self, unshown: Mapping[str, datetime | None], size: int, now: datetime
    ) -> dict[str, int]:
        """File the articles of each feed that changed last at the time given or before.

        They go on pages of *size* articles; nothing is filed where no time is given. Returns the
        number of each feed's latest page, 0 where it has none. Harmless when it is done again.
        """
        latest: dict[str, int] = {}
        left = dict(unshown)
        while left:
            pairs = chain.from_iterable(
                (name, milliseconds(due) if due else "") for name, due in left.items()
            )
            reply = self._connection.script("file_away", "filing articles", now, size, *pairs)
            latest.update(zip(left, reply[::2], strict=True))
            left = {name: left[name] for name, more in zip(left, reply[1::2], strict=True) if more}
        return latest

    def marks(self) -> dict[tuple[str, int], int]:
        """Return what waits to be written: (feed, page) -> changes."""
        with self._connection.doing("reading what is to be archived") as client:
            found = client.hgetall(self._connection.key("archives"))
        return {_place(field): int(mark) for field, mark in found.items()}

    def settle(self, marks: Mapping[tuple[str, int], int], now: datetime) -> int:
        """Take *marks* away, each unless it has grown since; return how many are left."""
        pairs: list[str | int] = []
        for (name, number), mark in marks.items():
            pairs += (f"{name} {number}", mark)
        return int(self._connection.script("settle", "settling marks", now, "archives", *pairs))

    def mark_everything(self) -> None:
        """Mark every page, so that the next passes write all of them."""
        key = self._connection.key
        with self._connection.doing("marking archives") as client:
            filed = client.hgetall(key("filed"))
            with client.pipeline(transaction=False) as pipe:
                for name, state in sorted(filed.items()):
                    fields = [f"{name.decode()} {page}" for page in range(1, _pages(state) + 1)]
                    for at in range(0, len(fields), _MARKS_AT_ONCE):
                        marks = dict.fromkeys(fields[at : at + _MARKS_AT_ONCE], 0)
                        pipe.hset(key("archives"), mapping=marks)
                pipe.execute()

    def pages(self, wanted: Iterable[tuple[str, int]]) -> list[Page]:
        """Return the pages *wanted*, (feed, number) each; one that is empty has no ids."""
        asked = list(wanted)
        with (
            self._connection.doing("reading archives") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for name, number in asked:
                key = self._connection.key("archive", name)
                pipe.zrangebyscore(key, number, number)
                pipe.zrevrangebyscore(key, f"({number}", "-inf", 0, 1, withscores=True)
                pipe.zrangebyscore(key, f"({number}", "+inf", 0, 1, withscores=True)
            found = pipe.execute()
        return [
            Page(name, number, texts(ids), _number(older), _number(newer))
            for (name, number), ids, older, newer in zip(
                asked, found[::3], found[1::3], found[2::3], strict=True
            )
        ]


def _place(field: bytes) -> tuple[str, int]:
    name, _, number = field.decode().rpartition(" ")
    return name, int(number)


def _pages(state: bytes) -> int:
    return int(state.partition(b" ")[0])


def _number(neighbour: Sequence[tuple[bytes, float]]) -> int:
    return int(neighbour[0][1]) if neighbour else 0
