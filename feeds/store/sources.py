"""The registry of upstream sources, and the schedule that says which is polled when and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from ..upstream import Poll, Registered, Upstream
from .connection import Connection, milliseconds, moment, texts

FLAGS = ("failing", "quiet", "missed", "suspended")

_AT_ONCE = 500
_ANY = 100_000
_NETWORK_SECONDS = 86_400


class Settled(NamedTuple):
    """A claimed source, what it has become, the seconds that its host is not to be asked, flags."""

    one: Registered
    poll: Poll
    pause: float = 0.0
    flags: Iterable[str] = ()


class Sources:
    """Upstream sources: registered, claimed for a poll, and given back with what it taught."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entries: Sequence[tuple[Upstream, datetime]], now: datetime) -> list[bool]:
        """Register each source, due at its moment; tell for each whether it is new."""
        values: list[bytes | str | float] = []
        for source, due in entries:
            poll = Poll(address=source.id, title=source.title, due=due)
            values += [source.id, _encode(source), _encode(poll)]
            values += [host_of(source.id), milliseconds(due)]
        added: list[bool] = []
        for at in range(0, len(values), 5 * _AT_ONCE):
            some = values[at : at + 5 * _AT_ONCE]
            replies = self._connection.script("add_sources", "adding sources", now, *some)
            added += map(bool, replies)
        return added

    def get(self, ids: Sequence[str]) -> dict[str, Registered]:
        """Return id -> source for those of *ids* that are registered."""
        found: dict[str, Registered] = {}
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            with (
                self._connection.doing("reading sources") as client,
                client.pipeline(transaction=False) as pipe,
            ):
                pipe.hmget(self._key("sources"), some)
                pipe.hmget(self._key("polls"), some)
                sources, polls = pipe.execute()
            found.update(
                (one, _registered(source, poll))
                for one, source, poll in zip(some, sources, polls, strict=True)
                if source and poll
            )
        return found

    def all(self) -> Iterator[Registered]:
        """Yield every source, in no order."""
        for ids in self._ids():
            yield from self.get(ids).values()

    def find(self, asked: str) -> str | None:
        """Return the id of the source that *asked* (an id, or an address it has now) names."""
        if asked in self.get([asked]):
            return asked
        return next((one.source.id for one in self.all() if one.poll.address == asked), None)

    def change(self, source: Upstream, now: datetime) -> None:
        """Store what the operator says of *source*; one that is paused is polled no more."""
        with self._connection.doing("changing a source") as client, client.pipeline() as pipe:
            pipe.hset(self._key("sources"), source.id, _encode(source))
            if source.paused:
                pipe.zrem(self._key("poll", "due"), source.id)
            else:
                pipe.zadd(self._key("poll", "due"), {source.id: milliseconds(now)}, nx=True)
            pipe.execute()

    def resume(self, one: Registered, now: datetime) -> None:
        """Poll a source again that was paused or suspended, from now on."""
        source = msgspec.structs.replace(one.source, paused=False)
        fresh = msgspec.structs.replace(
            one.poll, suspended="", gone_since=None, errors=0, problem="", due=now
        )
        with self._connection.doing("resuming a source") as client, client.pipeline() as pipe:
            pipe.hset(self._key("sources"), source.id, _encode(source))
            pipe.hset(self._key("polls"), source.id, _encode(fresh))
            pipe.zadd(self._key("poll", "due"), {source.id: milliseconds(now)})
            for flag in FLAGS:
                pipe.srem(self._key("poll", flag), source.id)
            pipe.execute()

    def remove(self, ids: Sequence[str]) -> None:
        """Forget the sources *ids*; what was read from them stays."""
        with self._connection.doing("removing sources") as client, client.pipeline() as pipe:
            for name in ("sources", "polls", "poll:hosts", "poll:deaths"):
                pipe.hdel(self._key(name), *ids)
            pipe.zrem(self._key("poll", "due"), *ids)
            for flag in FLAGS:
                pipe.srem(self._key("poll", flag), *ids)
            pipe.execute()

    def hurry(self, ids: Sequence[str], now: datetime) -> None:
        """Make *ids* due at *now*, if not before; those paused or suspended stay so."""
        with self._connection.doing("hurrying sources") as client:
            if ids:
                moments = dict.fromkeys(ids, milliseconds(now))
                client.zadd(self._key("poll", "due"), moments, xx=True, lt=True)

    def claim(  # noqa: PLR0913 - the terms of a claim
        self,
        most: int,
        now: datetime,
        *,
        lease: float,
        rest: float,
        only: Sequence[str] = (),
        beside: int = 0,
    ) -> list[Registered]:
        """Claim up to *most* sources that are due (of *only*, if any), no two of one host.

        Each is ours until it is settled, or for *lease* seconds; its host rests *rest* seconds
        between two polls. *beside* is how many the claimant polls already.
        """
        terms = int(lease * 1000), int(rest * 1000), most, beside
        reply = self._connection.script("claim_due", "claiming sources", now, *terms, *only)
        rows = zip(reply[1::5], reply[2::5], reply[3::5], reply[4::5], strict=True)
        return [
            _registered(source, poll, int(deaths), moment(pushed) if pushed else None)
            for source, poll, deaths, pushed in rows
        ]

    def settle(self, settled: Iterable[Settled], now: datetime, *, rest: float) -> None:
        """Store what claimed sources have become, and let their hosts go, in one step."""
        values: list[bytes | str | float] = []
        for one, poll, pause, flags in settled:
            values += [one.source.id, _encode(poll), milliseconds(poll.due) if poll.due else ""]
            values += [host_of(poll.address), host_of(one.poll.address)]
            values += [int(pause * 1000), " ".join(flags)]
        if values:
            wait = max(1, int(rest * 1000))
            self._connection.script("settle_poll", "settling polls", now, wait, *values)

    def learn(self, one: Registered, poll: Poll, now: datetime, flags: Iterable[str] = ()) -> bool:
        """Store *poll*, what a push taught of *one*; tell whether no poll was settled meanwhile."""
        return bool(
            self._connection.script(
                "learn_poll",
                "learning from a push",
                now,
                one.source.id,
                _encode(one.poll),
                _encode(poll),
                " ".join(flags),
            )
        )

    def next_due(self, ids: Sequence[str]) -> dict[str, float]:
        """Return id -> when it is due, in milliseconds, for those of *ids* that are scheduled."""
        with self._connection.doing("reading the schedule") as client:
            scores = client.zmscore(self._key("poll", "due"), ids) if ids else []
        return {one: score for one, score in zip(ids, scores, strict=True) if score is not None}

    def unreachable(self, hosts: Iterable[str]) -> tuple[int, int]:
        """Note that *hosts* could not be reached.

        Returns how many could not since any of them answered: before this, and with these.
        """
        with (
            self._connection.doing("noting what cannot be reached") as client,
            client.pipeline() as pipe,
        ):
            pipe.sadd(self._key("poll", "unreachable"), *hosts)
            pipe.expire(self._key("poll", "unreachable"), _NETWORK_SECONDS)
            pipe.scard(self._key("poll", "unreachable"))
            added, _, count = map(int, pipe.execute())
        return count - added, count

    def reached(self) -> None:
        """Note that a host answered: the network is there."""
        with self._connection.doing("noting an answer") as client:
            client.delete(self._key("poll", "unreachable"))

    def flagged(self, flag: str) -> list[str]:
        """Return the ids that are ``failing``, ``quiet``, ``missed`` or ``suspended``."""
        with self._connection.doing("reading sources") as client:
            return sorted(texts(list(client.smembers(self._key("poll", flag)))))

    def figures(self, now: datetime) -> dict[str, int]:
        """Return how many sources there are, how many are due, and how many need a look."""
        with (
            self._connection.doing("counting sources") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            pipe.hlen(self._key("sources"))
            pipe.zcard(self._key("poll", "due"))
            pipe.zcount(self._key("poll", "due"), "-inf", milliseconds(now))
            for flag in FLAGS:
                pipe.scard(self._key("poll", flag))
            pipe.scard(self._key("poll", "unreachable"))
            total, scheduled, due, *flagged, unreachable = map(int, pipe.execute())
        counts = dict(zip(FLAGS, flagged, strict=True))
        return {
            "registered": total,
            "due": due,
            **counts,
            "paused": max(0, total - scheduled - counts["suspended"]),
            "hosts_unreachable": unreachable,
        }

    def claim_turn(self, turns: int, seconds: float) -> int | None:
        """Return the number of a turn at polling, ours for *seconds*; None if all are taken."""
        with self._connection.doing("taking a turn at polling") as client:
            for turn in range(turns):
                key = self._key("poll", "turn", str(turn))
                if client.set(key, "1", nx=True, px=int(seconds * 1000)):
                    return turn
        return None

    def end_turn(self, turn: int) -> None:
        """Give a turn back."""
        with self._connection.doing("ending a turn at polling") as client:
            client.delete(self._key("poll", "turn", str(turn)))

    def _ids(self) -> Iterator[list[str]]:
        cursor = 0
        while True:
            with self._connection.doing("reading sources") as client:
                cursor, found = client.hscan(
                    self._key("sources"), cursor, count=_AT_ONCE, no_values=True
                )
            yield texts(found)
            if not cursor:
                return

    def _key(self, *parts: str) -> str:
        return self._connection.key(*parts)


@lru_cache(maxsize=4096)  # a poll asks four times for each source
def host_of(address: str) -> str:
    """Return the host of *address*, which is asked for one thing at a time."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


_encode = msgspec.json.Encoder().encode
_source = msgspec.json.Decoder(Upstream).decode
_poll = msgspec.json.Decoder(Poll).decode


def _registered(
    source: Any,  # noqa: ANN401 - bytes of redis-py
    poll: Any,  # noqa: ANN401
    deaths: int = 0,
    pushed: datetime | None = None,
) -> Registered:
    return Registered(_source(source), _poll(poll), deaths, pushed)
