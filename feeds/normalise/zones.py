# ruff: noqa: RUF001, Moscow time is written in Cyrillic
"""Time zones as people write them: offsets, RFC 822's names, and newspapers' abbreviations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_NEW_YORK, _CHICAGO = "America/New_York", "America/Chicago"
_DENVER, _LOS_ANGELES = "America/Denver", "America/Los_Angeles"

# Those that say nothing of summer time: the date decides.
_PLACES = {
    "et": _NEW_YORK, "eastern": _NEW_YORK, "eastern time": _NEW_YORK,
    "ct": _CHICAGO, "central": _CHICAGO, "central time": _CHICAGO,
    "mt": _DENVER, "mountain time": _DENVER,
    "pt": _LOS_ANGELES, "pacific": _LOS_ANGELES, "pacific time": _LOS_ANGELES,
    "akt": "America/Anchorage", "uk time": "Europe/London", "aet": "Australia/Sydney",
}  # fmt: skip

# In minutes east of UTC. RFC 822, 5.1 fixes the American ones, so CST is no Chinese time; IST is
# the Indian and BST the British one. A source's own zone goes before this table.
_OFFSETS = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "ast": -240, "adt": -180, "nst": -210,
    "ndt": -150, "brt": -180, "art": -180, "clt": -240, "cot": -300, "pet": -300,
    "bst": 60, "west": 60, "wat": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "mest": 120,
    "eet": 120, "cat": 120, "sast": 120, "eest": 180, "eat": 180, "msk": 180, "мск": 180,
    "trt": 180, "gst": 240, "pkt": 300, "ist": 330, "npt": 345, "ict": 420, "wib": 420,
    "wita": 480, "wit": 540, "hkt": 480, "sgt": 480, "pht": 480, "myt": 480, "awst": 480,
    "jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720,
    "nzdt": 780,
}  # fmt: skip
_HIGHEST_OFFSET = 14 * 60  # Kiribati's, the highest in the tz database

_OFFSET = re.compile(r"(?:gmt|utc|z)?\s?([+\-\u2212])(\d{1,2}):?(\d{2})?(?!\d)")
_NAME = re.compile(r"(?:eastern|central|mountain|pacific|uk)(?: time)?|[a-zмск]{1,5}")


@lru_cache(maxsize=64)  # one for each zone that the sources are in
def place(name: str) -> tzinfo:
    """Return the zone of this name in the tz database; UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
        return UTC


def zone(text: str, at: datetime, local: tzinfo) -> tzinfo | None:
    """Return the zone that *text*, in lower case, begins with, as it holds *at*; None if none.

    *local* is the source's own zone: an abbreviation that it uses itself is taken in its sense.
    """
    if found := _OFFSET.match(text):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes > _HIGHEST_OFFSET:
            return None
        return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
    found = _NAME.match(text)
    name = found[0] if found else ""
    if name in _PLACES:
        return place(_PLACES[name])
    if name in _OFFSETS and name == (at.replace(tzinfo=local).tzname() or "").lower():
        return local
    return timezone(timedelta(minutes=_OFFSETS[name])) if name in _OFFSETS else None
