"""``wireroom healthcheck``: it must call a part healthy only while that part works."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.settings import Settings, load
from feeds.errors import StoreUnavailable
from feeds.store import Store
from worker.cli import main
from worker.health import ailment
from worker.valkey import Server

SHORT = 1.0


@pytest.fixture(name="settings")
def _settings(server: Server, store: Store) -> Settings:
    del store  # emptied for us
    return load(environ={"WIREROOM_REDIS_URL": server.url})


@contextmanager
def beating(store: Store, process: str) -> Iterator[None]:
    """Count signs of life of *process* while the block runs."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(0.05):
            store.pulse.beat(process)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def queue_something(store: Store) -> None:
    """Put a message into a queue."""
    store.connection.redis.lpush("wireroom.ingest", "{}")


def test_a_beat_that_ticks_is_well(settings: Settings, store: Store) -> None:
    with beating(store, "beat"):
        found = ailment("beat", settings, SHORT)

    assert found is None


def test_a_silent_beat_is_ill(settings: Settings, store: Store) -> None:
    store.pulse.beat("beat")

    assert ailment("beat", settings, SHORT) == "beat has sent nothing for 1 s"


def test_a_worker_that_nothing_waits_for_is_well(settings: Settings) -> None:
    begun = time.monotonic()

    assert ailment("worker", settings, 60) is None
    assert time.monotonic() - begun < 30


def test_a_worker_that_finishes_tasks_is_well(settings: Settings, store: Store) -> None:
    queue_something(store)
    with beating(store, "worker"):
        found = ailment("worker", settings, SHORT)

    assert found is None


def test_a_worker_that_lets_work_wait_is_ill(settings: Settings, store: Store) -> None:
    queue_something(store)
    with beating(store, "beat"):
        found = ailment("worker", settings, SHORT)

    assert found == "work waits and none was finished for 1 s"


@pytest.mark.parametrize("role", ["worker", "beat"])
def test_without_redis_nothing_can_be_said(role: str, tmp_path: Path) -> None:
    away = load(environ={"WIREROOM_REDIS_URL": f"unix://{tmp_path}/nobody.sock"})

    with pytest.raises(StoreUnavailable):
        ailment(role, away, SHORT)


@pytest.mark.parametrize(("status", "found"), [(200, None), (500, "the web server answers 500")])
def test_the_web_server_is_judged_by_its_answer(status: int, found: str | None) -> None:
    asked = []

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as web:
        thread = threading.Thread(target=web.handle_request)
        thread.start()
        # 0.0.0.0 is where it listens in a container, and no address that one can ask
        told = {"WIREROOM_WEB_HOST": "0.0.0.0", "WIREROOM_WEB_PORT": str(web.server_port)}
        said = ailment("web", load(environ=told))
        thread.join()

    assert (said, asked) == (found, ["/healthz"])


def test_a_web_server_that_is_not_there_is_an_error_of_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = CliRunner().invoke(main, ["healthcheck", "web"], env={"WIREROOM_WEB_PORT": str(port)})

    assert done.exit_code == 1
    assert done.output.startswith(f"wireroom: the web server does not answer on 127.0.0.1:{port}")
    assert done.output.count("\n") == 1
