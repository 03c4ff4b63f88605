"""Which names in the drop folder are files to take, and what they are called afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

DONE, DUPLICATE, REJECTED, CLAIMED = "_done", "_duplicate", "_rejected", "_claimed"
RESULTS = (DONE, DUPLICATE, REJECTED)
_OURS = frozenset({*RESULTS, CLAIMED})

_UNFINISHED = (
    # A name that a program gives to a file while it writes it, or to its own notes.
    *("*.part", "*.partial", "*.filepart", "*.tmp", "*.temp", "*.crdownload", "*.download"),
    *("*.swp", "*.swo", "*.swx", "*.bak", "*~", "~$*", "#*#", "4913"),  # Vim probes with "4913"
    *("Thumbs.db", "desktop.ini", "*.reason.json"),
)
_NAME_BYTES = 255  # NAME_MAX of every file system in use
_REASON = ".reason.json"


def ignored(relative: Path, more: tuple[str, ...] = ()) -> bool:
    """Tell whether the file or folder *relative* to the drop folder is none of ours to take."""
    parts = relative.parts
    if not parts or parts[0] in _OURS or any(part.startswith(".") for part in parts):
        return True
    return any(fnmatch(relative.name, pattern) for pattern in (*_UNFINISHED, *more))


def walk(root: Path, more: tuple[str, ...] = ()) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield (relative path, lstat) of everything below *root* that is no folder and not ignored.

    Never follows a link, so it cannot leave the folder; what vanishes on the way is passed over.
    """
    folders = [root]
    while folders:
        try:
            entries = sorted(os.scandir(folders.pop()), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            relative = Path(entry.path).relative_to(root)
            if ignored(relative, more):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
                continue
            try:
                yield relative, entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue


def reason_name(path: Path) -> Path:
    """Return where the reason for the file at *path* is written, cut to what a name may be."""
    stem = os.fsencode(path.name)[: _NAME_BYTES - len(_REASON)]
    return path.with_name(os.fsdecode(stem) + _REASON)


def free(path: Path, holder: str = "") -> Path:
    """Return *path*, or its next free variant (``a.txt``, ``a-2.txt``, ...), held by a small file.

    It holds the name until the caller renames the real one over it: two workers that move files of
    one name at once get two names, and no earlier file is overwritten. The small file says who its
    *holder* is, so that one who was killed here gets the same name when the work is done again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    note = holder.encode()
    number, candidate = 1, path
    while True:
        try:
            handle = os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC)
        except FileExistsError:
            if holder and _holds(candidate, note):
                return candidate
            number += 1
            ending = f"-{number}{path.suffix}"
            stem = os.fsencode(path.stem)[: _NAME_BYTES - len(os.fsencode(ending))]
            candidate = path.with_name(os.fsdecode(stem) + ending)
        else:
            with suppress(OSError):  # a full disk: an empty file holds the name as well
                os.write(handle, note)
            os.close(handle)
            return candidate


def _holds(path: Path, note: bytes) -> bool:
    """Tell whether the file at *path* is a *note* of ours and nothing else."""
    try:
        return path.lstat().st_size == len(note) and path.read_bytes() == note
    except OSError:  # it is somebody else's, and they moved it
        return False
