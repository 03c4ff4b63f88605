"""For how long an answer is fresh, and when it says to come again: Cache-Control, Retry-After."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DAY = 86_400
_LONGEST_HINT = _DAY  # a max-age of ten years is a mistake
_LONGEST_RETRY = 7 * _DAY
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,12}")


def fresh_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Return for how long the answer says that it is fresh: max-age, else Expires; a day at most.

    Time that it has spent in a cache on the way (Age) is over.
    """
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    if found:
        age = _SECONDS.fullmatch(headers.get("age", "").strip())
        seconds = float(found[1]) - (float(age[0]) if age else 0.0)
    else:
        expires = _moment(headers.get("expires", ""))
        told = _moment(headers.get("date", "")) or now
        seconds = (expires - told).total_seconds() if expires else 0.0
    return max(0.0, min(seconds, _LONGEST_HINT))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that Retry-After asks for, given as such or as a date; a week at most."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), _LONGEST_RETRY)
    moment = _moment(value)
    if moment is None:
        return None
    return max(0.0, min((moment - now).total_seconds(), _LONGEST_RETRY))


def _moment(value: str) -> datetime | None:
    """Return the moment of an HTTP date; one that names no zone is UTC, as all of them are."""
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
