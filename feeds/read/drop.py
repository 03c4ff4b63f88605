"""The drop folder: a file is claimed by one rename, and leaves by one rename when it is settled.

A claim is a folder ``_claimed/TOKEN.ATTEMPT`` that its worker holds locked. The kernel gives the
lock back when the worker dies, however it dies, so an abandoned claim is known at once and taken
over by one rename to the next attempt. A claim that killed its worker is read file by file, each in
a claim of its own (``TOKEN.ATTEMPT.NUMBER``), so that only the poison pays for it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from ..errors import DiskTrouble
from ..model import Document, Rejection, Source, legible
from .companions import WAIT_SECONDS, Arrived, file_of, is_picture, pictures_beside, together
from .files import read_file
from .names import CLAIMED, DONE, DUPLICATE, REJECTED, RESULTS, free, ignored, reason_name, walk

_ATTEMPTS = 3
"""Workers that may die over one file before it is called poison."""

_EMPTY_SECONDS = 2.0
_SET_BACK_SECONDS = 60.0  # a look through a large folder takes less

_SAME_SECONDS = 1e-5
"""A datetime rounds a file's nanoseconds to microseconds."""


class Claim:
    """Files that are ours alone until they are settled or we die."""

    def __init__(self, drop: DropFolder, folder: Path, lock: int) -> None:
        self.drop = drop
        self.folder = folder
        self._lock = lock
        self._settled_in: set[Path] = set()
        self.token, attempt, *_ = folder.name.split(".")
        self.attempt = int(attempt)

    @property
    def _note(self) -> str:
        """What holds a name for a file of ours: the same in every attempt, and nobody else's."""
        return f"held by {self.token}"

    @property
    def poisonous(self) -> bool:
        """Whether so many workers died over this claim that it must not be read again."""
        return self.attempt > _ATTEMPTS

    def receipt(self, relative: Path) -> str:
        """Return what names the arrival of one file, in whichever attempt it is read."""
        return legible(f"{self.token}/{relative}")

    def files(self) -> list[Path]:
        """Return the relative paths of the files that are not settled yet."""
        return [relative for relative, _ in walk(self.folder)]

    def arrived(self) -> list[Arrived]:
        """Return what is not settled yet, each file with its pictures.

        Those that still stand in the folder under its name are claimed too, and the file of a
        picture that came after it is fetched back.
        """
        claimed = self.files()
        beside = pictures_beside(self.drop.root, claimed)
        more = [self.drop.take(picture, self.folder) for picture in beside]
        for alone in [one.file for one in together(claimed) if is_picture(one.file)]:
            file = file_of(self.drop.root / DONE, alone)
            if file is not None and not (self.folder / file).exists():
                (self.drop.root / DONE / file).rename(self.folder / file)
                more.append(True)
        return together(self.files() if any(more) else claimed)

    def read(self, relative: Path, source: Source, now: datetime) -> Document:
        """Return the file *relative* as a Document.

        Raises:
            RefusedFile: it is a link, a pipe, a device, a second name, too large or unreadable.
        """
        return read_file(
            self.folder / relative,
            str(relative),
            source,
            now,
            max_bytes=self.drop.max_bytes,
            receipt=self.receipt(relative),
        )

    def still_growing(self, relative: Path, document: Document) -> bool:
        """Tell whether the file *relative* has changed since it was read as *document*."""
        seen = (self.folder / relative).lstat()
        assert document.modified is not None
        later = abs(seen.st_mtime - document.modified.timestamp()) > _SAME_SECONDS
        return later or seen.st_size != len(document.data)

    def settle(self, relative: Path, result: str, reason: object = None) -> Path:
        """Move the file to the folder *result*, its *reason* (if any) written before; return where.

        Raises:
            DiskTrouble: it could not be moved; it is still claimed, and will be read again.
        """
        target: Path | None = None
        try:
            target = free(self.drop.root / result / relative, self._note)
            if reason is not None:
                with reason_name(target).open("wb") as file:
                    file.write(msgspec.json.format(msgspec.json.encode(reason), indent=2) + b"\n")
                    file.flush()
                    os.fsync(file.fileno())  # the file must not leave before its reason is safe
            (self.folder / relative).rename(target)
            self._settled_in.update(target.parents[: len(relative.parts)])
        except OSError as error:
            if target is not None:  # the empty file that holds the name, and half a reason
                target.unlink(missing_ok=True)
                reason_name(target).unlink(missing_ok=True)
            raise DiskTrouble(str(relative), error.strerror or str(error)) from error
        return target

    def put_back(self, relative: Path) -> None:
        """Move the file back into the drop folder: it was taken too early."""
        target = free(self.drop.root / relative)
        (self.folder / relative).rename(target)

    def single(self, arrived: Arrived, number: int) -> Claim | None:
        """Move one file and its pictures into a claim of its own, so that its fate is its own."""
        folder = self.folder.with_name(f"{self.token}.{self.attempt}.{number}")
        (folder / arrived.file).parent.mkdir(parents=True)
        for relative in (*arrived.pictures, arrived.file):
            (self.folder / relative).rename(folder / relative)
        lock = _lock(folder)
        if lock is None:  # a sweep saw it first, and reads it
            return None
        return Claim(self.drop, folder, lock)

    def excuse(self) -> None:
        """Say that what goes wrong now is not the files' fault: this attempt does not count."""
        blameless = self.folder.with_name(
            ".".join((self.token, str(self.attempt - 1), *self.folder.name.split(".")[2:]))
        )
        self.folder.rename(blameless)
        self.folder = blameless

    def sync(self) -> None:
        """Make durable where the settled files are now."""
        for folder in sorted(self._settled_in):
            _sync(folder)
        self._settled_in.clear()

    def close(self) -> None:
        """Give the claim up; what is not settled is there for the next worker."""
        try:
            for emptied, _, _ in os.walk(self.folder, topdown=False):
                Path(emptied).rmdir()
        except OSError:
            pass  # not empty: the next worker goes on from here
        finally:
            os.close(self._lock)


class DropFolder:
    """The folder that people and programs drop files into."""

    def __init__(self, root: Path, *, max_bytes: int, ignore: tuple[str, ...] = ()) -> None:
        self.root = root
        self.max_bytes = max_bytes
        self.ignore = ignore

    def prepare(self) -> None:
        """Create the folder and the places that files go to."""
        for name in (CLAIMED, *RESULTS):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def ready(self, settle_seconds: float) -> list[Path]:
        """Return the files (relative) that stand in the folder and are complete, oldest first."""
        clock = self._clock()
        found = [
            (seen.st_ctime, relative)
            for relative, seen in walk(self.root, self.ignore)
            if _complete(seen, clock, _patience(relative, settle_seconds))
        ]
        return [relative for _, relative in sorted(found)]

    def sift(self, paths: Iterable[Path], settle_seconds: float) -> tuple[list[Path], list[Path]]:
        """Return (complete, growing) of *paths*; what is gone or not ours is in neither."""
        clock = self._clock()
        complete: list[Path] = []
        growing: list[Path] = []
        for relative in paths:
            try:
                seen = (self.root / relative).lstat()
            except OSError:
                continue
            if not stat.S_ISDIR(seen.st_mode) and not ignored(relative, self.ignore):
                done = _complete(seen, clock, _patience(relative, settle_seconds))
                (complete if done else growing).append(relative)
        return complete, growing

    def replay(self, paths: Sequence[Path] = ()) -> list[Path]:
        """Move *paths*, or all that was rejected or a duplicate, back; return where (relative).

        Each file's reason goes. A path that lies in none of the two folders is passed over.
        """
        again = []
        for result in (DUPLICATE, REJECTED):
            place = self.root / result
            for relative, _ in list(walk(place)):
                if paths and not any((place / relative).is_relative_to(path) for path in paths):
                    continue
                target = free(self.root / relative)
                (place / relative).rename(target)
                reason_name(place / relative).unlink(missing_ok=True)
                again.append(target.relative_to(self.root))
        return again

    def count_waiting(self) -> int:
        """Return how many files stand in the folder, complete or not."""
        return sum(1 for _ in walk(self.root, self.ignore))

    def count_claimed(self) -> int:
        """Return how many files are being read, or wait to be taken over."""
        return sum(1 for _ in walk(self.root / CLAIMED))

    def _clock(self) -> float:
        """Return the time by the clock of the file system, which may be another machine's."""
        probe = self.root / CLAIMED / ".clock"
        try:
            probe.touch()
            return probe.stat().st_ctime
        except OSError as error:
            raise DiskTrouble(str(probe), error.strerror or str(error)) from error

    def claim(self, paths: Iterable[Path]) -> Claim | None:
        """Claim those of *paths* (relative) that are still there; None if there are none.

        Raises:
            DiskTrouble: the folder cannot be written to.
        """
        folder = self.root / CLAIMED / f"{secrets.token_hex(8)}.1"
        try:
            folder.mkdir(parents=True)
            lock = _lock(folder)
            if lock is None:  # a sweep took the empty folder for an abandoned one
                return self.claim(paths)
        except OSError as error:
            raise DiskTrouble(str(folder), error.strerror or str(error)) from error
        claim = Claim(self, folder, lock)
        try:
            taken = sum([self.take(relative, folder) for relative in paths])
        except OSError as error:
            claim.excuse()
            claim.close()  # or we would hold what was taken so far until we end
            raise DiskTrouble(str(folder), error.strerror or str(error)) from error
        if taken:
            return claim
        claim.close()
        return None

    def abandoned(self) -> Iterator[Claim]:
        """Yield the claims whose worker has died, each taken over under its next attempt."""
        for folder in sorted((self.root / CLAIMED).iterdir()):
            if folder.name.startswith("."):
                continue
            try:
                lock = _lock(folder)
            except FileNotFoundError:
                continue
            if lock is None:
                continue
            token, attempt, *number = folder.name.split(".")
            following = folder.with_name(".".join((token, str(int(attempt) + 1), *number)))
            try:
                folder.rename(following)
            except FileNotFoundError:  # it was finished between our look and our lock
                os.close(lock)
                continue
            yield Claim(self, following, lock)

    def take(self, relative: Path, folder: Path) -> bool:
        """Rename one file into the claim *folder*; False if another worker was first."""
        if relative.is_absolute() or ".." in relative.parts or ignored(relative, self.ignore):
            return False
        source, target = self.root / relative, folder / relative
        try:
            mode = source.lstat().st_mode
        except (OSError, ValueError):  # it is gone, or no file can have such a name
            return False
        if stat.S_ISDIR(mode) or source.parent.resolve() != self.root.resolve() / relative.parent:
            return False  # a folder on the way may be a link, which leads out of here
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.rename(target)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno != errno.EXDEV or not stat.S_ISREG(mode):
                raise
            return _carry(source, target)
        return True


def _patience(relative: Path, settle_seconds: float) -> float:
    """Return how long a file must have stood still: a picture waits for the file of its name."""
    return max(settle_seconds, WAIT_SECONDS) if is_picture(relative) else settle_seconds


def _complete(seen: os.stat_result, clock: float, settle_seconds: float) -> bool:
    """Tell whether a file that was *seen* so stood still long enough.

    Its ctime moves with each write, and only by the file system's own clock: a copied-along mtime
    may lie anywhere. An empty file may be one whose writer has just begun: it gets more time. A
    ctime well ahead of the clock says that the clock was set back: such a file waits no longer.
    """
    if seen.st_size == 0 and stat.S_ISREG(seen.st_mode):
        settle_seconds = max(settle_seconds * 10, _EMPTY_SECONDS)
    still = clock - seen.st_ctime
    return still >= settle_seconds or still < -_SET_BACK_SECONDS


def poison(attempts: int) -> Rejection:
    """Return why a file that kills its readers is turned away."""
    return Rejection(
        error="PoisonFile",
        problem=f"{attempts} workers died reading this file; it is not tried again. "
        "`wireroom replay` tries it once more.",
    )


def _carry(source: Path, target: Path) -> bool:
    """Move a file out of a mount below the folder, where no rename can; False if another did.

    Two workers may both copy it; the one that unlinks it has it.
    """
    shutil.copy2(source, target, follow_symlinks=False)
    with target.open("rb") as copy:
        os.fsync(copy.fileno())
    try:
        source.unlink()
    except FileNotFoundError:
        target.unlink()
        return False
    return True


def _lock(folder: Path) -> int | None:
    """Return a handle that holds the lock on *folder*, or None if another process holds it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _sync(folder: Path) -> None:
    """Make the names in *folder* durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
