"""A thousand articles at once, while parts of Wireroom are killed: is anything lost, twice, torn?

Files are dropped in mixed formats with broken ones among them, letters go into the inbox, and
lists are submitted as tasks. Half-way the worker is killed twice (SIGKILL to its whole process
group) and the server once; with ``--power-cut`` everything is killed at one moment, and the
append-only file is cut back to what the last completed fsync had covered. A reader polls a feed
throughout. What was sent is kept in a ledger outside Wireroom, and at the end each article must be
published once, each broken file rejected with its reason. Ends with status 1 at the first
violation. Run it for an hour after each change of the worker, the store or the drop folder.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import redis

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import corpus
from benchmarks.corpus import Dropped
from benchmarks.judgement import judge
from benchmarks.witnesses import Reader, Sender
from tests.running import Running

_DRAIN_SECONDS = 240


class Run(NamedTuple):
    """One run of the soak, for the table."""

    published: int
    rejected: int
    killed_at: str
    seconds: float
    drained: float
    polls: int


class Size(NamedTuple):
    """How much is sent: files, the broken ones among them, letters, and as many tasks."""

    articles: int
    broken: int
    sent: int


def soak(folder: Path, size: Size, *, seed: int, power_cut: Path | None = None) -> Run:
    """Run once in *folder*; with *power_cut*, the library that ``shim`` has made, cut the power.

    Raises:
        Violation: a promise was broken.
    """
    files = [*corpus.mixed(seed, size.articles - size.broken), *corpus.broken(size.broken)]
    random.Random(seed).shuffle(files)
    settings = _settings(folder, power_cut)
    reader, sender = Reader(), Sender(corpus.Newsroom(seed + 1_000_000), size.sent)
    begun = time.monotonic()
    shares = ""
    with ExitStack() as stack:
        stack.callback(sender.stop)
        stack.callback(reader.halt)
        if power_cut is not None:
            with Cut(folder / "data", **settings) as wireroom:
                _begin(wireroom, files, reader, sender)
                shares = _hit(wireroom, "power", random.Random(seed).uniform(0.2, 0.8), len(files))
                reader.stop()
            _cut_back(folder)
        wireroom = stack.enter_context(Running(folder / "data", **settings))
        if power_cut is None:
            _begin(wireroom, files, reader, sender)
            shares = ", ".join(_hit(wireroom, *each, len(files)) for each in _plan(seed))
        else:
            reader.begin(wireroom.url)
        hit = time.monotonic()
        sender.finish()
        wireroom.wait_for(lambda: _drained(wireroom), _DRAIN_SECONDS)
        drained = time.monotonic() - hit
        reader.stop()
        judge(wireroom, files, sender)
    return Run(
        published=size.articles - size.broken + 2 * size.sent,
        rejected=size.broken,
        killed_at=shares,
        seconds=time.monotonic() - begun,
        drained=drained,
        polls=reader.polls,
    )


def _begin(wireroom: Running, files: Sequence[Dropped], reader: Reader, sender: Sender) -> None:
    """Drop all *files* at once, by rename, and set the witnesses to work."""
    made = wireroom.data.with_name("made")
    made.mkdir()
    for file in files:
        (made / file.name).write_bytes(file.data)
    reader.begin(wireroom.url)
    sender.begin(wireroom.redis_url)
    for file in files:
        (made / file.name).rename(wireroom.drop / file.name)


def _settings(folder: Path, power_cut: Path | None) -> dict[str, str]:
    """Return a window that holds everything, so that a reader can tell what lacks."""
    settings = {
        "WIREROOM_PUBLISH_WINDOW_MAX_ITEMS": "5000",
        "WIREROOM_PUBLISH_WINDOW_BYTES": "100000000",
        "WIREROOM_INBOX_ABANDONED_SECONDS": "5",
        "WIREROOM_WORKER_BATCH": "20",
        "WIREROOM_STORIES_COMPARE": "false",  # made texts that share sentences, each to be counted
    }
    if power_cut is not None:
        synced = folder / "synced"
        synced.mkdir()
        settings |= {"LD_PRELOAD": str(power_cut), "WIREROOM_SOAK_SYNCED": str(synced)}
    return settings


def _plan(seed: int) -> list[tuple[str, float]]:
    """Return what is killed, and at which share of files settled."""
    choose = random.Random(seed)
    return [
        ("worker", choose.uniform(0.05, 0.3)),
        ("valkey", choose.uniform(0.35, 0.6)),
        ("worker", choose.uniform(0.65, 0.9)),
    ]


def _hit(wireroom: Running, name: str, share: float, files: int) -> str:
    """Wait until *share* of the files is settled, then kill *name* and all that it started."""
    wireroom.wait_for(lambda: _settled(wireroom) >= share * files, _DRAIN_SECONDS)
    if name != "power":
        [victim] = wireroom.wait_for(lambda: _children(wireroom.process.pid, name))
        os.killpg(victim, signal.SIGKILL)
    return f"{name} {_settled(wireroom) / files:.0%}"


def _settled(wireroom: Running) -> int:
    return sum(
        not path.name.endswith(".reason.json")
        for result in ("_done", "_rejected", "_duplicate")
        for path in (wireroom.drop / result).iterdir()
    )


def _drained(wireroom: Running) -> bool:
    """Tell whether nothing waits anywhere: files, letters, feeds, pages."""
    waiting = any(not path.name.startswith("_") for path in wireroom.drop.iterdir())
    try:
        left = wireroom.redis.exists("wireroom:dirty", "wireroom:pages")
        letters = wireroom.redis.xlen("wireroom:inbox")
    except redis.RedisError:  # it is being started again
        return False
    claimed = any((wireroom.drop / "_claimed").glob("[!.]*"))
    return not waiting and not claimed and not left and not letters


def _children(process_id: int, name: str = "") -> list[int]:
    """Return the children of *process_id* whose command is *name*: worker, beat, valkey, ..."""
    listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return [int(child) for child in listed if name in _command(int(child))]


def _command(process_id: int) -> str:
    parts = Path(f"/proc/{process_id}/cmdline").read_text().split("\0")
    if len(parts) < 2:  # it has ended, and nobody has looked yet
        return ""
    return "valkey" if "valkey" in parts[0] else parts[-2]


class Cut(Running):
    """A Wireroom that ends as in a power cut: every process at one moment, none in order."""

    def __exit__(self, *_: object) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)  # it must not start anything again
        for victim in _children(self.process.pid):
            os.killpg(victim, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.redis.close()
        self.data.with_name(f"{self.data.name}.log").rename(self.data.with_name("before.log"))


def _cut_back(folder: Path) -> None:
    """Take from the append-only file what no completed fsync had covered."""
    for note in (folder / "synced").iterdir():
        path = folder / "data" / "valkey" / "appendonlydir" / note.name
        if path.exists():
            os.truncate(path, int(note.read_text()))


def shim(folder: Path) -> Path | None:
    """Compile what simulates a power cut; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "synced.so"
    source = Path(__file__).with_name("synced.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--articles", type=int, default=1000, help="files, broken ones included")
    parser.add_argument("--broken", type=int, default=20)
    parser.add_argument("--sent", type=int, default=50, help="letters, and as many tasks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--power-cut", action="store_true", help="cut the power instead of killing")
    arguments = parser.parse_args()
    size = Size(arguments.articles, arguments.broken, arguments.sent)
    print("seed  published  rejected  seconds  drained  polls  killed at", flush=True)
    for seed in range(arguments.seed, arguments.seed + arguments.times):
        with tempfile.TemporaryDirectory(prefix="wrs") as place:
            folder = Path(place)
            library = shim(folder) if arguments.power_cut else None
            if arguments.power_cut and library is None:
                print("skipped: without a C compiler a power cut cannot be simulated here")
                return
            run = soak(folder, size, seed=seed, power_cut=library)
        print(
            f"{seed:4}  {run.published:9}  {run.rejected:8}  {run.seconds:7.1f}  {run.drained:7.1f}"
            f"  {run.polls:5}  {run.killed_at}",
            flush=True,
        )


if __name__ == "__main__":
    main()
