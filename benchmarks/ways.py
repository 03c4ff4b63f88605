"""What polling came to, source by source, and what fixed intervals would have come to."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.chart import Panel, svg
from benchmarks.rhythms import DAY, HOUR, RHYTHMS, SERVERS, Answer, Synthetic

_SHORTEST = 600.0  # seconds: what Wireroom asks at most, and so the least that must be lost


@dataclass
class Log:
    """What polling one source came to. *delays* are seconds from publication to admission."""

    times: array[float] = field(default_factory=lambda: array("d"))
    empty: int = 0
    failed: int = 0
    delays: array[float] = field(default_factory=lambda: array("d"))
    admitted: set[int] = field(default_factory=set)
    first: float | None = None
    served: float = -DAY
    twice: int = 0

    def ask(self, one: Synthetic, moment: float, etag: str | None = None) -> Answer:
        """Return what *one* answers at *moment*."""
        answer = one.answer(moment, moment - self.served, etag)
        self.times.append(moment)
        if answer.status != 429:
            self.served = moment
        return answer

    def note(self, one: Synthetic, moment: float, new: Iterable[int], *, good: bool) -> None:
        """Note a request at *moment* that brought the entries *new*."""
        new = list(new)
        self.failed += not good
        self.empty += good and not new
        if self.first is not None:
            self.delays.extend(moment - one.published[entry] for entry in new)
        elif good:
            self.first = moment
        self.twice += len(self.admitted.intersection(new))
        self.admitted.update(new)

    def lost(self, one: Synthetic, length: float) -> int:
        """Return how many entries came after the first poll and left the document unread."""
        if self.first is None:
            return 0
        begin, end = one.held(self.first)[1], one.held(length)[0]
        return sum(entry not in self.admitted for entry in range(begin, end))


def fixed(one: Synthetic, length: float, every: float, *, polite: bool = False) -> Log:
    """Return what polling *one* each *every* seconds comes to, hints kept only if *polite*."""
    log, moment = Log(), random.Random(one.number).uniform(0, min(every, HOUR))
    if polite:
        every = max(every, one.least, one.max_age, one.ttl * 60)
    known = 0
    while moment < length:
        if not polite or moment % DAY // HOUR not in one.skip_hours:
            answer = log.ask(one, moment)
            new = range(max(answer.first, known), answer.last)
            log.note(one, moment, new, good=answer.status == 200)
            known = max(known, answer.last)
        moment += every
    return log


@dataclass
class Row:
    """What some sources came to: delays in minutes, *bound* of the *lost* had to be."""

    name: str
    sources: int
    requests: float
    empty: float
    failed: float
    median: float
    ninety: float
    lost: int
    bound: int


def row(name: str, some: Sequence[tuple[Synthetic, Log, int]], length: float) -> Row:
    """Return the sums over *some*: (source, its log, entries that nobody could have had)."""
    delays = sorted(delay / 60 for _, log, _ in some for delay in log.delays) or [0.0]
    requests = sum(len(log.times) for _, log, _ in some)
    return Row(
        name,
        len(some),
        requests / len(some),
        sum(log.empty for _, log, _ in some) / max(1, requests),
        sum(log.failed for _, log, _ in some) / max(1, requests),
        delays[len(delays) // 2],
        delays[len(delays) * 9 // 10],
        sum(log.lost(one, length) for one, log, _ in some),
        sum(bound for *_, bound in some),
    )


HEAD = ("", "sources", "requests", "nothing new", "failed", "median", "p90", "lost", "had to be")


def told(one: Row) -> tuple[str, ...]:
    """Return *one* as cells of a table."""
    return (
        one.name,
        f"{one.sources:,}",
        f"{one.requests:,.1f}",
        f"{one.empty:.0%}",
        f"{one.failed:.0%}",
        f"{one.median:,.0f} min" if one.ninety else "-",
        f"{one.ninety:,.0f} min" if one.ninety else "-",
        f"{one.lost:,}",
        f"{one.bound:,}",
    )


def table(rows: Iterable[Row]) -> str:
    """Return *rows* as Markdown."""
    lines = [HEAD, ("---", *["---:"] * (len(HEAD) - 1)), *map(told, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def compare(made: Sequence[Synthetic], length: float, logs: dict[str, Log]) -> dict[str, list[Row]]:
    """Return title -> rows of a table: ours by rhythm and by server, then all ways to poll."""
    bounds = [fixed(one, length, _SHORTEST, polite=True).lost(one, length) for one in made]
    ours = [(one, logs[one.url], bound) for one, bound in zip(made, bounds, strict=True)]
    everything = row("Wireroom", ours, length)
    same = length / everything.requests
    ways = [everything]
    often = f"as often (every {same / 60:.0f} minutes)"
    for name, every in (("every 15 minutes", 900.0), ("every hour", HOUR), (often, same)):
        some = [
            (one, fixed(one, length, every), bound) for one, bound in zip(made, bounds, strict=True)
        ]
        ways.append(row(name, some, length))
    by_rhythm = [row(k, [o for o in ours if o[0].rhythm == k], length) for k in RHYTHMS]
    by_server = [row(k, [o for o in ours if o[0].server == k], length) for k in SERVERS]
    return {"All ways": ways, "By rhythm": by_rhythm, "By server": by_server}


def plot(tables: dict[str, list[Row]]) -> str:
    """Return the rhythms as a chart: requests, and delays from the median to the ninth tenth."""
    some = [one for one in tables["By rhythm"] if one.ninety]
    marks = [(one, one.name.removeprefix("every ")) for one in tables["All ways"][1:3]]
    return svg(
        "Requests and delays of each kind of source, beside polling at fixed intervals",
        [one.name for one in some],
        [
            Panel(
                "requests a source",
                (10, 20, 50, 100, 200, 500, 1_000),
                [(one.requests, one.requests) for one in some],
                [(one.requests, name) for one, name in marks],
            ),
            Panel(
                "delay in minutes: median to p90",
                (5, 10, 20, 50, 100, 200, 500),
                [(one.median, one.ninety) for one in some],
                [(one.median, name) for one, name in marks],
            ),
        ],
    )
