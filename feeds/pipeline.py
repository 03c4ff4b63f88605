"""The line on one page: ingest and publish, and the only module that knows their order.

ingest:   Document --parse--> Entry --normalise--> Article --name, admit--> Store
publish:  Store --select--> Feed --render--> fragments --write--> files
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from . import formats
from .dedupe.identity import named_in
from .errors import BrokenDocument, InvalidArticle, WireroomError
from .model import (
    Arrival,
    Article,
    Document,
    Feed,
    Named,
    Outcome,
    Published,
    Rejection,
    Report,
    Rules,
    Site,
)
from .normalise import normalise
from .publish.pages import Pages
from .publish.render import Renderer
from .publish.select import ALL, NEVER, feed_for_all, feed_named, feeds_of, last_change, window
from .publish.tree import article_page, feed_page, feed_path, hold
from .publish.write import remove, sweep, write_all
from .rendered import Rendered
from .store import Store

log = logging.getLogger("wireroom.pipeline")

_WAIT_SECONDS = 20.0  # a pass over 500 feeds takes about 5 s
_STUBS = 50  # withdrawn stories that may stand in a feed besides
_HOME_STORIES = 40
_PAGES_AT_ONCE = 500


class Line(msgspec.Struct, frozen=True):
    """The line with what it needs: the store, the operator's rules, the published site.

    *batch* is how many articles are admitted in one step.
    """

    store: Store
    rules: Rules
    site: Site
    batch: int = 100

    def ingest(self, arriving: Sequence[Document | Arrival], now: datetime) -> list[Report]:
        """Take *arriving* to the end of the line; return a report for each, in order.

        An Arrival among them is one that ended before the line (a file that was not opened).
        Safe to run again after any failure: what is known is counted, never stored twice.

        Raises:
            StoreUnavailable: another try can help.
        """
        reports: list[Report] = []
        pending: list[tuple[Report, Arrival]] = []
        for document in arriving:
            report = Report(source=document.source.id)
            reports.append(report)
            for arrival in self.arrivals(document, now):
                pending.append((report, arrival))
                if len(pending) == self.batch:
                    self._admit(pending, now)
        self._admit(pending, now)
        return reports

    def admit(self, arrivals: Sequence[Arrival], now: datetime) -> list[Outcome]:
        """Admit *arrivals* in batches; return their outcomes in order. Raises as ``ingest``."""
        outcomes: list[Outcome] = []
        for at in range(0, len(arrivals), self.batch):
            outcomes += self.store.admission.admit(arrivals[at : at + self.batch], now)
        return outcomes

    def _admit(self, pending: list[tuple[Report, Arrival]], now: datetime) -> None:
        outcomes = self.store.admission.admit([arrival for _, arrival in pending], now)
        for (report, _), outcome in zip(pending, outcomes, strict=True):
            report.outcomes.append(outcome)
        pending.clear()

    def arrivals(self, document: Document | Arrival, now: datetime) -> Iterator[Arrival]:
        """Yield what is to be admitted of *document*, in its order."""
        if isinstance(document, Arrival):
            yield document
            return
        found = read(document, self.rules)
        named = iter(named_in([one for one in found if isinstance(one, Article)], document.name))
        for number, one in enumerate(found):
            what = next(named) if isinstance(one, Article) else one
            yield Arrival(
                what=what,
                source=document.source,
                place=document.name,
                feeds=tuple(feeds_of(one, self.site)) if isinstance(one, Article) else (),
                entry_id=self._entry_id(what, now),
                receipt=f"{document.receipt}#{number}" if document.receipt else "",
            )

    def _entry_id(self, what: Named | Rejection, now: datetime) -> str:
        """Return the id that feeds will carry if the article is new (RFC 4151, ``tag:``)."""
        if isinstance(what, Rejection):
            return ""
        return f"tag:{self.site.tag_authority},{now:%Y}:{what.id}"


class Press(msgspec.Struct, frozen=True):
    """Publishing: from the store to the files of one published tree."""

    store: Store
    site: Site
    public: Path

    def publish(self, now: datetime, only: Collection[str] = ()) -> list[Path]:
        """Write what is to be written; return the files that changed.

        That is every dirty feed (or the feeds *only*, dirty or not), the pages of changed articles,
        and the pages that list them. A mark is taken away only after its files are on the disk.

        Raises:
            StoreUnavailable, PublishDelayed, DiskTrouble: another try can help.
            PublishError: a feed cannot be rendered; the others are published.
        """
        with hold(self.public, _WAIT_SECONDS) as killed:
            if killed:
                sweep(self.public)
            if not (self.public / "index.html").exists():
                self.store.shelf.mark_everything()  # the tree was taken away, or never stood
            dirty = self.store.shelf.marks("dirty")
            pages = self.store.shelf.marks("pages")
            names = set(only or dirty)
            if not feed_path(self.public, ALL, "rss").exists():
                names.add(ALL)
            written = [*self._articles(pages), *self._feeds(sorted(names))]
            self.store.shelf.settle("pages", pages, now)
            self.store.shelf.settle(
                "dirty", {name: mark for name, mark in dirty.items() if name in names}, now
            )
            return written

    def prune(self, now: datetime, before: datetime) -> int:
        """Let go of the articles that have not changed since *before*; return how many.

        Their identities outlive them, so that they do not come back.
        """
        count = 0
        while ids := self.store.shelf.expired(before):
            for one in ids:
                for withdrawn in (False, True):
                    remove(article_page(self.public, one, withdrawn=withdrawn))
            self.store.shelf.forget(ids, before, now)
            count += len(ids)
        return count

    def _articles(self, pages: Mapping[str, int]) -> list[Path]:
        """Write the page of each changed article, and take away those that are not to be seen."""
        written: list[Path] = []
        renderer = Pages(self.site)
        ids = sorted(pages)
        for at in range(0, len(ids), _PAGES_AT_ONCE):
            stories = self.store.shelf.articles(ids[at : at + _PAGES_AT_ONCE]).values()
            written += write_all(
                (
                    (self._page(story), renderer.article(story), story.changed)
                    for story in stories
                    if story.held is None
                ),
                twins=False,
            )
            for story in stories:  # the new page stands before the old one goes
                for gone in self._obsolete(story):
                    remove(gone)
        return written

    def _page(self, story: Published) -> Path:
        return article_page(self.public, story.id, withdrawn=story.withdrawn is not None)

    def _obsolete(self, story: Published) -> list[Path]:
        if story.revision == 1:
            return []
        both = [article_page(self.public, story.id, withdrawn=gone) for gone in (False, True)]
        return (
            both if story.held is not None else [path for path in both if path != self._page(story)]
        )

    def _feeds(self, names: Sequence[str]) -> list[Path]:
        """Write the feeds *names*, their pages, and what lists all feeds."""
        if not names:
            return []
        shelf = self.store.shelf
        candidates = shelf.newest(names, self.site.window_max_items + _STUBS)
        stories = shelf.articles(sorted({one for ids in candidates for one in ids}))
        rendered = Rendered(self.store.shelf, Renderer(self.site), stories)
        pages = Pages(self.site)

        def documents() -> Iterator[tuple[Path, bytes, datetime]]:
            for name, ids in zip(names, candidates, strict=True):
                yield from self._feed(name, ids, rendered, pages)
            yield from self._lists(pages)

        written = write_all(documents(), twins=True)
        rendered.keep()
        return written

    def _feed(
        self, name: str, ids: Sequence[str], rendered: Rendered, pages: Pages
    ) -> Iterator[tuple[Path, bytes, datetime]]:
        """Yield the documents of one feed, whose candidates are *ids*, and its page."""
        held = [rendered.stories[one] for one in ids if one in rendered.stories]
        rendered.queue = [story.id for story in held]
        shown = window(held, self.site, rendered)
        feed, changed = feed_named(name, held, self.site), last_change(shown)
        fragments = [rendered.fragment(story.id) for story in shown]
        for suffix, data in Renderer(self.site).feed(feed, changed, fragments).items():
            yield feed_path(self.public, name, suffix), data, changed
        yield feed_page(self.public, name), pages.feed(feed, shown), changed

    def _lists(self, pages: Pages) -> Iterator[tuple[Path, bytes, datetime]]:
        """Yield the home page, the list of feeds, and what never changes."""
        shelf = self.store.shelf
        titles = {ALL: "", **shelf.feeds()}  # the feed of everything leads
        [newest] = shelf.newest([ALL], _HOME_STORIES)
        stories = list(shelf.articles(newest).values())
        feeds = [
            (feed_for_all(self.site) if name == ALL else Feed(name=name, title=title), size)
            for (name, title), size in zip(titles.items(), shelf.sizes(list(titles)), strict=True)
        ]
        changed = last_change(stories)
        shown = window(stories, self.site)
        yield self.public / "index.html", pages.home(feeds, shown), changed
        yield self.public / "feeds.opml", pages.opml([feed for feed, _ in feeds]), changed
        for name, data in pages.statics().items():
            yield self.public / name, data, NEVER


def read(document: Document, rules: Rules) -> list[Article | Rejection]:
    """Return every article of *document*, and in its place a Rejection for what cannot be one."""
    format_name: str | None = None
    found: list[Article | Rejection] = []
    try:
        format_name, entries = formats.parse(document)
        for entry in entries:
            if isinstance(entry, Rejection):
                found.append(entry)
                continue
            entry.categories = [*entry.categories, *document.source.categories]
            try:
                found.append(normalise(entry, document, rules))
            except InvalidArticle as error:
                found.append(rejection(error, entry.format))
    except WireroomError as error:
        found.append(rejection(error, format_name))
    except Exception as error:  # foreign bytes found a fault of ours: one document pays, no other
        log.exception("a fault in reading %s", document.name)
        found.append(rejection(error, format_name))
    return found


def rejection(error: Exception, format_name: str | None) -> Rejection:
    """Return *error* as the reason why something was turned away."""
    if isinstance(error, BrokenDocument):
        return Rejection(
            error="BrokenDocument",
            problem=str(error),
            format=error.format_name,
            line=error.line,
            column=error.column,
        )
    if isinstance(error, WireroomError):
        return Rejection(error=type(error).__name__, problem=str(error), format=format_name)
    return Rejection(
        error=type(error).__name__,
        problem=f"a fault in Wireroom's reader, please report it with the file: {error}",
        format=format_name,
    )
