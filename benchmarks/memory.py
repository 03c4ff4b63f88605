"""Bytes of Redis memory that an article takes, by kind of key; the table of feeds/store repeats it.

Articles go through the whole line into a Valkey of our own and are published once. A key's bytes
are what MEMORY USAGE says of it with every element counted; "all" is what the server's own figure
of used memory grew by, which has the key space and the allocator's waste in it.

Without FILES the articles are made (2 KB of text, 3 KB of HTML, three categories, see corpus.py);
made sentences compress better than news, so give it files of yours.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import redis

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus import Newsroom, rss

from feeds.model import Document, Rules, Site, Source, Verdict
from feeds.pipeline import Line, Press
from feeds.store import Store
from feeds.store.connection import Connection
from worker.valkey import Server

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WIRE = Source(id="https://wire.example/feed", title="The Wire")
KINDS = ("article", "names", "articles", "feed", "feeds", "pages", "fragments", "journal")


def documents(articles: int, files: list[Path]) -> list[Document]:
    """The files, or a feed of so many made articles for each hundred."""
    if files:
        named = [(path.name, path.read_bytes()) for path in files]
    else:
        room = Newsroom(7)
        named = [
            (f"wire-{at}.xml", rss(room.stories(min(100, articles - at), at)))
            for at in range(0, articles, 100)
        ]
    return [Document(data=data, name=name, source=WIRE, received=NOW) for name, data in named]


def used(client: redis.Redis) -> int:
    return int(client.info("memory")["used_memory_dataset"])


def by_kind(client: redis.Redis) -> dict[str, tuple[int, int]]:
    """Kind of key -> how many there are, and their bytes together."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for key in client.scan_iter(match="wireroom:*", count=1000):
        kind = key.split(b":")[1].decode()
        counts[kind] += 1
        sizes[kind] += client.memory_usage(key, samples=0) or 0
    return {kind: (counts[kind], sizes[kind]) for kind in counts}


def measure(server: Server, arriving: list[Document]) -> None:
    connection = Connection(server.url)
    store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
    client = connection.redis
    store.pulse.queues()  # the connection and the scripts are there before we look
    before = used(client)
    line = Line(store, Rules(), Site())
    tally: Counter[Verdict] = Counter()
    for document in arriving:
        for report in line.ingest([document], NOW):
            tally += report.tally
    admitted = used(client)
    kinds = by_kind(client)
    with tempfile.TemporaryDirectory() as folder:
        Press(store, Site(), Path(folder)).publish(NOW)
    published = by_kind(client)
    new = tally[Verdict.NEW]
    print(", ".join(f"{count} {verdict}" for verdict, count in tally.most_common()))
    print(f"\n{'key':<12}{'keys':>9}{'bytes a key':>13}{'bytes an article':>18}")
    for kind in KINDS:
        count, size = (published if kind == "fragments" else kinds).get(kind, (0, 0))
        if count:
            print(f"{kind:<12}{count:>9,}{size / count:>13,.0f}{size / new:>18,.0f}")
    fragments, size = published.get("fragments", (0, 0))
    each = (admitted - before) / new
    print(f"{'all':<12}{'':>22}{each:>18,.0f}   without fragments, which {fragments:,} have")
    print(f"\nin 512 MB: {512 * 1024**2 / each:,.0f} articles")
    if fragments:
        whole = each + size / fragments
        print(f"           {512 * 1024**2 / whole:,.0f} if every one had fragments")
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("files", type=Path, nargs="*")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), maxmemory="2gb", appendfsync="everysec")
        process = server.start()
        try:
            measure(server, documents(told.articles, told.files))
        finally:
            process.terminate()
            process.wait()
            server.leave()


if __name__ == "__main__":
    main()
