"""A week over ten thousand sources: what polling asks of them, how late it is, and what it misses.

Time is simulated (nothing sleeps), the sources are made (``rhythms.py``). The rest is what runs in
Wireroom: its poller, its rules of politeness, its schedule in a Valkey of its own. Only the network
is missing: what a server would answer is worked out. ``--admit`` sends every entry down the whole
line; without it entries are counted by their ids, for a million articles need more memory than
their dates do. Beside it the same week is worked out for polling at fixed intervals, and for asking
every ten minutes whatever the hints and Retry-After allow: what that loses could not be had.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import ceil, inf
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.rhythms import BEGIN, DAY, HOUR, Synthetic, sources
from benchmarks.ways import Log, compare, plot, table
from feeds.model import (
    Arrival,
    Article,
    Document,
    Named,
    Outcome,
    Rules,
    Site,
    Stamp,
    Verdict,
)
from feeds.pipeline import Line
from feeds.polling import Polled, Poller, Terms
from feeds.read.fetch import Fetcher, Hop, Request, Response
from feeds.store import Store
from feeds.store.connection import Connection
from feeds.store.sources import host_of
from feeds.upstream import Upstream
from worker.valkey import Server

_STEP = 6  # seconds between two looks at the schedule; Wireroom looks every two
_FIRST = HOUR  # the sources are added together, their first polls spread over this


class Network(Fetcher):
    """Answers what the synthetic sources would; notes who was asked when."""

    def __init__(
        self, known: dict[str, Synthetic], clock: Callable[[], float], *, brief: bool
    ) -> None:
        self.asked: Counter[str] = Counter()
        self.logs: defaultdict[str, Log] = defaultdict(Log)
        self._known = known
        self._clock = clock
        self._brief = brief

    def batches(self, requests: Iterable[Request], *_: object) -> Generator[list[Response]]:
        """Yield the answer to each of *requests*; what is due by then comes with the next round."""
        yield [self._response(request, self._clock()) for request in requests]

    def _response(self, request: Request, moment: float) -> Response:
        self.asked[host_of(request.url)] += 1
        one = self._known[request.source]
        answer = self.logs[request.source].ask(one, moment, request.etag)
        moved = one.moved is not None and one.moved <= moment and request.url == one.url
        url = f"https://new-{one.number}.example/feed" if moved else request.url
        return Response(
            request.source,
            url,
            status=answer.status,
            headers=answer.headers,
            body=one.document(answer, moment, brief=self._brief) if answer.status == 200 else b"",
            hops=(Hop(301, url),) if moved else (),
            problem="" if answer.status else "connect",
        )


class Counting(Line, frozen=True, kw_only=True):
    """A line that takes entries for what they are: read from the source, known by their number."""

    made: dict[str, Synthetic]
    known: defaultdict[str, set[int]]

    def arrivals(self, document: Document | Arrival, now: datetime) -> Iterator[Arrival]:
        """Yield the entries that the document holds at *now*."""
        assert isinstance(document, Document)
        one = self.made[document.source.id]
        first, last = one.held((now - BEGIN).total_seconds())
        for entry in reversed(range(first, last)):
            article = Article(
                source=document.source.id,
                format="rss",
                title=f"{entry} of {one.number}",
                published=Stamp(BEGIN + timedelta(seconds=one.published[entry])),
            )
            named = Named(article, f"{entry:08d}", document.source.id, (), b"", b"")
            yield Arrival(named, document.source, document.name)

    def admit(self, arrivals: Sequence[Arrival], _now: datetime) -> list[Outcome]:
        """Return what became of each, as the store would say it."""
        return [self._outcome(arrival) for arrival in arrivals]

    def _outcome(self, arrival: Arrival) -> Outcome:
        assert isinstance(arrival.what, Named)
        title, known = arrival.what.article.title, self.known[arrival.source.id]
        entry = int(arrival.what.id)
        verdict = Verdict.STALE if arrival.backlog else Verdict.NEW
        if entry in known:
            verdict = Verdict.UNCHANGED
        known.add(entry)
        return Outcome(verdict, id=arrival.what.id, title=title)


class Gates:
    """Ends the rests of hosts in simulated time, for Valkey counts them by the real clock."""

    def __init__(self, store: Store) -> None:
        self._redis = store.connection.redis
        self._key = store.connection.key
        self._closed: dict[bytes | str, float] = {}

    def close(self, polled: Polled, moment: float) -> None:
        """Note for how long the host of *polled* is asked nothing more."""
        key = self._key("poll", "busy", host_of(polled.poll.address))
        paused = polled.poll.status in (429, 503)
        left = self._redis.pttl(key) / 1000 if paused else 0  # type: ignore[operator]
        self._closed[key] = moment + left

    def open(self, moment: float) -> None:
        """Open those whose time is over."""
        over = [key for key, end in self._closed.items() if end <= moment]
        if over:
            self._redis.unlink(*over)
        for key in over:
            del self._closed[key]


def simulate(
    made: Sequence[Synthetic], length: float, store: Store, *, admit: bool
) -> tuple[dict[str, Log], Counter[str]]:
    """Let Wireroom poll *made* for *length* seconds; return source -> log, host -> requests."""
    known = {one.url: one for one in made}
    moment, chance = 0.0, random.Random(2)
    network = Network(known, lambda: moment, brief=not admit)
    rules, site = Rules(), Site(category_feeds=False)
    line = (
        Line(store, rules, site)
        if admit
        else Counting(store, rules, site, made=known, known=defaultdict(set))
    )
    poller = Poller(
        line,
        network,
        Terms(),
        lambda: BEGIN + timedelta(seconds=moment),
        lambda: chance.uniform(-1, 1),
    )
    spread = [BEGIN + timedelta(seconds=chance.uniform(0, _FIRST)) for _ in made]
    entries = [(Upstream(id=url), due) for url, due in zip(known, spread, strict=True)]
    store.sources.add(entries, BEGIN)
    gates = Gates(store)
    told = 0
    while moment < length:
        gates.open(moment)
        done = list(poller.round())
        for polled in done:
            gates.close(polled, moment)
            _note(known[polled.source], network.logs[polled.source], polled, moment)
        if moment >= told:
            print(f"  hour {told // 3600:.0f}: {network.asked.total():,} requests", file=sys.stderr)
            told += int(12 * HOUR)
        moment = moment + _STEP if done else max(moment + _STEP, _next_look(store))
    return dict(network.logs), network.asked


def _next_look(store: Store) -> float:
    """Return the first look at the schedule at which a source is due, or the end of time."""
    first: list[tuple[bytes, float]] = store.connection.redis.zrange(  # type: ignore[assignment]
        store.connection.key("poll", "due"), 0, 0, withscores=True
    )
    if not first:
        return inf
    return ceil((first[0][1] / 1000 - BEGIN.timestamp()) / _STEP) * _STEP


def _note(one: Synthetic, log: Log, polled: Polled, moment: float) -> None:
    new = [
        int(outcome.title.split()[0])
        for outcome in polled.report.outcomes
        if outcome.verdict is Verdict.NEW
    ]
    log.note(one, moment, new, good=polled.poll.succeeded == polled.poll.polled)


@contextmanager
def valkey() -> Iterator[Store]:
    """Run a Valkey that keeps nothing on disk, and hand out a store in it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), maxmemory="2gb", appendfsync="no")
        process = server.start()
        connection = Connection(server.url)
        connection.redis.config_set("appendonly", "no")
        try:
            yield Store(connection, article_days=90, identity_days=400, outcome_days=7)
        finally:
            connection.close()
            process.terminate()
            process.wait()
            server.leave()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--admit", action="store_true", help="send entries down the whole line")
    parser.add_argument("--plot", type=Path, help="write an SVG of delay against requests here")
    options = parser.parse_args()
    length = options.days * DAY
    made = sources(options.sources, length)
    with valkey() as store:
        logs, asked = simulate(made, length, store, admit=options.admit)
    tables = compare(made, length, logs)
    for title, rows in tables.items():
        print(f"\n{title}: requests a source, minutes from publication to admission\n")
        print(table(rows))
    if options.plot:
        options.plot.write_text(plot(tables), "utf-8")
    print("\nrequests by host, most of all: ", dict(asked.most_common(3)))
    print("entries admitted:", f"{sum(len(log.admitted) for log in logs.values()):,};", end=" ")
    print("twice:", sum(log.twice for log in logs.values()))


if __name__ == "__main__":
    main()
