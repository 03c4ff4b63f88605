"""What holds for stories whatever comes, in whatever order, and whoever interferes.

The copies are made (benchmarks/stories.py) so that no verdict hangs on a threshold's edge: a copy has
at least eight tenths of its story, and two stories share a phrase at most.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.stories import Copy, Wire
from feeds.model import Document, Identity, Named, Outcome, Published, Rules, Site, Source, Verdict
from feeds.pipeline import Line
from feeds.store import Store

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PAPERS = 6

laws = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,  # a text that does meet a threshold's edge is to be met by who changes it
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def copies(draw: st.DrawFn) -> list[Copy]:
    """Up to three stories, each as one to five papers tell it, in any order."""
    wire = Wire(draw(st.integers(0, 999)), PAPERS)
    told: list[Copy] = []
    for number in range(draw(st.integers(1, 3))):
        story = wire.story(number)
        papers = draw(st.permutations(wire.papers))[: draw(st.integers(1, 5))]
        shares = st.sampled_from((0.8, 0.9, 1.0))
        told += [wire.copy(story, paper, draw(shares)) for paper in papers]
    return draw(st.permutations(told))


def submitted(copy: Copy, status: str = "usable") -> Document:
    """Return *copy* as its paper submits it; each paper has its minute."""
    minute = sum(map(ord, copy.paper)) % 60
    article = {
        "id": copy.id,
        "title": copy.title,
        "content_html": copy.content_html,
        "publisher": copy.paper,
        "published": f"2026-03-04T09:{minute:02}:00Z",
        "language": "en",
        "status": status,
    }
    return Document(
        data=json.dumps({"articles": [article]}).encode(),
        name="submitted.json",
        source=Source(id=f"submit:{copy.paper}"),
        received=NOON,
    )


class Desk:
    """A line over an emptied store, that remembers which article each copy is."""

    def __init__(self, store: Store) -> None:
        store.connection.redis.flushall()
        self.store, self.now = store, NOON
        self.line = Line(store, Rules(), Site())
        self.ids: dict[str, str] = {}
        self.identities: set[Identity] = set()
        self.outcomes: list[Outcome] = []

    def take(self, told: Sequence[Copy], status: str = "usable") -> list[Verdict]:
        """Admit *told* a minute later, in one batch; return the verdicts."""
        self.now += timedelta(minutes=1)
        documents = [submitted(copy, status) for copy in told]
        for copy, document in zip(told, documents, strict=True):
            [arrival] = self.line.arrivals(document, self.now)
            assert isinstance(arrival.what, Named)
            self.ids[copy.id] = arrival.what.id
            self.identities.update(arrival.what.identities)
        reports = self.line.ingest(documents, self.now)
        self.outcomes += [outcome for report in reports for outcome in report.outcomes]
        return [outcome.verdict for report in reports for outcome in report.outcomes]

    def stories(self) -> dict[str, Published]:
        """Return every story that stands, by its id."""
        return self.store.shelf.articles(self.store.shelf.latest(1000))

    def story_of(self, copy: Copy) -> str:
        """Return the id of the story that *copy* is of."""
        own = self.ids[copy.id]
        return self.store.shelf.copies([own]).get(own, (own,))[0]


class Shown(NamedTuple):
    """The stories that stand, as sets of "paper: headline": all their copies, and the one shown."""

    stories: frozenset[frozenset[str]]
    faces: frozenset[str]


def shown(desk: Desk) -> Shown:
    stories = desk.stories().values()
    faces = {one.id: f"{one.article.source}: {one.article.title}" for one in stories}
    also = {one.id: {f"{each.source}: {each.title}" for each in one.also} for one in stories}
    return Shown(
        frozenset(frozenset(also[one] | {faces[one]}) for one in faces), frozenset(faces.values())
    )


def everything(store: Store) -> dict[bytes, bytes]:
    """Return what every key holds, but for what counts and recounts: tally and journals."""
    client = store.connection.redis
    kept = (
        key for key in client.keys("*") if not key.startswith((b"wireroom:tally", b"wireroom:j"))
    )
    return {key: client.dump(key) for key in kept}


@given(told=copies())
@laws
def test_each_story_that_was_told_is_one_story(store: Store, told: list[Copy]) -> None:
    desk = Desk(store)
    desk.take(told)
    sets = defaultdict(set)
    for copy in told:
        sets[copy.number].add(f"submit:{copy.paper}: {copy.title}")

    assert shown(desk).stories == {frozenset(one) for one in sets.values()}


@given(told=copies(), cut=st.integers(0, 15))
@laws
def test_admitting_twice_changes_nothing(store: Store, told: list[Copy], cut: int) -> None:
    desk = Desk(store)
    desk.take(told)
    before = everything(store)
    again = desk.take(told[cut:]) + desk.take(told[:cut])

    assert set(again) == {Verdict.UNCHANGED}
    assert everything(store) == before


@given(told=copies(), data=st.data())
@laws
def test_the_order_of_arrival_changes_neither_stories_nor_faces(
    store: Store, told: list[Copy], data: st.DataObject
) -> None:
    one, other = Desk(store), data.draw(st.permutations(told))
    one.take(told)
    first = shown(one)
    desk = Desk(store)
    cut = data.draw(st.integers(0, len(other)))
    desk.take(other[:cut])
    desk.take(other[cut:])

    assert shown(desk) == first


@given(told=copies())
@laws
def test_verdicts_sum_up_to_what_was_read(store: Store, told: list[Copy]) -> None:
    desk = Desk(store)
    desk.take(told)
    desk.take(told[::2])
    stories = len({copy.number for copy in told})
    tally = {
        name.decode(): int(count)
        for name, count in store.connection.redis.hgetall("wireroom:tally").items()
    }
    wanted = {"submit new": stories, "submit duplicate": len(told) - stories}

    assert tally == {name: n for name, n in wanted.items() if n} | {
        "submit unchanged": len(told[::2])
    }
    assert sum(tally.values()) == len(desk.outcomes) == len(told) + len(told[::2])


def mended(desk: Desk, copy: Copy) -> None:
    """Its paper corrects a word or two."""
    desk.take([copy._replace(content_html=f"{copy.content_html}<p>This was corrected.</p>")])


def rewritten(desk: Desk, copy: Copy) -> None:
    """Its paper puts another story in its place."""
    wire = Wire(len(copy.id) + 5000, PAPERS)
    desk.take([wire.copy(wire.story(copy.number), copy.paper, 1.0)._replace(id=copy.id)])


def cancelled(desk: Desk, copy: Copy) -> None:
    """Its paper takes it back."""
    desk.take([copy], status="canceled")


def withdrawn(desk: Desk, copy: Copy) -> None:
    """Somebody of ours takes it back, alone."""
    desk.store.editorial.withdraw(desk.ids[copy.id], "killed", "desk", desk.now)


def killed(desk: Desk, copy: Copy) -> None:
    """Somebody of ours takes its story back."""
    desk.store.editorial.withdraw(desk.story_of(copy), "killed", "desk", desk.now)


def restored(desk: Desk, copy: Copy) -> None:
    """Somebody of ours shows it again."""
    desk.line.restore(desk.ids[copy.id], "desk", desk.now)


def split(desk: Desk, copy: Copy) -> None:
    """Somebody says that it is another story."""
    desk.store.grouping.split(desk.ids[copy.id], "desk", desk.now)


def again(desk: Desk, copy: Copy) -> None:
    """It comes once more."""
    desk.take([copy])


DEEDS: tuple[Callable[[Desk, Copy], None], ...] = (
    *(mended, rewritten, cancelled, withdrawn, killed, restored, split, again),
)


def merged(desk: Desk, copy: Copy, other: Copy) -> None:
    """Somebody says that two are one story."""
    desk.store.grouping.merge(desk.ids[copy.id], desk.ids[other.id], "desk", desk.now)


@given(told=copies(), data=st.data())
@settings(laws, max_examples=200)
def test_whoever_interferes_every_copy_has_one_story_and_every_story_its_copies(
    store: Store, told: list[Copy], data: st.DataObject
) -> None:
    desk = Desk(store)
    cut = data.draw(st.integers(1, len(told)))
    desk.take(told[:cut])
    for _ in range(data.draw(st.integers(1, 8))):
        copy, other = (data.draw(st.sampled_from(told[:cut])) for _ in range(2))
        deed = data.draw(st.sampled_from((*DEEDS, merged)))
        merged(desk, copy, other) if deed is merged else deed(desk, copy)
    desk.take(told)

    stories, members = desk.stories(), defaultdict(set)
    for copy in told:
        members[desk.story_of(copy)].add(desk.ids[copy.id])
    [listed] = store.shelf.newest(["all"], 1000)

    assert members.keys() == stories.keys()
    assert Counter(listed) == Counter(one for one, story in stories.items() if not story.held)
    for one, story in stories.items():
        credited = Counter(credit.id for credit in story.also)
        assert credited == Counter(credited_in(desk, members[one], story))
    for identity in desk.identities:
        assert store.shelf.find(identity.key) in desk.ids.values()


def credited_in(desk: Desk, members: set[str], story: Published) -> set[str]:
    """Return which of *members* are to be credited: what may be shown and is not the one shown."""
    found = desk.store.shelf.copies(sorted(members))
    free = {one for one, (_, copy) in found.items() if not copy.held and not copy.withdrawn}
    face = (story.article.source, story.article.upstream_id)
    return {
        one
        for one in free
        if (found[one][1].article.source, found[one][1].article.upstream_id) != face
    }
