"""The memory that the store may take: how much is left, for how long, and who is told in time.

Nothing is ever evicted. A server that is full refuses what would grow, so articles are refused a
little before: what remains is for marks, for Celery's messages where they stand on the same server,
and for letting old articles go.
"""

from __future__ import annotations

import time
from datetime import datetime

import msgspec

from ..errors import StoreFull
from .connection import Connection, milliseconds

ALARM = 0.8
"""The share of the limit from which on somebody is told."""

FULL = 0.95
"""The share from which on no article is admitted and no fragment kept."""

_CALM = 0.75  # below it the next alarm is another one
_REMIND_SECONDS = 86_400
_LOOK_SECONDS = 1.0  # at 4 MB a second and worker, which is fast, a hundredth of the default limit
_SAMPLE_SECONDS = 600
_SAMPLES = 144  # a day
_LEAST_SECONDS = 3_600  # a rate over less is a burst


class Budget(msgspec.Struct, frozen=True):
    """How the memory stands, in bytes; *limit* 0 says that nothing is known to limit it.

    *growth* is what came to it in the last *seconds* (at most about a day); both are 0 while that
    is not known.
    """

    used: int
    limit: int
    growth: int = 0
    seconds: float = 0.0

    @property
    def share(self) -> float:
        """The share of the limit that is used; 0 where there is none."""
        return self.used / self.limit if self.limit else 0.0

    @property
    def full_in(self) -> float | None:
        """In how many seconds articles are refused if it grows as it did; None if it does not."""
        if not self.limit or self.growth <= 0:
            return None
        return max(0.0, FULL * self.limit - self.used) * self.seconds / self.growth


class Memory:
    """The memory of the server that the store is on; *budget* bytes limit it too, if not 0."""

    def __init__(self, connection: Connection, budget: int = 0) -> None:
        self._connection = connection
        self._budget = budget
        self._full = False
        self._look_again = 0.0
        self._said = False

    def look(self, now: datetime) -> Budget:
        """Return how the memory stands at *now*."""
        budget = self._now()
        with self._connection.doing("reading samples of memory") as client:
            oldest = client.lindex(self._connection.key("memory", "samples"), 0)
        if oldest is None:
            return budget
        at, used = map(int, oldest.split())
        seconds = (milliseconds(now) - at) / 1000
        if seconds < _LEAST_SECONDS:
            return budget
        return msgspec.structs.replace(budget, growth=budget.used - used, seconds=seconds)

    def watch(self, now: datetime) -> Budget | None:
        """Take a sample now and then; return how it stands if somebody is to be told of it.

        Of an alarm one of all processes is told, once a day at most.
        """
        budget = self.look(now)
        try:
            self._sample(now, budget)
            news = self._is_news(budget)
        except StoreFull:  # nothing more can be noted, not even this
            news = not self._said
        self._said = budget.share >= ALARM
        return budget if news else None

    def keep_reserve(self, what: str) -> None:
        """Let nothing that grows begin (*what*) where the reserve begins.

        Raises:
            StoreFull: another try can help once there is room.
        """
        moment = time.monotonic()
        if moment >= self._look_again:
            self._full = self._now().share >= FULL
            self._look_again = moment + _LOOK_SECONDS
        if self._full:
            raise StoreFull(what)

    def _now(self) -> Budget:
        server = self._connection.information("measuring memory")
        limits = [one for one in (server.get("maxmemory", 0), self._budget) if one]
        return Budget(server["used_memory"], min(limits, default=0))

    def _sample(self, now: datetime, budget: Budget) -> None:
        key = self._connection.key("memory", "samples")
        with self._connection.doing("noting the memory") as client:
            latest = client.lindex(key, -1)
            if latest and milliseconds(now) - int(latest.split()[0]) < _SAMPLE_SECONDS * 1000:
                return
            client.rpush(key, f"{milliseconds(now)} {budget.used}")
            client.ltrim(key, -_SAMPLES, -1)

    def _is_news(self, budget: Budget) -> bool:
        key = self._connection.key("memory", "alarm")
        with self._connection.doing("noting the alarm") as client:
            if budget.share >= ALARM:
                return bool(client.set(key, "1", nx=True, ex=_REMIND_SECONDS))
            if budget.share < _CALM:
                client.delete(key)
            return False
