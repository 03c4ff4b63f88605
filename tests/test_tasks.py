"""The tasks, through the queue of a running Wireroom: late, lost, doubled, broken and hanging ones."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from kombu import Queue

from feeds.store.connection import broker_url
from tests.running import Running, wait_for
from tests.test_up import children, published, put

FOREVER = 1_000_000_000.0
"""An interval whose slot is the same from the first test to the last."""


@pytest.fixture(name="up", scope="module")
def _up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("tasks") / "data"
    short = {"WIREROOM_WORKER_TASK_SECONDS": "3", "WIREROOM_POLL_SECONDS": "1"}
    with Running(data, **short) as up:
        yield up


@pytest.fixture(name="sender", scope="module")
def _sender(up: Running) -> Iterator[Celery]:
    """A Celery application that knows of Wireroom no more than the names of its queues."""
    url = broker_url(up.redis_url)
    with Celery("sender", broker=url, backend=url, set_as_current=False) as app:
        app.conf.update(
            task_queues=[Queue("wireroom.ingest", routing_key="wireroom.ingest")],
            task_default_queue="wireroom.ingest",
            task_default_routing_key="wireroom.ingest",
        )
        yield app


def ticks(up: Running) -> int:
    """Return how often the pulse made its way through the queue."""
    return int(up.redis.hget("wireroom:pulse", "tick") or 0)


def settled(up: Running) -> int:
    """Wait until the queue is empty and the worker has nothing in hand; return its finished tasks."""
    up.wait_for(lambda: not up.redis.llen("wireroom.ingest") and not up.redis.hlen("unacked"))
    return int(up.redis.hget("wireroom:pulse", "worker") or 0)


def tally(up: Running) -> dict[str, str]:
    found: dict[str, str] = up.redis.hgetall("wireroom:tally")  # type: ignore[assignment]
    return found


def test_a_tick_that_many_beats_send_is_run_once(up: Running, sender: Celery) -> None:
    finished = settled(up)
    for _beat in range(5):
        sender.send_task("wireroom.prune", kwargs={"tick": FOREVER})
    up.wait_for(lambda: settled(up) >= finished + 5)

    claims = [key for key in up.redis.keys("wireroom:tick:prune:*") if key.endswith(":1")]

    assert len(claims) == 1


def test_ticks_of_beat_make_their_way_to_the_worker(up: Running) -> None:
    before = ticks(up)

    up.wait_for(lambda: ticks(up) > before)


def test_a_second_beat_does_not_double_the_ticks(up: Running, sender: Celery) -> None:
    slot = int(time.time() // FOREVER)
    before = ticks(up)
    for _beat in range(4):
        sender.send_task("wireroom.beat_pulse", kwargs={"tick": FOREVER})
    up.wait_for(lambda: up.redis.exists(f"wireroom:tick:beat_pulse:{slot}"))
    settled(up)

    assert 1 <= ticks(up) - before <= 3  # one of ours, and beat's own that came meanwhile


def test_a_message_that_expired_is_dropped_without_harm(up: Running, sender: Celery) -> None:
    sender.send_task(
        "wireroom.withdraw",
        args=["no-such-id", "too late"],
        expires=datetime.now(UTC) - timedelta(seconds=5),
    )
    put(up, "After the expired one")

    up.wait_for(published(up, "After the expired one"))
    assert "no-such-id" not in up.log


def test_a_doubled_message_is_harmless(up: Running, sender: Celery) -> None:
    (up.drop / ".twin").write_text('{"title": "Twin", "body": "Twice told, once shown."}')
    before = int(tally(up).get("drop new", 0))
    for _copy in range(5):
        sender.send_task("wireroom.ingest_files", args=[["Twin.json"]])
    (up.drop / ".twin").rename(up.drop / "Twin.json")

    up.wait_for(published(up, "Twin"))
    settled(up)

    assert int(tally(up)["drop new"]) == before + 1
    assert "drop duplicate" not in tally(up)


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "../../../etc/passwd", "_done/story.json", "none.json", "_done", ""),
        *(".", "..", "a\0b.json", "long" * 100, "\ud800.json", "none/" * 1000),
    ],
)
def test_a_path_that_is_not_in_the_folder_is_not_read(sender: Celery, path: str) -> None:
    report = sender.send_task("wireroom.ingest_files", args=[[path]], ignore_result=False)

    assert report.get(timeout=60) == {"read": 0, "tally": {}, "outcomes": []}


def test_a_senseless_path_does_not_hold_up_its_neighbours(up: Running, sender: Celery) -> None:
    put(up, "Good neighbour")

    sender.send_task(
        "wireroom.ingest_files", args=[["Good neighbour.json", "", "a\0b", "long" * 100]]
    )

    up.wait_for(published(up, "Good neighbour"))
    up.wait_for(lambda: not list((up.drop / "_claimed").glob("*/*")))


def test_a_queue_that_is_deleted_is_healed_by_the_sweep(up: Running) -> None:
    worker = children(up.process.pid)["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        put(up, "Healed")
        wait_for(lambda: up.redis.llen("wireroom.ingest"))
        up.redis.delete("wireroom.ingest")
    finally:
        os.kill(worker, signal.SIGCONT)

    up.wait_for(published(up, "Healed"))


def test_ticks_that_wait_behind_a_sweep_do_not_stop_it(up: Running, sender: Celery) -> None:
    settled(up)
    worker = children(up.process.pid)["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        pipe = up.drop / "pipe.json"
        os.mkfifo(pipe)  # no watcher sees it: nobody has written it
        wait_for(lambda: time.time() - pipe.lstat().st_ctime > 1)  # complete
        up.redis.delete("wireroom.ingest")
        swept = sender.send_task("wireroom.sweep_drop", ignore_result=False)
        for _tick in range(8):
            sender.send_task("wireroom.beat_pulse")
    finally:
        os.kill(worker, signal.SIGCONT)

    assert swept.get(timeout=60) == 1
    up.wait_for((up.drop / "_rejected" / "pipe.json").exists)


def test_an_unknown_task_is_said_and_passed_over(up: Running, sender: Celery) -> None:
    worker = children(up.process.pid)["worker"]
    sender.send_task("wireroom.no_such_task")

    up.wait_for(lambda: "wireroom.no_such_task" in up.log)
    put(up, "After the unknown one")
    up.wait_for(published(up, "After the unknown one"))
    assert children(up.process.pid)["worker"] == worker


class _Trap:
    """What would make a file if anybody unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickled_message_is_refused_and_nothing_in_it_is_run(
    up: Running, sender: Celery, tmp_path: Path
) -> None:
    body = pickle.dumps(_Trap(tmp_path / "sprung"))
    with sender.connection_for_write() as connection, connection.Producer() as producer:
        producer.publish(
            body,
            routing_key="wireroom.ingest",
            content_type="application/x-python-serialize",
            content_encoding="binary",
            headers={"task": "wireroom.ingest_files", "id": "trap", "lang": "py"},
        )

    up.wait_for(lambda: "Refusing to deserialize" in up.log)
    put(up, "After the pickle")
    up.wait_for(published(up, "After the pickle"))
    assert not (tmp_path / "sprung").exists()


def test_wrong_arguments_are_refused_and_the_worker_goes_on(up: Running, sender: Celery) -> None:
    worker = children(up.process.pid)["worker"]
    for arguments in ([], [17], [["x"], "too many"], [[17, None]]):
        sender.send_task("wireroom.ingest_files", args=arguments)
    put(up, "After the wrong ones")

    up.wait_for(published(up, "After the wrong ones"))
    settled(up)
    assert children(up.process.pid)["worker"] == worker


def test_a_file_that_hangs_its_reader_becomes_poison_and_its_neighbours_pass(up: Running) -> None:
    slow = "*a **b `c [d](e) _f_ \n\n" * 100_000  # 2 MB of Markdown take far longer than 3 s
    (up.drop / ".b-slow.md").write_text(f"---\ntitle: Endless\n---\n{slow}")
    for title in ("A neighbour", "C neighbour"):
        (up.drop / f".{title}.json").write_text(f'{{"title": "{title}", "body": "All of {title}"}}')
    names = [".A neighbour.json", ".b-slow.md", ".C neighbour.json"]
    pile = up.data / "pile"
    pile.mkdir()
    for name in names:
        (up.drop / name).rename(pile / name[1:])

    pile.rename(up.drop / "pile")  # in one step, so that they come in one claim

    up.wait_for(published(up, "A neighbour", "C neighbour"))
    reason = up.drop / "_rejected" / "pile" / "b-slow.md.reason.json"
    up.wait_for(reason.exists, 90)
    assert "PoisonFile" in reason.read_text()
    assert "Endless" not in up.fetch("/feeds/all.json")[1].decode()
