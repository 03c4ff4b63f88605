"""Does telling stories apart cost more, an article, the more articles there are?

Articles of made prose (prose.py), one in ten a cut copy of an earlier one under another headline,
go through naming, fingerprints and admission in batches of 100. At each power of ten up to
``--articles`` the cost of the second half until there is told: microseconds of CPU of this process
and of the server, and the bytes an article takes in what is kept to tell articles apart. A million
takes half an hour and 4 GB. With ``--svg`` the chart of docs/dedupe.md is drawn.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import NamedTuple

import redis
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.chart import Panel, svg
from benchmarks.prose import Text, Writer
from feeds.comparing import compared
from feeds.dedupe.identity import named_in
from feeds.model import Arrival, Article, Named, Source, Stamp, Stories, Verdict
from feeds.store import Store
from feeds.store.connection import Connection
from worker.valkey import Server

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
KEPT = ("names", "prints", "bands", "paragraphs", "story")
_BATCH = 100
_SOURCES = 200
_APART = timedelta(days=30) / 1_000_000  # between two articles: a million fill the window
_COPIED = 0.1
_RECENT = 5_000  # articles of which a copy may come


class Cost(NamedTuple):
    """What an article cost when there were *articles*: microseconds of CPU, and bytes."""

    articles: int
    worker: float
    server: float
    kept: Counter[str]
    copies: float


class Stream:
    """Articles on their way into the store, in the order of their publication."""

    def __init__(self, seed: int) -> None:
        self._writer = Writer(seed)
        self._chance = random.Random(seed)
        self._recent: deque[Text] = deque(maxlen=_RECENT)
        self._count = 0

    def batch(self) -> tuple[list[Article], datetime]:
        """Return the next articles and the moment at which they come."""
        articles = [self._article(text) for text in self._writer.articles(_BATCH)]
        return articles, BEGIN + self._count * _APART

    def _article(self, text: Text) -> Article:
        self._count += 1
        if self._recent and self._chance.random() < _COPIED:
            text = self._copy(text.title)
        self._recent.append(text)
        return Article(
            source=f"https://paper-{self._chance.randrange(_SOURCES)}.example/feed",
            format="rss",
            title=text.title,
            published=Stamp(BEGIN + self._count * _APART),
            upstream_id=f"article-{self._count}",
            link=f"https://paper.example/{self._count}",
            content_html="".join(f"<p>{escape(one)}</p>" for one in text.paragraphs),
            language="en",
        )

    def _copy(self, title: str) -> Text:
        """Return a recent article with the headline *title*, and up to four tenths cut off."""
        text = self._chance.choice(self._recent)
        kept = round(self._chance.uniform(0.6, 1) * len(text.paragraphs))
        return Text(title, text.paragraphs[: max(1, kept)])


def admit(store: Store, articles: list[Article], now: datetime) -> Counter[Verdict]:
    """Name, compare and admit *articles*; the text itself is not stored: it is kept anyway."""
    arrivals = []
    for article in articles:
        [named] = named_in([article], "growth")
        arrivals.append(Arrival(what=named, source=Source(id=article.source), place="growth"))
    arrivals = [_without_text(one) for one in compared(arrivals, store, Stories(), now)]
    return Counter(outcome.verdict for outcome in store.admission.admit(arrivals, now))


def _without_text(arrival: Arrival) -> Arrival:
    assert isinstance(arrival.what, Named)
    bare = replace(arrival.what.article, content_html="")
    return replace(arrival, what=replace(arrival.what, article=bare))


def grow(store: Store, most: int, seed: int) -> Iterator[Cost]:
    """Admit *most* articles; yield what they cost at each power of ten."""
    stream, client = Stream(seed), store.connection.redis
    admitted, points = 0, [10**power for power in range(3, 10) if 10**power <= most]
    worker = server = halfway = 0.0
    verdicts: Counter[Verdict] = Counter()
    for point in points:
        while admitted < point:
            if admitted == max(_BATCH, point // 2):
                worker, server, halfway = 0.0, _seconds(client), admitted
                verdicts.clear()
            articles, now = stream.batch()
            begun = time.process_time()
            verdicts += admit(store, articles, now)
            worker += time.process_time() - begun
            admitted += len(articles)
        half = admitted - halfway
        spent = _seconds(client) - server
        copies = verdicts[Verdict.DUPLICATE] / verdicts.total()
        yield Cost(
            admitted, worker / half * 1e6, spent / half * 1e6, kept(client, admitted), copies
        )


def kept(client: redis.Redis, articles: int) -> Counter[str]:
    """Return the bytes an article of each family of keys that tell articles apart."""
    sizes: Counter[str] = Counter()
    cursor = -1
    while cursor:
        cursor, keys = client.scan(max(0, cursor), count=5_000)
        families = [key.split(b":")[1].decode("ascii", "replace") for key in keys]
        wanted = [pair for pair in zip(families, keys, strict=True) if pair[0] in KEPT]
        with client.pipeline(transaction=False) as pipe:
            for _, key in wanted:
                pipe.memory_usage(key, samples=0)
            for (family, _), size in zip(wanted, pipe.execute(), strict=True):
                sizes[family] += size
    return Counter({family: size // articles for family, size in sizes.items()})


def _seconds(client: redis.Redis) -> float:
    cpu = client.info("cpu")
    return float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])


def chart(costs: list[Cost]) -> str:
    """Return the costs as an SVG: a row for each number of articles."""

    def dots(values: list[float]) -> list[tuple[float, float]]:
        return [(value, value) for value in values]

    scale = (100, 200, 500, 1000, 2000)
    return svg(
        "What telling stories apart costs an article, by the number of articles",
        [f"{cost.articles:,} articles" for cost in costs],
        [
            Panel("CPU of a worker, \u00b5s", scale, dots([cost.worker for cost in costs]), ()),
            Panel("CPU of the server, \u00b5s", scale, dots([cost.server for cost in costs]), ()),
            Panel("kept in Redis, bytes", scale, dots([cost.kept.total() for cost in costs]), ()),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--svg", type=Path, help="draw the chart into this file")
    arguments = parser.parse_args()
    print("| articles | worker, us | server, us | bytes | of these | copies found |")
    print("|---:|---:|---:|---:|---|---:|", flush=True)
    costs = []
    with tempfile.TemporaryDirectory(prefix="wrg") as folder:
        server = Server(Path(folder), maxmemory="16gb", appendfsync="everysec")
        process = server.start()
        try:
            connection = Connection(server.url)
            connection.redis.config_set("appendonly", "no")  # the disk is another question
            store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
            for cost in grow(store, arguments.articles, arguments.seed):
                costs.append(cost)
                parts = ", ".join(f"{family} {size}" for family, size in cost.kept.most_common())
                print(
                    f"| {cost.articles:,} | {cost.worker:.0f} | {cost.server:.0f}"
                    f" | {cost.kept.total()} | {parts} | {cost.copies:.1%} |",
                    flush=True,
                )
            connection.close()
        finally:
            process.terminate()
            process.wait()
            server.leave()
    if arguments.svg:
        arguments.svg.write_text(chart(costs), "utf-8")


if __name__ == "__main__":
    main()
