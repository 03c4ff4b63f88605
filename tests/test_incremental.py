"""A pass that does no more than it must writes what a pass that does everything writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from feeds.model import Arrival, Published, Rules, Site
from feeds.pipeline import Line, Press
from feeds.rendered import Memory, Told
from feeds.store import Store
from feeds.store.connection import Connection
from feeds.store.shelf import Shelf
from tests.factories import NOW, arrival, article
from worker.valkey import Server

SITE = Site(
    public_url="https://desk.example",
    window_min_items=2,
    window_max_items=5,
    window_bytes=9_000,
    window_hours=1,
)
STORIES = st.integers(0, 6)
LABELS = st.lists(st.sampled_from(["World", "WORLD", "Sport", "Local"]), max_size=3, unique=True)
CHANGES = (
    st.tuples(st.just("say"), STORIES, st.tuples(st.integers(0, 3), LABELS))
    | st.tuples(st.sampled_from(["withdraw", "restore"]), STORIES, st.none())
    | st.tuples(st.just("wait"), st.integers(1, 5_000), st.none())
)
# Each with the process that publishes after it, if one does.
STEPS = st.lists(st.tuples(CHANGES, st.none() | st.integers(0, 2)), min_size=4, max_size=25)


def tree(public: Path) -> dict[str, bytes]:
    """Return path -> bytes of what is published under *public*."""
    return {
        str(path.relative_to(public)): path.read_bytes()
        for path in public.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def story(number: int, edit: int = 0, labels: Sequence[str] = ("World",)) -> Arrival:
    return arrival(
        article(
            upstream_id=f"n{number}",
            link=f"https://wire.example/{number}",
            title=f"Story {number}",
            content_html=f"<p>{number}, edit {edit}.</p>" + "<p>More.</p>" * (100 * number),
            categories=tuple(labels),
        )
    )


def whole(store: Store, public: Path) -> dict[str, bytes]:
    """Return the tree that is published by a process that knows nothing, into an empty folder."""
    client = store.connection.redis
    for key in client.scan_iter(match="wireroom:fragments:*"):
        client.delete(key)
    Press(store, SITE, public).publish(NOW)
    return tree(public)


class Room:
    """A store, three processes that publish from it in turns, and a clock."""

    def __init__(self, server: Server, home: Path) -> None:
        self.store = Store(
            Connection(server.url), article_days=90, identity_days=400, outcome_days=7
        )
        self.store.connection.redis.flushall()
        self.line = Line(self.store, Rules(), SITE)
        self.home = home
        # The third one forgets nearly everything from one pass to the next.
        memories = (Memory(), Memory(), Memory(most_bytes=5_000))
        self.presses = [
            Press(self.store, SITE, home / "public", memory=memory) for memory in memories
        ]
        self.now = NOW
        self.ids: dict[int, str] = {}

    def change(self, what: str, number: int, said: tuple[int, list[str]] | None) -> None:
        if what == "wait":
            self.now += timedelta(seconds=number)
        elif said is not None:
            edit, labels = said
            [outcome] = self.line.admit([story(number, edit, labels)], self.now)
            self.ids[number] = outcome.id or ""
        elif number in self.ids and what == "withdraw":
            self.store.editorial.withdraw(self.ids[number], "wrong", "a test", self.now)
        elif number in self.ids:
            self.line.restore(self.ids[number], "a test", self.now)


@settings(max_examples=50, deadline=None)
@given(steps=STEPS)
def test_any_number_of_passes_write_what_one_whole_pass_writes(
    server: Server,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[tuple[str, int, tuple[int, list[str]] | None], int | None]],
) -> None:
    room = Room(server, tmp_path_factory.mktemp("room"))
    for change, press in steps:
        room.change(*change)
        if press is not None:
            room.presses[press].publish(room.now)
    room.presses[len(steps) % 3].publish(room.now)

    assert tree(room.home / "public") == whole(room.store, room.home / "whole")
    room.store.connection.close()


MOVES = [
    {"public_url": "https://moved.example"},
    {"title": "The Evening Desk"},
    {"hubs": ("https://hub.example/",)},
    {"max_age_seconds": 900},
]


@pytest.mark.parametrize("other", MOVES, ids=lambda other: next(iter(other)))
def test_a_tree_that_was_made_for_another_site_is_made_anew(
    line: Line, press: Press, tmp_path: Path, other: dict[str, Any]
) -> None:
    line.admit([story(number) for number in range(8)], NOW)
    press.publish(NOW)
    there = replace(press, site=replace(press.site, **other), memory=Memory())
    assert there.publish(NOW)

    afresh = replace(there, public=tmp_path / "afresh", memory=Memory())
    afresh.publish(NOW)
    assert tree(press.public) == tree(afresh.public)
    assert there.publish(NOW) == []


def test_who_only_guesses_the_address_leaves_the_tree_of_another(line: Line, press: Press) -> None:
    line.admit([story(1)], NOW)
    press.publish(NOW)
    guessed = replace(press.site, public_url="http://127.0.0.1:8080")

    assert replace(press, site=guessed, memory=Memory(), guesses=True).publish(NOW) == []


def test_an_id_that_comes_back_with_another_text_is_published_with_that(
    line: Line, press: Press
) -> None:
    line.admit([story(1, edit=1)], NOW)
    press.publish(NOW)
    line.store.connection.redis.flushall()
    line.admit([story(1, edit=2)], NOW)
    press.publish(NOW)

    assert b"edit 2" in (press.public / "feeds/all.json").read_bytes()


def test_a_pass_reads_only_the_stories_that_changed(
    line: Line, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.admit([story(number) for number in range(8)], NOW)
    press.publish(NOW)
    read: list[str] = []
    real = Shelf.records

    def watched(self: Shelf, ids: Sequence[str]) -> dict[str, tuple[bytes, Published]]:
        read.extend(ids)
        return real(self, ids)

    monkeypatch.setattr(Shelf, "records", watched)
    [outcome] = line.admit([story(3, edit=1)], NOW)
    press.publish(NOW)

    assert read == [outcome.id]


def test_memory_is_bounded_and_forgets_what_was_not_met_for_longest(line: Line) -> None:
    line.admit([story(number) for number in range(3)], NOW)
    [ids] = line.store.shelf.newest(["all"], 3)
    told = [Told(head, one) for head, one in line.store.shelf.records(ids).values()]
    memory = Memory(most_bytes=sum(one.size for one in told) - 1)
    memory.remember(told[:2])
    memory.recall({told[0].story.id: told[0].head})
    memory.remember(told[2:])

    assert list(memory.recall({one.story.id: one.head for one in told})) == [
        told[0].story.id,
        told[2].story.id,
    ]


def test_a_story_is_remembered_while_its_record_is_the_same(line: Line) -> None:
    [outcome] = line.admit([story(1)], NOW)
    [(head, one)] = line.store.shelf.records([outcome.id or ""]).values()
    memory = Memory()
    memory.remember([Told(head, one)])
    line.admit([story(1, edit=1)], NOW)

    assert memory.recall({one.id: head})
    assert not memory.recall(line.store.shelf.heads([one.id]))


def test_a_head_longer_than_is_first_read_is_read_whole(line: Line) -> None:
    labels = [f"category-{number}-{'x' * 40}" for number in range(60)]
    [outcome] = line.admit([story(1, labels=labels)], NOW)
    [one] = [outcome.id or ""]

    assert line.store.shelf.heads([one]) == {one: line.store.shelf.records([one])[one][0]}
    assert len(line.store.shelf.heads([one])[one]) > 2_000
