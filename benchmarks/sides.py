"""One side of ``ingest.py`` in its own process: ``sides.py plain|line FOLDER EVERY [--parts]``.

Reads the files in FOLDER/made with the server at WIREROOM_REDIS_URL, publishes after EVERY so many,
and prints how many articles were new, CPU seconds of this process, seconds on the wall, and the
table of parts, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import corpus, plain
from benchmarks.parts import Parts
from config.settings import load
from feeds.intake import DROP_SOURCE
from feeds.model import Report
from feeds.read.files import read_file
from feeds.reading import read
from worker.desk import Desk, now
from worker.logs import set_up

_TRIAL_SEED = 99
_TRIAL_BYTES = 1 << 20


def trial(folder: Path) -> list[Path]:
    """Return one file of each kind that is no part of what is measured, made in *folder*."""
    place = folder / "trial"
    place.mkdir()
    for file in corpus.mixed(_TRIAL_SEED, len(corpus.FORMATS)):
        (place / file.name).write_bytes(file.data)
    return sorted(place.iterdir())


@contextmanager
def clock() -> Iterator[list[float]]:
    """Yield a list that holds CPU seconds of this process and seconds on the wall at the end."""
    taken: list[float] = []
    python, wall = time.process_time(), time.monotonic()
    yield taken
    taken += [time.process_time() - python, time.monotonic() - wall]


def run_plain(folder: Path, files: Sequence[Path], every: int) -> None:
    for path in trial(folder):
        list(plain.read(path))
    with clock() as taken:
        articles = plain.run(files, folder / "public", os.environ["WIREROOM_REDIS_URL"], every)
    print(json.dumps([articles, *taken, ""]))


def run_line(folder: Path, files: Sequence[Path], every: int, *, parts: bool) -> None:
    settings = msgspec.structs.replace(load(), data_dir=str(folder / "data"))
    set_up(settings.log)
    desk = Desk(settings)
    for path in trial(folder):
        document = read_file(
            path, path.name, DROP_SOURCE, now(), max_bytes=_TRIAL_BYTES, receipt=None
        )
        read(document, settings.rules)
    names = [path.name for path in files]
    for path in files:
        path.rename(desk.drop.root / path.name)
    ledger = Parts()
    if parts:
        ledger.wrap()
    with clock() as taken:
        reports: list[Report] = []
        for at in range(0, len(names), every):
            some = names[at : at + every]
            for start in range(0, len(some), settings.worker.batch):
                reports += desk.files(some[start : start + settings.worker.batch])
            desk.publish()
    articles = sum(report.tally["new"] for report in reports)
    table = ledger.table(articles, taken[0]) if parts else ""
    print(json.dumps([articles, *taken, table]))


def main() -> None:
    side, folder, every = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    files = sorted((folder / "made").iterdir())
    if side == "plain":
        run_plain(folder, files, every)
    else:
        run_line(folder, files, every, parts="--parts" in sys.argv)


if __name__ == "__main__":
    main()
