"""A published site as the world meets it: the real line, press and web server, on loopback.

What readers asked and were told is kept, for much of what a reader does shows in its requests only.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from worker.web import server as web_server

App = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request and the status of its answer; the names of *headers* are in lower case."""

    path: str
    headers: dict[str, str]
    status: int


@dataclass
class Watched:
    """An ASGI application that answers as *app* does, and notes in *asked* what it was asked."""

    app: App
    asked: list[Asked]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}

        async def noted(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.asked.append(Asked(scope["path"], headers, message["status"]))
            await send(message)

        await self.app(scope, receive, noted)


@contextmanager
def serving(app_at: Callable[[str], App]) -> Iterator[str]:
    """Serve, on a free port, the application that *app_at* returns for an address; yield that."""
    listener = web_server.listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = web_server.server(app_at(address))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(30)
