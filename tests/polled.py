"""What the tests of polling share: feeds to serve, a clock to turn, and a poller over real parts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from feeds.model import Rules, Site, Stories, Verdict
from feeds.pipeline import Line
from feeds.polling import Polled, Poller, Terms
from feeds.read.fetch import Fetcher, Limits
from feeds.read.guard import Guard
from feeds.store import Store
from feeds.upstream import Poll, Upstream
from tests.running import environment
from worker.valkey import Server

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
AGENT = "Wireroom/1.0 (+https://news.example; desk@news.example)"
TERMS = Terms(lease_seconds=60, host_seconds=0)


def item(number: int | str, text: str = "", **said: str | None) -> str:
    """Return an RSS item with an id, a link and a date, unless *said* has another, or None."""
    hours = number if isinstance(number, int) else 0
    fields = {
        "title": f"Story number {number}",
        "guid": f"tag:wire.example,2026:{number}",
        "link": f"https://wire.example/story-{number}",
        "pubDate": format_datetime(NOW - timedelta(days=9) + timedelta(hours=hours)),
        "description": text
        or f"What{number} story number {number} has{number} to tell{number}. " * 20,
        **said,
    }
    inside = "".join(
        f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value is not None
    )
    return f"<item>{inside}</item>"


def rss(items: Iterable[str], head: str = "", title: str = "The Wire") -> bytes:
    """Return an RSS document of *items*."""
    channel = f"<title>{title}</title><link>https://wire.example/</link>{head}{''.join(items)}"
    return f"<?xml version='1.0'?><rss version='2.0'><channel>{channel}</channel></rss>".encode()


def stories(*numbers: int) -> bytes:
    """Return an RSS document of the stories *numbers*, the newest first."""
    return rss(item(number) for number in sorted(numbers, reverse=True))


@dataclass
class Clock:
    """A clock that stands until it is turned."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def turn(self, **by: float) -> None:
        """Turn it on, or back."""
        self.moment += timedelta(**by)


def fetcher(*allowed: str, **limits: float) -> Fetcher:
    """Return a client that may reach loopback, or *allowed* alone."""
    settings = Limits(**{"seconds": 20.0, "connect_seconds": 10.0, **limits})  # type: ignore[arg-type]
    return Fetcher(settings, Guard(allowed or ("127.0.0.0/8", "::1/128")), AGENT)


@dataclass
class Desk:
    """A poller over a real store and a real client, with a clock of its own."""

    store: Store
    terms: Terms = TERMS
    client: Fetcher = field(default_factory=fetcher)
    clock: Clock = field(default_factory=Clock)

    @property
    def poller(self) -> Poller:
        """A poller as a process that has just started has it."""
        # The stories of these publishers are told in the same words: that they are not one is said.
        line = Line(self.store, Rules(), Site(), stories=Stories(compare=False))
        return Poller(line, self.client, self.terms, self.clock, lambda: 0)

    def add(self, *addresses: str, **said: object) -> None:
        """Register *addresses*, due now."""
        self.store.sources.add(
            [(Upstream(id=one, **said), self.clock()) for one in addresses],  # type: ignore[arg-type]
            self.clock(),
        )

    def round(self) -> list[Polled]:
        """Poll what is due now; hosts have rested."""
        self.rest()
        return list(self.poller.round())

    def poll(self, address: str) -> Polled:
        """Poll one source now, whenever it is due."""
        self.store.sources.hurry([address], self.clock())
        self.rest()
        [polled] = self.poller.round([address])
        return polled

    def learnt(self, address: str) -> Poll:
        """Return what is known of a source."""
        return self.store.sources.get([address])[address].poll

    def rest(self) -> None:
        """Let every host have rested, whose rest Redis counts by its own clock."""
        for key in self.store.connection.redis.scan_iter("wireroom:poll:busy:*"):
            if self.store.connection.redis.get(key) == b"rest":
                self.store.connection.redis.delete(key)

    def titles(self) -> list[str]:
        """Return the titles that the feed of all stories holds."""
        [ids] = self.store.shelf.newest(["all"], 1000)
        return sorted(one.article.title for one in self.store.shelf.articles(ids).values())


def verdicts(polled: Polled) -> list[Verdict]:
    """Return what became of each entry."""
    return [outcome.verdict for outcome in polled.report.outcomes]


WORKER = """
import itertools, time
from config.settings import load
from worker.desk import Desk
from worker.upstreams import Upstreams
upstreams = Upstreams(Desk(load()))
while True:
    if not sum(1 for _ in upstreams.poll_due()):
        time.sleep(0.05)
"""


@contextmanager
def working(server: Server, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that polls what is due; kill it, whatever it does, at the end."""
    settings = {
        "WIREROOM_REDIS_URL": server.url,
        "WIREROOM_DATA_DIR": str(data),
        "WIREROOM_POLL_ALLOWED_NETWORKS": "127.0.0.0/8",
        "WIREROOM_POLL_AT_ONCE": "10",
        "WIREROOM_POLL_TASKS": "20",  # the turn of one that was killed is taken for a while
        "WIREROOM_POLL_FIRST_ENTRIES": "1000",
        "WIREROOM_POLL_SECONDS": "1",
        "WIREROOM_WORKER_TASK_SECONDS": "3",
    }
    process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment(**settings))
    try:
        yield process
    finally:
        process.kill()
        process.wait()
