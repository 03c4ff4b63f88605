"""The archives of the feeds (RFC 5005, 4): what a feed no longer shows, to be read page by page.

A page is filled once, when the first story that no page holds leaves its feed, and is written again
only when a story on it changes or goes, or a newer page follows it. So an article that comes in
costs nothing here until it fills a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from .model import Published, Site
from .publish.archive import Chain, archive_path
from .publish.select import TYPES, feed_named, in_full, last_change, order_time
from .publish.write import File, remove, write_all
from .rendered import Memory, Rendered
from .store import Store
from .store.archives import Page

_ITEMS = 100  # on a page: 0.3 MB in each format
_PAGES_AT_ONCE = 50  # in one pass, some 3 s: the feeds that readers poll do not wait longer
_SUFFIXES = (*(f".{suffix}" for suffix in TYPES), "/")


class Archivist:
    """Files what the feeds of a site no longer show, and writes the pages that have changed."""

    def __init__(self, store: Store, memory: Memory, site: Site, public: Path) -> None:
        self._store = store
        self._memory = memory
        self._site = site
        self._public = public

    def file_away(
        self,
        held: Mapping[str, Sequence[Published]],
        shown: Mapping[str, Sequence[Published]],
        now: datetime,
    ) -> dict[str, Chain]:
        """File what each feed (by name) does not show any more of the stories that it may show.

        Returns where each feed stands in its chain.
        """
        unshown: dict[str, datetime | None] = {}
        for name, stories in held.items():
            ids = {story.id for story in shown[name]}
            unshown[name] = max((one.changed for one in stories if one.id not in ids), default=None)
        latest = self._store.archives.file_away(unshown, _ITEMS, now)
        return {name: Chain(older=number) for name, number in latest.items()}

    def publish(self, now: datetime) -> list[Path]:
        """Write pages that have changed, the latest of each first; return the files that changed.

        What is too much for one pass is left to the next.
        """
        marks = self._store.archives.marks()
        if not marks:
            return []
        latest: dict[str, int] = {}
        for name, number in marks:
            latest[name] = max(number, latest.get(name, 0))
        # Those that feeds lead to come first.
        some = sorted(marks, key=lambda place: (latest[place[0]] - place[1], place))
        some = some[:_PAGES_AT_ONCE]
        written: list[Path] = []
        for page in self._store.archives.pages(some):
            written += write_all(self._documents(page), twins=False) if page.ids else []
            if not page.ids:
                for suffix in _SUFFIXES:
                    remove(archive_path(self._public, page.feed, page.number, suffix))
        self._store.archives.settle({place: marks[place] for place in some}, now)
        return written

    def _documents(self, page: Page) -> Iterator[File]:
        rendered = Rendered(self._store.shelf, self._memory)
        rendered.read(page.ids, {})
        stories = rendered.stories(sorted(page.ids))
        stories.sort(key=order_time, reverse=True)
        rendered.queue = [story.id for story in stories]
        feed, changed = feed_named(page.feed, stories, self._site), last_change(stories)
        chain = Chain(page.number, page.older, page.newer)
        form = rendered.form(full=in_full(page.feed, self._site))
        fragments = form.fragments(stories)
        documents = self._memory.renderer.feed(feed, changed, fragments, chain)
        for suffix, data in documents.items():
            yield archive_path(self._public, page.feed, page.number, f".{suffix}"), data, changed
        data = self._memory.pages.feed(feed, stories, rendered.rows(stories), chain)
        yield archive_path(self._public, page.feed, page.number, "/"), data, changed
        rendered.keep()
