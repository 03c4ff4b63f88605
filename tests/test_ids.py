"""The id of an entry: ours, or its source's where the operator wants it and nobody is overwritten."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.dedupe.identity import named_in
from feeds.model import Rules, Site
from feeds.pipeline import Line
from feeds.publish.ids import entry_id
from feeds.store import Store
from tests.factories import NOW, article, document

OWN, UPSTREAM = (
    Site(tag_authority="desk.example", id_policy=policy) for policy in ("own", "upstream")
)
MINTED = re.compile(r"tag:desk\.example,2026:[0-9a-z]+\Z")


def given_id(site: Site, upstream_id: str | None, **changes: Any) -> str:
    [named] = named_in([article(upstream_id=upstream_id, **changes)], "test.xml")
    return entry_id(named, site, NOW)


@pytest.mark.parametrize("given_by_source", ["https://wire.example/1", "tag:wire.example,2020:1"])
def test_by_default_every_entry_has_an_id_of_our_own(given_by_source: str) -> None:
    assert MINTED.match(given_id(OWN, given_by_source))


@pytest.mark.parametrize(
    "upstream_id",
    ["https://wire.example/1", "http://www.wire.example/?p=1", "tag:wire.example,2020-01:story/1"],
)
def test_a_feed_may_keep_the_ids_on_its_own_host(upstream_id: str) -> None:
    assert given_id(UPSTREAM, upstream_id) == upstream_id


@pytest.mark.parametrize(
    "upstream_id",
    [
        None,
        "",
        "17",
        "https://other.example/1",
        "https://wire.example.evil.example/1",
        "tag:other.example,2020:1",
        "urn:newsml:other.example:1",
        "https://wire.example/with space",
        "https://wire.example/" + "x" * 500,
        "https://[",
        "javascript:alert(1)",
    ],
)
def test_a_feed_cannot_name_its_entries_as_another_s(upstream_id: str | None) -> None:
    told = given_id(UPSTREAM, upstream_id, link="https://other.example/1")

    assert MINTED.match(told)


def test_what_is_dropped_keeps_the_id_that_its_agency_gave() -> None:
    agency = "urn:newsml:agency.example:20260304:1"

    assert given_id(UPSTREAM, agency, source="drop") == agency


def test_an_id_that_was_given_outlives_a_change_of_policy(store: Store) -> None:
    text = '{"id": "urn:newsml:a.example:1", "title": "Gates", "body": "The gates close %s."}'
    ids = []
    for site, day in ((OWN, "on Sunday"), (UPSTREAM, "on Monday")):
        [report] = Line(store, Rules(), site).ingest([document(text % day)], NOW)
        [outcome] = report.outcomes
        ids.append(store.shelf.articles([outcome.id or ""])[outcome.id or ""].entry_id)

    assert ids[0] == ids[1]
    assert MINTED.match(ids[0])


@example("\ud800", "\udfff")
@given(
    st.text(st.characters(codec=None), max_size=60), st.text(st.characters(codec=None), max_size=30)
)
def test_no_id_or_source_is_too_odd(upstream_id: str, host: str) -> None:
    told = given_id(UPSTREAM, upstream_id, source=f"https://{host}/feed")

    assert MINTED.match(told) or told == upstream_id
