"""Polling as tasks and commands ask for it: the poller by the settings, rounds in their time."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from functools import cached_property
from importlib.metadata import version

from config.settings import Settings
from feeds.errors import UnknownSource
from feeds.polling import Polled, Poller, Terms
from feeds.read.fetch import Fetcher, Limits
from feeds.read.guard import Guard
from feeds.read.politeness import Manners

from .desk import Desk, now, tell

_TASK_SHARE = 0.25
"""No round begins after this share of a task's time: one takes up to half of it, and some."""

_LEAST_SLEEP = 0.05


class Upstreams:
    """Polls upstream sources, and says what became of their entries."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._task_seconds = desk.settings.worker.task_seconds

    @cached_property
    def fetcher(self) -> Fetcher:
        """The client; made after the fork, for its connections are open files."""
        settings = self._desk.settings.poll
        limits = Limits(
            body_bytes=settings.body_bytes,
            seconds=settings.seconds,
            connect_seconds=settings.connect_seconds,
            at_once=settings.at_once,
        )
        guard = Guard(settings.allowed_networks)
        return Fetcher(limits, guard, user_agent(self._desk.settings))

    @cached_property
    def poller(self) -> Poller:
        """The way to upstream sources."""
        settings = self._desk.settings.poll
        manners = Manners(
            min_seconds=settings.min_seconds,
            max_seconds=settings.max_seconds,
            usual_seconds=settings.usual_seconds,
            gone_days=settings.gone_days,
            move_sightings=settings.move_sightings,
            move_hours=settings.move_hours,
        )
        terms = Terms(
            manners=manners,
            at_once=settings.at_once,
            lease_seconds=2.5 * self._task_seconds,
            round_seconds=0.5 * self._task_seconds,
            host_seconds=settings.host_seconds,
            first_entries=settings.first_entries,
            full_text_pages=settings.full_text_pages,
        )
        return Poller(self._desk.line, self.fetcher, terms, now, pushes=self._desk.pushes)

    def poll_due(self) -> Iterator[Polled]:
        """Poll what is due, round by round while a task's time lasts, if it is our turn."""
        sources = self._desk.store.sources
        turn = sources.claim_turn(self._desk.settings.poll.tasks, self._task_seconds)
        if turn is None:
            return
        until = time.monotonic() + _TASK_SHARE * self._task_seconds
        try:
            while time.monotonic() < until and (yield from self._round()):
                pass
        finally:
            sources.end_turn(turn)

    def poll(self, asked: Sequence[str], seconds: float | None = None) -> Iterator[Polled]:
        """Poll the sources that *asked* names, due or not, for up to *seconds*.

        The pauses of their hosts are kept, so some may be left: they stay due.

        Raises:
            UnknownSource: there is no such source.
        """
        sources, begun = self._desk.store.sources, now()
        waiting = {self.source(one) for one in asked}
        sources.hurry(sorted(waiting), begun)
        until = time.monotonic() + (seconds or _TASK_SHARE * self._task_seconds)
        while waiting and time.monotonic() < until:
            for polled in self._round(sorted(waiting)):
                waiting.discard(polled.source)
                yield polled
            due = sources.next_due(sorted(waiting))
            known = sources.get(sorted(due))
            # Another poller may have been first: then there is nothing left to do.
            waiting = {
                one
                for one, found in known.items()
                if found.poll.polled is None or found.poll.polled < begun
            }
            if waiting:
                wait = min(due[one] for one in waiting) / 1000 - time.time()
                time.sleep(max(_LEAST_SLEEP, min(wait, until - time.monotonic())))

    def source(self, asked: str) -> str:
        """Return the id of the source that *asked* (an id or an address) names.

        Raises:
            UnknownSource: there is no such source.
        """
        found = self._desk.store.sources.find(asked)
        if found is None:
            raise UnknownSource(asked)
        return found

    def _round(self, only: Sequence[str] = ()) -> Generator[Polled, None, bool]:
        some = False
        for polled in self.poller.round(only):
            some = True
            if polled.report.outcomes:
                tell(polled.source, polled.report)
            yield polled
        return some


def user_agent(settings: Settings) -> str:
    """Return how we name ourselves to upstreams: honestly, and how to reach the operator."""
    about = [f"+{settings.public_url}"] if settings.public_url else []
    about += [settings.poll.contact] if settings.poll.contact else []
    return f"Wireroom/{version('wireroom')}" + (f" ({'; '.join(about)})" if about else "")
