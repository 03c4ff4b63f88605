# ruff: noqa: RUF001, RUF002, the month names of many scripts
"""Dates as newspapers write them, in some fifteen languages: "Nov. 9, 2025, 4:15 p.m. ET".

A date is looked for anywhere in a short string, so labels, datelines and volume numbers beside it
do no harm. All matching is done on folded text: lower case, no accents, ASCII-like digits.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from ..model import Precision
from .zones import zone


def fold(text: str) -> str:
    """Return *text* in lower case without accents, compatibility forms resolved, İ and ı as i."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("İ", "i").casefold())
    return unicodedata.normalize("NFC", "".join(c for c in bare if not unicodedata.combining(c)))


class ImpossibleDate(ValueError):
    """A date that is on no calendar, or whose weekday is another: no part of it is believed."""


class Moment(NamedTuple):
    """A date and time without or with a zone, and how exactly it was told."""

    at: datetime
    precision: Precision


# Month by month, as CLDR has them (the case that stands beside a day): en de fr es pt it nl da/no
# sv pl cs tr ru uk ar (Egypt; Levant).
_MONTH_NAMES = """
january jan januar jänner janvier janv enero ene janeiro gennaio gen januari stycznia ledna ocak
января янв січня يناير كانون_الثاني
february feb februar février févr fevr febrero fevereiro fev febbraio februari lutego února şubat
февраля фев февр лютого فبراير شباط
march mar märz mrz mars marzo março maart mrt marts marca března mart марта мар березня مارس آذار
april apr avril avr abril abr aprile kwietnia dubna nisan апреля апр квітня أبريل إبريل نيسان
may mai mayo maio maggio mag mei maj maja května mayıs мая травня مايو أيار
june jun juni juin junio junho giugno giu czerwca června haziran июня июн червня يونيو حزيران
july jul juli juillet juil julio julho luglio lug lipca července temmuz июля июл липня يوليو تموز
august aug août agosto ago augustus augusti sierpnia srpna ağustos августа авг серпня أغسطس آب
september sep sept septembre septiembre setiembre setembro set settembre september września září
eylül сентября сен сент вересня سبتمبر أيلول
october oct oktober okt octobre octubre outubro out ottobre ott października října ekim октября окт
жовтня أكتوبر تشرين_الأول
november nov novembre noviembre novembro listopada listopadu kasım ноября ноя нояб листопада نوفمبر
تشرين_الثاني
december dec dezember dez décembre déc diciembre dic dezembro dicembre desember des grudnia prosince
aralık декабря дек грудня ديسمبر كانون_الأول
"""


def _months() -> dict[str, int]:
    """Return the number of each month name; a month's English name opens its part of the list."""
    english = (
        "january february march april may june july august september october november december"
    )
    opening = {name: number for number, name in enumerate(english.split(), 1)}
    numbers: dict[str, int] = {}
    number = 0
    for name in _MONTH_NAMES.split():
        number = opening.get(name, number)
        numbers[fold(name.replace("_", " "))] = number
    return numbers


_MONTHS = _months()
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])"
_OF = r"(?:(?:of|del?|di)\s+|d['’])?"
_ORDINAL = r"(?:st|nd|rd|th|er|e|[.ºª°])?"
# A year of two digits is none where it is the hour of a time.
_YEAR = r"(?:\d{4}(?!\d)|['’]?\d{2}(?![\d:.h])(?!\s*(?:uhr|h\b|[ap]\.?m)))"
_DAY_MONTH = rf"(?<![\d:.])(\d{{1,2}}){_ORDINAL}[\s-]*{_OF}({_MONTH})\.?"
_MONTH_DAY = rf"(?<![^\W\d_])({_MONTH})\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"

_FULL = re.compile(
    rf"{_DAY_MONTH}[,\s-]*(?:del?\s+|of\s+)?({_YEAR})"
    rf"|{_MONTH_DAY}[,.\s]*(?:(?:at\s+)?\d{{1,2}}:\d\d(?:\s?[ap]\.?m\.?)?,?\s+)?(\d{{4}})(?!\d)"
    r"|(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]?"
    r"|(?<!\d)(\d{4})[./-](\d{1,2})[./-](\d{1,2})(?!\d)"
)
_NUMERIC = re.compile(r"(?<![\d./:-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d:])")
_NO_YEAR = re.compile(rf"{_DAY_MONTH}|{_MONTH_DAY}|(\d{{1,2}})\s?[月월]\s?(\d{{1,2}})\s?[日일号號]")
_NO_DAY = re.compile(
    rf"(?<![^\W\d_])({_MONTH})\.?,?\s+{_OF}(\d{{4}})(?!\d)|(\d{{4}})\s?[年년]\s?(\d{{1,2}})\s?[月월]"
)

_TIME = re.compile(
    r"(?:(午前|上午|오전)|(午後|下午|오후))?\s?(?<![\d.:])(\d{1,2})"
    r"(?:(?:[:.]|\s?h\s?|\s?[時时點点시]\s?)([0-5]\d|\d(?=\s?[分분]))(?![\d.])(?::?(?:\s?[分분])?([0-5]\d)?)"
    r"(?:\.\d{1,9})?|(?=\s?(?:[ap]\.?\s?m\b|uhr|h\b|[時时點点시])))"
    r"(?:\s?[ap]\.?\s?m\b\.?|\s?uhr|\s?h\b|[時时點点시])?"
)
_AFTERNOON = re.compile(r"p\.?\s?m\b")
_FORENOON = re.compile(r"a\.?\s?m\b")
_BEFORE_ZONE = re.compile(r"[\s,(]*")
_NOON = 12

# en de fr es it pt nl; the first letters tell. Two-letter German ones ("Mi", "Do") mean too much.
_WEEKDAYS = (
    "mon(?:day)?|montag|lundi|lunes|lunedi|segunda-feira|maandag",
    "tue(?:s|sday)?|dienstag|mardi|martes|martedi|terca-feira|dinsdag",
    "wed(?:nesday)?|mittwoch|mercredi|miercoles|mercoledi|quarta-feira|woensdag",
    "thu(?:rs?|rsday)?|donnerstag|jeudi|jueves|giovedi|quinta-feira|donderdag",
    "fri(?:day)?|freitag|vendredi|viernes|venerdi|sexta-feira|vrijdag",
    "sat(?:urday)?|samstag|sonnabend|samedi|sabado|sabato|zaterdag",
    "sun(?:day)?|sonntag|dimanche|domingo|domenica|zondag",
)
_WEEKDAY = re.compile(r"\b(?:" + "|".join(f"({names})" for names in _WEEKDAYS) + r")\b")

_CENTURY_TURN = 50  # RFC 2822, 4.3: two digits below 50 are of this century


def full_date(text: str, zone_of_source: tzinfo, *, day_first: bool | None) -> Moment | None:
    """Return the first date with a year in *text*, which is folded; None without one.

    With *day_first* None a date such as 05/06/2026 is read day first, as most countries write it,
    but no closer than to the month.

    Raises:
        ImpossibleDate: the date is on no calendar, or its weekday is another.
    """
    precision = Precision.DAY
    if found := _FULL.search(text):
        year, month, day = _year_month_day(found)
    elif found := _NUMERIC.search(text):
        first, second, year = int(found[1]), int(found[3]), _year(found[4])
        if first > _NOON or second > _NOON or first == second:  # beyond 12 is no month
            day_leads = first > _NOON or second <= _NOON
        else:
            # With full stops it is the continental form; no country puts the month first there.
            day_leads = found[2] == "." or day_first is not False
            if found[2] != "." and day_first is None:
                precision = Precision.MONTH
        day, month = (first, second) if day_leads else (second, first)
    else:
        return None
    return _moment((year, month, day), precision, text, found, zone_of_source)


def date_without_year(text: str, zone_of_source: tzinfo, base: datetime) -> Moment | None:
    """Return the first "9 November" in *text*, which is folded, in the last year before *base*.

    Raises:
        ImpossibleDate: the date is on no calendar, or its weekday is another.
    """
    found = _NO_YEAR.search(text)
    if not found:
        return None
    day, month = _day_month(found)
    tomorrow = (base + timedelta(days=1)).date()  # the source may be a day ahead of us
    year = base.year if (month, day) <= (tomorrow.month, tomorrow.day) else base.year - 1
    return _moment((year, month, day), Precision.DAY, text, found, zone_of_source)


def month_of_year(text: str) -> Moment | None:
    """Return the first "November 2025" in *text*, which is folded: its first day, at noon."""
    found = _NO_DAY.search(text)
    if not found:
        return None
    year, month = (found[2], _MONTHS[found[1]]) if found[1] else (found[3], int(found[4]))
    try:
        return Moment(datetime(int(year), month, 1, _NOON), Precision.MONTH)  # noqa: DTZ001, the zone comes later
    except ValueError:
        return None


def _year_month_day(found: re.Match[str]) -> tuple[int, int, int]:
    if found[1]:
        return _year(found[3]), _MONTHS[found[2]], int(found[1])
    if found[4]:
        return int(found[6]), _MONTHS[found[4]], int(found[5])
    year, month, day = found.groups()[6:9] if found[7] else found.groups()[9:12]
    return int(year), int(month), int(day)


def _day_month(found: re.Match[str]) -> tuple[int, int]:
    if found[1]:
        return int(found[1]), _MONTHS[found[2]]
    if found[3]:
        return int(found[4]), _MONTHS[found[3]]
    return int(found[6]), int(found[5])


def _year(written: str) -> int:
    year = int(written.lstrip("'’"))
    if len(written.lstrip("'’")) > 2:  # noqa: PLR2004, two digits leave the century out
        return year
    return year + (2000 if year < _CENTURY_TURN else 1900)


def _moment(
    date: tuple[int, int, int],
    precision: Precision,
    text: str,
    found: re.Match[str],
    local: tzinfo,
) -> Moment:
    try:
        day = datetime(*date, hour=_NOON)  # noqa: DTZ001, the zone comes later
    except ValueError as error:
        raise ImpossibleDate(text) from error
    weekday = _WEEKDAY.search(text)
    if weekday and weekday.lastindex != day.weekday() + 1:
        raise ImpossibleDate(text)
    if precision is Precision.MONTH:
        return Moment(day, precision)
    # The time may stand before the date, behind it, or within ("Nov 9 16:15 2025").
    rest = text[: found.start()] + " " + text[found.start() :].replace(found[0], _inner(found), 1)
    return at_time(rest, day, local) or Moment(day, precision)


def _inner(found: re.Match[str]) -> str:
    """Return the time that stands within a date, and blanks."""
    inner = re.search(r"\d{1,2}:\d\d(?:\s?[ap]\.?m\.?)?", found[0])
    return f" {inner[0]} " if inner else " "


def at_time(text: str, day: datetime, local: tzinfo) -> Moment | None:
    """Return *day* at the first time of day in *text*, which is folded; None without one.

    The result has a zone where *text* names one behind the time.
    """
    for found in _TIME.finditer(text):
        hour, minute, second = int(found[3]), int(found[4] or 0), int(found[5] or 0)
        told = found[0]
        if found[1] or found[2] or _AFTERNOON.search(told) or _FORENOON.search(told):
            if hour > _NOON:
                if not found[4]:
                    continue
            else:  # 12 a.m. is midnight
                hour = hour % _NOON + (_NOON if found[2] or _AFTERNOON.search(told) else 0)
        try:
            at = day.replace(hour=hour, minute=minute, second=second)
        except ValueError:  # 25:10
            continue
        gap = _BEFORE_ZONE.match(text, found.end())
        named = zone(text[gap.end() if gap else found.end() :], at, local)
        precision = Precision.SECOND if found[5] else Precision.MINUTE
        return Moment(at.replace(tzinfo=named) if named else at, precision)
    return None
