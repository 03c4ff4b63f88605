"""The embedded server: its lock, its orphans, its data after a crash."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from feeds.errors import AlreadyRunning, ServerFailed
from tests.running import wait_for
from worker import valkey
from worker.valkey import Lock, Server, answers, socket_path

_ORPHAN = """
import os, signal, sys
from pathlib import Path
from worker.valkey import Server
Server(Path(sys.argv[1]), maxmemory="64mb", appendfsync="always").start()
os.kill(os.getpid(), signal.SIGKILL)
"""


def made(data: Path) -> Server:
    return Server(data, maxmemory="64mb", appendfsync="always")


@contextmanager
def running(data: Path) -> Iterator[redis.Redis]:
    """Run a server on *data* as ``up`` does; yield a client of it."""
    server = made(data)
    process = server.start_mending()
    try:
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            yield client
    finally:
        process.terminate()
        process.wait()
        server.leave()


def log_of(data: Path) -> Path:
    [path] = (data / "valkey" / "appendonlydir").glob("*.incr.aof")
    return path


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    """A data directory whose server knows twenty keys and has ended."""
    data = tmp_path / "d"
    with running(data) as client:
        for number in range(20):
            client.set(f"key{number}", "value" * 10)
    return data


def test_the_server_listens_on_a_socket_of_its_owner_and_on_no_port(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        listening = client.config_get("port")
        mode = (tmp_path / "valkey" / "valkey.sock").stat().st_mode & 0o777

    assert listening == {"port": "0"}
    assert mode == 0o700


def test_the_server_keeps_everything_and_evicts_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        found = client.config_get("appendonly", "appendfsync", "maxmemory-policy")

    assert found == {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
    }


def test_it_leaves_neither_socket_nor_process_number_behind(data: Path) -> None:
    left = {path.name for path in (data / "valkey").iterdir()}

    assert left == {"appendonlydir", "valkey.conf", "valkey.log"}


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    server = made(tmp_path)
    process = server.start()
    with redis.Redis.from_url(server.url) as client:
        client.set("acknowledged", "yes")
    process.kill()
    process.wait()

    with running(tmp_path) as client:
        assert client.get("acknowledged") == "yes"


@pytest.mark.parametrize("name", ["with a space", 'quote"and\\back', "Мышь", "deep" * 40])
def test_any_directory_will_do(tmp_path: Path, name: str) -> None:
    with running(tmp_path / name) as client:
        assert client.ping()


def test_a_path_too_long_for_a_socket_leaves_no_folder_elsewhere(tmp_path: Path) -> None:
    data = tmp_path / ("deep" * 40)
    with running(data):
        place = socket_path(data).parent
        assert place != data / "valkey"

    assert not place.exists()


def test_a_data_directory_is_locked_against_a_second_start(tmp_path: Path) -> None:
    with Lock(tmp_path) as lock:
        lock.note("http://127.0.0.1:8080")
        with pytest.raises(AlreadyRunning), Lock(tmp_path):
            pass

        assert (tmp_path / "lock").read_text() == "http://127.0.0.1:8080"


def test_two_servers_never_share_a_directory(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        client.set("first", "1")
        with pytest.raises(AlreadyRunning):
            made(tmp_path).start()

        assert client.get("first") == "1"


def orphan(data: Path) -> int:
    """Leave a server behind whose starter was killed; return the number of its process."""
    starter = subprocess.run([sys.executable, "-c", _ORPHAN, data], check=False)
    assert starter.returncode == -signal.SIGKILL
    with redis.Redis.from_url(made(data).url) as client:
        client.set("kept by", "the orphan")
        return int(client.info("server")["process_id"])


@pytest.mark.parametrize("state", ["listening", "stopped"])
def test_a_server_that_outlived_its_starter_is_ended_first(
    tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "_END_SECONDS", 1)
    process_id = orphan(tmp_path)
    if state == "stopped":
        os.kill(process_id, signal.SIGSTOP)
    server = made(tmp_path)

    server.clear()

    assert not server.socket.exists()
    assert not answers(server.url)
    with running(tmp_path) as client:
        assert client.get("kept by") == "the orphan"
        assert client.info("server")["process_id"] != process_id


def tear(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 7)


def add_zeros(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0" * 4096)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.rindex(b"*3\r\n")] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "kept", "said"),
    [
        (tear, 19, ""),
        (add_zeros, 20, "cut 4,096 bytes off the append-only file"),
        (flip, 19, "bytes off the append-only file"),
    ],
)
def test_a_damaged_log_is_mended_and_what_went_is_said(
    data: Path,
    damage: Callable[[Path], None],
    kept: int,
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    damage(log_of(data))

    with caplog.at_level(logging.WARNING, "wireroom"), running(data) as client:
        found = client.dbsize()

    assert found == kept
    assert said in caplog.text
    assert bool(said) == bool(caplog.messages)


def test_the_damaged_log_is_kept_as_it_was(data: Path) -> None:
    add_zeros(log_of(data))
    before = log_of(data).read_bytes()

    with running(data):
        pass

    [copy] = (data / "valkey").glob("appendonlydir-*")
    assert (copy / log_of(data).name).read_bytes() == before


def test_what_cannot_be_mended_is_refused_in_one_sentence_and_left_alone(data: Path) -> None:
    [base] = (data / "valkey" / "appendonlydir").glob("*.base.*")
    base.write_bytes(b"no database at all")

    with pytest.raises(ServerFailed) as caught:
        made(data).start_mending()

    assert "valkey.log" in str(caught.value)
    assert base.read_bytes() == b"no database at all"
    assert not list((data / "valkey").glob("appendonlydir-*"))


def test_a_start_that_is_interrupted_leaves_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def interrupt(_url: str) -> bool:
        started.append(int((tmp_path / "valkey" / "lock").read_text()))
        raise KeyboardInterrupt

    monkeypatch.setattr(valkey, "answers", interrupt)

    with pytest.raises(KeyboardInterrupt):
        made(tmp_path).start()

    def gone() -> bool:
        try:
            os.kill(started[0], 0)
        except ProcessLookupError:
            return True
        return False

    wait_for(gone)
