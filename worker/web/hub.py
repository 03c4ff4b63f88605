"""``/hub``: where programs subscribe to feeds (WebSub, 5.1). Taken here, verified by a worker.

What a request is worth is known only when its callback confirms it; so nothing is done here but to
judge it and to keep it, and strangers' requests are bounded in size, time and number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from feeds.errors import StoreUnavailable
from feeds.hub import MOST_FORM_BYTES, Hub, Refused

from .answers import CONTENT_TYPES, SECURITY, Answer
from .callback import body_of
from .notices import RETRY_SECONDS

PATH = b"/hub"

_BODY_SECONDS = 10.0
_FORM = b"application/x-www-form-urlencoded"
_HEADERS = [(b"content-type", CONTENT_TYPES["txt"]), *SECURITY, (b"cache-control", b"no-store")]
_CLOSED = [*_HEADERS, (b"connection", b"close")]  # a body that is not read ends the connection
_TAKEN = Answer(HTTPStatus.ACCEPTED, _HEADERS, b"Taken; the callback will be asked.\n")
_NO_FORM = Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _CLOSED, b"This takes a form: %s\n" % _FORM)
_TOO_LARGE = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _CLOSED, b"This is too large.\n")
_TOO_SLOW = Answer(HTTPStatus.REQUEST_TIMEOUT, _CLOSED, b"This took too long.\n")
ONLY_POST = Answer(
    HTTPStatus.METHOD_NOT_ALLOWED,
    [(b"allow", b"POST"), *_HEADERS],
    b"This is a WebSub hub: send it the form of a subscription with POST.\n",
)

logger = logging.getLogger("wireroom.web")


class Door:
    """Takes requests for *hub*. *told* is called in a thread when one is to be verified."""

    def __init__(self, hub: Hub, told: Callable[[], None], clock: Callable[[], datetime]) -> None:
        self._hub = hub
        self._told = told
        self._clock = clock

    async def answer(self, scope: Mapping[str, Any], receive: Callable[[], Any]) -> Answer:
        """Answer a request to be subscribed, or not any more."""
        headers = dict(scope["headers"])
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != _FORM:
            return _NO_FORM
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > MOST_FORM_BYTES:
            return _TOO_LARGE
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await body_of(receive, MOST_FORM_BYTES)
        except TimeoutError:
            return _TOO_SLOW
        return _TOO_LARGE if body is None else await asyncio.to_thread(self._ask, body)

    def _ask(self, body: bytes) -> Answer:
        try:
            refused = self._hub.ask(body, self._clock())
        except StoreUnavailable as error:
            logger.warning("a subscriber is told to ask again later: %s", error)
            sentence = "The request cannot be kept just now."
            refused = Refused(HTTPStatus.SERVICE_UNAVAILABLE, sentence, RETRY_SECONDS)
        if refused is None:
            self._told()
            return _TAKEN
        again = [(b"retry-after", b"%d" % refused.seconds)] if refused.seconds else []
        return Answer(refused.status, [*_HEADERS, *again], f"{refused.sentence}\n".encode())
