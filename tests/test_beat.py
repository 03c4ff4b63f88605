"""Beat: its schedule, its slots, and a clock that was set back."""

from __future__ import annotations

import os
import time
from pathlib import Path

from config.settings import load
from feeds.store import Store
from worker import beat
from worker.app import app
from worker.process import forget_future
from worker.tasks import app as app_with_tasks

SETTINGS = load(environ={})
SCHEDULE = beat.schedule(SETTINGS)


def test_every_tick_is_a_task_that_exists() -> None:
    assert {tick["task"] for tick in SCHEDULE.values()} <= set(app_with_tasks.tasks)


def test_the_application_is_scheduled_by_its_settings() -> None:
    assert app.conf.beat_schedule.keys() == SCHEDULE.keys()


def test_the_settings_say_how_often() -> None:
    settings = load(
        environ={
            "WIREROOM_DROP_SWEEP_SECONDS": "11",
            "WIREROOM_INBOX_SWEEP_SECONDS": "12",
            "WIREROOM_PUBLISH_SWEEP_SECONDS": "13",
        }
    )

    found = {name: tick["schedule"] for name, tick in beat.schedule(settings).items()}

    assert (found["sweep_drop"], found["read_inbox"], found["publish_dirty"]) == (11, 12, 13)


def test_a_tick_that_waits_longer_than_its_interval_expires() -> None:
    for tick in SCHEDULE.values():
        assert tick["options"]["expires"] == max(tick["schedule"], 1.0)
        assert tick["kwargs"]["tick"] == tick["schedule"]


def test_of_two_beats_that_tick_in_one_slot_one_is_heard(store: Store) -> None:
    claims = [store.pulse.claim_tick("sweep_drop", 77, 5.0) for _beat in range(2)]

    assert claims == [True, False]


def test_each_slot_and_each_task_has_its_own_tick(store: Store) -> None:
    claims = [
        store.pulse.claim_tick("sweep_drop", 77, 5.0),
        store.pulse.claim_tick("sweep_drop", 78, 5.0),
        store.pulse.claim_tick("read_inbox", 77, 5.0),
    ]

    assert claims == [True, True, True]


def test_a_slot_lasts_as_long_as_the_interval() -> None:
    long = 10_000_000.0

    assert beat.slot(long) == beat.slot(long) == int(time.time() // long)


def files_of(schedule: Path, modified: float) -> list[Path]:
    found = [schedule.with_name(schedule.name + suffix) for suffix in (".dat", ".dir", ".bak")]
    for path in found:
        path.write_bytes(b"kept")
        os.utime(path, (modified, modified))
    return found


def test_a_schedule_from_the_future_is_forgotten(tmp_path: Path) -> None:
    found = files_of(tmp_path / "schedule", time.time() + 3600)

    forget_future(tmp_path / "schedule")

    assert not any(path.exists() for path in found)


def test_a_schedule_from_the_past_is_kept_and_so_are_other_files(tmp_path: Path) -> None:
    kept = files_of(tmp_path / "schedule", time.time() - 3600)
    kept += files_of(tmp_path / "another", time.time() + 3600)

    forget_future(tmp_path / "schedule")

    assert all(path.exists() for path in kept)
