"""Pictures that stand beside a file of the same name: they travel with it.

``story.xml`` and ``story.jpg`` are one arrival. A picture waits for its file for a while; one that
comes after it fetches the file back, so that the story is read again with its picture.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".avif"})
"""How the names of pictures end, in lower case."""

WAIT_SECONDS = 15.0
"""How long a picture stands alone before it is looked at without a file of its name."""

_STILL_SECONDS = 0.2  # a picture that is being written while its file is taken
_TEXTS = (
    *(".xml", ".nitf", ".json", ".html", ".htm", ".md", ".markdown", ".txt", ".eml", ".anpa"),
    *(".iptc", ".newsml", ".XML", ".JSON", ".HTML", ".HTM", ".MD", ".TXT", ".EML"),
)


class Arrived(NamedTuple):
    """A file, and the pictures that stand beside it; all relative to the folder."""

    file: Path
    pictures: list[Path]


def is_picture(path: Path) -> bool:
    """Tell by its name whether *path* is a picture."""
    return path.suffix.lower() in PICTURES


def together(files: Iterable[Path]) -> list[Arrived]:
    """Return *files* in order, each picture with the first file of its name; else it is alone."""
    arrived: list[Arrived] = []
    of_name: dict[Path, Arrived] = {}
    pictures = []
    for file in files:
        if is_picture(file):
            pictures.append(file)
            continue
        one = Arrived(file, [])
        arrived.append(one)
        of_name.setdefault(file.with_suffix(""), one)
    for picture in pictures:
        mate = of_name.get(picture.with_suffix(""))
        if mate is None:
            arrived.append(Arrived(picture, []))
        else:
            mate.pictures.append(picture)
    return arrived


def pictures_beside(root: Path, files: Sequence[Path]) -> list[Path]:
    """Return the pictures (relative to *root*) that stand there under the names of *files*.

    One look at each folder. Where one is still being written, it is waited for a moment.
    """
    names = {file.with_suffix("") for file in files if not is_picture(file)}
    found = [
        picture
        for folder in sorted({name.parent for name in names})
        for picture in _pictures_in(root, folder)
        if picture.with_suffix("") in names
    ]
    if not found:
        return []
    before = [_look(root / picture) for picture in found]
    if any(seen is not None and time.time() - seen[1] < _STILL_SECONDS for seen in before):
        time.sleep(_STILL_SECONDS)
    return [
        picture
        for picture, seen in zip(found, before, strict=True)
        if seen is not None and _look(root / picture) == seen
    ]


def file_of(done: Path, picture: Path) -> Path | None:
    """Return the file of the name of *picture* that was read before, relative to *done*."""
    for suffix in _TEXTS:
        candidate = picture.with_suffix(suffix)
        if (done / candidate).is_file():
            return candidate
    return None


def _pictures_in(root: Path, folder: Path) -> list[Path]:
    try:
        with os.scandir(root / folder) as entries:
            names = [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
    endings = tuple(PICTURES)
    return [folder / name for name in sorted(names) if name.lower().endswith(endings)]


def _look(path: Path) -> tuple[int, float] | None:
    try:
        seen = path.lstat()
    except OSError:
        return None
    return seen.st_size, seen.st_ctime
