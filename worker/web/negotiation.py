"""What a request asks for: the path, the coding it takes and the copy it already holds.

Everything here reads bytes of strangers, is pure, and raises nothing: what cannot be understood is
as good as absent, because a reader that sends nonsense is still best served with the feed.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

CODINGS = ("br", "gzip", "identity")
"""The content codings a file can stand in, best first: Brotli saves a fifth over gzip on feeds."""

_FEEDS = (
    b"application/rss+xml",
    b"application/atom+xml",
    b"application/feed+json",
    b"application/json",
    b"application/xml",
    b"text/xml",
)
"""What a reader may call a feed."""

_UNLISTED_IDENTITY = 0.0005
"""Below every weight that can be written (RFC 9110, 12.4.2: three digits), above "never"."""

_WEIGHT = re.compile(rb"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_ENTITY_TAG = re.compile(rb'(?:W/)?("[^"]*")')
_CONTENT_HASH = re.compile(rb"(?:v=)?[0-9a-f]{8,64}", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_DATE_CHARACTERS = 64  # the longest form of RFC 9110, 5.6.7, has 33


def fields(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return *headers* as a dictionary, with repeated fields joined (RFC 9110, 5.3)."""
    joined = dict(headers)
    if len(joined) == len(headers):
        return joined
    joined.clear()
    for name, value in headers:
        joined[name] = joined[name] + b", " + value if name in joined else value
    return joined


def published_path(raw: bytes) -> str | None:
    """Return the path in the published tree that *raw* names, or None where it can name none.

    Refused are bad UTF-8, an encoded slash, control characters and backslashes, empty steps, and
    every name that begins with a dot: ``..``, and the hidden files that writers work in.
    """
    try:
        path = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if path.count("/") != raw.count(b"/") or _FORBIDDEN.search(path):
        return None
    start, *steps = path.split("/")
    if start or not steps or "" in steps[:-1] or any(step.startswith(".") for step in steps):
        return None
    return path


def is_content_hash(query: bytes) -> bool:
    """Whether *query* is a hash by which the address changes with the content: ``?v=89abcdef``."""
    return _CONTENT_HASH.fullmatch(query) is not None


@lru_cache(maxsize=256)  # a few dozen spellings of Accept-Encoding are all that exist
def preferred_codings(accept_encoding: bytes | None) -> tuple[str, ...]:
    """Return the codings to try, best first; the last is always ``identity``.

    RFC 9110, 12.5.3. Where even ``identity`` is refused it is sent all the same: the alternative is
    a 406, and a 4xx makes some readers leave the feed alone for two days.
    """
    if accept_encoding is None:
        return ("identity",)
    weights = _weights(accept_encoding)
    others = weights.get(b"*")
    ranked: list[tuple[float, str]] = []
    for coding in CODINGS:
        weight = weights.get(coding.encode(), others)
        if weight is None:
            weight = _UNLISTED_IDENTITY if coding == "identity" else 0.0
        if weight > 0:
            ranked.append((weight, coding))
    ranked.sort(key=lambda pair: -pair[0])  # a stable sort: CODINGS decides between equals
    order = tuple(coding for _, coding in ranked)
    return order if "identity" in order else (*order, "identity")


@lru_cache(maxsize=1_024)  # what browsers send; programs send no more than a few hundred others
def prefers_page(accept: bytes, fetch_dest: bytes | None) -> bool:
    """Whether *accept* asks for HTML before any kind of feed: whether a person is looking.

    Only strictly: many readers list both, or take anything, and are to get the feed. A browser
    that says in Sec-Fetch-Dest what it wants it for must want a document.
    """
    if b"text/html" not in accept.lower() or fetch_dest not in {None, b"document"}:
        return False
    weights = _weights(accept)
    anything = weights.get(b"*/*", 0.0)
    kinds = (
        weights.get(kind, weights.get(kind.partition(b"/")[0] + b"/*", anything)) for kind in _FEEDS
    )
    return weights.get(b"text/html", 0.0) > max(kinds)


def _weights(accepted: bytes) -> dict[bytes, float]:
    """Return the weight of each item of an Accept or Accept-Encoding; what is no weight is left."""
    weights: dict[bytes, float] = {}
    for part in accepted.lower().split(b","):
        name, _, parameter = part.partition(b";")
        coding = name.strip()
        weight = _WEIGHT.fullmatch(parameter.strip()) if parameter else None
        if coding == b"x-gzip":  # RFC 9110, 8.4.1.3: the old name
            coding = b"gzip"
        if coding and (weight or not parameter):
            weights[coding] = float(weight[1]) if weight else 1.0
    return weights


def entity_tags(if_none_match: bytes) -> Iterator[bytes]:
    """Yield the quoted tags of a list without their ``W/``: RFC 9110, 13.1.2, compares weakly."""
    for tag in _ENTITY_TAG.finditer(if_none_match):
        yield tag[1]


def http_date(value: bytes) -> int | None:
    """Return a date in any of the three forms of HTTP as Unix seconds, None where it is none."""
    if len(value) > _DATE_CHARACTERS:
        return None
    try:
        return timegm(parsedate_to_datetime(value.decode("ascii")).utctimetuple())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
