"""The published tree, answered from memory: a file is read once, then looked at with one stat.

Another process writes the tree by renaming finished files into place. A file of the same inode,
time and size is the file that was read; anything else is read anew, with its twins NAME.br and
NAME.gz where they carry its very time. What is kept is bounded in bytes, least recently used first.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections import OrderedDict
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from .answers import Addresses, Kind
from .negotiation import is_content_hash, published_path
from .page import Page

KEPT_BYTES = 64 * 1024 * 1024
"""Room for a hundred feeds of 500 KB (their size cap) with twins; articles share what is left."""

_TWIN_SECONDS = 1.0  # how soon a file without both twins is read again: they may come after it
_TWINS = {"br": ".br", "gzip": ".gz"}
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}
_INDEX = "index.html"
_WITHDRAWN = "index.410.html"  # stands in place of index.html once the article is taken back
_FOLDER_FILES = ((_WITHDRAWN, HTTPStatus.GONE), (_INDEX, HTTPStatus.OK))
_PLAIN_FILE = (("", HTTPStatus.OK),)

_Read = tuple[os.stat_result, bytes]


class _Kept:
    """A page, and what must still be true of its file for the page to be served."""

    __slots__ = ("_file", "_found", "_marker", "_recheck", "page")

    def __init__(
        self, file: str, read: _Read, kind: Kind, status: HTTPStatus, before: Page | None
    ) -> None:
        self._file = file
        self._found, data = read
        folder, name = os.path.split(file)
        self._marker = f"{folder}/{_WITHDRAWN}" if name == _INDEX else None
        bodies = {"identity": data}
        if kind.has_twins:
            bodies |= _twins(file, self._found)
        settled = not kind.has_twins or len(bodies) > len(_TWINS)
        self._recheck = None if settled else time.monotonic() + _TWIN_SECONDS
        modified = self._found.st_mtime_ns // 1_000_000_000
        self.page = Page(kind, status, bodies, modified, before)

    def stands(self) -> bool:
        try:
            now = os.stat(self._file)  # noqa: PTH116 - on every request; a Path costs twice as much
        except OSError:
            return False
        read = self._found
        return (
            now.st_mtime_ns == read.st_mtime_ns
            and now.st_ino == read.st_ino
            and now.st_size == read.st_size
            and (self._recheck is None or time.monotonic() < self._recheck)
            # A withdrawal is obeyed even when its writer died before it removed the page.
            and (self._marker is None or not os.path.lexists(self._marker))
        )


class Tree:
    """The files under *public* as pages, kept in at most *kept_bytes* of memory."""

    def __init__(self, public: Path, addresses: Addresses, kept_bytes: int = KEPT_BYTES) -> None:
        self._public = public
        self._addresses = addresses
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._weight = 0

    def has_feeds(self) -> bool:
        """Whether anything has ever been published."""
        return (self._public / "feeds").is_dir()

    def page(self, raw_path: bytes, query: bytes = b"") -> Page | None:
        """Return the page at *raw_path* (as it was sent, percent-encoded), None if there is none.

        Raises:
            OSError: the file is there and cannot be read.
        """
        hashed = query != b"" and raw_path.startswith(b"/static/") and is_content_hash(query)
        key = raw_path + b"?" if hashed else raw_path
        kept = self._kept.get(key)
        if kept is not None and kept.stands():
            self._kept.move_to_end(key)
            return kept.page
        path = published_path(raw_path)
        kind = self._addresses.kind(path, hashed=hashed) if path else None
        if path is None or kind is None or path.endswith(("/" + _INDEX, "/" + _WITHDRAWN)):
            return None  # a folder's page has one address, the folder's
        plain = quote(path).encode("ascii")
        if plain != raw_path:  # the many spellings of one path share one copy
            return self.page(plain, query)
        return self._load(key, path, kind)

    def beside(self, raw_path: bytes) -> Page | None:
        """Return the page for people of the feed at *raw_path*, to be shown at that address.

        Raises:
            OSError: the file is there and cannot be read.
        """
        path = published_path(raw_path)
        if path is None:
            return None
        key = quote(path).encode("ascii") + b" "  # which stands in no path
        kept = self._kept.get(key)
        if kept is not None and kept.stands():
            self._kept.move_to_end(key)
            return kept.page
        folder = path.rpartition(".")[0] + "/"
        kind = self._addresses.kind(folder, at_feed=True)
        return self._load(key, folder, kind) if kind else None

    def _load(self, key: bytes, path: str, kind: Kind) -> Page | None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._weight -= before.page.weight
        for name, status in _FOLDER_FILES if path.endswith("/") else _PLAIN_FILE:
            file = self._inside(path + name)
            read = _read(file) if file else None
            if file and read:
                kept = _Kept(file, read, kind, status, before.page if before else None)
                self._kept[key] = kept
                self._weight += kept.page.weight
                while self._weight > self._kept_bytes:
                    _, oldest = self._kept.popitem(last=False)
                    self._weight -= oldest.page.weight
                return kept.page
        return None

    def _inside(self, path: str) -> str | None:
        """Return the file at *path* with its links resolved, None if they lead out of the tree."""
        root = os.path.realpath(self._public)
        file = os.path.realpath(root + path)
        return file if file.startswith(root + "/") else None


def _twins(file: str, found: os.stat_result) -> dict[str, bytes]:
    """Read the compressed copies of *file* that were made for these very bytes."""
    bodies = {}
    for coding, suffix in _TWINS.items():
        read = _read(file + suffix)
        if read is not None and read[0].st_mtime_ns == found.st_mtime_ns:
            bodies[coding] = read[1]
    return bodies


def _read(file: str) -> _Read | None:
    """Read a regular file; None for everything else, and where there is nothing.

    Raises:
        OSError: it cannot be read now, which says nothing about whether it exists.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not block
    try:
        descriptor = os.open(file, flags)
    except ValueError:  # a name that the file system's encoding does not have
        return None
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        with open(descriptor, "rb", buffering=0, closefd=False) as stream:
            return found, stream.read()
    finally:
        os.close(descriptor)
