"""Feeds that were: 301 to what a feed is called now, 410 for one that has ended.

The press leaves a list of them beside the feeds. It is asked only where nothing stands, so a feed
that is there, old name or new, never waits for it.
"""

from __future__ import annotations

import logging
import os
import re
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec

from feeds.publish.moved import moved_path

from .answers import CROSS_ORIGIN, Answer
from .notices import ENDED
from .tree import Tree

_FEED = re.compile(r"/feeds/([^/]+?)(\.(?:rss|atom|json)|/|/archive/\d+(?:\.(?:rss|atom|json)|/))")
_KEPT = (b"cache-control", b"public, max-age=86400")  # a 301 without an end is never asked again
_Ends = dict[str, str | None]

logger = logging.getLogger("wireroom.web")


class Moved:
    """The feeds under *public* that were, which *tree* serves; its address is *public_url*."""

    def __init__(self, public: Path, tree: Tree, public_url: str) -> None:
        self._file = moved_path(public)
        self._tree = tree
        self._above = urlsplit(public_url).path
        self._ends: _Ends = {}
        self._read_as: tuple[int, int] | None = None

    def answer(self, path: str) -> Answer | None:
        """Return the answer where a feed stood, its page or an archive of it; None elsewhere.

        RFC 9110, 15.4.2 and 15.5.11. The address to go to has no host in it: it is that of the
        request, which a reader has reached. An archive that the new feed does not have is gone.
        """
        found = _FEED.fullmatch(path)
        name = found[1] if found else ""
        if found is None or name not in self._told():
            return None
        new = self._ends[name]
        address = quote(f"/feeds/{new}{found[2]}") if new else ""
        if not address or self._tree.page(address.encode()) is None:
            return ENDED
        location = (b"location", f"{self._above}{address}".encode())
        return Answer(HTTPStatus.MOVED_PERMANENTLY, [location, _KEPT, *CROSS_ORIGIN])

    def _told(self) -> _Ends:
        """Return the list, read again if it was replaced."""
        try:
            stat = os.stat(self._file)  # noqa: PTH116 - as the tree asks
            read_as = (stat.st_ino, stat.st_mtime_ns)
            if read_as != self._read_as:
                self._ends = msgspec.json.decode(self._file.read_bytes(), type=_Ends)
                self._read_as = read_as
        except FileNotFoundError:
            self._ends, self._read_as = {}, None
        except msgspec.MsgspecError as error:
            logger.warning("what is known of moved feeds cannot be read: %s", error)
        return self._ends
