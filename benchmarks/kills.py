"""kill -9 of the worker that polls, at random points: is every entry admitted, and once?

Sources on a server of this process gain entries while their worker is killed and started again; in
the end one is let be until nothing is due. Then what the store holds is held against what the
sources told: nothing missing, nothing twice. Exits with 1 if that is not so.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from feeds.store import Store
from feeds.store.connection import Connection
from feeds.upstream import Upstream as Registration
from tests.polled import item, rss, working
from tests.running import wait_for
from tests.upstream import Reply, Seen, Upstream
from worker.valkey import Server

_HURRY_EVERY = 5
_LONGEST_LIVES = (0.1, 1.5)
"""Seconds from a worker's first request to its end: many die while that batch is under way."""


class Publishers:
    """Sources with *entries* entries each, of which some gain one now and then."""

    def __init__(self, upstream: Upstream, sources: int, entries: int) -> None:
        self.told = [entries] * sources
        self._asked: Counter[str] = Counter()
        paths = [upstream.route(f"/{number}", self._answer) for number in range(sources)]
        self.urls = [
            path.replace("0.0.0.0", f"127.0.{1 + number // 250}.{1 + number % 250}")
            for number, path in enumerate(paths)
        ]

    def publish(self, chance: random.Random) -> None:
        """Let every fifth source or so have a new entry."""
        for number in range(len(self.told)):
            self.told[number] += chance.random() < 0.2

    def ids(self) -> Counter[str]:
        """Return the id of every entry that was ever told, each once."""
        return Counter(
            f"tag:wire.example,2026:{_key(number, entry)}"
            for number, count in enumerate(self.told)
            for entry in range(count)
        )

    def _answer(self, seen: Seen) -> Reply:
        number = int(seen.path[1:])
        etag = ("ETag", f'"{self.told[number]}"')
        newest_first = reversed(range(self.told[number]))
        body = rss(item(_key(number, entry)) for entry in newest_first)
        return Reply(body=body, headers=[etag], conditional=True)


def _key(source: int, entry: int) -> str:
    return f"{source}-{entry}"


def admitted(store: Store) -> Counter[str]:
    """Return how often the store holds an article of each upstream id."""
    [ids] = store.shelf.newest(["all"], 10_000_000)
    found: Counter[str] = Counter()
    for at in range(0, len(ids), 1_000):
        stories = store.shelf.articles(ids[at : at + 1_000]).values()
        found.update(story.article.upstream_id or "" for story in stories)
    return found


def due(store: Store) -> int:
    """Return how many sources are due; one life may be long enough for all there are."""
    moments = store.connection.key("poll", "due")
    return int(store.connection.redis.zcount(moments, "-inf", time.time() * 1000))


def claims(store: Store) -> dict[bytes, int]:
    """Return how often each source was claimed since it was settled last."""
    found = store.connection.redis.hgetall(store.connection.key("poll", "deaths"))
    return {one: int(count) for one, count in found.items()}


def run(store: Store, server: Server, folder: Path, arguments: argparse.Namespace) -> bool:
    """Kill as often as *arguments* say, then judge; tell whether all is well."""
    chance = random.Random(arguments.seed)
    begun = time.monotonic()
    with Upstream("0.0.0.0") as upstream:
        publishers = Publishers(upstream, arguments.sources, arguments.entries)
        moment = datetime.now(UTC)
        store.sources.add([(Registration(id=url), moment) for url in publishers.urls], moment)
        cut = 0
        for number in range(arguments.kills):
            publishers.publish(chance)
            if number % _HURRY_EVERY == 0 or not due(store):
                store.sources.hurry(publishers.urls, datetime.now(UTC))
            before, deaths = len(upstream.requests), claims(store)
            with working(server, folder):
                wait_for(lambda before=before: len(upstream.requests) > before)
                time.sleep(chance.uniform(0, chance.choice(_LONGEST_LIVES)))
            cut += any(count > deaths.get(one, 0) for one, count in claims(store).items())
        store.connection.redis.delete(store.connection.key("poll", "deaths"))
        store.sources.hurry(publishers.urls, last := datetime.now(UTC))
        with working(server, folder):
            wait_for(
                lambda: all(_done(one.poll.succeeded, last) for one in store.sources.all()), 300
            )
        asked = len(upstream.requests)
    told, found = publishers.ids(), admitted(store)
    tally = store.pulse.figures()["tally"]
    print(
        f"{arguments.kills} kills in {time.monotonic() - begun:.0f} s, {cut} of them in the middle "
        f"of polls; {arguments.sources} sources, {asked} requests"
    )
    print(f"entries told {told.total()}, admitted {found.total()}, verdicts {tally}")
    print(f"missing {(told - found).total()}, twice or unknown {(found - told).total()}")
    return told == found and tally["http new"] == told.total()


def _done(succeeded: datetime | None, last: datetime) -> bool:
    return succeeded is not None and succeeded >= last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--sources", type=int, default=400)
    parser.add_argument("--entries", type=int, default=20, help="in each at first (default 20)")
    parser.add_argument("--seed", type=int, default=1)
    with tempfile.TemporaryDirectory(prefix="wrk") as place:
        server = Server(Path(place) / "redis", maxmemory="1gb", appendfsync="everysec")
        process = server.start()
        try:
            connection = Connection(server.url)
            store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
            well = run(store, server, Path(place), parser.parse_args())
        finally:
            process.terminate()
            process.wait()
            server.leave()
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
