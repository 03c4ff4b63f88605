"""Articles per CPU-second: Wireroom's whole line, its queue, and the plain pipeline beside them.

CPU is user and system time of every process that took part, Redis included; starting up and
importing are left out, and each reads one file of each kind before the clock starts. Each run has
fresh processes, a fresh server (append-only, synced always) and a fresh folder; the three take
turns, and the ratio is taken within a round: a shared machine is as busy for one as for the others.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import corpus
from benchmarks.corpus import Dropped
from benchmarks.sides import trial
from tests.running import Running
from worker.valkey import Server

SIDES = ("plain", "line", "queue")
SIDES_SCRIPT = Path(__file__).with_name("sides.py")
_TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """What one run took: CPU seconds of Python and of the server, and seconds on the wall.

    *parts* is the table of where the CPU went, if that was asked for.
    """

    articles: int
    python: float
    server: float
    wall: float
    parts: str = ""

    @property
    def rate(self) -> float:
        """Articles per CPU-second."""
        return self.articles / (self.python + self.server)


def cpu(process_id: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS


def tree(process_id: int) -> list[int]:
    """Return *process_id* and all its living descendants."""
    try:
        children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    except FileNotFoundError:
        children = []
    return [process_id, *(each for child in children for each in tree(int(child)))]


def measure(side: str, files: Sequence[Dropped], every: int = 0, *, parts: bool = False) -> Cost:
    """Run *side* over *files* in a folder of its own, publishing after *every* so many (0: all)."""
    with tempfile.TemporaryDirectory(prefix="wrb") as place:
        folder = Path(place)
        (folder / "made").mkdir()
        for file in files:
            (folder / "made" / file.name).write_bytes(file.data)
        if side == "queue":
            return _queue(folder, files)
        server = Server(folder / "redis", maxmemory="512mb", appendfsync="always")
        process = server.start()
        try:
            begun = cpu(process.pid)
            answer = subprocess.run(
                [sys.executable, SIDES_SCRIPT, side, folder, str(every or len(files))]
                + ["--parts"] * parts,
                env={**os.environ, "WIREROOM_REDIS_URL": server.url},
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            articles, python, wall, told = json.loads(answer.stdout.splitlines()[-1])
            return Cost(articles, python, cpu(process.pid) - begun, wall, told)
        finally:
            process.terminate()
            process.wait()
            server.leave()


def _queue(folder: Path, files: Sequence[Dropped]) -> Cost:
    """Drop *files* into a running Wireroom by rename, and wait until all of it is published."""
    expected = sum(len(file.titles) for file in files)
    with Running(folder / "data") as wireroom:
        for path in trial(folder):
            path.rename(wireroom.drop / path.name)
        trials = len(corpus.FORMATS)
        wireroom.wait_for(lambda: _published(wireroom) == trials and _idle(wireroom), 20)
        begun, wall = sum(map(cpu, tree(wireroom.process.pid))), time.monotonic()
        for file in files:
            (folder / "made" / file.name).rename(wireroom.drop / file.name)
        wireroom.wait_for(
            lambda: _published(wireroom) == trials + expected and _idle(wireroom), 300
        )
        spent = sum(map(cpu, tree(wireroom.process.pid))) - begun
        return Cost(expected, spent, 0.0, time.monotonic() - wall)


def _published(wireroom: Running) -> int:
    return int(wireroom.redis.zcard("wireroom:articles"))


def _idle(wireroom: Running) -> bool:
    """Tell whether every feed and page is written, and every file settled."""
    marks = wireroom.redis.exists("wireroom:dirty", "wireroom:pages")
    return not marks and not any((wireroom.drop / "_claimed").glob("*/*"))


def table(title: str, rounds: Sequence[dict[str, Cost]]) -> None:
    """Print the medians of *rounds*, and each side's ratio to the plain pipeline in its round."""
    print(f"\n{title}")
    print(
        f"  {'':8}{'articles':>9}{'CPU s':>8}{'server s':>9}{'wall s':>8}{'per CPU-s':>11}{'x':>7}"
    )
    for side in rounds[0]:
        costs = [one[side] for one in rounds]
        middle = sorted(costs, key=lambda cost: cost.rate)[len(costs) // 2]
        ratio = statistics.median(one[side].rate / one["plain"].rate for one in rounds)
        total = middle.python + middle.server
        server = f"{middle.server:9.2f}" if side != "queue" else f"{'(in it)':>9}"
        print(
            f"  {side:8}{middle.articles:9}{total:8.2f}{server}{middle.wall:8.2f}"
            f"{middle.rate:11,.0f}{ratio:7.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=200, help="feed files (default 200)")
    parser.add_argument("--entries", type=int, default=20, help="entries in each (default 20)")
    parser.add_argument("--files", type=int, default=1000, help="files of one article each")
    parser.add_argument(
        "--every",
        type=int,
        nargs="+",
        default=[0],
        help="publish after so many files; 0: once, at the end (the default)",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-queue", action="store_true", help="leave out the run through Celery")
    parser.add_argument(
        "--parts", action="store_true", help="where the line's CPU goes, and no more"
    )
    arguments = parser.parse_args()
    sets = {
        f"{arguments.feeds} feed files of {arguments.entries} entries": corpus.feed_files(
            1, arguments.feeds, arguments.entries
        ),
        f"{arguments.files} files of one article, in mixed formats": corpus.mixed(
            2, arguments.files
        ),
    }
    for title, files in sets.items():
        if arguments.parts:
            print(f"\n{title}")
            print(measure("line", files, arguments.every[0], parts=True).parts)
            continue
        for every in arguments.every:
            # The queue publishes when it sees fit, which is neither of the two.
            sides = SIDES[: 2 if arguments.no_queue or every else 3]
            when = f"published after every {every} files" if every else "published once, at the end"
            table(
                f"{title}, {when}",
                [
                    {side: measure(side, files, every) for side in sides}
                    for _ in range(arguments.rounds)
                ],
            )


if __name__ == "__main__":
    main()
