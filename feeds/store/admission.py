"""Admitting: the one atomic step that decides what an arrival is and stores it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from xxhash import xxh3_64_digest

from ..model import (
    Arrival,
    Article,
    Named,
    Outcome,
    Rejection,
    Stories,
    Thresholds,
    Verdict,
)
from .connection import Connection, line, milliseconds, moment
from .editorial import placing
from .likeness import Likest, sentence, terms
from .record import pack
from .standing import standing

_DAY = 86_400
_NOTHING = ("",) * 6
_REPEATED = ord("1")
_UNLIKE = (0, 0, "", "")


class Admission:
    """The door: a batch of arrivals in, a verdict for each out, one round trip."""

    def __init__(  # noqa: PLR0913 - the terms on which things are kept
        self,
        connection: Connection,
        *,
        article_days: int,
        identity_days: int,
        outcome_days: int,
        category_limit: int,
        stories: Stories,
    ) -> None:
        self._connection = connection
        self._terms = (
            identity_days,
            outcome_days * _DAY,
            article_days * _DAY,
            category_limit,
            stories.window_days * _DAY,
        )
        self._thresholds = stories.thresholds

    def admit(self, arrivals: Sequence[Arrival], now: datetime) -> list[Outcome]:
        """Decide and store all *arrivals* in one step; return an outcome for each, in order.

        Safe to repeat: what is known is recognised, and what shows a receipt gets its first answer.

        Raises:
            StoreUnavailable: another try can help; either all of it is stored or nothing.
        """
        if not arrivals:
            return []
        prints = [one.what.print for one in arrivals if isinstance(one.what, Named)]
        length = max(map(len, prints), default=0)
        values: list[bytes | str | int] = [*self._terms, length, terms(self._thresholds)]
        for arrival in arrivals:
            values.extend(_row(arrival, now))
        replies = self._connection.script("admit", "admitting articles", now, *values)
        return [
            _outcome(arrival, reply, now, self._thresholds)
            for arrival, reply in zip(arrivals, replies, strict=True)
        ]

    def news(self, named: Sequence[Named], now: datetime) -> list[bool]:
        """Tell for each of *named* whether admitting it would store it: it is new, or edited.

        Raises:
            StoreUnavailable: another try can help.
        """
        values: list[bytes | str] = []
        for what in named:
            values += [_identities(what), what.id, what.digest.hex(), what.owner]
        replies = self._connection.script("news", "looking for news", now, *values)
        return [bool(reply) for reply in replies]

    def sift(
        self, named: Sequence[Named], keys: Sequence[Sequence[bytes]], now: datetime
    ) -> list[list[bytes] | None]:
        """Tell for each of *named* which of its paragraphs (*keys*) its source repeats.

        None stands for what is known already, and need not be compared with other articles. Safe
        to repeat: an article counts once, however often it is asked about.

        Raises:
            StoreUnavailable: another try can help.
        """
        values: list[bytes | str | int] = [self._terms[-1] // _DAY]
        for what, own in zip(named, keys, strict=True):
            names = _identities(what), what.id, what.digest.hex(), what.owner
            values += [*names, _kept_apart(own, what.owner)]
        replies = self._connection.script("sift", "comparing articles", now, *values)
        return [
            [key for key, flag in zip(own, reply[1:], strict=True) if flag == _REPEATED]
            if reply
            else None
            for own, reply in zip(keys, replies, strict=True)
        ]

    def pass_over(
        self, source: str, ids: Sequence[str], since: datetime, now: datetime
    ) -> list[Outcome] | None:
        """Count entries of *source* that are as they were at *since*, and so need no reading.

        Returns the outcome for each of their articles *ids*, in order, which reading would have
        had as well; None if any of the articles was changed since, and nothing was counted.

        Raises:
            StoreUnavailable: another try can help.
        """
        kind = source.partition(":")[0]
        replies = self._connection.script(
            "pass_over", "passing over entries", now, kind, milliseconds(since), *ids
        )
        if not replies:
            return None
        return [
            Outcome(Verdict(verdict.decode()), id=one, reason=_PASSED[verdict].format(id=one))
            for one, verdict in zip(ids, replies, strict=True)
        ]

    def forget_receipts(self, receipts: Sequence[str]) -> None:
        """Drop the first answers to arrivals that are settled and cannot be shown again."""
        if receipts:
            with self._connection.doing("settling receipts") as client:
                client.delete(*(self._connection.key("receipt", receipt) for receipt in receipts))


def _row(arrival: Arrival, now: datetime) -> tuple[bytes | str | int, ...]:
    """Return the 21 values of *arrival* that admit.lua names."""
    what, place = arrival.what, line(arrival.place)
    if isinstance(what, Rejection):
        said = ("rejected", line(what.problem), line(arrival.source.id))
        return *_NOTHING[:6], *said, *_NOTHING[:4], arrival.receipt, place, *_NOTHING[:2], *_UNLIKE
    article = what.article
    state, reason, until = standing(article, now, placed=bool(arrival.feeds))
    return (
        what.id,
        arrival.entry_id,
        _identities(what),
        what.digest.hex() + what.stamped.hex(),
        _number(article.version),
        milliseconds(article.updated.at) if article.updated else "",
        "backlog" if arrival.backlog else state,
        line(reason),
        what.owner,
        str(arrival.source.repeat),
        *placing(arrival.feeds),
        _score(article, now),
        arrival.receipt,
        place,
        pack(article),
        milliseconds(until) if until else "",
        what.rank,
        max(0, int(article.published.at.timestamp())),
        what.bands,
        what.print,
    )


def _kept_apart(keys: Sequence[bytes], owner: str) -> bytes:
    """Return *keys* as the store has them: a paragraph is counted for each owner by itself.

    Otherwise the copies of a story would be each other's boilerplate.
    """
    return b"".join(xxh3_64_digest(owner.encode() + key)[: len(key)] for key in keys)


def _identities(what: Named) -> bytes:
    return b"".join(_LETTER[identity.rule] + identity.key for identity in what.identities)


_LETTER = {
    "upstream id": b"u",
    "link": b"l",
    "link with a query": b"q",
    "headline": b"h",
    "content": b"c",
}


def _number(version: str | None) -> str:
    """Return *version* where it is a number, for only numbers have an order that we know."""
    try:
        return repr(float(version)) if version else ""
    except ValueError:
        return ""


def _score(article: Article, now: datetime) -> str:
    """Return the rank in feeds: when it came, and within one moment the younger date first.

    The date moves it by less than a millisecond, so that a folder full of old articles that is
    dropped at once is ranked by date.
    """
    age = max(0.0, min(1.0, article.published.at.timestamp() / 2**32))
    return f"{milliseconds(now) + age * 0.999:.3f}"


class _Reply(NamedTuple):
    """What admit.lua answers on one arrival; the last four are empty for what is new."""

    verdict: str
    id: str
    rule: str
    source: str
    admitted: str
    likest: str = ""


def _outcome(arrival: Arrival, answer: bytes, now: datetime, thresholds: Thresholds) -> Outcome:
    reply = _Reply(*answer.decode().split("\t"))
    if isinstance(arrival.what, Rejection):
        return Outcome(Verdict.REJECTED, reason=arrival.what.problem, rejection=arrival.what)
    article = arrival.what.article
    return Outcome(
        Verdict(reply.verdict),
        id=reply.id,
        title=article.title,
        rule=reply.rule,
        reason=_held(reply, standing(article, now, placed=bool(arrival.feeds)).reason, thresholds)
        if reply.verdict == "held"
        else _sentence(reply, thresholds),
    )


_KNOWN_BY = {
    "upstream id": "the same upstream id",
    "link": "the same link",
    "headline": "the same headline and date",
    "content": "the same text",
    "id": "the same id",
}
NOT_KEPT = {
    "purged": "known as {id}, which has left the store or was older than its source's first poll",
    "backlog": "older than the stories that a new source is shown with; known as {id} from now on",
}
_PASSED = {
    b"unchanged": "byte for byte what the last poll brought, known as {id}",
    b"stale": NOT_KEPT["purged"],
}
_SENTENCES = {
    "new": "",
    "duplicate": "{known} as {id}, which {first}",
    "held": "{known} as {id}, which {first}",
    "unchanged": "{known} as {id}, which {first}",
    "updated": "another text under {known} as {id}, which {first}",
    "stale": "an older version of {id}, which {first}",
    "withdrawn": "{id} has been withdrawn and does not come back",
}


def _held(reply: _Reply, own: str, thresholds: Thresholds) -> str:
    """Return why an article is held: for its *own* reason, or as a copy of a withdrawn story."""
    if own or reply.rule not in ("likeness", "content"):
        return own
    return f"a person must decide: {reply.id} was withdrawn; {_sentence(reply, thresholds)}"


def _sentence(reply: _Reply, thresholds: Thresholds) -> str:
    """Return why, for a person."""
    if reply.rule in NOT_KEPT:
        return NOT_KEPT[reply.rule].format(id=reply.id)
    if reply.rule == "likeness":
        return sentence(Likest.read(reply.likest), thresholds)
    first = ""
    if reply.admitted:
        first = f"came first at {moment(reply.admitted):%Y-%m-%d %H:%M} UTC from {reply.source}"
    known = _KNOWN_BY.get(reply.rule, "")
    return _SENTENCES[reply.verdict].format(known=known, id=reply.id, first=first)
