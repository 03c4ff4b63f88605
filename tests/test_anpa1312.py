"""ANPA 1312: stories, leads, adds and tables of the American wire."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.formats import anpa1312
from feeds.model import Entry, Rejection
from tests.pairs import expected, one, plain, read, recognised, samples, survives

SAMPLES = samples("anpa1312")


def _story(
    slug: str = "BC-Norland-Bridge,166", *, priority: str = "r", category: str = "i", text: str = ""
) -> str:
    return (
        f"\x16\x16\x01W2870\x1fasian-\r\n{priority} {category} \x13\x11BC-Norland 03-03 0166\r\n"
        f"\x02^{slug}<\r\n^Old bridge closes<\r\n^By ANN LEE=\r\n"
        f"\t   HALDEN (AP) _ {text or 'The bridge closes.'}\r\n\t   \x03AP-WF-03-03-26 1412GMT<\r\n\x04"
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    assert plain(read(anpa1312, path.read_bytes())) == expected(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_recognised(path: Path) -> None:
    assert recognised(anpa1312, path.read_bytes())


@pytest.mark.parametrize(
    "data",
    [
        b"\x01bdt0214 4 pl 118  dpa 0731\r\nVerkehr/\r\n\x02Halden =\r\n",
        b"A1234 is a road\nr i and so on\n",
        b"\x16\x16\x01",
        b"[1]",
    ],
)
def test_what_is_no_story_is_not_recognised(data: bytes) -> None:
    assert not recognised(anpa1312, data)


@pytest.mark.parametrize(
    ("slug", "version"),
    [
        ("BC-Norland-Bridge,166", "0"),
        ("BC-Norland-Bridge, 1st Ld-Writethru,166", "1"),
        ("BC-Norland-Bridge,2nd Ld,166", "2"),
        ("BC-Norland-Bridge, 10th Ld-Writethru,166", "10"),
    ],
)
def test_a_lead_is_a_later_version_of_the_same_story(slug: str, version: str) -> None:
    entry = one(anpa1312, _story(slug))

    assert (entry.upstream_id, entry.version) == ("norland-bridge-20260303", version)


def test_an_add_alone_is_held_because_its_story_is_missing() -> None:
    entry = one(anpa1312, _story("BC-Norland-Bridge, 2nd Add,31"))

    assert entry.advisory
    assert "a part of a story" in entry.advisory


def test_takes_in_one_file_make_one_story() -> None:
    takes = [
        _story("BC-Norland-Bridge, Take 1,99", text="First."),
        _story("BC-Norland-Bridge, Take 2,99", text="Second."),
    ]
    entry = one(anpa1312, "\r\n".join(takes))

    assert entry.content
    assert entry.content.value.index("First.") < entry.content.value.index("Second.")
    assert entry.advisory is None


@pytest.mark.parametrize("slug", ["BC-Norland-Bridge, KILL,40", "BC-Norland-Bridge,Withdrawal,12"])
def test_a_kill_is_held_and_names_the_story_that_it_takes_back(slug: str) -> None:
    entry = one(anpa1312, _story(slug))

    assert entry.advisory
    assert entry.cancels == ["norland-bridge-20260303"]
    assert entry.upstream_id != "norland-bridge-20260303"


def test_a_story_of_the_category_for_editors_is_held() -> None:
    assert one(anpa1312, _story(category="v")).advisory


@pytest.mark.parametrize(
    ("priority", "urgency"), [("f", 1), ("b", 2), ("u", 3), ("r", 4), ("z", None)]
)
def test_the_priority_is_the_urgency(priority: str, urgency: int | None) -> None:
    assert one(anpa1312, _story(priority=priority)).urgency == urgency


def test_the_codes_of_the_typesetter_become_what_they_mean() -> None:
    entry = one(anpa1312, _story(text="``Go,'' he said _ twice.&LR; Over."))

    assert entry.content
    assert "“Go,” he said — twice. Over." in entry.content.value


def test_notes_to_the_desk_and_picture_lines_never_leave() -> None:
    told = repr(read(anpa1312, (SAMPLES[-1]).read_bytes()))

    assert "Eds" not in told
    assert "AP Photo" not in told
    assert "(more)" not in told


def test_a_story_whose_header_is_broken_is_turned_away_and_its_neighbour_passes() -> None:
    found = read(anpa1312, f"\x01W0001\x1fx\r\nno header\r\n\x02x\x03\x04{_story()}")

    assert [type(each) for each in found] == [Rejection, Entry]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_story_that_was_cut_or_garbled_never_breaks_the_reader(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(SAMPLES)).read_bytes()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))

    survives(anpa1312, whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    survives(anpa1312, data)
    survives(anpa1312, b"\x01W0001\x1fx\nr i \x13\x11BC-x 03-03 0001\n\x02^" + data)
