"""Stories as rendered: kept by the store, rendered where they are not, none that is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec

from .model import Published
from .publish.render import Fragments, Renderer
from .publish.select import NEVER
from .store.shelf import Shelf

_AT_ONCE = 100  # in one reply, about 0.2 MB


class Rendered(dict[str, int]):
    """Bytes of each story as rendered, by id; one that was not kept is rendered when asked for.

    A window asks from the latest on and stops when the feed is full, so that of a backlog no more
    is rendered than the feeds show. *queue* is the order in which it will ask.
    """

    def __init__(self, shelf: Shelf, renderer: Renderer, stories: Mapping[str, Published]) -> None:
        super().__init__()
        self.stories = stories
        self.queue: Sequence[str] = ()
        self._shelf = shelf
        self._renderer = renderer
        self._fetched: set[str] = set()
        self._fragments: dict[str, Fragments] = {}
        self._fresh: list[Published] = []

    def __missing__(self, wanted: str) -> int:
        if wanted not in self._fetched:
            self._fetch(self.queue[self.queue.index(wanted) :])
        if wanted not in self:
            story = self.stories[wanted]
            [fragments] = self._renderer.fragments([story])
            self._add(wanted, fragments)
            self._fresh.append(story)
        return self[wanted]

    def fragment(self, one: str) -> Fragments:
        """Return the story *one* as rendered."""
        _ = self[one]  # a stub that stands in a full feed was not asked for yet
        return self._fragments[one]

    def keep(self) -> None:
        """Have what was rendered kept for the next time."""
        latest = max((story.changed for story in self._fresh), default=NEVER)
        stamp = self._renderer.stamp
        kept = (
            (one.id, one.revision, stamp + _pack(self._fragments[one.id])) for one in self._fresh
        )
        self._shelf.keep(kept, latest)

    def _fetch(self, following: Sequence[str]) -> None:
        """Take what was kept of the next stories in the order *following*."""
        some = list(islice((one for one in following if one not in self._fetched), _AT_ONCE))
        self._fetched.update(some)
        stamp = self._renderer.stamp
        for one, kept in self._shelf.fragments(some).items():
            if kept.startswith(stamp):  # else rendered for another address, or by older code
                self._add(one, _unpack(kept[len(stamp) :]))

    def _add(self, one: str, fragments: Fragments) -> None:
        self[one] = len(fragments.rss)
        self._fragments[one] = fragments


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Fragments).decode
