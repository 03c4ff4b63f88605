"""Judging stories anew after thresholds or formats changed: which articles would be of another.

Articles are taken in the order in which they were admitted, and each is compared with those that
came before it, as at admission. What a person split or merged stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from .comparing import compared
from .dedupe.identity import named_in
from .model import Arrival, Named, Published, Source, Stories
from .store import Store
from .store.grouping import Judgement
from .store.likeness import sentence

_AT_ONCE = 100


class Change(msgspec.Struct, frozen=True):
    """An article that would be, or is from now on, of another story.

    *before* and *after* are ids of stories; its own id says that it stands alone, or leads.
    *reason* is a sentence for a person.
    """

    id: str
    title: str
    before: str
    after: str
    reason: str


def changes(
    store: Store, stories: Stories, since: datetime, until: datetime, now: datetime
) -> list[Change]:
    """Return what the rules of *stories* would change of what came from *since* to *until*.

    Raises:
        StoreUnavailable: another try can help.
    """
    found: list[Change] = []
    placed: dict[str, str] = {}  # the story of each article that was judged
    ids = store.grouping.admitted(since, until)
    for at in range(0, len(ids), _AT_ONCE):
        for what, judgement in _judged(store, stories, ids[at : at + _AT_ONCE], now):
            before = judgement.story or what.id
            best = judgement.best
            after = placed.get(best.id, best.story) if best else what.id
            if judgement.by_hand or not judgement.number:
                after = before
            placed[what.id] = after
            if after != before:
                reason = _reason(judgement, stories)
                found.append(Change(what.id, what.article.title, before, after, reason))
    return found


def apply(store: Store, found: Sequence[Change], who: str, now: datetime) -> int:
    """Make the changes that were *found*, in their order; return how many changed anything.

    Raises:
        StoreUnavailable: another try can help; what was done stays done.
    """
    done = 0
    for change in found:
        changed = change.before != change.id and store.grouping.part(change.id, who, now)
        if change.after != change.id:
            changed |= store.grouping.join(change.id, change.after, who, now)
        done += changed
    return done


def _judged(
    store: Store, stories: Stories, ids: Sequence[str], now: datetime
) -> Iterator[tuple[Named, Judgement]]:
    """Yield those of *ids* that have a print, each with what likeness says of it now."""
    kept = store.shelf.articles(ids)
    kept |= {one: copy for one, (_, copy) in store.shelf.copies(ids).items()}
    arrivals = compared([_again(one, kept[one]) for one in ids if one in kept], store, stories, now)
    named = [one.what for one in arrivals if isinstance(one.what, Named) and one.what.print]
    if named:
        yield from zip(named, store.grouping.judge(named, stories, now), strict=True)


def _again(article_id: str, kept: Published) -> Arrival:
    """Return *kept* as if it came again, and nobody knew it."""
    [named] = named_in([kept.article], article_id)
    unknown = replace(named, id=article_id, digest=b"")
    return Arrival(what=unknown, source=Source(id=kept.article.source), place="")


def _reason(judgement: Judgement, stories: Stories) -> str:
    nearest = judgement.nearest
    return sentence(nearest, stories.thresholds) if nearest else "nothing before it is like it"
