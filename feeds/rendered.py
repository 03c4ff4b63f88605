"""Stories as rendered: kept by the store, rendered where they are not, none that is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from .model import Published
from .publish.render import Fragments, Renderer
from .publish.select import NEVER
from .store.shelf import Shelf

_AT_ONCE = 25  # of some hundred that a feed holds


class Rendered(dict[str, int]):
    """Bytes of each story as rendered, by id; one that lacks is fetched or rendered, and the next.

    A window asks from the latest on and stops when the feed is full, so that of a backlog no more
    is rendered than the feeds show. *queue* is the order in which it will ask.
    """

    def __init__(self, shelf: Shelf, renderer: Renderer, stories: Mapping[str, Published]) -> None:
        super().__init__()
        self.stories = stories
        self.queue: Sequence[str] = ()
        self._shelf = shelf
        self._renderer = renderer
        self._fragments: dict[str, Fragments] = {}
        self._fresh: list[Published] = []

    def __missing__(self, wanted: str) -> int:
        at = self.queue.index(wanted)
        following = [one for one in self.queue[at : at + _AT_ONCE] if one not in self]
        for one, kept in self._shelf.fragments(following).items():
            self._add(one, _unpack(kept))
        lacking = [self.stories[one] for one in following if one not in self]
        for story, fragments in zip(lacking, self._renderer.fragments(lacking), strict=True):
            self._add(story.id, fragments)
        self._fresh += lacking
        return self[wanted]

    def fragment(self, one: str) -> Fragments:
        """Return the story *one* as rendered."""
        _ = self[one]  # a stub that stands in a full feed was not asked for yet
        return self._fragments[one]

    def keep(self) -> None:
        """Have what was rendered kept for the next time."""
        latest = max((story.changed for story in self._fresh), default=NEVER)
        self._shelf.keep(
            ((one.id, one.revision, _pack(self._fragments[one.id])) for one in self._fresh), latest
        )

    def _add(self, one: str, fragments: Fragments) -> None:
        self[one] = len(fragments.rss)
        self._fragments[one] = fragments


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Fragments).decode
