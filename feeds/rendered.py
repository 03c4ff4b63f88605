"""Stories as rendered: remembered by this process, kept by the store, rendered where they are not.

The store stays the truth: what is remembered of a story is used only while the head of its record
is the same, so any number of processes, and one that starts anew, publish the same bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from .model import Published, Site
from .publish.brief import briefly
from .publish.pages import Pages
from .publish.render import Fragments, Renderer
from .publish.select import NEVER
from .store.shelf import Shelf

_AT_ONCE = 100  # in one reply, about 0.2 MB
_REMEMBERED_BYTES = 24 << 20  # in one process: some 2,000 stories
_STORY_BYTES = 1_500  # of one, besides what was rendered


class Told(msgspec.Struct):
    """A story as publishing knows it: *head* is that of its record, *row* its item in a list.

    *fragments*, *brief* (those without its text) and *row* are there once something showed it.
    """

    head: bytes
    story: Published
    fragments: Fragments | None = None
    row: bytes = b""
    brief: Fragments | None = None

    @property
    def size(self) -> int:
        """Some bytes of memory that it takes."""
        forms = [msgspec.structs.astuple(one) for one in (self.fragments, self.brief) if one]
        rendered = sum(len(part) for form in forms for part in form)
        text = len(self.story.article.content_html)
        return _STORY_BYTES + rendered + len(self.row) + text


class Memory:
    """What one process remembers of stories from one pass to the next, and how it renders a site.

    The stories that were not met for longest are forgotten first.
    """

    def __init__(self, most_bytes: int = _REMEMBERED_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._told: OrderedDict[str, tuple[Told, int]] = OrderedDict()
        self._site: Site | None = None
        self.renderer: Renderer
        self.pages: Pages

    def turn_to(self, site: Site) -> None:
        """Forget what was rendered for another site than *site*."""
        if site != self._site:
            self._told.clear()
            self._bytes = 0
            self.renderer, self.pages, self._site = Renderer(site), Pages(site), site

    def recall(self, heads: Mapping[str, bytes]) -> dict[str, Told]:
        """Return what is remembered of the stories whose records still have these *heads*."""
        found = {}
        for one, head in heads.items():
            told, _ = self._told.get(one, _NOTHING)
            if told is not None and told.head == head:
                self._told.move_to_end(one)
                found[one] = told
        return found

    def remember(self, stories: Iterable[Told]) -> None:
        """Keep *stories*; the text of one that is rendered is not needed again."""
        for told in stories:
            if told.row and told.fragments:
                told.story = _without_text(told.story)
            _, size = self._told.pop(told.story.id, _NOTHING)
            self._bytes += told.size - size
            self._told[told.story.id] = told, told.size
        while self._bytes > self._most_bytes:
            _, (_, size) = self._told.popitem(last=False)
            self._bytes -= size


class Rendered(dict[str, int]):
    """Bytes of each story as rendered, by id; one that was not kept is rendered when asked for.

    A window asks from the latest on and stops when the feed is full, so that of a backlog no more
    is rendered than the feeds show. *queue* is the order in which it will ask.
    """

    def __init__(self, shelf: Shelf, memory: Memory) -> None:
        super().__init__()
        self.queue: Sequence[str] = ()
        self._shelf = shelf
        self._memory = memory
        self._renderer = memory.renderer
        self._told: dict[str, Told] = {}
        self._fetched: set[str] = set()
        self._fresh: list[Told] = []
        self._changed: dict[str, Told] = {}

    def read(self, ids: Collection[str], known: Mapping[str, tuple[bytes, Published]]) -> None:
        """Get the stories *ids*, those that are *known* (head, article) excepted."""
        heads = self._shelf.heads(sorted(ids))
        self._told = self._memory.recall(heads)
        lacking = [one for one in heads if one not in self._told]
        fresh = {one: known[one] for one in lacking if one in known and known[one][0] == heads[one]}
        fresh |= self._shelf.records([one for one in lacking if one not in fresh])
        self._changed = {one: Told(head, story) for one, (head, story) in fresh.items()}
        self._told |= self._changed

    def stories(self, ids: Iterable[str]) -> list[Published]:
        """Return those of the stories *ids* that are in the store, in the same order."""
        return [self._told[one].story for one in ids if one in self._told]

    def __missing__(self, wanted: str) -> int:
        told = self._told[wanted]
        if told.fragments is None and wanted not in self._fetched:
            self._fetch(self.queue[self.queue.index(wanted) :])
        if told.fragments is None:
            [told.fragments] = self._renderer.fragments([told.story])
            self._fresh.append(told)
            self._changed[wanted] = told
        self[wanted] = size = len(told.fragments.rss)
        return size

    def fragments(self, stories: Iterable[Published]) -> list[Fragments]:
        """Return *stories* as rendered for feeds."""
        found = []
        for story in stories:
            _ = self[story.id]  # a stub that stands in a full feed was not asked for yet
            fragments = self._told[story.id].fragments
            assert fragments is not None
            found.append(fragments)
        return found

    def form(self, *, full: bool) -> Rendered | Brief:
        """Return the stories as rendered in full, or without their text."""
        return self if full else Brief(self._told, self._changed, self._renderer)

    def rows(self, stories: Iterable[Published]) -> list[bytes]:
        """Return *stories* as rendered for lists."""
        found = []
        for story in stories:
            told = self._told[story.id]
            if not told.row:
                told.row = self._memory.pages.row(told.story)
                self._changed[story.id] = told
            found.append(told.row)
        return found

    def keep(self) -> None:
        """Have what was rendered kept for the next time, here and by the store."""
        latest = max((told.story.changed for told in self._fresh), default=NEVER)
        stamp = self._renderer.stamp
        kept = (
            (told.story.id, told.story.revision, stamp + _pack(told.fragments))
            for told in self._fresh
        )
        self._shelf.keep(kept, latest)
        self._memory.remember(self._changed.values())

    def _fetch(self, following: Sequence[str]) -> None:
        """Take what was kept of the next stories in the order *following*."""
        lacking = (
            one
            for one in following
            if one not in self._fetched and self._told[one].fragments is None
        )
        some = list(islice(lacking, _AT_ONCE))
        self._fetched.update(some)
        stamp = self._renderer.stamp
        for one, kept in self._shelf.fragments(some).items():
            if kept.startswith(stamp):  # else rendered for another address, or by older code
                self._told[one].fragments = _unpack(kept[len(stamp) :])
                self._changed[one] = self._told[one]


class Brief(dict[str, int]):
    """Bytes of stories as rendered for a feed that gives summaries only, by id.

    Remembered by this process and not kept: with so little text, an item takes some 20 us.
    """

    def __init__(
        self, told: Mapping[str, Told], changed: dict[str, Told], renderer: Renderer
    ) -> None:
        super().__init__()
        self._told = told
        self._changed = changed
        self._renderer = renderer

    def __missing__(self, wanted: str) -> int:
        self[wanted] = size = len(self._fragments(wanted).rss)
        return size

    def fragments(self, stories: Iterable[Published]) -> list[Fragments]:
        """Return *stories* as rendered for feeds."""
        return [self._fragments(story.id) for story in stories]

    def _fragments(self, wanted: str) -> Fragments:
        told = self._told[wanted]
        if told.brief is None:
            [told.brief] = self._renderer.fragments([briefly(told.story)])
            self._changed[wanted] = told
        return told.brief


def _without_text(story: Published) -> Published:
    if not story.article.content_html:
        return story
    return replace(story, article=replace(story.article, content_html=""))


_NOTHING: tuple[None, int] = None, 0
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Fragments).decode
