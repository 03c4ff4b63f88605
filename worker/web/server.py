"""uvicorn as we run it: the socket bound before anything starts, and an end in order."""

from __future__ import annotations

import errno
import resource
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from feeds.errors import SettingsError

from .connection import CONNECTIONS, Connection

KEEP_ALIVE_SECONDS = 75
"""Idle: longer than nginx (60 s) and most balancers keep their side, so that it is the proxy that
closes a connection and never we, just as it sends a request."""

GRACE_SECONDS = 5
BACKLOG = 2_048
_LAST_PORT = 65_535
_FILES_BESIDE = 124  # what the process opens besides its connections

_BINDING_PROBLEMS = {
    errno.EADDRINUSE: "is in use by another program; stop that one, or choose another port",
    errno.EACCES: "may not be used by this account; ports below 1024 belong to the system",
    errno.EADDRNOTAVAIL: "cannot be used, because this machine does not have the address",
}


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


def _room() -> int:
    """Let this process open as many files as it may; return how many connections that allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + _FILES_BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, (wanted if soft == resource.RLIM_INFINITY else min(soft, wanted)) - _FILES_BESIDE)


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
    Connection.connections_at_once = _room()
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
