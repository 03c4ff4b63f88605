"""A scripted upstream: a real HTTP/1.1 server on loopback that does what a test says, and notes it.

    with Upstream() as upstream:
        url = upstream.route("/feed", Reply(body=FEED, headers=(("ETag", '"1"'),)), NOT_MODIFIED)
        ...
        [first, second] = upstream.seen("/feed")

A route answers with its replies in turn, the last one for ever; a reply may also be a function of
what was seen. It keeps connections alive unless told otherwise.
"""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO, Self

import brotli
import zstandard

_LONGEST_HEAD = 65_536

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": zstandard.compress,
}


@dataclass(frozen=True)
class Seen:
    """One request as it arrived. *at* is monotonic; *connection* counts from 1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    at: float
    connection: int

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def get(self, name: str) -> str | None:
        """Return the header *name*, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Reply:
    """One answer.

    *body* is sent in *encoding*; *conditional* answers 304 to a request that shows the reply's own
    ETag or, without one, its Last-Modified. *delay* comes before anything is said; *drip* and
    *drip_head* are the seconds between two bytes. *endless* repeats the body for ever, *cut* sends
    that many bytes of what was promised and hangs up. *raw* is sent as it stands instead of it all.
    """

    status: int = 200
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()
    encoding: str = ""
    conditional: bool = False
    delay: float = 0
    drip: float = 0
    drip_head: float = 0
    endless: bool = False
    cut: int | None = None
    close: bool = False
    raw: bytes | None = None

    def get(self, name: str) -> str | None:
        """Return its own header *name*, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def to(self, seen: Seen) -> Reply:
        """Return what *seen* gets: this, or 304."""
        if not self.conditional:
            return self
        etag, date = self.get("ETag"), self.get("Last-Modified")
        known = seen.get("If-None-Match") == etag if etag else seen.get("If-Modified-Since") == date
        return replace(self, status=304, body=b"") if (etag or date) and known else self


NOT_MODIFIED = Reply(304)
NOT_FOUND = Reply(404, b"not here", (("Content-Type", "text/plain"),))

Answer = Reply | Callable[[Seen], Reply]


def redirect(to: str, status: int = 302) -> Reply:
    """Return a redirect *to* an address, absolute or not, said in UTF-8 as servers do."""
    return Reply(status, b"elsewhere", (("Location", to.encode().decode("latin-1")),))


def other_loopback() -> str:
    """Return a second address of this machine: any of 127/8 on Linux, elsewhere only ::1."""
    with suppress(OSError), socket.create_server(("127.0.0.9", 0)):
        return "127.0.0.9"
    return "::1"


class Upstream:
    """The server: a context manager. *url* is its address, *requests* what it was asked."""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[Seen] = []
        self._host = host
        self._tls = tls
        self._routes: dict[str, list[Answer]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0

    @property
    def url(self) -> str:
        """Its address, with no slash at its end."""
        return self.at(f"[{self._host}]" if ":" in self._host else self._host)

    def at(self, host: str) -> str:
        """Return its address under another name of the same *host*."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    def route(self, path: str, *answers: Answer) -> str:
        """Let *path* be answered by *answers* in turn; return its address."""
        with self._lock:
            self._routes[path] = list(answers)
        return self.url + path

    def seen(self, path: str) -> list[Seen]:
        """Return the requests for *path* so far."""
        return [seen for seen in list(self.requests) if seen.path == path]

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # A blocked accept() does not notice that its socket was closed; a last caller wakes it.
        with suppress(OSError), socket.create_connection((self._host, self.port), timeout=5):
            pass
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)
        self._listener.close()

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._over.is_set():
                connection.close()
                return
            self.connections += 1
            self._run(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        # Head and body are two writes, and the second must not wait for an answer to the first.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with suppress(OSError):  # the client has had enough, or the test is over
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open.add(connection)
                self._converse(connection, number)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _converse(self, connection: socket.socket, number: int) -> None:
        with connection.makefile("rb") as stream:
            while not self._over.is_set() and (seen := _read(stream, number)):
                self.requests.append(seen)
                if not self._send(connection, self._answer(seen)):
                    return

    def _answer(self, seen: Seen) -> Reply:
        with self._lock:
            answers = self._routes.get(seen.path, [NOT_FOUND])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return (answer if isinstance(answer, Reply) else answer(seen)).to(seen)

    def _send(self, connection: socket.socket, reply: Reply) -> bool:
        """Send *reply*; say whether the connection goes on."""
        self._over.wait(reply.delay)
        if reply.raw is not None:
            connection.sendall(reply.raw)
            return False
        body = ENCODERS[reply.encoding](reply.body)
        self._say(connection, _head(reply, len(body)), reply.drip_head)
        self._say(connection, body[: reply.cut], reply.drip)
        while reply.endless and not self._over.is_set():
            self._say(connection, body, reply.drip)
        return not reply.close and reply.cut is None and not reply.endless

    def _say(self, connection: socket.socket, data: bytes, drip: float) -> None:
        if not drip:
            connection.sendall(data)
            return
        for byte in data:
            connection.sendall(bytes([byte]))
            if self._over.wait(drip):
                return


def _read(stream: BinaryIO, number: int) -> Seen | None:
    """Return the next request on *stream*, or None at its end."""
    lines = []
    while (line := stream.readline(_LONGEST_HEAD)).strip():
        lines.append(line.decode("latin-1").rstrip("\r\n"))
    if not lines:
        return None
    method, target, _ = lines[0].split(" ", 2)
    pairs = (line.partition(":") for line in lines[1:])
    headers = tuple((name, value.strip(" \t")) for name, _, value in pairs)
    return Seen(method, target, headers, time.monotonic(), number)


def _head(reply: Reply, length: int) -> bytes:
    """Return the status line and the fields of *reply*, whose encoded body is of *length*."""
    fields = list(reply.headers)
    if reply.encoding:
        fields.append(("Content-Encoding", reply.encoding))
    if reply.status != 304 and not reply.endless and not reply.get("Content-Length"):
        fields.append(("Content-Length", str(length)))
    if reply.close or reply.endless:
        fields.append(("Connection", "close"))
    phrase = http.client.responses.get(reply.status, "Odd")
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
