"""What of a fetched document is to be read: the entries that did not stand in the last one.

An entry whose bytes stood in the last document is passed over: neither parsed nor normalised nor
named nor admitted, only counted. That must never be told from reading it, so nothing is passed over

- if the head, the address, the source's settings, the rules or the version of Wireroom is another;
- of which the verdict was anything but new, updated, unchanged, or known and not kept;
- that shares its id, its link or its text with another entry of this document or of the last;
- that is dated by our clock: what lies in the future today is believed tomorrow;
- whose article was changed since by anybody (``pass_over`` asks the store);
- of a document that ``split`` does not understand, or that is not well-formed;
- once a day, so that identities stay known, and whatever else depends on time comes right.

One thing is told a poll later: that another entry has become the same article, by a name that this
one no longer has. From then on both are read.
"""

from __future__ import annotations

import base64
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from typing import NamedTuple

import msgspec
from xxhash import xxh3_64_digest, xxh3_64_hexdigest

from .dedupe.identity import claims
from .model import Arrival, Document, Named, Outcome, Rules, Verdict
from .read.split import Parts, split
from .store.admission import NOT_KEPT
from .upstream import Known, Registered

_VERSION = version("wireroom")
"""Another one may read the same bytes in another way."""

_DAY = timedelta(days=1)
_MOST = 200
"""Entries kept in mind for a source: 9 KB of it, as text. The others are read each time."""

_CLAIM_BYTES = 3
_MOST_CLAIMS = 5
_RECORD = struct.Struct(f"8s10s{_MOST_CLAIMS * _CLAIM_BYTES}s")
_STANDING = (Verdict.NEW, Verdict.UPDATED, Verdict.UNCHANGED)
_encode = msgspec.json.Encoder().encode


class Record(NamedTuple):
    """An entry kept in mind: digest of its bytes, id of its article, digests of its claims."""

    digest: bytes
    id: bytes
    claims: bytes

    @property
    def article(self) -> str:
        """The id of its article, as the store has it."""
        return base64.b32encode(self.id).decode().lower()


class Reading:
    """One document of *one* source, and which of its entries are to be read."""

    def __init__(self, one: Registered, document: Document, rules: Rules, now: datetime) -> None:
        self._document = document
        self._now = now
        self._known = one.poll.known
        self.passed: dict[int, Record] = {}
        """The entries that are passed over, by their number in the document, from 0."""
        # The text of the linked pages is not in the document.
        self._parts = None if one.source.full_text else split(document.data)
        if self._parts is None:
            return
        self._key = _key(one, document, rules, self._parts)
        self._digests = [xxh3_64_digest(entry) for entry in self._parts.entries]
        self.passed = self._recalled()
        if not self._parts.is_certain(self._left(self._parts)):
            self._parts, self.passed = None, {}

    @cached_property
    def since(self) -> datetime:
        """When the entries that are passed over were looked at last."""
        assert self._known
        return self._known.at

    @property
    def rest(self) -> Document | None:
        """The document without what is passed over; None if nothing is left."""
        if self._parts is None or not self.passed:
            return self._document
        numbers = self._left(self._parts)
        if not numbers:
            return None
        return msgspec.structs.replace(self._document, data=self._parts.only(numbers))

    def read_whole(self) -> Document:
        """Pass over nothing after all; return the whole document."""
        self.passed = {}
        if self._parts is not None and not self._parts.is_certain(self._left(self._parts)):
            self._parts = None
        return self._document

    def agrees(self, arrivals: Sequence[Arrival]) -> bool:
        """Tell whether *arrivals*, read of the rest, are what they would be in the whole."""
        assert self._parts
        if len(arrivals) != len(self._left(self._parts)):
            return False
        taken = {claim for record in self.passed.values() for claim in _cut(record.claims)}
        return all(
            isinstance(one.what, Named) and taken.isdisjoint(_claims(one.what)) for one in arrivals
        )

    def outcomes(self, passed: Sequence[Outcome], read: Sequence[Outcome]) -> Iterator[Outcome]:
        """Yield all outcomes in the order of the document."""
        those, others = iter(passed), iter(read)
        for number in range(len(passed) + len(read)):
            yield next(those if number in self.passed else others)

    def known(self, arrivals: Sequence[Arrival], outcomes: Sequence[Outcome]) -> Known | None:
        """Return what to keep in mind: *arrivals* are what was read, *outcomes* that of all."""
        parts = self._parts
        if parts is None or len(outcomes) != len(parts.entries):
            return None
        records = dict(self.passed)
        read = dict(zip(self._left(parts), arrivals, strict=True))
        claimed = Counter(claim for one in read.values() for claim in _claims(one.what))
        ids = Counter(outcome.id for outcome in outcomes)
        for number, arrival in read.items():
            outcome, own = outcomes[number], _claims(arrival.what)
            if _stands(arrival, outcome) and all(claimed[claim] == 1 for claim in own):
                article = base64.b32decode((outcome.id or "").upper())
                records[number] = Record(self._digests[number], article, b"".join(own))
        kept = [records[number] for number in sorted(records) if ids[outcomes[number].id] == 1]
        return Known(
            key=self._key,
            whole=self._known.whole if self._known and self.passed else self._now,
            at=self._now,
            entries=b"".join(_RECORD.pack(*record) for record in kept[:_MOST]),
        )

    def _recalled(self) -> dict[int, Record]:
        known = self._known
        if known is None or known.key != self._key:
            return {}
        if not timedelta() <= self._now - known.whole < _DAY:
            return {}
        records = {record[0]: Record(*record) for record in _RECORD.iter_unpack(known.entries)}
        count = Counter(self._digests)
        return {
            number: records[digest]
            for number, digest in enumerate(self._digests)
            if digest in records and count[digest] == 1
        }

    def _left(self, parts: Parts) -> list[int]:
        return [number for number in range(len(parts.entries)) if number not in self.passed]


def _key(one: Registered, document: Document, rules: Rules, parts: Parts) -> str:
    read_by = (one.source, rules, document.name, document.url, _VERSION)
    return xxh3_64_hexdigest(_encode(read_by) + parts.frame)


def _stands(arrival: Arrival, outcome: Outcome) -> bool:
    """Tell whether the same entry would come to the same end if it were read again."""
    if not isinstance(arrival.what, Named) or not outcome.id:
        return False
    article = arrival.what.article
    return (
        (outcome.verdict in _STANDING or outcome.rule in NOT_KEPT)
        and article.published.origin == "declared"
        and article.embargoed is None
    )


def _claims(what: object) -> list[bytes]:
    """Return a digest of each name that no other entry may have as well."""
    if not isinstance(what, Named):
        return []
    return [xxh3_64_digest(claim)[:_CLAIM_BYTES] for claim in claims(what)]


def _cut(claimed: bytes) -> set[bytes]:
    digests = {claimed[at : at + _CLAIM_BYTES] for at in range(0, len(claimed), _CLAIM_BYTES)}
    return digests - {bytes(_CLAIM_BYTES)}
