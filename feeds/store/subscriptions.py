"""What is agreed with hubs, by the token in our callback's address, and what they have delivered.

A worker asks a hub while the web server answers that same hub, so each change names the revision
that it was made from, and is done only if that still stands.

Keys (after ``wireroom:``), besides the table in ``__init__``:

========================  ======  ==============================================================
``push:subscriptions``    hash    TOKEN -> JSON: what was agreed, or asked
``push:sources``          hash    ID of a source -> the TOKEN of its subscription
``push:until``            zset    ID by the end of its lease; 0 while it cannot be relied on
``push:due``              zset    TOKEN by time of the next step: ask, ask again, renew, forget
``push:pings``            stream  what hubs delivered and no worker has admitted yet
``push:tally``            hash    what became of the requests of hubs -> how many, since ever
========================  ======  ==============================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

import msgspec
import zstandard

from ..upstream import Subscription
from .connection import Connection, milliseconds
from .inbox import GROUP, Inbox

Happened = Literal[
    "verified",
    "denied",
    "refused",
    "delivered",
    "unsigned",
    "forged",
    "unknown",
    "too_large",
    "full",
]
"""What became of a request of a hub: it asked whether we had asked, or it delivered something."""

OUTCOMES: tuple[Happened, ...] = get_args(Happened)

_MOST_PINGS = 1_000
"""So many may wait at a time: a hub that is told to come again later does, and memory is finite."""


class Ping(msgspec.Struct, frozen=True):
    """What a hub delivered for *source*. *attempts* counts how often a worker began to read it."""

    id: str
    source: str
    content_type: str
    body: bytes
    attempts: int


class Subscriptions:
    """Subscriptions by token and by source, and the steps that are due."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.pings = Pings(connection)

    def with_token(self, token: str) -> Subscription | None:
        """Return the subscription whose callback ends in *token*."""
        with self._connection.doing("reading a subscription") as client:
            found = client.hget(self._key("subscriptions"), token)
        return _decode(found) if found else None

    def of(self, sources: Sequence[str]) -> dict[str, Subscription]:
        """Return source -> its subscription, for those of *sources* that have one."""
        if not sources:
            return {}
        with self._connection.doing("reading subscriptions") as client:
            tokens = [one for one in client.hmget(self._key("sources"), sources) if one]
            found = client.hmget(self._key("subscriptions"), tokens) if tokens else []
        known = [_decode(one) for one in found if one]
        return {one.source: one for one in known}

    def swap(
        self,
        old: Subscription | None,
        new: Subscription | None,
        now: datetime,
        *,
        due: datetime | None = None,
        hurry: bool = False,
    ) -> bool:
        """Put *new* in the place of *old*; tell whether *old* was still what is stored.

        *due* is when its next step is, None as it was; *hurry* has the source polled now. One
        that is being ended is not the subscription of its source any more.
        """
        one = new or old
        if one is None:
            raise ValueError("a change is from something or to something")
        pushed: int | str = ""
        if new is not None and new.mode == "subscribe":
            pushed = milliseconds(new.until) if new.until and not new.missed else 0
        return bool(
            self._connection.script(
                "swap_subscription",
                "changing a subscription",
                now,
                one.source,
                old.token if old else "",
                old.revision if old else 0,
                new.token if new else "",
                _encode(new) if new else "",
                milliseconds(due) if due else "",
                pushed,
                int(hurry),
            )
        )

    def claim(self, most: int, now: datetime, lease: float) -> list[Subscription]:
        """Claim up to *most* whose next step is due; each is ours for *lease* seconds."""
        found = self._connection.script(
            "claim_pushes", "claiming subscriptions", now, int(lease * 1000), most
        )
        return [_decode(one) for one in found]

    def count(self, what: Happened) -> None:
        """Count one more of *what* became of a request of a hub."""
        with self._connection.doing("counting a push") as client:
            client.hincrby(self._key("tally"), what, 1)

    def figures(self, now: datetime) -> dict[str, int]:
        """Return how many sources are pushed, how many not now, how many deliveries are unread.

        Besides them, how many requests of hubs had each of OUTCOMES, since ever.
        """
        with (
            self._connection.doing("counting subscriptions") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            pipe.zcount(self._key("until"), f"({milliseconds(now)}", "+inf")
            pipe.zcard(self._key("until"))
            pipe.xlen(self._key("pings"))
            pipe.hgetall(self._key("tally"))
            active, total, unread, tally = pipe.execute()
        counts: dict[str, int] = {name: int(tally.get(name.encode(), 0)) for name in OUTCOMES}
        return {"active": active, "inactive": total - active, "unread": unread, **counts}

    def _key(self, name: str) -> str:
        return self._connection.key("push", name)


class Pings:
    """The stream of what hubs delivered: nothing is lost from the moment Redis has taken it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._key = connection.key("push", "pings")
        self._stream = Inbox(connection, outcome_days=1, name="push:pings")

    def add(self, source: str, content_type: str, body: bytes) -> bool:
        """Keep a delivery until it is admitted; tell whether there was room for it."""
        fields = {"source": source, "type": content_type, "body": zstandard.compress(body)}
        with self._connection.doing("keeping what a hub delivered") as client:
            if client.xlen(self._key) >= _MOST_PINGS:
                return False
            client.xadd(self._key, fields)
        return True

    def take(self, count: int, abandoned_seconds: float) -> list[Ping]:
        """Return up to *count* that are ours now: abandoned ones first, then new ones."""
        letters = self._stream.take(count, abandoned_seconds)
        if not letters:
            return []
        with self._connection.doing("counting attempts") as client:
            pending = client.xpending_range(
                self._key, GROUP, letters[0].id, letters[-1].id, _MOST_PINGS
            )
        attempts = {one["message_id"].decode(): one["times_delivered"] for one in pending}
        return [
            Ping(
                letter.id,
                letter.fields["source"].decode(),
                letter.fields["type"].decode(),
                zstandard.decompress(letter.fields["body"]),
                attempts.get(letter.id, 1),
            )
            for letter in letters
        ]

    def finish(self, ping: Ping) -> None:
        """Let *ping* go: what it held is admitted."""
        self._stream.discard([ping.id])


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Subscription).decode
