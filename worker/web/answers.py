"""What goes back: an answer whose headers are made once, and the headers that a kind of path has.

The address in ``Link`` comes from the configured public URL, never from the Host header: a cache
would hand one visitor's Host to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

Headers = list[tuple[bytes, bytes]]

CONTENT_TYPES = {
    "rss": b"application/rss+xml; charset=utf-8",
    "atom": b"application/atom+xml; charset=utf-8",
    "json": b"application/json",  # RFC 8259, 11: no charset parameter, it is UTF-8
    "opml": b"text/x-opml; charset=utf-8",
    "xml": b"application/xml; charset=utf-8",
    "html": b"text/html; charset=utf-8",
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "txt": b"text/plain; charset=utf-8",
    "svg": b"image/svg+xml; charset=utf-8",
    "ico": b"image/vnd.microsoft.icon",
    "png": b"image/png",
    "jpg": b"image/jpeg",
    "webp": b"image/webp",
    "woff2": b"font/woff2",
}
"""By the end of the name. A file of any other kind (a twin, a temporary file) is not served."""

PACKED = frozenset({"png", "jpg", "webp", "woff2"})
"""Compressed in themselves: these have no twins, so their answers do not vary."""

FEEDS = {
    "rss": CONTENT_TYPES["rss"],
    "atom": CONTENT_TYPES["atom"],
    "json": b"application/feed+json",  # JSON Feed 1.1, "Discovery"
}

ERROR_SECONDS = 86_400
"""A copy may stand in for a server that fails for a day; a longer silence should be noticed."""

HASHED_SECONDS = 31_536_000  # a year: what "never changes" is written as (RFC 8246)
STATIC_SECONDS = 3_600  # an address without a hash may change with any upgrade
ARCHIVE_SECONDS = 86_400  # RFC 5005, 4: what stands in one hardly ever changes
ROOT_SECONDS = 86_400  # favicon and robots.txt: crawlers keep the latter a day anyway

SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    # Picture hosts that refuse strangers look at the Referer; an empty one is let through.
    (b"referrer-policy", b"no-referrer"),
]
CROSS_ORIGIN: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link"),
]
_POLICY = (
    b"default-src 'none'; %sstyle-src 'self'%s; img-src 'self' https: http: data:; "
    b"media-src https: http:; font-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
_SCRIPTS = b"script-src 'self'; connect-src 'self'; "
_LISTS = frozenset({"home", "feed_page"})  # pages that tell what came since, by a script of ours
_VARIES_BY_CLIENT = b"accept, accept-encoding, sec-fetch-dest"
_FEED_ROUTES = frozenset({"feed", "archive"})
_FEED_SLASHES = 2  # /feeds/NAME.rss; an archive of it is /feeds/NAME/archive/1.rss
_NO_DEVICES = (b"permissions-policy", b"camera=(), geolocation=(), microphone=()")


def page_security(style: bytes = b"", *, scripts: bool = False) -> Headers:
    """Return the security headers of an HTML page; *style* is the source of an inline sheet.

    The text on a page is foreign and has been cleaned; should the cleaning ever fail, the policy
    still runs no script of its, loads no frame and sends no form. With *scripts* our own files run.
    """
    policy = _POLICY % (_SCRIPTS if scripts else b"", b" " + style if style else b"")
    return [*SECURITY, (b"content-security-policy", policy), _NO_DEVICES]


class Answer:
    """A response as the two ASGI messages that carry it, made once and sent many times."""

    __slots__ = ("_head", "body", "start", "status")

    def __init__(self, status: int, headers: Headers, body: bytes = b"") -> None:
        if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            headers = [*headers, (b"content-length", b"%d" % len(body))]
        self.status = int(status)
        self.start: dict[str, Any] = {
            "type": "http.response.start",
            "status": self.status,
            "headers": headers,
        }
        self.body: dict[str, Any] = {"type": "http.response.body", "body": body}
        self._head: bytes | None = None

    @property
    def head(self) -> bytes:
        """The same as it is written on the wire: ``head % (date, rest)``, *rest* its last lines."""
        if self._head is None:
            lines = [
                b"HTTP/1.1 %d %s" % (self.status, HTTPStatus(self.status).phrase.encode()),
                b"date: \0",
                *(name + b": " + value for name, value in self.start["headers"]),
                b"\0",
            ]
            text = b"\r\n".join(lines)
            assert b"\n" not in text.replace(b"\r\n", b"")
            self._head = text.replace(b"%", b"%%").replace(b"\0", b"%s")
        return self._head


@dataclass(frozen=True, slots=True)
class Kind:
    """What a path's answers have in common, whatever the bytes are.

    *route* is the word in the metrics. *both* are the headers of a 200 and a 304 alike, *whole*
    those that only a whole answer carries (RFC 9110, 15.4.5).
    """

    route: str
    has_twins: bool
    both: Headers
    whole: Headers


@dataclass(frozen=True, slots=True)
class Addresses:
    """The operator's side of the headers: *public_url* (no slash at its end), *hubs*, *max_age*.

    With *negotiates* a browser that asks for a feed may be shown the feed's page. *stream* is the
    path of what tells of changes, "" where nothing does.
    """

    public_url: str
    max_age: int
    hubs: tuple[str, ...] = ()
    negotiates: bool = False
    stream: str = ""

    def kind(self, path: str, *, hashed: bool = False, at_feed: bool = False) -> Kind | None:
        """Return the kind of *path*, None for a name of no kind that is served.

        *hashed* says that the address carries a hash of the content, *at_feed* that the page at
        *path* is what stands at the feed's address for who prefers a page.
        """
        _, dot, suffix = path.rpartition("/")[2].rpartition(".")
        if path.endswith("/"):
            suffix = "html"
        elif not dot:
            return None
        content_type = CONTENT_TYPES.get(suffix)
        if content_type is None:
            return None
        route = _route(path, suffix)
        whole: Headers = [(b"content-type", content_type)]
        both: Headers = [(b"cache-control", self._cache_control(route, suffix, hashed=hashed))]
        if suffix not in PACKED:
            varies = at_feed or (self.negotiates and route in _FEED_ROUTES)
            both.append((b"vary", _VARIES_BY_CLIENT if varies else b"accept-encoding"))
        if at_feed:
            both.append((b"content-location", quote(path).encode()))
        if route in _FEED_ROUTES:
            hubs = self.hubs if route == "feed" else ()  # an archive is never pushed
            whole = [(b"content-type", FEEDS[suffix]), (b"link", self._links(path, hubs))]
        if route in _FEED_ROUTES or route == "opml":
            both += CROSS_ORIGIN  # a script that sends If-None-Match reads the 304 itself
        if route in _LISTS and self.stream:  # RFC 5989
            link = f'<{self.stream}>; rel="monitor"; type="text/event-stream"'
            whole.append((b"link", link.encode()))
        whole += page_security(scripts=route in _LISTS) if suffix == "html" else SECURITY
        return Kind(route, suffix not in PACKED, both, whole)

    def _cache_control(self, route: str, suffix: str, *, hashed: bool) -> bytes:
        if hashed:
            return b"public, max-age=%d, immutable" % HASHED_SECONDS
        if route == "archive":
            seconds = ARCHIVE_SECONDS
        elif route in {"feed", "opml"}:
            seconds = self.max_age  # readers take it for the time to wait until the next poll
        elif suffix == "html":
            seconds = 0  # people reload to see news, and a withdrawn page must go at once
        else:
            seconds = STATIC_SECONDS if route == "static" else ROOT_SECONDS
        return b"public, max-age=%d, stale-if-error=%d" % (seconds, ERROR_SECONDS)

    def _links(self, path: str, hubs: Sequence[str]) -> bytes:
        """WebSub, 4: subscribers look for the topic and its hubs here first."""
        links = [f'<{self.public_url}{quote(path)}>; rel="self"']
        links += [f'<{hub}>; rel="hub"' for hub in hubs]
        return ", ".join(links).encode()


def _route(path: str, suffix: str) -> str:
    folder = path.split("/", 2)[1]
    if folder == "feeds" and suffix in FEEDS:
        return "archive" if path.count("/") > _FEED_SLASHES else "feed"
    if suffix == "opml":
        return "opml"
    if suffix == "html":
        return {"": "home", "feeds": "feed_page", "articles": "article"}.get(folder, "page")
    return "static" if folder == "static" else "asset"
