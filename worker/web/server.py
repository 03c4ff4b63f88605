"""uvicorn as we run it: the socket bound before anything starts, every client within bounds.

uvicorn's httptools protocol bounds neither the head of a request nor the time that it may take, so
a few hundred silent connections would close the server to everybody: ``Connection`` adds both.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from feeds.errors import SettingsError

from .notices import unavailable

CONNECTIONS = 900
"""At once: each takes a file descriptor, and 1,024 are a process's share on most systems."""

KEEP_ALIVE_SECONDS = 75
"""Idle: longer than nginx (60 s) and most balancers keep their side, so that it is the proxy that
closes a connection and never we, just as it sends a request."""

GRACE_SECONDS = 5
HEAD_SECONDS = 15  # for the head of a request, from its first byte or from the connection
HEAD_BYTES = 16_384  # as Node.js has it; a feed reader sends under one thousand
BACKLOG = 2_048
_LAST_PORT = 65_535

_BUSY = unavailable("Too many are reading at this moment.")
_BUSY.start["headers"].append((b"connection", b"close"))
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)
_BINDING_PROBLEMS = {
    errno.EADDRINUSE: "is in use by another program; stop that one, or choose another port",
    errno.EACCES: "may not be used by this account; ports below 1024 belong to the system",
    errno.EADDRNOTAVAIL: "cannot be used, because this machine does not have the address",
}


async def _busy(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG001 - ASGI
    await send(_BUSY.start)
    await send(_BUSY.body)


class Connection(HttpToolsProtocol):
    """A client's connection whose requests have bounded heads, in bytes and in time."""

    head_seconds = HEAD_SECONDS
    connections_at_once = CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request; refuse it when there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self.connections_at_once:
            self.app = _busy
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on; while the head of a request is incomplete, it is measured and its clock runs."""
        awaited = self.scope
        super().data_received(data)
        is_read = self._head_is_read()
        if is_read or self.scope is not awaited:
            self._head_bytes = 0  # that head is complete; another may have begun in the same piece
            self._forget_deadline()
        else:
            self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()
        elif not is_read and self._deadline is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._forget_deadline()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection, also one whose client has stopped taking its answer."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _head_is_read(self) -> bool:
        scope: Mapping[str, object] | None = self.scope  # None until the first byte of a request
        return scope is not None and "path" in scope  # which uvicorn adds at the head's end

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket on *host* and *port* (0 for any free one).

    Raises:
        SettingsError: the port is taken, not allowed, or the host is not this machine's.
    """
    if not 0 <= port <= _LAST_PORT:
        raise SettingsError("web server", "port", f"{port} is no port: they go to {_LAST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server(
            (host, port), family=family, backlog=BACKLOG, dualstack_ipv6=host == "::"
        )
    except (OSError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        problem = _BINDING_PROBLEMS.get(number or 0, f"cannot be listened on: {error}")
        raise SettingsError("web server", "port", f"{host}:{port} {problem}") from error


def server(app: Callable[..., Any], *, keep_alive: int = KEEP_ALIVE_SECONDS) -> uvicorn.Server:
    """Return the server for *app*; ``run(sockets=[...])`` runs it until ``should_exit`` is set."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            loop="uvloop",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",  # its warnings are about clients, and a client can send thousands
            access_log=False,
            proxy_headers=False,  # it would believe X-Forwarded-For from any program on loopback
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=keep_alive,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


def serve(
    app: Callable[..., Any],
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    listener: socket.socket | None = None,
) -> None:
    """Serve *app* until SIGTERM or SIGINT, then finish what is being answered and return.

    *listener* is a socket that listens already, inherited from a parent; without one *host* and
    *port* are bound here, before anything else starts.

    Raises:
        SettingsError: *host* and *port* cannot be listened on.
    """
    running = server(app)
    sockets = [listener or listen(host, port)]
    if threading.current_thread() is not threading.main_thread():
        running.run(sockets=sockets)  # only the main thread is given signals
        return

    def end(_signal: int, _frame: FrameType | None) -> None:
        running.should_exit = True

    # uvicorn puts its own handlers in place while it runs, and at the end raises what it caught
    # once more for ours: without them an orderly end would be a death by signal.
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        running.run(sockets=sockets)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
