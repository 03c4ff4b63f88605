"""Names outlive articles: the table that holds them grows, forgets, and loses none before its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.dedupe.identity import named_in
from feeds.model import Article, Verdict
from feeds.store import Store
from tests.factories import NOW, arrival, article
from worker.valkey import Server

TODAY = int(time.time() // 86_400)
PUT_AND_GET = """
local prefix, now = 'table-test:', '0'
%s
local t = table_named('names')
for at = 2, #ARGV, 2 do put(t, ARGV[at], ARGV[at + 1]) end
local sweeps = tonumber(ARGV[1])
while t.fresh < sweeps * SWEEP_EVERY do t.fresh = t.fresh + SWEEP_EVERY end
close(t, function(value) return value ~= 'old' and value or nil end)
local found = {}
for at = 2, #ARGV, 2 do found[#found + 1] = get(t, ARGV[at]) or '' end
return {t.entries, t.buckets, found}
"""


def articles(count: int) -> list[Article]:
    """Return articles that have nothing in common."""
    return [
        article(
            upstream_id=f"id-{number}",
            link=f"https://wire.example/{number}",
            title=f"Headline {number}",
            content_html=f"<p>The text of {number}.</p>",
        )
        for number in range(count)
    ]


def admit(store: Store, some: list[Article]) -> list[Verdict]:
    return [one.verdict for one in store.admission.admit([arrival(one) for one in some], NOW)]


def kept_for(store: Store, days: int) -> Store:
    return Store(store.connection, article_days=90, identity_days=days, outcome_days=7)


def last_days(client: Any) -> set[int]:
    """Return after how many days the names are forgotten."""
    buckets = client.scan_iter("wireroom:names:*")
    values = [value for bucket in buckets for value in client.hgetall(bucket).values()]
    return {int.from_bytes(value[:2], "big") - TODAY for value in values}


def test_every_name_is_found_however_many_there_are(store: Store) -> None:
    some = articles(1_000)
    admit(store, some)

    found = [
        [store.shelf.find(identity.key) for identity in named.identities]
        for named in named_in(some[::50], "")
    ]

    assert all(None not in ids and len(set(ids)) == 1 for ids in found)
    assert len({ids[0] for ids in found}) == 20
    assert admit(store, some[::-1]) == [Verdict.UNCHANGED] * 1_000


def test_what_was_purged_is_known_by_its_names(store: Store) -> None:
    some = articles(3)
    ids = [one.id for one in store.admission.admit([arrival(one) for one in some], NOW)]
    store.shelf.forget([one for one in ids if one], NOW.replace(year=NOW.year + 1), NOW)

    assert store.shelf.articles([one for one in ids if one]) == {}
    assert admit(store, some) == [Verdict.STALE] * 3


def test_a_name_is_kept_for_as_long_as_the_longest_asked(store: Store) -> None:
    lasting: list[set[int]] = []
    for days in (10, 20, 5):
        admit(kept_for(store, days), articles(1))
        lasting.append(last_days(store.connection.redis))

    assert lasting == [{10}, {20}, {20}]


def test_a_name_whose_time_is_over_is_nobodys_and_leaves(store: Store) -> None:
    some = articles(500)
    admit(kept_for(store, -1), some)

    entries = store.connection.redis.hget("wireroom:names", "entries")

    assert all(store.shelf.find(one.key) is None for one in named_in(some[-1:], "")[0].identities)
    assert int(str(entries, "ascii")) < 1_000  # of 1,500 names, the last ones are not swept yet


@pytest.fixture(scope="session", name="client")
def _client(server: Server) -> Iterator[Any]:
    with redis.Redis.from_url(server.url) as client:
        yield client


_FIELD = st.binary(min_size=4, max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    entries=st.dictionaries(_FIELD, st.sampled_from([b"new", b"old", b""]), max_size=400),
    filler=st.integers(0, 600),
    sweeps=st.integers(0, 20),
)
def test_a_table_holds_what_was_put_into_it_and_lets_go_only_of_what_is_old(
    client: Any, entries: dict[bytes, bytes], filler: int, sweeps: int
) -> None:
    client.delete(*client.keys("table-test:*"), "table-test:names")
    entries |= {number.to_bytes(4, "little"): b"new" for number in range(filler)}
    source = resources.files("feeds.store").joinpath("table.lua").read_text("utf-8")
    values = [part for pair in entries.items() for part in pair]

    count, buckets, found = client.eval(PUT_AND_GET % source, 0, sweeps, *values)

    gone = [value for value, kept in zip(entries.values(), found, strict=True) if value != kept]
    assert count == len(entries) - len(gone)
    assert set(gone) <= {b"old"}
    assert 32 * (buckets - 1) <= len(entries)
    assert len(gone) == list(entries.values()).count(b"old") or sweeps < buckets
