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
    """Return *path*, or its next free variant (``a.txt``, ``a-2.txt``, ...), held for the caller.

    Something stands under the name until the caller renames the real file over it: two workers that
    move files of one name at once get two names, and no earlier file is overwritten. It says who
    its *holder* is, so that one who was killed here gets the same name when the work is done again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, candidate = 1, path
    while not _hold(candidate, holder):
        number += 1
        ending = f"-{number}{path.suffix}"
        stem = os.fsencode(path.stem)[: _NAME_BYTES - len(os.fsencode(ending))]
        candidate = path.with_name(os.fsdecode(stem) + ending)
    return candidate


def _hold(path: Path, holder: str) -> bool:
    """Tell whether *path* was free, or is held by *holder* already; it is now.

    A link that leads nowhere is made in one step with what it says, a file with content is not. An
    empty file takes its place where there is no holder, or the file system has no links.
    """
    try:
        if holder:
            with suppress(PermissionError):  # how FAT says that it has no links
                path.symlink_to(holder)
                return True
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC))
    except FileExistsError:
        return bool(holder) and path.is_symlink() and str(path.readlink()) == holder
    return True
