"""What an answer means and when to come again: pure, no clock, no chance, no network.

The rhythm is the source's own: half the median gap between its last new entries. What the source
asks for (ttl, max-age, Retry-After, skipHours) is a lower bound of that, and errors stretch it, but
never end it: only 410, or 404 for weeks, suspends a source, and that is said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from statistics import median
from urllib.parse import urlsplit

import msgspec

from ..upstream import Hints, Poll, Sighting
from .fetch import Response
from .freshness import fresh_seconds, retry_after

_DAY = 86_400
_LONGEST_HINT = _DAY  # a max-age of ten years is a mistake
_LONGEST_ERROR = _DAY
_LONGEST_GONE = 7 * _DAY
_BARE_PAUSE = 900  # 429 or 503 with no word on how long
_MOST_DOUBLINGS = 6  # of that: 16 hours
_MOST_GAPS = 20
_FEWEST_GAPS = 3
_MOST_SEEN = 100
_MOST_ADDRESSES = 10
_ONE_BURST = 60
"""Entries within a minute were published together: they are one event of the rhythm."""

_IDLE = ((365, 72 * 3_600), (90, 24 * 3_600), (30, 6 * 3_600))  # days without news, least interval
_FAILING = 3
_QUIET_GAPS = 5

_PERMANENT = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_GATE = re.compile(
    r"log[-_]?in|sign[-_]?in|captive|portal|consent|authenticate|sso\b", re.IGNORECASE
)
"""Where a hotel's network or a login wall sends everybody, permanently as it says."""


class Manners(msgspec.Struct, frozen=True):
    """What the operator decides about polling. Every field is a setting of the same name."""

    min_seconds: int = 600
    max_seconds: int = _DAY
    usual_seconds: int = 3_600
    gone_days: int = 14
    move_sightings: int = 3
    move_hours: int = 24


class Seen(msgspec.Struct, frozen=True):
    """What a fetched document held.

    *ids* name its entries, *new* has the dates of those that were new. *whole* is false where the
    document ends before its end; *problem* says why it is no feed at all.
    """

    ids: tuple[str, ...] = ()
    new: tuple[datetime, ...] = ()
    title: str = ""
    digest: str = ""
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
) -> Judgement:
    """Return what *response* teaches, with the moment of the next poll.

    *seen* is None where there was nothing to read: no answer, 304, or the body that we know.
    *least* is the operator's own interval for this source, *spread* chance between -1 and 1.
    """
    looked = msgspec.structs.replace(poll, polled=now, status=response.status, problem="")
    good = response.status == HTTPStatus.NOT_MODIFIED or (
        response.status == HTTPStatus.OK and not response.problem and not (seen and seen.problem)
    )
    if not good:
        return _failed(looked, response, seen, now, manners, least, spread)
    learnt = _learn(looked, response, seen, now, manners)
    hint = max(learnt.hints.wait, fresh_seconds(response.headers, now))
    floor = max(min(hint, _LONGEST_HINT), least)
    wait = _spread(max(_rhythm(learnt, now, manners), floor), floor, spread)
    due = _past_skipped(now + timedelta(seconds=wait), learnt.hints)
    return Judgement(msgspec.structs.replace(learnt, due=due))


def postpone(poll: Poll, seconds: float, now: datetime) -> Poll:
    """Return *poll* with its next moment in *seconds*, and nothing held against the source."""
    return msgspec.structs.replace(poll, due=now + timedelta(seconds=seconds))


def flags(poll: Poll, now: datetime) -> frozenset[str]:
    """Return what an operator should look at: failing, quiet, missed, suspended."""
    found = {
        "failing": poll.errors >= _FAILING,
        "quiet": _silent(poll, now),
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
    usual = max(_rhythm(poll, now, manners), least)
    longest = max(_LONGEST_GONE if gone else _LONGEST_ERROR, usual)
    wait = min(usual * 2.0 ** min(failed.errors, 20), longest)
    asked = retry_after(response.headers, now) if status in _BUSY else None
    pause = 0.0
    if status in _BUSY:
        pause = _BARE_PAUSE * 2.0 ** min(poll.errors, _MOST_DOUBLINGS) if asked is None else asked
        wait = max(wait if asked is None else usual, pause)
    due = now + timedelta(seconds=_spread(wait, max(pause, least), spread))
    return Judgement(msgspec.structs.replace(failed, due=due), pause)


def _end(poll: Poll, status: int, now: datetime, manners: Manners) -> str:
    """Return why the source is polled no more, or nothing."""
    if status == HTTPStatus.GONE:
        return "its server says that it is gone for good (410)"
    if poll.gone_since and now - poll.gone_since >= timedelta(days=manners.gone_days):
        return f"its server has not found it since {poll.gone_since:%Y-%m-%d} (404)"
    return ""


def _rhythm(poll: Poll, now: datetime, manners: Manners) -> float:
    """Return the interval that suits how often the source brings something new."""
    base = float(manners.usual_seconds)
    if len(poll.gaps) >= _FEWEST_GAPS:
        base = median(poll.gaps) / 2
    if poll.overlap == 0:  # it turns over faster than its dates say
        base /= 2
    base = max(manners.min_seconds, min(base, manners.max_seconds))
    idle = (now - poll.newest).days if poll.newest else 0
    return max(base, next((seconds for days, seconds in _IDLE if idle >= days), 0))


def _silent(poll: Poll, now: datetime) -> bool:
    """Tell whether the source has been silent for far longer than it ever was of late."""
    if poll.newest is None or len(poll.gaps) < _QUIET_GAPS:
        return False
    return (now - poll.newest).total_seconds() > max(_DAY, 2 * max(poll.gaps))


def _spread(seconds: float, floor: float, spread: float) -> float:
    """Return *seconds* give or take a tenth, but never less than *floor*."""
    varied = seconds * (1 + spread / 10)
    return varied if varied >= floor else floor + seconds * abs(spread) / 10


def _past_skipped(due: datetime, hints: Hints) -> datetime:
    """Return *due*, or the same minute of the first hour after it that the source does not skip."""
    for hours in range(7 * 24):
        later = due.astimezone(UTC) + timedelta(hours=hours)
        if later.hour not in hints.skip_hours and later.weekday() not in hints.skip_days:
            return later
    return due  # it skips every hour of the week: a mistake


def _told(status: int) -> str:
    try:
        return f"it answers {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"it answers {status}" if status else "it does not answer"
