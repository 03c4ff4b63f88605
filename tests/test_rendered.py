"""What is kept of a story as rendered: used again while it is true, and rendered only if shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import pytest

from feeds.model import Published, Site
from feeds.pipeline import Line, Press
from feeds.publish.render import Fragments, Renderer
from feeds.publish.select import window
from feeds.rendered import Memory, Rendered
from tests.factories import NOW, arrival, article


class Counting(Renderer):
    """A Renderer that notes what it rendered."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.rendered: list[str] = []

    def fragments(self, items: Sequence[Published]) -> list[Fragments]:
        self.rendered += [item.id for item in items]
        return super().fragments(items)


@pytest.fixture(name="stories")
def _stories(line: Line) -> dict[str, Published]:
    texts = [
        article(upstream_id=f"n{n}", link=f"https://wire.example/{n}", content_html=f"<p>{n}</p>")
        for n in range(10)
    ]
    line.admit([arrival(one) for one in texts], NOW)
    [ids] = line.store.shelf.newest(["all"], 10)
    return line.store.shelf.articles(ids)


def asked(
    line: Line, stories: Iterable[str], site: Site, memory: Memory | None = None
) -> list[str]:
    """Return what is rendered when a feed of *stories* is filled and kept, *memory* or none."""
    memory = memory or Memory()
    memory.turn_to(site)
    memory.renderer = renderer = Counting(site)
    rendered = Rendered(line.store.shelf, memory)
    rendered.read(list(stories), {})
    rendered.queue = list(stories)
    window(rendered.stories(stories), site, rendered)
    rendered.keep()
    return renderer.rendered


def test_a_story_is_rendered_once_and_kept(line: Line, stories: dict[str, Published]) -> None:
    assert sorted(asked(line, stories, Site())) == sorted(stories)
    assert asked(line, stories, Site()) == []


def test_no_more_is_rendered_than_the_feed_shows(line: Line, stories: dict[str, Published]) -> None:
    few = Site(window_min_items=3, window_max_items=3)

    assert len(asked(line, stories, few)) <= 4


def test_an_edited_story_is_rendered_anew(line: Line, stories: dict[str, Published]) -> None:
    asked(line, stories, Site())
    edited = article(upstream_id="n3", link="https://wire.example/3", content_html="<p>new</p>")
    [outcome] = line.admit([arrival(edited)], NOW)

    assert asked(line, stories, Site()) == [outcome.id]


def test_under_another_address_everything_is_rendered_anew(
    line: Line, stories: dict[str, Published]
) -> None:
    asked(line, stories, Site())
    moved = Site(public_url="https://desk.example")

    assert sorted(asked(line, stories, moved)) == sorted(stories)


def test_a_feed_never_mixes_an_old_address_with_the_new_one(line: Line, press: Press) -> None:
    line.admit([arrival(article(link=None, source_link=None))], NOW)
    press.publish(NOW)
    moved = msgspec.structs.replace(press, site=Site(public_url="https://desk.example"))
    moved.publish(NOW, only=["all"])

    for suffix in ("rss", "atom", "json"):
        feed = (press.public / f"feeds/all.{suffix}").read_text()
        assert "https://desk.example/articles/" in feed
        assert "http://127.0.0.1:8080" not in feed


def test_what_an_older_version_kept_is_passed_over(
    line: Line, stories: dict[str, Published]
) -> None:
    old = msgspec.msgpack.encode((b"<item/>", b"<entry/>", b"{}"))
    line.store.shelf.keep(((one, story.revision, old) for one, story in stories.items()), NOW)

    assert sorted(asked(line, stories, Site())) == sorted(stories)
