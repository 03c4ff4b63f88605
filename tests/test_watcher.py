"""The watcher: what it hands to the queue, and when. The process is real, no worker takes it away."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from tests.running import environment, wait_for
from worker.valkey import Server

_WATCH = "import worker.process as p, sys; sys.argv[1:] = ['watcher']; p.main()"
_POLL = "import worker.watcher as w; w._inotify = w._poll; " + _WATCH
_LONG = 20.0
"""A window that no test waits for: what comes sooner was not held back by it."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


class Watched:
    """A drop folder that a real watcher process watches, and the queue that it fills."""

    def __init__(self, drop: Path, client: redis.Redis) -> None:
        self.drop = drop
        self.client = client

    def batches(self) -> list[list[str]]:
        """Return the paths of each task in the queue, in the order of sending."""
        messages: list[Any] = self.client.lrange("wireroom.ingest", 0, -1)  # type: ignore[assignment]
        bodies = [base64.b64decode(msgspec.json.decode(one)["body"]) for one in messages]
        return [msgspec.json.decode(body)[0][0] for body in reversed(bodies)]

    def queued(self) -> list[str]:
        """Return every path that was queued, but those that only show that it watches."""
        paths = [path for batch in self.batches() for path in batch]
        return [path for path in paths if "trial" not in path]

    def notices(self, folder: str = ".") -> bool:
        """Tell whether the watcher has seen any of the files that this puts there, one a call."""
        self.put(f"{folder}/trial-{time.monotonic_ns()}.json")
        seen = [Path(path) for batch in self.batches() for path in batch]
        return any(path.parent == Path(folder) and "trial" in path.name for path in seen)

    def put(self, name: str, data: bytes = b"{}") -> Path:
        """Bring a file under *name* into the folder by one rename; return where it is."""
        path = self.drop / name
        outside = self.drop.with_name("outside")
        outside.write_bytes(data)
        path.parent.mkdir(parents=True, exist_ok=True)
        return outside.rename(path)


@contextmanager
def watching(server: Server, folder: Path, settle: float, how: str = _WATCH) -> Iterator[Watched]:
    """Run a watcher over *folder*, from when it has seen a first file."""
    client = redis.Redis.from_url(server.url)
    client.flushall()
    watched = Watched(folder / "drop", client)
    process = subprocess.Popen(
        [sys.executable, "-c", how],
        env=environment(
            WIREROOM_DATA_DIR=str(folder),
            WIREROOM_REDIS_URL=server.url,
            WIREROOM_DROP_SETTLE_SECONDS=str(settle),
        ),
    )
    try:
        wait_for((watched.drop / "_done").is_dir)
        wait_for(watched.notices)
        yield watched
    finally:
        process.terminate()
        process.wait()
        client.close()


@pytest.fixture(name="queue", scope="module")
def _queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("q"), maxmemory="64mb", appendfsync="everysec")
    process = server.start()
    yield server
    process.terminate()
    process.wait()
    server.leave()


@pytest.fixture(name="patient", scope="module")
def _patient(queue: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A watcher that lets files stand for long, unless they were renamed."""
    with watching(queue, tmp_path_factory.mktemp("patient"), _LONG) as watched:
        yield watched


@pytest.fixture(autouse=True)
def _empty(queue: Server) -> None:
    with redis.Redis.from_url(queue.url) as client:
        client.delete("wireroom.ingest")


@linux_only
@pytest.mark.parametrize(
    "name",
    [
        "story.json",
        "with a space.json",
        "Übersicht – Mäuse.json",
        "日本語のニュース.json",
        "emoji 🗞.json",
        "line\nend.json",
    ],
)
def test_a_rename_into_the_folder_is_taken_at_once(patient: Watched, name: str) -> None:
    patient.put(name)

    assert wait_for(patient.queued, _LONG / 2) == [name]


@linux_only
@pytest.mark.parametrize("folder", ["new folder", "a/new/tree/of/folders"])
def test_a_folder_that_is_made_later_is_watched_too(patient: Watched, folder: str) -> None:
    (patient.drop / folder).mkdir(parents=True)
    wait_for(partial(patient.notices, folder))

    patient.put(f"{folder}/story.json")

    assert wait_for(patient.queued, _LONG / 2) == [f"{folder}/story.json"]


@linux_only
def test_a_folder_that_is_moved_in_whole_is_taken_at_once(patient: Watched) -> None:
    outside = patient.drop.with_name("a pile")
    (outside / "deep").mkdir(parents=True)
    for name in ("one.json", "deep/two.json", "deep/unfinished.part"):
        (outside / name).write_text("{}")

    outside.rename(patient.drop / "pile")

    wait_for(lambda: len(patient.queued()) == 2, _LONG / 2)
    assert sorted(patient.queued()) == ["pile/deep/two.json", "pile/one.json"]


@linux_only
def test_a_file_that_is_not_renamed_waits_for_its_time(patient: Watched) -> None:
    (patient.drop / "written.json").write_text("{}")
    patient.put("renamed.json")

    wait_for(patient.queued)
    assert patient.queued() == ["renamed.json"]


@linux_only
def test_unfinished_names_are_left_until_they_are_renamed(patient: Watched) -> None:
    for name in ("story.json.part", ".story.json", "story.json~", "story.crdownload"):
        patient.put(name)
    patient.put("sentinel.json")
    wait_for(lambda: "sentinel.json" in patient.queued())

    (patient.drop / "story.json.part").rename(patient.drop / "finished.json")

    wait_for(lambda: "finished.json" in patient.queued())
    assert sorted(patient.queued()) == ["finished.json", "sentinel.json"]


@linux_only
def test_results_and_claims_are_never_taken_for_news(patient: Watched) -> None:
    for name in ("_done/a.json", "_duplicate/b.json", "_rejected/c.json", "_claimed/d.1/e.json"):
        patient.put(name)
    patient.put("sentinel.json")

    wait_for(patient.queued)
    assert patient.queued() == ["sentinel.json"]


@linux_only
def test_a_thousand_files_at_once_are_all_queued_in_batches(patient: Watched) -> None:
    (patient.drop / "burst").mkdir()
    wait_for(lambda: patient.notices("burst"))
    names = {f"burst/{number}.json" for number in range(1000)}
    for name in names:
        patient.put(name)

    wait_for(lambda: set(patient.queued()) >= names)
    assert set(patient.queued()) == names
    assert max(map(len, patient.batches())) <= 100


def test_a_file_that_is_written_slowly_is_taken_when_it_is_whole(
    queue: Server, tmp_path: Path
) -> None:
    chunks = 12
    with watching(queue, tmp_path, 0.6) as watched:
        path = watched.drop / "slow.json"
        for number in range(chunks):
            with path.open("a") as file:  # closed each time: the kernel says so each time
                file.write(f"{number}\n")
            time.sleep(0.1)
            whole = number == chunks - 1
            assert whole or not watched.queued()

        assert wait_for(watched.queued) == ["slow.json"]
        assert len(path.read_text().splitlines()) == chunks


def test_files_that_stood_there_before_the_start_are_queued(queue: Server, tmp_path: Path) -> None:
    (tmp_path / "drop" / "sub").mkdir(parents=True)
    old = ["one.json", "sub/two.json"]
    for name in old:
        (tmp_path / "drop" / name).write_text("{}")

    with watching(queue, tmp_path, 0.1) as watched:
        wait_for(lambda: sorted(watched.queued()) == old)


def test_without_inotify_the_folder_is_looked_through(queue: Server, tmp_path: Path) -> None:
    with watching(queue, tmp_path, 0.1, _POLL) as watched:
        watched.put("sub/renamed.json")
        (watched.drop / "written.json").write_text("{}")
        (watched.drop / "unfinished.part").write_text("{}")

        wait_for(lambda: len(watched.queued()) == 2)
        assert sorted(watched.queued()) == ["sub/renamed.json", "written.json"]


def test_without_inotify_what_waits_is_queued_once(queue: Server, tmp_path: Path) -> None:
    with watching(queue, tmp_path, 0.1, _POLL) as watched:
        watched.put("first.json")
        wait_for(watched.queued)
        watched.put("second.json")
        wait_for(lambda: "second.json" in watched.queued())

        assert watched.queued() == ["first.json", "second.json"]


def test_the_watcher_outlives_its_server(tmp_path: Path) -> None:
    own = Server(tmp_path / "own", maxmemory="64mb", appendfsync="everysec")
    process = own.start()
    with watching(own, tmp_path, 0.1) as watched:
        process.kill()
        process.wait()
        watched.put("while-away.json")
        process = own.start()

        def queued() -> bool:
            watched.put(f"after/{time.monotonic_ns()}.json")
            return any(path.startswith("after/") for path in watched.queued())

        wait_for(queued)
    process.terminate()
    process.wait()
