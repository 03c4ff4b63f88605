"""A change of rules: every story is judged anew, and what the feeds show follows at once.

The rules that were read last hold, however many processes are at work. Whoever dies on the way is
followed by one who goes on where it ended: that rules hold is written last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice

import msgspec
from xxhash import xxh3_64_hexdigest

from .model import Feed, Published, Site
from .publish.select import ALL, feeds_of, permitted, ruled_feeds
from .store import Store
from .store.filing import Judged, Ruling
from .store.standing import standing

_AT_ONCE = 200
_SETTLING = timedelta(hours=1)  # in which workers with the old rules are expected to end
_TERMS = (  # of a site: whatever decides which stories a feed holds, or what its head says
    *("title", "description", "language", "category_feeds", "restricted_feeds", "feeds"),
    *("window_hours", "window_min_items", "window_max_items", "window_bytes", "window_order"),
)


class Refiling:
    """The rules of *site*, which were read at *begun*, on their way into *store*.

    Without *discard* they are not applied where they are none at all and the store has some: a
    command that was not told of the configuration must not end the feeds of a newsroom.
    """

    def __init__(self, store: Store, site: Site, begun: datetime, *, discard: bool = True) -> None:
        self._store = store
        self._site = site
        self._begun = begun
        self._discard = discard

    @cached_property
    def digest(self) -> str:
        """The rules as a word, the same for the same rules."""
        terms = {name: getattr(self._site, name) for name in _TERMS}
        return xxh3_64_hexdigest(msgspec.msgpack.encode(terms))

    def apply(self, now: datetime) -> int:
        """Have the store filed by these rules; return how many stories changed their feeds.

        Raises:
            StoreUnavailable: another try can help, and goes on where this one ended.
        """
        ruling = self._store.filing.ruling()
        if ruling and ruling.digest == ruling.claimed == self.digest:
            if now - ruling.since > _SETTLING:
                return 0
            return max(0, self._judge({}, now))  # what a worker with other rules let in since
        if self.foreign(ruling):
            return 0
        feeds = ruled_feeds(self._site)
        if not self._store.filing.claim(self.digest, self._begun, feeds, now):
            return 0
        leaving = self.leaving(ruling)
        count = self._judge(leaving, now)
        if count < 0:
            return 0
        # Before it is settled, or one who dies between leaves them with the heads of the old rules.
        self._store.archives.mark_everything()
        self._store.filing.settle(self.digest, [feed.name for feed in feeds], leaving, now)
        return count

    def differs(self) -> bool:
        """Tell whether these rules are to be applied: others hold, which were read before them."""
        ruling = self._store.filing.ruling()
        if ruling is None or self.foreign(ruling):
            return ruling is None
        own = ruling.digest == self.digest, ruling.claimed == self.digest
        return not all(own) and (own[1] or ruling.begun <= self._begun)

    def foreign(self, ruling: Ruling | None) -> tuple[str, ...]:
        """Return the feeds by rule that the store has and these settings do not know of."""
        if self._discard or self._site.feeds or ruling is None:
            return ()
        return ruling.ruled

    def leaving(self, ruling: Ruling | None) -> dict[str, str]:
        """Return the feeds that go when these rules take the place of *ruling*, with new names.

        A feed of a category goes with its last story, not with the rules, unless no category is to
        have one: then "" stands for the name that it does not have.
        """
        renamed = {old: rule.name for rule in self._site.feeds for old in rule.renamed}
        own = {ALL, *(rule.name for rule in self._site.feeds), *renamed}
        known = self._store.shelf.feeds() if not self._site.category_feeds else ()
        gone = {*(ruling.ruled if ruling else ()), *known} - own
        return dict.fromkeys(sorted(gone), "") | renamed

    def placed(self, story: Published) -> Sequence[Feed]:
        """Return the feeds that may hold *story* by these rules.

        A person who restored it stands above its terms of use.
        """
        feeds = permitted(story.article, self._site)
        if feeds or not story.article.restricted or story.held is not None:
            return feeds
        journal = self._store.editorial.journal(story.id)
        restored = any(event.rule == "restore" for event in journal)
        return feeds_of(story.article, self._site) if restored else feeds

    def _judge(self, leaving: Mapping[str, str], now: datetime) -> int:
        """Judge what was not judged yet; return how many stories changed their feeds.

        That is -1 when other rules were claimed meanwhile.
        """
        filing, total = self._store.filing, 0
        waiting = iter(filing.unjudged())
        while batch := list(islice(waiting, _AT_ONCE)):
            judged = [Judged(story, self.placed(story)) for story in self._stories(batch)]
            self._restricted(judged, now)
            changed = filing.refile(judged, leaving, self.digest, batch[-1][1], now)
            if changed < 0:
                return -1
            total += changed
        return total

    def _stories(self, batch: Sequence[tuple[str, str]]) -> list[Published]:
        """Return the articles of *batch* (id, score), and the copies of those that have some."""
        ids = [one for one, _ in batch]
        copies = self._store.shelf.copies(self._store.filing.copies(ids))
        alone = self._store.shelf.articles([one for one in ids if one not in copies])
        return [*alone.values(), *(copy for _, copy in copies.values())]

    def _restricted(self, judged: Sequence[Judged], now: datetime) -> None:
        """Show and hide what is restricted, where other feeds may hold it now."""
        turned = [
            one
            for one in judged
            if one.article.article.restricted
            and one.article.withdrawn is None
            and (one.article.held is None)
            != (standing(one.article.article, now, placed=bool(one.feeds)).state == "live")
        ]
        if turned:
            self._store.editorial.judge_anew(turned, now)
