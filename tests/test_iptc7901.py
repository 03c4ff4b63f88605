"""IPTC 7901: the messages of several agencies, whole, cut and damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import iptc7901
from feeds.model import Entry, Rejection
from tests.pairs import expected, one, plain, read, recognised, samples, survives

SAMPLES = samples("iptc7901")
MESSAGE = (
    "\x01bdt0214 {priority} {category} 118  dpa 0731\r\nVerkehr/Halden/\r\n"
    "\x02Halden sperrt die Wendbrücke =\r\n\r\nHalden (dpa) - Die Brücke wird gesperrt.\r\n"
    "\r\n\x03{trailer}\r\n\x04"
)


def _message(priority: str = "4", category: str = "pl", trailer: str = "031412 GMT Mar 26") -> str:
    return MESSAGE.format(priority=priority, category=category, trailer=trailer)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    assert plain(read(iptc7901, path.read_bytes())) == expected(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_recognised(path: Path) -> None:
    assert recognised(iptc7901, path.read_bytes())


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x16\x01W2870\x1fasian-\r\nr i \x13\x11BC-Norland 03-03 0166\r\n\x02^BC-Norland<\r\n",
        b"bdt0214 is the number of a message\n\nIt was sent on Monday.\n",
        b"\x01\x02\x03",
        b"abc123 4\n",
        b"{}",
    ],
)
def test_what_is_no_message_is_not_recognised(data: bytes) -> None:
    assert not recognised(iptc7901, data)


@pytest.mark.parametrize(
    ("trailer", "published"),
    [
        ("031412 GMT Mar 26", datetime(2026, 3, 3, 14, 12, tzinfo=UTC)),
        ("031412 MEZ Mär 26", datetime(2026, 3, 3, 13, 12, tzinfo=UTC)),
        ("031412 Mrz 2026", "2026-03-03T14:12"),
        ("031412 Mrz 26", "2026-03-03T14:12"),
        ("310012 GMT Feb 26", None),
        ("", None),
    ],
)
def test_the_trailer_dates_the_message(trailer: str, published: object) -> None:
    assert one(iptc7901, _message(trailer=trailer)).published == published


def test_the_number_is_an_id_only_together_with_its_day() -> None:
    assert one(iptc7901, _message()).upstream_id == "bdt0214-20260303"
    assert one(iptc7901, _message(trailer="")).upstream_id is None


@pytest.mark.parametrize(("priority", "urgency"), [("1", 1), ("8", 8), ("0", None)])
def test_the_priority_is_the_urgency(priority: str, urgency: int | None) -> None:
    assert one(iptc7901, _message(priority=priority)).urgency == urgency


def test_a_message_of_the_editors_own_category_is_held() -> None:
    assert one(iptc7901, _message(category="rs")).advisory == "category rs is for editors"


def test_a_message_with_a_broken_header_is_turned_away_and_its_neighbour_passes() -> None:
    found = read(iptc7901, f"\x01what is this\r\n\x02x =\r\ny\x03\x04{_message()}")

    assert [type(each) for each in found] == [Rejection, Entry]


def test_what_is_not_for_publication_never_leaves() -> None:
    for path in SAMPLES:
        told = repr(read(iptc7901, path.read_bytes()))

        assert "Tel." not in told
        assert "Notizblock" not in told
        assert "Note to editors" not in told


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "cp1252", "cp437"])
def test_umlauts_survive_each_charset_of_the_wires(charset: str) -> None:
    entry = one(iptc7901, _message().encode(charset))

    assert entry.title
    assert entry.title.value == "Halden sperrt die Wendbrücke"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_message_that_was_cut_or_garbled_never_breaks_the_reader(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(SAMPLES)).read_bytes()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))

    survives(iptc7901, whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    survives(iptc7901, data)
    survives(iptc7901, b"\x01bdt0214 4 pl 1\r\n\x02" + data)


def test_a_file_of_too_many_messages_is_refused() -> None:
    with pytest.raises(BrokenDocument):
        read(iptc7901, "\x01abc123 4 pl 1\n\x02x\x03\x04" * 5_001)
