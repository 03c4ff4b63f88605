"""``wireroom up`` as a person meets it: what it says, how it ends, what it survives."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feeds import intake
from feeds.errors import DiskTrouble, Transient
from feeds.pipeline import Line, Press
from feeds.read.drop import DropFolder
from feeds.store import Store
from tests.factories import NOW, arrival
from tests.running import COMMAND, Running, environment, wait_for
from worker.valkey import Lock

CHILDREN = {"worker", "beat", "web", "watcher", "valkey"}
PAGE = Path(__file__).parent / "data" / "captured" / "headline_before_section.txt"
TITLE = "Vineyards Count the Cost of an Early Frost"
STORY = '{{"title": "{0}", "body": "What {0} is about, in words.", "date": "2026-03-04T09:00:00Z"}}'


def processes() -> list[tuple[int, int, str]]:
    """Return (process, its parent, its command line) for all that run on this machine."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,stat=,command="],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [line.split(maxsplit=3) for line in listed.splitlines()]
    return [(int(one[0]), int(one[1]), one[3]) for one in found if not one[2].startswith("Z")]


def family(parent: int) -> dict[int, str]:
    """Return process -> command line of all that *parent* started, however indirectly."""
    everyone = processes()
    found: dict[int, str] = {}
    generation = {parent}
    while generation:
        born = {one: command for one, elder, command in everyone if elder in generation}
        generation = set(born) - set(found)
        found |= born
    return found


def children(parent: int) -> dict[str, int]:
    """Return name -> process of what the supervisor *parent* keeps running."""
    found = {}
    for process, elder, command in processes():
        if elder == parent:
            name = "valkey" if "valkey-server" in command else command.split()[-1]
            found[name] = process
    return found


def all_run(up: Running, *but: int) -> bool:
    """Tell whether every child runs, in another process than *but*."""
    found = children(up.process.pid)
    return found.keys() == CHILDREN and not set(but) & set(found.values())


def gone(process_ids: set[int]) -> bool:
    return not process_ids & {process for process, _, _ in processes()}


def put(up: Running, title: str) -> None:
    """Bring a story into the drop folder by one rename."""
    unfinished = up.drop / f".{title}.json"
    unfinished.write_text(STORY.format(title))
    unfinished.rename(up.drop / f"{title}.json")


def published(up: Running, *titles: str) -> Callable[[], bool]:
    """Return whether all of *titles* stand in the feed of all stories."""

    def look() -> bool:
        feed = up.fetch("/feeds/all.json")[1].decode()
        return all(f'"{title}"' in feed for title in titles)

    return look


def sockets_and_process_files(data: Path) -> list[Path]:
    return [
        path for path in data.rglob("*") if path.is_socket() or path.suffix in (".pid", ".sock")
    ]


def failed(*arguments: str | Path) -> tuple[int, str]:
    """Run ``wireroom up`` where it cannot; return its exit status and what it complains."""
    done = subprocess.run(
        [COMMAND, "up", *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture(name="up", scope="module")
def _up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that no test kills."""
    with Running(tmp_path_factory.mktemp("up") / "data") as up:
        yield up


def test_it_says_where_to_drop_where_to_read_and_how_to_stop(up: Running) -> None:
    said = [line[10:] for line in up.log.splitlines()[:3]]

    assert said == [
        f"drop articles into  {up.drop}",
        f"read the feeds at   {up.url}/",
        "stop with           Ctrl-C",
    ]


def test_a_copied_page_is_told_in_one_line_and_shown(up: Running) -> None:
    before = len(up.log.splitlines())
    subprocess.run(["cp", PAGE, up.drop], check=True)

    wait_for(lambda: PAGE.name in up.log, 10)
    lines = up.log.splitlines()[before:]

    assert [line[10:] for line in lines] == [f"new        {TITLE}  ({PAGE.name})"]
    up.wait_for(lambda: TITLE in up.fetch("/")[1].decode())


def test_a_second_start_on_the_same_directory_is_refused_in_one_sentence(up: Running) -> None:
    status, said = failed("--data", up.data, "--port", "0")

    assert status == 2
    assert said == (
        f"wireroom: Wireroom is already running on {up.data}; "
        "stop it first, or name another --data.\n"
    )


def test_a_port_in_use_is_refused_in_one_sentence_and_starts_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, said = failed("--data", tmp_path, "--port", str(port))

    assert status == 2
    assert len(said.splitlines()) == 1
    assert f"127.0.0.1:{port} is in use by another program" in said
    assert not (tmp_path / "valkey").exists()


def test_what_is_no_file_is_turned_away_and_never_opened(up: Running, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(STORY.format("Secret"))
    (up.drop / "link.json").symlink_to(secret)
    os.mkfifo(up.drop / "pipe.json")

    names = {"link.json", "pipe.json"}
    rejected = up.drop / "_rejected"
    up.wait_for(lambda: names <= {path.name for path in rejected.iterdir()})

    assert "a symbolic link is never opened" in (rejected / "link.json.reason.json").read_text()
    assert "pipe is never opened" in (rejected / "pipe.json.reason.json").read_text()
    assert secret.exists()


@pytest.mark.parametrize("ending", ["Ctrl-C", "SIGTERM", "at once"])
def test_it_ends_with_all_its_processes_and_leaves_nothing_behind(
    tmp_path: Path, ending: str
) -> None:
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [COMMAND, "up", "--data", tmp_path / "data", "--port", "0"],
            env=environment(),
            stdout=out,
            stderr=out,
            start_new_session=True,  # as a terminal gives it a group of its own
        )
    wait_for(lambda: "stop with" in log.read_text())
    if ending != "at once":
        wait_for(lambda: len(family(process.pid)) == 7)  # the five and the worker's two
    started = set(family(process.pid))

    if ending == "SIGTERM":
        process.send_signal(signal.SIGTERM)
    else:
        os.killpg(process.pid, signal.SIGINT)

    assert process.wait(90) == 0
    assert gone(started)
    assert sockets_and_process_files(tmp_path) == []
    assert [line[10:18] for line in log.read_text().splitlines()[3:]] == ["stopping", "stopped"]


def test_a_killed_supervisor_takes_its_processes_along_and_the_next_start_is_clean(
    tmp_path: Path,
) -> None:
    first = Running(tmp_path / "data")
    first.__enter__()
    put(first, "Before")
    first.wait_for(published(first, "Before"))
    everyone = family(first.process.pid)
    server = children(first.process.pid)["valkey"]

    first.process.kill()
    first.process.wait()
    wait_for(lambda: gone(set(everyone) - {server}), 90)
    (tmp_path / "data.log").rename(tmp_path / "first.log")

    with Running(tmp_path / "data") as second:
        assert gone({server})
        put(second, "After")
        second.wait_for(published(second, "Before", "After"))


@pytest.fixture(name="hardy", scope="module")
def _hardy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One whose processes are killed; it is the same from test to test, and must bear it."""
    data = tmp_path_factory.mktemp("hardy") / "data"
    with Running(data, WIREROOM_WORKER_STALL_SECONDS="8") as up:
        wait_for(lambda: all_run(up))
        yield up


@pytest.mark.parametrize("name", sorted(CHILDREN))
def test_a_process_that_is_killed_is_started_again_and_it_is_said(
    hardy: Running, name: str
) -> None:
    victim = children(hardy.process.pid)[name]

    os.kill(victim, signal.SIGKILL)
    put(hardy, f"After {name}")

    hardy.wait_for(lambda: all_run(hardy, victim))
    assert f"warning: {name} was killed by signal 9; it is started again in" in hardy.log
    hardy.wait_for(published(hardy, f"After {name}"))


def test_a_server_that_keeps_dying_under_load_costs_no_story_and_no_worker(
    hardy: Running,
) -> None:
    worker = children(hardy.process.pid)["worker"]
    titles = [f"Load {kill} {number}" for kill in range(2) for number in range(20)]
    for kill in range(2):
        wait_for(lambda: all_run(hardy))
        for title in titles[kill * 20 : kill * 20 + 20]:
            put(hardy, title)
            if title.endswith(" 9"):
                os.kill(children(hardy.process.pid)["valkey"], signal.SIGKILL)

    hardy.wait_for(published(hardy, *titles), 90)
    hardy.wait_for(lambda: not list(hardy.drop.glob("*.json")))
    assert children(hardy.process.pid)["worker"] == worker


def test_a_server_that_is_frozen_for_a_while_is_waited_for(hardy: Running) -> None:
    server = children(hardy.process.pid)["valkey"]
    os.kill(server, signal.SIGSTOP)
    put(hardy, "Frozen")
    time.sleep(4)
    os.kill(server, signal.SIGCONT)

    hardy.wait_for(published(hardy, "Frozen"))
    assert children(hardy.process.pid)["valkey"] == server


def test_a_worker_and_a_beat_that_hang_are_restarted_by_the_watchdog(hardy: Running) -> None:
    running = children(hardy.process.pid)
    for name in ("worker", "beat"):
        os.kill(running[name], signal.SIGSTOP)

    def work_waits() -> bool:
        put(hardy, f"Waiting {time.monotonic_ns()}")  # the socket of the stopped one takes some
        return bool(hardy.redis.llen("wireroom.ingest"))

    hardy.wait_for(work_waits)
    hardy.wait_for(lambda: all_run(hardy, running["worker"], running["beat"]), 90)
    put(hardy, "After the hang")
    for name in ("worker", "beat"):
        assert re.search(rf"{name} has done nothing for \d+ s while it should", hardy.log)
    hardy.wait_for(published(hardy, "After the hang"))


def test_the_address_of_a_running_one_is_left_for_the_commands(up: Running) -> None:
    lock = Lock(up.data)

    assert lock.path.read_text().splitlines()[0] == up.url


def full(up: Running) -> bool:
    return "OOM" in up.log or "maxmemory" in up.log


def test_a_full_server_loses_nothing_and_goes_on_when_it_has_room(tmp_path: Path) -> None:
    with Running(tmp_path / "data", WIREROOM_SERVER_MAXMEMORY="4mb") as up:
        up.redis.config_set("maxmemory", up.redis.info("memory")["used_memory"])
        titles = [f"Full {number}" for number in range(10)]
        for title in titles:
            put(up, title)
        up.wait_for(lambda: full(up))
        assert not list((up.drop / "_rejected").iterdir())

        up.redis.config_set("maxmemory", "64mb")

        up.wait_for(published(up, *titles), 90)
        up.wait_for(lambda: len(list((up.drop / "_done").iterdir())) == len(titles))


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    """A data directory on a file system of 24 MB, whose log stands elsewhere."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "wireroom-test", place]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this account may not mount a file system")
    data = tmp_path / "data"
    data.symlink_to(place)
    yield data
    subprocess.run(["umount", place], check=True)


def fill(path: Path) -> None:
    """Write to *path* until the disk is full."""
    done = subprocess.run(
        ["dd", "if=/dev/zero", f"of={path}", "bs=4k"], capture_output=True, text=True, check=False
    )
    assert "No space left" in done.stderr


def test_a_full_disk_loses_nothing_and_it_goes_on_when_there_is_room(small_disk: Path) -> None:
    titles = [f"Disk {number}" for number in range(5)]
    with Running(small_disk) as up:
        put(up, "Before")
        up.wait_for(published(up, "Before"))
        for title in titles:
            (up.drop / f".{title}.json").write_text(STORY.format(title))
        (up.drop / ".broken.json").write_text("{")
        fill(small_disk / "filler")
        for path in up.drop.glob(".*.json"):
            path.rename(up.drop / path.name[1:])
        up.wait_for(lambda: "No space left" in up.log or "valkey ended" in up.log)
        assert up.fetch("/feeds/all.json")[0] == 200

        (small_disk / "filler").unlink()

        up.wait_for(published(up, "Before", *titles), 90)
        up.wait_for(lambda: not list(up.drop.glob("*.json")), 90)
        done = {path.name for path in (up.drop / "_done").iterdir()}
        rejected = {path.name for path in (up.drop / "_rejected").iterdir()}
        assert done == {f"{title}.json" for title in ["Before", *titles]}
        assert rejected == {"broken.json", "broken.json.reason.json"}


@contextmanager
def no_room() -> Iterator[None]:
    """Let no file grow any more in this process: what a full disk does, and needs no privilege."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_rejection_that_cannot_be_written_is_tried_again_and_leaves_no_debris(
    line: Line, drop: DropFolder
) -> None:
    (drop.root / "broken.json").write_text("{")

    with no_room(), pytest.raises(DiskTrouble):
        intake.dropped(line, drop, [Path("broken.json")], NOW)
    debris = list((drop.root / "_rejected").iterdir())
    [(where, _)] = intake.left_behind(line, drop, NOW)

    assert debris == []
    assert where == drop.root / "_rejected" / "broken.json"
    assert (drop.root / "_rejected" / "broken.json.reason.json").stat().st_size > 0


def test_a_feed_that_cannot_be_written_is_published_later(
    store: Store, press: Press, tmp_path: Path
) -> None:
    store.admission.admit([arrival()], NOW)

    with no_room(), pytest.raises(Transient):
        press.publish(NOW)
    debris = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size]
    press.publish(NOW)

    assert debris == []
    assert "Harbour opens" in (tmp_path / "public" / "feeds" / "all.json").read_text()
