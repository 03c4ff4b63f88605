"""What goes back: an answer whose headers are made once, and the headers that a kind of path has.

The address in ``Link`` comes from the configured public URL, never from the Host header: a cache
would hand one visitor's Host to the next.
"""

from __future__ import annotations

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
ROOT_SECONDS = 86_400  # favicon and robots.txt: crawlers keep the latter a day anyway

SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    # Picture hosts that refuse strangers look at the Referer; an empty one is let through.
    (b"referrer-policy", b"no-referrer"),
]
_CROSS_ORIGIN: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link"),
]
_POLICY = (
    b"default-src 'none'; style-src 'self'%s; img-src 'self' https: http: data:; "
    b"media-src https: http:; font-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
_NO_DEVICES = (b"permissions-policy", b"camera=(), geolocation=(), microphone=()")


def page_security(style: bytes = b"") -> Headers:
    """Return the security headers of an HTML page; *style* is the source of an inline sheet.

    The text on a page is foreign and has been cleaned; should the cleaning ever fail, the policy
    still runs no script, loads no frame and sends no form.
    """
    policy = _POLICY % (b" " + style if style else b"")
    return [*SECURITY, (b"content-security-policy", policy), _NO_DEVICES]


class Answer:
    """A response as the two ASGI messages that carry it, made once and sent many times."""

    __slots__ = ("body", "start", "status")

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
    """The operator's side of the headers: *public_url* (no slash at its end), *hubs*, *max_age*."""

    public_url: str
    max_age: int
    hubs: tuple[str, ...] = ()

    def kind(self, path: str, *, hashed: bool = False) -> Kind | None:
        """Return the kind of *path*, None for a name of no kind that is served.

        *hashed* says that the address carries a hash of the content.
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
            both.append((b"vary", b"accept-encoding"))
        if route == "feed":
            whole = [(b"content-type", FEEDS[suffix]), (b"link", self._links(path))]
        if route in {"feed", "opml"}:
            both += _CROSS_ORIGIN  # a script that sends If-None-Match reads the 304 itself
        whole += page_security() if suffix == "html" else SECURITY
        return Kind(route, suffix not in PACKED, both, whole)

    def _cache_control(self, route: str, suffix: str, *, hashed: bool) -> bytes:
        if hashed:
            return b"public, max-age=%d, immutable" % HASHED_SECONDS
        if route in {"feed", "opml"}:
            seconds = self.max_age  # readers take it for the time to wait until the next poll
        elif suffix == "html":
            seconds = 0  # people reload to see news, and a withdrawn page must go at once
        else:
            seconds = STATIC_SECONDS if route == "static" else ROOT_SECONDS
        return b"public, max-age=%d, stale-if-error=%d" % (seconds, ERROR_SECONDS)

    def _links(self, path: str) -> bytes:
        """WebSub, 4: subscribers look for the topic and its hubs here first."""
        links = [f'<{self.public_url}{quote(path)}>; rel="self"']
        links += [f'<{hub}>; rel="hub"' for hub in self.hubs]
        return ", ".join(links).encode()


def _route(path: str, suffix: str) -> str:
    folder = path.split("/", 2)[1]
    if folder == "feeds" and suffix in FEEDS:
        return "feed"
    if suffix == "opml":
        return "opml"
    if suffix == "html":
        return {"": "home", "feeds": "feed_page", "articles": "article"}.get(folder, "page")
    return "static" if folder == "static" else "asset"
