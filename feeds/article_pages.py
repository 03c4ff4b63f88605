"""The page of each article: written as it changes, and taken away with its pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .events import event
from .model import Published, Site
from .publish.pictures import hide, names_in, show
from .publish.tree import article_page
from .publish.write import remove, write_all
from .rendered import Memory
from .store import Store
from .store.record import feeds_in

_AT_ONCE = 500

Known = dict[str, tuple[bytes, Published]]
"""Stories that were read: id -> the head of its record, and the story."""

Told = dict[str, tuple[tuple[str, ...], bytes]]
"""What is to be told of stories: id -> feeds, event."""


class ArticlePages:
    """The pages of the articles of one published tree.

    *kept* is the folder of the pictures that came with articles, if there is one.
    """

    def __init__(
        self, store: Store, memory: Memory, site: Site, public: Path, kept: Path | None
    ) -> None:
        self._store = store
        self._memory = memory
        self._site = site
        self._public = public
        self._kept = kept

    def write(
        self, pages: Mapping[str, int], shown: Collection[str]
    ) -> tuple[list[Path], Known, Told]:
        """Write the page of each changed article, and take away those that are not to be seen.

        *pages* are the marks: id -> whether it is to be told of. Return the files that changed,
        those of the stories *shown* that were read for it, and what is to be told.
        """
        written: list[Path] = []
        read: Known = {}
        told: Told = {}
        page = self._memory.pages.article
        ids = sorted(pages)
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            records = self._store.shelf.records(some)
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
            written += self._moved([one for one in some if one not in records])
            self._pictures(stories)
            for story in stories:  # the new page stands before the old one goes
                for gone in self._obsolete(story):
                    remove(gone)
        return written, read, told

    def remove(self, ids: Sequence[str]) -> None:
        """Take the pages of *ids* away, and the pictures that only they showed."""
        self._hide_others(dict.fromkeys(ids, ()))
        for one in ids:
            for withdrawn in (False, True):
                remove(article_page(self._public, one, withdrawn=withdrawn))

    def _told(
        self, pages: Mapping[str, int], records: Mapping[str, tuple[bytes, Published]]
    ) -> Iterator[tuple[str, tuple[tuple[str, ...], bytes]]]:
        """Yield what is to be told of *records*: id, (feeds, event). Before they are written."""
        for one, (head, story) in records.items():
            stood = story.revision > 1 and self._stands(one)
            said = event(story, feeds_in(head), self._site, stood=stood) if pages[one] else None
            if said:  # not of those that are marked with 0: they are written anew, unchanged
                yield one, (feeds_in(head), said)

    def _moved(self, ids: Sequence[str]) -> list[Path]:
        """Let the pages of those of *ids* that joined a story lead to it."""
        joined = self._store.shelf.copies(ids).items()
        page = self._memory.pages.moved
        return write_all(
            (
                (article_page(self._public, one, withdrawn=False), page(one, story), copy.changed)
                for one, (story, copy) in joined
                if self._stands(one)
            ),
            twins=False,
        )

    def _stands(self, article_id: str) -> bool:
        return article_page(self._public, article_id, withdrawn=False).exists()

    def _pictures(self, stories: Iterable[Published]) -> None:
        """Let the pictures of *stories* be seen, and hide those that no story shows any more."""
        if self._kept is None:
            return
        shown: dict[str, set[str]] = {}
        for story in stories:
            gone = story.held is not None or story.withdrawn is not None
            names = set() if gone else names_in(story.article)
            if names or story.revision > 1:
                shown[story.id] = names
        show(sorted(set().union(*shown.values())), self._kept, self._public)
        self._hide_others(shown)

    def _hide_others(self, shown: Mapping[str, Collection[str]]) -> None:
        """Hide the pictures that only these articles showed, but for those that they show now."""
        hide(self._store.shelf.show_pictures(shown), self._public)
        self._store.shelf.hid_pictures(shown)

    def _page(self, story: Published) -> Path:
        return article_page(self._public, story.id, withdrawn=story.withdrawn is not None)

    def _obsolete(self, story: Published) -> list[Path]:
        if story.revision == 1:
            return []
        both = [article_page(self._public, story.id, withdrawn=gone) for gone in (False, True)]
        return (
            both if story.held is not None else [path for path in both if path != self._page(story)]
        )
