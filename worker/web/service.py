"""How the service is doing, over HTTP: alive, ready, counted, and in words.

``/healthz`` and ``/readyz`` are for everybody; ``/metrics`` and ``/status/`` are for programs on
this machine unless the operator opens them, and for strangers they do not exist.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from .answers import CONTENT_TYPES, SECURITY, Answer
from .notices import MISSING, page_answer, status_page, unavailable

_READY_SECONDS = 1.0  # how long an answer of *ready* is believed: a flood of 404s must not reach it
_FORWARDED = frozenset({b"forwarded", b"via", b"x-forwarded-for"})
_NO_FEEDS = "no feed has been published yet"
_NOT_READY = "what the web server depends on does not answer"
_NEVER_KEPT = (b"cache-control", b"no-store")

logger = logging.getLogger("wireroom.web")


@dataclass(slots=True)
class Service:
    """Answers about the service itself; *requests* counts all answers by route and status code.

    *published* says whether there are any feeds. *ready*, *status* and *metrics* (Prometheus text)
    are asked in a thread, so they may wait for Redis. With *open_status* strangers are told the
    last two as well.
    """

    published: Callable[[], bool]
    ready: Callable[[], bool]
    status: Callable[[], Mapping[str, object]] | None = None
    metrics: Callable[[], str] | None = None
    open_status: bool = False
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    _reasons: list[str] = field(default_factory=list)
    _reasons_until: float = 0.0

    async def answer(self, scope: Mapping[str, Any]) -> tuple[str, Answer] | None:
        """Return the route and the answer, None where the path is not one of the service's."""
        tell: Callable[[], Awaitable[Answer]]
        match scope["raw_path"]:
            case b"/healthz":
                return "health", _text(b"ok\n")
            case b"/readyz":
                return "health", await self._readiness()
            case b"/metrics":
                route, tell = "metrics", self._metrics_text
            case b"/status/":
                route, tell = "status", self._status_html
            case b"/status":
                route, tell = "redirect", self._status_folder
            case b"/status.json":
                route, tell = "status", self._status_json
            case _:
                return None
        if not self.open_status and not comes_from_here(scope):
            return "other", MISSING
        try:
            return route, await tell()
        except Exception as error:  # trouble in finding out is itself the answer
            logger.exception("cannot tell how the service is doing")
            return route, unavailable(f"How the service is doing cannot be told: {error}")

    async def reasons(self) -> list[str]:
        """Return why the service is not ready, in sentences: none when it is."""
        if time.monotonic() >= self._reasons_until:
            try:
                ready = await asyncio.to_thread(self.ready)
            except Exception:
                logger.exception("cannot tell whether the service is ready")
                ready = False
            fine = {_NO_FEEDS: self.published(), _NOT_READY: ready}
            self._reasons = [reason for reason, is_fine in fine.items() if not is_fine]
            self._reasons_until = time.monotonic() + _READY_SECONDS
        return self._reasons

    async def _readiness(self) -> Answer:
        reasons = await self.reasons()
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        return _json({"ready": not reasons, "reasons": reasons}, status)

    async def _metrics_text(self) -> Answer:
        told = await asyncio.to_thread(self.metrics) if self.metrics else ""
        lines = [
            *told.splitlines(),
            "# HELP wireroom_http_requests_total Requests answered, by route and status code.",
            "# TYPE wireroom_http_requests_total counter",
        ]
        lines += [
            f'wireroom_http_requests_total{{route="{route}",code="{code}"}} {count}'
            for (route, code), count in sorted(self.requests.items())
        ]
        text = "\n".join(lines) + "\n"
        return _text(text.encode(), b"text/plain; version=0.0.4; charset=utf-8")

    async def _status_folder(self) -> Answer:
        return Answer(HTTPStatus.PERMANENT_REDIRECT, [(b"location", b"/status/")])

    async def _status_html(self) -> Answer:
        if self.status is None:
            return MISSING
        page = status_page(await asyncio.to_thread(self.status))
        return page_answer(HTTPStatus.OK, page, _NEVER_KEPT)

    async def _status_json(self) -> Answer:
        if self.status is None:
            return MISSING
        return _json(await asyncio.to_thread(self.status))


def comes_from_here(scope: Mapping[str, Any]) -> bool:
    """Whether a program on this machine asks for itself.

    The connection's own address counts. What a proxy writes into headers is never a reason to
    let somebody in; that a proxy wrote them at all is one to keep somebody out.
    """
    client = scope.get("client")
    if not client or any(name in _FORWARDED for name, _ in scope["headers"]):
        return False
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # how a dual-stack socket shows 127.0.0.1
    return bool((mapped or address).is_loopback)


def _text(body: bytes, content_type: bytes = CONTENT_TYPES["txt"]) -> Answer:
    return Answer(HTTPStatus.OK, [(b"content-type", content_type), *SECURITY, _NEVER_KEPT], body)


def _json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    headers = [(b"content-type", CONTENT_TYPES["json"]), *SECURITY, _NEVER_KEPT]
    return Answer(status, headers, msgspec.json.encode(value, enc_hook=str) + b"\n")
