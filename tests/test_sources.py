"""The registry and the schedule: who polls what when, however many ask at once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from feeds.store import Store
from feeds.store.connection import Connection
from feeds.store.sources import Settled
from feeds.upstream import Poll, Registered, Upstream
from tests.factories import NOW


def register(store: Store, *ids: str, due: datetime = NOW) -> list[bool]:
    return store.sources.add([(Upstream(id=one), due) for one in ids], NOW)


def claim(store: Store, now: datetime = NOW, most: int = 100, **more: Any) -> list[str]:
    found = store.sources.claim(most, now, lease=60, rest=2, **more)
    return [one.source.id for one in found]


def url(host: int, path: str = "feed") -> str:
    return f"https://host{host}.example/{path}"


def settle(store: Store, one: str, due: datetime | None, now: datetime = NOW, **more: Any) -> None:
    known = store.sources.get([one])[one]
    poll = msgspec.structs.replace(known.poll, due=due, **more.pop("learnt", {}))
    store.sources.settle([Settled(known, poll, **more)], now, rest=2)


def test_a_source_is_registered_once(store: Store) -> None:
    assert register(store, url(1), url(2)) == [True, True]
    assert register(store, url(1), url(3)) == [False, True]


def test_what_was_registered_is_read_as_it_was_said(store: Store) -> None:
    source = Upstream(
        id=url(1), title="T", interval=900, headers=(("X-Key", "1"),), categories=("World",)
    )
    store.sources.add([(source, NOW)], NOW)

    assert store.sources.get([url(1)])[url(1)] == Registered(
        source, Poll(address=url(1), title="T", due=NOW)
    )


def test_every_source_is_listed(store: Store) -> None:
    ids = [url(number) for number in range(1_200)]
    register(store, *ids)

    assert {one.source.id for one in store.sources.all()} == set(ids)


def test_a_source_is_found_under_the_address_that_it_moved_to(store: Store) -> None:
    register(store, url(1))
    settle(store, url(1), NOW, learnt={"address": url(9)})

    assert [store.sources.find(asked) for asked in (url(1), url(9), url(2))] == [
        url(1),
        url(1),
        None,
    ]


def test_what_is_due_is_claimed_once(store: Store) -> None:
    register(store, url(1), url(2))
    register(store, url(3), due=NOW + timedelta(seconds=1))

    assert sorted(claim(store)) == [url(1), url(2)]
    assert claim(store) == []


def test_any_number_of_pollers_at_once_claim_each_source_once(store: Store) -> None:
    ids = [url(number) for number in range(300)]
    register(store, *ids)
    claimed: list[str] = []

    def poller() -> None:
        mine = Store(
            Connection(store.connection.url), article_days=1, identity_days=1, outcome_days=1
        )
        while found := claim(mine, most=7):
            claimed.extend(found)
        mine.connection.close()

    threads = [threading.Thread(target=poller) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(ids)


def test_what_a_dead_poller_claimed_is_due_again_when_its_lease_ends(store: Store) -> None:
    register(store, url(1))
    claim(store)
    store.connection.redis.delete("wireroom:poll:busy:host1.example")  # it expires by itself

    assert claim(store, NOW + timedelta(seconds=59)) == []
    assert claim(store, NOW + timedelta(seconds=60)) == [url(1)]


def test_a_settled_source_is_claimed_at_its_next_moment_and_not_before(store: Store) -> None:
    register(store, url(1))
    claim(store)
    settle(store, url(1), NOW + timedelta(hours=1))
    store.connection.redis.delete("wireroom:poll:busy:host1.example")

    assert claim(store, NOW + timedelta(minutes=59)) == []
    assert claim(store, NOW + timedelta(minutes=60)) == [url(1)]


def test_17_of_the_sources_of_one_host_one_is_claimed_at_a_time(store: Store) -> None:
    ids = [url(1, f"feed{number}") for number in range(500)]
    register(store, *ids, url(2))

    assert len(claim(store)) == 2
    assert claim(store, NOW + timedelta(seconds=30)) == []


def test_17_five_hundred_sources_of_one_host_each_get_their_turn_two_seconds_apart(
    store: Store,
) -> None:
    ids = [url(1, f"feed{number}") for number in range(500)]
    register(store, *ids)
    polled: list[str] = []
    moment = NOW
    for _ in range(1_500):
        for one in claim(store, moment):
            polled.append(one)
            settle(store, one, moment + timedelta(days=1), moment)
        # The rest is kept by Redis' own clock; this one goes faster.
        store.connection.redis.delete("wireroom:poll:busy:host1.example")
        moment += timedelta(seconds=2)
        if len(polled) == 500:
            break

    assert sorted(polled) == sorted(ids)


def test_a_host_rests_after_a_poll(store: Store) -> None:
    register(store, url(1, "a"))
    claim(store)
    settle(store, url(1, "a"), NOW + timedelta(hours=1))

    remaining = store.connection.redis.pttl("wireroom:poll:busy:host1.example")
    assert 1_000 < int(str(remaining)) <= 2_000


def test_a_host_that_asked_for_a_pause_is_not_asked_for_another_source(store: Store) -> None:
    register(store, url(1, "a"), url(1, "b"))
    [first] = claim(store)
    [second] = {url(1, "a"), url(1, "b")} - {first}
    settle(store, first, NOW + timedelta(hours=2), pause=3_600)

    assert claim(store, NOW + timedelta(seconds=10)) == []
    assert store.sources.next_due([second])[second] / 1000 >= NOW.timestamp() + 3_600


def test_many_sources_of_a_busy_host_do_not_hide_those_of_others(store: Store) -> None:
    register(store, *(url(1, f"feed{number}") for number in range(1_000)))
    register(store, url(2), due=NOW)
    found = []
    for second in range(20):
        found += claim(store, NOW + timedelta(seconds=second / 10), most=10)

    assert url(2) in found


def test_a_paused_source_is_not_claimed_until_it_is_resumed(store: Store) -> None:
    register(store, url(1))
    known = store.sources.get([url(1)])[url(1)]
    store.sources.change(msgspec.structs.replace(known.source, paused=True), NOW)
    paused = claim(store)
    store.sources.resume(store.sources.get([url(1)])[url(1)], NOW)

    assert (paused, claim(store)) == ([], [url(1)])


def test_a_source_that_is_paused_while_it_is_polled_stays_paused(store: Store) -> None:
    register(store, url(1))
    [claimed] = store.sources.claim(1, NOW, lease=60, rest=2)
    store.sources.change(msgspec.structs.replace(claimed.source, paused=True), NOW)
    due = msgspec.structs.replace(claimed.poll, due=NOW)
    store.sources.settle([Settled(claimed, due)], NOW, rest=2)

    assert store.sources.next_due([url(1)]) == {}
    assert store.sources.figures(NOW)["paused"] == 1


def test_a_source_that_is_removed_while_it_is_polled_stays_removed(store: Store) -> None:
    register(store, url(1))
    [claimed] = store.sources.claim(1, NOW, lease=60, rest=2)
    store.sources.remove([url(1)])
    store.sources.settle([Settled(claimed, claimed.poll)], NOW, rest=2)

    assert store.sources.get([url(1)]) == {}
    assert store.sources.figures(NOW)["registered"] == 0


def test_a_suspended_source_is_not_due_and_its_flag_is_told(store: Store) -> None:
    register(store, url(1), url(2))
    claim(store)
    settle(store, url(1), None, flags=["suspended", "failing"])
    figures = store.sources.figures(NOW)

    assert (figures["suspended"], figures["failing"], figures["paused"]) == (1, 1, 0)
    assert store.sources.flagged("suspended") == [url(1)]
    assert store.sources.next_due([url(1)]) == {}


def test_a_flag_that_holds_no_more_goes(store: Store) -> None:
    register(store, url(1))
    settle(store, url(1), NOW, flags=["missed"])
    settle(store, url(1), NOW)

    assert store.sources.flagged("missed") == []


def test_resuming_takes_a_suspension_back(store: Store) -> None:
    register(store, url(1))
    settle(store, url(1), None, flags=["suspended"], learnt={"suspended": "gone", "errors": 7})
    store.sources.resume(store.sources.get([url(1)])[url(1)], NOW)

    poll = store.sources.get([url(1)])[url(1)].poll
    assert (poll.suspended, poll.errors, store.sources.flagged("suspended")) == ("", 0, [])
    assert store.sources.next_due([url(1)]) == {url(1): NOW.timestamp() * 1000}


def test_25_a_clock_that_is_set_back_takes_the_schedule_with_it(store: Store) -> None:
    ahead = NOW + timedelta(days=400)
    register(store, url(1), url(2), due=NOW)
    claim(store, ahead)
    for one in (url(1), url(2)):
        settle(store, one, ahead + timedelta(hours=1), ahead)
    store.connection.redis.delete(
        "wireroom:poll:busy:host1.example", "wireroom:poll:busy:host2.example"
    )

    assert claim(store, NOW) == []
    assert claim(store, NOW + timedelta(minutes=59)) == []
    assert sorted(claim(store, NOW + timedelta(minutes=60))) == [url(1), url(2)]


def test_25_two_machines_whose_clocks_differ_a_little_move_no_schedule(store: Store) -> None:
    register(store, url(1), due=NOW + timedelta(hours=5))
    for _ in range(20):
        claim(store, NOW)
        claim(store, NOW + timedelta(minutes=10))

    due = NOW + timedelta(hours=5)
    assert store.sources.next_due([url(1)]) == {url(1): due.timestamp() * 1000}


def test_a_source_that_killed_two_pollers_is_polled_alone(store: Store) -> None:
    ids = [url(number) for number in range(5)]
    register(store, *ids)
    moment = NOW
    for _ in range(2):  # nobody settles: both pollers died
        claim(store, moment)
        moment += timedelta(seconds=60)
        for number in range(5):
            store.connection.redis.delete(f"wireroom:poll:busy:host{number}.example")

    [suspect] = store.sources.claim(100, moment, lease=60, rest=2)

    assert suspect.deaths == 2


def test_a_poll_that_comes_to_its_end_clears_a_source_of_suspicion(store: Store) -> None:
    register(store, url(1))
    claim(store)
    settle(store, url(1), NOW)
    store.connection.redis.delete("wireroom:poll:busy:host1.example")
    [found] = store.sources.claim(1, NOW, lease=60, rest=2)

    assert found.deaths == 0


def test_hurrying_makes_due_what_is_scheduled_and_nothing_else(store: Store) -> None:
    register(store, url(1), due=NOW + timedelta(days=1))
    register(store, url(2), due=NOW + timedelta(days=1))
    settle(store, url(2), None)
    store.sources.hurry([url(1), url(2)], NOW)

    assert claim(store, only=[url(1), url(2)]) == [url(1)]


def test_only_what_is_asked_for_is_claimed(store: Store) -> None:
    register(store, url(1), url(2))

    assert claim(store, only=[url(2)]) == [url(2)]


def test_hosts_that_cannot_be_reached_are_counted_until_one_answers(store: Store) -> None:
    counts = [store.sources.unreachable({host}) for host in ("a", "b", "a", "c")]
    store.sources.reached()

    assert counts == [(0, 1), (1, 2), (2, 2), (2, 3)]
    assert store.sources.unreachable({"a"}) == (0, 1)


@pytest.mark.parametrize("turns", [1, 2])
def test_as_many_tasks_poll_at_a_time_as_there_are_turns(store: Store, turns: int) -> None:
    taken = [store.sources.claim_turn(turns, 60) for _ in range(3)]
    store.sources.end_turn(0)

    assert [turn for turn in taken if turn is not None] == list(range(turns))
    assert store.sources.claim_turn(turns, 60) == 0
