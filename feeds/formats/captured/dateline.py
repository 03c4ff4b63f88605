"""The dateline at the head of a first paragraph: the place, a date, the agency.

AP Stylebook, "datelines": the place in capitals, the date where there is one, the agency in
brackets, a dash. Other traditions drop the capitals (dpa, EFE), put the agency first (ANSA), or
write all of it in brackets (Kyodo) or with no dash at all (Xinhua).
"""
# ruff: noqa: RUF001, RUF002, RUF003 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re

import msgspec

from .agencies import agency
from .words import MONTHS, NAME_PARTICLES, WEEKDAYS


class Dateline(msgspec.Struct, frozen=True):
    """*place* as it was written, or None where only an agency stands; *wire* in full, or None."""

    place: str | None = None
    wire: str | None = None


LONGEST_DATELINE = 110
"""In characters: "RAMALLAH, West Bank/NEW YORK, September 30, 2025 (Agence France-Presse) -"."""
_LONGEST_PLACE_WORDS = 7
_MIXED_CASE_WORDS = 2  # "Berlin – Die", "New York – Der"
_SHORTEST_PLACE = 4  # before a colon: "Q:" and "UN:" are no places

_BRACKETED = re.compile(
    r"(?P<head>[^()（）:;!?\"“«]{0,80}?)\s*(?:[(（]\s*(?P<credit>[^()（）]{2,40})\s*[)）]"
    r"|/\s*(?P<slashed>[^/]{2,30})/)"
    r"\s*(?:\.?\s?[-–—]{1,3}|:|\.)\s*"
)
_DASHED = re.compile(
    r"(?P<head>[^()（）;!?\"“«–—]{2,80}?)(?P<mark>\s[-–—]{1,3}\s|\s?—\s?|\.\s?[-–—]{1,2}\s?"
    r"|:\s)(?P<next>\S)"
)
_SQUARE = re.compile(r"[［\[【](?P<head>[^\]］】]{2,40})[］\]】]")
_CHINESE = re.compile(
    r"(?P<credit>[\u4e00-\u9fff]{1,3}[社网報报])?(?P<place>[\u4e00-\u9fff]{2,8}?)"
    r"\s?(?:\d{1,2}\s?月)?\s?\d{1,2}\s?日\s?"
    r"(?:专|综合|综|外)?(?:电|電|讯|訊)"
)
_DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th|[.º])?\s+(?:de\s+)?[^\W\d_]{3,12}\.?|[^\W\d_]{3,12}\.?\s+\d{1,2})"
    r"(?:,?\s+(?:de\s+)?\d{4})?"
)
_TRAILING_DAY = re.compile(rf"[\s,]+(?:{_DAY})\.?$|[\s,]+\d{{1,2}}日$")
_ABBREVIATED = re.compile(r"\b(?:[^\W\d_]\.){2,}$|,\s[A-Z][a-z]{1,4}\.$")  # "D.C.", "Calif."
_NO_PLACES = (
    MONTHS
    | WEEKDAYS
    | {
        "update",
        "correction",
        "watch",
        "live",
        "exclusive",
        "breaking",
        "note",
        "editor's note",
        "editor’s note",
        "analysis",
        "opinion",
        "q",
        "a",
    }
)


def read_dateline(paragraph: str) -> Dateline | None:
    """Return the dateline at the head of *paragraph*, or None."""
    head = paragraph[:LONGEST_DATELINE]
    return _bracketed(head) or _dashed(head) or _square(head) or _chinese(head)


def _bracketed(head: str) -> Dateline | None:
    """Read "LONDON, Nov 9 (Reuters) -", "МОСКВА, 9 ноября. /ТАСС/.", "(ANSA) - ROMA, 9 NOV -"."""
    match = _BRACKETED.match(head)
    if not match:
        return None
    wire = agency(match["credit"] or match["slashed"])
    if not match["head"].strip():
        after = _dashed(head[match.end() :]) if wire else None
        return Dateline(after.place if after else None, wire) if wire else None
    place = _place(match["head"], capitals=wire is None)
    return Dateline(place, wire) if place else None


def _dashed(head: str) -> Dateline | None:
    """Read "KYIV, Ukraine —", "NEW DELHI:", "Madrid.-" and "Berlin – Die"."""
    match = _DASHED.match(head)
    if not match:
        return None
    mark = match["mark"].strip()
    written = match["head"] + "." * mark.startswith(".")
    lower_next = match["next"].islower()
    dated = bool(_TRAILING_DAY.search(written))
    brief = mark in {"–", "—"} and len(written.split()) <= _MIXED_CASE_WORDS
    mixed_case = dated or mark.startswith(".") or brief
    place = _place(written, capitals=mark == ":" or not mixed_case)
    if not place or (lower_next and not dated) or (mark == ":" and len(place) < _SHORTEST_PLACE):
        return None
    following = re.match(r"[^.,]{2,30}(?=[.,])", head[match.end("mark") :])
    wire = agency(following[0]) if following and dated else None
    return Dateline(place, wire)


def _square(head: str) -> Dateline | None:
    """Read "［ロンドン ９日 ロイター］" and "【ロンドン共同】"."""
    match = _SQUARE.match(head)
    wire = agency(match["head"]) if match else None
    if not match or not wire:
        return None
    place = re.match(r"[^\s\d=＝]{2,20}", match["head"])
    written = place[0] if place else ""
    while written and agency(match["head"][len(written) :]) != wire:
        written = written[:-1]  # "ロンドン共同" is written as one word
    return Dateline(written.removesuffix("＝") or None, wire)


def _chinese(head: str) -> Dateline | None:
    """Read "新华社北京11月9日电"."""
    match = _CHINESE.match(head)
    return Dateline(match["place"], agency(match["credit"] or "")) if match else None


def _place(written: str, *, capitals: bool) -> str | None:
    """Return the place in *written* without its date, or None where it is no place.

    *capitals* asks that its first part be in capitals, which alone tells a place from a name.
    """
    place = _TRAILING_DAY.sub("", written.strip(" ,")).strip(" ,")
    if not _ABBREVIATED.search(place):
        place = place.strip(".")
    parts = [part.strip() for part in place.split(",")]
    while parts and any(map(str.isdigit, parts[-1])):
        parts.pop()
    words = " ".join(parts).split()
    if (
        not parts
        or not words
        or len(words) > _LONGEST_PLACE_WORDS
        or place.casefold() in _NO_PLACES
    ):
        return None
    if parts[0].casefold() in _NO_PLACES or (capitals and not parts[0].isupper()):
        return None
    for word in words:
        if not (word[0].isupper() or word.casefold() in NAME_PARTICLES or _has_no_case(word)):
            return None
    return ", ".join(parts)


def _has_no_case(word: str) -> bool:
    return word.upper() == word.lower()
