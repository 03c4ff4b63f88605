"""``/websub/TOKEN``: where hubs verify what we asked of them, and deliver.

Nothing is said here of which tokens there are: who does not know one learns nothing. What is
delivered is answered once it is durable, and read by a worker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from feeds.errors import StoreUnavailable
from feeds.push import Pushes
from feeds.read.websub import intent

from .answers import CONTENT_TYPES, SECURITY, Answer
from .notices import MISSING, unavailable

PREFIX = b"/websub/"

_BODY_SECONDS = 30.0
_LONGEST_TOKEN = 100
_HEADERS = [(b"content-type", CONTENT_TYPES["txt"]), *SECURITY, (b"cache-control", b"no-store")]
_CLOSED = [*_HEADERS, (b"connection", b"close")]  # a body that is not read ends the connection
_LATER = unavailable("What was delivered cannot be kept just now.")
_LATER_UNREAD = unavailable("What is delivered cannot be kept just now.")
_LATER_UNREAD.start["headers"].append((b"connection", b"close"))
_GONE = Answer(HTTPStatus.GONE, _CLOSED, b"Nothing is expected here.\n")
_TOO_LARGE = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _CLOSED, b"This is too large.\n")
_TOO_SLOW = Answer(HTTPStatus.REQUEST_TIMEOUT, _CLOSED, b"This took too long.\n")
_ANSWERS = {
    "delivered": Answer(HTTPStatus.ACCEPTED, _HEADERS, b"kept\n"),
    # As clause 8 of WebSub has it: whoever guesses at a signature is not told that it is wrong.
    "forged": Answer(HTTPStatus.ACCEPTED, _HEADERS, b"kept\n"),
    "unsigned": Answer(HTTPStatus.FORBIDDEN, _HEADERS, b"X-Hub-Signature is missing.\n"),
    "unknown": _GONE,
    "full": _LATER,
}

logger = logging.getLogger("wireroom.web")


class Callback:
    """Answers hubs. *told* is called in a thread when something was delivered.

    *most_bytes* is the size of the largest delivery that is read, *clock* tells the time.
    """

    def __init__(
        self,
        pushes: Pushes,
        most_bytes: int,
        told: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._pushes = pushes
        self._most_bytes = most_bytes
        self._told = told
        self._clock = clock

    async def verify(self, scope: Mapping[str, Any]) -> Answer:
        """Answer a hub that asks whether it is us who asked."""
        token = _token(scope)
        if not token or scope["method"] != "GET":
            return MISSING
        said, now = intent(scope["query_string"]), self._clock()
        try:
            answer = await asyncio.to_thread(self._pushes.verify, token, said, now)
        except StoreUnavailable as error:
            logger.warning("a hub is told to ask again later: %s", error)
            return _LATER
        if answer is None:
            return MISSING
        return Answer(HTTPStatus.OK, _HEADERS, answer.encode())

    async def deliver(self, scope: Mapping[str, Any], receive: Callable[[], Any]) -> Answer:
        """Answer a hub that delivers."""
        token, headers = _token(scope), dict(scope["headers"])
        try:
            if not token or not await asyncio.to_thread(self._pushes.expects, token):
                return _GONE
        except StoreUnavailable as error:
            logger.warning("a hub is told to deliver later: %s", error)
            return _LATER_UNREAD
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._most_bytes:
            return await self._too_large()
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await body_of(receive, self._most_bytes)
        except TimeoutError:
            return _TOO_SLOW
        if body is None:
            return await self._too_large()
        return await asyncio.to_thread(self._deliver, token, headers, body)

    def _deliver(self, token: str, headers: Mapping[bytes, bytes], body: bytes) -> Answer:
        signature = headers.get(b"x-hub-signature")
        kind = headers.get(b"content-type", b"").decode("latin-1")
        try:
            result = self._pushes.deliver(
                token, signature.decode("latin-1") if signature else None, kind, body
            )
        except StoreUnavailable as error:
            logger.warning("a hub is told to deliver later: %s", error)
            return _LATER
        if result == "delivered":
            self._told()
        return _ANSWERS[result]

    async def _too_large(self) -> Answer:
        await asyncio.to_thread(self._pushes.too_large)
        return _TOO_LARGE


def _token(scope: Mapping[str, Any]) -> str:
    """Return the token that the path ends in; "" if it can be none of ours."""
    token: bytes = scope["raw_path"].removeprefix(PREFIX)
    usable = len(token) <= _LONGEST_TOKEN and token.replace(b"-", b"").replace(b"_", b"").isalnum()
    return token.decode("ascii") if usable else ""


async def body_of(receive: Callable[[], Any], most: int) -> bytes | None:
    """Return the body of a request, or None if it has more than *most* bytes.

    Raises:
        TimeoutError: the rest of it will never come.
    """
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise TimeoutError("the client has gone in the middle of it")
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            return None
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)
