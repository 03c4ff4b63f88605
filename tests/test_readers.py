"""Published feeds as real readers read them, over HTTP; what is not installed is skipped."""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from feeds.model import Article, Image, Person, Published, Site, Stamp
from feeds.publish.render import Renderer
from feeds.publish.select import feed_for_all, last_change
from feeds.publish.write import write

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SITE = Site(public_url="https://desk.example", title="The Harbour Desk")
TITLE = "Council closes the “tide gates” & raises the levy"
LINK = "https://courier.example/gates?page=1&view=full"
BODY = "The gates close on Sunday, and AT&T’s man objects."
CAPTION = "A photograph of the north gate at dusk"
MINUTE = 60


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


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
    facts = {name: changes.pop(name) for name in ("withdrawn", "revision") if name in changes}
    return Published(
        **{
            "id": "a1",
            "entry_id": "tag:desk.example,2026:articles/a1",
            "revision": 1,
            "admitted": NOON,
            "changed": NOON,
            "article": Article(**fields | changes),
        }
        | facts
    )


def publish(folder: Path, *stories: Published) -> None:
    renderer = Renderer(SITE)
    changed = last_change(stories)
    feeds = renderer.feed(feed_for_all(SITE), changed, renderer.fragments(stories))
    for suffix, data in feeds.items():
        write(folder / f"all.{suffix}", data, changed, twins=False)


class Quiet(SimpleHTTPRequestHandler):
    """The published folder over HTTP, without a line in the test's output."""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve an empty folder; yield its address, and the folder to publish to."""
    folder = tmp_path / "public"
    folder.mkdir()
    with serving(folder) as address:
        yield address, folder


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve *folder*; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(*command: str, home: Path, code: int = 0) -> str:
    """Run a reader at home in *home*; return what it says."""
    done = subprocess.run(
        command,
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        timeout=MINUTE,
        check=False,
    )
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode()


each_format = pytest.mark.parametrize("suffix", ["rss", "atom"])


def newsboat_items(url: str, home: Path) -> list[tuple[str, ...]]:
    """Return title, author, link, content and unread mark of what newsboat holds."""
    (home / "urls").write_text(f"{url}\n")
    (home / "config").write_text("")
    files = ("-u", "urls", "-C", "config", "-c", "cache.db", "-d", "log.txt", "-l", "4")
    run("newsboat", *files, "-x", "reload", home=home)
    import sqlite3  # noqa: PLC0415  # newsboat's own store; an optional part of Python

    with sqlite3.connect(home / "cache.db") as store:
        rows = store.execute("select title, author, url, content from rss_item").fetchall()
    store.close()
    assert "USERERROR" not in (home / "log.txt").read_text()
    return rows


@needs("newsboat")
@each_format
def test_newsboat_reads_a_story(site: tuple[str, Path], tmp_path: Path, suffix: str) -> None:
    address, folder = site
    publish(folder, story())
    [(title, author, link, content)] = newsboat_items(f"{address}/all.{suffix}", tmp_path)

    assert (title, author, link) == (TITLE, "Ada Quill", LINK)
    assert BODY.replace("&", "&amp;") in content


@needs("newsboat")
@each_format
def test_newsboat_overwrites_a_withdrawn_story(
    site: tuple[str, Path], tmp_path: Path, suffix: str
) -> None:
    address, folder = site
    publish(folder, story())
    newsboat_items(f"{address}/all.{suffix}", tmp_path)
    publish(folder, story(withdrawn="killed", revision=2))
    [(title, _, _, content)] = newsboat_items(f"{address}/all.{suffix}", tmp_path)

    assert title == "Withdrawn: this story has been withdrawn by the source"
    assert "gates" not in content


@needs("sfeed_update")
@needs("curl")
@each_format
def test_sfeed_reads_a_story(site: tuple[str, Path], tmp_path: Path, suffix: str) -> None:
    address, folder = site
    publish(folder, story())
    (tmp_path / "sfeedrc").write_text(
        f'sfeedpath="{tmp_path}/feeds"\nfeeds() {{ feed lab "{address}/all.{suffix}"; }}\n'
    )
    run("sfeed_update", "./sfeedrc", home=tmp_path)
    [line] = (tmp_path / "feeds" / "lab").read_text().splitlines()
    moment, title, link, content, kind, name, author, *_ = line.split("\t")

    assert (title, link, author) == (TITLE, LINK, "Ada Quill")
    assert (moment, kind) == (str(int(NOON.timestamp())), "html")
    assert name == "tag:desk.example,2026:articles/a1"
    assert BODY.replace("&", "&amp;") in content


R2E = """[DEFAULT]
from = desk@localhost
to = me@localhost
email-protocol = maildir
maildir-path = ./Maildir
maildir-mailbox = feeds
html-mail = {html}
date-header = True
"""


def mailed(url: str, home: Path, *, html: bool) -> EmailMessage:
    """Return the one message that rss2email makes of the feed."""
    (home / "cfg").write_text(R2E.format(html=html))
    for part in ("new", "cur", "tmp"):
        (home / "Maildir" / "feeds" / part).mkdir(parents=True)
    run("r2e", "-c", "cfg", "-d", "data.json", "add", "lab", url, home=home)
    run("r2e", "-c", "cfg", "-d", "data.json", "run", home=home)
    [path] = (home / "Maildir" / "feeds" / "new").iterdir()
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def squeezed(message: EmailMessage) -> str:
    """Return its text on one line, whatever the width it was wrapped at."""
    part = message.get_body(("plain", "html"))
    assert part is not None
    return " ".join(str(part.get_content()).split())


@needs("r2e")
@pytest.mark.parametrize("html", [False, True], ids=["text", "html"])
@each_format
def test_rss2email_mails_the_story_and_not_its_caption(
    site: tuple[str, Path], tmp_path: Path, suffix: str, html: bool
) -> None:
    address, folder = site
    publish(folder, story())
    message = mailed(f"{address}/all.{suffix}", tmp_path, html=html)
    text = squeezed(message).replace("&amp;", "&")

    assert message["Subject"] == TITLE
    assert "Ada Quill" in message["From"]
    assert message["X-RSS-URL"] == LINK
    assert BODY in text
    assert "The Saltmarsh Courier" in text


@needs("r2e")
@each_format
def test_rss2email_shows_a_caption_as_a_caption_only(
    site: tuple[str, Path], tmp_path: Path, suffix: str
) -> None:
    address, folder = site
    publish(folder, story())
    text = squeezed(mailed(f"{address}/all.{suffix}", tmp_path, html=False))

    assert text.count(CAPTION) <= 1
    assert text.find(BODY.partition(",")[0]) > text.find(CAPTION)
