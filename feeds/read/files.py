"""One file to one Document, if it is a plain file of a size that we take."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from ..errors import RefusedFile
from ..model import Document, Source, legible


def read_file(  # noqa: PLR0913 - a document's own fields
    path: Path, name: str, source: Source, now: datetime, *, max_bytes: int, receipt: str | None
) -> Document:
    """Return the file at *path* as the Document *name*.

    Raises:
        RefusedFile: it is a link, a pipe, a device, a second name, too large or unreadable.
    """
    try:
        check(name, path.lstat(), max_bytes)
        # O_NONBLOCK: should a pipe take the file's place just now, opening it must not hang.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedFile(name, f"cannot be read: {error.strerror}") from error
    with os.fdopen(handle, "rb", buffering=0) as file:
        seen = os.fstat(handle)
        check(name, seen, max_bytes)
        data = file.readall()
    return Document(
        data=data,
        name=legible(name),
        source=source,
        received=now,
        modified=datetime.fromtimestamp(seen.st_mtime, UTC),
        receipt=receipt,
    )


def check(name: str, seen: os.stat_result, max_bytes: int) -> None:
    """Raise RefusedFile unless what was *seen* is a plain file of a size that we take."""
    if not stat.S_ISREG(seen.st_mode):
        raise RefusedFile(name, f"a {_kind(seen.st_mode)} is never opened; drop a plain file")
    if seen.st_nlink > 1:
        raise RefusedFile(
            name, "a hard link: the file has a second name elsewhere; drop a copy instead"
        )
    if seen.st_size > max_bytes:
        raise RefusedFile(
            name,
            f"too large: {seen.st_size:,} bytes, at most {max_bytes:,} are read "
            "(drop.max_bytes in the settings)",
        )


def _kind(mode: int) -> str:
    """Return what a file of this *mode* is called."""
    kinds = {
        stat.S_IFLNK: "symbolic link",
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFCHR: "device",
        stat.S_IFBLK: "device",
        stat.S_IFDIR: "folder",
    }
    return kinds.get(stat.S_IFMT(mode), "special file")
