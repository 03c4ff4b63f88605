# ruff: noqa: RUF001, the words of many scripts
"""Dates that count back from a page's own: "2 months ago", "gestern um 16:15", "3時間前"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ..model import Precision
from .written import Moment, at_time, fold

_SECOND, _MINUTE, _HOUR, _DAY = "second", "minute", "hour", "day"
_WEEK, _MONTH, _YEAR = "week", "month", "year"

# en de fr es pt it nl da/no sv pl tr ru uk ja zh ko ar
_UNIT_NAMES = {
    _SECOND: "s sec secs second seconds sekunde sekunden seconde secondes segundo segundos secondo "
    "secondi seconden sekund sekunder sekundy saniye секунду секунды секунд 秒 초 ثانية ثوان",
    _MINUTE: "min mins minute minutes minuten minuto minutos minuti minuut minut minuter minutt "
    "minutter minutę minuty dakika dk минуту минуты минут хвилину хвилини хвилин "
    "分 分钟 分鐘 분 دقيقة دقائق",
    _HOUR: "h hr hrs hour hours stunde stunden std heure heures hora horas ora ore uur uren time "
    "timer timme timmar godzinę godziny godzin saat час часа часов годину години годин "
    "時間 小时 小時 시간 ساعة ساعات",
    _DAY: "d day days tag tage tagen jour jours j día días dia dias giorno giorni dag dage dagen "
    "dager dagar dzień dni gün день дня дней дні днів 日 天 일 يوم أيام",
    _WEEK: "w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane "
    "weken uge uger uke uker vecka veckor tydzień tygodnie tygodni hafta неделю недели недель "
    "тиждень тижні тижнів 週間 週 周 주 أسبوع أسابيع",
    _MONTH: "mo month months monat monate monaten mois mes meses mês mese mesi maand maanden måned "
    "måneder månad månader miesiąc miesiące miesięcy ay месяц месяца месяцев місяць місяці місяців "
    "か月 ヶ月 カ月 个月 個月 月 개월 달 شهر أشهر شهور",
    _YEAR: "y yr yrs year years jahr jahre jahren an ans année années año años ano anos anno anni "
    "jaar år rok lata lat yıl год года лет рік роки років 年 년 سنة سنوات عام",
}
_UNITS = {fold(name): unit for unit, names in _UNIT_NAMES.items() for name in names.split()}
# Arabic has a form of its own for two.
_DUALS = {
    fold(name): unit
    for name, unit in (
        ("دقيقتين", _MINUTE), ("ساعتين", _HOUR), ("يومين", _DAY), ("أسبوعين", _WEEK),
        ("شهرين", _MONTH), ("سنتين", _YEAR), ("عامين", _YEAR),
    )
}  # fmt: skip
_COUNTS = {
    fold(name): count
    for count, names in (
        (1, "a an one ein eine einer einem un une una uno um uma een en ett et jeden bir 一"),
        (2, "two couple zwei deux dos dois duas due twee to två dwa iki два две 二 两"),
        (3, ("three few several drei einigen wenigen trois quelques tres unos unas três tre trzy "
            "üç три несколько 三 数")),
        (4, "four vier quatre cuatro quatro quattro fyra fire cztery dört четыре"),
        (5, "five fünf cinq cinco cinque vijf fem pięć beş пять"),
        (6, "six sechs seis sei sześć altı шесть"),
        (7, "seven sieben sept siete sete sette siedem yedi семь"),
        (8, "eight acht huit ocho oito otto osiem sekiz восемь"),
        (9, "nine neun neuf nueve nove dziewięć dokuz девять"),
        (10, "ten zehn dix diez dez dieci dziesięć on десять"),
    )
    for name in names.split()
}  # fmt: skip


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_AFTER = r"(?:ago|earlier|fa|once|назад|тому|geleden|sedan|siden|temu|atras|yang lalu)(?!\w)|前|전"
_BEFORE = "vor|hace|il y a|ha|منذ|قبل|przed"
_ABOUT = r"(?:(?:about|over|almost|nearly|etwa|rund|environ|circa|около)\s+)?"
_COUNT = rf"(?:(\d{{1,3}})|({_any(_COUNTS)})(?:\s+of)?(?=\s))"
_AGO = re.compile(
    rf"(?<!\w)(?:({_BEFORE})\s+)?{_ABOUT}(?:a\s+(?=few|couple))?(?:{_COUNT}\s*)?"
    rf"(?:({_any(_UNITS)})|({_any(_DUALS)}))(?:\.?(?![^\W\d_])|(?=\s?[前전]))\s*({_AFTER})?"
)
# A column of a page may give the bare distance. Not "m": it is minutes and months.
_COMPACT = re.compile(r"(\d{1,3})\s?(h|hrs?|std|d|j|w|mo|mins?)\.?")

_DAYS = {
    fold(name): count
    for count, names in (
        (0, ("today|tonight|this morning|heute|aujourd'hui|aujourd’hui|hoy|hoje|oggi|vandaag|i dag"
            "|idag|dzisiaj|bugün|сегодня|сьогодні|اليوم|今日|今天|오늘")),
        (1, ("yesterday|gestern|hier|ayer|ontem|ieri|gisteren|i går|igår|wczoraj|dün|вчера|вчора"
            "|أمس|昨日|昨天|어제")),
        (2, ("day before yesterday|vorgestern|avant-hier|anteayer|anteontem|eergisteren|позавчера"
            "|一昨日|前天|그저께")),
    )
    for name in names.split("|")
}  # fmt: skip
_DAY_WORD = re.compile(rf"(?<![^\W\d_])({_any(_DAYS)})(?![a-zа-я])")
_NOW = re.compile(
    r"(?<!\w)(?:just now|right now|moments? ago|gerade eben|soeben|a l['’]instant|ahora mismo"
    r"|agora mesmo|proprio ora|zojuist|az once|только что|щойно)(?!\w)|たった今|刚刚|방금"
)

_SECONDS = {_SECOND: 1, _MINUTE: 60, _HOUR: 3600}
_DAYS_OF = {_DAY: 1, _WEEK: 7}
_MONTHS_OF = {_MONTH: 1, _YEAR: 12}
_NOON = 12


def counted_back(text: str, base: datetime, *, timed: bool) -> Moment | None:
    """Return the moment that *text*, which is folded, tells by its distance from *base*.

    *base* is in the source's zone; *timed* says that its time of day is known. Without it hours
    and minutes cannot be counted, and the answer is that day.
    """
    if _NOW.search(text):
        return _clock(base, timedelta(), timed=timed)
    if found := _DAY_WORD.search(text):
        day = _noon(base - timedelta(days=_DAYS[found[1]])).replace(tzinfo=None)
        rest = text[: found.start()] + " " + text[found.end() :]
        return at_time(rest, day, base.tzinfo or UTC) or Moment(day, Precision.DAY)
    for found in _AGO.finditer(text):
        before, digits, word, unit, dual, after = found.groups()
        if before or after:
            count = int(digits) if digits else _COUNTS.get(word, 1)
            if dual:
                unit, count = _DUALS[dual], 2
            return _back(base, count, _UNITS.get(unit, unit), timed=timed)
    if found := _COMPACT.fullmatch(text):
        return _back(base, int(found[1]), _UNITS[found[2]], timed=timed)
    return None


def _back(base: datetime, count: int, unit: str, *, timed: bool) -> Moment | None:
    """Return the moment *count* units before *base*; None where the calendar ends."""
    try:
        if unit in _SECONDS:
            return _clock(base, timedelta(seconds=count * _SECONDS[unit]), timed=timed)
        if unit in _DAYS_OF:
            return Moment(_noon(base - timedelta(days=count * _DAYS_OF[unit])), Precision.DAY)
        months = base.year * 12 + base.month - 1 - count * _MONTHS_OF[unit]
        year, month = divmod(months, 12)
        # 31 October less one month is 30 September.
        day = min(base.day, monthrange(year, month + 1)[1]) if year > 0 else 0
        return Moment(_noon(base.replace(year=year, month=month + 1, day=day)), Precision.MONTH)
    except (ValueError, OverflowError):
        return None


def _clock(base: datetime, distance: timedelta, *, timed: bool) -> Moment:
    if not timed:
        return Moment(_noon(base), Precision.DAY)
    # Across a change of summer time the distance is what counts, not the clock.
    return Moment(
        (base.astimezone(UTC) - distance).replace(second=0, microsecond=0), Precision.MINUTE
    )


def _noon(day: datetime) -> datetime:
    return day.replace(hour=_NOON, minute=0, second=0, microsecond=0)
