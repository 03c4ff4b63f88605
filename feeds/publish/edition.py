"""What a published tree was made with: made with anything else, all of it is to be rendered anew.

A feed is rendered again when one of its stories changes, and a page when its own does. Neither
would ever learn that the public address is another one, or that our pages look different now. So
the tree names what it was made with, in a dot file, which no web server gives out.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

import msgspec

from ..model import Site
from .select import NEVER, feed_for_all
from .write import write

EDITION = 3
"""To be raised when the same item is to give other bytes: what was kept of it is not used then."""

_NAME = ".edition"
_FOLDERS = ("static", "templates")


def edition_of(site: Site) -> bytes:
    """Return a word for all that pages and feeds of *site* show besides their stories.

    What decides which stories a feed holds is not in it: a change of rules renders what it changes.
    """
    terms = site.public_url, site.title, site.hubs, site.max_age_seconds, feed_for_all(site)
    return sha256(_look() + msgspec.msgpack.encode(terms)).hexdigest().encode() + b"\n"


def made_with(public: Path) -> bytes:
    """Return the word for what the tree *public* was made with, b"" where it does not say so."""
    path = public / _NAME
    return path.read_bytes() if path.exists() else b""


def make_with(public: Path, edition: bytes) -> None:
    """Say that the tree *public* is made with this *edition* from now on.

    Raises:
        DiskTrouble: the disk is full or refuses.
    """
    write(public / _NAME, edition, NEVER, twins=False)


@cache
def _look() -> bytes:
    """Return a digest of our templates and static files, and of the form of an item."""
    found = sha256(bytes([EDITION]))
    for folder in _FOLDERS:
        for file in sorted((resources.files(__package__) / folder).iterdir(), key=str):
            found.update(file.name.encode() + sha256(file.read_bytes()).digest())
    return found.digest()
