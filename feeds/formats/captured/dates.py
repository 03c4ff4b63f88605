"""Find the dates in a line of a page and what the line says beside them; they are not understood.

``normalise`` turns the strings into moments. Here it only matters where a date begins and ends,
which label stands before it, and whether it is one that a masthead carries.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from typing import Literal

import msgspec

from .words import (
    AGO_AFTER,
    AGO_BEFORE,
    DAY_WORDS,
    JOINTS,
    MONTHS,
    PUBLISHED,
    SEVERAL,
    UPDATED,
    WEEKDAYS,
    alternation,
    holds_any,
    late,
)

_MONTH = rf"(?:{alternation(MONTHS)})(?![^\W\d_])\.?"
_WEEKDAY = rf"(?:{alternation(WEEKDAYS)})(?![^\W\d_])\.?"
_ZONE = (
    r"(?:\(?(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d\d)?\)?|\(?\b(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T"
    r"|EES?T|MSK|IST|JST|KST"
    r"|A[EWC][SD]T|NZ[SD]T|SGT|HKT|WIB|PHT|WAT|SAST|AKST|MEZ|МСК)\b\)?|Z\b"
    r"|Eastern(?:\s+Time)?\b|local\s+time)"
)
_CLOCK = (
    r"(?:(?:오전|오후|午前|午後|上午|下午)\s?)?(?:[01]?\d|2[0-3])(?:"
    r"(?:[:.][0-5]\d(?::[0-5]\d)?|\s?h\s?[0-5]\d"
    r"|\s?[時时点시]\s?(?:[0-5]?\d\s?[分분])?)(?:\s?[ap]\.?\s?m\b\.?|\s?(?:Uhr|hrs?|h)\b)?"
    r"|\s?[ap]\.?\s?m\b\.?|\s?Uhr\b|\s?h\b(?!\w))"
)
_TIME = rf"{_CLOCK}(?:\s?{_ZONE})?"
_JOINT = rf"(?:[\s,|·•@–—-]|\b(?:{alternation(JOINTS)})(?!\w)){{0,6}}"
_DAY = (
    rf"(?:{_MONTH}\s*\d{{1,2}}(?:st|nd|rd|th)?(?!\d|[:h])(?:,?\s+\d{{4}}(?!\d))?"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|[ºª°.])?\s*(?:of\s+|de\s+|di\s+|d['’])?{_MONTH},?"
    r"(?:\s*(?:del?\s+)?\d{4}(?!\d)(?:\s*(?:г\.|року|р\.))?)?"
    r"|\d{4}-\d\d-\d\d|(?:0?[1-9]|[12]\d|3[01])(?P<mark>[./-])(?:0?[1-9]|[12]\d"
    r"|3[01])(?P=mark)(?:19|20)\d\d"
    r"|(?:19|20)\d\d[/.]\d{1,2}[/.]\d{1,2}\.?"
    r"|(?:(?:19|20)\d\d\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일号]"
    r"(?:\s?[(（][日月火水木金土一二三四五六曜일월화수목금토요]{1,3}[)）]|\s?(?:星期|周|週)[一二三四五六日天]|\s?[일월화수목금토]요일)?)"
)
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?"
# Vowel signs of Devanagari are no letters to ``re``.
_LETTERS = r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094d]){0,13}"
_COUNT = rf"(?:\d{{1,3}}|{alternation(SEVERAL)})"
_RELATIVE = (
    rf"(?:{_COUNT}\s?[^\W\d_]{_LETTERS}\.?\s+(?:{alternation(AGO_AFTER)})(?!\w)"
    rf"|(?<!\w)f[öo]r\s+{_COUNT}\s+[^\W\d_]{{1,14}}\s+(?:sedan|siden)(?!\w)"
    rf"|(?<!\w)(?:{alternation(AGO_BEFORE)})\s+(?:{_COUNT}\s+)?[^\W\d_]{{2,14}}\.?"
    r"|\d{1,3}\s?(?:秒|分钟|分鐘|分|小时|小時|時間|日|天|週間|周|か月|ヶ月|カ月|个月|個月|月|年)\s?前"
    r"|\d{1,3}\s?(?:초|분|시간|일|주|개월|달|년)\s?전"
    rf"|(?<!\w)(?:{alternation(DAY_WORDS)})(?!['’]?\w)(?:{_JOINT}{_TIME})?)"
)
_DATE = (
    rf"(?i)(?P<iso>{_ISO})|(?P<relative>{_RELATIVE})"
    rf"|(?P<day>(?:(?<!\w){_WEEKDAY},?\s*(?:(?:the|den|le|dem|el|il"
    rf"|o)\s+)?)?(?<!\w){_DAY})"
    rf"(?:,?\s+{_WEEKDAY})?(?P<time>{_JOINT}{_TIME})?"
    rf"|(?<![\w.:$€£¥])(?P<clock>{_TIME})(?:{_JOINT}(?P<after>(?:{_WEEKDAY},?\s*)?(?<!\w)"
    rf"(?:{_MONTH}\s*\d{{1,2}}(?:,?\s+\d{{4}})?"
    rf"|\d{{1,2}}\.?\s*(?:de\s+)?{_MONTH}(?:\s+(?:de\s+)?\d{{4}})?"
    r"|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}-\d\d-\d\d)))?"
)
_LABEL = re.compile(
    rf"(?<!\w)(?:(?P<updated>{alternation(UPDATED)})|(?P<published>{alternation(PUBLISHED)}))\b\.?"
    rf"\s*(?:{alternation(JOINTS)})?\s*[:：]?\s*$",
    re.IGNORECASE,
)
_LABEL_AFTER = re.compile(
    r"\s*(?:(?P<updated>更新|수정)|(?P<published>公開|配信|掲載|发布|發布|입력))"
)
_READING_TIME = re.compile(
    r"(?:(?:listen\s*[·|(]?\s*|(?:reading|read)\s+time\s*[:·]?\s*|lesezeit\s*[:·]?\s*"
    r"|temps\s+de\s+lecture\s*[:·]?\s*"
    r"|(?:tiempo\s+de\s+lectura|tempo\s+de\s+leitura|tempo\s+di\s+lettura|okuma\s+süresi"
    r"|время\s+чтения|leestijd)\s*[:·]?\s*)"
    r"\d{1,3}(?::\d\d)?(?:\s*[^\W\d_]{1,8}\.?)?"
    r"|\b\d{1,3}\s*[- ]?\s*(?:min(?:ute|uten|uti|utos)?s?|dk|dakika|мин)\.?"
    r"(?:\s*(?:read|lesezeit|de\s+lecture|de\s+lectura|de\s+leitura|di\s+lettura|okuma|чтения"
    r"|lesetid|lästid))?(?!\s*\w))",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"\d{1,3}\s?(?:h|hr|hrs|d|w|mo|std|j)\.?", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:[|·•●∙›»>/／｜]|\s[-–—]\s|^[-–—]\s|\s[-–—]$|\t|\s{3,})\s*")
_TRIM = " \t,;:：|·•–—-/()（）[]"
_TRIM_DATE = " \t,;:：|·•–—-"
LONGEST_LINE = 200
"""In characters: a line of dates, section and byline is shorter."""


_HINTS = frozenset(word for phrase in AGO_AFTER | DAY_WORDS for word in phrase.split())


_SHORT_NUMBER = re.compile(r"(?<!\d)\d\d?(?!\d)")
_RELATIVE_WORDS = tuple({f" {words}" for words in AGO_AFTER} | AGO_BEFORE | DAY_WORDS)


class Moment(msgspec.Struct, frozen=True):
    """A date as it stands in a line. *role* is what its label says of it."""

    text: str
    role: Literal["", "published", "updated"] = ""
    relative: bool = False
    timed: bool = False


class Dated(msgspec.Struct, frozen=True):
    """A line with its dates cut out: *pieces* is what remains, cut at separators.

    *glued* holds those pieces that touch a date with no separator between ("World 2 months ago").
    """

    moments: tuple[Moment, ...]
    pieces: tuple[str, ...]
    glued: frozenset[str]


def read_dates(line: str) -> Dated:
    """Return the dates of *line* and the pieces of text beside them, in order."""
    if len(line) > LONGEST_LINE or not _may_hold_date(line):
        return Dated((), (line,), frozenset())
    line = _READING_TIME.sub(" | ", line)
    moments: list[Moment] = []
    pieces: list[str] = []
    glued: set[str] = set()
    position = 0
    for match in late(_DATE).finditer(line) if _may_match(line) else ():
        before = line[position : match.start()]
        label = _LABEL.search(before)
        if match["clock"] and not (match["after"] or label):
            continue  # a bare time of day says nothing without a label
        after = None if label else _LABEL_AFTER.match(line, match.end())
        role = _role(label or after)
        _cut(before[: label.start()] if label else before, pieces, glued, at_end=True)
        moments.append(_moment(match, role))
        position = after.end() if after else match.end()
    rest = line[position:]
    _cut(rest, pieces, glued, at_end=False, touching=bool(moments))
    for piece in [piece for piece in pieces if _COMPACT.fullmatch(piece)]:
        pieces.remove(piece)
        moments.append(Moment(piece, relative=True))
    return Dated(tuple(moments), tuple(pieces), frozenset(glued))


def _may_hold_date(line: str) -> bool:
    """Say whether it is worth looking: most lines of a page hold neither digit nor "yesterday"."""
    if any(map(str.isdigit, line)) or not line.isascii():
        return True
    return not _HINTS.isdisjoint(line.casefold().replace(",", " ").split())


def _may_match(line: str) -> bool:
    """Say whether ``_DATE`` can match: a day and an hour have two digits at most."""
    if not line.isascii() or _SHORT_NUMBER.search(line):
        return True
    return holds_any(" ".join(line.casefold().split()), _RELATIVE_WORDS)


def _role(label: re.Match[str] | None) -> Literal["", "published", "updated"]:
    if not label:
        return ""
    return "updated" if label["updated"] else "published"


def _moment(match: re.Match[str], role: Literal["", "published", "updated"]) -> Moment:
    # "Nov. 9, 2025 | 4:15 p.m." is one moment; the bar in it says nothing of the time.
    text = re.sub(r"\s*[|·•]\s*", ", ", match[0]).strip(_TRIM_DATE)
    timed = bool(match["time"] or match["clock"] or match["iso"])
    return Moment(text, role, relative=bool(match["relative"]), timed=timed)


def _cut(
    text: str, pieces: list[str], glued: set[str], *, at_end: bool, touching: bool = True
) -> None:
    """Add the parts of *text* to *pieces*, and to *glued* the one that touches the date."""
    parts = _SEPARATOR.split(text)
    if touching and parts:
        edge = parts[-1 if at_end else 0].strip(_TRIM)
        glued.update([edge] if edge else [])
    pieces.extend(part for part in (part.strip(_TRIM) for part in parts) if part)
