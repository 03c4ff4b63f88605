"""The text of linked pages: fetched once, taken where it belongs, and never in the way of a poll."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.dedupe.identity import named_in
from feeds.errors import WireroomError
from feeds.full_text import filled_from
from feeds.model import Article, Verdict
from feeds.polling import Polled, Terms
from feeds.store import Store
from tests.factories import article
from tests.polled import Desk, item, rss, verdicts
from tests.upstream import NOT_FOUND, Reply, Seen, Upstream, redirect
from worker.cli import main
from worker.valkey import Server

EXCERPT = "The harbour opened to ferries on Tuesday after eleven weeks of repairs at its pier."
MORE = (
    "The first boat left at six in the morning with nearly two hundred passengers aboard, and all.",
    "Repairs had begun when divers found that the old piles of the pier were rotten below water.",
)
HTML = ("Content-Type", "text/html; charset=utf-8")


@pytest.fixture(name="upstream")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(name="desk")
def _desk(store: Store) -> Desk:
    return Desk(store)


def page(*paragraphs: str, title: str = "Harbour opens to ferries") -> Reply:
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    document = (
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body><nav>Home</nav>"
        f"<article><h1>{title}</h1>{text}</article><footer>About us</footer></body></html>"
    )
    return Reply(body=document.encode(), headers=(HTML,))


def harbour(upstream: Upstream, number: int = 1, text: str = EXCERPT, **said: str | None) -> str:
    """Return an entry whose link leads to *upstream*."""
    return item(number, text, **{"link": f"{upstream.url}/story-{number}", **said})


def polled(desk: Desk, upstream: Upstream, *documents: bytes) -> list[Polled]:
    """Poll a source of full text once for each of its *documents*."""
    url = upstream.route("/feed", *(Reply(body=document) for document in documents))
    desk.add(url, full_text=True)
    return [desk.poll(url) for _ in documents]


def shown(desk: Desk) -> list[Article]:
    [ids] = desk.store.shelf.newest(["all"], 100)
    return [one.article for one in desk.store.shelf.articles(ids).values()]


def pages(upstream: Upstream) -> list[Seen]:
    return [seen for seen in upstream.requests if seen.path != "/feed"]


def test_the_text_of_the_page_takes_the_place_of_the_excerpt(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE))
    polled(desk, upstream, rss([harbour(upstream)]))
    [story] = shown(desk)

    assert all(f"<p>{one}</p>" in story.content_html for one in (EXCERPT, *MORE))
    assert (story.title, story.summary) == ("Story number 1", EXCERPT)
    assert "About us" not in story.content_html


def test_a_source_that_does_not_ask_for_it_has_no_page_fetched(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE))
    url = upstream.route("/feed", Reply(body=rss([harbour(upstream)])))
    desk.add(url)
    desk.poll(url)

    assert pages(upstream) == []


def test_the_page_of_an_entry_that_is_known_is_not_fetched_again(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE))
    upstream.route("/story-2", page(EXCERPT, *MORE))
    one, two = harbour(upstream), harbour(upstream, 2)
    _, second, third = polled(
        desk, upstream, rss([one]), rss([two, one]), rss([two, one], head="<ttl>9</ttl>")
    )

    assert [seen.path for seen in pages(upstream)] == ["/story-1", "/story-2"]
    assert sorted(verdicts(second)) == [Verdict.NEW, Verdict.UNCHANGED]
    assert verdicts(third) == [Verdict.UNCHANGED] * 2
    assert all(MORE[0] in story.content_html for story in shown(desk))


@pytest.mark.parametrize(
    "failing",
    [
        NOT_FOUND,
        Reply(500),
        Reply(cut=10, body=b"<html>" * 100, headers=(HTML,)),
        Reply(body=b"%PDF-1.7", headers=(("Content-Type", "application/pdf"),)),
        Reply(body=b"<html></html>", headers=(HTML,)),
        redirect("http://10.1.2.3/story"),
        redirect("/"),
        page("Short."),
        page("Sign in to go on reading. " * 20, title="Sign in"),
    ],
    ids=["404", "500", "cut", "pdf", "empty", "inside", "home", "short", "login"],
)
def test_where_the_page_is_of_no_use_the_feeds_text_stays_and_that_is_final(
    desk: Desk, upstream: Upstream, failing: Reply
) -> None:
    upstream.route("/story-1", failing, page(EXCERPT, *MORE))
    upstream.route("/", page(EXCERPT, *MORE))
    one = harbour(upstream)
    first, second = polled(desk, upstream, rss([one]), rss([one], head="<ttl>9</ttl>"))
    [story] = shown(desk)

    assert (verdicts(first), verdicts(second)) == ([Verdict.NEW], [Verdict.UNCHANGED])
    assert EXCERPT in story.content_html + story.summary
    assert len(upstream.seen("/story-1")) == 1


def test_an_edit_in_the_feed_fetches_the_page_anew(desk: Desk, upstream: Upstream) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE), page(EXCERPT, *MORE, "Corrected at noon."))
    edited = harbour(upstream, text=f"{EXCERPT} Corrected.")
    _, second = polled(desk, upstream, rss([harbour(upstream)]), rss([edited]))
    [story] = shown(desk)

    assert verdicts(second) == [Verdict.UPDATED]
    assert "Corrected at noon." in story.content_html


def test_a_new_head_in_the_feed_is_no_edit_of_what_has_its_pages_text(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE), NOT_FOUND)
    one = harbour(upstream)
    *_, last = polled(desk, upstream, rss([one]), rss([one], "<ttl>5</ttl>"))
    [story] = shown(desk)

    assert verdicts(last) == [Verdict.UNCHANGED]
    assert MORE[1] in story.content_html


def test_no_more_pages_are_fetched_in_one_poll_than_the_setting_says(
    store: Store, upstream: Upstream
) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0, full_text_pages=2))
    for number in range(1, 6):
        upstream.route(f"/story-{number}", page(EXCERPT, *MORE))
    [only] = polled(desk, upstream, rss(harbour(upstream, number) for number in range(5, 0, -1)))

    assert verdicts(only) == [Verdict.NEW] * 5
    assert [seen.path for seen in pages(upstream)] == ["/story-5", "/story-4"]


def test_the_pages_of_what_is_not_shown_are_not_fetched(store: Store, upstream: Upstream) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0, first_entries=1))
    for number in (1, 2):
        upstream.route(f"/story-{number}", page(EXCERPT, *MORE))
    polled(desk, upstream, rss([harbour(upstream, 2), harbour(upstream, 1)]))

    assert [seen.path for seen in pages(upstream)] == ["/story-2"]


def test_a_link_that_several_entries_share_is_nobodys_page(desk: Desk, upstream: Upstream) -> None:
    upstream.route("/both", page(EXCERPT, *MORE))
    link = f"{upstream.url}/both"
    polled(desk, upstream, rss([harbour(upstream, n, link=link) for n in (2, 1)]))

    assert pages(upstream) == []


def test_the_page_of_a_story_that_another_source_brought_is_not_fetched(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE))
    first = upstream.route("/first", Reply(body=rss([harbour(upstream)])))
    second = upstream.route("/second", Reply(body=rss([harbour(upstream)], title="Other")))
    desk.add(first)
    desk.poll(first)
    desk.add(second, full_text=True)

    assert verdicts(desk.poll(second)) == [Verdict.DUPLICATE]
    assert upstream.seen("/story-1") == []


def test_pages_of_one_host_come_one_at_a_time_with_a_rest_between(store: Store) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0.3))
    with Upstream() as upstream:
        for number in (1, 2, 3):
            upstream.route(f"/story-{number}", page(EXCERPT, *MORE))
        polled(desk, upstream, rss(harbour(upstream, number) for number in (3, 2, 1)))
        times = [seen.at for seen in upstream.requests]

    assert len(times) == 4
    assert min(later - sooner for sooner, later in pairwise(times)) >= 0.3


def test_a_host_that_asks_to_wait_is_asked_for_no_further_page(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-2", Reply(429, headers=(("Retry-After", "7200"),)))
    [only] = polled(desk, upstream, rss([harbour(upstream, 2), harbour(upstream, 1)]))
    left = desk.store.connection.redis.pttl("wireroom:poll:busy:127.0.0.1")

    assert [seen.path for seen in pages(upstream)] == ["/story-2"]
    assert verdicts(only) == [Verdict.NEW] * 2
    assert 7_000_000 < left <= 7_200_000  # type: ignore[operator]


def test_a_host_that_another_poller_asks_is_not_asked_beside_it(store: Store) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0, round_seconds=0.3))
    with Upstream() as upstream, Upstream("127.0.0.2") as other:
        other.route("/story-1", page(EXCERPT, *MORE))
        store.hosts.take("127.0.0.2", "another source", 60)
        begun = time.monotonic()
        [only] = polled(desk, upstream, rss([harbour(other)]))

    assert other.requests == []
    assert verdicts(only) == [Verdict.NEW]
    assert time.monotonic() - begun < 30


def test_the_operators_headers_go_with_pages_of_the_sources_own_host_alone(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE))
    elsewhere = f"{upstream.at('localhost')}/story-2"
    upstream.route("/story-2", page(EXCERPT, *MORE))
    entries = [harbour(upstream, 2, link=elsewhere), harbour(upstream, 1)]
    url = upstream.route("/feed", Reply(body=rss(entries)))
    desk.add(url, full_text=True, headers=(("X-Key", "secret"),))
    desk.poll(url)

    assert [seen.get("X-Key") for seen in upstream.seen("/story-1")] == ["secret"]
    assert [seen.get("X-Key") for seen in upstream.seen("/story-2")] == [None]


def test_after_a_poller_died_entries_are_admitted_without_their_pages(
    desk: Desk, upstream: Upstream
) -> None:
    upstream.route("/story-1", page(EXCERPT, *MORE))
    url = upstream.route("/feed", Reply(body=rss([harbour(upstream)])))
    desk.add(url, full_text=True)
    desk.store.sources.claim(1, desk.clock(), lease=60, rest=0)
    desk.store.connection.redis.delete("wireroom:poll:busy:127.0.0.1")
    desk.clock.turn(seconds=60)
    [one] = desk.round()

    assert verdicts(one) == [Verdict.NEW]
    assert pages(upstream) == []


def test_several_sources_have_their_pages_in_one_round(store: Store) -> None:
    desk = Desk(store)
    with Upstream("0.0.0.0") as upstream:
        urls = []
        for number in (1, 2, 3):
            at = upstream.at(f"127.0.0.{number}")
            upstream.route(f"/story-{number}", page(EXCERPT, *MORE))
            entry = item(number, EXCERPT, link=f"{at}/story-{number}")
            upstream.route(f"/feed-{number}", Reply(body=rss([entry])))
            urls.append(f"{at}/feed-{number}")
        desk.add(*urls, full_text=True)
        done = desk.round()

    assert sorted(one.source for one in done) == urls
    assert [MORE[1] in story.content_html for story in shown(desk)] == [True] * 3


def test_in_a_script_without_spaces_pairs_of_letters_tell_whose_text_it_is() -> None:
    told = "港は十一週間の桟橋修理を終え、火曜日にフェリーの運航を再開した。"
    base = article(title="港が再開", content_html=f"<p>{told}</p>", summary=told)
    full = article(content_html=f"<p>{told}最初の船は朝六時に二百人近い乗客を乗せて出た。</p>")
    other = article(content_html="<p>" + "続きを読むには会員登録が必要です。" * 5 + "</p>")

    assert filled_from(base, full).content_html == full.content_html
    with pytest.raises(WireroomError, match="tells something else"):
        filled_from(base, other)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_whatever_the_page_says_only_text_and_pictures_of_an_entry_can_change(
    title: str, summary: str, own: str, found: str
) -> None:
    base = article(title=title or "-", summary=summary, content_html=own)
    try:
        filled = filled_from(base, article(title=title or "-", content_html=found))
    except WireroomError:
        return

    assert filled.content_html == found
    assert len(found) > 0
    assert msgspec.structs.replace(filled, content_html=own, images=base.images) == base
    assert named_in([base], "x")[0].id == named_in([filled], "x")[0].id


def test_full_text_is_asked_for_on_the_command_line_and_shown_in_the_list(
    store: Store, server: Server, upstream: Upstream, tmp_path: Path
) -> None:
    assert store is not None  # emptied
    upstream.route("/story-1", page(EXCERPT, *MORE))
    url = upstream.route("/feed", Reply(body=rss([harbour(upstream)])))
    settings = {
        "WIREROOM_REDIS_URL": server.url,
        "WIREROOM_DATA_DIR": str(tmp_path),
        "WIREROOM_POLL_ALLOWED_NETWORKS": "127.0.0.0/8",
        "WIREROOM_POLL_HOST_SECONDS": "0",
    }

    def said(*words: str) -> str:
        done = CliRunner().invoke(main, words, env=settings, catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    said("sources", "add", "--full-text", url)

    assert MORE[1] in (tmp_path / "public/feeds/all.rss").read_text("utf-8")
    assert "full text" in said("sources", "list")
    assert json.loads(said("sources", "list", "--json"))["full_text"] is True
