"""One conditional GET on its way: what is asked, the redirects it takes, what came of it.

Redirects are followed here and not by libcurl, so that every hop passes the guard and the
operator's own headers stay with the host that they are for.
"""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

import msgspec
import pycurl

from .exchange import Hop, Limits, Problem, Request, Response
from .guard import Guard, known_host

_ACCEPT = (
    b"Accept: application/atom+xml, application/rss+xml, application/feed+json, "
    b"application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
_REDIRECTS = (301, 302, 303, 307, 308)
_REPEATING = (307, 308)
"""Redirects that let a form be sent once more (WebSub, 5.1); with the others it would be lost."""
_PORTS = {"http": 80, "https": 443}
_WRITTEN = "%/:=&?~#+!$,;'@()*[]"
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TOO_LARGE = 100  # CURLE_TOO_LARGE, which pycurl has no name for
_PROBLEMS: dict[int, Problem] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "connect",
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_FILESIZE_EXCEEDED: "too_large",
    _TOO_LARGE: "too_large",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_SSL_CERTPROBLEM: "tls",
    pycurl.E_SSL_CIPHER: "tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_SSL_CACERT_BADFILE: "tls",
    pycurl.E_SSL_ISSUER_ERROR: "tls",
}


class Transfer:
    """A Request under way: one handle after another, until there is a Response."""

    def __init__(self, request: Request, limits: Limits, guard: Guard) -> None:
        self.request = request
        self.url = request.url
        self.host = ""
        """The host that is asked next: one is asked for so many things at a time."""
        self._limits = limits
        self._guard = guard
        self._hops: list[Hop] = []
        self._seconds = 0.0
        self._reset()

    def _reset(self) -> None:
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._size = 0
        self._excused = 0.0
        self._opened = False
        self._refused = ""

    def refused(self) -> Response | None:
        """Return the Response to a Request that must not be made at all."""
        if not all(_sendable(text) for pair in self.request.headers for text in pair):
            return self._failed("refused", "a header of this source has a line break in it")
        why = self._guard.allows_url(self.request.url)
        if why:
            return self._failed("refused", why)
        try:
            self._aim(_written(self.request.url))
        except ValueError as error:
            return self.impossible(error)
        return None

    def _aim(self, url: str) -> None:
        self.url = url
        self.host = (urlsplit(url).hostname or "").rstrip(".")

    def start(self, handle: pycurl.Curl) -> None:
        """Set *handle* up for the next request. Raises pycurl.error for what cannot be asked."""
        self._reset()
        handle.setopt(pycurl.URL, self.url.encode())
        if self.request.form is None:
            handle.setopt(pycurl.HTTPGET, 1)  # it may have sent a form before
        else:
            handle.setopt(pycurl.POST, 1)
            handle.setopt(pycurl.POSTFIELDS, self.request.form)
        handle.setopt(pycurl.HTTPHEADER, self._headers())
        handle.setopt(pycurl.HEADERFUNCTION, self._head.append)
        handle.setopt(pycurl.WRITEFUNCTION, self._take)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        self._set_clocks(handle)

    def excuse(self, handle: pycurl.Curl, seconds: float) -> None:
        """Add *seconds* in which nobody could read what arrived."""
        self._excused += seconds
        self._set_clocks(handle)

    def _set_clocks(self, handle: pycurl.Curl) -> None:
        left = max(self._limits.seconds - self._seconds, 0.001) + self._excused
        connect = self._limits.connect_seconds + self._excused
        handle.setopt(pycurl.TIMEOUT_MS, int(left * 1000) or 1)
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, int(connect * 1000) or 1)

    def _headers(self) -> list[bytes]:
        asked = self.request
        own = asked.headers if asked.headers and _same_host(asked.url, self.url) else ()
        shown = (("If-None-Match", asked.etag), ("If-Modified-Since", asked.last_modified), *own)
        # What came with a bare CR in it cannot be said again without becoming two lines.
        lines = [f"{name}: {value}" for name, value in shown if value and _sendable(value)]
        if asked.form is None:
            return [_ACCEPT, *map(_bytes, lines)]
        # "Expect: 100-continue", which libcurl would send with a large one, costs a second or more.
        return [*map(_bytes, (f"Content-Type: {asked.form_type}", "Expect:", *lines))]

    def _take(self, data: bytes) -> int | None:
        self._size += len(data)
        if self._size > self._limits.body_bytes:
            return -1  # any number but len(data) ends the transfer
        self._body.append(data)
        return None

    def _open(self, _purpose: int, wanted: tuple[int, int, int, tuple[str, int]]) -> object:
        family, kind, protocol, place = wanted
        if family in (socket.AF_INET, socket.AF_INET6) and self._guard.allows_address(place[0]):
            self._opened = True
            return _Handed(family, kind, protocol)
        self._refused = str(place[0])
        return pycurl.SOCKET_BAD

    def finish(self, handle: pycurl.Curl, code: int, message: str) -> Response | None:
        """Return what came of it, or None if a redirect leads to another request."""
        self._seconds += max(handle.getinfo(pycurl.TOTAL_TIME) - self._excused, 0.0)
        try:
            return self._outcome(handle, code, message)
        finally:
            self._reset()  # the handle holds on to us until it is used again: not to the body

    def impossible(self, error: Exception) -> Response:
        """Return the Response to a Request that libcurl does not even begin."""
        return self._failed("refused", f"this cannot be asked: {error}")

    def _outcome(self, handle: pycurl.Curl, code: int, message: str) -> Response | None:
        if code:
            return self._broken(handle, code, message)
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        headers = _fields(self._head)
        followed = _REDIRECTS if self.request.form is None else _REPEATING
        if status in followed and headers.get("location"):
            return self._follow(status, headers["location"])
        return self._response(status=status, headers=headers, body=b"".join(self._body))

    def _broken(self, handle: pycurl.Curl, code: int, message: str) -> Response:
        if self._refused and code == pycurl.E_COULDNT_CONNECT:
            return self._failed("refused", f"{self.host}: {Guard.refusal(self._refused)}")
        if self._size > self._limits.body_bytes or code == pycurl.E_FILESIZE_EXCEEDED:
            most = f"{self._limits.body_bytes:,}"
            return self._failed("too_large", f"{self.host} sent more than {most} bytes")
        problem = _PROBLEMS.get(code, "protocol")
        if problem == "timeout":
            problem = self._silent(handle)
        return self._failed(problem, f"{self.host}: {message or f'libcurl says {code}'}")

    def _silent(self, handle: pycurl.Curl) -> Problem:
        """Say who did not answer in time: a silent network is not a slow server."""
        if handle.getinfo(pycurl.CONNECT_TIME) or handle.getinfo(pycurl.REQUEST_SIZE):
            return "timeout"
        return "connect" if self._opened else "dns"

    def _follow(self, status: int, location: str) -> Response | None:
        try:
            target = _written(urljoin(self.url, _read(location)))
        except ValueError:
            return self._failed("refused", f"{self.host} redirects to what is no web address")
        if len(self._hops) >= self._limits.redirects:
            return self._failed("redirects", f"more than {self._limits.redirects} redirects")
        why = self._guard.allows_url(target)
        if not why and self.url.startswith("https:") and not target.startswith("https:"):
            why = "from https down to http"
        if why:
            return self._failed("refused", f"{self.host} redirects where we do not go: {why}")
        self._hops.append(Hop(status, target))
        self._aim(target)
        if self._seconds >= self._limits.seconds:
            return self._failed("timeout", f"{self._limits.seconds:g} s went in redirects")
        return None

    def _failed(self, problem: Problem, sentence: str) -> Response:
        return self._response(problem=problem, sentence=sentence)

    def _response(self, **said: object) -> Response:
        # An address is told as it was given, unless a redirect changed it.
        url = self.url if self._hops else self.request.url
        fields = {"hops": tuple(self._hops), "seconds": self._seconds, **said}
        return msgspec.structs.replace(Response(self.request.source, url), **fields)


class _Handed(socket.socket):
    """A socket for libcurl, which takes a copy of it; ours goes without a word."""

    def __del__(self) -> None:
        self.close()


def _fields(lines: list[bytes]) -> dict[str, str]:
    """Return the fields of the last head among *lines*: not those of a 1xx, and no trailers."""
    fields: dict[str, str] = {}
    ended = False
    for line in lines:
        if line.startswith(b"HTTP/"):
            fields, ended = {}, False
        elif not line.strip():
            ended = True
        elif not ended:
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.strip().lower(), value.strip(" \t\r\n")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _sendable(text: str) -> bool:
    return not _UNSENDABLE.search(text)


def _bytes(header: str) -> bytes:
    """Return *header* as it goes out: a validator as the bytes it was, anything else in UTF-8."""
    try:
        return header.encode("latin-1")
    except UnicodeEncodeError:
        return header.encode("utf-8", "replace")


def _read(location: str) -> str:
    """Return the text of a Location, which ought to be ASCII and in practice is UTF-8."""
    return location.encode("latin-1").decode("utf-8", "replace")


@lru_cache(maxsize=16_384)  # sources that are asked again and again
def _written(url: str) -> str:
    """Return *url* as it goes over the wire: in ASCII, without a fragment.

    Raises:
        ValueError: there is no such address.
    """
    parts = urlsplit(url)
    path, query = quote(parts.path, safe=_WRITTEN), quote(parts.query, safe=_WRITTEN)
    place = parts.netloc
    if not place.isascii() and "@" not in place:  # credentials are for the guard to refuse
        place = known_host(parts) + (f":{parts.port}" if parts.port else "")
    return parts._replace(netloc=place, path=path, query=query, fragment="").geturl()


def _same_host(first: str, second: str) -> bool:
    """Say whether *second* may see what *first* may: it is the same, or its step up to https."""
    one, two = urlsplit(first), urlsplit(second)
    ports = [parts.port or _PORTS.get(parts.scheme) for parts in (one, two)]
    return one.hostname == two.hostname and (ports[0] == ports[1] or ports == [80, 443])
