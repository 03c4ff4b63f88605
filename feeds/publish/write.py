"""Bytes to disk in one step: a reader meets the old file or the new one, after a power cut too.

Each file goes to a temporary name in its own folder, is synced, and takes its place by one rename.
A file whose bytes are the same is not touched, so its ETag and Last-Modified stay true. Its
modification time is the change of what it holds, and each change moves it on by a second at least:
HTTP dates count seconds, and a client that only sends If-Modified-Since must see every change.
"""

# os and strings, for a thousand pages in a batch: Path objects would cost more than the calls.
# ruff: noqa: PTH102, PTH105, PTH108, PTH116, PTH120, PTH123

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from ..errors import DiskTrouble
from .pack import Joined, pack

_PREFIX, _SUFFIX = ".wireroom-", ".tmp"  # a dot file is never served
_READABLE = 0o644  # by the web server, which is another user
_TEMPORARY = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PACKED_BYTES = 1_024  # less fits into one packet as it is
_PACKED_ALREADY = (".png", ".ico")
_NANOSECONDS = 1_000_000_000
_PIECES_AT_ONCE = 1_000  # POSIX lets a system take no more than 1,024 (IOV_MAX)
_BATCH = 250  # files open at once; a process may have 1,024
_MANY = (
    16  # from so many on one sync of the file system costs less than theirs: 50 us a page, not 180
)


File = tuple[Path, bytes | Joined, datetime]
"""Where a file is to stand, what it is to hold, and when that changed."""


class _Pending(NamedTuple):
    """A file under its temporary name, still open, and the name it is to take."""

    descriptor: int
    temporary: str
    name: str


def write(path: Path, data: bytes | Joined, changed: datetime, *, twins: bool) -> bool:
    """Write *data* to *path*; return whether the file was changed.

    With *twins*, ``.gz`` and ``.br`` files of the same modification time come before it.

    Raises:
        DiskTrouble: the disk is full or refuses; the old file still stands.
    """
    return bool(write_all([(path, data, changed)], twins=twins))


def write_all(files: Iterable[File], *, twins: bool) -> list[Path]:
    """Write each ``(path, data, changed)`` of *files*; return the paths that were changed.

    Many files cost little more than their bytes: they are written first, then synced one after the
    other, so that the disk gathers them, and each folder is synced once.

    Raises:
        DiskTrouble: the disk is full or refuses. What was returned or not, each path holds its old
            or its new bytes whole, and the same call again completes the work.
    """
    rest = iter(files)
    written: list[Path] = []
    while batch := list(islice(rest, _BATCH // 3 if twins else _BATCH)):
        written += _write_batch(batch, twins=twins)
    return written


def remove(path: Path) -> bool:
    """Remove *path* and its twins; return whether there was anything to remove.

    The folder of an ``index.html`` is the page itself, and goes with it when nothing else is there.

    Raises:
        DiskTrouble: the disk refuses.
    """
    with _trouble(path):
        found = [_unlink(each) for each in (str(path), *_twins(str(path)))]
        if not any(found):
            return False
        _sync_folder(str(path.parent))
        if path.name == "index.html":
            with contextlib.suppress(OSError):
                path.parent.rmdir()
        return True


def remove_folder(folder: Path) -> bool:
    """Remove *folder* with all that is in it; return whether there was one.

    Raises:
        DiskTrouble: the disk refuses.
    """
    with _trouble(folder):
        if not folder.is_dir():
            return False
        shutil.rmtree(folder)
        _sync_folder(str(folder.parent))
        return True


def sweep(folder: Path) -> int:
    """Remove the temporary files that a killed writer left under *folder*; return how many.

    Only for who holds the tree alone: it would take a living writer's files too.

    Raises:
        DiskTrouble: the disk refuses.
    """
    with _trouble(folder):
        return sum(
            _unlink(f"{root}/{name}")
            for root, _, names in os.walk(folder)
            for name in names
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
        )


def _write_batch(files: list[File], *, twins: bool) -> list[Path]:
    batch = _Batch(twins=twins)
    written: list[Path] = []
    path = files[0][0]
    try:
        for path, data, changed in files:
            if batch.add(str(path), data, changed):
                written.append(path)
        batch.settle()
    except OSError as error:
        raise DiskTrouble(str(path), error.strerror or str(error)) from error
    finally:  # also when a time limit strikes: what did not take its place must not stay
        batch.discard()
    return written


class _Batch:
    """Files under their temporary names, and the folders that they are to stand in."""

    def __init__(self, *, twins: bool) -> None:
        self._twins = twins
        self._pending: deque[_Pending] = deque()
        self._made: dict[str, bool] = {}  # folder -> whether it was lacking
        self._folders: dict[str, None] = {}  # that get an entry; a set that keeps its order
        self._temporary = f"{_PREFIX}{os.urandom(8).hex()}-"
        self._numbers = count()

    def add(self, name: str, data: bytes | Joined, changed: datetime) -> bool:
        """Store under temporary names what *name* lacks; return whether the file itself changes."""
        folder = os.path.dirname(name) or "."
        old = None if self._make(folder) else _stat(name)
        same = old is not None and old.st_size == len(data) and _read(name) == bytes(data)
        modified = _modified(old, changed, same=same)
        twins = self._twins and len(data) >= _PACKED_BYTES and not name.endswith(_PACKED_ALREADY)
        if same and (not twins or _twins_stand(name, modified)):
            return False
        if twins:  # before the file: a server must not find a new file with old twins
            for twin, packed in zip(_twins(name), pack(data), strict=True):
                self._store(folder, twin, packed, modified)
        elif old is not None:
            for twin in _twins(name):
                _unlink(twin)
        if not same:
            self._store(folder, name, data, modified)
        return not same

    def settle(self) -> None:
        """Sync the files, give each its place in their order, and sync the folders."""
        many = len(self._pending) >= _MANY and _syncfs is not None
        if many:
            _sync_file_system(self._pending[0].descriptor)
        for descriptor, _, _ in () if many else self._pending:
            os.fsync(descriptor)
        while self._pending:
            descriptor, temporary, name = self._pending[0]
            os.replace(temporary, name)
            self._pending.popleft()
            os.close(descriptor)
        for folder in list(self._folders)[:1] if many else self._folders:
            _sync_folder(folder, whole=many)

    def discard(self) -> None:
        """Remove what has not taken its place."""
        for descriptor, temporary, _ in self._pending:
            os.close(descriptor)
            _unlink(temporary)

    def _make(self, folder: str) -> bool:
        """Make *folder* and what lacks above it; return whether it was lacking."""
        lacking = self._made.get(folder)
        if lacking is None:
            lacking = self._made[folder] = self._mkdir(folder)
        return lacking

    def _mkdir(self, folder: str) -> bool:
        above = os.path.dirname(folder) or "."
        try:
            os.mkdir(folder)
        except FileExistsError:
            return False
        except FileNotFoundError:
            self._make(above)
            os.mkdir(folder)
        self._folders[above] = None
        return True

    def _store(self, folder: str, name: str, data: bytes | Joined, modified: int) -> None:
        """Write *data* to a new temporary file in *folder*, *modified* being its time in ns."""
        temporary = f"{folder}/{self._temporary}{next(self._numbers)}{_SUFFIX}"
        descriptor = os.open(temporary, _TEMPORARY, _READABLE)
        self._pending.append(_Pending(descriptor, temporary, name))
        self._folders[folder] = None
        _write_pieces(descriptor, data.pieces if isinstance(data, Joined) else [data])
        os.utime(descriptor, ns=(modified, modified))


def _write_pieces(descriptor: int, pieces: Sequence[bytes]) -> None:
    """Write *pieces* one after the other, however little the system takes in one call."""
    for at in range(0, len(pieces), _PIECES_AT_ONCE):
        some = pieces[at : at + _PIECES_AT_ONCE]
        rest = sum(map(len, some)) - os.writev(descriptor, some)
        if rest:
            view = memoryview(b"".join(some))[-rest:]
            while view:
                view = view[os.write(descriptor, view) :]


def _modified(old: os.stat_result | None, changed: datetime, *, same: bool) -> int:
    """Return the modification time in ns: whole seconds, past the old file's, never back."""
    if old is not None and same:
        return old.st_mtime_ns
    seconds = int(changed.timestamp())
    if old is not None:
        seconds = max(seconds, old.st_mtime_ns // _NANOSECONDS + 1)
    return seconds * _NANOSECONDS


def _twins(name: str) -> tuple[str, str]:
    return f"{name}.gz", f"{name}.br"


def _twins_stand(name: str, modified: int) -> bool:
    stats = [_stat(twin) for twin in _twins(name)]
    return all(stat is not None and stat.st_mtime_ns == modified for stat in stats)


def _read(name: str) -> bytes:
    with open(name, "rb", buffering=0) as file:
        return file.read()


def _stat(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)
    except FileNotFoundError:
        return None


def _unlink(name: str) -> bool:
    try:
        os.unlink(name)
    except FileNotFoundError:
        return False
    return True


def _sync_folder(folder: str, *, whole: bool = False) -> None:
    """Make the names in *folder* durable, or all that its file system has been told."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if whole:
            _sync_file_system(descriptor)
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file_system(descriptor: int) -> None:
    """Make durable all that was written to the file system of *descriptor* (syncfs(2))."""
    assert _syncfs is not None
    if _syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


# Python has no name for it, and macOS no such call.
_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


@contextlib.contextmanager
def _trouble(path: Path) -> Iterator[None]:
    """Turn what the disk says into DiskTrouble about *path*."""
    try:
        yield
    except OSError as error:
        raise DiskTrouble(str(path), error.strerror or str(error)) from error
