"""CPU of polling: a first pass in which all is new, one of 304s, one with a new entry in each feed.

A server in another process (``newsstand.py``, its CPU is not counted) has the sources, each on a
host of its own. Counted is all CPU of the process that polls, and of Redis (append-only, synced
always). Wireroom's part is the poll: claim, fetch, read, admit, settle; publishing is not in it.
``--peer`` lets the PyPI package ``reader`` update the first 200 of the sources in three such
passes, into its SQLite file on disk, and Wireroom the same 200; the ratio is Wireroom's CPU to its.
Before the clock starts each polls ten other sources, one of each kind, into another store: what is
loaded at first use (models, parsers) is part of the start, which is printed apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.newsstand import address
from feeds.model import Rules, Site, Verdict
from feeds.pipeline import Line
from feeds.polling import Poller, Terms
from feeds.read.fetch import Fetcher, Limits
from feeds.read.guard import Guard
from feeds.store import Store
from feeds.store.connection import Connection
from feeds.upstream import Upstream
from worker.valkey import Server

PASSES = ("all new", "all 304", "one new each")
AIMS = (0.2, 0.1, 0.2)
SUBSET = 200
TRIAL = 10
_NEWSSTAND = Path(__file__).with_name("newsstand.py")


class Pass(NamedTuple):
    """What one pass took: CPU seconds of Python and of Redis, seconds on the wall, new entries."""

    python: float
    server: float
    wall: float
    new: int


@contextmanager
def newsstand(sources: int, entries: int) -> Iterator[int]:
    """Run the server of the sources; yield its port."""
    with subprocess.Popen(
        [sys.executable, _NEWSSTAND, str(sources), str(entries)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def turn(port: int, edition: int) -> None:
    """Let every source have its first or its second edition."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/edition/{edition}", timeout=30):
        pass


def side(name: str, port: int, sources: int) -> tuple[float, list[Pass]]:
    """Run one side in a process of its own; return CPU seconds of its start, and its passes."""
    turn(port, 1)
    answer = subprocess.run(
        [sys.executable, __file__, "--side", name, "--port", str(port), "--sources", str(sources)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    start, passes = json.loads(answer.stdout.splitlines()[-1])
    return start, [Pass(*one) for one in passes]


def three_passes(
    port: int, update: Callable[[], int], server: Callable[[], float] = lambda: 0.0
) -> list[Pass]:
    """Time three times *update*, which returns how many entries were new."""
    passes = []
    for number in range(len(PASSES)):
        turn(port, 2 if number == 2 else 1)
        begun = time.process_time(), server(), time.monotonic()
        new = update()
        ended = time.process_time(), server(), time.monotonic()
        python, redis, wall = (after - before for before, after in zip(begun, ended, strict=True))
        passes.append(Pass(python, redis, wall, new))
    return passes


def run_wireroom(port: int, urls: list[str], trial: list[str], folder: Path) -> list[Pass]:
    valkey = Server(folder, maxmemory="2gb", appendfsync="always")
    process = valkey.start()
    try:
        polled(valkey.url, "trial", trial)()
        client = Connection(valkey.url).redis

        def server() -> float:
            figures = client.info("cpu")
            return sum(figures[f"used_cpu_{kind}"] for kind in ("user", "sys", "user_children"))

        return three_passes(port, polled(valkey.url, "wireroom", urls), server)
    finally:
        process.terminate()
        process.wait()
        valkey.leave()


def polled(server: str, namespace: str, urls: list[str]) -> Callable[[], int]:
    """Register *urls* and return what polls each of them once."""
    store = Store(Connection(server, namespace), article_days=90, identity_days=400, outcome_days=7)
    moments = [datetime.now(UTC)]
    store.sources.add([(Upstream(id=url), moments[0]) for url in urls], moments[0])
    poller = Poller(
        Line(store, Rules(), Site()),
        Fetcher(Limits(), Guard(("127.0.0.0/8",)), "Wireroom/benchmark"),
        Terms(host_seconds=0, first_entries=1_000_000),
        lambda: moments[-1],
    )

    def update() -> int:
        moments.append(moments[-1] + timedelta(hours=2))
        store.sources.hurry(urls, moments[-1])
        done = new = 0
        while done < len(urls):
            for one in poller.round():
                done += 1
                new += sum(
                    outcome.verdict is Verdict.NEW or outcome.rule == "likeness"
                    for outcome in one.report.outcomes
                )
        return new

    return update


def run_reader(port: int, urls: list[str], trial: list[str], folder: Path) -> list[Pass]:
    updated(folder / "trial.sqlite", trial)()
    return three_passes(port, updated(folder / "reader.sqlite", urls))


def updated(path: Path, urls: list[str]) -> Callable[[], int]:
    """Add *urls* to a reader and return what updates each of them once."""
    from reader import make_reader  # noqa: PLC0415 - only --peer needs it

    reader = make_reader(str(path))
    for url in urls:
        reader.add_feed(url)

    def update() -> int:
        before = reader.get_entry_counts().total or 0
        reader.update_feeds(scheduled=False)
        failed = [feed.url for feed in reader.get_feeds(broken=True)]
        assert not failed, failed
        return (reader.get_entry_counts().total or 0) - before

    return update


SIDES = {"wireroom": run_wireroom, "reader": run_reader}


def run_side(name: str, port: int, sources: int) -> None:
    """Be one side: print CPU seconds of starting up, and the passes, as JSON."""
    urls = [address(number, port) for number in range(sources)]
    trial = [address(number, port, "127.9") for number in range(TRIAL)]
    with tempfile.TemporaryDirectory(prefix="wrp") as place:
        passes = SIDES[name](port, urls, trial, Path(place))
    start = time.process_time() - sum(one.python for one in passes)
    print(json.dumps([start, passes]))


def table(title: str, start: float, passes: list[Pass], sources: int) -> None:
    print(f"\n{title} (start and end: {start:.2f} s of CPU besides)")
    print(f"  {'':14}{'CPU s':>8}{'Redis s':>9}{'wall s':>8}{'new':>8}{'ms a source':>13}")
    for name, one in zip(PASSES, passes, strict=True):
        total = one.python + one.server
        print(
            f"  {name:14}{total:8.3f}{one.server:9.3f}{one.wall:8.2f}{one.new:8}"
            f"{total / sources * 1000:13.3f}"
        )


def compare(ours: list[Pass], theirs: list[Pass]) -> None:
    print("\nWireroom's CPU to reader's")
    for name, aim, one, other in zip(PASSES, AIMS, ours, theirs, strict=True):
        ratio = (one.python + one.server) / (other.python + other.server)
        print(f"  {name:14}{ratio:8.3f}   (aim: at most {aim})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=2_000, help="default 2000")
    parser.add_argument("--entries", type=int, default=20, help="in each (default 20)")
    parser.add_argument("--peer", action="store_true", help="beside reader (pip install .[bench])")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        run_side(arguments.side, arguments.port, arguments.sources)
        return
    with newsstand(arguments.sources, arguments.entries) as port:
        title = f"sources of {arguments.entries} entries"
        table(
            f"Wireroom, {arguments.sources} {title}",
            *side("wireroom", port, arguments.sources),
            arguments.sources,
        )
        if arguments.peer:
            subset = min(SUBSET, arguments.sources)
            ours, theirs = (side(name, port, subset) for name in SIDES)
            table(f"Wireroom, {subset} {title}", *ours, subset)
            table(f"reader, {subset} {title}", *theirs, subset)
            compare(ours[1], theirs[1])


if __name__ == "__main__":
    main()
