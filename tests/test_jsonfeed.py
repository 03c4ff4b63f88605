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
from feeds.model import Document, Entry, Rejection, Source

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


@pytest.mark.parametrize(
    "field", ["title", "content_html", "tags", "attachments", "date_published"]
)
def test_a_field_of_the_wrong_type_is_named(field: str) -> None:
    good = {"id": "2", "title": "t"}
    bad, neighbour = _parse(_feed({"id": "1", field: {"a": 1}}, good))

    assert isinstance(bad, Rejection)
    assert field in bad.problem
    assert bad.problem.startswith("item 1 ")
    assert isinstance(neighbour, Entry)


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
