"""The hints: what moves in the drop folder and in the inbox is queued within milliseconds.

Nothing depends on it: inotify is silent on network mounts and drops events when too many come, and
the sweeps of beat look anyway. Raw inotify, because only it tells a rename into the folder (taken
at once) from a file that somebody is still writing; and it is not told of our own moves.
"""

from __future__ import annotations

import heapq
import logging
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from kombu.exceptions import OperationalError

from feeds.errors import StoreUnavailable, Transient
from feeds.read.names import ignored, walk

from .app import desk, settings
from .tasks import read_inbox, send_files

log = logging.getLogger("wireroom.watcher")

_LINGER_MILLISECONDS = 3
"""A burst comes as one event a file; for so long they are gathered into one task."""

_INBOX_SECONDS = 5.0
_POLL_SECONDS = 0.25  # where there is no inotify
_PAUSE_SECONDS = 1.0  # after Redis or the disk failed to answer


def run() -> None:
    """Watch until the process ends."""
    threading.Thread(target=_watch_inbox, name="inbox", daemon=True).start()
    waiting = _Waiting()
    waiting.add(desk.ready())
    watch = _inotify if sys.platform == "linux" else _poll
    watch(waiting)


class _Waiting:
    """Files that were seen, each with the moment when it is to be looked at."""

    def __init__(self) -> None:
        self._due: list[tuple[float, str, float]] = []

    def add(self, paths: Iterable[str], *, renamed: bool = False) -> None:
        """Look at *paths* once they had time to stand still; at *renamed* ones at once."""
        settle = 0.0 if renamed else settings.drop.settle_seconds
        for path in paths:
            heapq.heappush(self._due, (time.monotonic() + settle, path, settle))

    @property
    def seconds(self) -> float:
        """How long until the next look."""
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else 1.0

    def look(self) -> None:
        """Queue what is due and complete; look again later at what is growing."""
        due: dict[float, set[str]] = {}
        while self._due and self._due[0][0] <= time.monotonic():
            _, path, settle = heapq.heappop(self._due)
            due.setdefault(settle, set()).add(path)
        try:
            for settle, paths in due.items():
                complete, growing = desk.sift(sorted(paths), settle)
                for at in range(0, len(complete), settings.worker.batch):
                    send_files(complete[at : at + settings.worker.batch])
                self.add(growing)
        except (Transient, OperationalError, OSError) as error:
            log.warning("files wait for the next sweep: %s", error)
            time.sleep(_PAUSE_SECONDS)


def _inotify(waiting: _Waiting) -> None:
    """Hand to *waiting* what the kernel tells."""
    from inotify_simple import INotify, flags  # noqa: PLC0415 - exists on Linux only

    kinds = flags.CLOSE_WRITE | flags.MOVED_TO | flags.CREATE | flags.ONLYDIR | flags.DONT_FOLLOW
    root = desk.drop.root
    folders: dict[int, Path] = {}
    with INotify() as inotify:

        def follow(folder: Path) -> None:
            """Watch *folder* and all below it; wait for the files that stand there already."""
            for place in [folder, *_folders(folder)]:
                try:
                    folders[inotify.add_watch(place, kinds)] = place
                except OSError as error:  # it is gone again, or there are too many watches
                    log.warning("%s is left to the sweeps: %s", place, error.strerror)
            waiting.add(str((folder / path).relative_to(root)) for path, _ in walk(folder))

        follow(root)
        while True:
            timeout = int(min(1.0, waiting.seconds) * 1000)
            for event in inotify.read(timeout, read_delay=_LINGER_MILLISECONDS):
                if event.mask & flags.Q_OVERFLOW:
                    follow(root)
                    continue
                path = folders.get(event.wd, root) / event.name
                relative = path.relative_to(root)
                if not event.name or ignored(relative, desk.drop.ignore):
                    continue
                if event.mask & flags.ISDIR:
                    follow(path)
                elif not event.mask & flags.CREATE:
                    waiting.add([str(relative)], renamed=bool(event.mask & flags.MOVED_TO))
            waiting.look()


def _poll(waiting: _Waiting) -> None:
    """Look through the folder four times a second."""
    while True:
        try:
            waiting.add(desk.ready(), renamed=True)
        except Transient as error:
            log.warning("the folder cannot be looked through: %s", error)
        waiting.look()
        time.sleep(_POLL_SECONDS)


def _folders(folder: Path) -> list[Path]:
    """Return the folders below *folder* that may hold files to take."""
    root = desk.drop.root
    below = (path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())
    return [path for path in below if not ignored(path.relative_to(root))]


def _watch_inbox() -> None:
    """Queue a look into the inbox whenever something was added to it."""
    while True:
        try:
            if desk.store.inbox.wait(_INBOX_SECONDS):
                read_inbox.apply_async()
                time.sleep(settings.inbox.sweep_seconds / 10)  # let a reader take it
        except (StoreUnavailable, OperationalError) as error:
            log.warning("the inbox waits for the next sweep: %s", error)
            time.sleep(_PAUSE_SECONDS)
