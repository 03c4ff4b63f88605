"""A client's connection: what is published is answered as its head is read, the rest by uvicorn.

Nearly every request is a poll of a file that has not changed. For it a task, a scope and two ASGI
messages cost more than everything else, so an application may offer ``at_once(method, path, query,
headers)``: what that returns is written out where the parser ends, in the order of the requests.

uvicorn's httptools protocol bounds neither the head of a request nor the time that it may take, so
a few hundred silent connections would close the server to everybody: here both are bounded. So is
what may follow a head and is no body (chunk extensions, trailers), which the parser would collect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import nsmallest
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from .answers import Answer
from .notices import unavailable

CONNECTIONS = 10_000
"""At once, as far as the process may open files for them; an idle one takes 7 KB."""

HEAD_SECONDS = 15  # for the head of a request, from its first byte or from the connection
HEAD_BYTES = 16_384  # as Node.js has it; a feed reader sends under one thousand

_CLOSE = b"connection: close\r\n\r\n"
_END = b"\r\n"
_BUSY = unavailable("Too many are reading at this moment.")
_BUSY.start["headers"].append((b"connection", b"close"))
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)

AtOnce = Callable[[bytes, bytes, bytes, list[tuple[bytes, bytes]]], Answer | None]


async def _busy(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG001 - ASGI
    await send(_BUSY.start)
    await send(_BUSY.body)


class Connection(HttpToolsProtocol):
    """A client's connection whose requests have bounded heads, in bytes and in time."""

    head_seconds: float = HEAD_SECONDS
    connections_at_once = 900  # of the 1,024 files that are a process's share on most systems

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request; refuse it when there are too many connections."""
        self._clock: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        if len(self.connections) > self.connections_at_once and not self._made_room():
            self.app = _busy
        self._at_once: AtOnce | None = getattr(self.app, "at_once", None)
        self._is_answered = self._is_asked = self._is_endless = False
        self._in_head = self._in_message = False
        self._unused_bytes = 0  # read of this message and of use to no application
        self._unsent_bytes = 0  # when the client was last seen to take something
        self._running: RequestResponseCycle | None = None
        self._set_clock(self.head_seconds)

    def _made_room(self) -> bool:
        """Close the connections whose clients have been silent longest; return whether any were.

        Those who hold connections and say nothing must not keep out who has something to ask.
        """
        silent = (
            one
            for one in self.connections
            if isinstance(one, Connection) and one.is_silent and one is not self
        )
        some = max(1, self.connections_at_once // 20)  # looking through all is done once for many
        oldest = nsmallest(some, silent, key=Connection.since)
        for one in oldest:
            one.transport.close()
        return bool(oldest)

    @property
    def is_silent(self) -> bool:
        """Whether the client has the word, and has taken all that it was sent."""
        return self._clock is not None and not self.transport.get_write_buffer_size()

    def since(self) -> float:
        """Return from when on the client has had the word."""
        return self._since

    def endless(self) -> Callable[[], None]:
        """Let the answer that begins now end with the server; return what cuts it off before.

        The application finds this in ``scope["state"]["endless"]``.
        """
        self._is_endless = True
        return self.transport.abort

    def shutdown(self) -> None:
        """End with the server: an endless answer at once, any other when it is given."""
        super().shutdown()
        if self._is_endless:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Read on; what of a message is not its body is measured, and the head's clock runs."""
        super().data_received(data)
        if not self._in_message:
            return
        if not self._unused_bytes:  # its head, or what follows the head, began in this piece
            self._unused_bytes = 1
            if self._in_head:
                self._set_clock(self.head_seconds)
            return
        self._unused_bytes += len(data)
        if self._unused_bytes > HEAD_BYTES and not self.transport.is_closing():
            if self._in_head and not self._is_speaking:
                self.transport.write(_HEAD_TOO_LARGE)
            self._hang_up()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, and hang up."""
        if not self._is_speaking:
            super().send_400_response(msg)
        self._hang_up()

    @property
    def _is_speaking(self) -> bool:
        """Whether an answer has begun and is not out: what is written now would be part of it."""
        cycle = self._running
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def _hang_up(self) -> None:
        """Close; an application that is still answering is told that its client has gone."""
        self.transport.close()
        self._wait_for_client()  # to take what it was sent before
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock, and the answer."""
        self._hang_up()  # of several requests in a row, uvicorn ends only the last
        self._stop_clock()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client, which has to take some of what it is sent."""
        super().pause_writing()
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._wait_for_client()

    def resume_writing(self) -> None:
        """Give the word back to the application, if one is answering."""
        super().resume_writing()
        if self._is_asked:
            self._stop_clock()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that is idle, or whose client has stopped taking its answer."""
        unsent = self.transport.get_write_buffer_size()
        if 0 < unsent < self._unsent_bytes:  # a slow client is no silent one
            self._unsent_bytes = unsent
            self._set_clock(self.timeout_keep_alive)
        elif unsent:
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    # What the parser finds

    def on_message_begin(self) -> None:
        """Begin a request; its scope is made only if an application is to see it."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._in_head = self._in_message = True
        self._unused_bytes = 0

    def on_headers_complete(self) -> None:
        """Answer at once what can be, unless an earlier answer of this connection is not out."""
        self._in_head = False
        self._unused_bytes = 0
        self._is_answered = not self._is_asked and (
            self.transport.is_closing()  # the answer before this request was the last one
            or (self._at_once is not None and not self.flow.write_paused and self._answer())
        )
        if not self._is_answered:
            self._is_asked = True
            if not self.flow.write_paused:
                self._stop_clock()
            url, headers, expects = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expects
            self.headers += headers
            self.scope["state"]["endless"] = self.endless
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Leave the body that belongs to no question of ours."""
        if not self._is_answered:
            self._unused_bytes = 0  # an application bounds what it reads
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Tell the application that the request is whole, if it has it."""
        self._in_message = False
        if not self._is_answered:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request; wait by our own clock for it, or for the end."""
        super().on_response_complete()
        self._unset_keepalive_if_required()
        self._is_asked = not self.cycle.response_complete  # the latest request's
        if not self._is_asked or self.transport.is_closing():
            self._wait_for_client()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _answer(self) -> bool:
        """Write the answer, if the application has it ready; return whether it had."""
        parser, url = self.parser, self.url
        method = parser.get_method()
        if method not in {b"GET", b"HEAD"} or not url.startswith(b"/") or b"#" in url:
            return False
        path, _, query = url.partition(b"?")
        assert self._at_once is not None
        answer = self._at_once(method, path, query, self.headers)
        if answer is None:
            return False
        ((_, date),) = self.server_state.default_headers
        stays = parser.should_keep_alive() and parser.get_http_version() != "1.0"
        head = answer.head % (date, _END if stays else _CLOSE)
        if method == b"HEAD":
            self.transport.write(head)
        else:
            self.transport.writelines((head, answer.body["body"]))
        self._wait_for_client()
        if not stays:
            self.transport.close()
        return True

    # The clock runs while the client has the word: to ask, or to take what it is sent. Each answer
    # only notes the time: whether the client has been silent for too long is looked at when the
    # clock strikes, not at each request.

    def _wait_for_client(self) -> None:
        if self._clock is None:
            self._set_clock(self.timeout_keep_alive)
        else:
            self._since, self._patience = self.loop.time(), float(self.timeout_keep_alive)

    def _set_clock(self, seconds: float) -> None:
        self._stop_clock()
        self._since, self._patience = self.loop.time(), seconds
        self._clock = self.loop.call_later(seconds, self._strike)

    def _strike(self) -> None:
        left = self._since + self._patience - self.loop.time()
        if left > 0:
            self._clock = self.loop.call_later(left, self._strike)
        else:
            self.timeout_keep_alive_handler()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
