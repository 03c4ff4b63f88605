"""What it costs to lose nothing: articles admitted a second under appendfsync always and everysec.

The same named articles are admitted over one connection, in batches and singly, into an embedded
server of each policy; the rounds of the two interleave, and every round starts from an empty store.
CPU is the server's own, in milliseconds for a thousand articles; the client's is the same in both.
Run it where the data will lie: the answer is the disk's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import redis

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus import Newsroom, rss

from feeds.dedupe.identity import named_in
from feeds.model import Arrival, Article, Document, Feed, Rules, Source
from feeds.reading import read
from feeds.store import Store
from feeds.store.connection import Connection
from worker.valkey import Server

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WIRE = Source(id="https://wire.example/feed", title="The Wire")
ALL = Feed(name="all", title="Everything")
POLICIES = ("everysec", "always")


class Round(NamedTuple):
    """One round: articles a second, milliseconds a commit (median, worst), server CPU."""

    rate: float
    median: float
    worst: float
    cpu: float


def arrivals(count: int) -> list[Arrival]:
    """So many made articles, as the line hands them to the store."""
    room = Newsroom(7)
    named = []
    for at in range(0, count, 100):
        data = rss(room.stories(100, at))
        document = Document(data=data, name="wire.xml", source=WIRE, received=NOW)
        found = [one for one in read(document, Rules()) if isinstance(one, Article)]
        named += named_in(found, document.name)
    return [
        Arrival(
            what=one, source=WIRE, place="wire.xml", feeds=(ALL,), entry_id=f"tag:x,2026:{one.id}"
        )
        for one in named
    ]


def admit(store: Store, arriving: Sequence[Arrival], batch: int) -> Round:
    """Admit *arriving* in batches of *batch* into the emptied store."""
    client = store.connection.redis
    client.flushall()
    store.admission.admit(arriving[:1], NOW)  # loads the script
    client.flushall()
    spent = -_cpu(client)
    took = []
    for at in range(0, len(arriving), batch):
        begun = time.perf_counter()
        store.admission.admit(arriving[at : at + batch], NOW)
        took.append(time.perf_counter() - begun)
    spent += _cpu(client)
    assert client.zcard("wireroom:articles") == len(arriving)
    return Round(
        rate=len(arriving) / sum(took),
        median=statistics.median(took) * 1000,
        worst=max(took) * 1000,
        cpu=spent / len(arriving) * 1e6,
    )


def _cpu(client: redis.Redis) -> float:
    told = client.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def measure(stores: dict[str, Store], arriving: Sequence[Arrival], batch: int, rounds: int) -> None:
    """Print the median round of each policy."""
    done: dict[str, list[Round]] = {policy: [] for policy in POLICIES}
    for _ in range(rounds):
        for policy in POLICIES:
            done[policy].append(admit(stores[policy], arriving, batch))
    for policy in POLICIES:
        middle = sorted(done[policy])[rounds // 2]
        print(
            f"{policy:<10}{batch:>7}{middle.rate:>12,.0f}{middle.median:>12.2f}"
            f"{max(one.worst for one in done[policy]):>12.1f}{middle.cpu:>12.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the data lies; a temporary folder")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=told.folder) as folder:
        servers = {
            policy: Server(Path(folder) / policy, maxmemory="1gb", appendfsync=policy)
            for policy in POLICIES
        }
        processes = [server.start() for server in servers.values()]
        try:
            stores = {
                policy: Store(
                    Connection(one.url), article_days=90, identity_days=400, outcome_days=7
                )
                for policy, one in servers.items()
            }
            print("policy      batch  articles/s  ms, median   ms, worst  CPU ms/1000")
            arriving = arrivals(told.articles)
            measure(stores, arriving, 100, told.rounds)
            measure(stores, arriving[: max(1, told.articles // 10)], 1, told.rounds)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
            for server in servers.values():
                server.leave()


if __name__ == "__main__":
    main()
