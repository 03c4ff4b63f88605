"""Which stories a feed holds, in which order, and what feeds are called."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Article, Feed, Precision, Published, Site, Stamp
from feeds.publish.select import (
    NEVER,
    feed_address,
    feed_for_all,
    feed_name,
    feed_named,
    feeds_of,
    last_change,
    order_time,
    window,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SITE = Site(window_hours=48, window_min_items=3, window_max_items=6, window_bytes=1000)


def published(
    hours: float, name: str = "", *, stamp: Stamp | None = None, **changes: Any
) -> Published:
    at = NOON - timedelta(hours=hours)
    article = Article(
        source="drop",
        format="short",
        title="A title",
        published=stamp or Stamp(at),
        categories=changes.pop("categories", ()),
    )
    facts = {"revision": 1, "admitted": at, "changed": at} | changes
    name = name or f"h{hours:06.1f}"
    return Published(id=name, entry_id=f"tag:x,2026:{name}", article=article, **facts)


def ids(items: list[Published]) -> list[str]:
    return [item.id for item in items]


def test_the_newest_story_leads_and_equal_times_go_by_id() -> None:
    items = [published(2, "b"), published(1, "c"), published(2, "a")]

    assert ids(window(items, SITE)) == ["c", "a", "b"]


def test_everything_of_the_last_hours_is_shown() -> None:
    items = [published(hours) for hours in (0, 10, 20, 30, 47.9, 48.1)]

    assert len(window(items, SITE)) == 5


def test_old_stories_fill_up_to_the_minimum() -> None:
    items = [published(hours) for hours in (0, 1000, 2000, 3000)]

    assert len(window(items, SITE)) == 3


def test_no_feed_is_longer_than_the_maximum() -> None:
    items = [published(hours) for hours in range(20)]

    assert ids(window(items, SITE)) == ids(items[:6])


def test_the_oldest_are_cut_when_the_bytes_run_out() -> None:
    items = [published(hours) for hours in range(6)]
    sizes = {item.id: 240 for item in items}

    assert ids(window(items, SITE, sizes)) == ids(items[:4])


def test_down_to_the_minimum_a_feed_may_take_twice_its_bytes() -> None:
    items = [published(hours) for hours in range(6)]
    sizes = {item.id: 600 for item in items}

    assert ids(window(items, SITE, sizes)) == ids(items[:3])


def test_a_small_old_story_does_not_slip_past_one_that_was_cut() -> None:
    items = [published(hours) for hours in range(5)]
    sizes = dict(zip(ids(items), (10, 10, 10, 5000, 10), strict=True))

    assert ids(window(items, SITE, sizes)) == ids(items[:3])


def test_the_newest_story_stays_however_large() -> None:
    item = published(0)

    assert window([item], SITE, {item.id: 10**9}) == [item]


def test_no_stories_make_an_empty_feed() -> None:
    assert window([], SITE) == []


def test_a_withdrawal_stays_two_weeks_though_it_would_have_rotated_out() -> None:
    fresh = [published(hours) for hours in range(8)]
    gone = published(900, withdrawn="killed", changed=NOON - timedelta(days=13))

    assert ids(window([*fresh, gone], SITE))[-1] == gone.id


def test_a_withdrawal_leaves_after_two_weeks_of_news() -> None:
    fresh = [published(hours) for hours in range(8)]
    gone = published(900, withdrawn="killed", changed=NOON - timedelta(days=15))

    assert gone.id not in ids(window([*fresh, gone], SITE))


@pytest.mark.parametrize(
    "stamp",
    [
        Stamp(NOON, Precision.MONTH, "relative"),
        Stamp(NOON, Precision.SECOND, "received"),
    ],
)
def test_a_vague_date_does_not_outrank_a_real_one(stamp: Stamp) -> None:
    vague = published(5, "vague", stamp=stamp)
    real = published(1, "real")

    assert ids(window([vague, real], SITE)) == ["real", "vague"]


def test_an_old_story_that_comes_today_is_shown_in_its_place() -> None:
    fresh = [published(hours) for hours in range(8)]
    old = published(2000, "old", admitted=NOON, changed=NOON)

    assert ids(window([*fresh, old], SITE)) == [*ids(fresh[:5]), "old"]


def test_a_correction_of_a_story_that_had_rotated_out_is_shown_again() -> None:
    fresh = [published(hours) for hours in range(8)]
    corrected = published(100, "corrected", changed=NOON - timedelta(minutes=5), revision=2)

    assert "corrected" in ids(window([*fresh, corrected], SITE))


def test_a_day_is_exact_enough_to_order_by() -> None:
    stamp = Stamp(NOON - timedelta(days=9), Precision.DAY)

    assert order_time(published(0, stamp=stamp)) == stamp.at


@given(
    st.lists(st.tuples(st.floats(0, 500), st.integers(0, 900), st.booleans()), max_size=25),
    st.integers(),
)
def test_a_window_depends_on_its_items_and_not_on_their_order(
    facts: list[tuple[float, int, bool]], seed: int
) -> None:
    items = [
        published(hours, f"n{n}", withdrawn="killed" if gone else None)
        for n, (hours, _, gone) in enumerate(facts)
    ]
    sizes = {f"n{n}": size for n, (_, size, _) in enumerate(facts)}
    shuffled = random.Random(seed).sample(items, len(items))
    shown = window(items, SITE, sizes)

    assert window(shuffled, SITE, sizes) == shown
    assert window(shown, SITE, sizes) == shown
    assert sum(item.withdrawn is None for item in shown) <= SITE.window_max_items


def test_a_feed_changed_when_its_latest_revision_came() -> None:
    corrected = published(30, changed=NOON + timedelta(hours=1))

    assert last_change([published(0), corrected]) == NOON + timedelta(hours=1)


def test_a_feed_without_stories_has_a_fixed_time() -> None:
    assert last_change([]) == NEVER


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("World", "world"),
        ("  Arts & Culture ", "arts-culture"),
        ("Économie", "economie"),
        ("Straße", "strasse"),
        ("Ærø", "ærø"),
        ("Κόσμος", "κόσμος"),
        ("日本 政治", "日本-政治"),
        ("हिन्दी", "हिन्दी"),
        ("AC/DC", "ac-dc"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\0b\nc", "a-b-c"),
        ("All", "category-all"),
        ("all", "category-all"),
        ("★ !", "category-2605-21"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_category_gives_its_feed_a_name(category: str, name: str) -> None:
    assert feed_name(category) == name


@given(st.text(min_size=1, max_size=200))
def test_every_name_is_a_file_name_and_never_that_of_all(category: str) -> None:
    name = feed_name(category)

    assert name != "all"
    assert not set(name) & set("/\\\0. ")
    assert len(name) <= 60
    assert len(f"{name}.json.br".encode(errors="replace")) <= 255


def test_a_hostile_category_is_named_in_no_time() -> None:
    assert feed_name("-" * 200_000 + "a") == "a"


def test_a_story_stands_in_all_and_once_in_each_category() -> None:
    article = published(0, categories=("World", "world", "Arts")).article

    assert [feed.name for feed in feeds_of(article, SITE)] == ["all", "world", "arts"]


def test_category_feeds_can_be_turned_off() -> None:
    article = published(0, categories=("World",)).article

    assert feeds_of(article, Site(category_feeds=False)) == [feed_for_all(Site())]


def test_the_spelling_that_most_stories_use_names_the_feed() -> None:
    items = [
        published(n, categories=(label,)) for n, label in enumerate(["WORLD", "World", "World"])
    ]

    assert feed_named("world", items, SITE) == Feed(
        "world", "Wireroom: World", "The latest stories in World from Wireroom."
    )


def test_a_tie_of_spellings_is_settled_the_same_way_each_time() -> None:
    items = [published(n, categories=(label,)) for n, label in enumerate(["World", "WORLD"])]

    assert feed_named("world", items, SITE) == feed_named("world", items[::-1], SITE)


def test_addresses_are_plain_ascii_below_the_public_url() -> None:
    site = Site(public_url="https://desk.example/news")

    assert feed_address(site, "ærø", ".rss") == "https://desk.example/news/feeds/%C3%A6r%C3%B8.rss"
