"""The line on one page: ingest and publish, and the only module that knows their order.

ingest:   Document --parse--> Entry --normalise--> Article --name, admit--> Store
publish:  Store --select--> Feed --render--> fragments --write--> files
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec

from .archives import Archivist
from .comparing import compared
from .dedupe.identity import named_in
from .errors import UnknownArticle
from .events import event
from .model import (
    Arrival,
    Article,
    Document,
    Named,
    Outcome,
    Published,
    Report,
    Rules,
    Site,
    Stories,
)
from .pictures import Pictures
from .publish.archive import Chain
from .publish.edition import edition_of, made_with, make_with
from .publish.ids import entry_id
from .publish.moved import moved_files, moved_to
from .publish.pictures import hide, names_in, show
from .publish.select import (
    ALL,
    NEVER,
    TYPES,
    feed_named,
    feeds_of,
    in_full,
    last_change,
    listed,
    permitted,
    site_for,
    window,
)
from .publish.tree import article_page, feed_page, feed_path, hold
from .publish.write import File, remove, remove_folder, sweep, write_all
from .reading import read
from .rendered import Memory, Rendered
from .store import Store
from .store.record import feeds_in

_WAIT_SECONDS = 20.0  # a pass over 500 feeds takes about 5 s
_STUBS = 50  # withdrawn stories that may stand in a feed besides
_HOME_STORIES = 40
_PAGES_AT_ONCE = 500

_Told = dict[str, tuple[tuple[str, ...], bytes]]


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
            dirty = self.store.shelf.marks("dirty")
            pages = self.store.shelf.marks("pages")
            known_feeds = self.store.shelf.feeds()
            names = set(only or dirty) & set(known_feeds) - set(but)
            if not feed_path(self.public, ALL, "rss").exists():
                names.add(ALL)
            feeds, home = self._candidates(sorted(names))
            written, known, told = self._articles(pages, {*home, *chain(*feeds.values())})
            written += self._feeds(feeds, home, known, now)
            written += self._leave(known_feeds, now)
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
        count = 0
        while ids := self.store.shelf.expired(before):
            self._hide_others(dict.fromkeys(ids, ()))
            for one in ids:
                for withdrawn in (False, True):
                    remove(article_page(self.public, one, withdrawn=withdrawn))
            self.store.shelf.forget(ids, before, now)
            count += len(ids)
        return count

    def _candidates(self, names: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
        """Return the ids of the stories that each feed and the home page may show."""
        found: dict[str, list[str]] = {}
        by_size: dict[int, list[str]] = defaultdict(list)
        for name in (*names, ALL):
            by_size[site_for(name, self.site).window_max_items].append(name)
        for most, some in by_size.items():
            newest = self.store.shelf.newest(some, most + _STUBS)
            found.update(zip(some, newest, strict=True))
        return {name: found[name] for name in names}, found[ALL][:_HOME_STORIES]

    def _leave(self, feeds: Collection[str], now: datetime) -> list[Path]:
        """Take the feeds that are no more out of the tree, and tell the web server of them."""
        ends = moved_to(self.store.filing.moved(), feeds)
        *others, (own, told) = moved_files(self.public, ends)
        if own.read_bytes() == told if own.exists() else not ends:
            return []
        for name in ends:
            for suffix in TYPES:
                remove(feed_path(self.public, name, suffix))
            remove_folder(feed_page(self.public, name).parent)
        files = [(path, data, now) for path, data in (*others, (own, told))]
        return write_all(files, twins=False)

    def _articles(
        self, pages: Mapping[str, int], shown: Collection[str]
    ) -> tuple[list[Path], dict[str, tuple[bytes, Published]], _Told]:
        """Write the page of each changed article, and take away those that are not to be seen.

        Return the files that changed, those of the stories *shown* that were read for it, each
        after the head of its record, and what is to be told: id -> feeds, event.
        """
        written: list[Path] = []
        read: dict[str, tuple[bytes, Published]] = {}
        told: _Told = {}
        page = self.memory.pages.article
        ids = sorted(pages)
        for at in range(0, len(ids), _PAGES_AT_ONCE):
            records = self.store.shelf.records(ids[at : at + _PAGES_AT_ONCE])
            read.update((one, records[one]) for one in records if one in shown)
            told.update(self._told(pages, records))
            stories = [story for _, story in records.values()]
            written += write_all(
                (
                    (self._page(story), page(story), story.changed)
                    for story in stories
                    if story.held is None
                ),
                twins=False,
            )
            written += self._moved(
                [one for one in ids[at : at + _PAGES_AT_ONCE] if one not in records]
            )
            self._pictures(stories)
            for story in stories:  # the new page stands before the old one goes
                for gone in self._obsolete(story):
                    remove(gone)
        return written, read, told

    def _told(
        self, pages: Mapping[str, int], records: Mapping[str, tuple[bytes, Published]]
    ) -> Iterator[tuple[str, tuple[tuple[str, ...], bytes]]]:
        """Yield what is to be told of *records*: id, (feeds, event). Before they are written."""
        for one, (head, story) in records.items():
            stood = story.revision > 1 and self._stands(one)
            said = event(story, feeds_in(head), self.site, stood=stood) if pages[one] else None
            if said:  # not of those that are marked with 0: they are written anew, unchanged
                yield one, (feeds_in(head), said)

    def _moved(self, ids: Sequence[str]) -> list[Path]:
        """Let the pages of those of *ids* that joined a story lead to it."""
        joined = self.store.shelf.copies(ids).items()
        page = self.memory.pages.moved
        return write_all(
            (
                (article_page(self.public, one, withdrawn=False), page(one, story), copy.changed)
                for one, (story, copy) in joined
                if self._stands(one)
            ),
            twins=False,
        )

    def _stands(self, article_id: str) -> bool:
        return article_page(self.public, article_id, withdrawn=False).exists()

    def _pictures(self, stories: Iterable[Published]) -> None:
        """Let the pictures of *stories* be seen, and hide those that no story shows any more."""
        if self.kept is None:
            return
        shown: dict[str, set[str]] = {}
        for story in stories:
            gone = story.held is not None or story.withdrawn is not None
            names = set() if gone else names_in(story.article)
            if names or story.revision > 1:
                shown[story.id] = names
        show(sorted(set().union(*shown.values())), self.kept, self.public)
        self._hide_others(shown)

    def _hide_others(self, shown: Mapping[str, Collection[str]]) -> None:
        """Hide the pictures that only these articles showed, but for those that they show now."""
        hide(self.store.shelf.show_pictures(shown), self.public)
        self.store.shelf.hid_pictures(shown)

    def _page(self, story: Published) -> Path:
        return article_page(self.public, story.id, withdrawn=story.withdrawn is not None)

    def _obsolete(self, story: Published) -> list[Path]:
        if story.revision == 1:
            return []
        both = [article_page(self.public, story.id, withdrawn=gone) for gone in (False, True)]
        return (
            both if story.held is not None else [path for path in both if path != self._page(story)]
        )

    def _feeds(
        self,
        feeds: Mapping[str, Sequence[str]],
        home: Sequence[str],
        known: Mapping[str, tuple[bytes, Published]],
        now: datetime,
    ) -> list[Path]:
        """Write *feeds*, name -> candidates, their pages and archives, and what lists all feeds.

        *known* are stories that were read already, each after the head of its record.
        """
        archivist = Archivist(self.store, self.memory, self.site, self.public)
        if not feeds:
            return archivist.publish(now)
        rendered = Rendered(self.store.shelf, self.memory)
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

    def _window(self, name: str, held: Sequence[Published], rendered: Rendered) -> list[Published]:
        """Return those of the candidates *held* that the feed *name* shows."""
        rendered.queue = [story.id for story in held]
        sizes = rendered.form(full=in_full(name, self.site))
        return window(held, site_for(name, self.site), sizes)

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
        feed, changed = feed_named(name, held, self.site), last_change(shown)
        fragments = rendered.form(full=in_full(name, self.site)).fragments(shown)
        for suffix, data in self.memory.renderer.feed(feed, changed, fragments, place).items():
            yield feed_path(self.public, name, suffix), data, changed
        page = self.memory.pages.feed(feed, shown, rendered.rows(shown), place)
        yield feed_page(self.public, name), page, changed

    def _lists(self, newest: Sequence[Published], rendered: Rendered) -> Iterator[File]:
        """Yield the home page with *newest* on it, the list of feeds, and what never changes."""
        shelf, pages = self.store.shelf, self.memory.pages
        shown = listed(shelf.feeds(), self.site)
        sizes = shelf.sizes([feed.name for feed in shown])
        feeds = list(zip(shown, sizes, strict=True))
        changed = last_change(newest)
        latest = window(newest, site_for(ALL, self.site))
        home = pages.home(feeds, latest, rendered.rows(latest))
        yield self.public / "index.html", home, changed
        yield self.public / "feeds.opml", pages.opml([feed for feed, _ in feeds]), changed
        for name, data in pages.statics().items():
            yield self.public / name, data, NEVER
