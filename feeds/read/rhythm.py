"""How often a source brings something new, and how often it is worth a look: pure, no clock.

The rule that all others bound: the interval is half the geometric mean of the gap between entries
and ``usual_seconds``. For a given number of requests in all, the sum of all delays is least when
the interval grows with the square root of the gap; half the gap itself spends most requests where
a few minutes are won, and lets what is rare wait for half a day. docs/sources.md has the figures.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median

import msgspec

from ..upstream import Hints, Poll

_DAY = 86_400
_FEWEST_GAPS = 3
_QUIET_GAPS = 5
_LIVELY = 48
"""A source that was silent for so many times an interval is not in the middle of a burst."""

_MOST_BY_SILENCE = 3 * 3_600
"""A blog that comes back with a burst must not be missed for having been silent."""

_IDLE = ((365, 72 * 3_600), (90, 24 * 3_600), (30, 6 * 3_600))  # days without news, least interval


class Manners(msgspec.Struct, frozen=True):
    """What the operator decides about polling. Every field is a setting of the same name."""

    min_seconds: int = 600
    max_seconds: int = _DAY
    usual_seconds: int = 3_600
    gone_days: int = 14
    move_sightings: int = 3
    move_hours: int = 24


def interval(poll: Poll, now: datetime, manners: Manners) -> float:
    """Return the seconds between two polls that suit how often the source brings something new.

    A gap that is open counts once it is longer than the usual one: nobody writes at night, and a
    source that falls asleep is not to be asked at its old pace until its dates have caught up.
    """
    seconds, silence = float(manners.usual_seconds), _silence(poll, now)
    if poll.gaps:
        by_gaps, by_silence = (
            (gap * manners.usual_seconds) ** 0.5 / 2 for gap in (median(poll.gaps), silence)
        )
        seconds = min(max(by_gaps, min(by_silence, _MOST_BY_SILENCE)), turnover(poll, now))
    if poll.overlap == 0:  # it turns over faster than its dates say
        seconds /= 2
    seconds = max(manners.min_seconds, min(seconds, manners.max_seconds))
    return max(seconds, next((least for days, least in _IDLE if silence >= days * _DAY), 0))


def turnover(poll: Poll, now: datetime) -> float:
    """Return half the seconds in which all entries of the document could be new, a day at most.

    Later than this something may have come and gone between two polls. The source's fast hours
    tell (the lower quartile of its gaps), and less so the longer it has been silent.
    """
    if len(poll.gaps) < _FEWEST_GAPS:
        return float(_DAY)
    fast = sorted(poll.gaps)[len(poll.gaps) // 4]
    return min(_DAY, max(len(poll.seen) * fast / 2, _silence(poll, now) / _LIVELY))


def is_silent(poll: Poll, now: datetime) -> bool:
    """Tell whether the source has been silent for far longer than it ever was of late."""
    if len(poll.gaps) < _QUIET_GAPS:
        return False
    return _silence(poll, now) > max(_DAY, 2 * max(poll.gaps))


def past_skipped(due: datetime, hints: Hints) -> datetime:
    """Return *due*, or the same minute of the first hour after it that the source does not skip."""
    for hours in range(7 * 24):
        later = due.astimezone(UTC) + timedelta(hours=hours)
        if later.hour not in hints.skip_hours and later.weekday() not in hints.skip_days:
            return later
    return due  # it skips every hour of the week: a mistake


def spread_out(seconds: float, floor: float, spread: float) -> float:
    """Return *seconds* give or take a tenth, but never less than *floor*."""
    varied = seconds * (1 + spread / 10)
    return varied if varied >= floor else floor + seconds * abs(spread) / 10


def _silence(poll: Poll, now: datetime) -> float:
    return max(0.0, (now - poll.newest).total_seconds()) if poll.newest else 0.0
