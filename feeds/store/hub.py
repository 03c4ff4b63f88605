"""The audience of our own hub: who is subscribed, who asked to be, and what is owed to whom.

What is owed to a subscriber is the latest version of its topic: a change that comes while an
earlier one is still under way, or is tried again, takes its place. Nothing holds the bytes but the
published file.

Keys (after ``wireroom:``), besides the table in ``__init__``. An ITEM is a subscription, which is
one topic and one callback, or ``HUB TOPIC`` for the ping of a foreign hub; a TOPIC is the path of a
published document (``/feeds/all.rss``), a VERSION its time and size.

==========================  ======  ============================================================
``hub:subscriptions``       hash    ITEM -> JSON (Subscriber): 630 bytes, with its places
``hub:leases``              zset    ITEM by the end of its lease
``hub:at:PLACE``            zset    the same, of one PLACE: ``topic:TOPIC``, ``host:HOST``,
                                    ``callback:DIGEST``; each has a bound
``hub:asked``               hash    ITEM -> JSON (Asked): what waits to be verified
``hub:asked:due``           zset    ITEM by the time at which it is to be verified
``hub:pace:HOST``           string  when the host may be asked next (ms); expires then
``hub:changed``             hash    feed -> passes that published it and were not looked at yet
``hub:told``                hash    TOPIC -> "ms VERSION" that was announced last
``hub:owed``                hash    ITEM -> "VERSION tries first-failure(ms)"
``hub:due``                 zset    ITEM by the time of its next try
``hub:tally``               hash    what came of requests and deliveries -> how many, since ever
``hub:turn:N``              string  a task that delivers; expires with it
==========================  ======  ============================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from .connection import Connection, milliseconds

Delivered = Literal["delivered", "failed", "gone", "put_off"]
Verified = Literal["subscribed", "unsubscribed", "denied", "refused"]
Counted = Literal[
    "subscribed",
    "unsubscribed",
    "denied",
    "refused",
    "turned_away",
    "expired",
    "delivered",
    "failed",
    "gone",
    "given_up",
]
"""What came of a request or of a delivery; *turned_away*, *expired* and *given_up* besides."""

OUTCOMES: tuple[Counted, ...] = get_args(Counted)

_AT_ONCE = 500
_PUT_OFF_SECONDS = 2.0


class Asked(msgspec.Struct, frozen=True):
    """What waits to be verified at *callback*, or to be told to it (*mode* ``denied``: *reason*).

    *nonce* tells two requests of one subscriber apart.
    """

    mode: Literal["subscribe", "unsubscribe", "denied"]
    topic: str
    callback: str
    nonce: str
    secret: str = ""
    lease_seconds: int = 0
    reason: str = ""


class Subscriber(msgspec.Struct, frozen=True):
    """A verified subscription. *topic* is its address as it was asked for.

    *places* are those that it counts in: topic, host and callback; it ends at *until_ms*.
    """

    topic: str
    callback: str
    secret: str
    until_ms: int
    places: tuple[str, str, str]

    @property
    def path(self) -> str:
        """The path of the topic."""
        return self.places[0].removeprefix("topic:")


class Owed(msgspec.Struct, frozen=True):
    """The latest version of a topic is owed to *subscriber*, or a ping of it to a foreign hub.

    *tries* is how often it could not be delivered.
    """

    item: str
    tries: int
    subscriber: Subscriber | None

    @property
    def host(self) -> str:
        """What is not to be crowded."""
        return self.subscriber.places[1] if self.subscriber else self.ping[0]

    @property
    def ping(self) -> tuple[str, str]:
        """The foreign hub to be pinged, and of which topic (a path)."""
        hub, _, topic = self.item.rpartition(" ")
        return hub, topic


class Audience:
    """Requests, subscriptions and what is owed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(  # noqa: PLR0913 - the bounds of one step
        self,
        item: str,
        asked: Asked,
        host: str,
        now: datetime,
        *,
        rest: float,
        longest: float,
        most: int,
    ) -> float:
        """Have *asked* verified, in its turn; return 0, or in how many seconds to ask again.

        A *host* rests for *rest* seconds between two, so that nobody can have us flood it; no more
        of its requests wait than are done in *longest* seconds, and *most* of all hosts.
        """
        wait = self._step("ask", now, item, _encode(asked), host, _ms(rest), _ms(longest), most)
        return int(wait) / 1000

    def take(self, most: int, lease: float, now: datetime) -> list[tuple[str, Asked]]:
        """Return (item, request) of up to *most* to be verified now; ours for *lease* seconds."""
        found = self._step("take", now, _ms(lease), most)
        return [
            (item.decode(), _asked(request))
            for item, request in zip(found[::2], found[1::2], strict=True)
            if request
        ]

    def subscribed(
        self, item: str, asked: Asked, subscriber: Subscriber, most: Sequence[int], now: datetime
    ) -> bool:
        """Make *asked*, as it was taken, a subscription; return whether it is one now.

        *most* are the bounds of the places of *subscriber*. Where one is full the callback is told
        so (WebSub, 5.2). Another request that came meanwhile is verified next.
        """
        denial = msgspec.structs.replace(
            asked, mode="denied", secret="", reason="there are too many subscriptions"
        )
        bounds = [one for pair in zip(subscriber.places, most, strict=True) for one in pair]
        done = self._step(
            "verified",
            now,
            item,
            _encode(asked),
            "subscribed",
            subscriber.until_ms,
            _encode(subscriber),
            _encode(denial),
            *bounds,
        )
        return bool(done == 1)

    def verified(self, item: str, asked: Asked, outcome: Verified, now: datetime) -> None:
        """Let *asked*, as it was taken, come to *outcome*, which unless ``refused`` is the end."""
        self._step("verified", now, item, _encode(asked), outcome)

    def changed(self, feeds: Iterable[str]) -> None:
        """Note that *feeds* were published, whether that changed their files or not."""
        with (
            self._connection.doing("noting what was published") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for feed in feeds:
                pipe.hincrby(self._key("changed"), feed, 1)
            pipe.execute()

    def marks(self) -> dict[str, int]:
        """Return feed -> passes that published it, for those that were not looked at since."""
        with self._connection.doing("reading what was published") as client:
            found = client.hgetall(self._key("changed"))
        return {name.decode(): int(mark) for name, mark in found.items()}

    def settle_marks(self, marks: Mapping[str, int], now: datetime) -> None:
        """Take *marks* away, each unless it has grown since."""
        pairs: list[str | int] = [part for mark in marks.items() for part in mark]
        self._connection.script("settle", "settling marks", now, "hub:changed", *pairs)

    def announce(
        self, versions: Mapping[str, str], hubs: Sequence[str], rest: float, now: datetime
    ) -> dict[str, int]:
        """Owe *versions* (topic -> version) to the subscribers, and pings to the foreign *hubs*.

        Returns topic -> to how many; 0 if that version was announced before, -1 if another was
        less than *rest* seconds ago.
        """
        pairs = [part for pair in versions.items() for part in pair]
        owed = self._step("announce", now, _ms(rest), len(versions), *pairs, *hubs)
        return dict(zip(versions, map(int, owed), strict=True))

    def claim(
        self, most: int, most_of_host: int, lease: float, held: Mapping[str, int], now: datetime
    ) -> list[Owed]:
        """Claim up to *most* that are due: ours for *lease* seconds.

        Of one host are claimed *most_of_host*, with those that are *held* (host -> how many).
        """
        counts: list[str | int] = [part for pair in held.items() for part in pair]
        found = self._step(
            "claim", now, _ms(lease), most, most_of_host, _ms(_PUT_OFF_SECONDS), *counts
        )
        return [
            Owed(item.decode(), int(tries), _subscriber(record) if record else None)
            for item, tries, record in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]

    def settle(
        self,
        results: Sequence[tuple[str, str, Delivered, float]],
        longest: float,
        now: datetime,
    ) -> None:
        """Note (item, version that was sent, what it came to, seconds until the next try).

        What could not be delivered for *longest* seconds is owed no more; the subscription stays.
        """
        for at in range(0, len(results), _AT_ONCE):
            parts = [
                part
                for item, version, outcome, wait in results[at : at + _AT_ONCE]
                for part in (item, version, outcome, _ms(wait))
            ]
            self._step("settle", now, _ms(longest), *parts)

    def expire(self, now: datetime) -> int:
        """Forget subscriptions whose lease has ended; return how many."""
        return int(self._step("expire", now, _AT_ONCE))

    def take_turn(self, turns: int, seconds: float) -> int | None:
        """Return the number of a turn at delivering, ours for *seconds*; None if all are taken."""
        with self._connection.doing("taking a turn at delivering") as client:
            for turn in range(turns):
                if client.set(self._key("turn", str(turn)), "1", nx=True, px=_ms(seconds)):
                    return turn
        return None

    def end_turn(self, turn: int) -> None:
        """Give a turn back."""
        with self._connection.doing("ending a turn at delivering") as client:
            client.delete(self._key("turn", str(turn)))

    def figures(self, now: datetime) -> dict[str, int]:
        """Return how many subscriptions there are, what waits, and what came of the rest."""
        with (
            self._connection.doing("counting subscribers") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            pipe.zcount(self._key("leases"), f"({milliseconds(now)}", "+inf")
            pipe.zcard(self._key("asked", "due"))
            pipe.zcard(self._key("due"))
            pipe.hgetall(self._key("tally"))
            subscribers, unverified, owed, tally = pipe.execute()
        counts: dict[str, int] = {name: int(tally.get(name.encode(), 0)) for name in OUTCOMES}
        return {"subscribers": subscribers, "unverified": unverified, "owed": owed, **counts}

    def _step(self, name: str, now: datetime, *values: bytes | str | float) -> Any:  # noqa: ANN401 - each step answers in its own form
        return self._connection.script("hub", f"hub: {name}", now, name, *values)

    def _key(self, *names: str) -> str:
        return self._connection.key("hub", *names)


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))


_encode = msgspec.json.Encoder().encode
_asked = msgspec.json.Decoder(Asked).decode
_subscriber = msgspec.json.Decoder(Subscriber).decode
