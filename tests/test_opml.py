"""OPML: lists that other readers wrote, and the one that we write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.read.opml import Outline, read, write

SHARED = Path(__file__).parents[2] / "shared" / "corpora"
LISTS = sorted(SHARED.glob("opml-*/**/*.opml")) + sorted(
    SHARED.glob("opml-listparser/opml/**/*.xml")
)
MALFORMED = sorted(SHARED.glob("opml-listparser/malformed/**/*.xml"))

NESTED = b"""<?xml version="1.0"?>
<opml version="1.1"><head><title>Mine</title></head><body>
  <outline text="Loose" xmlUrl=" https://a.example/feed " htmlUrl="https://a.example/"/>
  <outline text="News"><outline title="World">
    <OUTLINE TEXT="t" title="Wire &amp; Co" type="atom" XMLURL="https://b.example/atom"/>
    <!-- a remark --><outline text="Again" xmlUrl="https://a.example/feed"/>
  </outline></outline>
  <outline text="Tagged" category="/Sport/Rowing,/Boats" xmlUrl="https://c.example/"/>
</body></opml>"""


def test_every_feed_is_read_once_with_its_folders() -> None:
    assert read(NESTED) == [
        Outline("https://a.example/feed", "Loose", "https://a.example/"),
        Outline("https://b.example/atom", "Wire & Co", "", ("News", "World")),
        Outline("https://c.example/", "Tagged", "", ("Sport", "Rowing")),
    ]


def test_what_stands_before_and_after_a_fault_is_read() -> None:
    broken = NESTED.replace(b'text="Tagged"', b'text="A & B"').replace(b"</opml>", b"")

    assert [one.url for one in read(broken)] == [one.url for one in read(NESTED)]


@pytest.mark.parametrize("data", [b"", b"no list", b"<html><body/></html>", b"{}"])
def test_what_is_no_list_is_told(data: bytes) -> None:
    with pytest.raises(BrokenDocument):
        read(data)


def test_entities_reach_no_file() -> None:
    data = b"""<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]>
    <opml><body><outline text="&x;" xmlUrl="https://a.example/"/></body></opml>"""

    assert read(data) == [Outline("https://a.example/")]


TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=0xD7FF, exclude_categories=["Cc"]), min_size=1
)


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.lists(
        st.builds(
            Outline,
            url=st.integers(0).map("https://a.example/{}".format),
            title=TEXT.filter(lambda text: text == " ".join(text.split())),
            folders=st.lists(st.sampled_from(["News", "A & B", "ü"]), max_size=3).map(tuple),
        ),
        unique_by=lambda one: one.url,
    )
)
def test_what_is_written_is_read_again(outlines: list[Outline]) -> None:
    assert {one.url: one for one in read(write(outlines, "Mine"))} == {
        one.url: one for one in outlines
    }


def test_the_same_list_is_written_byte_for_byte_the_same() -> None:
    outlines = read(NESTED)

    assert write(outlines, "Mine") == write(reversed(outlines), "Mine")


@pytest.mark.skipif(not LISTS, reason="the shared material is not here")
@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_every_address_in_lists_from_the_world_is_found(path: Path) -> None:
    data = path.read_bytes()
    told = re.findall(rb"xmlUrl\s*=\s*[\"']\s*([^\"'\s]+)", data, re.IGNORECASE)

    assert {one.url for one in read(data)} == {url.decode().replace("&amp;", "&") for url in told}


@pytest.mark.skipif(not MALFORMED, reason="the shared material is not here")
@pytest.mark.parametrize("path", MALFORMED, ids=lambda path: path.stem)
def test_malformed_lists_are_read_or_refused(path: Path) -> None:
    try:
        found = read(path.read_bytes())
    except BrokenDocument:
        found = []

    assert all(one.url and one.url == one.url.strip() for one in found)
