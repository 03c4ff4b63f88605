"""``/events``: stories as they are published, to any number of clients (server-sent events).

One reader follows the store for all clients, so a client costs no connection to Redis and no
memory beyond its socket's: each knows how far it has come in the backlog that all share. One that
does not take what it is sent is cut off; it comes back, and says where it was.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qs

from feeds.errors import StoreUnavailable
from feeds.store.events import BACKLOG, Event, Events, number

from .answers import SECURITY, Answer
from .notices import MISSING, unavailable

PATH = b"/events"

_HEARTBEAT_SECONDS = 15.0  # proxies close a connection that is silent for 30 or 60
_SEND_SECONDS = 10.0
_WAIT_SECONDS = 1.0  # for news; a stop of the server waits as long
_AT_ONCE_BYTES = 32_768
_RETRY_MILLISECONDS = 5_000
_HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # nginx would keep events back until it has 4 KB of them
        (b"access-control-allow-origin", b"*"),
        *SECURITY,
    ],
}
_FULL = unavailable("Too many are listening at this moment.")

logger = logging.getLogger("wireroom.web")

Number = tuple[int, int]


class Stream:
    """Streams *events* to up to *most* clients. *exists* says whether there is a feed of a name."""

    send_seconds = _SEND_SECONDS
    heartbeat_seconds = _HEARTBEAT_SECONDS
    wait_seconds = _WAIT_SECONDS

    def __init__(self, events: Events, exists: Callable[[str], bool], most: int) -> None:
        self._events = events
        self._exists = exists
        self._most = most
        self._backlog: deque[Event] = deque(maxlen=BACKLOG)
        self._last: Number | None = None
        self._news: asyncio.Future[None]
        self._follower: asyncio.Task[None] | None = None
        self.clients = 0
        """How many are listening."""

    def refusal(self, scope: Mapping[str, Any]) -> Answer | None:
        """Return the answer to a request that is not to be streamed to."""
        if any(not self._exists(feed) for feed in _feeds(scope)):
            return MISSING
        return _FULL if self.clients >= self._most else None

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Stream to one client until it goes, or does not take what it is sent."""
        self.clients += 1
        cut = scope["state"]["endless"]()
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send(_HEAD)
            self._follow()
            async for piece in _Client(self, scope).pieces(gone):
                async with asyncio.timeout(self.send_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            cut()
            await gone
        finally:
            gone.cancel()
            self.clients -= 1

    @property
    def last(self) -> Number | None:
        """The number of the latest event; None until the backlog was read."""
        return self._last

    @property
    def news(self) -> asyncio.Future[None]:
        """What is done when there is something new."""
        return self._news

    def since(self, position: Number) -> tuple[bool, list[Event]]:
        """Return whether some events after *position* may be lost, and the next ones."""
        if not self._backlog or self._backlog[-1].number <= position:
            return False, []
        lost = len(self._backlog) == BACKLOG and position < self._backlog[0].number
        events, size = [], 0
        for one in islice(self._backlog, self._after(position), None):
            events.append(one)
            size += len(one.story)
            if size > _AT_ONCE_BYTES:
                break
        return lost, events

    def _after(self, position: Number) -> int:
        """Return where in the backlog the first event after *position* stands."""
        return bisect_right(self._backlog, position, key=lambda one: one.number)

    def _follow(self) -> None:
        """See to it that somebody follows the store."""
        if self._follower is None or self._follower.done():
            self._backlog.clear()  # what came while nobody followed is read anew
            self._last = None
            self._news = asyncio.get_running_loop().create_future()
            self._follower = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while self.clients:
            try:
                wait = self.wait_seconds if self._last else 0.0
                fresh = await asyncio.to_thread(self._events.read, self._last, wait)
            except StoreUnavailable as error:
                logger.warning("cannot tell what is published: %s", error)
                await asyncio.sleep(self.wait_seconds)
                continue
            if fresh or self._last is None:
                self._backlog.extend(fresh)
                self._last = fresh[-1].number if fresh else (0, 0)
                self._news.set_result(None)
                self._news = asyncio.get_running_loop().create_future()


class _Client:
    """One client: what it wants, and how far it has come."""

    def __init__(self, stream: Stream, scope: Mapping[str, Any]) -> None:
        self._stream = stream
        self._feeds = set(_feeds(scope))
        said = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
        self._position = number(said)

    async def pieces(self, gone: asyncio.Future[None]) -> AsyncIterator[bytes]:
        """Yield what to send, until the client is *gone*."""
        yield b"retry: %d\n\n" % _RETRY_MILLISECONDS
        listening = False
        while not gone.done():
            news = self._stream.news
            if not listening and (last := self._stream.last):
                listening = True
                self._position = self._position or last
                yield b": listening\n\n"
            while listening and not gone.done() and (piece := self._next()) is not None:
                if piece:
                    yield piece
            await asyncio.wait(
                {gone, news},
                timeout=self._stream.heartbeat_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not (gone.done() or news.done()):
                yield self._heartbeat()

    def _next(self) -> bytes | None:
        """Return the next events as they are sent; None if there are none, b"" if none is wanted.

        ``gap`` says that some were not kept for so long: what they told stands in the feeds.
        """
        assert self._position is not None
        lost, events = self._stream.since(self._position)
        if not events:
            return None
        self._position = events[-1].number
        parts = [b"event: gap\ndata: {}\n\n"] if lost else []
        parts += [
            b"id: %s\nevent: story\ndata: %s\n\n" % (one.id.encode(), one.story)
            for one in events
            if not self._feeds or self._feeds & one.feeds
        ]
        return b"".join(parts)

    def _heartbeat(self) -> bytes:
        """Return a sign of life, which lets a client that wants few stories come back far on."""
        place = "{}-{}".format(*self._position) if self._position else ""
        return f": \nid: {place}\n\n".encode() if place else b": \n\n"


async def _gone(receive: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _feeds(scope: Mapping[str, Any]) -> list[str]:
    """Return the names of the feeds that a request asks for; none for all."""
    try:
        return parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20).get("feed", [])
    except ValueError:
        return [""]  # of which there is no feed
