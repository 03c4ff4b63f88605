"""What publishing would change, told and not done: the feeds in the tree beside those to be.

Under other rules than those that hold, every story is judged as a change of rules would judge it.
Nothing is written, neither to the store nor to the tree, and no mark is settled.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import unified_diff
from heapq import nlargest
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import msgspec

from .model import Feed, Site
from .publish.jsonfeed import COMMA
from .publish.select import feed_named, in_full, listed, site_for, window
from .publish.tree import feed_path
from .refiling import Refiling
from .rendered import Memory, Rendered
from .store import Store

_SPARE = 50  # withdrawn stories that may stand in a feed besides, as in publishing
_SCORE = 12  # the place of the rank in a head; article.lua names the fields
_AT_ONCE = 200


class Entry(msgspec.Struct, frozen=True):
    """An item of a feed: the id that it carries there, and its title."""

    id: str
    title: str


class Change(msgspec.Struct, frozen=True):
    """What would become of a feed: the items that *come*, *go* and *change*, the latest first.

    *head* tells what its head would say else, a line each; *diff* is the unified diff of its items.
    """

    feed: str
    state: Literal["new", "gone", "changed"]
    come: list[Entry]
    go: list[Entry]
    change: list[Entry]
    head: list[str]
    diff: list[str]


class Preview:
    """The next publishing of *site*, from *store* to the tree *public*."""

    def __init__(self, store: Store, site: Site, public: Path, refiling: Refiling) -> None:
        self._store = store
        self._site = site
        self._public = public
        self._refiling = refiling

    def changes(self, only: Collection[str] = ()) -> list[Change]:
        """Return what would change in each feed, or in those named *only*; not those that stay.

        Raises:
            StoreUnavailable: another try can help.
            PublishError: an item cannot be rendered.
        """
        feeds = self._candidates()
        memory = Memory()
        memory.turn_to(self._site)
        rendered = Rendered(self._store.shelf, memory)
        rendered.read(set(chain.from_iterable(feeds.values())), {})
        known = [*feeds, *(name for name in self._published() if name not in feeds)]
        changes = (
            self._change(name, feeds.get(name), rendered)
            for name in known
            if not only or name in only
        )
        return [change for change in changes if change]

    def _change(self, name: str, ids: Sequence[str] | None, rendered: Rendered) -> Change | None:
        """Return what would change in the feed *name* of the candidates *ids*; None: it goes."""
        before, old_head = self._standing(name)
        after, new_head = ({}, {}) if ids is None else self._coming(name, ids, rendered)
        come = [_entry(after[one]) for one in after if one not in before]
        go = [_entry(before[one]) for one in before if one not in after]
        change = [
            _entry(after[one]) for one in after if one in before and after[one] != before[one]
        ]
        stood = bool(old_head)
        head = [
            f"{key}: {old_head.get(key, '')!r} -> {said!r}"
            for key, said in new_head.items()
            if stood and old_head.get(key, "") != said
        ]
        if stood and ids is not None and not (come or go or change or head):
            return None
        return Change(
            feed=name,
            state="gone" if ids is None else "changed" if stood else "new",
            come=come,
            go=go,
            change=change,
            head=head,
            diff=_diff(name, before, after),
        )

    def _standing(self, name: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the items of the feed *name* in the tree by id, and its head; empty: none is."""
        path = feed_path(self._public, name, "json")
        if not path.exists():
            return {}, {}
        told = json.loads(path.read_bytes())
        head = {key: told.get(key, "") for key in ("title", "description", "language")}
        return {item["id"]: item for item in told["items"]}, head

    def _coming(
        self, name: str, ids: Sequence[str], rendered: Rendered
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the items that the feed *name* would have by id, and its head."""
        held = rendered.stories(ids)
        rendered.queue = [story.id for story in held]
        form = rendered.form(full=in_full(name, self._site))
        shown = window(held, site_for(name, self._site), form)
        said = [fragments.json.removesuffix(COMMA) for fragments in form.fragments(shown)]
        items = [json.loads(item) for item in said]
        feed = feed_named(name, held, self._site)
        head = {"title": feed.title, "description": feed.description, "language": feed.language}
        return {item["id"]: item for item in items}, head

    def _published(self) -> list[str]:
        """Return the names of the feeds that stand in the tree."""
        return sorted(
            path.stem for path in (self._public / "feeds").glob("*.json") if path.stem[0] != "."
        )

    def _candidates(self) -> dict[str, list[str]]:
        """Return for each feed that there would be the ids of the stories that it may show."""
        if self._refiling.differs():
            return self._judged()
        names = [feed.name for feed in listed(self._store.shelf.feeds(), self._site)]
        most = max(site_for(name, self._site).window_max_items for name in names) + _SPARE
        return dict(zip(names, self._store.shelf.newest(names, most), strict=True))

    def _judged(self) -> dict[str, list[str]]:
        """Return the same by rules that do not hold yet."""
        ruling = self._store.filing.ruling()
        leaving = self._refiling.leaving(ruling)
        ranked: dict[str, list[tuple[float, str]]] = defaultdict(list)
        ids = self._store.filing.everything()
        for at in range(0, len(ids), _AT_ONCE):
            for one, score, names in self._filed(ids[at : at + _AT_ONCE], leaving):
                for name in names:
                    ranked[name].append((score, one))
        kept = [name for name in self._store.shelf.feeds() if name not in leaving]
        found = {}
        for feed in listed(dict.fromkeys([*kept, *ranked], ""), self._site):
            most = site_for(feed.name, self._site).window_max_items + _SPARE
            found[feed.name] = [one for _, one in nlargest(most, ranked[feed.name])]
        return found

    def _filed(
        self, ids: Sequence[str], leaving: Mapping[str, str]
    ) -> Iterator[tuple[str, float, set[str]]]:
        """Yield id, rank and feeds of each story of *ids* that is shown."""
        filing, shelf, placed = self._store.filing, self._store.shelf, self._refiling.placed
        copied: dict[str, list[Feed]] = defaultdict(list)
        for of, copy in shelf.copies(filing.copies(ids)).values():
            copied[of] += placed(copy) if copy.held is None else []
        for one, (head, story) in shelf.records(ids).items():
            fields = head.decode().split("\n")
            if story.withdrawn is not None:
                names = {leaving.get(name, name) for name in fields[_SCORE - 1].split()} - {""}
            elif story.held is None:
                names = {feed.name for feed in copied.get(one) or placed(story)}
            else:
                continue
            yield one, float(fields[_SCORE]), names


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(item["id"], item.get("title", ""))


def _diff(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    old, new = (
        [f"{one}  {item.get('title', '')}" for one, item in told.items()]
        for told in (before, after)
    )
    return list(unified_diff(old, new, f"feeds/{name}", f"feeds/{name} to be", lineterm=""))
