"""The documents that can be subscribed to: every published feed, in each of its formats."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from .publish.tree import feed_path

_FOLDER = "/feeds/"


class Document(msgspec.Struct, frozen=True):
    """A topic as it stands on the disk: what a subscriber gets, under the type that readers see."""

    data: bytes
    content_type: str
    version: str


class Topics:
    """Topics by their paths (``/feeds/all.rss``), below the public address *address*.

    *types* are the Content-Types with which the web server sends them, by the end of the name. A
    version is the file's time, which moves on with every change of its bytes, and its size.
    """

    def __init__(self, address: str, public: Path, types: Mapping[str, str]) -> None:
        self._address = address
        self._public = public
        self._types = types

    def path(self, address: str) -> str | None:
        """Return the path of the topic that *address* names, None if none is published there.

        The address is the one that the feed gives as its own, letter by letter (WebSub, 4).
        """
        path = address.removeprefix(self._address)
        found = self._file(path)
        known = found and path != address and path == _path(*found)
        return path if known and feed_path(self._public, *found).is_file() else None  # type: ignore[misc]

    def address(self, path: str) -> str:
        """Return the address of the topic *path*."""
        return self._address + path

    def versions(self, feed: str) -> dict[str, str]:
        """Return path -> version of the topics that *feed* is published as."""
        found = {}
        for suffix in self._types:
            try:
                found[_path(feed, suffix)] = _version(feed_path(self._public, feed, suffix).stat())
            except FileNotFoundError:
                continue
        return found

    def read(self, path: str) -> Document | None:
        """Return the topic *path* as it stands now; None if it does not."""
        found = self._file(path)
        if found is None:
            return None
        try:
            with feed_path(self._public, *found).open("rb") as file:
                version = _version(os.fstat(file.fileno()))  # of these very bytes
                return Document(file.read(), self._types[found[1]], version)
        except FileNotFoundError:
            return None

    def _file(self, path: str) -> tuple[str, str] | None:
        """Return feed and format of *path*, None if no topic can have it."""
        name, _, suffix = unquote(path.removeprefix(_FOLDER)).rpartition(".")
        outside = not path.startswith(_FOLDER) or "/" in name or "\0" in name or name[:1] == "."
        return None if outside or not name or suffix not in self._types else (name, suffix)


def _path(feed: str, suffix: str) -> str:
    return f"{_FOLDER}{quote(feed)}.{suffix}"


def _version(stat: os.stat_result) -> str:
    return f"{stat.st_mtime_ns}-{stat.st_size}"
