"""The stream of stories: what is told, to whom, from where on, and who is cut off."""

from __future__ import annotations

import http.client
import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.store import Store
from feeds.store.events import BACKLOG, number
from tests.hub import fetched
from tests.published import Newsroom, published
from tests.running import wait_for
from worker.web.events import Stream
from worker.web.server import GRACE_SECONDS


@pytest.fixture(name="room")
def _room(store: Store, tmp_path: Path) -> Iterator[Newsroom]:
    with published(store, tmp_path / "public") as room:
        yield room


class Listener:
    """A program that listens. ``next`` is the next message, as its fields."""

    def __init__(self, room: Newsroom, query: str = "", since: str = "") -> None:
        place = urlsplit(room.url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        headers = {"Last-Event-ID": since} if since else {}
        self._connection.request("GET", f"/events{query}", headers=headers)
        self.answer = self._connection.getresponse()

    def __enter__(self) -> Self:
        """Wait until it is listening: from here on nothing is missed."""
        while b": listening" not in self.answer.readline():
            pass
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self._connection.close()

    def next(self) -> dict[str, str]:
        """Return the fields of the next message; "" is a comment."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, text = line.partition(": ")
            fields[name] = text
        return fields or self.next()

    def story(self) -> dict[str, Any]:
        """Return the story that the next message tells of."""
        said = self.next()
        assert said["event"] == "story"
        told: dict[str, Any] = json.loads(said["data"])
        return told


def told(store: Store) -> list[tuple[str, str]]:
    """Return verdict and title of all that is kept."""
    stories = [json.loads(one.story) for one in store.events.read(None)]
    return [(one["verdict"], one["title"]) for one in stories]


def test_a_story_is_told_when_its_bytes_are_on_the_disk(room: Newsroom) -> None:
    with Listener(room) as listener:
        room.publish(2)
        story = listener.story()
    with urllib.request.urlopen(story["page"], timeout=30) as answer:
        page = answer.read()
    [entry] = [
        one
        for one in json.loads((room.public / "feeds" / "all.json").read_bytes())["items"]
        if one["title"] == story["title"]
    ]

    assert b"Story number 2" in page
    assert entry["id"] == story["entry_id"]
    assert story == {
        "id": story["page"].rstrip("/").rpartition("/")[2],
        "entry_id": entry["id"],
        "title": "Story number 2",
        "link": "https://wire.example/2",
        "page": f"{room.url}/articles/{story['id']}/",
        "feeds": ["all", "world"],
        "verdict": "new",
    }


def test_an_edit_and_a_withdrawal_are_told(room: Newsroom) -> None:
    with Listener(room) as listener:
        room.publish(1, "Story number one, corrected")
        edited = listener.story()
        room.clock.turn(seconds=1)
        room.store.editorial.withdraw(edited["id"], "wrong", "desk", room.clock())
        room.press.publish(room.clock())
        gone = listener.story()

    assert (edited["verdict"], edited["title"]) == ("updated", "Story number one, corrected")
    assert (gone["verdict"], gone["title"], gone["link"]) == ("withdrawn", "", None)
    assert (gone["id"], gone["feeds"]) == (edited["id"], ["all", "world"])


def test_what_is_admitted_and_not_published_is_not_told(room: Newsroom, store: Store) -> None:
    before = told(store)
    room.publish(2)
    room.press.publish(room.clock())

    assert before == [("new", "Story number 1")]
    assert told(store) == [*before, ("new", "Story number 2")]


def test_a_tree_that_is_written_anew_is_no_news(room: Newsroom, store: Store) -> None:
    (room.public / "index.html").unlink()
    room.press.publish(room.clock())

    assert told(store) == [("new", "Story number 1")]


def test_a_change_that_waits_while_the_tree_is_lost_is_told(room: Newsroom, store: Store) -> None:
    store.shelf.mark_everything()
    before = store.shelf.marks("pages")
    room.publish(2)
    store.connection.redis.delete("wireroom:events")
    [one] = before
    store.connection.redis.hset("wireroom:pages", one, 1)
    store.shelf.mark_everything()
    room.press.publish(room.clock())

    assert told(store) == [("new", "Story number 1")]


def test_who_comes_back_is_told_what_came_meanwhile(room: Newsroom) -> None:
    with Listener(room) as listener:
        room.publish(2)
        last = listener.next()["id"]
    for later in (3, 4):
        room.publish(later)
    with Listener(room, since=last) as listener:
        titles = [listener.story()["title"] for _ in range(2)]

    assert titles == ["Story number 3", "Story number 4"]


def test_ids_grow(room: Newsroom) -> None:
    with Listener(room, since="0-0") as listener:
        for later in range(2, 5):
            room.publish(later)
        ids = [number(listener.next()["id"]) for _ in range(4)]

    assert ids == sorted(ids, key=lambda one: one or (0, 0))
    assert len(set(ids)) == 4


def test_who_was_away_for_too_long_is_told_of_the_gap(room: Newsroom, store: Store) -> None:
    event = {"feeds": "all", "story": "{}"}
    for _ in range(BACKLOG + 200):
        store.connection.redis.xadd("wireroom:events", event, maxlen=BACKLOG, approximate=False)
    with Listener(room, since="1-0") as listener:
        first = listener.next()
        rest = [listener.next()["event"] for _ in range(BACKLOG)]

    assert (first["event"], first["data"]) == ("gap", "{}")
    assert set(rest) == {"story"}


def test_one_feed_can_be_listened_to(room: Newsroom, store: Store) -> None:
    with Listener(room, "?feed=world") as listener:
        for feeds in ("all", "all sport", "all world"):
            event = {"feeds": feeds, "story": json.dumps(feeds)}
            store.connection.redis.xadd("wireroom:events", event)
        said = listener.next()

    assert json.loads(said["data"]) == "all world"


@pytest.mark.parametrize("query", ["?feed=none", "?feed=all&feed=none", "?" + "feed=all&" * 30])
def test_a_feed_that_is_none_is_not_found(room: Newsroom, query: str) -> None:
    assert fetched(urllib.request.Request(f"{room.url}/events{query}"))[0] == 404


def test_an_id_that_is_none_of_ours_is_no_id(room: Newsroom) -> None:
    with Listener(room, since="yesterday") as listener:
        room.publish(2)

        assert listener.story()["title"] == "Story number 2"


@given(text=st.text() | st.from_regex(r"[0-9]{1,25}-[0-9]{1,25}", fullmatch=True))
def test_any_text_is_a_number_of_redis_or_none(text: str) -> None:
    found = number(text)

    assert found is None or (max(found) < 2**64 and "{}-{}".format(*found).isascii())


def test_a_stream_is_kept_by_nobody_on_the_way(room: Newsroom) -> None:
    with Listener(room) as listener:
        headers = {name.lower(): text for name, text in listener.answer.getheaders()}

    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert headers["access-control-allow-origin"] == "*"


def test_a_silent_stream_gives_signs_of_life(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "heartbeat_seconds", 0.1)
    with Listener(room) as listener:
        said = [listener.next() for _ in range(2)]

    assert all(number(one["id"]) and "data" not in one for one in said)


def test_no_more_listen_than_may_and_who_goes_makes_room(room: Newsroom) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(Listener(room))
        full = Listener(room)
        retry = full.answer.headers["Retry-After"]

        assert (full.answer.status, retry) == (503, "30")
        full.__exit__()
    wait_for(lambda: fetched_status(room) == 200)


def fetched_status(room: Newsroom) -> int:
    """Return the status that one more listener gets."""
    one = Listener(room)
    try:
        return one.answer.status
    finally:
        one.__exit__()


def test_who_does_not_take_what_is_sent_is_cut_off(
    room: Newsroom, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "send_seconds", 0.5)
    place, count = urlsplit(room.url), 300  # far beyond what the system keeps for a socket
    with socket.socket() as deaf, Listener(room) as listener:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.connect((place.hostname, place.port))
        deaf.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        assert deaf.recv(12) == b"HTTP/1.1 200"
        large = {"feeds": "all", "story": json.dumps("x" * 60_000)}
        heard = []
        for _ in range(count):
            store.connection.redis.xadd("wireroom:events", large)
            heard.append(listener.next()["event"])
        wait_for(lambda: room.stream.clients == 1)
        taken = taken_by(deaf)

    assert len(heard) == count
    assert taken < count * 60_000


def taken_by(deaf: socket.socket) -> int:
    """Return how many bytes came until the connection ended."""
    taken = 0
    deaf.settimeout(60)
    with suppress(ConnectionError):
        while piece := deaf.recv(65_536):
            taken += len(piece)
    return taken


def test_listeners_do_not_hold_up_the_end_of_the_server(store: Store, tmp_path: Path) -> None:
    """They are not told that it was all, so that they come back."""
    with ExitStack() as stack:
        with published(store, tmp_path / "public") as room:
            listener = stack.enter_context(Listener(room))
            begun = time.monotonic()

        assert time.monotonic() - begun < GRACE_SECONDS
        with pytest.raises(http.client.IncompleteRead):
            listener.answer.read()
