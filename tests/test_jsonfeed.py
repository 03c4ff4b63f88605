"""JSON Feed 1.0 and 1.1: what is read, and that a wrong item spoils no other."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import jsonfeed
from feeds.formats.decoding import decode
from feeds.model import (
    Document,
    Enclosure,
    Entry,
    Image,
    Person,
    Rejection,
    Source,
    Text,
)

DATA = Path(__file__).parent / "data" / "jsonfeed"
SAMPLES = sorted(DATA.glob("*.input.json"))
SHARED = Path(__file__).parents[2] / "shared"
EXAMPLES = SHARED / "corpora" / "jsonfeed-examples"
VERSION = "https://jsonfeed.org/version/1.1"


def _document(data: bytes) -> Document:
    return Document(data, "feed.json", Source(id="test"), datetime(2025, 9, 9, tzinfo=UTC))


def _feed(*items: Any, **top: Any) -> bytes:
    return json.dumps({"version": VERSION, "title": "Feed", "items": items} | top).encode()


def _parse(data: bytes) -> list[Entry | Rejection]:
    return list(jsonfeed.parse(_document(data)))


def _recognised(data: bytes) -> bool:
    head = decode(data[:8192]).lstrip("\ufeff \t\r\n")
    return jsonfeed.recognises(_document(data), head)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    pair = path.with_name(path.name.replace(".input.", ".expected."))
    default = msgspec.to_builtins(Entry(format=""))
    found = [
        {key: value for key, value in msgspec.to_builtins(one).items() if value != default.get(key)}
        for one in _parse(path.read_bytes())
    ]

    assert found == json.loads(pair.read_text("utf-8"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_recognised(path: Path) -> None:
    assert _recognised(path.read_bytes())


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the corpora are not at hand")
def test_the_examples_of_the_specification_are_read_without_a_rejection() -> None:
    for path in EXAMPLES.glob("v1*.json"):
        data = path.read_bytes()

        assert _recognised(data)
        assert {type(one) for one in _parse(data)} == {Entry}


@pytest.mark.parametrize(
    "data",
    [
        b'{"items": [{"id": "1"}], "version": "https://jsonfeed.org/version/1"}',
        b'\xef\xbb\xbf{"version": "http:\\/\\/www.jsonfeed.org\\/version\\/1", "items": []}',
        b'{"items": [{"content_text": "'
        + b"x" * 20_000
        + b'"}], "version": "'
        + VERSION.encode()
        + b'"}',
        '{"version": "https://jsonfeed.org/version/1", "items": []}'.encode("utf-16"),
    ],
    ids=["version last", "byte order mark", "version far behind", "utf-16"],
)
def test_a_feed_is_recognised(data: bytes) -> None:
    assert _recognised(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"version": "3.0", "headline": "An article", "items": []}',
        b'{"items": [{"id": "1"}]}',
        b'{"items": {"a": 1}, "title": "t", "feed_url": "u"}',
        b'[{"version": "https://jsonfeed.org/version/1"}]',
        b'{"title": "t", "feed_url": "u"}',
        b'{"items": ' + b"[" * 200_000,
        b"{",
    ],
    ids=["ninjs", "no head", "items of another kind", "list", "no items", "deep", "cut"],
)
def test_what_is_no_feed_is_not_recognised(data: bytes) -> None:
    assert not _recognised(data)


@pytest.mark.parametrize(("given_id", "expected"), [(5, "5"), (5.0, "5"), (5.5, "5.5"), ("", None)])
def test_an_id_that_is_a_number_becomes_text(given_id: Any, expected: str | None) -> None:
    (entry,) = _parse(_feed({"id": given_id, "title": "t"}))

    assert isinstance(entry, Entry)
    assert entry.upstream_id == expected


@pytest.mark.parametrize("field", ["id", "url", "title", "content_html", "content_text"])
def test_an_essential_field_of_the_wrong_type_is_named(field: str) -> None:
    good = {"id": "2", "title": "t"}
    bad, neighbour = _parse(_feed({"id": "1", field: {"a": 1}}, good))

    assert isinstance(bad, Rejection)
    assert field in bad.problem
    assert bad.problem.startswith("item 1 ")
    assert isinstance(neighbour, Entry)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tags", {"a": 1}),
        ("attachments", "https://a.example/x.mp3"),
        ("date_published", 1_700_000_000),
        ("image", {"url": "https://a.example/x.png"}),
        ("authors", {"name": "Ann"}),
        ("language", ["en"]),
    ],
)
def test_what_only_adorns_an_item_is_left_out_if_it_is_of_the_wrong_type(
    field: str, value: Any
) -> None:
    plain = {"id": "1", "title": "t", "content_text": "text"}

    assert _parse(_feed(plain | {field: value})) == _parse(_feed(plain))


def test_a_head_of_the_wrong_type_spoils_no_item() -> None:
    plain = {"id": "1", "title": "t"}

    assert _parse(_feed(plain, language=5, home_page_url={}, icon=[])) == _parse(_feed(plain))


@pytest.mark.parametrize(
    "said",
    [
        {"author": {"name": "Ann"}},
        {"author": "Ann"},
        {"authors": [{"name": "Ann"}]},
        {"authors": ["Ann", None]},
        {"author": {"name": "Old"}, "authors": [{"name": "Ann"}]},
    ],
    ids=["1.0", "a bare name", "1.1", "bare names", "both"],
)
def test_authors_are_read_in_every_way_that_they_are_written(said: dict[str, Any]) -> None:
    for data in (_feed({"title": "t"} | said), _feed({"title": "t"}, **said)):
        (entry,) = _parse(data)

        assert isinstance(entry, Entry)
        assert entry.authors == [Person("Ann")]


def test_an_attachment_that_is_a_picture_is_shown_and_not_offered() -> None:
    picture = {"url": "https://a.example/p.jpg", "mime_type": "image/jpeg"}
    sound = {"url": "https://a.example/s.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9}
    (entry,) = _parse(_feed({"title": "t", "attachments": [picture, sound, {}]}))

    assert isinstance(entry, Entry)
    assert entry.images == [Image("https://a.example/p.jpg")]
    assert entry.enclosures == [Enclosure("https://a.example/s.mp3", "audio/mpeg", 9)]


@pytest.mark.parametrize(
    ("raw", "read"), [(b"\n", "\n"), (b"\t", "\t"), (b"\\ud83d", "?")], ids=["line", "tab", "half"]
)
def test_what_json_forbids_in_a_string_is_mended(raw: bytes, read: str) -> None:
    first, second = _parse(_feed({"title": "a@b"}, {"title": "t"}).replace(b"@", raw))

    assert isinstance(first, Entry)
    assert first.title == Text(f"a{read}b")
    assert isinstance(second, Entry)


def test_broken_json_names_line_and_column() -> None:
    with pytest.raises(BrokenDocument) as caught:
        _parse(b'{"version": "' + VERSION.encode() + b'",\n "items": [}]}')

    assert (caught.value.line, caught.value.column) == (2, 12)


def test_an_object_without_items_is_no_feed() -> None:
    with pytest.raises(BrokenDocument, match="items"):
        _parse(b'{"version": "' + VERSION.encode() + b'"}')


def test_items_over_the_limit_are_counted_and_left_out() -> None:
    found = _parse(_feed(*[{"title": "t"}] * 2_003))

    assert len(found) == 2_001
    assert isinstance(found[-1], Rejection)
    assert found[-1].problem.startswith("3 items were left out")


def test_a_document_over_the_limit_is_refused() -> None:
    with pytest.raises(BrokenDocument, match="at most 8000000 are read"):
        _parse(b" " * (jsonfeed.MAX_BYTES + 1))


@pytest.mark.parametrize(
    "tail", [b"[" * 200_000, b'{"id": ' + b"[" * 200_000, b'{"id": ' + b"9" * 200_000 + b"}]}"]
)
def test_depth_and_length_are_bounded(tail: bytes) -> None:
    data = b'{"version": "' + VERSION.encode() + b'", "items": [' + tail
    start = time.process_time()
    with pytest.raises(BrokenDocument):
        _refused(data)

    assert time.process_time() - start < 1.0


def _refused(data: bytes) -> None:
    for one in _parse(data):
        if isinstance(one, Rejection):
            raise BrokenDocument(jsonfeed.NAME, one.problem)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from([*jsonfeed._Item.__struct_fields__, "_own"])


@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=6) | VALUES, max_size=4))
@settings(max_examples=150, deadline=None)
def test_each_item_becomes_an_entry_or_a_rejection(items: list[Any]) -> None:
    found = _parse(_feed(*items))

    assert len(found) == len(items)


@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda text: ("{" + text).encode("utf-8"))
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _recognised(data)
    try:
        found = _parse(data)
    except BrokenDocument:
        return
    assert all(isinstance(one, Entry | Rejection) for one in found)
