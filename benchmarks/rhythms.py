"""Ten thousand sources that nobody has to ask: when each publishes, and what its server answers.

A source is a rhythm (how news comes) on a server (how it answers). All of it is drawn from one
seed, so that every way of polling is held against the very same week. Moments are seconds since the
week began; negative ones are what the feed already held.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

Rhythm = Callable[[float, float, random.Random], Iterator[float]]

HOUR, DAY = 3_600.0, 86_400.0
WEEK = 7 * DAY
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
_BEFORE = 30 * DAY
_LIMIT = 1_800.0
_PLATFORMS = 3

RHYTHMS = {  # kind -> how many of a hundred
    "news wire, every few minutes": 3,
    "daily, 40 a day, quiet at night": 10,
    "local paper, 6 a working day": 20,
    "weekly magazine, one issue": 10,
    "blog, every 12 hours to 4 days": 30,
    "live blog, 40 in 4 hours": 5,
    "changes its rhythm in mid-week": 7,
    "asleep for months, or gone": 15,
}
SERVERS = {
    "answers 304": 50,
    "never 304, same bytes": 14,
    "never 304, other bytes": 10,
    "ttl, max-age or skipHours": 10,
    "429 if asked twice in 30 minutes": 5,
    "out of order for hours": 6,
    "moved for good (301)": 5,
}


@dataclass
class Answer:
    """What a server says: *first* and *last* bound the entries of its document."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    first: int = 0
    last: int = 0


@dataclass
class Synthetic:
    """One source: its rhythm as the moments of its entries, and its server.

    *window* is how many entries its document holds; *outages* are (from, to, status), 0 for no
    answer at all; *least* is the time that its server wants between two requests.
    """

    number: int
    rhythm: str
    server: str
    host: str
    published: list[float]
    window: int
    ttl: int = 0
    max_age: int = 0
    skip_hours: tuple[int, ...] = ()
    outages: tuple[tuple[float, float, int], ...] = ()
    least: float = 0.0
    moved: float | None = None

    @property
    def url(self) -> str:
        """Its address, before it moves."""
        return f"https://{self.host}/{self.number}/feed"

    def held(self, moment: float) -> tuple[int, int]:
        """Return which of its entries the document holds at *moment*, as a range."""
        last = bisect_right(self.published, moment)
        return max(0, last - self.window), last

    def answer(self, moment: float, since: float, etag: str | None = None) -> Answer:
        """Return what its server says at *moment* to a request that shows *etag*.

        *since* is the time since the last request that it did not turn away.
        """
        for begin, end, status in self.outages:
            if begin <= moment < end:
                return Answer(status)
        if since < self.least:
            return Answer(429, {"retry-after": str(int(self.least - since) + 1)})
        first, last = self.held(moment)
        headers = {"cache-control": f"max-age={self.max_age}"} if self.max_age else {}
        if not self.server.startswith("never"):
            headers["etag"] = f'"{last}"'
            if etag == headers["etag"]:
                return Answer(304, headers, first, last)
        return Answer(200, headers, first, last)

    def document(self, answer: Answer, moment: float, *, brief: bool) -> bytes:
        """Return the feed of *answer* as RSS 2.0; if *brief*, it only names its entries."""
        head = f"<title>Source {self.number}</title><link>https://{self.host}/</link>"
        head += "<language>en</language>"
        head += f"<ttl>{self.ttl}</ttl>" if self.ttl else ""
        if self.skip_hours:
            hours = "".join(f"<hour>{hour}</hour>" for hour in self.skip_hours)
            head += f"<skipHours>{hours}</skipHours>"
        if self.server == "never 304, other bytes":
            head += f"<lastBuildDate>{dated(moment)}</lastBuildDate>"
        if brief:
            head += f"<category>entries {answer.first} to {answer.last}</category>"
        else:
            head += "".join(map(self._item, reversed(range(answer.first, answer.last))))
        return f"<rss version='2.0'><channel>{head}</channel></rss>".encode()

    def _item(self, one: int) -> str:
        return (
            f"<item><title>{one} of {self.number}</title>"
            f"<guid>tag:{self.host},2026:{self.number}-{one}</guid>"
            f"<link>https://{self.host}/{self.number}/{one}</link>"
            f"<pubDate>{dated(self.published[one])}</pubDate>"
            f"<description>What entry {one} of source {self.number} tells.</description></item>"
        )


def dated(moment: float) -> str:
    """Return *moment* of the week as RFC 822 writes it."""
    return format_datetime(BEGIN + timedelta(seconds=moment))


def sources(count: int, length: float = WEEK, seed: int = 1) -> list[Synthetic]:
    """Return *count* sources whose entries reach *length* seconds into the week."""
    chance = random.Random(seed)
    kinds = _shared_out(RHYTHMS, count, chance)
    servers = _shared_out(SERVERS, count, chance)
    return [
        _source(number, kind, server, length, chance)
        for number, (kind, server) in enumerate(zip(kinds, servers, strict=True))
    ]


def _shared_out(shares: dict[str, int], count: int, chance: random.Random) -> list[str]:
    """Return *count* names, each as often as its share says, in chance order."""
    names = [name for name, share in shares.items() for _ in range(share)]
    found = [names[at * len(names) // count] for at in range(count)]
    chance.shuffle(found)
    return found


def _source(
    number: int, rhythm: str, server: str, length: float, chance: random.Random
) -> Synthetic:
    begin, window = -_BEFORE, chance.choice((15, 20, 25))
    if rhythm.startswith("news wire"):
        begin, window = -DAY, chance.choice((40, 60))
    elif rhythm.startswith("blog"):
        begin, window = -90 * DAY, 10
    elif rhythm.startswith("asleep"):
        begin = -740 * DAY
    moments = sorted(one for one in _RHYTHMS[rhythm](begin, length, chance) if one < length)
    one = Synthetic(number, rhythm, server, f"host-{number}.example", moments[-100_000:], window)
    if server == "answers 304" and chance.random() < 0.3:  # of a shared platform
        one.host = f"platform-{number % _PLATFORMS}.example"
    _serve(one, length, chance)
    return one


def _serve(one: Synthetic, length: float, chance: random.Random) -> None:
    """Give *one* what its kind of server does, and its end if it is gone."""
    if one.server.startswith("ttl"):
        way = chance.randrange(3)
        if way == 0:
            one.ttl = chance.choice((15, 60, 180))
        elif way == 1:
            one.max_age = chance.choice((300, 1_800, 7_200))
        else:
            begins = chance.randrange(24)
            one.skip_hours = tuple(hour % 24 for hour in range(begins, begins + 7))
    elif one.server.startswith("429"):
        one.least = _LIMIT
    elif one.server.startswith("out of"):
        failing = (chance.uniform(HOUR, length) for _ in range(3))
        one.outages = tuple(
            (begin, begin + chance.uniform(1, 12) * HOUR, chance.choice((0, 500, 502)))
            for begin in failing
        )
    elif one.server.startswith("moved"):
        one.moved = chance.uniform(HOUR, length / 2)
    if one.rhythm.startswith("asleep") and chance.random() < 0.4:  # gone for good
        one.outages = ((2 * HOUR, 2 * length, chance.choice((0, 404, 410))),)


def _wire(begin: float, end: float, chance: random.Random) -> Iterator[float]:
    mean, at = chance.uniform(180, 420), begin
    while at < end:
        night = 5 * HOUR < at % DAY < 11 * HOUR
        at += chance.expovariate(1 / (3 * mean if night else mean))
        yield at


def _office(a_day: float, opens: float, closes: float, weekend: float) -> Rhythm:
    """Return the rhythm of people who come in the morning of their own zone and go at night."""

    def rhythm(begin: float, end: float, chance: random.Random) -> Iterator[float]:
        zone = chance.choice((-8, -5, 0, 1, 5.5, 9)) * HOUR
        for day in range(int(begin // DAY) - 1, int(end // DAY) + 2):
            share = weekend if day % 7 >= 5 else 1.0  # Saturday and Sunday
            for _ in range(round(a_day * share * chance.uniform(0.7, 1.3))):
                hour = chance.triangular(opens, closes, opens + (closes - opens) / 3)
                yield day * DAY + hour * HOUR - zone

    return rhythm


def _weekly(begin: float, end: float, chance: random.Random) -> Iterator[float]:
    at = begin - begin % WEEK + chance.uniform(0, WEEK)
    while at < end:
        yield from (at + 5 * number for number in range(12))
        at += WEEK + chance.uniform(-HOUR, HOUR)


def _blog(begin: float, end: float, chance: random.Random) -> Iterator[float]:
    mean, at = 12 * HOUR * 8 ** chance.random(), begin
    while (at := at + chance.expovariate(1 / mean)) < end:
        yield at


def _live(begin: float, end: float, chance: random.Random) -> Iterator[float]:
    yield from _blog(begin, end, chance)
    for begins in (chance.uniform(begin, 0), chance.uniform(0, end), chance.uniform(0, end)):
        yield from (begins + chance.uniform(0, 4 * HOUR) for _ in range(40))


def _changing(begin: float, end: float, chance: random.Random) -> Iterator[float]:
    means = [20 * HOUR, 900.0]
    chance.shuffle(means)
    change, at = end / 2 + chance.uniform(-0.1, 0.1) * end, max(begin, -5 * DAY)
    while at < end:
        at += chance.expovariate(1 / means[at > change])
        yield at


def _asleep(begin: float, _end: float, chance: random.Random) -> Iterator[float]:
    last = chance.uniform(begin, -40 * DAY)
    yield from (last - chance.expovariate(1 / (5 * DAY)) for _ in range(10))


_RHYTHMS: dict[str, Rhythm] = dict(
    zip(
        RHYTHMS,
        (
            _wire,
            _office(40, 6, 23, 0.6),
            _office(6, 8, 19, 0.1),
            _weekly,
            _blog,
            _live,
            _changing,
            _asleep,
        ),
        strict=True,
    )
)
