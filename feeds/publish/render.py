"""RSS 2.0 and Atom 1.0 through feedgen, JSON Feed beside them: an item once, a feed by joining.

Each revision of an item is rendered once into fragments that the caller keeps; a feed is its head,
through feedgen with no entries, and the fragments in their place. The same input gives the same
bytes: nothing is "now".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec
from feedgen.feed import FeedGenerator
from xxhash import xxh3_64_digest

from ..errors import PublishError
from ..model import Feed, Published, Site
from . import jsonfeed
from .archive import HEAD, Chain, document_address, links
from .edition import EDITION
from .extension import PLACE, HeadExtension
from .fragments import rss_and_atom, tombstone
from .item import Item, item_of, legible
from .pack import Joined
from .select import TYPES

GENERATOR = "Wireroom"
# RFC 4151: a date on which the authority held its name. It is part of every feed's id, for ever.
_TAG_YEAR = 2026
_ICON_PIXELS = 144  # RSS 2.0: the greatest width of a channel image


class Fragments(msgspec.Struct, frozen=True, array_like=True):
    """One revision of a story as it stands in a feed of each format, ready to be spliced in.

    Each ends as its line does, in JSON with the comma before the next, so that to join a feed
    copies none of them.
    *tombstone* is an ``at:deleted-entry`` for the Atom feed where the story is withdrawn.
    """

    rss: bytes
    atom: bytes
    json: bytes
    tombstone: bytes = b""


class Renderer:
    """Renders items and feeds for one site.

    *stamp*, 8 bytes, is the same for as long as the same item gives the same fragments.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.stamp = xxh3_64_digest(f"{EDITION} {site.public_url}".encode())

    def fragments(self, items: Sequence[Published]) -> list[Fragments]:
        """Return each of *items* as it stands in a feed, in the same order.

        Raises:
            PublishError: an item cannot be rendered even without the characters that XML forbids.
        """
        return [self._fragments(item) for item in items]

    def feed(
        self,
        feed: Feed,
        updated: datetime,
        fragments: Iterable[Fragments],
        chain: Chain = HEAD,
    ) -> dict[str, Joined]:
        """Return the documents of *feed*: ``rss``, ``atom`` and ``json`` to their bytes.

        *updated* is the last change of its items, *fragments* are they, newest first; *chain* says
        which of the feed's documents these are, and which archives are next to them.

        Raises:
            PublishError: its head cannot be rendered, say for want of a title.
        """
        shown = list(fragments)
        # The Atom grammar (RFC 4287, appendix B) wants extensions of the feed before its entries.
        entries = [item.tombstone for item in shown if item.tombstone]
        entries += [item.atom for item in shown]
        try:
            rss = self._head(feed, updated, "rss", chain).rss_str(pretty=True)
            atom = self._head(feed, updated, "atom", chain).atom_str(pretty=True)
        except ValueError as error:
            raise PublishError(feed.name, str(error)) from error
        return {
            "rss": _filled(_plain_references(rss), [item.rss for item in shown]),
            "atom": _filled(atom, entries),
            "json": jsonfeed.render_feed(feed, self._site, [item.json for item in shown], chain),
        }

    def _fragments(self, story: Published) -> Fragments:
        try:
            return self._render(item_of(story, self._site))
        except ValueError:  # a character that XML forbids, or a lone surrogate
            pass
        try:
            return self._render(item_of(legible(story), self._site))
        except ValueError as error:
            raise PublishError(f"item {story.id}", str(error)) from error

    def _render(self, item: Item) -> Fragments:
        rss, atom = rss_and_atom(item)
        return Fragments(
            rss=rss + b"\n",
            atom=atom + b"\n",
            json=jsonfeed.render_item(item, self._site) + jsonfeed.COMMA,
            tombstone=tombstone(item) + b"\n" if item.withdrawn else b"",
        )

    def _head(self, feed: Feed, updated: datetime, suffix: str, chain: Chain) -> FeedGenerator:
        site = self._site
        page = document_address(site, feed.name, chain.number, "/")
        head = FeedGenerator()
        head.register_extension("wireroom", HeadExtension)
        head.id(f"tag:{site.tag_authority},{_TAG_YEAR}:feeds/{quote(feed.name)}")
        head.title(feed.title)
        head.description(feed.description or feed.title)
        head.updated(updated.replace(microsecond=0))
        head.generator(GENERATOR)
        head.language(feed.language)
        head.author(name=site.title, uri=f"{site.public_url}/")
        head.icon(feed.image or f"{site.public_url}/static/icon-512.png")
        size = "" if feed.image else str(_ICON_PIXELS)  # that of a picture of others is not known
        head.image(
            feed.image or f"{site.public_url}/static/icon-{_ICON_PIXELS}.png",
            title=feed.title,
            link=page,
            width=size,
            height=size,
        )
        others = links(site, feed.name, chain, f".{suffix}")
        if chain.number:
            head.wireroom.is_archive = True
        else:  # nobody is to wait for news of an archive
            others += [("hub", hub) for hub in site.hubs]
            head.ttl(max(1, site.max_age_seconds // 60))  # minutes; must agree with Cache-Control
            head.wireroom.seconds = site.max_age_seconds if suffix == "rss" else 0
        head.wireroom.links = others
        for rel, href in others:
            head.link(href=href, rel=rel)
        address = document_address(site, feed.name, chain.number, f".{suffix}")
        head.link(href=address, rel="self", type=TYPES[suffix])
        # The last one: feedgen takes it for the channel's link.
        head.link(href=page, rel="alternate", type="text/html")
        return head


def _plain_references(head: bytes) -> bytes:
    """Return the *head* of an RSS feed with the references that fragments.py has in plain text."""
    return head.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")


def _filled(document: bytes, items: Sequence[bytes]) -> Joined:
    """Return *document* with *items*, each a line, in place of the line that marks it."""
    head, _, tail = document.partition(PLACE)
    return Joined([head.rstrip(b" "), *items, tail])
