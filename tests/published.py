"""A newsroom that pushes: its press, its web server and its hub over a real store, under one clock."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from feeds.distribution import Distribution
from feeds.hub import Hub
from feeds.model import HubTerms, Site
from feeds.pipeline import Press
from feeds.read.fetch import Fetcher, Limits
from feeds.read.guard import Guard
from feeds.store import Store
from feeds.topics import Topics
from tests.factories import arrival, article
from tests.polled import Clock
from worker.web import server as web_server
from worker.web.answers import FEEDS
from worker.web.application import application
from worker.web.events import Stream
from worker.web.hub import Door

LOOPBACK = ("127.0.0.0/8",)
TERMS = HubTerms(verify_seconds=0.001, every_seconds=0, host_at_once=8)
TYPES = {suffix: kind.decode() for suffix, kind in FEEDS.items()}


class Newsroom:
    """What a worker and a web server do, one step at a call. *told* counts requests taken."""

    def __init__(self, store: Store, public: Path, url: str) -> None:
        self.store, self.public, self.url = store, public, url
        self.clock = Clock()
        self.terms = TERMS
        self.foreign: Sequence[str] = ()
        self.types = TYPES
        self.allowed: Sequence[str] = LOOPBACK
        self.limits = Limits(seconds=5, connect_seconds=5, redirects=0, per_host=8)
        self.told = 0
        self.stream: Stream
        self.press = Press(store, Site(public_url=url, hubs=(f"{url}/hub",)), public)

    @property
    def address(self) -> str:
        """The address of the hub."""
        return f"{self.url}/hub"

    @property
    def hub(self) -> Hub:
        """The hub, as a process that has just started has it."""
        return Hub(self.store.audience, self.topics, self.terms, Guard(self.allowed))

    @property
    def topics(self) -> Topics:
        """What can be subscribed to."""
        return Topics(self.url, self.public, self.types)

    @property
    def fetcher(self) -> Fetcher:
        """The client of a process that has just started."""
        return Fetcher(self.limits, Guard(self.allowed), "Wireroom/1.0")

    def ask(self, body: bytes, now: object) -> object:
        """Be the hub at the door: the one of this moment."""
        del now
        return self.hub.ask(body, self.clock())

    def publish(self, number: int = 1, title: str = "") -> None:
        """Let the story *number* come, and have it published; a second passes."""
        self.clock.turn(seconds=1)
        one = article(
            upstream_id=f"story-{number}",
            link=f"https://wire.example/{number}",
            title=title or f"Story number {number}",
            content_html=f"<p>The text of story number {number}. {title}</p>",
        )
        self.store.admission.admit([arrival(one)], self.clock())
        self.press.publish(self.clock())

    def verify(self) -> int:
        """Ask the callbacks that are to be asked."""
        return self.hub.verify(self.fetcher, self.clock, 20, 5)

    def distribute(self, seconds: float = 20, longest: float = 5) -> Counter[str]:
        """Tell what was published to whom it concerns; begin nothing after *seconds*."""
        hubs = self.address, self.foreign
        told = Distribution(self.store.audience, self.topics, self.terms, *hubs)
        told.announce(self.clock())
        return Counter(told.deliver(self.fetcher, self.clock, seconds, longest))

    def figure(self, name: str) -> int:
        """Return a figure of the hub."""
        return self.store.audience.figures(self.clock())[name]


class House:
    """A web server on loopback, at *url*; what it serves can be put in the place of what it did."""

    def __init__(self) -> None:
        self._listener = web_server.listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.serves: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, as the application of the moment does."""
        await self.serves(scope, receive, send)

    @contextmanager
    def open(self) -> Iterator[House]:
        """Run, until the block is left: to begin and to end takes a quarter of a second."""
        server = web_server.server(self)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [self._listener]})
        thread.start()
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(30)


def moved_in(house: House, store: Store, public: Path) -> Newsroom:
    """Return a newsroom with one story, which *house* serves from now on."""
    room = Newsroom(store, public, house.url)

    def told() -> None:
        room.told += 1

    def exists(feed: str) -> bool:
        return (public / "feeds" / f"{feed}.rss").exists()

    room.stream = Stream(store.events, exists, 3)
    room.stream.wait_seconds = 0.05
    house.serves = application(
        public,
        public_url=room.url,
        max_age=300,
        ready=lambda: True,
        hubs=room.press.site.hubs,
        door=Door(room, told, room.clock),  # type: ignore[arg-type]
        stream=room.stream,
    )
    room.publish()
    return room


@contextmanager
def published(store: Store, public: Path) -> Iterator[Newsroom]:
    """Yield a newsroom with one story, in a house of its own."""
    with House().open() as house:
        yield moved_in(house, store, public)
