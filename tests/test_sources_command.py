"""``wireroom sources`` and ``wireroom poll`` as an operator uses them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import pytest
from celery import Celery
from click.testing import CliRunner, Result

from feeds.store import Store
from feeds.store.connection import broker_url
from tests.polled import item, rss, stories
from tests.running import COMMAND, Running, environment
from tests.upstream import Reply, Upstream
from worker.cli import main
from worker.valkey import Server

Command = Callable[..., Result]
PAGE = """<!doctype html><html><head><title>Wire</title>
<link rel="alternate" type="application/rss+xml" title="All" href="/all.xml">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments.xml">
</head><body></body></html>"""


@pytest.fixture(name="upstream")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(name="command")
def _command(store: Store, server: Server, tmp_path: Path) -> Command:
    """Run ``wireroom``; each command is a process start of its own, hosts have rested."""
    environment = {
        "WIREROOM_REDIS_URL": server.url,
        "WIREROOM_POLL_ALLOWED_NETWORKS": "127.0.0.0/8",
        "WIREROOM_POLL_HOST_SECONDS": "0",
    }

    def run(*words: str) -> Result:
        arguments = [*words, "--data", str(tmp_path / "data")]
        return CliRunner().invoke(main, arguments, env=environment, catch_exceptions=False)

    assert store is not None
    return run


def test_an_address_that_is_a_feed_is_added_and_read_with_one_request(
    command: Command, upstream: Upstream, tmp_path: Path
) -> None:
    url = upstream.route("/feed", Reply(body=stories(1, 2)))
    done = command("sources", "add", url)

    assert (done.exit_code, len(upstream.requests)) == (0, 1)
    assert f"added {url}  The Wire" in done.stdout
    published = feedparser.parse((tmp_path / "data/public/feeds/all.rss").read_bytes())
    assert len(published.entries) == 2


def test_the_feed_that_a_page_names_is_added(command: Command, upstream: Upstream) -> None:
    page = upstream.route("/news/", Reply(body=PAGE.encode()))
    feed = upstream.route("/all.xml", Reply(body=stories(1)))
    done = command("sources", "add", page)

    assert done.exit_code == 0
    assert f"added {feed}" in done.stdout


def test_a_page_that_names_none_is_tried_at_the_usual_places(
    command: Command, upstream: Upstream
) -> None:
    page = upstream.route("/news/", Reply(body=b"<html><body>News</body></html>"))
    feed = upstream.route("/atom.xml", Reply(body=stories(1)))
    done = command("sources", "add", page)

    assert done.exit_code == 0
    assert f"added {feed}" in done.stdout


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(404), "404"),
        (Reply(body=b"<html></html>"), "names no feed"),
        (Reply(body=b"words"), "no feed"),
        (Reply(body=b""), "empty"),
    ],
)
def test_what_leads_to_no_feed_is_not_added(
    command: Command, upstream: Upstream, reply: Reply, told: str
) -> None:
    done = command("sources", "add", upstream.route("/", reply))

    assert done.exit_code == 1
    assert told in done.stderr
    assert command("sources", "list").stdout == ""


def test_a_source_is_added_once(command: Command, upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(body=stories(1)))
    command("sources", "add", url)
    again = command("sources", "add", url)

    assert again.exit_code == 1
    assert "already" in again.stderr


def test_credentials_are_sent_and_never_shown(command: Command, upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(body=stories(1)))
    secret = url.replace("//", "//reader:s3cr3t@")
    done = command("sources", "add", secret, "--header", "X-Key: h1dden")
    told = done.output + command("sources", "list").output
    told += command("sources", "list", "--json").output + command("sources", "export").output
    [request] = upstream.seen("/feed")

    assert request.get("Authorization") == "Basic cmVhZGVyOnMzY3IzdA=="
    assert request.get("X-Key") == "h1dden"
    assert url in told
    for word in ("s3cr3t", "cmVhZGVy", "h1dden"):
        assert word not in told


@pytest.mark.parametrize(
    "option", [("--timezone", "Mars/Olympus"), ("--header", "no colon"), ("--interval", "-1")]
)
def test_a_setting_that_cannot_be_is_wrong_usage(command: Command, option: tuple[str, str]) -> None:
    assert command("sources", "add", "https://a.example/", "--unseen", *option).exit_code == 2


def test_what_is_exported_is_imported(command: Command, tmp_path: Path) -> None:
    for name in ("a", "b"):
        command("sources", "add", f"https://{name}.example/feed", "--unseen", "--title", name)
    path = tmp_path / "list.opml"
    path.write_text(command("sources", "export").stdout)
    again = command("sources", "import", str(path))
    command("sources", "remove", "https://a.example/feed")
    anew = command("sources", "import", str(path))

    assert "added 0 of 2" in again.stdout
    assert "added 1 of 2" in anew.stdout


def test_imported_sources_are_spread_and_folders_become_categories(
    command: Command, store: Store, tmp_path: Path
) -> None:
    feeds = "".join(f'<outline xmlUrl="https://h{n}.example/"/>' for n in range(50))
    path = tmp_path / "list.opml"
    path.write_text(
        f"<opml><body><outline text='World'>{feeds}</outline>"
        "<outline xmlUrl='http://10.0.0.1/inside'/></body></opml>"
    )
    done = command("sources", "import", str(path), "--folders")
    found = list(store.sources.all())
    due = sorted(one.poll.due for one in found if one.poll.due)

    assert "added 50 of 51" in done.stdout
    assert "10.0.0.1" in done.stderr
    assert {one.source.categories for one in found} == {("World",)}
    assert (due[-1] - due[0]).total_seconds() > 600


def test_a_paused_source_is_polled_again_once_it_is_resumed(
    command: Command, upstream: Upstream
) -> None:
    url = upstream.route("/feed", Reply(body=stories(1)))
    command("sources", "add", url, "--unseen")
    command("sources", "pause", url)
    command("poll")
    paused = len(upstream.requests)
    listed = command("sources", "list", "--only", "paused").stdout
    command("sources", "resume", url)
    command("poll")

    assert (paused, len(upstream.requests)) == (0, 1)
    assert url in listed


def test_a_removed_source_leaves_its_stories(command: Command, upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(body=stories(1)))
    command("sources", "add", url)
    command("sources", "remove", url)
    status = json.loads(command("status", "--json").stdout)

    assert (status["sources"]["registered"], status["articles"]["stored"]) == (0, 1)


def test_nobody_by_this_name_is_told(command: Command) -> None:
    for words in (("sources", "pause", "https://a.example/"), ("poll", "https://a.example/")):
        done = command(*words)

        assert done.exit_code == 1
        assert "wireroom sources list" in done.stderr


def test_poll_fetches_what_is_named_though_it_is_not_due(
    command: Command, upstream: Upstream
) -> None:
    url = upstream.route("/feed", Reply(body=stories(1)), Reply(body=stories(1, 2)))
    command("sources", "add", url)
    idle = command("poll", "--json").stdout
    told = json.loads(command("poll", url, "--json").stdout)

    assert idle == ""
    assert (told["source"], told["status"], told["tally"]) == (url, 200, {"new": 1, "unchanged": 1})


def test_poll_all_fetches_every_source_of_one_host(command: Command, upstream: Upstream) -> None:
    urls = [upstream.route(f"/{n}", Reply(body=rss([item(f"{n}")]))) for n in range(5)]
    for url in urls:
        command("sources", "add", url, "--unseen")
    done = command("poll", "--all", "--json")

    assert sorted(json.loads(line)["source"] for line in done.stdout.splitlines()) == urls


def test_poll_tells_what_failed(command: Command, upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(500))
    command("sources", "add", url, "--unseen")
    done = command("poll", url)

    assert done.exit_code == 1
    assert "500 Internal Server Error" in done.stdout


def test_status_counts_the_sources_that_need_a_look(command: Command, upstream: Upstream) -> None:
    gone = upstream.route("/gone", Reply(410))
    command("sources", "add", gone, "--unseen")
    command("sources", "add", "https://later.example/", "--unseen")
    command("poll", gone)
    counted = json.loads(command("status", "--json").stdout)["sources"]
    listed = command("sources", "list", "--only", "suspended", "--json").stdout

    assert (counted["registered"], counted["due"], counted["suspended"]) == (2, 1, 1)
    assert "410" in json.loads(listed)["poll"]["suspended"]


def test_a_running_wireroom_polls_what_is_due_and_answers_a_task(
    upstream: Upstream, tmp_path: Path
) -> None:
    url = upstream.route("/feed", Reply(body=stories(1)), Reply(body=stories(1, 2)))
    settings = {"WIREROOM_POLL_ALLOWED_NETWORKS": "127.0.0.0/8", "WIREROOM_POLL_HOST_SECONDS": "0"}
    with Running(tmp_path / "data", **settings) as up:
        subprocess.run(
            [COMMAND, "sources", "add", url, "--unseen", "--data", up.data],
            env=environment(**settings),
            check=True,
        )
        up.wait_for(lambda: b"Story number 1" in up.fetch("/feeds/all.json")[1])
        with Celery(
            "another", broker=broker_url(up.redis_url), backend=broker_url(up.redis_url)
        ) as program:
            sent = program.send_task("wireroom.poll", [[url]], queue="wireroom.poll")
            report = sent.get(timeout=60)
        up.wait_for(lambda: b"Story number 2" in up.fetch("/feeds/all.json")[1])

    assert report["tally"] == {"new": 1, "unchanged": 1}
    assert len(upstream.requests) == 2
