"""The supervisor: what dies is started again, what is deaf is restarted, all end in order."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running import wait_for
from worker.supervisor import Child, Supervisor, Watch

_SUPERVISED = """
import subprocess
from worker.supervisor import Supervisor
with Supervisor(stop_seconds=20) as supervisor:
    for name in ("first", "second"):
        told = f"trap 'echo {name} ends; exit' TERM; echo {name} runs; sleep 60 & wait"
        supervisor.add(name, lambda told=told: subprocess.Popen(
            ["sh", "-c", told], start_new_session=True))
    supervisor.run()
print("all ended")
"""


def program(*command: str) -> Callable[[], subprocess.Popen[bytes]]:
    return lambda: subprocess.Popen(command, start_new_session=True)


def alive(process_id: int) -> bool:
    """Tell whether the process runs; one that nobody has reaped yet is as dead as can be."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and not state.startswith("Z")


def started(command: str) -> tuple[Child, int]:
    """Return a running child that leads a shell *command*, and the number of its process."""
    child = Child("trial", program("sh", "-c", command))
    child.start()
    assert child.process is not None
    return child, child.process.pid


def test_what_keeps_dying_is_started_again_after_a_pause_that_doubles(
    caplog: pytest.LogCaptureFixture,
) -> None:
    child = Child("trial", program("false"))

    def died_three_times() -> bool:
        child.check()
        return len(caplog.messages) == 3

    with caplog.at_level(logging.WARNING, "wireroom"):
        wait_for(died_three_times)

    said = "trial ended with exit code 1; it is started again in"
    assert caplog.messages == [f"{said} {seconds} s" for seconds in ("0.5", "1.0", "2.0")]


def test_the_pause_starts_anew_for_what_had_lived_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    child = Child("trial", program("sleep", "60"))
    for age in (0, 0, 61):
        child.start()
        child.started -= age
        child.signal(signal.SIGKILL)
        assert child.process is not None
        child.process.wait()
        child.check()

    assert [message[-5:] for message in caplog.messages] == ["0.5 s", "1.0 s", "0.5 s"]
    assert "trial was killed by signal 9" in caplog.text


def test_what_cannot_be_started_is_tried_again_and_said(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[float] = []

    def start() -> subprocess.Popen[bytes]:
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise OSError("no more processes")
        return program("sleep", "60")()

    child = Child("trial", start)

    def runs() -> bool:
        child.check()
        return child.process is not None

    wait_for(runs)
    child.end(5)

    assert caplog.messages == ["trial cannot be started (next try in 0.5 s): no more processes"]
    assert tries[1] - tries[0] >= 0.5


def test_what_a_dead_process_leaves_behind_dies_with_it(tmp_path: Path) -> None:
    note = tmp_path / "orphan"
    child, process_id = started(f"sleep 60 & echo $! > {note}; wait")
    orphan = int(wait_for(lambda: note.exists() and note.read_text().strip()))
    os.kill(process_id, signal.SIGKILL)
    assert child.process is not None
    child.process.wait()

    child.check()

    wait_for(lambda: not alive(orphan))


def test_what_ignores_a_request_to_end_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    note = tmp_path / "stubborn"
    child, process_id = started(f"trap '' TERM; sleep 60 & echo $! > {note}; wait; wait")
    stubborn = int(wait_for(lambda: note.exists() and note.read_text().strip()))

    child.end(0.2)

    assert not alive(process_id)
    wait_for(lambda: not alive(stubborn))


@pytest.mark.parametrize(
    ("numbers", "restarted"),
    [
        ([5, 5, 5], True),
        ([5, 6, 6], False),
        ([5, None, 5], False),
        ([None, None, None], False),
    ],
)
def test_only_a_number_that_stands_still_has_its_child_restarted(
    numbers: list[int | None], restarted: bool
) -> None:
    child, process_id = started("exec sleep 60")
    left = iter(numbers)
    watch = Watch(child, seconds=10, read=lambda: next(left))
    begun = time.monotonic()

    for seconds in (0, 8, 16):
        watch.check(begun + seconds)

    try:
        if restarted:
            wait_for(lambda: not alive(process_id))
        else:
            assert alive(process_id)
    finally:
        child.end(5)


def test_a_child_that_was_just_restarted_is_given_its_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    child, _ = started("exec sleep 60")
    watch = Watch(child, seconds=10, read=lambda: 5)
    begun = time.monotonic()
    watch.check(begun)
    child.started = begun + 9

    watch.check(begun + 11)
    child.end(5)

    assert not caplog.messages


@pytest.fixture(name="supervised")
def _supervised() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        ["nohup", sys.executable, "-uc", _SUPERVISED],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def test_a_request_to_end_ends_the_children_in_reverse_order_of_their_start(
    supervised: subprocess.Popen[str],
) -> None:
    assert supervised.stdout is not None
    begun = {supervised.stdout.readline() for _ in range(2)}
    assert begun == {"first runs\n", "second runs\n"}

    supervised.send_signal(signal.SIGTERM)
    said, _ = supervised.communicate(timeout=60)

    assert said.splitlines() == ["second ends", "first ends", "all ended"]
    assert supervised.returncode == 0


def test_a_hangup_that_nohup_had_ignored_stays_ignored(supervised: subprocess.Popen[str]) -> None:
    assert supervised.stdout is not None
    begun = [supervised.stdout.readline() for _ in range(2)]

    supervised.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        supervised.wait(0.5)
    supervised.send_signal(signal.SIGTERM)
    said, _ = supervised.communicate(timeout=60)

    assert "all ended" in said
    assert len(begun) == 2


def test_the_supervisor_puts_back_what_others_had_made_of_the_signals() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = [signal.getsignal(number) for number in numbers]

    with Supervisor(stop_seconds=1):
        inside = [signal.getsignal(number) for number in numbers]

    assert [signal.getsignal(number) for number in numbers] == before
    assert not set(inside) & set(before)
