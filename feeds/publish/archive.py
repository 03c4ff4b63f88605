"""Where a document stands in the chain of its feed (RFC 5005, 4), and under which address.

The feed itself is the head of the chain. Behind it follow its archives, the latest first: numbered
documents whose entries are never added to, so that a program that has read one need not ask again.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..model import Site
from .select import feed_address, quoted

HISTORY = "http://purl.org/syndication/history/1.0"
"""RFC 5005, 1.2."""


class Chain(NamedTuple):
    """A document of a feed: *number* is its own if it is an archive, else 0.

    *older* and *newer* are the numbers of the archives next to it, 0 where there is none.
    """

    number: int = 0
    older: int = 0
    newer: int = 0


HEAD = Chain()
"""A feed that has no archives."""


def document_address(site: Site, name: str, number: int, suffix: str) -> str:
    """Return the address of the feed *name* (0) or of its archive *number*; *suffix* as there."""
    if not number:
        return feed_address(site, name, suffix)
    return f"{site.public_url}/feeds/{quoted(name)}/archive/{number}{suffix}"


def links(site: Site, name: str, chain: Chain, suffix: str) -> list[tuple[str, str]]:
    """Return (relation, address) of the documents next to this one, as RFC 5005 names them."""
    found = [("current", 0)] if chain.number else []
    found += [("prev-archive", chain.older)] if chain.older else []
    found += [("next-archive", chain.newer)] if chain.newer else []
    return [(rel, document_address(site, name, number, suffix)) for rel, number in found]


def archive_path(public: Path, name: str, number: int, suffix: str) -> Path:
    """Return where an archive stands: *suffix* ``.rss``, ``.atom`` or ``.json``, ``/`` its page."""
    folder = public.joinpath("feeds", name, "archive")
    return folder / str(number) / "index.html" if suffix == "/" else folder / f"{number}{suffix}"
