"""What an article is compared by before it is admitted: its print, and its rank among copies.

The paragraphs that a source repeats in article after article say nothing of a story, so the store
is asked once a batch which those are; what is known already is not compared at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace
from xxhash import xxh3_64_digest

from .dedupe.face import is_of, rank
from .dedupe.fingerprint import fingerprint, paragraphs
from .model import Arrival, Article, Named, Stories
from .store import Store

_BAND = 5  # bytes


def compared(
    arrivals: Sequence[Arrival], store: Store, stories: Stories, now: datetime
) -> list[Arrival]:
    """Return *arrivals* with rank and print, so that the store can tell which story each is of.

    Raises:
        StoreUnavailable: another try can help.
    """
    ranked = [_ranked(arrival, stories) for arrival in arrivals]
    if not stories.compare:
        return ranked
    named = {
        at: arrival.what
        for at, arrival in enumerate(ranked)
        if isinstance(arrival.what, Named) and not arrival.backlog
        if _scope(arrival.what.article, stories) is not None
    }
    texts = [paragraphs(what.article) for what in named.values()]
    keys = [text.keys for text in texts]
    repeated = store.admission.sift(list(named.values()), keys, now) if named else []
    for (at, what), text, boilerplate in zip(named.items(), texts, repeated, strict=True):
        made = None if boilerplate is None else fingerprint(text, boilerplate)
        if made is not None:
            bands = _scoped(made.bands, _scope(what.article, stories) or "")
            ranked[at] = replace(ranked[at], what=replace(what, bands=bands, print=made.print))
    return ranked


def _ranked(arrival: Arrival, stories: Stories) -> Arrival:
    if not isinstance(arrival.what, Named):
        return arrival
    return replace(arrival, what=replace(arrival.what, rank=rank(arrival.what, stories)))


def _scope(article: Article, stories: Stories) -> str | None:
    """Return the group in which *article* is compared, "" for that of all; None for not at all.

    What its terms of use keep to some feeds is not compared: it must not be shown for others.
    """
    if article.restricted or article.advisory or is_of(article, stories.off):
        return None
    groups = stories.groups.items()
    return next((name for name, sources in groups if is_of(article, sources)), "")


def _scoped(bands: bytes, scope: str) -> bytes:
    """Return *bands* so that those of one scope are never those of another."""
    if not scope:
        return bands
    parts = (bands[at : at + _BAND] for at in range(0, len(bands), _BAND))
    return b"".join(xxh3_64_digest(scope.encode() + b"\0" + band)[:_BAND] for band in parts)
