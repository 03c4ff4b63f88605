"""Keeps the processes of a running Wireroom alive, and ends them in order.

Whatever dies is started again, after a pause that doubles while it keeps dying, and it is said. A
watchdog restarts a worker that finishes nothing while work waits, and a beat that is silent: both
may look alive and be deaf.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Any, Self

import msgspec

from .logs import log, say
from .process import LIFELINE

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_HEALTHY_SECONDS = 60.0
"""A process that lived so long is not one that keeps dying: its pause starts anew."""


Starter = Callable[[], "subprocess.Popen[bytes]"]
"""How a process is started: returns it running, or raises."""


class Child:
    """One process that is kept running."""

    def __init__(self, name: str, start: Starter) -> None:
        self.name = name
        self._start = start
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self._pause = 0.0
        self._due = 0.0

    def start(self) -> None:
        """Start it now."""
        self.started = time.monotonic()
        self.process = self._start()

    def check(self) -> None:
        """Notice its death, and start it again once its pause is over."""
        if self.process is not None and self.process.poll() is not None:
            self._mourn(self.process)
        if self.process is None and time.monotonic() >= self._due:
            try:
                self.start()
            except Exception as error:  # noqa: BLE001 - whatever hinders it may pass: try again
                self._postpone()
                log.error(
                    "%s cannot be started (next try in %.1f s): %s", self.name, self._pause, error
                )

    def signal(self, number: int) -> None:
        """Send a signal to the process and, for SIGKILL, to all that it started."""
        if self.process is not None and self.process.poll() is None:
            if number == signal.SIGKILL:
                _kill_group(self.process.pid)
            else:
                self.process.send_signal(number)

    def end(self, seconds: float) -> None:
        """End it: SIGTERM, and after *seconds* SIGKILL to it and all that it started."""
        if self.process is None:
            return
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("%s did not end in %.0f s and was killed", self.name, seconds)
        _kill_group(self.process.pid)
        self.process.wait()
        self.process = None

    def _mourn(self, process: subprocess.Popen[bytes]) -> None:
        _kill_group(process.pid)  # a worker's children outlive it when it is killed
        code = process.returncode
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self.process = None
        if time.monotonic() - self.started > _HEALTHY_SECONDS:
            self._pause = 0.0
        self._postpone()
        log.warning("%s %s; it is started again in %.1f s", self.name, how, self._pause)

    def _postpone(self) -> None:
        self._pause = min(_LONGEST_PAUSE, self._pause * 2 or _FIRST_PAUSE)
        self._due = time.monotonic() + self._pause


class Watch(msgspec.Struct):
    """A number that must move: restart *child* when it stood still for *seconds*.

    *read* returns the number, or None while nothing is expected of it. Judged by the monotonic
    clock, because a wall clock that is set back stops beat itself.
    """

    child: Child
    seconds: float
    read: Callable[[], int | None]
    last: int | None = None
    since: float = 0.0

    def check(self, moment: float) -> None:
        """Look at the number at *moment* (monotonic)."""
        number = self.read()
        if number is None or number != self.last or self.since < self.child.started:
            self.last, self.since = number, moment
        elif moment - self.since > self.seconds and self.child.process is not None:
            log.warning(
                "%s has done nothing for %.0f s while it should; it is restarted",
                self.child.name,
                moment - self.since,
            )
            self.child.signal(signal.SIGKILL)
            self.since = moment


class Supervisor:
    """Runs children until it is told to stop, then ends them, the last added first.

    A context manager: inside it SIGINT, SIGTERM and SIGHUP are requests to stop, so that what was
    started by then is always ended in order.
    """

    def __init__(self, *, stop_seconds: float) -> None:
        self.children: list[Child] = []
        self.watches: list[Watch] = []
        self._stop_seconds = stop_seconds
        self._stopping = False
        self._lifeline, self._held = os.pipe()
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        os.set_blocking(self._wake, False)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Obey signals from now on; one that is ignored (``nohup``) stays so."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._stop)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker)  # any of them ends our sleep
        return self

    def __exit__(self, *_: object) -> None:
        """Put back what was there before."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for handle in (self._lifeline, self._held, self._wake, self._waker):
            os.close(handle)

    def add(self, name: str, start: Starter) -> Child:
        """Add a child; children are started in the order of adding and ended in the reverse."""
        child = Child(name, start)
        self.children.append(child)
        return child

    def python(self, name: str, environment: Mapping[str, str], *handles: int) -> Starter:
        """Return how the process *name* of ``worker.process`` is started; it inherits *handles*."""

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "worker.process", name],
                env={**os.environ, **environment, LIFELINE: str(self._lifeline)},
                pass_fds=(self._lifeline, *handles),
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the supervisor alone
            )

        return start

    def run(self) -> None:
        """Keep the children running until a signal asks to stop, then end them."""
        watched = 0.0
        try:
            while not self._stopping:
                for child in self.children:
                    child.check()
                if time.monotonic() - watched > 1.0:
                    watched = time.monotonic()
                    self._watch(watched)
                self._sleep(0.25)
            say("stopping: what is being read is finished first (Ctrl-C again to stop at once)")
        finally:
            self.end()

    def end(self) -> None:
        """End every child, the last added first."""
        for child in reversed(self.children):
            child.end(self._stop_seconds)

    def _watch(self, moment: float) -> None:
        for watch in self.watches:
            watch.check(moment)

    def _sleep(self, seconds: float) -> None:
        select.select([self._wake], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._wake, 4096)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Note the request, no more: a signal may come in the middle of a log line."""
        if self._stopping and number == signal.SIGINT:
            for child in self.children:  # asked twice: no more waiting
                child.signal(signal.SIGKILL)
        self._stopping = True


def _kill_group(process_id: int) -> None:
    """Kill what is left of the session that the process *process_id* led."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process_id, signal.SIGKILL)
