"""Where things stand in the published tree, and who may write it: one process at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import DiskTrouble, PublishDelayed

_LOCK = ".lock"  # a dot file is never served
_LOOK_SECONDS = 0.02


def feed_path(public: Path, name: str, suffix: str) -> Path:
    """Return where the feed *name* stands in the format *suffix* (rss, atom, json)."""
    return public / "feeds" / f"{name}.{suffix}"


def feed_page(public: Path, name: str) -> Path:
    """Return where the page of the feed *name* stands."""
    return public / "feeds" / name / "index.html"


def article_page(public: Path, article_id: str, *, withdrawn: bool) -> Path:
    """Return where the page of an article stands; a withdrawn one is served as 410 by its name."""
    name = "index.410.html" if withdrawn else "index.html"
    return public.joinpath("articles", article_id, name)


@contextmanager
def hold(public: Path, seconds: float) -> Iterator[bool]:
    """Be the only one who writes to *public*, waiting up to *seconds* for the others.

    Without this a pass that began earlier could overwrite a newer one. The kernel gives the lock
    back when its holder dies. Yields whether the last one died so: it may have left something.

    Raises:
        PublishDelayed: another process held it all the time.
        DiskTrouble: the folder cannot be written to.
    """
    try:
        public.mkdir(parents=True, exist_ok=True)
        handle = os.open(public / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise DiskTrouble(str(public), error.strerror or str(error)) from error
    try:
        end = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise PublishDelayed(str(public), seconds) from None
                time.sleep(_LOOK_SECONDS)
        killed = os.fstat(handle).st_size > 0  # every other holder leaves the file empty
        with suppress(OSError):  # a full disk will tell of itself
            os.pwrite(handle, b"held\n", 0)
        try:
            yield killed
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)
