"""The stream that programs submit to: nothing is lost from the moment Redis answers their XADD.

A consumer group hands each entry to one reader; an entry that its reader did not finish in time
is taken over by another. An entry leaves the stream in the same step that stores its outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import redis
from msgspec import Struct

from ..model import Outcome
from .connection import Connection

GROUP = "wireroom"
"""The consumer group of every stream of ours."""

_CONSUMER = "worker"
"""One name for all readers: entries are shared by time, not by name, and names would pile up."""


class Letter(Struct, frozen=True):
    """One entry of the stream: its id, and its fields as they were added."""

    id: str
    fields: dict[str, bytes]


class Inbox:
    """Reads and finishes what stands in the stream ``inbox``, or another of that kind."""

    def __init__(self, connection: Connection, *, outcome_days: int, name: str = "inbox") -> None:
        self._connection = connection
        self._key = connection.key(name)
        self._outcome_seconds = outcome_days * 86_400

    def take(self, count: int, abandoned_seconds: float) -> list[Letter]:
        """Return up to *count* entries that are ours now: abandoned ones first, then new ones."""
        with self._connection.doing("reading the inbox") as client:
            try:
                return self._take(client, count, int(abandoned_seconds * 1000))
            except redis.ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
            try:
                client.xgroup_create(self._key, GROUP, id="0", mkstream=True)
            except redis.ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):  # another reader was first
                    raise
            return self._take(client, count, int(abandoned_seconds * 1000))

    def finish(self, outcomes: Mapping[str, Outcome]) -> None:
        """Store the outcome of each entry and take the entry out of the stream, all in one step."""
        if not outcomes:
            return
        with self._connection.doing("emptying the inbox") as client, client.pipeline() as pipe:
            for entry, outcome in outcomes.items():
                key = self._connection.key("outcome", entry)
                pipe.set(key, msgspec.json.encode(outcome), ex=self._outcome_seconds)
            pipe.xack(self._key, GROUP, *outcomes)
            pipe.xdel(self._key, *outcomes)
            pipe.execute()

    def discard(self, entries: Sequence[str]) -> None:
        """Take *entries* out of the stream, in one step; nobody asks for their outcome."""
        with self._connection.doing("emptying a stream") as client, client.pipeline() as pipe:
            pipe.xack(self._key, GROUP, *entries)
            pipe.xdel(self._key, *entries)
            pipe.execute()

    def outcome(self, entry: str) -> Outcome | None:
        """Return what became of an entry; None if it waits, never was, or is too long ago."""
        with self._connection.doing("reading an outcome") as client:
            found = client.get(self._connection.key("outcome", entry))
        return msgspec.json.decode(found, type=Outcome) if found else None

    def holds(self, entry: str) -> bool:
        """Tell whether an entry stands in the stream."""
        with self._connection.doing("looking into the inbox") as client:
            return bool(client.xrange(self._key, entry, entry))

    def length(self) -> int:
        """Return how many entries stand in the stream."""
        with self._connection.doing("measuring the inbox") as client:
            return int(client.xlen(self._key))

    def wait(self, seconds: float) -> bool:
        """Return whether something is there that no reader has taken, waiting up to *seconds*.

        Leaves it there: this is the hint, not the reader.
        """
        with self._connection.doing("watching the inbox") as client:
            try:
                groups = client.xinfo_groups(self._key)
            except redis.ResponseError:  # no such stream yet
                groups = []
            last = next(
                (g["last-delivered-id"] for g in groups if g["name"] == GROUP.encode()), "0"
            )
            return bool(client.xread({self._key: last}, count=1, block=int(seconds * 1000)))

    def _take(self, client: redis.Redis, count: int, idle_milliseconds: int) -> list[Letter]:
        claimed: Any = client.xautoclaim(
            self._key, GROUP, _CONSUMER, idle_milliseconds, count=count
        )
        entries: list[Any] = claimed[1]
        if len(entries) < count:
            streams: Any = client.xreadgroup(
                GROUP, _CONSUMER, {self._key: ">"}, count=count - len(entries)
            )
            entries += [entry for _, fresh in streams for entry in fresh]
        return [
            Letter(
                entry_id.decode(),
                {name.decode("utf-8", "replace"): value for name, value in fields.items()},
            )
            for entry_id, fields in entries
            if fields is not None
        ]
