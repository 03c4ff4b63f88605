"""Archives (RFC 5005, 4): every story that the store holds can be read, and what is written stays."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree, html

from feeds import archives
from feeds.model import Arrival, Rules, Site
from feeds.pipeline import Line, Press
from feeds.store import Store
from feeds.store.connection import Connection
from tests.factories import NOW, arrival, article
from worker.valkey import Server

SHARED = Path(__file__).parents[2] / "shared"
ATOM_SCHEMA = SHARED / "schemas" / "atom.rng"
SITE = Site(
    public_url="https://desk.example",
    window_hours=1,
    window_min_items=3,
    window_max_items=6,
    window_bytes=1 << 20,
)
FEEDS = "https://desk.example/feeds/"
ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"


def story(number: int, edit: int = 0, labels: Sequence[str] = ("World",)) -> Arrival:
    return arrival(
        article(
            upstream_id=f"n{number}",
            link=f"https://wire.example/{number}",
            title=f"Story {number}",
            content_html=f"<p>{number}, edit {edit}.</p>",
            categories=tuple(labels),
        )
    )


class Room:
    """A line and a press; a minute passes between two steps."""

    def __init__(self, store: Store, public: Path) -> None:
        self.line, self.press = Line(store, Rules(), SITE), Press(store, SITE, public)
        self.now, self.ids = NOW, dict[int, str]()

    def take(self, *numbers: int, edit: int = 0, labels: Sequence[str] = ("World",)) -> list[Path]:
        """Take these stories in, a minute apart, and publish each."""
        written: list[Path] = []
        for number in numbers:
            self.now += timedelta(minutes=1)
            [outcome] = self.line.admit([story(number, edit, labels)], self.now)
            self.ids[number] = outcome.id or ""
            written += self.press.publish(self.now)
        return written

    def path(self, address: str) -> Path:
        return self.press.public / address.removeprefix("https://desk.example/")

    def chain(self, address: str = f"{FEEDS}all.atom") -> list[etree._Element]:
        """Return the documents from *address* on, each led to by the one before it."""
        found = []
        while address:
            found.append(etree.parse(self.path(address)).getroot())
            links = found[-1].iter(f"{ATOM}link")
            address = next(
                (one.get("href") for one in links if one.get("rel") == "prev-archive"), ""
            )
        return found

    def bytes_of_archives(self) -> dict[str, bytes]:
        public = self.press.public
        return {
            str(path.relative_to(public)): path.read_bytes()
            for path in public.glob("feeds/*/archive/**/*")
            if path.is_file()
        }


@pytest.fixture(name="room")
def _room(store: Store, tmp_path: Path) -> Room:
    return Room(store, tmp_path / "public")


def titles(documents: Iterable[etree._Element]) -> set[str]:
    return {
        str(entry.findtext(f"{ATOM}title"))
        for root in documents
        for entry in root.iter(f"{ATOM}entry")
    }


def rels(root: etree._Element) -> dict[str, str]:
    """Return the links of the head by relation."""
    head = root if root.tag.endswith("feed") else root[0]
    return {link.get("rel"): link.get("href") for link in head.findall(f"{ATOM}link")}


def test_a_feed_that_shows_everything_has_no_archive(room: Room) -> None:
    room.take(*range(3))

    assert room.bytes_of_archives() == {}
    assert "prev-archive" not in rels(room.chain()[0])


@pytest.mark.parametrize("suffix", ["atom", "rss"])
def test_every_story_is_in_the_feed_or_in_an_archive_behind_it(room: Room, suffix: str) -> None:
    room.take(*range(40))
    found = room.chain(f"{FEEDS}world.{suffix}")
    names = {
        str(item.findtext("{*}title"))
        for root in found
        for item in (*root.iter(f"{ATOM}entry"), *root.iter("item"))
    }

    assert len(found) > 3
    assert names == {f"Story {number}" for number in range(40)}


def test_json_feeds_lead_through_the_same_archives(room: Room) -> None:
    room.take(*range(40))
    address, seen, count = f"{FEEDS}all.json", set(), 0
    while address:
        document = json.loads(room.path(address).read_bytes())
        assert document["feed_url"] == address
        seen |= {item["title"] for item in document["items"]}
        address, count = document.get("next_url", ""), count + 1

    assert seen == {f"Story {number}" for number in range(40)}
    assert count == len(room.chain())


def test_an_archive_says_that_it_is_one_and_where_it_stands(room: Room) -> None:
    room.take(*range(30))
    head, latest, before = room.chain()[:3]

    assert head.find(ARCHIVE) is None
    assert latest.find(ARCHIVE) is not None
    assert head.findtext(f"{ATOM}id") == latest.findtext(f"{ATOM}id")
    assert rels(latest)["current"] == rels(head)["self"] == f"{FEEDS}all.atom"
    assert rels(head)["prev-archive"] == rels(latest)["self"]
    assert rels(before)["next-archive"] == rels(latest)["self"]
    assert "next-archive" not in rels(latest)


def test_rss_archives_carry_the_same_links_and_sign(room: Room) -> None:
    room.take(*range(20))
    head, latest = room.chain(f"{FEEDS}all.rss")[:2]

    assert rels(head)["prev-archive"] == rels(latest)["self"]
    assert rels(latest)["current"] == f"{FEEDS}all.rss"
    assert latest[0].find(ARCHIVE) is not None
    assert latest[0].find("ttl") is None


def test_the_entries_of_a_written_archive_never_change(room: Room) -> None:
    room.take(*range(15))
    before = room.bytes_of_archives()
    entries = [titles([root]) for root in reversed(room.chain()[1:])]
    room.take(*range(15, 60))
    after = room.bytes_of_archives()
    changed = [name for name in before if before[name] != after[name]]
    latest = max(
        int(Path(name).stem)
        for name in before
        if name.startswith("feeds/all/archive/") and name.endswith(".atom")
    )

    assert [titles([root]) for root in reversed(room.chain()[1:])][: len(entries)] == entries
    # The one that was the latest has got a follower, and leads to it: nothing else changes.
    assert {Path(name).name for name in changed if name.endswith(".atom")} == {f"{latest}.atom"}


def test_a_new_article_touches_no_archive_until_it_fills_one(room: Room) -> None:
    room.take(*range(20))
    touched = []
    for number in range(20, 40):
        written = room.take(number)
        touched.append(any("archive" in path.parts for path in written))

    assert touched.count(True) <= 20 / 3
    assert touched.count(False) >= 20 / 2


def test_a_correction_is_made_where_the_story_is_archived(room: Room) -> None:
    room.take(*range(20))
    room.take(0, edit=7)
    oldest = room.chain()[-1]

    assert "Story 0" in titles([oldest])
    assert "edit 7" in etree.tostring(oldest, encoding="unicode")


def test_a_withdrawal_leaves_no_word_in_an_archive(room: Room) -> None:
    room.take(*range(20))
    room.now += timedelta(minutes=1)
    room.line.store.editorial.withdraw(room.ids[0], "wrong", "a test", room.now)
    room.press.publish(room.now)
    told = b"".join(room.bytes_of_archives().values())

    assert b">0, edit 0" not in told
    assert b"Withdrawn: this story has been withdrawn" in told
    assert b"deleted-entry" in told


def test_a_story_that_leaves_a_feed_leaves_its_archive(room: Room) -> None:
    room.take(*range(20))
    room.take(0, edit=1, labels=("Sport",))

    assert "Story 0" not in titles(room.chain(f"{FEEDS}world.atom"))
    assert "Story 0" in titles(room.chain())


def test_an_archive_goes_with_the_last_of_its_stories(room: Room) -> None:
    room.take(*range(30))
    pages = len(room.chain())
    oldest = [int(name.rpartition(" ")[2]) for name in titles([room.chain()[-1]])]
    room.press.prune(room.now, NOW + timedelta(minutes=len(oldest) + 1))
    room.press.publish(room.now)
    left = room.chain()

    assert len(left) == pages - 1
    assert "prev-archive" not in rels(left[-1])
    assert not room.path(f"{FEEDS}all/archive/1.atom").exists()
    assert not room.path(f"{FEEDS}all/archive/1/").exists()


def test_another_tree_of_the_same_store_holds_the_same_archives(room: Room, tmp_path: Path) -> None:
    room.take(*range(30))
    other = Room(room.line.store, tmp_path / "other")
    other.press.publish(room.now)

    assert other.bytes_of_archives() == room.bytes_of_archives() != {}


def test_a_backlog_is_filed_whole_over_as_many_passes_as_it_takes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_PAGES_AT_ONCE", 2)
    room.line.admit([story(number) for number in range(500)], NOW)
    passes = 0
    while room.press.publish(NOW):
        passes += 1

    assert passes > 2
    assert titles(room.chain()) == {f"Story {number}" for number in range(500)}


def test_people_turn_the_pages_of_an_archive_by_links(room: Room) -> None:
    room.take(*range(30))
    page, seen, address = "", [], f"{FEEDS}all/"
    while address:
        page = html.document_fromstring((room.path(address) / "index.html").read_bytes())
        seen += page.xpath("//h3/a/text()")
        older = page.xpath("//nav[@class='turn']/a[@rel='prev']/@href")
        address = f"https://desk.example{older[0]}" if older else ""

    assert set(seen) == {f"Story {number}" for number in range(30)}


@pytest.mark.skipif(not ATOM_SCHEMA.exists(), reason="needs the Atom schema")
def test_archives_follow_the_grammar_and_readers_find_nothing_wrong(room: Room) -> None:
    room.take(*range(20))
    schema = etree.RelaxNG(etree.parse(ATOM_SCHEMA))
    for root in room.chain():
        assert schema.validate(root), schema.error_log
    parsed = [
        feedparser.parse(io.BytesIO(data))
        for name, data in room.bytes_of_archives().items()
        if name.endswith((".rss", ".atom"))
    ]

    assert parsed
    assert not [one for one in parsed if one.bozo or not one.entries]


STEPS = st.lists(
    st.tuples(st.just("take"), st.integers(0, 12), st.sampled_from([("World",), ("Sport",), ()]))
    | st.tuples(st.sampled_from(["withdraw", "restore"]), st.integers(0, 12), st.none())
    | st.tuples(st.just("back"), st.integers(1, 300), st.none()),
    min_size=10,
    max_size=40,
)


# A stub in a full feed, beside a feed that does not hold it.
STUB: list[tuple[str, int, Any]] = [
    *[("take", number, ("World",)) for number in (0, 5)],
    ("back", 80, None),
    ("take", 2, ()),
    *[("take", number, ("World",)) for number in (1, 4, 6, 7)],
    ("back", 280, None),
    ("take", 3, ("World",)),
    ("withdraw", 0, None),
    ("withdraw", 2, None),
]


@settings(max_examples=15, deadline=None)
@example(steps=STUB)
@given(steps=STEPS)
def test_whatever_happens_every_story_can_be_read(
    server: Server, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, Any]]
) -> None:
    store = Store(Connection(server.url), article_days=90, identity_days=400, outcome_days=7)
    store.connection.redis.flushall()
    room = Room(store, tmp_path_factory.mktemp("room"))
    for at, (what, number, labels) in enumerate(steps):
        if what == "back":  # another worker's clock is behind
            room.now -= timedelta(seconds=number)
        elif what == "take":
            room.take(number, edit=at, labels=labels)
        elif number in room.ids and what == "withdraw":
            store.editorial.withdraw(room.ids[number], "wrong", "a test", room.now)
        elif number in room.ids:
            room.line.restore(room.ids[number], "a test", room.now)
    room.press.publish(room.now)
    held = {
        name: store.connection.redis.zcard(store.connection.key("feed", name))
        for name in store.shelf.feeds()
    }
    found = {
        name: len(
            {
                entry.findtext(f"{ATOM}id")
                for root in room.chain(f"{FEEDS}{name}.atom")
                for entry in root.iter(f"{ATOM}entry")
            }
        )
        for name in held
    }

    assert found == held
    store.connection.close()
