"""The web server's application: the published tree over HTTP, and nothing that is not in it.

Plain ASGI with no framework between, because a reader's poll costs less to answer than a framework
costs to ask. A feed that cannot be found is a 503 until something has been published and a 404
only after it: a 404 makes some readers leave a feed alone for two days.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from .answers import CONTENT_TYPES, SECURITY, Addresses, Answer, Headers
from .callback import PREFIX, Callback
from .events import PATH as EVENTS
from .events import Stream
from .hub import ONLY_POST, Door
from .hub import PATH as HUB
from .moved import Moved
from .negotiation import fields, prefers_page, published_path
from .notices import MISSING, NOT_PUBLISHED, UNREADABLE
from .service import Service
from .tree import Tree

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

ALWAYS_THERE = frozenset({"/", "/feeds.opml", "/favicon.ico", "/robots.txt"})
"""Some readers ask for these every few seconds, and none may ever be told "not found"."""

_NEGOTIABLE = frozenset({"feed", "archive"})
_PREFLIGHT_SECONDS = 86_400  # the longest that any browser keeps one
_NO_BODY: dict[str, Any] = {"type": "http.response.body", "body": b""}
_METHODS = b"GET, HEAD, OPTIONS"
_OPTIONS = Answer(
    HTTPStatus.NO_CONTENT,
    [
        (b"allow", _METHODS),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", b"%d" % _PREFLIGHT_SECONDS),
    ],
)
_NOT_ALLOWED = Answer(
    HTTPStatus.METHOD_NOT_ALLOWED,
    # The body that such a request may have is not read, so no other request can follow it.
    [
        (b"allow", _METHODS),
        (b"content-type", CONTENT_TYPES["txt"]),
        (b"connection", b"close"),
        *SECURITY,
    ],
    b"This server only gives out; it answers to GET, HEAD and OPTIONS.\n",
)

logger = logging.getLogger("wireroom.web")


def application(  # noqa: PLR0913 - each is the operator's to decide, and named at the call
    public: Path,
    *,
    public_url: str,
    max_age: int,
    ready: Callable[[], bool],
    status: Callable[[], Mapping[str, object]] | None = None,
    metrics: Callable[[], str] | None = None,
    hubs: Sequence[str] = (),
    open_status: bool = False,
    negotiates: bool = True,
    callback: Callback | None = None,
    door: Door | None = None,
    stream: Stream | None = None,
) -> WebApplication:
    """Return the ASGI application that serves the tree *public*.

    *public_url* (no slash at its end) and the WebSub *hubs* are announced with every feed;
    *max_age* is in seconds. *ready*, *status* and *metrics* (Prometheus text) are asked in a
    thread; with *open_status* the last two are told to everybody, not only to this machine.
    With *negotiates* a browser that asks for a feed is shown its page.
    *callback* answers hubs that we asked to push, *door* who subscribes to our own hub; *stream*
    tells of stories as they are published.
    """
    told_at = urlsplit(public_url).path + EVENTS.decode() if stream else ""
    addresses = Addresses(public_url, max_age, tuple(hubs), negotiates, told_at)
    tree = Tree(public, addresses)
    service = Service(tree.has_feeds, ready, status, metrics, open_status)
    moved = Moved(public, tree, public_url)
    return WebApplication(
        tree, addresses, service, moved, callback=callback, door=door, stream=stream
    )


class WebApplication:
    """The ASGI application over a tree of files and the service that publishes them."""

    def __init__(  # noqa: PLR0913 - what may stand behind a path
        self,
        tree: Tree,
        addresses: Addresses,
        service: Service,
        moved: Moved,
        *,
        callback: Callback | None = None,
        door: Door | None = None,
        stream: Stream | None = None,
    ) -> None:
        self._tree = tree
        self._addresses = addresses
        self._service = service
        self._moved = moved
        self._callback = callback
        self._door = door
        self._stream = stream

    def at_once(self, method: bytes, path: bytes, query: bytes, headers: Headers) -> Answer | None:
        """Return the answer to a GET or HEAD of what stands in the tree, None for all others.

        *path* is as it was sent; the names in *headers* are in lower case.
        """
        assert method in {b"GET", b"HEAD"}
        try:
            found = self._published(path, query, headers)
        except OSError:
            return None  # asked again by the other way, which says what is wrong
        if found is None:
            return None
        route, answer = found
        self._service.requests[route, answer.status] += 1
        return answer

    def _published(self, path: bytes, query: bytes, headers: Headers) -> tuple[str, Answer] | None:
        """Return the route and the answer for what stands in the tree at *path*.

        Raises:
            OSError: it is there and cannot be read.
        """
        page = self._tree.page(path, query)
        if page is None:
            return None
        asked = fields(headers)
        if self._addresses.negotiates and page.route in _NEGOTIABLE:
            accept = asked.get(b"accept")
            if accept is not None and prefers_page(accept, asked.get(b"sec-fetch-dest")):
                page = self._tree.beside(path) or page
        return page.route, page.answer(asked)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] == "http"
        method = scope["method"]
        if method == "GET" or method == "HEAD":  # noqa: PLR1714 - twice as fast as membership
            try:
                published = self._published(
                    scope["raw_path"], scope["query_string"], scope["headers"]
                )
                if published is not None:
                    route, answer = published
                elif method == "GET" and self._stream and scope["raw_path"] == EVENTS:
                    refusal = self._stream.refusal(scope)
                    if refusal is None:
                        self._service.requests["events", HTTPStatus.OK] += 1
                        await self._stream(scope, receive, send)
                        return
                    route, answer = "events", refusal
                else:
                    route, answer = await self._elsewhere(scope)
            except OSError as error:
                logger.warning("cannot read what was published: %s", error)
                route, answer = "other", UNREADABLE
        elif method == "POST" and self._callback and scope["raw_path"].startswith(PREFIX):
            route, answer = "websub", await self._callback.deliver(scope, receive)
        elif method == "POST" and self._door and scope["raw_path"] == HUB:
            route, answer = "hub", await self._door.answer(scope, receive)
        else:
            route, answer = "other", _OPTIONS if method == "OPTIONS" else _NOT_ALLOWED
        self._service.requests[route, answer.status] += 1
        await send(answer.start)
        await send(_NO_BODY if method == "HEAD" else answer.body)

    async def _elsewhere(self, scope: Scope) -> tuple[str, Answer]:
        """Return the route and the answer for a path at which no file stands."""
        told = await self._service.answer(scope)
        if self._door and scope["raw_path"] == HUB:
            told = "hub", ONLY_POST
        elif self._callback and scope["raw_path"].startswith(PREFIX):
            told = "websub", await self._callback.verify(scope)
        if told is not None:
            return told
        path = published_path(scope["raw_path"])
        if path is None:
            return "other", MISSING
        kind = self._addresses.kind(path)
        if kind is None or path.endswith("/index.html"):
            folder = path.removesuffix("index.html") if kind else path + "/"
            location = quote(folder).encode("ascii")
            if self._tree.page(location):
                return "redirect", Answer(HTTPStatus.PERMANENT_REDIRECT, [(b"location", location)])
        moved = self._moved.answer(path)
        if moved is not None:
            return "moved", moved
        route = kind.route if kind else "other"
        publishable = kind is not None or "." not in path  # a folder may be named without its slash
        if path in ALWAYS_THERE or (publishable and await self._service.reasons()):
            return route, NOT_PUBLISHED
        return route, MISSING
