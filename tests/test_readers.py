"""One published story as real readers show it, over HTTP; what is not installed is skipped.

How they follow a feed through its life is in test_readers_over_time.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.model import Article, Image, Person, Published, Site, Stamp
from feeds.publish.render import Renderer
from feeds.publish.select import feed_for_all, last_change
from feeds.publish.write import write
from tests.clients import Client, Newsboat, Reader, Rss2email, Sfeed
from tests.served import serving
from worker.web.application import WebApplication, application

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SITE = Site(public_url="https://desk.example", title="The Harbour Desk")
TITLE = "Council closes the “tide gates” & raises the levy"
LINK = "https://courier.example/gates?page=1&view=full"
BODY = "The gates close on Sunday, and AT&T’s man objects."
CAPTION = "A photograph of the north gate at dusk"


def story(**changes: Any) -> Published:
    fields: dict[str, Any] = {
        "source": "https://courier.example/feed.xml",
        "source_title": "The Saltmarsh Courier",
        "format": "rss",
        "title": TITLE,
        "summary": "Seven voted for it.",
        "content_html": f"<p>{BODY.replace('&', '&amp;')}</p>",
        "link": LINK,
        "authors": (Person("Ada Quill"),),
        "published": Stamp(NOON),
        "images": (Image("https://courier.example/p.jpg", "A gate", CAPTION, "Jo Lens"),),
    }
    return Published(
        id="a1",
        entry_id="tag:desk.example,2026:articles/a1",
        revision=1,
        admitted=NOON,
        changed=NOON,
        article=Article(**fields | changes),
    )


def publish(folder: Path, *stories: Published) -> None:
    renderer = Renderer(SITE)
    changed = last_change(stories)
    feeds = renderer.feed(feed_for_all(SITE), changed, renderer.fragments(stories))
    for suffix, data in feeds.items():
        write(folder / "feeds" / f"all.{suffix}", data, changed, twins=False)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Publish the story and serve it; yield the address of its feed without the suffix."""
    folder = tmp_path / "public"
    (folder / "feeds").mkdir(parents=True)
    publish(folder, story())

    def app_at(address: str) -> WebApplication:
        return application(folder, public_url=address, max_age=300, ready=lambda: True)

    with serving(app_at) as address:
        yield f"{address}/feeds/all"


def needs(client: type[Client]) -> pytest.MarkDecorator:
    missing = client.missing()
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {missing}")


each_format = pytest.mark.parametrize("suffix", ["rss", "atom"])


@pytest.mark.parametrize(
    "client", [pytest.param(each, marks=needs(each)) for each in (Newsboat, Sfeed, Reader)]
)
@each_format
def test_a_story_with_a_picture_is_read_as_it_was_written(
    site: str, tmp_path: Path, client: type[Client], suffix: str
) -> None:
    [one] = client(tmp_path / "home").read(f"{site}.{suffix}").held

    assert (one.title, one.link, one.author) == (TITLE, LINK, "Ada Quill")
    assert one.id == "tag:desk.example,2026:articles/a1"
    assert 0 <= one.text.find(CAPTION) < one.text.find(BODY.replace("&", "&amp;"))


@needs(Sfeed)
@each_format
def test_sfeed_knows_the_moment_and_that_the_text_is_html(
    site: str, tmp_path: Path, suffix: str
) -> None:
    Sfeed(tmp_path / "home").read(f"{site}.{suffix}")
    [line] = (tmp_path / "home" / "feeds" / "lab").read_text().splitlines()
    moment, _, _, _, kind, *_ = line.split("\t")

    assert (moment, kind) == (str(int(NOON.timestamp())), "html")


class HtmlMail(Rss2email):
    """rss2email as its owner sets it up for HTML."""

    html = True


@needs(Rss2email)
@pytest.mark.parametrize("client", [Rss2email, HtmlMail], ids=["text", "html"])
@each_format
def test_rss2email_mails_the_story_and_not_its_caption(
    site: str, tmp_path: Path, suffix: str, client: type[Client]
) -> None:
    [letter] = client(tmp_path / "home").read(f"{site}.{suffix}").held

    assert (letter.title, letter.link) == (TITLE, LINK)
    assert "Ada Quill" in letter.author
    assert BODY in letter.text.replace("&amp;", "&")
    assert "The Saltmarsh Courier" in letter.text


@needs(Rss2email)
@each_format
def test_rss2email_shows_a_caption_as_a_caption_only(
    site: str, tmp_path: Path, suffix: str
) -> None:
    [letter] = Rss2email(tmp_path / "home").read(f"{site}.{suffix}").held

    assert letter.text.count(CAPTION) <= 1
    assert letter.text.find(BODY.partition(",")[0]) > letter.text.find(CAPTION)
