"""WebSub, the subscriber: discovery, verification, leases and what is delivered.

The numbers are those of websub.rocks' cases for subscribers. Hub, upstream, web server and store
are real; only the clock is the test's.
"""

from __future__ import annotations

import hmac
import http.client
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import load
from feeds.model import Verdict
from feeds.push import end
from feeds.read.exchange import Response
from feeds.read.websub import intent, offered, signed
from feeds.store import Store
from feeds.store.connection import Connection
from tests.hub import Asked, Hub
from tests.newsroom import LEASE, Newsroom, newsroom
from tests.polled import item, rss, stories, verdicts
from tests.upstream import NOT_FOUND, Reply, Upstream, redirect
from worker import beat

ATOM = "http://www.w3.org/2005/Atom"


@pytest.fixture(name="hub")
def _hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture(name="upstream")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(name="room")
def _room(store: Store, tmp_path: Path) -> Iterator[Newsroom]:
    with newsroom(store, tmp_path) as room:
        yield room


def links(hub: str, topic: str) -> tuple[str, str]:
    """Return the header that names both."""
    return "Link", f'<{hub}>; rel="hub", <{topic}>; rel="self"'


def feed(hub: Hub | str, topic: str, *numbers: int) -> bytes:
    """Return an RSS document of the stories *numbers* that names its hub and itself."""
    address = hub if isinstance(hub, str) else hub.url
    named = (("hub", address), ("self", topic))
    head = "".join(f'<atom:link xmlns:atom="{ATOM}" rel="{rel}" href="{at}"/>' for rel, at in named)
    return rss((item(number) for number in sorted(numbers, reverse=True)), head)


def pushing(upstream: Upstream, hub: Hub, *numbers: int) -> str:
    """Let *upstream* serve a feed that names *hub*; return its address."""
    address = f"{upstream.url}/feed"
    return upstream.route("/feed", Reply(body=feed(hub, address, *numbers)))


# 1xx: discovery


def test_100_hub_and_topic_are_found_in_the_link_headers(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = f"{upstream.url}/feed"
    upstream.route("/feed", Reply(body=stories(1), headers=[links(hub.url, address)]))

    found = room.subscribe(address, hub)

    assert (found.topic, found.hub, found.state(room.clock())) == (address, hub.url, "active")
    assert hub.asked[0].verified == 200


def test_101_hub_and_topic_are_found_in_the_head_of_a_page(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    """A page is no source, but where one is read its links are found."""
    topic = f"{upstream.url}/page"
    page = (
        f'<!DOCTYPE html><html><head><link rel="hub" href="{hub.url}"><link rel=self href="/page">'
        '</head><body><link rel="hub" href="http://127.0.0.1:9/other"></body></html>'
    )
    room.add(topic)
    [one] = room.store.sources.get([topic]).values()

    room.pushes.heard(one, Response(topic, topic, 200, body=page.encode()), None, room.clock())
    room.renew()

    assert hub.wait().topic == topic
    assert room.subscription(topic).hubs == (hub.url,)


def test_102_hub_and_topic_are_found_in_an_atom_feed(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    topic = f"{upstream.url}/feed"
    body = (
        f'<?xml version="1.0"?><feed xmlns="{ATOM}"><title>The Wire</title><id>tag:x,2026:1</id>'
        f'<link rel="self" href="{topic}"/><link href="{hub.url}" rel="hub"/>'
        "<entry><id>tag:x,2026:2</id><title>A story</title><updated>2026-03-01T00:00:00Z</updated>"
        '<link rel="hub" href="http://127.0.0.1:9/entry"/><content>Long text.</content></entry></feed>'
    )
    upstream.route("/feed", Reply(body=body.encode()))

    found = room.subscribe(topic, hub)

    assert (found.topic, found.hubs) == (topic, (hub.url,))


def test_103_hub_and_topic_are_found_in_an_rss_feed(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)

    found = room.subscribe(address, hub)

    assert (found.topic, found.hubs) == (address, (hub.url,))


def test_104_what_the_headers_name_goes_before_what_the_body_names(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address, topic = f"{upstream.url}/feed", f"{upstream.url}/by-header"
    body = feed("http://127.0.0.1:9/by-body", f"{upstream.url}/by-body", 1)
    upstream.route("/feed", Reply(body=body, headers=[links(hub.url, topic)]))

    found = room.subscribe(address, hub)

    assert (found.topic, found.hubs) == (topic, (hub.url,))


def test_a_json_feed_names_its_hubs_and_itself(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    topic = f"{upstream.url}/feed"
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Wire",
        "feed_url": topic,
        "hubs": [
            {"type": "rssCloud", "url": "http://127.0.0.1:9/"},
            {"type": "WebSub", "url": hub.url},
        ],
        "items": [{"id": "1", "title": "A story", "content_text": "A long text."}],
    }
    upstream.route("/feed", Reply(body=msgspec.json.encode(body)))

    assert room.subscribe(topic, hub).hubs == (hub.url,)


def test_a_feed_without_a_hub_is_left_to_polling(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = upstream.route("/feed", Reply(body=stories(1)))
    room.add(address)

    room.poll(address)

    assert (room.renew(), room.state(address), hub.asked) == (0, "none", [])


# 2xx: subscribing


def test_200_the_topic_is_what_the_feed_calls_itself(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address, topic = f"{upstream.url}/fetched", f"{upstream.url}/canonical"
    upstream.route("/fetched", Reply(body=feed(hub, topic, 1)))

    room.subscribe(address, hub)

    assert hub.wait().topic == topic


@pytest.mark.parametrize(("number", "status"), [(201, 302), (202, 301)])
def test_201_202_a_topic_that_redirects_is_subscribed_to_where_it_leads(
    room: Newsroom, upstream: Upstream, hub: Hub, number: int, status: int
) -> None:
    address = upstream.route("/old", redirect("/new", status))
    upstream.route("/new", Reply(body=feed(hub, "/new", number)))

    room.subscribe(address, hub)

    assert hub.wait().topic == f"{upstream.url}/new"
    assert room.state(address) == "active"


@pytest.mark.parametrize(("number", "status"), [(203, 307), (204, 308)])
def test_203_204_a_hub_that_redirects_is_sent_the_same_form_where_it_leads(
    room: Newsroom, upstream: Upstream, hub: Hub, number: int, status: int
) -> None:
    hub.location["/hub"] = (status, "/elsewhere")
    address = pushing(upstream, hub, number)

    found = room.subscribe(address, hub)

    assert (hub.asked[0].path, hub.asked[0].topic) == ("/elsewhere", address)
    assert found.state(room.clock()) == "active"


def test_205_a_verification_for_another_topic_is_not_found(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    hub.verifies = False
    room.subscribe(address, hub)

    status = hub.verify(hub.asked[0], topic="https://other.example/feed")

    assert status == 404
    assert room.state(address) == "pending"


def test_the_form_has_what_the_recommendation_asks_for(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)

    [asked] = hub.asked

    assert set(asked.fields) == {
        "hub.callback",
        "hub.mode",
        "hub.topic",
        "hub.lease_seconds",
        "hub.secret",
    }
    assert asked.callback.startswith(room.callback)
    assert len(asked.callback.removeprefix(room.callback)) >= 43
    assert 32 <= len(asked.secret) < 200


def test_no_two_sources_share_a_callback_or_a_secret(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    for name in ("/one", "/two"):
        address = upstream.route(name, Reply(body=feed(hub, upstream.url + name, 1)))
        room.subscribe(address, hub)

    first, second = hub.asked

    assert first.callback != second.callback
    assert first.secret != second.secret


@pytest.mark.parametrize(
    "changes",
    [{"mode": "unsubscribe"}, {"mode": "publish"}, {"mode": ""}, {"challenge": ""}, {"topic": ""}],
)
def test_what_was_not_asked_is_not_verified(
    room: Newsroom, upstream: Upstream, hub: Hub, changes: dict[str, str]
) -> None:
    hub.verifies = False
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)

    status = hub.verify(hub.asked[0], **changes)

    assert (status, room.state(address), room.counted("refused")) == (404, "pending", 1)


def test_a_token_that_nobody_was_given_is_not_found(room: Newsroom, hub: Hub) -> None:
    guessed = Asked("/", {"hub.callback": f"{room.callback}guessed", "hub.mode": "subscribe"})

    answers = hub.verify(guessed), hub.deliver(guessed, stories(1))

    assert answers == (404, 410)


def test_a_verification_that_is_repeated_is_answered_again(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    """The answer to the first may not have arrived."""
    room.subscribe(pushing(upstream, hub, 1), hub)

    assert hub.verify(hub.asked[0]) == 200


def test_a_hub_may_verify_before_it_answers_the_request(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    """And then answer with an error: what it has verified counts."""
    address = pushing(upstream, hub, 1)
    hub.status, hub.hurries = 500, True

    room.add(address)
    room.poll(address)
    room.renew()
    hub.wait()

    assert room.state(address) == "active"


def test_of_several_hubs_the_next_is_asked_when_one_fails(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = f"{upstream.url}/feed"
    hub.location["/bad"] = (500, "")
    header = "Link", f"<{hub.at}/bad>; rel=hub, <{hub.url}>; rel=hub, <{address}>; rel=self"
    upstream.route("/feed", Reply(body=stories(1), headers=[header]))
    room.add(address)
    room.poll(address)

    room.renew()
    room.renew()

    assert [hub.wait(1).path, hub.wait(2).path] == ["/bad", "/hub"]
    assert (room.state(address), room.subscription(address).hub) == ("active", hub.url)


def test_a_hub_that_refuses_is_reported_without_our_secrets_and_asked_again_later(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.add(address)
    room.poll(address)
    first = room.subscription(address)
    hub.status, hub.reply = 422, f"bad callback {first.token}\n{first.secret}\x00 <b>".encode()

    room.renew()

    found = room.subscription(address)
    assert found.reason == "the hub answers 422: bad callback ... ... <b>"
    assert (found.state(room.clock()), room.renew()) == ("failing", 0)
    room.clock.turn(minutes=11)
    assert room.renew() == 1


def test_a_hub_on_an_inside_address_is_not_asked(room: Newsroom, upstream: Upstream) -> None:
    address = f"{upstream.url}/feed"
    body = feed("http://169.254.169.254/latest/meta-data/", address, 1)
    upstream.route("/feed", Reply(body=body))
    room.add(address)
    room.poll(address)

    room.renew()

    assert "169.254.169.254 is not a public address" in room.subscription(address).reason


def test_a_hub_that_redirects_inside_is_not_followed(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    hub.location["/hub"] = (307, "http://10.0.0.1/hub")
    address = pushing(upstream, hub, 1)
    room.add(address)
    room.poll(address)

    room.renew()

    assert "10.0.0.1 is not a public address" in room.subscription(address).reason


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_form_is_not_sent_on_where_only_a_page_is_said_to_be(
    room: Newsroom, upstream: Upstream, hub: Hub, status: int
) -> None:
    hub.location["/hub"] = (status, "/elsewhere")
    address = pushing(upstream, hub, 1)
    room.add(address)
    room.poll(address)

    room.renew()

    assert hub.asked == []
    assert room.subscription(address).reason == f"the hub answers {status}"


def test_a_connection_that_sent_a_form_asks_for_feeds_as_before(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)

    room.poll(address)

    [first, second] = upstream.seen("/feed")
    assert (second.method, second.get("Content-Type")) == ("GET", None)
    assert second.get("Accept") == first.get("Accept")


def test_a_hub_that_never_verifies_is_asked_again(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    hub.verifies = False
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(minutes=16)

    room.renew()
    room.clock.turn(minutes=11)
    room.renew()

    assert hub.wait(2).topic == address
    assert hub.asked[0].callback != hub.asked[1].callback
    assert "has not come back" in room.subscription(address).reason


# 3xx: deliveries


def test_300_a_delivery_is_taken_and_goes_down_the_line(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)

    status = hub.deliver(hub.asked[0], stories(2))
    [report] = room.read()

    assert 200 <= status < 300
    assert [outcome.verdict for outcome in report.outcomes] == [Verdict.NEW]
    assert room.titles() == ["Story number 1", "Story number 2"]
    assert (room.told, room.counted("delivered"), room.counted("unread")) == (1, 1, 0)


def test_301_a_delivery_with_a_wrong_signature_is_ignored(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)

    status = hub.deliver(hub.asked[0], stories(2), secret="guessed")

    assert 200 <= status < 300
    assert (room.read(), room.counted("forged"), room.titles()) == ([], 1, ["Story number 1"])


def test_302_a_delivery_without_a_signature_is_refused(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)

    status = hub.deliver(hub.asked[0], stories(2), method="")

    assert status == 403
    assert (room.read(), room.counted("unsigned"), room.titles()) == ([], 1, ["Story number 1"])


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_method_of_signing_is_understood(
    room: Newsroom, upstream: Upstream, hub: Hub, method: str
) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)

    hub.deliver(hub.asked[0], stories(2), method)

    assert len(room.read()) == 1


@pytest.mark.parametrize(
    "signature", ["sha256", "sha256=", "md5=" + "0" * 32, "=", "sha256=zz", "sha256=é", "none=0"]
)
def test_a_signature_that_is_none_is_a_wrong_one(
    room: Newsroom, upstream: Upstream, hub: Hub, signature: str
) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)

    hub.deliver(hub.asked[0], stories(2), signature=signature)

    assert (room.read(), room.counted("forged")) == ([], 1)


def test_the_signature_is_that_of_the_bytes_as_they_came(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)
    body = stories(2).replace(b"Story number", "Café nº\r\n".encode("latin-1"))
    body = body.replace(b"<?xml version='1.0'?>", b"<?xml version='1.0' encoding='iso-8859-1'?>")

    hub.deliver(hub.asked[0], body, content_type="application/rss+xml")
    room.read()

    assert "Café nº 2" in room.titles()


def test_a_delivery_that_is_repeated_changes_nothing(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)

    for _ in range(2):
        hub.deliver(hub.asked[0], stories(2))
    first, second = room.read()

    assert (first.outcomes[0].verdict, second.outcomes[0].verdict) == ("new", "unchanged")


def test_what_was_pushed_is_unchanged_when_it_is_polled(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    hub.deliver(hub.asked[0], stories(2))
    room.read()
    pushing(upstream, hub, 1, 2)

    polled = room.poll(address)

    assert verdicts(polled) == [Verdict.UNCHANGED] * 2
    assert polled.poll.overlap == 1
    assert room.state(address) == "active"


def test_what_is_too_large_is_refused_unread(room: Newsroom, upstream: Upstream, hub: Hub) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)
    place = urlsplit(hub.asked[0].callback)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)

    connection.putrequest("POST", place.path)
    connection.putheader("Content-Length", "10000000")
    connection.endheaders()
    answer = connection.getresponse()

    assert (answer.status, answer.getheader("Connection")) == (413, "close")
    assert room.counted("too_large") == 1
    connection.close()


def test_what_turns_out_too_large_is_refused(room: Newsroom, upstream: Upstream, hub: Hub) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)
    place = urlsplit(hub.asked[0].callback)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)

    pieces = (b"k" * 50_001 for _ in range(20))
    connection.request("POST", place.path, body=pieces, encode_chunked=True)

    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"ping", b"<html><body>moved</body></html>", b"<rss"]
)
def test_what_is_no_feed_is_a_hint_to_poll(
    room: Newsroom, upstream: Upstream, hub: Hub, body: bytes
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(hours=1)
    room.poll(address)
    assert room.hours(address) >= 24
    room.clock.turn(minutes=5)
    pushing(upstream, hub, 1, 2)

    hub.deliver(hub.asked[0], body)
    [report] = room.read()
    [polled] = room.round()

    assert report.outcomes == []
    assert verdicts(polled) == [Verdict.NEW, Verdict.UNCHANGED]
    assert (room.state(address), room.hours(address) >= 24) == ("active", True)


def test_hints_do_not_make_us_poll_without_rest(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)

    hub.deliver(hub.asked[0], b"")
    room.read()

    assert room.round() == []
    assert 0 < room.hours(address) <= 1 / 60


def test_a_delivery_that_killed_its_readers_is_a_hint_to_poll(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    hub.deliver(hub.asked[0], stories(2))
    for _ in range(3):
        room.store.subscriptions.pings.take(1, 0)  # and its reader dies

    [report] = room.read()

    assert (report.outcomes, room.counted("unread")) == ([], 0)
    assert room.hours(address) <= 1 / 60


def test_what_a_dead_reader_took_is_read_by_another(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    room.subscribe(pushing(upstream, hub, 1), hub)
    hub.deliver(hub.asked[0], stories(2))
    room.store.subscriptions.pings.take(1, 0)

    room.read()

    assert room.titles() == ["Story number 1", "Story number 2"]


def test_a_hub_is_told_to_come_again_while_too_much_is_unread(
    room: Newsroom, upstream: Upstream, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.store.subscriptions._MOST_PINGS", 1)
    room.subscribe(pushing(upstream, hub, 1), hub)

    answers = [hub.deliver(hub.asked[0], stories(number)) for number in (2, 3)]

    assert answers == [202, 503]


# How often it is polled, and when push ends


def test_28_a_pushed_source_is_polled_once_a_day_at_most(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(hours=2)
    room.poll(address)
    before = len(upstream.seen("/feed"))

    for _ in range(3 * 24):
        room.clock.turn(hours=1)
        room.round()

    assert len(upstream.seen("/feed")) - before in (2, 3)


def test_a_lease_is_renewed_well_before_its_end_at_the_same_callback(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(seconds=LEASE * 0.7)
    assert room.renew() == 0
    room.clock.turn(seconds=LEASE * 0.15)

    room.renew()
    again = hub.wait(2)

    assert (again.callback, again.secret) == (hub.asked[0].callback, hub.asked[0].secret)
    assert room.subscription(address).until == room.clock() + timedelta(seconds=LEASE)


@pytest.mark.parametrize(
    ("lease", "seconds"),
    [(None, LEASE), (3_600, 3_600), (0, LEASE), (1, 60), (10**11, 30 * 86_400)],
)
def test_the_lease_is_what_the_hub_grants_within_reason(
    room: Newsroom, upstream: Upstream, hub: Hub, lease: int | None, seconds: int
) -> None:
    hub.lease = lease

    found = room.subscribe(pushing(upstream, hub, 1), hub)

    assert found.until == room.clock() + timedelta(seconds=seconds)


def test_a_renewal_that_fails_is_tried_again_while_the_hub_pushes_still(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(seconds=LEASE * 0.81)
    hub.status = 503

    room.renew()

    assert room.state(address) == "active"
    assert hub.deliver(hub.asked[0], stories(2)) == 202
    hub.status = 202
    room.clock.turn(minutes=11)
    room.renew()
    hub.wait(3)
    assert room.subscription(address).until == room.clock() + timedelta(seconds=LEASE)


def test_a_source_whose_lease_ended_is_polled_at_once_and_at_its_own_rhythm(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(seconds=LEASE - 600)
    room.poll(address)
    assert room.hours(address) >= 24
    room.clock.turn(seconds=1200)

    room.renew()

    assert (room.state(address), room.hours(address)) == ("pending", 0)
    [polled] = room.round()
    assert (polled.source, room.hours(address) < 24) == (address, True)


def test_a_denial_is_noted_and_the_source_polled_at_its_own_rhythm(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(hours=1)
    room.poll(address)

    status = hub.deny(hub.asked[0], "the topic is closed\x07 to you")
    [polled] = room.round()

    assert (status, room.state(address)) == (200, "denied")
    assert room.subscription(address).reason == "the topic is closed to you"
    assert (polled.source, room.hours(address) < 24, room.renew()) == (address, True, 0)


def test_a_hub_that_denies_at_once_is_left_alone_for_a_week(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    hub.denies = "no"
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(days=6)
    assert room.renew() == 0
    room.clock.turn(days=1, seconds=1)

    room.renew()

    assert hub.wait(2).topic == address


def test_a_poll_that_finds_what_was_not_pushed_brings_the_source_to_its_own_rhythm(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.clock.turn(hours=1)
    pushing(upstream, hub, 1, 2)

    room.poll(address)

    assert (room.state(address), room.hours(address) < 24) == ("unreliable", True)
    room.renew()
    assert hub.wait(2).topic == address


def test_a_hub_that_pushes_again_is_relied_on_again(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    pushing(upstream, hub, 1, 2)
    room.poll(address)
    hub.deliver(hub.asked[0], stories(3))

    room.read()
    room.poll(address)

    assert (room.state(address), room.hours(address) >= 24) == ("active", True)


def test_a_source_that_is_paused_or_removed_is_unsubscribed_from(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    room.store.sources.remove([address])
    end(room.store, [address], room.clock())

    room.renew()
    asked = hub.wait(1, "unsubscribe")

    assert (asked.topic, asked.callback, asked.verified) == (address, hub.asked[0].callback, 200)
    assert hub.deliver(asked, stories(2), secret=hub.asked[0].secret) == 410
    room.clock.turn(days=1, seconds=1)
    room.renew()
    assert room.store.subscriptions.with_token(room.callback) is None
    assert hub.verify(asked) == 404


def test_a_source_that_was_suspended_is_unsubscribed_from(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    upstream.route("/feed", Reply(410))
    room.poll(address)
    room.clock.turn(seconds=LEASE * 0.9)

    room.renew()
    room.renew()

    assert hub.wait(1, "unsubscribe").topic == address


def test_a_feed_that_names_another_hub_is_subscribed_to_there(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    upstream.route("/feed", Reply(body=feed(f"{hub.at}/other", address, 1)))

    room.poll(address)
    room.renew()

    assert hub.wait(2).path == "/other"
    assert hub.wait(1, "unsubscribe").path == "/hub"
    assert room.subscription(address).hubs == (f"{hub.at}/other",)


def test_a_hub_that_is_not_reached_in_time_is_asked_next_time(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    """Also to end one: that does not bring it back."""
    addresses = [upstream.url + name for name in ("/one", "/two", "/three")]
    for address in addresses:
        upstream.route(urlsplit(address).path, Reply(body=feed(hub, address, 1)))
        room.subscribe(address, hub)
    end(room.store, addresses, room.clock())

    rounds = [room.pushes.renew(room.client, room.clock(), 0) for _ in range(3)]

    assert rounds == [1, 1, 1]
    assert hub.wait(3, "unsubscribe")
    assert room.store.subscriptions.of(addresses) == {}


def test_a_feed_that_names_no_hub_any_more_is_polled_at_its_own_rhythm(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    upstream.route("/feed", Reply(body=stories(1)))

    room.poll(address)

    assert (room.state(address), room.hours(address) < 24) == ("none", True)


def test_a_poll_that_fails_ends_no_subscription(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    upstream.route("/feed", NOT_FOUND)

    room.poll(address)

    assert room.state(address) == "active"


# What is kept, and what is told


def test_of_two_changes_from_one_state_the_second_is_not_made(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    found = room.subscribe(pushing(upstream, hub, 1), hub)
    changed = msgspec.structs.replace(found, revision=found.revision + 1, reason="first")
    late = msgspec.structs.replace(found, revision=found.revision + 1, reason="second")

    done = [room.store.subscriptions.swap(found, one, room.clock()) for one in (changed, late)]

    assert done == [True, False]
    assert room.subscription(found.source).reason == "first"


def test_each_due_subscription_is_claimed_by_one(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.add(address)
    room.poll(address)

    claims = [room.store.subscriptions.claim(10, room.clock(), 60) for _ in range(2)]

    assert [len(claim) for claim in claims] == [1, 0]


def test_a_push_that_a_poll_outran_does_not_undo_it(
    room: Newsroom, upstream: Upstream, hub: Hub
) -> None:
    address = pushing(upstream, hub, 1)
    room.subscribe(address, hub)
    before = room.store.sources.get([address])[address]
    room.clock.turn(hours=1)
    room.poll(address)

    done = room.store.sources.learn(before, before.poll, room.clock())

    assert not done
    assert room.learnt(address).polled == room.clock()


def test_a_hub_is_told_to_come_again_while_the_store_is_away(tmp_path: Path, hub: Hub) -> None:
    away = Store(
        Connection(f"unix://{tmp_path}/none.sock"), article_days=1, identity_days=1, outcome_days=1
    )
    with newsroom(away, tmp_path) as room:
        asked = Asked("/", {"hub.callback": f"{room.callback}token", "hub.mode": "subscribe"})

        answers = hub.verify(asked), hub.deliver(asked, stories(1))

    assert answers == (503, 503)


def test_no_secret_is_logged(
    room: Newsroom, upstream: Upstream, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    found = room.subscribe(pushing(upstream, hub, 1), hub)
    hub.deliver(hub.asked[0], stories(2))
    hub.deliver(hub.asked[0], stories(3), secret="guessed")
    hub.deliver(hub.asked[0], stories(3), method="")
    room.read()

    assert found.token not in caplog.text
    assert found.secret not in caplog.text


@pytest.mark.parametrize(
    ("public_url", "callbacks", "expected"),
    [
        ("https://n.example/news/", "https", "https://n.example/news/websub/"),
        ("http://n.example", "https", ""),
        ("", "https", ""),
        ("http://n.example", "http", "http://n.example/websub/"),
        ("https://n.example", "http", "https://n.example/websub/"),
        ("https://n.example", "off", ""),
    ],
)
def test_hubs_are_asked_only_where_they_may_reach_us(
    public_url: str, callbacks: str, expected: str
) -> None:
    told = {"WIREROOM_PUBLIC_URL": public_url, "WIREROOM_PUSH_CALLBACKS": callbacks}

    settings = load(environ=told)

    assert settings.callback == expected
    assert ("renew_pushes" in beat.schedule(settings)) == bool(expected)


# Foreign bytes

_LINKS = st.lists(
    st.sampled_from(
        [
            '<link rel="hub" href="http://h.example/">',
            '<atom:link rel="self" href="/feed"/>',
            "<link rel=hub href=x>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<item>",
            "</item>",
            "<rss>",
            "<html><head>",
            "<body>",
            '{"hubs":[{"type":"WebSub","url":"x"}]}',
            "<link " + "a=" * 50,
        ]
    )
    | st.text(max_size=20),
    max_size=30,
)


@given(_LINKS.map("".join) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_whatever_a_document_says_an_offer_is_addresses_of_the_web(text: str) -> None:
    header = {"link": text[:100]}
    found = offered(Response("s", "http://f.example/feed", 200, header, text.encode()))

    for address in (found.topic, *found.hubs) if found else ():
        assert address.startswith(("http://", "https://"))
        assert len(address) <= 2_000


@given(st.binary(max_size=200), st.text(max_size=60))
def test_whatever_a_hub_sends_nothing_is_raised(query: bytes, signature: str) -> None:
    said = intent(query)

    assert said.lease_seconds is None or said.lease_seconds >= 0
    assert said.reason.isprintable()
    assert not signed(signature, "secret", query)


@given(st.sampled_from(["sha1", "sha256", "sha384", "sha512"]), st.binary(), st.text(min_size=1))
def test_only_the_body_that_was_signed_has_the_signature(
    method: str, body: bytes, secret: str
) -> None:
    secret = secret.encode("utf-8", "replace").decode()
    digest = hmac.new(secret.encode(), body, method).hexdigest()

    assert signed(f"{method}={digest.upper()}", secret, body)
    assert not signed(f"{method}={digest}", secret, body + b"\n")
    assert not signed(f"{method}={digest[:-1]}", secret, body)


@pytest.mark.parametrize(
    ("header", "hubs"),
    [
        ('<http://h/a>; rel="hub self"', ["http://h/a"]),
        ('<http://h/a>; title="x, <y>; rel=hub"; REL=Hub', ["http://h/a"]),
        ('<http://h/a>;rel=hub,<http://h/b>;rel="hub"', ["http://h/a", "http://h/b"]),
        ('<http://h/a>; rel="hubs"', []),
        ('<http://h/a>; rel=hub; anchor="/other"', []),
        ("<javascript:alert(1)>; rel=hub", []),
        ('<http://h/a,b>; rel="hub"', ["http://h/a,b"]),
        ('<http://h/a>; rel="' * 500, []),
    ],
)
def test_a_link_header_is_read_as_rfc_8288_has_it(header: str, hubs: list[str]) -> None:
    found = offered(Response("s", "http://f.example/feed", 200, {"link": header}))

    assert list(found.hubs if found else ()) == hubs


@pytest.mark.parametrize(
    "text", ["<!--" * 200_000, "<link " * 200_000, "<link rel=hub " * 100_000, "<item>" * 200_000]
)
def test_a_hostile_document_is_looked_through_in_no_time(text: str) -> None:
    begun = time.process_time()

    offered(
        Response("s", "http://f.example/feed", 200, {"link": text}, b"<rss>hub" + text.encode())
    )

    assert time.process_time() - begun < 5
