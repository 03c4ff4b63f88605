"""Fixtures: a real Valkey for the whole run, emptied before each test that uses it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.model import Rules, Site
from feeds.pipeline import Line, Press
from feeds.read.drop import DropFolder
from feeds.store import Store
from feeds.store.connection import Connection
from worker.valkey import Server

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write the expected bytes of tests/data/golden anew (run it on tests/test_golden.py)",
    )


@pytest.fixture(scope="session", name="server")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("v"), maxmemory="256mb", appendfsync="everysec")
    process = server.start()
    yield server
    process.terminate()
    process.wait()
    server.leave()


@pytest.fixture(name="store")
def _store(server: Server) -> Iterator[Store]:
    connection = Connection(server.url)
    connection.redis.flushall()
    yield Store(connection, article_days=90, identity_days=400, outcome_days=7)
    connection.close()


@pytest.fixture(name="line")
def _line(store: Store) -> Line:
    return Line(store, Rules(), Site())


@pytest.fixture(name="press")
def _press(store: Store, tmp_path: Path) -> Press:
    return Press(store, Site(), tmp_path / "public")


@pytest.fixture(name="drop")
def _drop(tmp_path: Path) -> DropFolder:
    folder = DropFolder(tmp_path / "drop", max_bytes=1_000_000)
    folder.prepare()
    return folder
