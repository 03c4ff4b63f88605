"""ZIP: members read like dropped files, pictures with their article, and every kind of bomb."""

from __future__ import annotations

import io
import json
import stat
import struct
import time
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import format_of, zip_archive
from feeds.model import Entry, Rejection
from tests.factories import document
from tests.pairs import read, recognised, samples, survives

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)
STORY = json.dumps({"title": "Bridge closes", "text": "It closes on Monday."})
TEXT = "Weir opens\n\nThe weir opens on Sunday.\n"


def _zip(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _told(data: bytes) -> list[str]:
    """Return the title of each entry in *data*, and the problem of each rejection."""
    return [
        found.problem
        if isinstance(found, Rejection)
        else (found.title.value if found.title else "")
        for found in read(zip_archive, data, "a.zip")
    ]


def _entries(data: bytes) -> list[Entry]:
    return [found for found in read(zip_archive, data, "a.zip") if isinstance(found, Entry)]


def test_a_zip_is_told_by_its_bytes_alone() -> None:
    assert format_of(document(_zip({"a.json": STORY}), "article.txt")) is zip_archive
    assert not recognised(zip_archive, "PK and other short forms of words", "a.zip")


def test_each_member_is_read_in_its_own_format() -> None:
    wire = samples("iptc7901")[0].read_bytes()
    mail = samples("mail")[0].read_bytes()
    members = {"a.json": STORY, "b/weir.txt": TEXT, "c.txt": wire, "d.eml": mail}

    assert [entry.format for entry in _entries(_zip(members))] == [
        "short", "plain text", "iptc7901", "mail", "mail",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_packing_that_python_knows_is_read(method: int) -> None:
    assert _told(_zip({"a.json": STORY}, method)) == ["Bridge closes"]


def test_what_systems_leave_in_archives_is_passed_over() -> None:
    members = {
        "__MACOSX/._a.json": b"\0",
        ".DS_Store": b"\0",
        "x/.git/config": "a",
        "Thumbs.db": b"\0",
    }

    assert _told(_zip({**members, "a.json": STORY})) == ["Bridge closes"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.json",
        "x/../../a.json",
        "/etc/a.json",
        "C:/a.json",
        "c:a.json",
        "..\\a.json",
        "\\a.json",
    ],
)
def test_a_name_that_leads_out_is_refused_and_its_neighbour_passes(name: str) -> None:
    [refused, passed] = _told(_zip({name: STORY, "b.json": STORY}))

    assert "leads out of the archive" in refused
    assert passed == "Bridge closes"


def test_a_name_with_dots_inside_is_a_name() -> None:
    assert _told(_zip({"a..b/c..json": STORY})) == ["Bridge closes"]


def test_a_symbolic_link_is_refused_and_its_neighbour_passes() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("a.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.json", STORY)

    assert _told(out.getvalue()) == ["a.json: a symbolic link is never followed", "Bridge closes"]


def _flagged(data: bytes, at: int, value: int) -> bytes:
    """Return an archive whose first member has the 16 bits *value* at *at* in its local header.

    In the central directory the same field stands two bytes later.
    """
    patched = bytearray(data)
    struct.pack_into("<H", patched, at, value)
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<H", patched, central + at + 2, value)
    return bytes(patched)


@pytest.mark.parametrize(
    ("at", "value", "told"),
    [(6, 1, "it is encrypted"), (8, 97, "it is packed in a way that is not read")],
)
def test_a_member_that_cannot_be_opened_is_refused_and_its_neighbour_passes(
    at: int, value: int, told: str
) -> None:
    data = _flagged(_zip({"a.json": STORY, "b.json": STORY}), at, value)

    assert _told(data) == [f"a.json: {told}", "Bridge closes"]


def test_a_damaged_member_is_refused_and_its_neighbour_passes() -> None:
    data = bytearray(_zip({"a.txt": TEXT, "b.json": STORY}, zipfile.ZIP_STORED))
    data[data.index(b"Weir")] ^= 0xFF
    [refused, passed] = _told(bytes(data))

    assert refused.startswith("a.txt: it is damaged")
    assert passed == "Bridge closes"


def test_a_member_in_no_format_is_named() -> None:
    [told, _] = _told(_zip({"x/a.pdf": b"%PDF-1.7 \xff\xfe\x00", "b.json": STORY}))

    assert told.startswith("a.pdf: in no format")


def test_a_member_that_unpacks_a_thousandfold_is_refused() -> None:
    started = time.process_time()
    [told, _] = _told(_zip({"a.txt": b"a" * 50_000_000, "b.json": STORY}))

    assert "unpacks to more than" in told
    assert time.process_time() - started < 5


def test_members_together_unpack_to_a_bounded_size() -> None:
    line = b"The bridge is closed on day %d.\n"
    body = b"".join(line % number for number in range(300_000))  # 9.6 MB, packed six times
    told = _told(_zip({f"{number}.txt": body for number in range(14)}))

    assert any("more than" in one for one in told)


def test_archives_in_archives_end_somewhere() -> None:
    data = _zip({"a.json": STORY})
    for _ in range(3):
        data = _zip({"inner.zip": data})

    assert _told(data) == ["Bridge closes"]
    assert _told(_zip({"inner.zip": data})) == ["inner.zip: wrapped more than 3 times"]


def test_the_budget_holds_for_archives_in_archives_together() -> None:
    bomb = _zip({f"{number}.txt": b"The bridge is closed.\n" * 40_000 for number in range(90)})
    told = _told(_zip({f"{number}.zip": bomb for number in range(30)}))

    assert any("unpacks to more than is taken from one file" in one for one in told)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}, "Office document"),
        ({"mimetype": "application/epub+zip"}, "OpenDocument or EPUB"),
        ({}, "empty"),
        ({"a/": ""}, "empty"),
        ({"a.png": PICTURE}, "pictures and no text"),
        ({f"{number}.json": STORY for number in range(1_001)}, "at most 1,000"),
    ],
)
def test_an_archive_of_no_articles_is_turned_away(members: dict[str, str], told: str) -> None:
    with pytest.raises(BrokenDocument, match=told):
        read(zip_archive, _zip(dict(members)), "a.zip")


def test_the_only_article_has_all_the_pictures() -> None:
    [entry] = _entries(_zip({"story/a.json": STORY, "pictures/1.jpg": PICTURE, "2.PNG": PICTURE}))

    assert set(entry.attachments) == {"pictures/1.jpg", "2.PNG"}
    assert [image.url for image in entry.images] == ["pictures/1.jpg", "2.PNG"]


def test_pictures_go_to_the_articles_that_name_them_or_share_their_stem() -> None:
    page = (
        "<html><head><title>Bridge</title></head><body><h1>Bridge</h1><p>The bridge closes on Monday for"
        " three months of repairs.</p><img src='img/x%20y.jpg' alt='It'><p>It opens in June.</p></body></html>"
    )
    first, second = _entries(
        _zip({"a/bridge.html": page, "b/weir.txt": TEXT, "a/img/x y.jpg": b"1", "b/weir-2.jpg": b"2",
              "b/other.jpg": b"3"})
    )  # fmt: skip

    assert first.attachments == {"img/x%20y.jpg": b"1"}
    assert second.attachments == {"b/weir-2.jpg": b"2"}


def test_a_picture_on_the_web_is_not_taken_for_one_in_the_archive() -> None:
    story = json.dumps({"title": "x", "text": "y.", "image": "https://x.example/1.jpg"})
    other = json.dumps({"title": "z", "text": "y."})
    [first, _] = _entries(_zip({"a.json": story, "b.json": other, "1.jpg": PICTURE}))

    assert first.attachments == {}


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _scrambled(data: bytes) -> bytes:
    return data.replace(b"PK\x01\x02", b"PK\x01\x09")


@pytest.mark.parametrize(
    "harm", [_cut, _scrambled, lambda data: data[:30], lambda _: b"PK\x05\x06"]
)
def test_a_broken_archive_is_turned_away(harm: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BrokenDocument, match="cannot be opened"):
        read(zip_archive, harm(_zip({"a.json": STORY})), "a.zip")


def test_a_directory_of_endless_records_is_refused_before_it_is_read() -> None:
    started = time.process_time()
    with pytest.raises(BrokenDocument, match="records"):
        read(zip_archive, b"PK\x03\x04" + b"PK\x01\x02" * 100_000, "a.zip")

    assert time.process_time() - started < 1


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_an_archive_that_was_cut_or_garbled_never_breaks_the_reader(data: st.DataObject) -> None:
    whole = _zip(
        {"a.json": STORY, "b.txt": TEXT, "c.png": PICTURE}, data.draw(st.sampled_from([0, 8]))
    )
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))

    survives(zip_archive, whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 600), st.integers(0, 255))
def test_no_flipped_byte_breaks_the_reader(at: int, value: int) -> None:
    whole = bytearray(_zip({"a.json": STORY, "b.txt": TEXT}))
    whole[at % len(whole)] = value

    survives(zip_archive, bytes(whole))
