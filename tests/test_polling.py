"""Polling by the checklist of a good guest: a scripted server, a real client, a real store.

The numbers are those of the checklist; 28 belongs to WebSub, 24 and parts of others are pure rules
and stand in test_politeness.py.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from config.settings import load
from feeds.model import Verdict
from feeds.polling import Terms
from feeds.read.politeness import flags
from feeds.store import Store
from feeds.upstream import Upstream as Registration
from tests.polled import AGENT, NOW, Clock, Desk, fetcher, item, rss, stories, verdicts, working
from tests.running import wait_for
from tests.upstream import NOT_MODIFIED, Reply, Seen, Upstream, redirect
from worker.upstreams import user_agent
from worker.valkey import Server

RSS = ("Content-Type", "application/rss+xml")
HOUR = timedelta(hours=1)


@pytest.fixture(name="upstream")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(name="desk")
def _desk(store: Store) -> Desk:
    return Desk(store)


def served(*numbers: int, **headers: str) -> Reply:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Reply(body=stories(*numbers), headers=(RSS, *named))


def polled_twice(desk: Desk, upstream: Upstream, *replies: Reply) -> list[Seen]:
    """Poll a source once for each of *replies*; return the requests."""
    url = upstream.route("/feed", *replies)
    desk.add(url)
    for _ in replies:
        desk.poll(url)
    return upstream.seen("/feed")


def test_01_the_first_fetch_is_one_unconditional_get(desk: Desk, upstream: Upstream) -> None:
    [only] = polled_twice(desk, upstream, served(1, ETag='"1"'))

    assert only.method == "GET"
    assert only.get("If-None-Match") is only.get("If-Modified-Since") is None


def test_02_the_second_fetch_sends_both_validators(desk: Desk, upstream: Upstream) -> None:
    date = "Wed, 04 Mar 2026 10:00:00 GMT"
    _, second = polled_twice(
        desk, upstream, served(1, ETag='"1"', Last_Modified=date), NOT_MODIFIED
    )

    assert (second.get("If-None-Match"), second.get("If-Modified-Since")) == ('"1"', date)


def test_03_new_validators_of_the_same_body_are_sent(desk: Desk, upstream: Upstream) -> None:
    *_, third = polled_twice(
        desk, upstream, served(1, ETag='"1"'), served(1, ETag='"2"'), NOT_MODIFIED
    )

    assert third.get("If-None-Match") == '"2"'


def test_04_a_new_validator_of_a_304_is_stored(desk: Desk, upstream: Upstream) -> None:
    new = "Wed, 04 Mar 2026 11:00:00 GMT"
    told = Reply(304, headers=(("Last-Modified", new),))
    *_, third = polled_twice(desk, upstream, served(1, ETag='"1"'), told, NOT_MODIFIED)

    assert (third.get("If-None-Match"), third.get("If-Modified-Since")) == ('"1"', new)


@pytest.mark.parametrize(
    "etag", ['W/"weak"', "unquoted", '"', '"with \\" and ÿ"', '""', "W/'odd', twice"]
)
def test_05_odd_etags_go_back_byte_for_byte(desk: Desk, upstream: Upstream, etag: str) -> None:
    _, second = polled_twice(desk, upstream, served(1, ETag=etag), NOT_MODIFIED)

    assert second.get("If-None-Match") == etag


def test_06_a_last_modified_that_is_no_date_goes_back_as_it_came(
    desk: Desk, upstream: Upstream
) -> None:
    _, second = polled_twice(desk, upstream, served(1, Last_Modified="yesterday?"), NOT_MODIFIED)

    assert second.get("If-Modified-Since") == "yesterday?"


@pytest.mark.parametrize(
    ("name", "reply", "pause"),
    [
        ("07 seconds", Reply(429, headers=(("Retry-After", "7200"),)), 7_200),
        (
            "07 date",
            Reply(429, headers=(("Retry-After", format_datetime(NOW + 2 * HOUR, usegmt=True)),)),
            7_200,
        ),
        ("08 bare", Reply(429), 900),
        ("09", Reply(503, headers=(("Retry-After", "5400"),)), 5_400),
    ],
)
def test_07_08_09_nothing_is_sent_to_a_host_that_asked_to_wait(
    desk: Desk, upstream: Upstream, name: str, reply: Reply, pause: int
) -> None:
    busy, other = upstream.route("/busy", reply), upstream.route("/other", served(1))
    desk.add(busy)
    desk.round()
    desk.add(other)
    desk.clock.turn(seconds=pause - 5)
    for _ in range(3):
        desk.round()

    assert len(upstream.requests) == 1, name
    assert desk.learnt(busy).due is not None
    assert desk.learnt(busy).due >= NOW + timedelta(seconds=pause)  # type: ignore[operator]
    remaining = desk.store.connection.redis.pttl("wireroom:poll:busy:127.0.0.1")
    assert pause - 30 < int(str(remaining)) / 1000 <= pause


def due_in(desk: Desk, upstream: Upstream, reply: Reply) -> timedelta:
    url = upstream.route("/feed", reply)
    desk.add(url)
    desk.round()
    due = desk.learnt(url).due
    assert due is not None
    return due - NOW


def test_10_max_age_is_obeyed_and_an_absurd_one_capped(desk: Desk, upstream: Upstream) -> None:
    assert due_in(desk, upstream, served(1, Cache_Control="max-age=9000")) == 2.5 * HOUR
    desk.store.connection.redis.flushall()
    assert due_in(desk, upstream, served(1, Cache_Control="max-age=315360000")) == 24 * HOUR


@pytest.mark.parametrize(
    ("head", "hours"),
    [
        ("<ttl>240</ttl>", 4),
        ("<skipHours><hour>13</hour></skipHours>", 2),
        ("<skipDays><day>Wednesday</day></skipDays>", 12),
        (
            "<u:updatePeriod xmlns:u='http://purl.org/rss/1.0/modules/syndication/'>daily</u:updatePeriod>",
            24,
        ),
    ],
)
def test_11_what_the_document_asks_for_is_obeyed(
    desk: Desk, upstream: Upstream, head: str, hours: int
) -> None:
    assert due_in(desk, upstream, Reply(body=rss([item(1)], head))) == hours * HOUR


def test_12_a_308_is_stored_after_three_sightings_over_a_day(
    desk: Desk, upstream: Upstream
) -> None:
    new = upstream.route("/new", served(1, 2))
    old = upstream.route("/old", redirect(new, 308))
    desk.add(old)
    addresses = []
    for _ in range(5):
        desk.poll(old)
        addresses.append(desk.learnt(old).address)
        desk.clock.turn(hours=10)

    assert addresses == [old, old, old, new, new]
    assert len(upstream.seen("/old")) == 4


def test_12_a_chain_of_301_is_not_stored_at_once(desk: Desk, upstream: Upstream) -> None:
    end = upstream.route("/c", served(1))
    upstream.route("/b", redirect(end, 301))
    start = upstream.route("/a", redirect("/b", 301))
    desk.add(start)

    assert verdicts(desk.poll(start)) == [Verdict.NEW]
    assert desk.learnt(start).address == start


def test_13_a_302_is_never_stored(desk: Desk, upstream: Upstream) -> None:
    new = upstream.route("/new", served(1))
    old = upstream.route("/old", redirect(new, 302))
    desk.add(old)
    for _ in range(6):
        desk.poll(old)
        desk.clock.turn(days=1)

    assert desk.learnt(old).address == old


def test_14_a_410_suspends(desk: Desk, upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(410))
    desk.add(url)
    desk.round()
    desk.clock.turn(days=365)

    assert desk.round() == []
    assert desk.store.sources.flagged("suspended") == [url]


def test_15_errors_back_off_never_give_up_and_end_with_an_answer(
    desk: Desk, upstream: Upstream
) -> None:
    url = upstream.route("/feed", *[Reply(500)] * 8, served(1))
    desk.add(url)
    waits = []
    for _ in range(9):
        [polled] = desk.round()
        assert polled.poll.due is not None
        waits.append((polled.poll.due - desk.clock()) / HOUR)
        desk.clock.moment = polled.poll.due

    assert waits == pytest.approx([*(1.5**number for number in range(1, 8)), 24, 1], abs=1e-6)
    assert desk.learnt(url).errors == 0


def test_16_a_restart_polls_nothing_early(desk: Desk, upstream: Upstream) -> None:
    urls = [upstream.route(f"/{number}", served(number)) for number in range(3)]
    desk.add(*urls)
    for _ in urls:
        desk.clock.turn(seconds=10)
        desk.round()
    desk.clock.turn(minutes=30)
    restarted = Desk(desk.store, clock=desk.clock)

    assert restarted.round() == []
    assert len(upstream.requests) == 3


def test_17_sources_of_one_host_stay_serial(store: Store) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0.2))
    with Upstream() as upstream:
        urls = [upstream.route(f"/{number}", served(number)) for number in range(4)]
        desk.add(*urls)
        deadline = time.monotonic() + 60
        while len(upstream.requests) < 4 and time.monotonic() < deadline:
            list(desk.poller.round())
            desk.clock.turn(seconds=0.05)
            time.sleep(0.05)
        times = [seen.at for seen in upstream.requests]

    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert len(times) == 4
    assert min(pauses) >= 0.2


def test_18_no_cookie_referer_or_range_is_ever_sent(desk: Desk, upstream: Upstream) -> None:
    cookie = ("Set-Cookie", "track=1; Path=/")
    first = Reply(body=stories(1), headers=(RSS, cookie))
    requests = polled_twice(desk, upstream, first, NOT_MODIFIED, NOT_MODIFIED)

    sent = {name.lower() for request in requests for name, _ in request.headers}
    assert sent.isdisjoint({"cookie", "referer", "range", "from", "authorization"})


def test_19_the_user_agent_names_us_and_how_to_reach_the_operator(
    desk: Desk, upstream: Upstream
) -> None:
    [request] = polled_twice(desk, upstream, served(1))
    settings = load(
        environ={
            "WIREROOM_PUBLIC_URL": "https://news.example",
            "WIREROOM_POLL_CONTACT": "desk@news.example",
        }
    )

    assert request.get("User-Agent") == AGENT
    assert re.fullmatch(
        r"Wireroom/\d[\w.]* \(\+https://news\.example; desk@news\.example\)", user_agent(settings)
    )
    assert re.fullmatch(r"Wireroom/\d[\w.]*", user_agent(load(environ={})))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_20_compressed_documents_are_read(desk: Desk, upstream: Upstream, encoding: str) -> None:
    url = upstream.route("/feed", Reply(body=stories(1), headers=(RSS,), encoding=encoding))
    desk.add(url)
    polled = desk.poll(url)

    accepted = upstream.seen("/feed")[0].get("Accept-Encoding") or ""
    assert verdicts(polled) == [Verdict.NEW] or encoding not in accepted


def test_20_a_bomb_is_refused_and_the_source_keeps_its_state(store: Store) -> None:
    desk = Desk(store, client=fetcher(body_bytes=100_000))
    with Upstream() as upstream:
        bomb = Reply(body=b"<rss>" + b"0" * 5_000_000, headers=(RSS,), encoding="gzip")
        url = upstream.route("/feed", served(1, ETag='"1"'), bomb)
        desk.add(url)
        desk.poll(url)
        polled = desk.poll(url)

    assert (polled.poll.errors, polled.poll.etag) == (1, '"1"')
    assert "100,000 bytes" in polled.poll.problem


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        (b"<!DOCTYPE html><html><body><form>Log in</form></body></html>", "text/html", "web page"),
        (b"", "application/rss+xml", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", "no feed (image/png)"),
        (b"Service is down for maintenance", "text/plain", "no feed"),
        (b'{"error": "unauthorised"}', "application/json", "no feed"),
    ],
)
def test_21_a_200_that_is_no_feed_keeps_entries_and_validators(
    desk: Desk, upstream: Upstream, body: bytes, kind: str, problem: str
) -> None:
    wrong = Reply(body=body, headers=(("Content-Type", kind), ("ETag", '"wrong"')))
    url = upstream.route("/feed", served(1, 2, ETag='"1"'), wrong, NOT_MODIFIED)
    desk.add(url)
    desk.poll(url)
    polled = desk.poll(url)
    desk.poll(url)

    assert problem in polled.poll.problem
    assert verdicts(polled) == []
    assert upstream.seen("/feed")[2].get("If-None-Match") == '"1"'
    assert len(desk.titles()) == 2


def test_22_a_truncated_document_deletes_nothing_and_is_fetched_again(
    desk: Desk, upstream: Upstream
) -> None:
    whole = stories(1, 2, 3)
    cut = Reply(body=whole[: whole.index(b"number 1")], headers=(RSS, ("ETag", '"cut"')))
    url = upstream.route("/feed", served(2, ETag='"1"'), cut, served(1, 2, 3, ETag='"2"'))
    desk.add(url)
    desk.poll(url)
    truncated = desk.poll(url)
    after = desk.poll(url)

    assert truncated.poll.problem == "the document ends before its end"
    assert verdicts(truncated) == [Verdict.NEW, Verdict.UNCHANGED]
    assert upstream.seen("/feed")[2].get("If-None-Match") == '"1"'
    assert sorted(verdicts(after)) == [Verdict.NEW, Verdict.UNCHANGED, Verdict.UNCHANGED]


def test_22_a_connection_that_breaks_off_keeps_the_state(desk: Desk, upstream: Upstream) -> None:
    broken = Reply(body=stories(1, 2), headers=(RSS,), cut=200)
    url = upstream.route("/feed", served(1, ETag='"1"'), broken)
    desk.add(url)
    desk.poll(url)
    polled = desk.poll(url)

    assert (polled.poll.errors, polled.poll.etag, verdicts(polled)) == (1, '"1"', [])


def test_23_the_same_body_without_validators_is_not_read_again(
    desk: Desk, upstream: Upstream
) -> None:
    url = upstream.route("/feed", served(1, 2))
    desk.add(url)
    first, second = desk.poll(url), desk.poll(url)

    assert (len(verdicts(first)), verdicts(second)) == (2, [])
    assert second.poll.succeeded is not None


def test_25_polling_goes_on_after_the_clock_was_set_back(desk: Desk, upstream: Upstream) -> None:
    url = upstream.route("/feed", served(1))
    desk.add(url)
    desk.clock.turn(days=3_000)
    desk.round()
    desk.clock.moment = NOW
    early = desk.round()
    desk.clock.turn(hours=73)  # the longest interval, of a source that seems to have slept

    assert early == []
    assert [polled.source for polled in desk.round()] == [url]


def test_26_an_inside_address_is_refused_unless_its_network_is_allowed(store: Store) -> None:
    desk = Desk(store, client=fetcher("10.0.0.0/8"))
    with Upstream() as upstream:
        url = upstream.route("/feed", served(1))
        desk.add(url)
        polled = desk.poll(url)

    assert upstream.requests == []
    assert "not a public address" in polled.poll.problem


def test_27_connections_are_kept_from_one_round_to_the_next(desk: Desk, upstream: Upstream) -> None:
    requests = polled_twice(desk, upstream, served(1), served(1, 2), served(1, 2, 3))

    assert {request.connection for request in requests} == {1}


def test_the_backlog_of_a_new_source_does_not_flood(store: Store, upstream: Upstream) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0, first_entries=3))
    url = upstream.route("/feed", Reply(body=rss(item(number) for number in range(1, 21))))
    desk.add(url)
    polled = desk.poll(url)

    assert desk.titles() == ["Story number 18", "Story number 19", "Story number 20"]
    assert sorted(verdicts(polled)) == [Verdict.NEW] * 3 + [Verdict.STALE] * 17
    assert "older than the stories" in polled.report.outcomes[0].reason


def test_what_was_backlog_never_comes_back_even_when_it_is_edited(
    store: Store, upstream: Upstream
) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0, first_entries=1))
    edited = rss([item(3), item(2, "Corrected. " * 100), item(1, "Corrected too. " * 100)])
    url = upstream.route("/feed", served(1, 2), Reply(body=edited))
    desk.add(url)
    desk.poll(url)
    polled = desk.poll(url)

    assert verdicts(polled) == [Verdict.NEW, Verdict.UPDATED, Verdict.STALE]
    assert desk.titles() == ["Story number 2", "Story number 3"]


def test_a_new_entry_of_a_known_source_is_shown_however_old(desk: Desk, upstream: Upstream) -> None:
    url = upstream.route("/feed", served(*range(100, 140)), served(1, *range(100, 140)))
    desk.add(url)
    desk.poll(url)
    desk.poll(url)

    assert "Story number 1" in desk.titles()


def test_a_source_is_credited_under_its_own_title(desk: Desk, upstream: Upstream) -> None:
    url = upstream.route("/feed", served(1))
    desk.add(url)
    desk.poll(url)
    [ids] = desk.store.shelf.newest(["all"], 1)
    [story] = desk.store.shelf.articles(ids).values()

    assert (story.article.source, story.article.source_title) == (url, "The Wire")
    assert desk.learnt(url).title == "The Wire"


def test_the_categories_of_a_source_are_added_to_its_entries(
    desk: Desk, upstream: Upstream
) -> None:
    url = upstream.route("/feed", Reply(body=rss([item(1, category="Ferries")])))
    desk.add(url, categories=("Harbour",))
    desk.poll(url)

    assert set(desk.store.shelf.feeds()) == {"all", "ferries", "harbour"}


def test_the_operators_headers_go_to_the_host_they_were_given_for(
    desk: Desk, upstream: Upstream
) -> None:
    elsewhere = upstream.route("/new", served(1)).replace("127.0.0.1", "localhost")
    old = upstream.route("/old", redirect(elsewhere, 301))
    desk.add(old, headers=(("X-Key", "secret"),))
    for _ in range(4):
        desk.poll(old)
        desk.clock.turn(days=1)

    assert desk.learnt(old).address == elsewhere
    assert {seen.get("X-Key") for seen in upstream.seen("/old")} == {"secret"}
    assert {seen.get("X-Key") for seen in upstream.seen("/new")} == {None}


def test_a_poll_that_shares_nothing_with_the_last_one_is_flagged(
    desk: Desk, upstream: Upstream
) -> None:
    url = upstream.route("/feed", served(1, 2, 3), served(7, 8, 9))
    desk.add(url)
    first, second = desk.poll(url), desk.poll(url)

    assert "missed" not in flags(first.poll, desk.clock())
    assert desk.store.sources.flagged("missed") == [url]
    assert second.poll.overlap == 0


def test_a_network_that_is_down_is_held_against_no_source(store: Store) -> None:
    desk = Desk(store)
    urls = [f"http://127.0.0.{number}:9/feed" for number in range(2, 6)]
    desk.add(*(url.replace(":9/", f":{closed_port()}/") for url in urls))
    polled = desk.round()

    assert len(polled) == 4
    assert {one.poll.errors for one in polled} == {0}
    assert {one.poll.due for one in polled} == {NOW + timedelta(minutes=1)}


def test_one_host_that_cannot_be_reached_is_an_error_of_its_own(
    desk: Desk, upstream: Upstream
) -> None:
    dead = [f"http://127.0.0.{number}:{closed_port()}/feed" for number in range(2, 6)]
    desk.add(upstream.route("/feed", served(1)), *dead)
    polled = {one.source: one.poll.errors for one in desk.round()}

    assert {polled[one] for one in dead} == {1}


def closed_port() -> int:
    with Upstream() as gone:
        return gone.port


def test_a_source_that_ends_its_pollers_is_put_off_unread(desk: Desk, upstream: Upstream) -> None:
    url = upstream.route("/feed", served(1))
    desk.add(url)
    for _ in range(3):
        desk.store.sources.claim(1, desk.clock(), lease=60, rest=0)
        desk.store.connection.redis.delete("wireroom:poll:busy:127.0.0.1")
        desk.clock.turn(seconds=60)
    [polled] = desk.round()

    assert upstream.requests == []
    assert "3 polls of it did not come to an end" in polled.poll.problem


def test_what_a_round_has_no_time_for_is_given_back(store: Store) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0, round_seconds=0))
    with Upstream("0.0.0.0") as upstream:
        quick, *slow = (
            upstream.route(f"/{number}", Reply(body=stories(1), delay=delay)).replace(
                "0.0.0.0", f"127.0.0.{number}"
            )
            for number, delay in ((1, 0), (2, 5), (3, 5))
        )
        desk.add(quick, *slow)
        polled = {one.source: one.poll for one in desk.round()}

    assert polled[quick].polled
    assert [polled[one].polled for one in slow] == [None, None]
    assert {one.errors for one in polled.values()} == {0}
    assert {one.deaths for one in desk.store.sources.get([quick, *slow]).values()} == {0}


def test_a_slow_host_costs_the_others_nothing(store: Store) -> None:
    desk = Desk(store, terms=Terms(lease_seconds=60, host_seconds=0, at_once=4))
    with Upstream("0.0.0.0") as upstream:
        waits = Reply(body=stories(1), delay=4)
        urls = [
            upstream.route(f"/{number}", waits if number == 1 else served(number)).replace(
                "0.0.0.0", f"127.0.0.{number}"
            )
            for number in range(1, 31)
        ]
        slow, *quick = urls
        desk.add(*urls)
        order = []
        for polled in desk.poller.round():
            order.append(polled.source)
            if len(order) == 10:  # it becomes due while the slow one is waited for
                late = upstream.route("/late", served(99)).replace("0.0.0.0", "127.0.0.99")
                desk.add(late)

    assert order[-1] == slow
    assert sorted(order) == sorted([*urls, late])
    assert set(order[:-1]) == {*quick, late}


def test_what_killed_its_poller_before_is_polled_beside_nobody(
    desk: Desk, upstream: Upstream
) -> None:
    suspect = upstream.route("/suspect", Reply(body=stories(1), delay=1))
    other = upstream.route("/other", served(2)).replace("127.0.0.1", "127.0.0.2")
    desk.add(suspect)
    for _ in range(2):
        desk.store.sources.claim(1, desk.clock(), lease=60, rest=0)
        desk.store.connection.redis.delete("wireroom:poll:busy:127.0.0.1")
        desk.clock.turn(seconds=60)
    desk.add(other)

    beside = desk.store.sources.claim(9, desk.clock(), lease=60, rest=0, beside=1)

    assert [one.source.id for one in beside] == [other]
    assert [polled.source for polled in desk.round()] == [suspect]


def test_two_pollers_at_once_poll_each_source_once(store: Store) -> None:
    desk = Desk(store, clock=Clock())
    other = Desk(store, clock=desk.clock)
    with Upstream("0.0.0.0") as upstream:
        upstream.route("/feed", served(1, 2))
        urls = [f"{upstream.at(f'127.0.0.{number}')}/feed" for number in range(1, 41)]
        desk.add(*urls)
        first, second = desk.poller.round(), other.poller.round()
        polled = [next(first)]
        polled += [*second, *first]

    assert sorted(one.source for one in polled) == sorted(urls)
    assert len(upstream.requests) == len(urls)


def test_16_a_worker_killed_at_any_point_loses_nothing_and_admits_nothing_twice(
    store: Store, server: Server, tmp_path: Path
) -> None:
    chance = random.Random(7)
    with Upstream("0.0.0.0") as upstream:
        urls = []
        for number in range(120):
            told = (item(f"{number}-{entry}") for entry in range(20))
            path = upstream.route(f"/{number}", Reply(body=rss(told), headers=(RSS,)))
            urls.append(path.replace("0.0.0.0", f"127.0.1.{number}"))
        moment = datetime.now(UTC)
        store.sources.add([(Registration(id=url), moment) for url in urls], moment)
        for _ in range(6):
            before = len(upstream.requests)
            with working(server, tmp_path):
                wait_for(lambda before=before: len(upstream.requests) > before)  # type: ignore[misc]
                time.sleep(chance.uniform(0, 0.15))
        polled_by_then = sum(one.poll.polled is not None for one in store.sources.all())
        with working(server, tmp_path):
            wait_for(lambda: all(one.poll.polled for one in store.sources.all()), 150)
        asked = Counter(seen.path for seen in upstream.requests)

    figures = store.pulse.figures()
    assert polled_by_then < 120
    assert max(asked.values()) > 1
    assert figures["tally"]["http new"] == figures["articles"] == 120 * 20
