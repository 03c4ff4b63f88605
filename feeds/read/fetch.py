"""Many conditional GETs at once, or forms for hubs, over connections that are kept.

libcurl's multi handle does the waiting: in one process and one thread it costs a fiftieth of what
an asyncio client does. What a single request says and what it may do stands in ``transfer``.

    fetcher = Fetcher(Limits(), Guard(), "Wireroom/1.0 (+https://example.org/about)")
    for response in fetcher.fetch([Request("https://wire.example/feed", ...)]):
        ...
"""

from __future__ import annotations

import ssl
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import certifi
import pycurl

from .exchange import Hop, Limits, Problem, Request, Response
from .guard import Guard
from .transfer import Transfer

__all__ = ["Fetcher", "Hop", "Limits", "Problem", "Request", "Response"]

_LONGEST_WAIT = 1.0
_NOTHING_TO_WATCH = 0.01
_WORTH_EXCUSING = 0.05


class Fetcher:
    """Fetches upstream documents. One for each process, made after the fork.

    Connections stay open from one ``fetch`` to the next, so a call costs little.
    """

    def __init__(self, limits: Limits, guard: Guard, user_agent: str) -> None:
        self._limits = limits
        self._guard = guard
        self._user_agent = user_agent
        self._multi = pycurl.CurlMulti()
        # Each kept connection is an open file; beyond one batch they seldom live long enough.
        self._multi.setopt(pycurl.M_MAXCONNECTS, 2 * limits.at_once)
        self._idle: list[pycurl.Curl] = []
        self._running: dict[pycurl.Curl, Transfer] = {}
        self._busy = False

    def fetch(self, requests: Iterable[Request]) -> Generator[Response]:
        """Yield a Response for each of *requests*, in the order in which they complete.

        What goes wrong with one is in its Response. The time that the caller takes between two
        of them is not counted against those still under way. One fetch at a time.
        """
        with closing(self.batches(requests)) as batches:
            for batch in batches:
                yield from batch

    def batches(
        self,
        requests: Iterable[Request],
        more: Callable[[int], Iterable[Request]] = lambda _: (),
    ) -> Generator[list[Response]]:
        """Yield as ``fetch`` does, but together what completed together.

        While fewer are under way than may be, *more* is asked for further requests, with how many
        there is room for; again and again, until nothing is under way and it has none.
        """
        if self._busy:
            raise RuntimeError("a Fetcher does one fetch at a time")
        self._busy = True
        try:
            yield from self._batches(requests, more)
        finally:
            for handle in list(self._running):
                self._release(handle)
            self._busy = False

    def _batches(
        self, requests: Iterable[Request], more: Callable[[int], Iterable[Request]]
    ) -> Iterator[list[Response]]:
        queue = _Queue(self._limits.per_host)
        completed = list(self._add(requests, queue))
        while True:
            if (room := self._limits.at_once - len(self._running) - queue.waiting) > 0:
                completed += self._add(more(room), queue)
            completed += self._start(queue)
            self._multi.perform()
            completed += self._completed(queue)
            if completed:
                began = time.monotonic()
                yield completed
                self._excuse(time.monotonic() - began)
                completed = []
            elif not queue or len(self._running) >= self._limits.at_once:
                if not self._running:
                    return
                self._wait()

    def _add(self, requests: Iterable[Request], queue: _Queue) -> Iterator[Response]:
        """Queue *requests*; yield the Responses to those that must not be made at all."""
        for request in requests:
            transfer = Transfer(request, self._limits, self._guard)
            refused = transfer.refused()
            if refused:
                yield refused
            else:
                queue.add(transfer)

    def _start(self, queue: _Queue) -> Iterator[Response]:
        """Start what may start now; yield what turns out to be no request at all."""
        while len(self._running) < self._limits.at_once and (transfer := queue.next()):
            handle = self._idle.pop() if self._idle else self._handle()
            try:
                transfer.start(handle)
                self._multi.add_handle(handle)
            except (pycurl.error, UnicodeError) as error:
                self._idle.append(handle)
                queue.done(transfer.host)
                yield transfer.impossible(error)
            else:
                self._running[handle] = transfer

    def _completed(self, queue: _Queue) -> Iterator[Response]:
        """Take what has ended; yield it, or queue it again where a redirect leads on."""
        waiting = 1
        while waiting:
            waiting, done, broken = self._multi.info_read()
            ends = [(handle, 0, "") for handle in done] + broken
            for handle, code, message in ends:
                transfer = self._running[handle]
                queue.done(transfer.host)
                response = transfer.finish(handle, code, message)
                self._release(handle)
                if response:
                    yield response
                else:
                    queue.add(transfer)

    def _release(self, handle: pycurl.Curl) -> None:
        del self._running[handle]
        self._multi.remove_handle(handle)
        self._idle.append(handle)

    def _excuse(self, seconds: float) -> None:
        if seconds > _WORTH_EXCUSING:
            for handle, transfer in self._running.items():
                transfer.excuse(handle, seconds)

    def _wait(self) -> None:
        """Wait for the network, or for libcurl's own next appointment."""
        due = self._multi.timeout() / 1000
        seconds = min(due, _LONGEST_WAIT) if due >= 0 else _LONGEST_WAIT
        if self._multi.select(seconds) < 0:
            time.sleep(_NOTHING_TO_WATCH)

    def _handle(self) -> pycurl.Curl:
        """Return a new handle that does what every request has in common, and nothing else."""
        handle = pycurl.Curl()
        web = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.USERAGENT, self._user_agent),
            (pycurl.ACCEPT_ENCODING, ""),  # all that this libcurl can decode, and no more
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
            (pycurl.PROTOCOLS, web),
            (pycurl.REDIR_PROTOCOLS, web),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.PROXY, ""),  # nor one from the environment
            (pycurl.NETRC, pycurl.NETRC_IGNORED),
            (pycurl.MAXFILESIZE_LARGE, self._limits.body_bytes),
            (pycurl.SSL_VERIFYPEER, 1),
            (pycurl.SSL_VERIFYHOST, 2),
            authorities(),
        ):
            handle.setopt(option, value)
        return handle


class _Queue:
    """What waits to be started, host by host, so that a slow host holds up nobody else."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._waiting: defaultdict[str, deque[Transfer]] = defaultdict(deque)
        self._active: Counter[str] = Counter()
        self._ready: dict[str, None] = {}  # a set that remembers who came first
        self.waiting = 0
        """How many are not started yet."""

    def __bool__(self) -> bool:
        """Say whether one may start now."""
        return bool(self._ready)

    def add(self, transfer: Transfer) -> None:
        """Let *transfer* wait for its host."""
        self._waiting[transfer.host].append(transfer)
        self.waiting += 1
        self._judge(transfer.host)

    def next(self) -> Transfer | None:
        """Return one that may start now, counted against its host until it is ``done``."""
        if not self._ready:
            return None
        host = next(iter(self._ready))
        del self._ready[host]
        transfer = self._waiting[host].popleft()
        self._active[host] += 1
        self.waiting -= 1
        self._judge(host)
        return transfer

    def done(self, host: str) -> None:
        """Count one less against *host*."""
        self._active[host] -= 1
        self._judge(host)

    def _judge(self, host: str) -> None:
        if self._waiting[host] and self._active[host] < self._per_host:
            self._ready[host] = None
        else:
            self._ready.pop(host, None)


def authorities() -> tuple[int, str]:
    """Return the libcurl option and the path for the certificates to trust: the system's.

    pycurl's wheels look where the system that built them keeps its own, which few others have.
    """
    system = ssl.get_default_verify_paths()
    if system.cafile:
        return pycurl.CAINFO, system.cafile
    if system.capath and any(Path(system.capath).iterdir()):
        return pycurl.CAPATH, system.capath
    return pycurl.CAINFO, certifi.where()
