"""What an answer means and when to come again: pure rules, from examples and from any input."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.read.document import hints_of, is_whole
from feeds.read.fetch import Hop, Response
from feeds.read.freshness import fresh_seconds, retry_after
from feeds.read.politeness import Manners, Seen, flags, judge
from feeds.upstream import Hints, Poll, Sighting

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
DAY = 86_400
URL = "https://wire.example/feed"
MANNERS = Manners()
HOURLY = Poll(address=URL, gaps=(14_400,) * 10, newest=NOW, seen=("a", "b"))


def answer(status: int = 200, **changes: Any) -> Response:
    headers = {name.replace("_", "-"): value for name, value in changes.pop("headers", {}).items()}
    return Response(URL, URL, status=status, headers=headers, **changes)


def seen(*ids: str, new: tuple[datetime, ...] = (), **changes: Any) -> Seen:
    return Seen(ids=ids or ("a", "b"), new=new, digest="d", **changes)


def waits(poll: Poll, response: Response, what: Seen | None = None, **more: Any) -> float:
    """Return the seconds until the next poll."""
    due = judge(poll, response, what, NOW, MANNERS, **more).poll.due
    assert due is not None
    return (due - NOW).total_seconds()


@pytest.mark.parametrize(
    ("gap", "interval"), [(1_600, 1_200), (3_600, 1_800), (14_400, 3_600), (4 * DAY, 17_636)]
)
def test_the_interval_grows_with_the_square_root_of_the_gap(gap: int, interval: int) -> None:
    poll = msgspec.structs.replace(HOURLY, gaps=(gap,) * 10)

    assert waits(poll, answer(304)) == pytest.approx(interval, abs=1)


@pytest.mark.parametrize(
    ("changes", "interval"),
    [({"gaps": (60,) * 5}, 600), ({"gaps": (10**9,) * 5}, DAY)],
)
def test_the_interval_has_bounds(changes: dict[str, Any], interval: int) -> None:
    assert waits(msgspec.structs.replace(HOURLY, **changes), answer(304)) == interval


def test_a_source_that_is_silent_for_longer_than_usual_is_asked_less() -> None:
    silent = msgspec.structs.replace(HOURLY, newest=NOW - timedelta(hours=9))

    assert waits(silent, answer(304)) == 1_800 * 3


def test_a_document_that_can_turn_over_soon_is_fetched_twice_in_that_time() -> None:
    bursts = msgspec.structs.replace(
        HOURLY, gaps=(300,) * 6 + (DAY,) * 14, seen=tuple(map(str, range(12)))
    )

    assert waits(bursts, answer(304)) == 12 * 300 / 2


def test_a_source_of_no_known_rhythm_is_polled_hourly() -> None:
    assert waits(Poll(address=URL), answer(), seen()) == 3_600


def test_gaps_are_counted_between_entries_and_a_burst_is_one() -> None:
    times = tuple(NOW - timedelta(hours=hours) for hours in (9, 6, 3, 3, 3))
    learnt = judge(Poll(address=URL), answer(), seen(new=times), NOW, MANNERS).poll

    assert learnt.gaps == (10_800, 10_800)
    assert learnt.newest == NOW - timedelta(hours=3)


@pytest.mark.parametrize(("days", "interval"), [(40, 6 * 3_600), (100, DAY), (400, 3 * DAY)])
def test_a_source_that_sleeps_is_polled_seldom(days: int, interval: int) -> None:
    asleep = msgspec.structs.replace(HOURLY, newest=NOW - timedelta(days=days))

    assert waits(asleep, answer(304)) == interval


def test_a_document_that_shares_no_entry_with_the_last_one_halves_the_interval() -> None:
    found = judge(HOURLY, answer(), seen("x", "y"), NOW, MANNERS).poll

    assert found.due == NOW + timedelta(seconds=1_800)
    assert flags(found, NOW) == {"missed"}


def test_the_operator_sets_the_least_interval() -> None:
    assert waits(HOURLY, answer(304), least=5_000) == 5_000


def test_10_max_age_is_obeyed() -> None:
    assert waits(HOURLY, answer(304, headers={"cache_control": "public, max-age=9000"})) == 9_000


def test_10_an_absurd_max_age_is_capped_at_a_day() -> None:
    assert waits(HOURLY, answer(304, headers={"cache_control": "max-age=315360000"})) == DAY


def test_time_spent_in_a_cache_is_over() -> None:
    assert fresh_seconds({"cache-control": "max-age=600", "age": "200"}, NOW) == 400


def test_expires_counts_from_the_servers_own_date() -> None:
    wrong = NOW - timedelta(days=3)
    headers = {
        "date": format_datetime(wrong),
        "expires": format_datetime(wrong + timedelta(hours=2)),
    }

    assert fresh_seconds(headers, NOW) == 7_200


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        (b"<rss><channel><ttl>180</ttl><item/></channel></rss>", 10_800),
        (
            b"<rss><sy:updatePeriod> daily </sy:updatePeriod>\n<sy:updateFrequency>2</sy:updateFrequency>",
            43_200,
        ),
    ],
)
def test_11_ttl_and_sy_are_obeyed(body: bytes, wait: int) -> None:
    assert waits(HOURLY, answer(), seen(hints=hints_of(body))) == wait


def test_11_skipped_hours_are_passed_over() -> None:
    body = b"<rss><channel><skipHours><hour>13</hour><hour>14</hour></skipHours></channel></rss>"

    assert waits(HOURLY, answer(), seen(hints=hints_of(body))) == 3 * 3_600


def test_11_skipped_days_are_passed_over() -> None:
    body = b"<rss><channel><skipDays><day>Wednesday</day></skipDays></channel></rss>"

    assert waits(HOURLY, answer(), seen(hints=hints_of(body))) == 12 * 3_600


def test_11_a_source_that_skips_every_hour_is_polled_all_the_same() -> None:
    hints = Hints(skip_hours=tuple(range(24)))

    assert waits(HOURLY, answer(), seen(hints=hints)) == 3_600


def test_what_an_entry_tells_of_a_ttl_is_no_hint() -> None:
    body = (
        b"<rss><channel><item><title>Set &lt;ttl&gt;</title><ttl>900</ttl></item></channel></rss>"
    )

    assert hints_of(body) == Hints()


def test_24_jitter_is_a_tenth_and_never_below_a_hint() -> None:
    hint = {"cache_control": "max-age=3600"}

    assert waits(HOURLY, answer(304), spread=-1) == 3_240
    assert waits(HOURLY, answer(304), spread=1) == pytest.approx(3_960)
    assert waits(HOURLY, answer(304, headers=hint), spread=-1) >= 3_600


def after_errors(poll: Poll, count: int) -> list[float]:
    """Return the hours between *count* failing polls, each at the moment it was due."""
    hours, now = [], NOW
    for _ in range(count):
        poll = judge(poll, answer(500), None, now, MANNERS).poll
        assert poll.due is not None
        hours.append((poll.due - now).total_seconds() / 3_600)
        now = poll.due
    assert "failing" in flags(poll, now)
    return hours


def test_15_each_error_makes_the_interval_longer_by_half_up_to_a_day() -> None:
    hours = after_errors(Poll(address=URL), 12)

    assert hours == pytest.approx([min(24, 1.5**number) for number in range(1, 13)])


def test_15_a_lively_source_is_asked_often_enough_to_lose_nothing() -> None:
    lively = msgspec.structs.replace(
        HOURLY, gaps=(900,) * 9, seen=tuple(map(str, range(20))), succeeded=NOW
    )
    hours = after_errors(lively, 50)

    assert hours[3:6] == [20 * 900 / 2 / 3_600] * 3
    assert max(hours) == 24


def test_15_one_good_answer_ends_the_back_off() -> None:
    failing = judge(msgspec.structs.replace(HOURLY, errors=9), answer(503), None, NOW, MANNERS).poll
    back = judge(failing, answer(304), None, NOW, MANNERS).poll

    assert (back.errors, back.problem, back.due) == (0, "", NOW + timedelta(hours=1))


def test_8_the_pace_that_a_429_taught_is_kept_for_a_day() -> None:
    asked_too_soon = msgspec.structs.replace(HOURLY, succeeded=NOW - timedelta(hours=1))
    told = answer(429, headers={"retry_after": "18000"})
    slower = judge(asked_too_soon, told, None, NOW, MANNERS).poll
    later = msgspec.structs.replace(slower, paced=NOW - timedelta(days=1))

    assert waits(slower, answer(304), spread=-1) >= 6 * 3_600
    assert waits(later, answer(304)) == 3_600


def test_11_an_error_undercuts_no_hint() -> None:
    hints = Hints(wait=5 * 3_600, skip_hours=(18,))
    known = msgspec.structs.replace(HOURLY, hints=hints)

    assert waits(known, answer(500), spread=-1) >= 5 * 3_600
    assert waits(known, answer(500)) == 7.5 * 3_600


@pytest.mark.parametrize("status", [400, 403, 404, 418, 429, 500, 503, 0])
def test_an_error_keeps_what_was_known(status: int) -> None:
    known = msgspec.structs.replace(HOURLY, etag='W/"1"', last_modified="x", digest="d", title="T")
    after = judge(known, answer(status), None, NOW, MANNERS).poll

    for field in ("etag", "last_modified", "digest", "gaps", "newest", "seen", "title"):
        assert getattr(after, field) == getattr(known, field)


def test_7_retry_after_in_seconds_or_as_a_date_is_kept_and_holds_for_the_host() -> None:
    later = format_datetime(NOW + timedelta(hours=5), usegmt=True)
    for value in ("18000", later):
        judged = judge(HOURLY, answer(429, headers={"retry_after": value}), None, NOW, MANNERS)

        assert judged.pause == 18_000
        assert judged.poll.due == NOW + timedelta(hours=5)


def test_8_a_bare_429_pauses_the_host_and_longer_each_time() -> None:
    first = judge(HOURLY, answer(429), None, NOW, MANNERS)
    second = judge(first.poll, answer(429), None, NOW, MANNERS)

    assert 0 < first.pause < second.pause
    assert first.poll.due is not None
    assert first.poll.due >= NOW + timedelta(seconds=first.pause)


def test_9_a_retry_after_of_503_is_kept() -> None:
    assert waits(HOURLY, answer(503, headers={"retry_after": "50000"}), spread=-1) >= 50_000


def test_retry_after_that_nobody_understands_is_none() -> None:
    assert retry_after({"retry-after": "soon"}, NOW) is None


def test_14_a_410_suspends_with_a_reason() -> None:
    ended = judge(HOURLY, answer(410), None, NOW, MANNERS).poll

    assert (ended.due, flags(ended, NOW)) == (None, {"suspended"})
    assert "410" in ended.suspended


def test_404_suspends_only_after_it_lasted_for_days() -> None:
    first = judge(HOURLY, answer(404), None, NOW, MANNERS).poll
    almost = judge(first, answer(404), None, NOW + timedelta(days=13), MANNERS).poll
    ended = judge(almost, answer(404), None, NOW + timedelta(days=14), MANNERS).poll

    assert (first.suspended, almost.suspended) == ("", "")
    assert "2026-03-04" in ended.suspended


def test_404_that_ends_in_between_counts_from_the_start_again() -> None:
    gone = judge(HOURLY, answer(404), None, NOW, MANNERS).poll
    back = judge(gone, answer(304), None, NOW + timedelta(days=1), MANNERS).poll
    again = judge(back, answer(404), None, NOW + timedelta(days=20), MANNERS).poll

    assert again.suspended == ""


def moved(poll: Poll, when: datetime, url: str = "https://new.example/feed", **more: Any) -> Poll:
    hops = more.pop("hops", (Hop(301, url),))
    response = Response(URL, url, status=200, hops=hops)
    return judge(poll, response, more.pop("what", seen()), when, MANNERS).poll


def test_12_a_permanent_redirect_is_believed_after_three_sightings_over_a_day() -> None:
    once = moved(HOURLY, NOW)
    twice = moved(once, NOW + timedelta(hours=12))
    soon = moved(twice, NOW + timedelta(hours=23))
    late = moved(soon, NOW + timedelta(hours=24))

    assert {once.address, twice.address, soon.address} == {URL}
    assert (late.address, late.addresses, late.moved) == ("https://new.example/feed", (URL,), None)


def test_12_two_sightings_a_day_apart_are_not_enough() -> None:
    assert moved(moved(HOURLY, NOW), NOW + timedelta(days=3)).address == URL


def test_12_a_redirect_that_was_gone_in_between_counts_anew() -> None:
    seen_twice = msgspec.structs.replace(
        HOURLY, moved=Sighting("https://new.example/feed", 9, NOW - timedelta(days=9))
    )
    without = judge(seen_twice, answer(304), None, NOW, MANNERS).poll

    assert without.moved is None


def test_13_a_temporary_redirect_is_never_stored() -> None:
    poll = HOURLY
    for day in range(10):
        hops = (Hop(302, "https://new.example/feed"), Hop(301, "https://new.example/feed2"))
        poll = moved(poll, NOW + timedelta(days=day), hops=hops)

    assert (poll.address, poll.moved) == (URL, None)


@pytest.mark.parametrize(
    "url",
    ["https://new.example/login?next=feed", "http://new.example/feed", "https://portal.example/x"],
)
def test_a_login_page_or_a_downgrade_is_never_stored(url: str) -> None:
    poll = HOURLY
    for day in range(5):
        poll = moved(poll, NOW + timedelta(days=day), url)

    assert poll.address == URL


def test_a_redirect_to_another_feed_is_never_stored() -> None:
    poll = HOURLY
    for day in range(5):
        poll = moved(poll, NOW + timedelta(days=day), what=seen(f"x{day}", f"y{day}"))

    assert poll.address == URL


def test_the_validators_of_a_200_replace_the_old_ones_even_by_none() -> None:
    known = msgspec.structs.replace(HOURLY, etag='"1"', last_modified="Tue")
    after = judge(known, answer(headers={"etag": '"2"'}), None, NOW, MANNERS).poll

    assert (after.etag, after.last_modified) == ('"2"', None)


def test_4_a_304_replaces_only_the_validators_that_it_names() -> None:
    known = msgspec.structs.replace(HOURLY, etag='"1"', last_modified="Tue")
    after = judge(known, answer(304, headers={"last_modified": "Wed"}), None, NOW, MANNERS).poll

    assert (after.etag, after.last_modified) == ('"1"', "Wed")


def test_a_source_quieter_than_its_rhythm_is_flagged() -> None:
    silent = judge(HOURLY, answer(304), None, NOW + timedelta(days=2), MANNERS).poll

    assert "quiet" not in flags(silent, NOW + timedelta(hours=23))
    assert "quiet" in flags(silent, NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b"<?xml version='1.0'?><rss><channel></channel></rss>\n<!-- cached -->", True),
        ("<feed></feed>".encode("utf-16"), True),
        (b"<rss><channel><item><title>Cut", False),
        (b'{"version": "https://jsonfeed.org/version/1"}', True),
    ],
)
def test_a_document_is_whole_if_its_end_is_there(body: bytes, whole: bool) -> None:
    assert is_whole(body) is whole


MOMENTS = st.integers(0, 15 * 365 * DAY).map(
    lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)
HEADERS = st.dictionaries(
    st.sampled_from(["cache-control", "expires", "date", "age", "retry-after", "etag"]),
    st.one_of(
        st.text(max_size=30),
        st.integers(0, 10**12).map(lambda seconds: f"max-age={seconds}"),
        st.integers(0, 10**12).map(str),
        MOMENTS.map(lambda moment: format_datetime(moment, usegmt=True)),
    ),
)
POLLS = st.builds(
    Poll,
    address=st.just(URL),
    errors=st.integers(0, 10_000),
    newest=st.none() | MOMENTS,
    gone_since=st.none() | MOMENTS,
    gaps=st.lists(st.integers(0, 10**9), max_size=20).map(tuple),
    seen=st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(tuple),
    overlap=st.none() | st.floats(0, 1),
    moved=st.none() | st.builds(Sighting, url=st.just(URL), count=st.integers(1, 9), since=MOMENTS),
)
SEEN = st.builds(
    Seen,
    ids=st.lists(st.sampled_from("abcd"), max_size=3, unique=True).map(tuple),
    new=st.lists(MOMENTS, max_size=5).map(tuple),
    whole=st.booleans(),
    problem=st.sampled_from(["", "no feed"]),
    hints=st.builds(
        Hints,
        wait=st.integers(0, 10**9),
        skip_hours=st.lists(st.integers(0, 23)).map(tuple),
        skip_days=st.lists(st.integers(0, 6)).map(tuple),
    ),
)


@settings(deadline=None)  # a busy machine is no fault
@given(
    POLLS,
    st.sampled_from([0, 200, 204, 301, 304, 404, 410, 429, 500, 503]),
    HEADERS,
    st.none() | SEEN,
    MOMENTS,
    st.floats(-1, 1),
)
def test_25_whatever_comes_and_wherever_the_clock_jumps_the_next_poll_is_within_bounds(  # noqa: PLR0913, PLR0917
    poll: Poll,
    status: int,
    headers: dict[str, str],
    what: Seen | None,
    now: datetime,
    spread: float,
) -> None:
    response = Response(URL, URL, status=status, headers=headers)
    judged = judge(poll, response, what, now, MANNERS, spread=spread)

    if judged.poll.suspended:
        assert judged.poll.due is None
        assert status in (404, 410)
    else:
        assert judged.poll.due is not None
        wait = (judged.poll.due - now).total_seconds()
        assert MANNERS.min_seconds <= wait <= 7 * DAY * 1.1 + 7 * DAY
        assert wait >= judged.pause
    assert flags(judged.poll, now) <= {"failing", "quiet", "missed", "suspended"}


@settings(deadline=None)
@given(POLLS, st.none() | SEEN, HEADERS, MOMENTS, st.floats(-1, 1), st.integers(0, 9 * DAY))
def test_10_11_whatever_the_rhythm_no_hint_of_a_good_answer_is_undercut(  # noqa: PLR0913, PLR0917
    poll: Poll,
    what: Seen | None,
    headers: dict[str, str],
    now: datetime,
    spread: float,
    least: int,
) -> None:
    what = what and msgspec.structs.replace(what, problem="")
    response = Response(URL, URL, status=200 if what else 304, headers=headers)
    due = judge(poll, response, what, now, MANNERS, least=least, spread=spread).poll.due
    hints = what.hints if what else poll.hints
    hint = max(hints.wait, fresh_seconds(headers, now))

    assert due is not None
    assert due - now >= timedelta(seconds=max(min(hint, DAY), least)) - timedelta(milliseconds=1)
    if len(set(hints.skip_hours)) < 24 and not hints.skip_days:
        assert due.hour not in hints.skip_hours


@settings(deadline=None)
@given(st.integers(60, 10**7), st.integers(60, 10**7), st.floats(0, 10**7))
def test_the_livelier_of_two_sources_is_never_polled_less(
    gap: int, other: int, silence: float
) -> None:
    newest = NOW - timedelta(seconds=silence)
    often, seldom = (
        waits(msgspec.structs.replace(HOURLY, gaps=(one,) * 9, newest=newest), answer(304))
        for one in sorted((gap, other))
    )

    assert often <= seldom
