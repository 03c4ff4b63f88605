import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Document, Entry, Precision, Rules, Source, Stamp
from feeds.normalise.dates import Calendar, calendar, published, stamp, updated
from feeds.normalise.zones import place

SECOND, MINUTE, DAY, MONTH = Precision.SECOND, Precision.MINUTE, Precision.DAY, Precision.MONTH
NEW_YORK = place("America/New_York")
PAGE = Stamp(datetime(2025, 11, 9, 12, tzinfo=UTC), DAY, "page")
FILE = Stamp(datetime(2025, 11, 9, 18, 30, 20, tzinfo=UTC), SECOND, "file")
RECEIVED = datetime(2026, 11, 20, 8, tzinfo=UTC)


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


def read(value: str | datetime | None, **changes: Any) -> Stamp | None:
    return stamp(value, Calendar(**({"base": PAGE} | changes)))


@pytest.mark.parametrize(
    ("written", "moment", "precision"),
    [
        ("2026-11-21T10:15:00Z", at(2026, 11, 21, 10, 15), SECOND),
        ("2026-11-21t10:15:00z", at(2026, 11, 21, 10, 15), SECOND),
        ("2026-11-21T10:15:00.123456789+05:30", at(2026, 11, 21, 4, 45), SECOND),
        ("2026-11-21 10:15:00 +0100", at(2026, 11, 21, 9, 15), SECOND),
        ("2026-11-21 10:15:00 UTC", at(2026, 11, 21, 10, 15), SECOND),
        ("2026-11-21T10:15", at(2026, 11, 21, 10, 15), MINUTE),
        ("2026-06-30T23:59:60Z", at(2026, 6, 30, 23, 59, 59), SECOND),
        ("20261121T101500-0500", at(2026, 11, 21, 15, 15), SECOND),
        ("20261121T101500Z", at(2026, 11, 21, 10, 15), SECOND),
        ("20261121101500", at(2026, 11, 21, 10, 15), SECOND),
        ("202611211015", at(2026, 11, 21, 10, 15), MINUTE),
        ("20261121", at(2026, 11, 21, 12), DAY),
        ("2026-11-21", at(2026, 11, 21, 12), DAY),
        ("2026-11", at(2026, 11, 1, 12), MONTH),
        ("2003", at(2003, 7, 1, 12), MONTH),
        ("1763000000", at(2025, 11, 13, 2, 13, 20), SECOND),
        ("1763000000000", at(2025, 11, 13, 2, 13, 20), SECOND),
        ("Sun, 09 Nov 2025 16:15:00 GMT", at(2025, 11, 9, 16, 15), SECOND),
        ("Sun, 9 Nov 25 16:15 EST", at(2025, 11, 9, 21, 15), MINUTE),
        ("Sunday, 09-Nov-25 16:15:00 GMT", at(2025, 11, 9, 16, 15), SECOND),
        ("9 Nov 2025 16:15:00 +0200 (EET)", at(2025, 11, 9, 14, 15), SECOND),
        ("09 Sept 2025 16:15:00 Z", at(2025, 9, 9, 16, 15), SECOND),
        ("Mon, 09 Nov 2025 16:15:00 GMT", at(2025, 11, 9, 16, 15), SECOND),
        ("Sun Nov  9 16:15:20 2025", at(2025, 11, 9, 16, 15, 20), SECOND),
    ],
)
def test_machine_dates_are_read(written: str, moment: datetime, precision: Precision) -> None:
    assert read(written) == Stamp(moment, precision, "declared")


@pytest.mark.parametrize(
    ("written", "moment", "precision"),
    [
        ("Nov. 9, 2025, 4:15 p.m. ET", at(2025, 11, 9, 21, 15), MINUTE),
        ("July 9, 2025, 4:15 p.m. ET", at(2025, 7, 9, 20, 15), MINUTE),
        ("November 9, 2025 at 4 pm PST", at(2025, 11, 10, 0), MINUTE),
        ("Nov 9, 2025 12:15 a.m. GMT", at(2025, 11, 9, 0, 15), MINUTE),
        ("4:15 PM EST, Sun November 9, 2025", at(2025, 11, 9, 21, 15), MINUTE),
        ("Sunday, November 9, 2025", at(2025, 11, 9, 12), DAY),
        ("Thursday, November 19, 2026 Vol. 5 No. 112", at(2026, 11, 19, 12), DAY),
        ("Published 9 Nov 2025 16:15 GMT", at(2025, 11, 9, 16, 15), MINUTE),
        ("9th of November, 2025", at(2025, 11, 9, 12), DAY),
        ("9. November 2025, 16.15 Uhr MEZ", at(2025, 11, 9, 15, 15), MINUTE),
        ("Stand: 9. Nov. 2025 16 Uhr", at(2025, 11, 9, 16), MINUTE),
        ("dimanche 9 novembre 2025 à 16h15", at(2025, 11, 9, 16, 15), MINUTE),
        ("1er août 2025", at(2025, 8, 1, 12), DAY),
        ("9 de noviembre de 2025", at(2025, 11, 9, 12), DAY),
        ("12 ago 2025", at(2025, 8, 12, 12), DAY),
        ("9 listopada 2025", at(2025, 11, 9, 12), DAY),
        ("9 KASIM 2025", at(2025, 11, 9, 12), DAY),
        ("9 ноября 2025 г., 16:15 МСК", at(2025, 11, 9, 13, 15), MINUTE),
        ("2025年11月9日 16時15分", at(2025, 11, 9, 16, 15), MINUTE),
        ("2025年11月9日 下午4点15分", at(2025, 11, 9, 16, 15), MINUTE),
        ("2025년 11월 9일 오후 4시 15분", at(2025, 11, 9, 16, 15), MINUTE),
        ("٩ نوفمبر ٢٠٢٥", at(2025, 11, 9, 12), DAY),
        ("9 تشرين الثاني 2025", at(2025, 11, 9, 12), DAY),
        ("9.11.2025", at(2025, 11, 9, 12), DAY),
        ("2025/11/09 16:15", at(2025, 11, 9, 16, 15), MINUTE),
        ("November 2025", at(2025, 11, 1, 12), MONTH),
        ("LONDON, Nov 7 (Reuters) -", at(2025, 11, 7, 12), DAY),
        ("Dec. 21", at(2024, 12, 21, 12), DAY),
    ],
)
def test_newspaper_dates_are_read(written: str, moment: datetime, precision: Precision) -> None:
    assert read(written) == Stamp(moment, precision, "declared")


def test_a_language_that_we_do_not_know_is_guessed() -> None:
    assert read("9 नवंबर 2025") == Stamp(at(2025, 11, 9, 12), DAY)


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("2 months ago", (2025, 9, 9), MONTH),
        ("World 2 months ago", (2025, 9, 9), MONTH),
        ("a year ago", (2024, 11, 9), MONTH),
        ("2 weeks ago", (2025, 10, 26), DAY),
        ("2 days ago", (2025, 11, 7), DAY),
        ("Published: 2 days ago", (2025, 11, 7), DAY),
        ("a couple of days ago", (2025, 11, 7), DAY),
        ("yesterday", (2025, 11, 8), DAY),
        ("3 hours ago", (2025, 11, 9), DAY),
        ("just now", (2025, 11, 9), DAY),
        ("vor 2 Monaten", (2025, 9, 9), MONTH),
        ("vor einem Jahr", (2024, 11, 9), MONTH),
        ("hace 3 días", (2025, 11, 6), DAY),
        ("il y a 2 jours", (2025, 11, 7), DAY),
        ("há dois meses", (2025, 9, 9), MONTH),
        ("due settimane fa", (2025, 10, 26), DAY),
        ("3 dagen geleden", (2025, 11, 6), DAY),
        ("för 3 dagar sedan", (2025, 11, 6), DAY),
        ("2 tygodnie temu", (2025, 10, 26), DAY),
        ("2 ay önce", (2025, 9, 9), MONTH),
        ("3 дня назад", (2025, 11, 6), DAY),
        ("2か月前", (2025, 9, 9), MONTH),
        ("3天前", (2025, 11, 6), DAY),
        ("2개월 전", (2025, 9, 9), MONTH),
        ("منذ شهرين", (2025, 9, 9), MONTH),
        ("منذ 3 أيام", (2025, 11, 6), DAY),
        ("gestern", (2025, 11, 8), DAY),
        ("昨日", (2025, 11, 8), DAY),
        ("2h", (2025, 11, 9), DAY),
        ("5d", (2025, 11, 4), DAY),
    ],
)
def test_relative_dates_count_from_the_page(
    written: str, day: tuple[int, ...], precision: Precision
) -> None:
    assert read(written) == Stamp(at(*day, 12), precision, "relative")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("3 hours ago", at(2025, 11, 9, 15, 30)),
        ("Updated 5 mins ago", at(2025, 11, 9, 18, 25)),
        ("an hour ago", at(2025, 11, 9, 17, 30)),
        ("vor 20 Minuten", at(2025, 11, 9, 18, 10)),
        ("just now", at(2025, 11, 9, 18, 30)),
        ("yesterday at 4:15 PM", at(2025, 11, 8, 16, 15)),
        ("hier à 16h15", at(2025, 11, 8, 16, 15)),
    ],
)
def test_hours_and_minutes_count_from_a_time_that_is_known(written: str, moment: datetime) -> None:
    assert read(written, base=FILE) == Stamp(moment, MINUTE, "relative")


def test_a_month_back_from_its_last_day_is_a_last_day() -> None:
    base = Stamp(at(2025, 10, 31, 12), DAY, "page")

    assert read("1 month ago", base=base) == Stamp(at(2025, 9, 30, 12), MONTH, "relative")


def test_a_day_stands_at_noon_in_its_sources_zone() -> None:
    assert read("November 9, 2025", zone=NEW_YORK) == Stamp(at(2025, 11, 9, 17), DAY)
    assert read("2 days ago", zone=NEW_YORK) == Stamp(at(2025, 11, 7, 17), DAY, "relative")


def test_a_time_without_a_zone_is_in_its_sources() -> None:
    assert read("2025-07-09 10:00", zone=NEW_YORK) == Stamp(at(2025, 7, 9, 14), MINUTE)


def test_an_abbreviation_is_taken_in_the_sense_of_its_sources_zone() -> None:
    dublin = place("Europe/Dublin")

    assert read("9 July 2025 16:15 IST", zone=dublin) == Stamp(at(2025, 7, 9, 15, 15), MINUTE)
    assert read("9 July 2025 16:15 IST") == Stamp(at(2025, 7, 9, 10, 45), MINUTE)


def test_a_date_with_typed_time_is_taken_as_it_is() -> None:
    typed = datetime(2025, 11, 9, 16, tzinfo=timezone(timedelta(hours=2)))

    assert read(typed) == Stamp(at(2025, 11, 9, 14))


@pytest.mark.parametrize(
    "written",
    ["", "  ", "1m", "soon", "Vol. 5 No. 112", "2026-13-01", "2026-02-30", "Monday, November 9, 2025",
     "31 February 2026", "Tue, 31 Feb 2026 10:00:00 GMT", "99999999999999999999", "0000-00-00", "0", "--", "12:30",
     "Chapter 12", "November 9, 2025 " * 40],
)  # fmt: skip
def test_what_is_no_date_is_none(written: str) -> None:
    assert read(written) is None


@pytest.mark.parametrize(
    ("day_first", "moment", "precision"),
    [
        (True, at(2026, 6, 5, 12), DAY),
        (False, at(2026, 5, 6, 12), DAY),
        (None, at(2026, 6, 5, 12), MONTH),
    ],
)
def test_an_ambiguous_date_needs_to_be_told(
    day_first: bool | None, moment: datetime, precision: Precision
) -> None:
    assert read("05/06/2026", day_first=day_first) == Stamp(moment, precision)


def test_a_number_beyond_twelve_is_the_day() -> None:
    assert read("13/11/2025", day_first=False) == Stamp(at(2025, 11, 13, 12), DAY)
    assert read("11/13/2025", day_first=True) == Stamp(at(2025, 11, 13, 12), DAY)


def document(**changes: Any) -> Document:
    source = Source("drop", **changes.pop("source", {}))
    return Document(
        **({"data": b"", "name": "a.txt", "source": source, "received": RECEIVED} | changes)
    )


def first_of(entry: Entry, doc: Document) -> Stamp:
    return published(entry, doc, calendar(entry, doc, entry.language, Rules()), Rules())


@pytest.mark.parametrize(
    ("source", "language", "day_first"),
    [
        ({}, "en-US", False),
        ({"timezone": "America/Chicago"}, None, False),
        ({}, "en", None),
        ({}, "de", True),
        ({"timezone": "Europe/London"}, "en", True),
        ({"day_first": True}, "en-US", True),
        ({}, None, None),
    ],
)
def test_the_order_of_day_and_month_follows_operator_country_language(
    source: dict[str, Any], language: str | None, day_first: bool | None
) -> None:
    entry = Entry(format="x", language=language)

    assert calendar(entry, document(source=source), entry.language, Rules()).day_first is day_first


def test_relative_dates_count_from_page_then_file_then_arrival() -> None:
    modified = at(2026, 3, 20, 8)
    with_page = Entry(format="x", published="2 months ago", page_date="Sunday, November 9, 2025")
    without = Entry(format="x", published="2 months ago")

    assert first_of(with_page, document(modified=modified)).at == at(2025, 9, 9, 12)
    assert first_of(without, document(modified=modified)).at == at(2026, 1, 20, 12)
    assert first_of(without, document()).at == at(2026, 9, 20, 12)


@pytest.mark.parametrize("lost", [None, "", "soon", "Mon, 01 Jan 1900 00:00:00 GMT"])
def test_a_lost_date_falls_back_in_order(lost: str | None) -> None:
    modified = at(2026, 3, 20, 8)
    page = "Sunday, November 9, 2025"

    def entry(**changes: Any) -> Entry:
        return Entry(format="x", published=lost, **changes)

    declared = first_of(entry(updated="2026-01-02T03:04:05Z", page_date=page), document())

    assert declared == Stamp(at(2026, 1, 2, 3, 4, 5))
    assert first_of(entry(page_date=page), document(modified=modified)) == Stamp(
        at(2025, 11, 9, 12), DAY, "page"
    )
    assert first_of(entry(), document(modified=modified)) == Stamp(modified, SECOND, "file")
    assert first_of(entry(), document()) == Stamp(RECEIVED, SECOND, "received")


def test_the_far_future_is_the_arrival() -> None:
    entry = Entry(
        format="x", published="2027-01-01T00:00:00Z", page_date="Sunday, November 9, 2025"
    )

    assert first_of(entry, document()) == Stamp(RECEIVED, SECOND, "received")


def test_the_near_future_stands() -> None:
    entry = Entry(format="x", published="2026-11-20T20:00:00Z")

    assert first_of(entry, document()) == Stamp(at(2026, 11, 20, 20))


def test_a_file_from_the_future_is_not_believed() -> None:
    assert first_of(Entry(format="x"), document(modified=at(2030, 1, 1))).origin == "received"


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ("2026-11-19T10:00:00Z", at(2026, 11, 19, 10)),
        ("2026-11-18T00:00:00Z", at(2026, 11, 18)),
        ("2026-11-17T00:00:00Z", None),
        ("2027-11-17T00:00:00Z", None),
        ("soon", None),
    ],
)
def test_a_change_before_publication_or_in_the_future_is_none(
    changed: str, kept: datetime | None
) -> None:
    entry = Entry(format="x", published="2026-11-18T00:00:00Z", updated=changed)
    doc = document()
    dates = calendar(entry, doc, entry.language, Rules())
    change = updated(entry, doc, dates, published(entry, doc, dates, Rules()), Rules())

    assert (change.at if change else None) == kept


def test_an_unknown_zone_is_utc() -> None:
    for name in ("Nowhere/Town", "../../etc/passwd", "America", ""):
        assert place(name) is UTC


PIECES = st.sampled_from(
    ["2025", "11", "9", "09", "31", "Nov", "November", "Mon", "Sunday", ",", ".", "/", "-", ":", " ", "T", "Z", "+0500",
     "16:15", "4", "pm", "ago", "2", "months", "hours", "vor", "Monaten", "ET", "GMT", "年", "月", "日", "前", "yesterday",
     "at", "9999", "0001", "00", "٩", "un", "an", "é", "\x00", "\ud800", "İ", "99"]
)  # fmt: skip
FOREIGN = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=70))


@settings(deadline=None)  # dateparser takes a second to load
@given(FOREIGN, st.sampled_from([None, PAGE, FILE]), st.sampled_from([UTC, NEW_YORK]))
def test_any_text_is_a_utc_moment_or_none(text: str, base: Stamp | None, zone: tzinfo) -> None:
    found = stamp(text, Calendar(zone, None, base))

    assert found is None or found.at.utcoffset() == timedelta(0)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001, naive by intent
def test_iso_dates_survive(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)

    assert read(moment.isoformat()) == Stamp(moment)
    assert read(moment.strftime("%a, %d %b %Y %H:%M:%S GMT")) == Stamp(moment)
    assert read(moment.strftime("%A, %B %d, %Y, %I:%M %p")).at == moment.replace(second=0)


@given(st.integers(1, 400), st.sampled_from(["days", "weeks", "months", "years"]))
def test_relative_dates_lie_before_their_base(count: int, unit: str) -> None:
    found = read(f"{count} {unit} ago")

    assert found is not None
    assert found.at < PAGE.at


@pytest.mark.parametrize(
    "unit", ["9 ", "Nov ", "2 months ", "1", "vor ", "a ", "年", ":", "4pm", "Mon, ", "12/", " "]
)
def test_hostile_dates_take_bounded_time(unit: str) -> None:
    read(unit * 10)  # dateparser loads its languages once
    started = time.process_time()
    read(unit * 100_000)
    for length in range(50, 200, 25):
        read((unit * 200)[:length])

    assert time.process_time() - started < 1


def test_a_date_that_says_utc_is_in_utc_wherever_its_source_is() -> None:
    entry = Entry(format="test", published="2026-03-04 06:00 GMT")
    rules = Rules(timezone="Europe/Berlin")

    found = published(entry, document(), calendar(entry, document(), "de", rules), rules)

    assert found.at == datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
