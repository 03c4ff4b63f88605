"""A simulated day over 200 sources: the real poller, schedule, line and Valkey; only time is made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pytest

from benchmarks.rhythms import DAY, HOUR, Synthetic, sources
from benchmarks.ways import Log, compare, fixed, plot, table
from benchmarks.week import simulate, valkey

Week = list[tuple[Synthetic, Log]]

LATE = 60  # seconds that a poll may come late: it was due before a skipped hour began


@pytest.fixture(scope="module", name="day")
def _day() -> Iterator[Week]:
    made = sources(200, DAY)
    with valkey() as store:
        logs, _ = simulate(made, DAY, store, admit=True)
        yield [(one, logs[one.url]) for one in made]


def of(day: Week, *rhythms: str) -> Week:
    return [(one, log) for one, log in day if one.rhythm.startswith(rhythms)]


def test_nothing_is_admitted_twice(day: Week) -> None:
    assert sum(log.twice for _, log in day) == 0
    assert sum(len(log.admitted) for _, log in day) > 2_000


def test_nothing_is_lost_of_a_source_whose_window_allows_it(day: Week) -> None:
    steady = of(day, "news wire", "daily", "local", "weekly", "blog", "changes", "asleep")
    losing = {
        (one.number, one.rhythm, one.server): log.lost(one, DAY)
        for one, log in steady
        if log.lost(one, DAY) and not fixed(one, DAY, 600, polite=True).lost(one, DAY)
    }

    assert losing == {}


def test_no_source_is_polled_more_often_than_its_hints_and_the_operator_allow(day: Week) -> None:
    early = [
        one.number
        for one, log in day
        for sooner, later in pairwise(log.times)
        if later - sooner < max(600, one.ttl * 60, one.max_age)
    ]
    asleep = [
        one.number
        for one, log in day
        for moment in log.times[1:]
        if (moment - LATE) % DAY // HOUR in one.skip_hours
        and moment % DAY // HOUR in one.skip_hours
    ]

    assert (early, asleep) == ([], [])


def test_a_host_that_said_429_is_not_asked_before_the_time_it_named(day: Week) -> None:
    refused = [log for one, log in day if one.least]
    turned_away = sum(log.failed for log in refused)

    assert turned_away <= 2 * len(refused)
    assert sum(len(log.times) for log in refused) > 10 * len(refused)


def test_what_is_published_often_is_admitted_within_minutes(day: Week) -> None:
    quick = [
        delay
        for one, log in of(day, "news wire", "daily")
        if not one.outages
        for delay in log.delays
    ]

    assert median(quick) < 15 * 60


def test_what_is_rare_is_admitted_within_hours(day: Week) -> None:
    rare = [
        delay for one, log in of(day, "blog", "local") if not one.outages for delay in log.delays
    ]

    assert max(rare) < 6 * HOUR


def test_it_is_quicker_than_a_fixed_interval_with_as_many_requests(day: Week) -> None:
    logs = {one.url: log for one, log in day}
    ours, *_, as_often = compare([one for one, _ in day], DAY, logs)["All ways"]

    assert as_often.requests == pytest.approx(ours.requests, rel=0.05)
    assert ours.median < as_often.median / 2
    assert ours.ninety < as_often.ninety
    assert ours.failed < as_often.failed


def test_the_tables_and_the_plot_name_every_kind_of_source(day: Week) -> None:
    tables = compare([one for one, _ in day], DAY, {one.url: log for one, log in day})
    told = "\n".join(map(table, tables.values()))

    assert all(one.rhythm in told and one.server in told for one, _ in day)
    assert plot(tables).count("<circle") == 2 * 7
