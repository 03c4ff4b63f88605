"""Push as tasks ask for it: hubs asked by the settings, what they delivered admitted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from feeds import pings
from feeds.model import Report
from feeds.push import Pushes
from feeds.store.subscriptions import Ping

from .desk import Desk, now, tell
from .upstreams import Upstreams

_AT_ONCE = 20
_ASKING_SHARE = 0.3
_READING_SHARE = 0.25
"""Of a task's time; a hub that is slow to answer may take a third of it besides."""


class Pushing:
    """Asks hubs, and admits what they delivered."""

    def __init__(self, desk: Desk, upstreams: Upstreams) -> None:
        self._desk = desk
        self._upstreams = upstreams
        self._task_seconds = desk.settings.worker.task_seconds

    def renew(self) -> int:
        """Ask the hubs that are to be asked now; return how many were."""
        pushes = self._desk.pushes
        if pushes is None:
            return 0
        fetcher = self._upstreams.fetcher
        return pushes.renew(fetcher, now(), _ASKING_SHARE * self._task_seconds)

    def read(self) -> Iterator[Report]:
        """Admit what hubs delivered, while a task's time lasts; yield a report for each."""
        pushes = self._desk.pushes
        until = time.monotonic() + _READING_SHARE * self._task_seconds
        while pushes is not None and time.monotonic() < until and (found := self._take()):
            for ping in found:
                yield self._admit(pushes, ping)

    def _take(self) -> Sequence[Ping]:
        abandoned = 2.5 * self._task_seconds
        return self._desk.store.subscriptions.pings.take(_AT_ONCE, abandoned)

    def _admit(self, pushes: Pushes, ping: Ping) -> Report:
        report = pings.admit(self._desk.store, self._upstreams.poller, pushes, ping, now())
        if report.outcomes:
            tell(report.source, report)
        return report
