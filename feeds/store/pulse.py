"""Signs of life: claimed ticks, pulses, queue lengths, and the figures for ``status``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import StoreFull
from .connection import Connection

QUEUES = ("wireroom.ingest", "wireroom.poll", "wireroom.publish")
"""The contract's queues: lists that Celery writes, under these names in the default namespace."""


class Pulse:
    """Who lives, who works, and how much waits.

    *broker* is the server that Celery's queues stand on, where it is another one.
    """

    def __init__(self, connection: Connection, broker: Connection | None = None) -> None:
        self._connection = connection
        self._broker = broker or connection

    def close(self) -> None:
        """Close every socket; the next use opens one again."""
        self._connection.close()
        self._broker.close()

    def claim_tick(self, name: str, slot: int, seconds: float) -> bool:
        """Return whether this beat tick is ours: of any number of beats, one gets each *slot*."""
        key = self._connection.key("tick", name, str(slot))
        try:
            with self._connection.doing("claiming a tick") as client:
                return bool(client.set(key, "1", nx=True, ex=max(2, int(seconds * 2))))
        except StoreFull:  # to run twice is harmless, and what makes room must run
            return True

    def claim_publish(self) -> float | None:
        """Return in how many seconds a publish task is to run; None if one is on its way already.

        The first arrival is published at once, those of a burst after it together.
        """
        with (
            self._connection.doing("claiming a publish") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            pipe.set(self._connection.key("publish", "pending"), "1", nx=True, ex=10)
            pipe.pttl(self._connection.key("publish", "recent"))
            ours, milliseconds = pipe.execute()
        return max(0, milliseconds) / 1000 if ours else None

    def begin_publish(self) -> None:
        """Say that a publish task has begun: what is marked from now on needs another one."""
        with self._connection.doing("beginning to publish") as client:
            client.delete(self._connection.key("publish", "pending"))

    def pause_publish(self, seconds: float) -> None:
        """Let the next publish task wait until *seconds* have passed."""
        with self._connection.doing("pausing between two passes") as client:
            client.set(
                self._connection.key("publish", "recent"), "1", px=max(1, int(seconds * 1000))
            )

    def beat(self, process: str) -> None:
        """Count one sign of life of *process*."""
        with self._connection.doing("counting a pulse") as client:
            client.hincrby(self._connection.key("pulse"), process, 1)

    def beats(self) -> dict[str, int]:
        """Return process -> its count of signs of life."""
        with self._connection.doing("reading pulses") as client:
            found = client.hgetall(self._connection.key("pulse"))
        return {name.decode(): int(count) for name, count in found.items()}

    def queues(self) -> dict[str, int]:
        """Return queue -> messages that wait in it."""
        with (
            self._broker.doing("measuring the queues") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for queue in QUEUES:
                pipe.llen(self._broker.queue_prefix + queue)
            return dict(zip(QUEUES, map(int, pipe.execute()), strict=True))

    def servers(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Return figures of the store's server, and of the broker's where that is another one."""
        store = told_of(self._connection.information("asking the store how it is"))
        if self._broker is self._connection:
            return store, None
        return store, told_of(self._broker.information("asking the broker how it is"))

    def figures(self) -> dict[str, Any]:
        """Return what ``status`` shows of the store."""
        key = self._connection.key
        with (
            self._connection.doing("reading figures") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            pipe.hgetall(key("tally"))
            pipe.zcard(key("articles"))
            pipe.zcard(key("held"))
            pipe.hlen(key("feeds"))
            pipe.hlen(key("dirty"))
            pipe.hlen(key("pages"))
            pipe.xlen(key("inbox"))
            tally, articles, held, feeds, dirty, pages, inbox = pipe.execute()
        return {
            "tally": {name.decode(): int(count) for name, count in sorted(tally.items())},
            "articles": articles,
            "held": held,
            "feeds": feeds,
            "dirty_feeds": dirty,
            "dirty_pages": pages,
            "inbox": inbox,
        }


def told_of(server: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``status`` shows of a *server*, which is what INFO said of it."""
    return {
        "server": server.get("valkey_version") or server["redis_version"],
        "up_seconds": server["uptime_in_seconds"],
        "memory_bytes": server["used_memory"],
        "memory_limit_bytes": server["maxmemory"],
        "eviction": server["maxmemory_policy"],
        "persistence": "aof" if server["aof_enabled"] else "snapshots",
    }
