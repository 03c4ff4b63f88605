"""RSS 2.0 and Atom 1.0 through feedgen, JSON Feed beside them: an item once, a feed by joining.

feedgen needs about 60 us for an item in both formats, so each revision of an item is rendered once
into fragments that the caller keeps; a feed is its head, through feedgen with no entries, and the
fragments spliced in. The same input gives the same bytes: nothing is "now".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

import msgspec
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from ..errors import PublishError
from ..model import Feed, Published, Site
from . import jsonfeed
from .extension import NAMESPACES, RSS_NAMESPACES, HeadExtension, ItemExtension
from .item import WITHDRAWN_TEXT, Item, as_uri, item_of, legible
from .select import TYPES, feed_address

GENERATOR = "Wireroom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721
# RFC 4151: a date on which the authority held its name. It is part of every feed's id, for ever.
_TAG_YEAR = 2026
_DECLARATION = re.compile(rb' xmlns(?::\w+)?="[^"]*"')
_ICON_PIXELS = 144  # RSS 2.0: the greatest width of a channel image


class Fragments(msgspec.Struct, frozen=True, array_like=True):
    """One revision of a story as it stands in a feed of each format, ready to be spliced in.

    *tombstone* is an ``at:deleted-entry`` for the Atom feed where the story is withdrawn.
    """

    rss: bytes
    atom: bytes
    json: bytes
    tombstone: bytes = b""


class Renderer:
    """Renders items and feeds for one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def fragments(self, items: Sequence[Published]) -> list[Fragments]:
        """Return each of *items* as it stands in a feed, in the same order.

        Raises:
            PublishError: an item cannot be rendered even without the characters that XML forbids.
        """
        drafts = FeedGenerator()
        drafts.register_extension("wireroom", HeadExtension, ItemExtension)
        return [self._fragments(item, drafts) for item in items]

    def feed(
        self, feed: Feed, updated: datetime, fragments: Iterable[Fragments]
    ) -> dict[str, bytes]:
        """Return the documents of *feed*: ``rss``, ``atom`` and ``json`` to their bytes.

        *updated* is the last change of its items, *fragments* are they, newest first.

        Raises:
            PublishError: its head cannot be rendered, say for want of a title.
        """
        shown = list(fragments)
        # The Atom grammar (RFC 4287, appendix B) wants extensions of the feed before its entries.
        entries = [item.tombstone for item in shown if item.tombstone]
        entries += [item.atom for item in shown]
        try:
            rss = self._head(feed, updated, "rss").rss_str(pretty=True)
            atom = self._head(feed, updated, "atom").atom_str(pretty=True)
        except ValueError as error:
            raise PublishError(feed.name, str(error)) from error
        return {
            "rss": _splice(rss, b"  </channel>\n", (item.rss for item in shown)),
            "atom": _splice(atom, b"</feed>\n", entries),
            "json": jsonfeed.render_feed(feed, self._site, (item.json for item in shown)),
        }

    def _fragments(self, story: Published, drafts: FeedGenerator) -> Fragments:
        try:
            return self._render(item_of(story, self._site), drafts)
        except ValueError:  # lxml's for control characters, and UnicodeEncodeError for surrogates
            pass
        try:
            return self._render(item_of(legible(story), self._site), drafts)
        except ValueError as error:
            raise PublishError(f"item {story.id}", str(error)) from error

    def _render(self, item: Item, drafts: FeedGenerator) -> Fragments:
        entry = drafts.add_entry(order="append")
        _describe(entry, item)
        return Fragments(
            rss=_serialise(entry.rss_entry(), RSS_NAMESPACES),
            atom=_serialise(entry.atom_entry(), NAMESPACES),
            json=jsonfeed.render_item(item, self._site),
            tombstone=_tombstone(item) if item.withdrawn else b"",
        )

    def _head(self, feed: Feed, updated: datetime, suffix: str) -> FeedGenerator:
        site = self._site
        page = feed_address(site, feed.name, "/")
        head = FeedGenerator()
        head.register_extension("wireroom", HeadExtension, ItemExtension)
        head.wireroom.hubs = site.hubs
        head.id(f"tag:{site.tag_authority},{_TAG_YEAR}:feeds/{quote(feed.name)}")
        head.title(feed.title)
        head.description(feed.description or feed.title)
        head.updated(updated.replace(microsecond=0))
        head.generator(GENERATOR)
        head.language(feed.language)
        head.author(name=site.title, uri=f"{site.public_url}/")
        head.ttl(max(1, site.max_age_seconds // 60))  # minutes; must agree with Cache-Control
        head.icon(f"{site.public_url}/static/icon-512.png")
        head.image(
            f"{site.public_url}/static/icon-{_ICON_PIXELS}.png",
            title=feed.title,
            link=page,
            width=str(_ICON_PIXELS),
            height=str(_ICON_PIXELS),
        )
        for hub in site.hubs:
            head.link(href=hub, rel="hub")
        address = feed_address(site, feed.name, f".{suffix}")
        head.link(href=address, rel="self", type=TYPES[suffix])
        # The last one: feedgen takes it for the channel's link.
        head.link(href=page, rel="alternate", type="text/html")
        return head


def _describe(entry: FeedEntry, item: Item) -> None:
    """Tell feedgen what it can say; the extension says the rest."""
    article = item.article
    entry.wireroom.item = item
    entry.id(item.id)
    entry.title(item.title)
    entry.link(href=item.link)
    if article.summary:
        entry.summary(article.summary)
    entry.content(item.body, type="CDATA")
    for person in item.authors:
        email = person.email if person.email and "@" in person.email else None
        entry.author(name=person.name, email=email, uri=person.uri and as_uri(person.uri))
    for category in article.categories:
        entry.category(term=category)
    entry.published(item.published)
    entry.updated(item.updated)
    if article.rights:
        entry.rights(article.rights)
    if item.upstream:
        title = article.source_title or article.publisher or urlsplit(item.upstream).hostname
        entry.source(url=item.upstream, title=title or item.upstream)


def _serialise(element: etree._Element, namespaces: dict[str, str]) -> bytes:
    """Return *element* without the namespaces that the root of a feed declares.

    Under a root that declares them lxml uses their prefixes inside *element*, and writes the
    declarations on its start tag alone, which ends at the first ``>``.
    """
    root = etree.Element("root", nsmap=namespaces)
    root.append(element)
    start, end, rest = etree.tostring(element, encoding="utf-8").partition(b">")
    return _DECLARATION.sub(b"", start) + end + rest


def _splice(document: bytes, before: bytes, parts: Iterable[bytes]) -> bytes:
    """Return *document* with the *parts*, one a line, in front of the last *before*."""
    head, tag, tail = document.rpartition(before)
    return b"".join((head, *_lines(parts), tag, tail))


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield part
        yield b"\n"


def _tombstone(item: Item) -> bytes:
    """Return RFC 6721's sign that the entry is gone; it brings its own namespace.

    Declared at the root, the W3C validator would warn of an unknown namespace in every feed.
    """
    gone = etree.Element(f"{{{_TOMBSTONES}}}deleted-entry", nsmap={"at": _TOMBSTONES})
    gone.set("ref", item.id)
    gone.set("when", item.updated.isoformat())
    etree.SubElement(gone, f"{{{_TOMBSTONES}}}comment").text = WITHDRAWN_TEXT
    return etree.tostring(gone, encoding="utf-8")
