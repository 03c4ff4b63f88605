"""The line on one page: ingest and publish, and the only module that knows their order.

ingest:   Document --parse--> Entry --normalise--> Article --name, admit--> Store
publish:  Store --select--> Feed --render--> fragments --write--> files
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec

from .article_pages import ArticlePages
from .comparing import compared
from .dedupe.identity import named_in
from .errors import UnknownArticle
from .feed_documents import FeedDocuments
from .model import Arrival, Article, Document, Named, Outcome, Report, Rules, Site, Stories
from .pictures import Pictures
from .publish.edition import edition_of, made_with, make_with
from .publish.ids import entry_id
from .publish.select import ALL, feeds_of, permitted
from .publish.tree import feed_path, hold
from .publish.write import sweep
from .reading import read
from .rendered import Memory
from .store import Store

_WAIT_SECONDS = 20.0  # a pass over 500 feeds takes about 5 s


class Line(msgspec.Struct, frozen=True):
    """The line with what it needs: the store, the operator's rules, the published site.

    *batch* is how many articles are admitted in one step, *pictures* keeps what came with them,
    *stories* says which of them are one story.
    """

    store: Store
    rules: Rules
    site: Site
    batch: int = 100
    pictures: Pictures | None = None
    stories: Stories = Stories()

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
            outcomes += self._decide(arrivals[at : at + self.batch], now)
        return outcomes

    def restore(self, article_id: str, who: str, now: datetime) -> bool:
        """Show what was withdrawn or is held; return whether that changed anything.

        Raises:
            UnknownArticle: there is none of this id.
            StoreUnavailable: another try can help.
        """
        shelf = self.store.shelf
        story = shelf.articles([article_id]).get(article_id)
        if story is None:
            _, story = shelf.copies([article_id]).get(article_id, ("", None))
        if story is None:
            raise UnknownArticle(article_id)
        return self.store.editorial.restore(story, feeds_of(story.article, self.site), who, now)

    def keep_time(self, now: datetime) -> list[str]:
        """Show what an embargo kept aside until now, and take out what has expired.

        Returns the ids of the articles that this changed.

        Raises:
            StoreUnavailable: another try can help.
        """
        changed: list[str] = []
        while due := self.store.editorial.due(now, self.batch):
            stories = self.store.shelf.articles(due)
            stories |= {one: copy for one, (_, copy) in self.store.shelf.copies(due).items()}
            changed += self.store.editorial.judge_anew(
                [(one, permitted(one.article, self.site)) for one in stories.values()], now
            )
            if len(stories) < self.batch:
                break
        return changed

    def _admit(self, pending: list[tuple[Report, Arrival]], now: datetime) -> None:
        outcomes = self._decide([arrival for _, arrival in pending], now)
        for (report, _), outcome in zip(pending, outcomes, strict=True):
            report.outcomes.append(outcome)
        pending.clear()

    def _decide(self, arrivals: Sequence[Arrival], now: datetime) -> list[Outcome]:
        return self.store.admission.admit(compared(arrivals, self.store, self.stories, now), now)

    def arrivals(self, document: Document | Arrival, now: datetime) -> Iterator[Arrival]:
        """Yield what is to be admitted of *document*, in its order."""
        if isinstance(document, Arrival):
            yield document
            return
        found = read(document, self.rules, self.pictures)
        named = iter(named_in([one for one in found if isinstance(one, Article)], document.name))
        for number, one in enumerate(found):
            what = next(named) if isinstance(one, Article) else one
            yield Arrival(
                what=what,
                source=document.source,
                place=document.name,
                feeds=tuple(permitted(one, self.site)) if isinstance(one, Article) else (),
                entry_id=entry_id(what, self.site, now) if isinstance(what, Named) else "",
                receipt=f"{document.receipt}#{number}" if document.receipt else "",
            )


class Press(msgspec.Struct, frozen=True):
    """Publishing: from the store to the files of one published tree.

    *kept* is the folder of the pictures that came with articles, if there is one. *memory* saves
    work from pass to pass, and decides nothing. Whoever only *guesses* the public address does not
    write a tree anew that was made for another one.
    """

    store: Store
    site: Site
    public: Path
    kept: Path | None = None
    memory: Memory = msgspec.field(default_factory=Memory)
    guesses: bool = False

    def is_outdated(self) -> bool:
        """Tell whether the tree was made for another address or look, or does not stand at all."""
        if not (self.public / "index.html").exists():
            return True
        return not self.guesses and made_with(self.public) != edition_of(self.site)

    def publish(
        self, now: datetime, only: Collection[str] = (), *, but: Collection[str] = ()
    ) -> list[Path]:
        """Write what is to be written; return the files that changed.

        That is every dirty feed (or the feeds *only*, dirty or not), none of the feeds *but*, the
        pages of changed articles, and the pages that list them. A mark is taken away only after its
        files are on the disk.

        Raises:
            StoreUnavailable, PublishDelayed, DiskTrouble: another try can help.
            PublishError: a feed cannot be rendered; the others are published.
        """
        with hold(self.public, _WAIT_SECONDS) as killed:
            self.memory.turn_to(self.site)
            if killed:
                sweep(self.public)
            if self.is_outdated():
                self.store.shelf.mark_everything()
                self.store.archives.mark_everything()
                make_with(self.public, edition_of(self.site))  # the marks last, whoever dies now
            documents = FeedDocuments(self.store, self.memory, self.site, self.public)
            dirty = self.store.shelf.marks("dirty")
            pages = self.store.shelf.marks("pages")
            known_feeds = self.store.shelf.feeds()
            names = set(only or dirty) & set(known_feeds) - set(but)
            if not feed_path(self.public, ALL, "rss").exists():
                names.add(ALL)
            feeds, home = documents.candidates(sorted(names))
            written, known, told = self._pages().write(pages, {*home, *chain(*feeds.values())})
            written += documents.write(feeds, home, known, now)
            written += documents.leave(known_feeds, now)
            self.store.events.settle(pages, told, now)
            if self.site.hubs:  # before the marks go, so that a killed pass is told of by the next
                self.store.audience.changed(feeds)
            done = names | (set(dirty) - set(known_feeds))  # the latter are no feeds any more
            self.store.shelf.settle(
                "dirty", {name: mark for name, mark in dirty.items() if name in done}, now
            )
            return written

    def prune(self, now: datetime, before: datetime) -> int:
        """Let go of the articles that have not changed since *before*; return how many.

        Their identities outlive them, so that they do not come back.
        """
        count, pages = 0, self._pages()
        while ids := self.store.shelf.expired(before):
            pages.remove(ids)
            self.store.shelf.forget(ids, before, now)
            count += len(ids)
        return count

    def _pages(self) -> ArticlePages:
        return ArticlePages(self.store, self.memory, self.site, self.public, self.kept)
