"""From a file in the drop folder to a reader: how long until a story can be seen over HTTP.

An idle Wireroom, one file at a time, pauses of random length between them, so that no tick of
beat is hit again and again. The reader polls the JSON feed over one connection that is kept alive.
Each way to drop a file is measured for itself: ``rename`` into the folder, which is taken at once,
and ``copy``, which is taken when it has stood still for ``drop.settle_seconds``. The parts are read
off what Wireroom leaves behind: the file's move to ``_done``, and the feed's new bytes on the disk.
"""

from __future__ import annotations

import argparse
import http.client
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import corpus
from benchmarks.corpus import Dropped
from tests.running import Running

_FEED = "/feeds/all.json"
_SECONDS = 30


class Moments(NamedTuple):
    """Milliseconds from the drop until the file was settled, the feed written, the story seen."""

    settled: float
    written: float
    seen: float


def measure(wireroom: Running, file: Dropped, drop: Callable[[Path, Path], object]) -> Moments:
    """Drop *file*, poll until it is seen, and return when what had happened."""
    made = wireroom.data.with_name(file.name)
    made.write_bytes(file.data)
    [title] = file.titles
    settled, feed = wireroom.drop / "_done" / file.name, wireroom.data / "public" / _FEED[1:]
    before = _stamp(feed)
    when: dict[str, float] = {}
    connection = http.client.HTTPConnection(urlsplit(wireroom.url).netloc, timeout=_SECONDS)
    connection.connect()
    begun = time.monotonic()
    drop(made, wireroom.drop / file.name)
    while "seen" not in when:
        if time.monotonic() > begun + _SECONDS:
            raise TimeoutError(f"{file.name} was not seen in {_SECONDS} s")
        if "settled" not in when and settled.exists():
            when["settled"] = time.monotonic()
        if "written" not in when and _stamp(feed) != before:
            when["written"] = time.monotonic()
        connection.request("GET", _FEED)
        answer = connection.getresponse().read()
        if title.encode() in answer:
            when["seen"] = time.monotonic()
        else:
            time.sleep(0.002)
    connection.close()
    made.unlink(missing_ok=True)
    # The reader may be faster than our look at the file that it was served from.
    return Moments(
        *((when.get(name, when["seen"]) - begun) * 1000 for name in ("settled", "written", "seen"))
    )


def _stamp(path: Path) -> int:
    """Return the inode of the file at *path*: each version of a feed is another file."""
    return path.stat().st_ino if path.exists() else 0


def table(name: str, runs: list[Moments]) -> None:
    """Print the percentiles of each moment."""
    print(f"\n{name}: {len(runs)} files, milliseconds after the drop")
    print(f"  {'':14}{'p50':>8}{'p90':>8}{'p99':>8}{'max':>8}")
    for at, moment in enumerate(("file settled", "feed written", "story seen")):
        values = sorted(run[at] for run in runs)
        shown = [
            values[min(len(values) - 1, int(len(values) * share))] for share in (0.5, 0.9, 0.99)
        ]
        print(f"  {moment:14}" + "".join(f"{value:8.0f}" for value in (*shown, values[-1])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="files dropped in each way")
    parser.add_argument("--stories", type=int, default=300, help="stories that stand there before")
    parser.add_argument("--pause", type=float, default=2.0, help="longest pause between two files")
    arguments = parser.parse_args()
    choose = random.Random(1)
    ways: dict[str, Callable[[Path, Path], object]] = {"rename": Path.rename, "copy": shutil.copy}
    with (
        tempfile.TemporaryDirectory(prefix="wrl") as place,
        Running(Path(place) / "data") as wireroom,
    ):
        _fill(wireroom, arguments.stories)
        for number, (name, drop) in enumerate(ways.items()):
            files = corpus.mixed(10 + number, arguments.times)
            runs = []
            for file in files:
                time.sleep(choose.uniform(0.5, 1.0) * arguments.pause)
                runs.append(measure(wireroom, file, drop))
            table(name, runs)


def _fill(wireroom: Running, stories: int) -> None:
    """Publish *stories* first, so that feeds have their usual size."""
    made = wireroom.data.with_name("made")
    made.mkdir()
    for file in corpus.mixed(5, stories):
        (made / file.name).write_bytes(file.data)
        (made / file.name).rename(wireroom.drop / file.name)

    def published() -> bool:
        waiting = wireroom.redis.exists("wireroom:dirty", "wireroom:pages")
        return wireroom.redis.zcard("wireroom:articles") == stories and not waiting

    wireroom.wait_for(published, 120)


if __name__ == "__main__":
    main()
