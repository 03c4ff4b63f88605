"""Our own hub as tasks ask for it: subscribers verified, what was published delivered."""

from __future__ import annotations

from functools import cached_property

from feeds.distribution import Distribution
from feeds.hub import Hub
from feeds.read.fetch import Fetcher, Limits
from feeds.read.guard import Guard
from feeds.topics import Topics

from .desk import Desk, now
from .upstreams import user_agent
from .web.answers import FEEDS

_SHARE = 0.2
"""Of a task's time, after which nothing is begun; a slow callback may take a quarter besides."""

_ANSWER_BYTES = 65_536


class Hubs:
    """Our own hub, and what is told to foreign ones. Where there is none, nothing is done."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings = desk.settings.hub
        task_seconds = desk.settings.worker.task_seconds
        self._seconds = _SHARE * task_seconds
        self._longest = min(self._settings.seconds, task_seconds / 4)

    @cached_property
    def hub(self) -> Hub:
        """The hub at its door."""
        guard = Guard(self._settings.allowed_networks)
        return Hub(self._desk.store.audience, self._topics, self._settings.terms, guard)

    @cached_property
    def _topics(self) -> Topics:
        settings = self._desk.settings
        types = {suffix: kind.decode() for suffix, kind in FEEDS.items()}
        return Topics(settings.address, settings.public_folder, types)

    @cached_property
    def _distribution(self) -> Distribution:
        settings = self._desk.settings
        audience, foreign = self._desk.store.audience, settings.publish.hubs
        return Distribution(audience, self._topics, self._settings.terms, settings.own_hub, foreign)

    @cached_property
    def _fetcher(self) -> Fetcher:
        """The client; made after the fork. It follows no redirect (WebSub, 5.3 and 7)."""
        settings = self._settings
        limits = Limits(
            body_bytes=_ANSWER_BYTES,
            seconds=self._longest,
            connect_seconds=self._longest / 2,
            redirects=0,
            at_once=settings.at_once,
            per_host=settings.host_at_once,
        )
        guard = Guard(settings.allowed_networks)
        return Fetcher(limits, guard, user_agent(self._desk.settings))

    def verify(self) -> int:
        """Ask the callbacks that are to be asked now; return how many were."""
        if not self._desk.settings.own_hub:
            return 0
        self._desk.store.audience.expire(now())
        return self.hub.verify(self._fetcher, now, self._seconds, self._longest)

    def distribute(self) -> dict[str, int]:
        """Tell of what was published, if it is our turn; return what the deliveries came to."""
        if not self._desk.settings.hubs:
            return {}
        audience = self._desk.store.audience
        self._distribution.announce(now())
        turn = audience.take_turn(self._settings.tasks, self._seconds + 2 * self._longest)
        if turn is None:
            return {}
        try:
            tally = self._distribution.deliver(self._fetcher, now, self._seconds, self._longest)
        finally:
            audience.end_turn(turn)
        return {str(outcome): count for outcome, count in sorted(tally.items())}
