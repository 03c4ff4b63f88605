"""The line that tells on an open page what came since: a script of ours in Chromium, a real stream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.store import Store
from tests.browser import CHROMIUM, Chromium, visited
from tests.published import Newsroom, published
from tests.running import wait_for
from tests.test_browser import AXE, CHECK, RULES, SHIFT
from worker.web.answers import page_security

ASKED = "performance.getEntriesByType('resource').map(one => one.name)"
LINE = "document.querySelector('.live').textContent"

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")


@pytest.fixture(name="chromium", scope="module")
def _chromium() -> Iterator[Chromium]:
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(name="room")
def _room(chromium: Chromium, store: Store, tmp_path: Path) -> Iterator[Newsroom]:
    with published(store, tmp_path / "public") as room:
        yield room
        chromium.visit("about:blank")  # so that none listens when the server ends


def opened(chromium: Chromium, room: Newsroom, path: str = "/", **look: Any) -> list[str]:
    """Open the page at *path*, wait until it listens; return what the console says of it."""
    chromium.look(**{"width": 1200, **look})
    said = chromium.visit(room.url + path)
    wait_for(lambda: room.stream.clients and room.stream.last)
    return said


def says(chromium: Chromium, words: str) -> None:
    wait_for(lambda: chromium.run(LINE) == words)


@pytest.mark.parametrize("path", ["/", "/feeds/all/"])
def test_a_page_counts_what_came_since_and_shows_it(
    chromium: Chromium, room: Newsroom, path: str
) -> None:
    assert opened(chromium, room, path) == []
    room.publish(2)
    says(chromium, "Show 1 new story")
    room.publish(3)
    says(chromium, "Show 2 new stories")
    room.publish(3, "An edit of the third")
    room.publish(4)
    says(chromium, "Show 3 new stories")
    chromium.run("document.querySelector('.live button').click()")

    wait_for(lambda: "Story number 4" in chromium.run("document.body.textContent"))
    assert chromium.run(LINE) == ""


@pytest.mark.skipif(AXE is None, reason="needs axe-core in NODE_PATH")
@pytest.mark.parametrize("look", [{}, {"width": 360, "dark": True}], ids=["wide", "narrow, dark"])
def test_the_line_moves_nothing_and_is_no_barrier(
    chromium: Chromium, room: Newsroom, look: dict[str, Any]
) -> None:
    assert AXE is not None
    opened(chromium, room, **look)
    room.publish(2)
    says(chromium, "Show 1 new story")
    chromium.run(AXE.read_text("utf-8"))

    assert chromium.run(SHIFT) == 0
    assert chromium.run(CHECK % RULES) == []


def test_a_page_that_nobody_sees_does_not_listen(chromium: Chromium, room: Newsroom) -> None:
    opened(chromium, room)
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    turn = "document.dispatchEvent(new Event('visibilitychange'))"
    chromium.run(hide % "true" + turn)
    wait_for(lambda: room.stream.clients == 0)
    room.publish(2)
    assert chromium.run(LINE) == ""
    chromium.run(hide % "false" + turn)

    says(chromium, "Show what is new")


def test_where_there_is_no_stream_none_is_asked_for(chromium: Chromium, room: Newsroom) -> None:
    policy = {name.decode(): value.decode() for name, value in page_security(scripts=True)}
    with visited(room.public, policy) as site:
        said = chromium.visit(f"{site}/")
        wait_for(lambda: f"{site}/" in chromium.run(ASKED))  # by the script, for what stands there
        chromium.run("fetch('/', {method: 'HEAD'}).then(() => 0)")  # which has its answer before

        assert said == []
        assert not [one for one in chromium.run(ASKED) if "events" in one]
