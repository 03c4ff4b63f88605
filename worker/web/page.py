"""One file of the published tree, as it was read, with every answer that it can give made ready.

Answering is a dictionary look-up for the reader that polls with the tag it holds, which is nearly
every request there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus

from xxhash import xxh3_128_hexdigest

from .answers import Answer, Headers, Kind
from .negotiation import entity_tags, http_date, preferred_codings

_OBJECT_BYTES = 6_144
"""What a page weighs besides its bodies, its headers above all: 5.4 KB by tracemalloc."""

_TAG_SUFFIXES = {"identity": b"", "br": b".br", "gzip": b".gz"}


class Page:
    """The answers for one file.

    *bodies* holds its bytes by content coding, ``identity`` always among them; *modified* is in
    Unix seconds, *before* is the page that this one replaces.
    """

    __slots__ = ("_seen_as", "_unmodified", "_whole", "digest", "modified", "route", "weight")

    def __init__(
        self,
        kind: Kind,
        status: HTTPStatus,
        bodies: dict[str, bytes],
        modified: int,
        before: Page | None = None,
    ) -> None:
        self.route = kind.route
        self.digest = xxh3_128_hexdigest(bodies["identity"]).encode("ascii")
        self.modified = _modification(self.digest, modified, before)
        self.weight = sum(map(len, bodies.values())) + _OBJECT_BYTES
        self._seen_as = formatdate(self.modified, usegmt=True).encode("ascii")
        self._whole: dict[str, Answer] = {}
        self._unmodified: dict[bytes, Answer] = {}
        if status is not HTTPStatus.OK:  # RFC 9110, 13.2.1: only a 200 takes part in conditions
            for coding, body in bodies.items():
                headers = kind.both + kind.whole + _coded(coding)
                self._whole[coding] = Answer(status, headers, body)
            return
        for coding in _TAG_SUFFIXES:
            tag = self._tag(coding)
            both: Headers = [(b"etag", tag), (b"last-modified", self._seen_as), *kind.both]
            self._unmodified[tag] = Answer(HTTPStatus.NOT_MODIFIED, both)
            self._unmodified[b"W/" + tag] = self._unmodified[tag]  # some caches weaken tags
            if coding in bodies:
                headers = both + kind.whole + _coded(coding)
                self._whole[coding] = Answer(HTTPStatus.OK, headers, bodies[coding])

    def answer(self, asked: Mapping[bytes, bytes]) -> Answer:
        """Return the answer to a GET or HEAD with the header fields *asked* (names in lower case).

        RFC 9110, 13.2.2: If-None-Match goes first, and If-Modified-Since counts only without it.
        The 304 carries the tag that the reader holds, whichever coding it would be sent now.
        """
        tags = asked.get(b"if-none-match")
        if tags is not None:
            known = self._unmodified.get(tags) or self._listed(tags)
            if known is not None:
                return known
        coding = self._coding(asked.get(b"accept-encoding"))
        if tags is None:
            since = asked.get(b"if-modified-since")
            if since is not None and self._unmodified and self._is_current(since):
                return self._unmodified[self._tag(coding)]
        elif tags.strip() == b"*" and self._unmodified:
            return self._unmodified[self._tag(coding)]
        return self._whole[coding]

    def _coding(self, accept_encoding: bytes | None) -> str:
        return next(c for c in preferred_codings(accept_encoding) if c in self._whole)

    def _tag(self, coding: str) -> bytes:
        return b'"%s%s"' % (self.digest, _TAG_SUFFIXES[coding])

    def _listed(self, tags: bytes) -> Answer | None:
        return next(filter(None, map(self._unmodified.get, entity_tags(tags))), None)

    def _is_current(self, since: bytes) -> bool:
        """Compare by "not later": some readers send a time of their own making."""
        if since == self._seen_as:
            return True
        date = http_date(since)
        return date is not None and self.modified <= date


def _modification(digest: bytes, modified: int, before: Page | None) -> int:
    """Return the second to show, later than *before*'s whenever the bytes are others.

    A date has one-second steps: of two changes within a second, a reader that keeps only the date
    would never see the other one.
    """
    if before is None:
        return modified
    return max(modified, before.modified + (digest != before.digest))


def _coded(coding: str) -> Headers:
    return [] if coding == "identity" else [(b"content-encoding", coding.encode("ascii"))]
