"""A whole Wireroom for a test: ``wireroom up`` as a user starts it, on a folder and port of its own.

Nothing in it is replaced. A test asks it what a person could: its feeds, its log, its Redis.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

import redis

from worker.valkey import socket_path

Found = TypeVar("Found")

COMMAND = Path(sys.executable).with_name("wireroom")
_START_SECONDS = 90
_STOP_SECONDS = 90
_LOG_CHARACTERS = 4000
_ADDRESS = re.compile(r"read the feeds at\s+(\S+)/")


def wait_for(condition: Callable[[], Found], seconds: float = 60, told: str = "") -> Found:
    """Return what *condition* answers as soon as that is true; fail after *seconds*."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, f"not within {seconds} s. {told}"
        time.sleep(0.05)
    return answer


def environment(**settings: str) -> dict[str, str]:
    """Return our environment with these settings of Wireroom and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")}
    return {**kept, **settings}


class Running:
    """``wireroom up`` on the data directory *data*; a context manager that starts and stops it.

    *settings* are environment variables. What it says is in ``log``; leaving the block sends
    SIGTERM, and the exit status must be 0.
    """

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.redis_url = settings.get("WIREROOM_REDIS_URL", f"unix://{socket_path(data)}")
        self.url = ""
        self._settings = settings
        self._log = data.with_name(f"{data.name}.log")
        self.process: subprocess.Popen[bytes]

    @property
    def drop(self) -> Path:
        """The folder to drop files into."""
        return self.data / "drop"

    @property
    def log(self) -> str:
        """What was said so far, on both streams."""
        return self._log.read_text("utf-8", "replace")

    @cached_property
    def redis(self) -> redis.Redis:
        """A client of its server, answering in text."""
        return redis.Redis.from_url(self.redis_url, decode_responses=True)

    def __enter__(self) -> Self:
        """Start it and wait until it serves readers."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "up", "--data", self.data, "--port", "0"],
                env=environment(**self._settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.wait_for(self._serves, _START_SECONDS)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop it; what a failing test says is not covered up by how it ended."""
        status = self._end()
        assert kind is not None or status == 0, f"exit status {status}. {self._tail()}"

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Return status and body of *path* ("/feeds/all.json"); 0 while nothing answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def kill(self, part: str) -> None:
        """Kill -9 a part (worker, beat, web, watcher) and all that it started."""
        table = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,args="], text=True)
        rows = (row.split(maxsplit=2) for row in table.splitlines())
        for process, parent, command in rows:
            if int(parent) == self.process.pid and command.endswith(f"worker.process {part}"):
                os.killpg(int(process), signal.SIGKILL)

    def wait_for(self, condition: Callable[[], Found], seconds: float = 60) -> Found:
        """Return what *condition* answers once that is true; fail with the log after *seconds*."""

        def still_running() -> Found:
            assert self.process.poll() is None, f"it has ended. {self._tail()}"
            return condition()

        try:
            return wait_for(still_running, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}{self._tail()}") from None

    def _serves(self) -> bool:
        address = _ADDRESS.search(self.log)
        self.url = address[1] if address else ""
        return bool(address) and self.fetch("/readyz")[0] == 200

    def _end(self) -> int:
        """Stop it and return the exit status; kill it if it does not end."""
        if "redis" in self.__dict__:
            self.redis.close()
        self.process.terminate()
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its parts end by themselves; a server would not
            with suppress(redis.RedisError):
                self.redis.shutdown(nosave=True)
            return self.process.wait()

    def _tail(self) -> str:
        return f"It said:\n{self.log[-_LOG_CHARACTERS:]}"
