"""WebSub, the hub and the publisher: who may subscribe, how it is verified, what is delivered.

The numbers are those of websub.rocks' cases for hubs. Subscribers, web server and store are real;
only the clock is the test's.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import load
from feeds.errors import SettingsError, StoreUnavailable
from feeds.hub import Refused
from feeds.read.exchange import Response
from feeds.read.websub import offered
from feeds.store import Store
from feeds.store.connection import Connection
from tests.hub import Hub as ForeignHub
from tests.hub import fetched
from tests.published import TYPES, House, Newsroom, moved_in
from tests.subscriber import TOPIC, Delivery, Subscriber
from worker import beat


@pytest.fixture(name="house", scope="module")
def _house() -> Iterator[House]:
    with House().open() as house:
        yield house


@pytest.fixture(name="room")
def _room(house: House, store: Store, tmp_path: Path) -> Newsroom:
    room = moved_in(house, store, tmp_path / "public")
    room.distribute()
    return room


@pytest.fixture(name="subscriber")
def _subscriber() -> Iterator[Subscriber]:
    with Subscriber() as subscriber:
        yield subscriber


def subscribe(
    room: Newsroom, subscriber: Subscriber, topic: str = TOPIC, path: str = "/callback", **said: str
) -> None:
    """Subscribe, and have it verified."""
    status, why = subscriber.ask(room.address, room.url + topic, path, **said)
    assert status == 202, why
    assert room.verify() == 1


def delivered(room: Newsroom, subscriber: Subscriber, number: int) -> list[Delivery]:
    """Publish story *number*; return what that brings, which says what the readers of it see."""
    before = len(subscriber.deliveries)
    room.publish(number)
    room.distribute()
    return subscriber.deliveries[before:]


def check_whole(room: Newsroom, delivery: Delivery, topic: str) -> None:
    """Check a delivery as websub.rocks does: bytes, type and links are those of the topic."""
    with urllib.request.urlopen(room.url + topic, timeout=30) as answer:
        body, kind = answer.read(), answer.headers["Content-Type"]
    assert delivery.body == body
    assert delivery.header("content-type") == kind
    links = offered(Response("x", "http://x.example/", 200, {"link": delivery.header("link")}))
    assert links is not None
    assert (links.topic, links.hubs) == (room.url + topic, (room.address,))


# 1xx: the hub


def test_100_a_subscriber_gets_the_document_and_no_signature(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber)
    [(path, asked)] = subscriber.questions
    [delivery] = delivered(room, subscriber, 2)

    check_whole(room, delivery, TOPIC)
    assert delivery.header("x-hub-signature") == ""
    assert path == "/callback"
    assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", room.url + TOPIC)
    assert (asked["hub.lease_seconds"], len(asked["hub.challenge"]) > 30) == ("864000", True)
    assert b"Story number 2" in delivery.body


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_101_with_a_secret_the_delivery_is_signed(
    room: Newsroom, subscriber: Subscriber, method: str
) -> None:
    room.terms = msgspec.structs.replace(room.terms, signature=method)
    subscribe(room, subscriber, secret="täglich frisch")
    [delivery] = delivered(room, subscriber, 2)

    assert delivery.is_signed("täglich frisch", method)
    check_whole(room, delivery, TOPIC)


def test_102_parameters_that_nobody_knows_are_ignored(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber, foo="bar", verify="sync", verify_token="x")

    assert len(delivered(room, subscriber, 2)) == 1


def test_103_who_subscribes_again_has_one_subscription(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber, secret="first")
    subscribe(room, subscriber, secret="second")
    [delivery] = delivered(room, subscriber, 2)

    assert delivery.is_signed("second")
    assert room.figure("subscribers") == 1


def test_104_who_unsubscribes_gets_nothing_any_more(room: Newsroom, subscriber: Subscriber) -> None:
    subscribe(room, subscriber)
    subscribe(room, subscriber, path="/other")
    subscribe(room, subscriber, mode="unsubscribe")

    assert subscriber.questions[-1][1]["hub.mode"] == "unsubscribe"
    assert [one.path for one in delivered(room, subscriber, 2)] == ["/other"]


def test_105_a_topic_of_plain_text_is_delivered_as_it_is(
    room: Newsroom, subscriber: Subscriber
) -> None:
    """No feed of ours is text; the hub serves any document that stands beside the feeds."""
    room.types = {**TYPES, "txt": "text/plain; charset=utf-8"}
    text = room.public / "feeds" / "all.txt"
    text.write_bytes(b"Yesterday's news\n")
    subscribe(room, subscriber, "/feeds/all.txt")
    text.write_bytes(b"Today's news\n")
    [delivery] = delivered(room, subscriber, 2)

    check_whole(room, delivery, "/feeds/all.txt")
    assert delivery.body == b"Today's news\n"


@pytest.mark.parametrize("topic", ["/feeds/all.json", "/feeds/world.json", "/feeds/all.rss"])
def test_106_a_topic_in_json_or_rss_is_delivered_as_it_is(
    room: Newsroom, subscriber: Subscriber, topic: str
) -> None:
    subscribe(room, subscriber, topic)
    [delivery] = delivered(room, subscriber, 2)

    check_whole(room, delivery, topic)


# the publisher: discovery


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_hub_and_topic_are_found_in_the_link_headers_of_every_feed(
    room: Newsroom, suffix: str
) -> None:
    with urllib.request.urlopen(f"{room.url}/feeds/all.{suffix}", timeout=30) as answer:
        header, expected = answer.headers["Link"], f"{room.url}/feeds/all.{suffix}"
    found = offered(Response("x", expected, 200, {"link": header}))

    assert found is not None
    assert (found.topic, found.hubs) == (expected, (room.address,))


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_hub_and_topic_are_found_in_the_document_itself(room: Newsroom, suffix: str) -> None:
    expected = f"{room.url}/feeds/world.{suffix}"
    body = (room.public / "feeds" / f"world.{suffix}").read_bytes()
    found = offered(Response("x", "http://elsewhere.example/", 200, body=body))

    assert found is not None
    assert (found.topic, found.hubs) == (expected, (room.address,))


def test_the_hub_that_was_found_takes_the_topic_that_was_found(
    room: Newsroom, subscriber: Subscriber
) -> None:
    body = (room.public / "feeds" / "all.rss").read_bytes()
    found = offered(Response("x", "http://elsewhere.example/", 200, body=body))
    assert found is not None

    assert subscriber.ask(found.hubs[0], found.topic)[0] == 202
    assert room.told == 1
    assert room.verify() == 1
    assert len(delivered(room, subscriber, 2)) == 1


def test_foreign_hubs_are_pinged_of_each_document_that_changed(room: Newsroom) -> None:
    with ForeignHub() as foreign:
        room.foreign, foreign.verifies = (foreign.url,), False
        room.publish(2)
        tally = room.distribute()
        room.press.publish(room.clock(), ["all"])
        again = room.distribute()

    names = {f"{room.url}/feeds/{name}.{kind}" for name in ("all", "world") for kind in TYPES}
    assert {(one.mode, one.url, one.topic) for one in foreign.asked} == {
        ("publish", name, name) for name in names
    }
    assert (tally, again) == ({"delivered": len(names)}, {})


def test_a_foreign_hub_that_fails_is_pinged_again_later_and_once(room: Newsroom) -> None:
    with ForeignHub() as foreign:
        room.foreign, foreign.status, foreign.verifies = (foreign.url,), 500, False
        room.publish(2)
        failed = room.distribute()
        at_once = room.distribute()
        room.publish(3)
        foreign.status = 202
        room.clock.turn(seconds=60)
        later = room.distribute()

    assert (failed, at_once, later) == ({"failed": 6}, {}, {"delivered": 6})


# what is refused


@pytest.mark.parametrize(
    ("said", "status", "word"),
    [
        ({"mode": "publish"}, 400, "hub.mode"),
        ({"mode": ""}, 400, "hub.mode"),
        ({"callback": ""}, 400, "hub.callback"),
        ({"callback": "ftp://files.example/"}, 400, "hub.callback"),
        ({"callback": "http://user:pass@files.example/"}, 400, "credentials"),
        ({"callback": "http://files.example:25/"}, 400, "port 25"),
        ({"callback": "http://files.example/#here"}, 400, "fragment"),
        ({"callback": "http://files.example/" + "x" * 2_000}, 400, "too long"),
        ({"callback": "http://10.0.0.1/"}, 400, "not a public address"),
        ({"callback": "http://169.254.169.254/latest/"}, 400, "not a public address"),
        ({"callback": "http://[::1]/"}, 400, "not a public address"),
        ({"secret": "s" * 201}, 400, "hub.secret"),
        ({"secret": "ä" * 101}, 400, "hub.secret"),
        ({"lease_seconds": "-1"}, 400, "hub.lease_seconds"),
        ({"lease_seconds": "soon"}, 400, "hub.lease_seconds"),
        ({"topic": "http://other.example/feeds/all.atom"}, 404, "hub.topic"),
        ({"topic": "/feeds/all.atom"}, 404, "hub.topic"),
    ],
)
def test_a_request_that_cannot_be_taken_is_told_why(
    room: Newsroom, subscriber: Subscriber, said: dict[str, str], status: int, word: str
) -> None:
    found, why = subscriber.ask(room.address, said.pop("topic", room.url + TOPIC), **said)

    assert found == status
    assert word in why
    assert (room.told, room.verify()) == (0, 0)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/feeds/",
        "/feeds/none.rss",
        "/feeds/all.rss?x=1",
        "/feeds/all.rss.gz",
        "/feeds/%61ll.rss",
        "/feeds/../feeds/all.rss",
        "/feeds/..%2Ffeeds%2Fall.rss",
        "/feeds/all.rss%00",
        "/feeds/.rss",
        "/robots.txt",
    ],
)
def test_only_the_feeds_under_their_own_addresses_are_topics(room: Newsroom, path: str) -> None:
    assert room.topics.path(room.url + path) is None


def test_a_feed_in_any_script_is_a_topic(room: Newsroom) -> None:
    (room.public / "feeds" / "日本.rss").write_bytes(b"<rss/>")

    assert room.topics.path(f"{room.url}/feeds/%E6%97%A5%E6%9C%AC.rss") is not None
    assert room.topics.versions("日本").keys() == {"/feeds/%E6%97%A5%E6%9C%AC.rss"}


def test_what_is_no_form_or_too_large_is_not_read(room: Newsroom) -> None:
    json = {"Content-Type": "application/json"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert fetched(urllib.request.Request(room.address, b"{}", json))[0] == 415
    assert fetched(urllib.request.Request(room.address, b"x" * 20_000, form))[0] == 413
    assert fetched(urllib.request.Request(room.address))[0] == 405


FIELDS = ("mode", "topic", "callback", "secret", "lease_seconds")
FORMS = st.fixed_dictionaries(
    {},
    optional={
        f"hub.{name}": st.text()
        | st.sampled_from(["subscribe", "unsubscribe", "http://a.example/"])
        for name in FIELDS
    },
).map(lambda fields: urlencode(fields, errors="replace").encode())


@given(body=st.binary() | st.text().map(str.encode) | FORMS)
def test_any_body_is_refused_or_worth_keeping(body: bytes) -> None:
    nowhere = Store(Connection("unix:///nowhere"), article_days=1, identity_days=1, outcome_days=1)
    room = Newsroom(nowhere, Path("/nowhere"), "http://127.0.0.1:1")

    try:
        assert isinstance(room.ask(body, None), Refused)
    except StoreUnavailable:
        assert b"unsubscribe" in body


# verification


@pytest.mark.parametrize("echo", ["", "something else"])
def test_who_does_not_confirm_is_not_subscribed(
    room: Newsroom, subscriber: Subscriber, echo: str
) -> None:
    subscriber.echo = echo
    subscribe(room, subscriber)

    assert (room.figure("subscribers"), room.figure("refused")) == (0, 1)
    assert delivered(room, subscriber, 2) == []


def test_a_renewal_that_is_not_confirmed_leaves_what_was_agreed(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber, secret="first")
    subscriber.echo = "no"
    subscribe(room, subscriber, secret="guessed")
    subscribe(room, subscriber, mode="unsubscribe")
    [delivery] = delivered(room, subscriber, 2)

    assert delivery.is_signed("first")


def test_no_redirect_is_followed(room: Newsroom, subscriber: Subscriber) -> None:
    with Subscriber() as other:
        subscriber.redirect = f"{other.url}/callback"
        subscribe(room, subscriber)

    assert (other.questions, room.figure("subscribers")) == ([], 0)


def test_what_a_callback_asks_for_in_its_own_address_stays(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber, path="/callback?id=7&x=%20")
    [(_, asked)] = subscriber.questions
    [delivery] = delivered(room, subscriber, 2)

    assert (asked["id"], asked["x"], asked["hub.mode"]) == ("7", " ", "subscribe")
    assert delivery.path == "/callback?id=7&x=%20"


def test_each_question_has_a_challenge_of_its_own(room: Newsroom, subscriber: Subscriber) -> None:
    for _ in range(3):
        subscribe(room, subscriber)

    assert len({said["hub.challenge"] for _, said in subscriber.questions}) == 3


@pytest.mark.parametrize(
    ("asked", "granted"),
    [("", 864_000), ("1", 3_600), ("7200", 7_200), ("9" * 30, 2_592_000), ("0", 864_000)],
)
def test_a_lease_has_bounds(
    room: Newsroom, subscriber: Subscriber, asked: str, granted: int
) -> None:
    subscribe(room, subscriber, lease_seconds=asked)

    assert subscriber.questions[0][1]["hub.lease_seconds"] == str(granted)


def test_a_name_that_leads_inside_is_not_asked(room: Newsroom, subscriber: Subscriber) -> None:
    """What the name says is judged at the door, where it leads when the socket connects."""
    room.allowed = ()
    callback = subscriber.url.replace("127.0.0.1", "localhost")
    assert subscriber.ask(room.address, room.url + TOPIC, callback=callback)[0] == 202
    room.verify()

    assert (subscriber.questions, room.figure("refused")) == ([], 1)


def test_a_host_is_asked_at_its_own_pace_however_many_have_it_asked(
    room: Newsroom, subscriber: Subscriber
) -> None:
    room.terms = msgspec.structs.replace(room.terms, verify_seconds=20.0)
    answers = [
        subscriber.ask(room.address, room.url + TOPIC, f"/{number}")[0] for number in range(6)
    ]
    asked = [room.verify()]
    for _ in range(3):
        room.clock.turn(seconds=20)
        asked.append(room.verify())

    assert answers == [202, 202, 202, 202, 429, 429]
    assert asked == [1, 1, 1, 1]


def test_who_is_turned_away_is_told_when_to_come_again(
    room: Newsroom, subscriber: Subscriber
) -> None:
    room.terms = msgspec.structs.replace(room.terms, verify_seconds=100.0)
    subscriber.ask(room.address, room.url + TOPIC, "/1")
    refused = room.ask(
        f"hub.mode=subscribe&hub.callback={subscriber.url}/2&hub.topic={room.url}{TOPIC}".encode(),
        None,
    )

    assert isinstance(refused, Refused)
    assert (refused.status, 40 <= refused.seconds <= 61) == (429, True)


def test_a_request_that_is_repeated_while_it_waits_is_one_question(
    room: Newsroom, subscriber: Subscriber
) -> None:
    for secret in ("first", "second"):
        subscriber.ask(room.address, room.url + TOPIC, secret=secret)
    asked = room.verify()
    [delivery] = delivered(room, subscriber, 2)

    assert (asked, len(subscriber.questions)) == (1, 1)
    assert delivery.is_signed("second")


def test_a_request_that_comes_while_another_is_verified_is_verified_too(
    room: Newsroom, subscriber: Subscriber
) -> None:
    audience, now = room.store.audience, room.clock
    subscriber.ask(room.address, room.url + TOPIC, secret="first")
    [(item, asked)] = audience.take(10, 60, now())
    subscriber.ask(room.address, room.url + TOPIC, secret="second")
    audience.verified(item, asked, "refused", now())
    verified = room.verify()
    [delivery] = delivered(room, subscriber, 2)

    assert verified == 1
    assert delivery.is_signed("second")


@pytest.mark.parametrize(
    ("bound", "second"),
    [
        ("topic_subscribers", (TOPIC, "/other")),
        ("host_subscriptions", ("/feeds/all.rss", "/other")),
        ("callback_topics", ("/feeds/all.rss", "/callback")),
    ],
)
def test_beyond_a_bound_a_subscription_is_denied(
    room: Newsroom, subscriber: Subscriber, bound: str, second: tuple[str, str]
) -> None:
    room.terms = msgspec.structs.replace(room.terms, **{bound: 1})
    subscribe(room, subscriber)
    subscribe(room, subscriber)  # a renewal is not one more
    subscriber.ask(room.address, room.url + second[0], second[1])
    room.verify()

    assert room.figure("subscribers") == 1
    mode, topic, reason = (
        subscriber.questions[-1][1][f"hub.{name}"] for name in ("mode", "topic", "reason")
    )
    assert (mode, topic) == ("denied", room.url + second[0])
    assert "too many" in reason


# deliveries


def test_a_lease_that_has_ended_is_not_delivered_to(room: Newsroom, subscriber: Subscriber) -> None:
    subscribe(room, subscriber, lease_seconds="3600")
    room.clock.turn(seconds=3_601)

    assert delivered(room, subscriber, 2) == []
    assert room.store.audience.expire(room.clock()) == 1
    left = [key for key in room.store.connection.redis.keys("*hub:*") if b":at:" in key]
    assert left == []


def test_who_renews_in_time_is_delivered_to(room: Newsroom, subscriber: Subscriber) -> None:
    subscribe(room, subscriber, lease_seconds="3600")
    room.clock.turn(seconds=3_000)
    subscribe(room, subscriber, lease_seconds="3600")
    room.clock.turn(seconds=3_000)

    assert len(delivered(room, subscriber, 2)) == 1


def test_what_did_not_change_is_not_delivered(room: Newsroom, subscriber: Subscriber) -> None:
    subscribe(room, subscriber)
    subscribe(room, subscriber, "/feeds/world.rss", path="/other")
    room.press.publish(room.clock(), ["all", "world"])

    assert room.distribute() == {}


def test_a_pass_that_was_killed_before_it_told_is_told_by_the_next(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber)
    room.publish(2)
    room.store.connection.redis.delete("wireroom:hub:changed")  # it did not come so far
    room.store.shelf.mark(["all"])
    room.press.publish(room.clock())
    room.distribute()

    assert len(subscriber.deliveries) == 1


def test_a_burst_is_delivered_at_once_and_then_as_one(
    room: Newsroom, subscriber: Subscriber
) -> None:
    room.terms = msgspec.structs.replace(room.terms, every_seconds=10.0)
    subscribe(room, subscriber)
    room.clock.turn(seconds=20)
    counts = [len(delivered(room, subscriber, number)) for number in range(2, 7)]
    room.clock.turn(seconds=10)
    room.distribute()

    assert counts == [1, 0, 0, 0, 0]
    assert [b"Story number 6" in one.body for one in subscriber.deliveries] == [False, True]


def test_who_says_gone_is_not_subscribed_any_more(room: Newsroom, subscriber: Subscriber) -> None:
    subscribe(room, subscriber)
    subscriber.status["/callback"] = 410

    assert len(delivered(room, subscriber, 2)) == 1
    assert (delivered(room, subscriber, 3), room.figure("subscribers")) == ([], 0)


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_who_fails_is_tried_again_and_gets_the_latest_once(
    room: Newsroom, subscriber: Subscriber, status: int
) -> None:
    subscribe(room, subscriber)
    subscriber.status["/callback"] = status
    delivered(room, subscriber, 2)
    early = delivered(room, subscriber, 3)
    subscriber.status.clear()
    room.clock.turn(seconds=30)
    tally = room.distribute()

    assert (early, tally, room.distribute()) == ([], {"delivered": 1}, {})
    assert b"Story number 3" in subscriber.deliveries[-1].body
    assert len(subscriber.deliveries) == 2


def test_who_asks_for_time_is_given_it(room: Newsroom, subscriber: Subscriber) -> None:
    subscribe(room, subscriber)
    subscriber.status["/callback"], subscriber.headers["Retry-After"] = 503, "1000"
    delivered(room, subscriber, 2)
    room.clock.turn(seconds=990)
    before = room.distribute()
    room.clock.turn(seconds=20)

    assert (before, room.distribute()) == ({}, {"failed": 1})


def test_who_fails_is_tried_more_and_more_seldom_and_then_given_up(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber)
    subscriber.status["/callback"] = 500
    delivered(room, subscriber, 2)
    minutes = []
    for minute in range(30 * 60):
        room.clock.turn(minutes=1)
        if minute % 5 == 0 and room.distribute():
            minutes.append(minute)

    gaps = [late - early for early, late in pairwise(minutes)]
    assert 23 * 60 <= minutes[-1] <= 24 * 60
    assert 20 <= len(minutes) <= 45
    assert max(gaps) <= 65
    assert (room.figure("given_up"), room.figure("subscribers")) == (1, 1)
    subscriber.status.clear()
    assert len(delivered(room, subscriber, 3)) == 1


def test_a_change_while_a_delivery_is_under_way_is_delivered_after_it(
    room: Newsroom, subscriber: Subscriber
) -> None:
    subscribe(room, subscriber)
    room.publish(2)
    path, audience = "/feeds/all.atom", room.store.audience
    audience.announce(room.topics.versions("all"), (), 0, room.clock())
    [owed] = audience.claim(10, 10, 60, {}, room.clock())
    first = room.topics.read(path)
    assert first is not None
    room.publish(3)
    room.distribute()
    audience.settle([(owed.item, first.version, "delivered", 0)], 3_600, room.clock())

    assert room.distribute() == {"delivered": 1}
    assert b"Story number 3" in subscriber.deliveries[-1].body


def test_many_subscribers_of_one_host_are_not_asked_all_at_once(
    room: Newsroom, subscriber: Subscriber
) -> None:
    room.terms = msgspec.structs.replace(room.terms, host_at_once=2)
    for number in range(80):
        subscriber.ask(room.address, room.url + TOPIC, f"/{number}")
    room.clock.turn(seconds=1)
    room.verify()
    subscriber.seconds = 0.01
    paths = [one.path for one in delivered(room, subscriber, 2)]

    assert sorted(paths) == sorted(f"/{number}" for number in range(80))
    assert subscriber.most_at_once == 2


def test_a_host_that_is_silent_holds_nobody_up(room: Newsroom, subscriber: Subscriber) -> None:
    room.terms = msgspec.structs.replace(room.terms, host_at_once=2)
    with Subscriber("127.0.0.2") as silent:
        for one in (silent, subscriber):
            for number in range(70):
                one.ask(room.address, room.url + TOPIC, f"/{number}")
        room.clock.turn(seconds=1)
        room.verify()
        silent.seconds = 3.0
        room.limits = msgspec.structs.replace(room.limits, seconds=1.0)
        room.publish(2)
        tally = room.distribute(1.0, 1.0)

    assert len(subscriber.deliveries) == 70
    assert tally["delivered"] == 70
    assert 2 <= tally["failed"] < 10
    assert room.figure("owed") == 70


def test_what_is_cut_short_is_due_again(room: Newsroom, subscriber: Subscriber) -> None:
    """Time is over before a host of one delivery at a time had all of its own."""
    room.terms = msgspec.structs.replace(room.terms, host_at_once=1)
    for number in range(12):
        subscriber.ask(room.address, room.url + TOPIC, f"/{number}")
    room.clock.turn(seconds=1)
    room.verify()
    subscriber.seconds = 0.1
    room.publish(2)
    first = room.distribute(0.1, 0.3)
    room.clock.turn(seconds=1)
    second = room.distribute()

    assert 0 < first["delivered"] < 12
    assert set(second) == {"delivered"}
    assert {one.path for one in subscriber.deliveries} == {f"/{number}" for number in range(12)}


# settings


@pytest.mark.parametrize(
    ("url", "enabled", "expected"),
    [
        ("https://gazette.example/", "https", "https://gazette.example/hub"),
        ("http://gazette.example", "https", ""),
        ("http://gazette.example", "always", "http://gazette.example/hub"),
        ("https://gazette.example", "off", ""),
    ],
)
def test_the_hub_is_on_where_strangers_cannot_read_along(
    url: str, enabled: str, expected: str
) -> None:
    settings = load(environ={"WIREROOM_PUBLIC_URL": url, "WIREROOM_HUB_ENABLED": enabled})

    assert settings.own_hub == expected
    assert settings.published_site.hubs == ((expected,) if expected else ())
    assert ("hub_verify" in beat.schedule(settings)) is bool(expected)


def test_foreign_hubs_stand_behind_our_own() -> None:
    told = {
        "WIREROOM_PUBLIC_URL": "https://a.example",
        "WIREROOM_PUBLISH_HUBS": "https://b.example/",
    }
    settings = load(environ=told)

    assert settings.hubs == ("https://a.example/hub", "https://b.example/")
    assert "hub_distribute" in beat.schedule(settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lease_seconds", "0"),
        ("seconds", "0"),
        ("allowed_networks", "here"),
        ("enabled", "perhaps"),
        ("signature", "md5"),
    ],
)
def test_a_setting_of_the_hub_that_cannot_be_stops_the_start(key: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ={f"WIREROOM_HUB_{key.upper()}": value})

    assert caught.value.key.startswith("hub.")
