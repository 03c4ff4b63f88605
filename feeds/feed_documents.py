"""The documents of the feeds, in every format, their pages, and what lists the feeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

from .archives import Archivist
from .article_pages import Known
from .model import Published, Site
from .publish.archive import Chain
from .publish.moved import moved_files, moved_to
from .publish.select import (
    ALL,
    NEVER,
    TYPES,
    feed_named,
    in_full,
    last_change,
    listed,
    site_for,
    window,
)
from .publish.tree import feed_page, feed_path
from .publish.write import File, remove, remove_folder, write_all
from .rendered import Memory, Rendered
from .store import Store

_STUBS = 50  # withdrawn stories that may stand in a feed besides
_HOME_STORIES = 40


class FeedDocuments:
    """The feeds of one published tree, and what lists them: the home page and the OPML."""

    def __init__(self, store: Store, memory: Memory, site: Site, public: Path) -> None:
        self._store = store
        self._memory = memory
        self._site = site
        self._public = public

    def candidates(self, names: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
        """Return the ids of the stories that each feed and the home page may show."""
        found: dict[str, list[str]] = {}
        by_size: dict[int, list[str]] = defaultdict(list)
        for name in (*names, ALL):
            by_size[site_for(name, self._site).window_max_items].append(name)
        for most, some in by_size.items():
            newest = self._store.shelf.newest(some, most + _STUBS)
            found.update(zip(some, newest, strict=True))
        return {name: found[name] for name in names}, found[ALL][:_HOME_STORIES]

    def write(
        self,
        feeds: Mapping[str, Sequence[str]],
        home: Sequence[str],
        known: Known,
        now: datetime,
    ) -> list[Path]:
        """Write *feeds*, name -> candidates, their pages and archives, and what lists all feeds.

        *known* are stories that were read already.
        """
        archivist = Archivist(self._store, self._memory, self._site, self._public)
        if not feeds:
            return archivist.publish(now)
        rendered = Rendered(self._store.shelf, self._memory)
        rendered.read({*home, *chain(*feeds.values())}, known)
        held = {name: rendered.stories(ids) for name, ids in feeds.items()}
        shown = {name: self._window(name, stories, rendered) for name, stories in held.items()}
        chains = archivist.file_away(held, shown, now)
        written = archivist.publish(now)  # first: no feed leads to an archive that does not stand

        def documents() -> Iterator[File]:
            for name, stories in held.items():
                yield from self._feed(name, stories, shown[name], chains[name], rendered)
            yield from self._lists(rendered.stories(home), rendered)

        written += write_all(documents(), twins=True)
        rendered.keep()
        return written

    def leave(self, feeds: Collection[str], now: datetime) -> list[Path]:
        """Take the feeds that are no more out of the tree, and tell the web server of them."""
        ends = moved_to(self._store.filing.moved(), feeds)
        *others, (own, told) = moved_files(self._public, ends)
        if own.read_bytes() == told if own.exists() else not ends:
            return []
        for name in ends:
            for suffix in TYPES:
                remove(feed_path(self._public, name, suffix))
            remove_folder(feed_page(self._public, name).parent)
        files = [(path, data, now) for path, data in (*others, (own, told))]
        return write_all(files, twins=False)

    def _window(self, name: str, held: Sequence[Published], rendered: Rendered) -> list[Published]:
        """Return those of the candidates *held* that the feed *name* shows."""
        rendered.queue = [story.id for story in held]
        sizes = rendered.form(full=in_full(name, self._site))
        return window(held, site_for(name, self._site), sizes)

    def _feed(
        self,
        name: str,
        held: Sequence[Published],
        shown: Sequence[Published],
        place: Chain,
        rendered: Rendered,
    ) -> Iterator[File]:
        """Yield the documents of a feed, of whose candidates *held* some are *shown*, its page."""
        rendered.queue = [story.id for story in held]  # for stubs that the window did not measure
        feed, changed = feed_named(name, held, self._site), last_change(shown)
        fragments = rendered.form(full=in_full(name, self._site)).fragments(shown)
        for suffix, data in self._memory.renderer.feed(feed, changed, fragments, place).items():
            yield feed_path(self._public, name, suffix), data, changed
        page = self._memory.pages.feed(feed, shown, rendered.rows(shown), place)
        yield feed_page(self._public, name), page, changed

    def _lists(self, newest: Sequence[Published], rendered: Rendered) -> Iterator[File]:
        """Yield the home page with *newest* on it, the list of feeds, and what never changes."""
        shelf, pages = self._store.shelf, self._memory.pages
        shown = listed(shelf.feeds(), self._site)
        sizes = shelf.sizes([feed.name for feed in shown])
        feeds = list(zip(shown, sizes, strict=True))
        changed = last_change(newest)
        latest = window(newest, site_for(ALL, self._site))
        home = pages.home(feeds, latest, rendered.rows(latest))
        yield self._public / "index.html", home, changed
        yield self._public / "feeds.opml", pages.opml([feed for feed, _ in feeds]), changed
        for name, data in pages.statics().items():
            yield self._public / name, data, NEVER
