"""What an answer means and when to come again: pure, no clock, no chance, no network.

The interval is the source's own (``rhythm``). What the source asks for (ttl, max-age, Retry-After,
skipHours) is a lower bound of that, and errors stretch it, but never end it: only 410, or 404 for
weeks, suspends a source, and that is said.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from ..upstream import Hints, Known, Poll, Sighting
from .fetch import Response
from .freshness import fresh_seconds, retry_after
from .rhythm import Manners, interval, is_silent, past_skipped, spread_out, turnover

__all__ = ["Judgement", "Manners", "Seen", "flags", "judge", "postpone"]

_DAY = 86_400
_LONGEST_HINT = _DAY  # a max-age of ten years is a mistake
_LONGEST_GONE = 7 * _DAY
_BARE_PAUSE = 900  # 429 or 503 with no word on how long
_MOST_DOUBLINGS = 6  # of that: 16 hours
_MOST_STRETCHES = 50
_MOST_GAPS = 20
_MOST_SEEN = 100
_MOST_ADDRESSES = 10
_ONE_BURST = 60
"""Entries within a minute were published together: they are one event of the rhythm."""

_FAILING = 3
_STRETCH = 1.5
"""Each error in a row makes the interval longer by half, so that after an outage no more than half
of its length goes by unread besides. Doubling would let as much time again go by."""

_TROUBLE = 6
"""An interval between errors may be this part of the time since the last good answer."""

_PACE = timedelta(days=1)
"""For so long a pace that a 429 taught is kept; then a quicker one may be tried once."""

_PERMANENT = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_GATE = re.compile(
    r"log[-_]?in|sign[-_]?in|captive|portal|consent|authenticate|sso\b", re.IGNORECASE
)
"""Where a hotel's network or a login wall sends everybody, permanently as it says."""


class Seen(msgspec.Struct, frozen=True):
    """What a fetched document held.

    *ids* name its entries, *new* has the dates of those that were new. *whole* is false where the
    document ends before its end; *problem* says why it is no feed at all.
    """

    ids: tuple[str, ...] = ()
    new: tuple[datetime, ...] = ()
    title: str = ""
    digest: str = ""
    known: Known | None = None
    hints: Hints = Hints()
    whole: bool = True
    problem: str = ""


class Judgement(msgspec.Struct, frozen=True):
    """What is known now, and for how many seconds its host is not to be asked anything."""

    poll: Poll
    pause: float = 0.0


def judge(  # noqa: PLR0913, PLR0917 - all that it depends on, since it looks at nothing else
    poll: Poll,
    response: Response,
    seen: Seen | None,
    now: datetime,
    manners: Manners,
    least: float = 0.0,
    spread: float = 0.0,
    *,
    pushed: bool = False,
) -> Judgement:
    """Return what *response* teaches, with the moment of the next poll.

    *seen* is None where there was nothing to read: no answer, 304, or the body that we know.
    *least* is the operator's own interval for this source, *spread* chance between -1 and 1. What
    is *pushed* to us by a hub is polled once a day, in case the hub fails unnoticed.
    """
    looked = msgspec.structs.replace(poll, polled=now, status=response.status, problem="")
    good = response.status == HTTPStatus.NOT_MODIFIED or (
        response.status == HTTPStatus.OK and not response.problem and not (seen and seen.problem)
    )
    if not good:
        return _failed(looked, response, seen, now, manners, least, spread)
    learnt = _learn(looked, response, seen, now, manners)
    hint = max(learnt.hints.wait, fresh_seconds(response.headers, now))
    floor = max(min(hint, _LONGEST_HINT), least, manners.min_seconds, _pace(learnt, now))
    floor = max(floor, _DAY if pushed else 0.0)
    wait = spread_out(max(interval(learnt, now, manners), floor), floor, spread)
    due = past_skipped(now + timedelta(seconds=wait), learnt.hints)
    return Judgement(msgspec.structs.replace(learnt, due=due))


def learn_pushed(poll: Poll, seen: Seen, now: datetime) -> Poll:
    """Return *poll* after a hub pushed *seen*, some entries of the feed and perhaps not all.

    The validators stay those of the last document, which a push is not.
    """
    newest, gaps = _gaps(poll, seen, now)
    others = tuple(one for one in poll.seen if one not in seen.ids)
    return msgspec.structs.replace(
        poll, newest=newest, gaps=gaps, seen=(*seen.ids, *others)[:_MOST_SEEN]
    )


def postpone(poll: Poll, seconds: float, now: datetime) -> Poll:
    """Return *poll* with its next moment in *seconds*, and nothing held against the source."""
    return msgspec.structs.replace(poll, due=now + timedelta(seconds=seconds))


def flags(poll: Poll, now: datetime) -> frozenset[str]:
    """Return what an operator should look at: failing, quiet, missed, suspended."""
    found = {
        "failing": poll.errors >= _FAILING,
        "quiet": is_silent(poll, now),
        "missed": poll.overlap == 0,
        "suspended": bool(poll.suspended),
    }
    return frozenset(name for name, holds in found.items() if holds)


def _learn(
    poll: Poll, response: Response, seen: Seen | None, now: datetime, manners: Manners
) -> Poll:
    """Return *poll* after a good answer: validators, rhythm, overlap, and where it has moved."""
    etag, modified = response.headers.get("etag"), response.headers.get("last-modified")
    if response.status == HTTPStatus.NOT_MODIFIED:  # RFC 9111, 4.3.4: what it names is replaced
        etag, modified = etag or poll.etag, modified or poll.last_modified
    elif seen is not None and not seen.whole:  # or a 304 would hide the rest from us for ever
        etag, modified = poll.etag, poll.last_modified
    learnt = msgspec.structs.replace(
        poll, succeeded=now, errors=0, gone_since=None, etag=etag, last_modified=modified
    )
    if seen is not None:
        newest, gaps = _gaps(poll, seen, now)
        before = set(poll.seen)
        learnt = msgspec.structs.replace(
            learnt,
            title=seen.title or poll.title,
            digest=seen.digest if seen.whole else poll.digest,
            known=seen.known,
            hints=seen.hints,
            newest=newest,
            gaps=gaps,
            seen=seen.ids[:_MOST_SEEN] or poll.seen,
            overlap=sum(one in before for one in seen.ids) / len(seen.ids)
            if before and seen.ids
            else poll.overlap,
            problem="" if seen.whole else "the document ends before its end",
        )
    same = seen is None or not poll.seen or bool(set(poll.seen) & set(seen.ids))
    return _follow(learnt, response, now, manners, same_feed=same)


def _gaps(poll: Poll, seen: Seen, now: datetime) -> tuple[datetime | None, tuple[int, ...]]:
    """Return the date of the newest entry, and the gaps between the last ones."""
    gaps = list(poll.gaps)
    newest = min(poll.newest, now) if poll.newest else None
    for at in sorted(min(date, now) for date in seen.new):
        if newest is not None:
            gap = (at - newest).total_seconds()
            if gap >= _ONE_BURST:
                gaps.append(int(gap))
        newest = max(newest, at) if newest else at
    return newest, tuple(gaps[-_MOST_GAPS:])


def _follow(
    poll: Poll, response: Response, now: datetime, manners: Manners, *, same_feed: bool
) -> Poll:
    """Return *poll* with its address moved, once a permanent redirect has shown that it is one."""
    target = _permanent_target(response)
    if not target or target == poll.address:
        return msgspec.structs.replace(poll, moved=None)
    if not same_feed or not _trusted(poll.address, target):
        return poll
    known = poll.moved
    if known is None or known.url != target or known.since > now:
        return msgspec.structs.replace(poll, moved=Sighting(target, 1, now))
    sighting = Sighting(target, known.count + 1, known.since)
    long_enough = now - known.since >= timedelta(hours=manners.move_hours)
    if sighting.count < manners.move_sightings or not long_enough:
        return msgspec.structs.replace(poll, moved=sighting)
    return msgspec.structs.replace(
        poll,
        address=target,
        addresses=(*poll.addresses, poll.address)[-_MOST_ADDRESSES:],
        moved=None,
    )


def _permanent_target(response: Response) -> str:
    """Return where the permanent redirects lead that the answer began with."""
    target = ""
    for hop in response.hops:
        if hop.status not in _PERMANENT:
            break
        target = hop.url
    return target


def _trusted(address: str, target: str) -> bool:
    before, after = urlsplit(address), urlsplit(target)
    if before.scheme == "https" and after.scheme != "https":
        return False
    new_host = before.netloc != after.netloc
    return not _GATE.search((after.netloc if new_host else "") + after.path)


def _failed(  # noqa: PLR0913, PLR0917 - as judge
    poll: Poll,
    response: Response,
    seen: Seen | None,
    now: datetime,
    manners: Manners,
    least: float,
    spread: float,
) -> Judgement:
    """Return *poll* after an answer that brought nothing; what was known of the feed is kept."""
    status = response.status
    problem = (seen.problem if seen else "") or response.sentence or _told(status)
    gone = status == HTTPStatus.NOT_FOUND
    failed = msgspec.structs.replace(
        poll,
        errors=poll.errors + 1,
        problem=problem,
        gone_since=(min(poll.gone_since or now, now)) if gone else None,
    )
    suspended = _end(failed, status, now, manners)
    if suspended:
        return Judgement(msgspec.structs.replace(failed, suspended=suspended, due=None))
    floor = max(min(poll.hints.wait, _LONGEST_HINT), least, manners.min_seconds, _pace(poll, now))
    usual = max(interval(poll, now, manners), floor)
    longest = max(_LONGEST_GONE if gone else _longest(poll, now, manners), usual)
    wait = min(usual * _STRETCH ** min(failed.errors, _MOST_STRETCHES), longest)
    asked = retry_after(response.headers, now) if status in _BUSY else None
    pause = 0.0
    if status in _BUSY:
        pause = _BARE_PAUSE * 2.0 ** min(poll.errors, _MOST_DOUBLINGS) if asked is None else asked
        wait = max(wait if asked is None else usual, pause)
    if status == HTTPStatus.TOO_MANY_REQUESTS and poll.succeeded:
        pace = min((now - poll.succeeded).total_seconds() + pause, _LONGEST_HINT)
        failed = msgspec.structs.replace(failed, pace=int(max(pace, 0.0)), paced=now)
    wait = spread_out(wait, max(pause, floor), spread)
    due = past_skipped(now + timedelta(seconds=wait), poll.hints)
    return Judgement(msgspec.structs.replace(failed, due=due), pause)


def _longest(poll: Poll, now: datetime, manners: Manners) -> float:
    """Return the longest interval between errors: what an outage hides must not roll out unread.

    But the longer it lasts, the less a few hours more matter.
    """
    trouble = (now - poll.succeeded).total_seconds() if poll.succeeded else _DAY * _TROUBLE
    return min(max(turnover(poll, now), manners.usual_seconds, trouble / _TROUBLE), _DAY)


def _pace(poll: Poll, now: datetime) -> float:
    """Return the seconds between two requests that a 429 of late has shown to be enough."""
    return poll.pace if poll.paced and timedelta() <= now - poll.paced < _PACE else 0.0


def _end(poll: Poll, status: int, now: datetime, manners: Manners) -> str:
    """Return why the source is polled no more, or nothing."""
    if status == HTTPStatus.GONE:
        return "its server says that it is gone for good (410)"
    if poll.gone_since and now - poll.gone_since >= timedelta(days=manners.gone_days):
        return f"its server has not found it since {poll.gone_since:%Y-%m-%d} (404)"
    return ""


def _told(status: int) -> str:
    try:
        return f"it answers {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"it answers {status}" if status else "it does not answer"
