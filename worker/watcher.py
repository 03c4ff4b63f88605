"""The hints: what moves in the drop folder and in the inbox is queued within milliseconds.

Nothing depends on it: inotify is silent on network mounts and drops events when too many come, and
the sweeps of beat look anyway. Raw inotify, because only it tells a rename into the folder (taken
at once) from a file that somebody is still writing; and it is not told of our own moves.
"""

from __future__ import annotations

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

_GRAIN_SECONDS = 0.012
"""File systems stamp by the tick of the kernel, up to 10 ms late: looked at to the moment, a file
that stood still would seem too young and wait all over again."""

_INBOX_SECONDS = 5.0
_POLL_SECONDS = 0.25  # where there is no inotify
_PAUSE_SECONDS = 1.0  # after Redis or the disk failed to answer


def run() -> None:
    """Watch until the process ends."""
    threading.Thread(target=_watch_inbox, name="inbox", daemon=True).start()
    waiting = _Waiting()
    watch = _inotify if sys.platform == "linux" else _poll
    watch(waiting)


class _Waiting:
    """Files that were seen, each with the moment when it is to be looked at."""

    def __init__(self) -> None:
        self._due: dict[str, tuple[float, float]] = {}  # path -> when, and how long it must stand

    def add(self, paths: Iterable[str], *, renamed: bool = False, found: bool = False) -> None:
        """Look at *paths* once they had time to stand still.

        At those that were *renamed*, hence are whole, at once; also at those that were *found*, for
        they may have stood there for long.
        """
        settle = 0.0 if renamed else settings.drop.settle_seconds
        due = time.monotonic() + (0.0 if found or renamed else settle + _GRAIN_SECONDS)
        self._due.update((path, (due, settle)) for path in paths)

    @property
    def seconds(self) -> float:
        """How long until the next look."""
        first = min((due for due, _ in self._due.values()), default=time.monotonic() + 1.0)
        return max(0.0, first - time.monotonic())

    def look(self) -> None:
        """Queue what is due and complete; look again later at what is growing."""
        moment = time.monotonic()
        due = {path: settle for path, (at, settle) in self._due.items() if at <= moment}
        for path in due:
            del self._due[path]
        try:
            for settle in set(due.values()):
                paths = sorted(path for path in due if due[path] == settle)
                complete, growing = desk.sift(paths, settle)
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

        def follow(folder: Path, *, renamed: bool = False) -> None:
            """Watch *folder* and all below it; look at the files that stand there already."""
            for place in [folder, *_folders(folder)]:
                try:
                    folders[inotify.add_watch(place, kinds)] = place
                except OSError as error:  # it is gone again, or there are too many watches
                    log.warning("%s is left to the sweeps: %s", place, error.strerror)
            here = (str((folder / path).relative_to(root)) for path, _ in walk(folder))
            waiting.add(here, renamed=renamed, found=True)

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
                renamed = bool(event.mask & flags.MOVED_TO)
                if event.mask & flags.ISDIR:
                    follow(path, renamed=renamed)
                elif not event.mask & flags.CREATE:
                    waiting.add([str(relative)], renamed=renamed)
            waiting.look()


def _poll(waiting: _Waiting) -> None:
    """Look through the folder four times a second."""
    handed: set[str] = set()
    while True:
        try:
            ready = set(desk.ready())
            waiting.add(ready - handed, renamed=True)
            handed = ready
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
                read_inbox.apply_async(expires=_INBOX_SECONDS)
                time.sleep(settings.inbox.sweep_seconds / 10)  # let a reader take it
        except (StoreUnavailable, OperationalError) as error:
            log.warning("the inbox waits for the next sweep: %s", error)
            time.sleep(_PAUSE_SECONDS)
