"""The short form: what it needs, what it says of wrong fields, and lists in every wrapping."""

from __future__ import annotations

import contextlib
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import short
from feeds.formats.byline import people
from feeds.formats.decoding import decode
from feeds.model import Document, Entry, Person, Rejection, Source, Text

DATA = Path(__file__).parent / "data" / "short"
SAMPLES = sorted(DATA.glob("*.input.*"))
DOCS = Path(__file__).parents[1] / "docs" / "formats.md"
SECONDS = 2.0


def _document(data: bytes | str, name: str = "article.json") -> Document:
    raw = data.encode() if isinstance(data, str) else data
    return Document(raw, name, Source(id="test"), datetime(2025, 9, 9, tzinfo=UTC))


def _parse(data: bytes | str) -> list[Entry | Rejection]:
    return list(short.parse(_document(data)))


def _entry(**item: Any) -> Entry:
    entry = short.entry_of({"title": "T", "text": "x"} | item, "")
    assert isinstance(entry, Entry), entry
    return entry


def _problem(**item: Any) -> str:
    found = short.entry_of({"title": "T", "text": "x"} | item, "articles[3]")
    assert isinstance(found, Rejection), found
    return found.problem


def _recognised(data: bytes, name: str = "x") -> bool:
    return short.recognises(_document(data, name), decode(data[:8192]).lstrip())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    pair = path.with_name(path.name.split(".input.")[0] + ".expected.json")
    default = msgspec.to_builtins(Entry(format=""))
    found = [
        {key: value for key, value in msgspec.to_builtins(one).items() if value != default.get(key)}
        for one in _parse(path.read_bytes())
    ]

    assert _recognised(path.read_bytes())
    assert found == json.loads(pair.read_text("utf-8"))


def test_the_example_in_the_documentation_is_read_whole() -> None:
    example = re.search(
        r"## The short form.*?```json\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL
    )

    assert example
    [entry] = _parse(example[1])
    empty = Entry(format="short")
    unsaid = {
        name
        for name in Entry.__struct_fields__
        if isinstance(entry, Entry) and getattr(entry, name) == getattr(empty, name)
    }
    wires_alone = {"provider", "cancels", "advisory", "attachments"}
    assert unsaid == {"format", "base", "page_date", "enclosures"} | wires_alone


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"title": 1}', "x"),
        (b'[ {"title": 1} ]', "x"),
        (b"{}", "x"),
        (b"[]", "x"),
        (b"{title: 1}", "x.json"),
        (b"[broken", "x.ndjson"),
    ],
)
def test_json_is_recognised_by_content_then_by_name(data: bytes, name: str) -> None:
    assert _recognised(data, name)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"[1] A footnote", "x.txt"),
        (b"[link](x)", "x"),
        (b"{{< toc >}}", "x"),
        (b"{% include %}", "x"),
        (b'{"title": "front matter"}\n\nbody', "x.md"),
        (b"plain", "x.json"),
    ],
)
def test_text_in_brackets_is_no_json(data: bytes, name: str) -> None:
    assert not _recognised(data, name)


@pytest.mark.parametrize(
    ("field", "value", "content"),
    [
        ("body_html", "x", Text("x", "html")),
        ("content_html", "<p>x</p>", Text("<p>x</p>", "html")),
        ("html", "x", Text("x", "html")),
        ("body_text", "<p>x</p>", Text("<p>x</p>")),
        ("content_text", "x", Text("x")),
        ("text", "x", Text("x")),
        ("body", "<p>x</p>", Text("<p>x</p>", "html")),
        ("content", "a < b and c > d", Text("a < b and c > d")),
        ("body", "<pa> is no tag", Text("<pa> is no tag")),
    ],
)
def test_the_name_of_the_body_says_what_it_is_else_its_tags(
    field: str, value: str, content: Text
) -> None:
    entry = short.entry_of({"title": "T", field: value}, "")

    assert isinstance(entry, Entry)
    assert entry.content == content


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"title": 5}, "articles[3].title: a number (5) was found, a string is expected"),
        ({"text": []}, "articles[3].text: a list was found, a string is expected"),
        ({"url": True}, "articles[3].url: a boolean (true) was found, a string is expected"),
        (
            {"published": 1.5},
            "articles[3].published: a number (1.5) was found, a string is expected",
        ),
        ({"version": {}}, "articles[3].version: an object was found, a string is expected"),
        (
            {"urgency": "4"},
            'articles[3].urgency: a string ("4") was found, a whole number is expected',
        ),
        (
            {"authors": {}},
            "articles[3].authors: an object was found, a string or a list is expected",
        ),
        (
            {"authors": ["a", 1]},
            "articles[3].authors[1]: a number (1) was found, an object is expected",
        ),
        (
            {"authors": [{"name": ["a"]}]},
            "articles[3].authors[0].name: a list was found, a string is expected",
        ),
        ({"tags": 1}, "articles[3].tags: a number (1) was found, a list of strings is expected"),
        (
            {"images": ["a", 5]},
            "articles[3].images[1]: a number (5) was found, an object is expected",
        ),
        ({"source": 5}, "articles[3].source: a number (5) was found, an object is expected"),
        ({"language": 10**5000}, "articles[3].language: a number was found, a string is expected"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_field_is_named_with_what_was_found_and_what_is_expected(
    fields: dict[str, Any], problem: str
) -> None:
    assert _problem(**fields) == problem


def test_null_and_blank_are_absent() -> None:
    entry = _entry(url=None, authors=None, tags=None, summary=" ", headline=None, images=[])

    assert (entry.link, entry.authors, entry.categories, entry.summary) == (None, [], [], None)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ann Lee and Bo Katz, Associated Press", ["Ann Lee", "Bo Katz"]),
        ("Von Christa Holm, dpa", ["Christa Holm"]),
        ("Von Trapp", ["Von Trapp"]),
        ("Jane Doe, PhD, and Jim Poe", ["Jane Doe, PhD", "Jim Poe"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Ana López y Juan Pérez", ["Ana López", "Juan Pérez"]),
        ("Food and Drug Administration", ["Food and Drug Administration"]),
        ("The Associated Press", ["The Associated Press"]),
        ("Ann Lee - January 10, 2020", ["Ann Lee"]),
        ("Ann Lee & Ann Lee", ["Ann Lee"]),
        ("x" * 400, []),
        (" , ", []),
    ],
)
def test_a_byline_names_its_persons(line: str, names: list[str]) -> None:
    assert [person.name for person in people(line)] == names


@pytest.mark.parametrize(
    "line", ["Ann Lee <ann@x.example>", "ann@x.example (Ann Lee)", "By Ann Lee (ann@x.example)"]
)
def test_an_address_in_a_byline_is_no_name(line: str) -> None:
    assert people(line) == [Person("Ann Lee", "ann@x.example")]


@pytest.mark.parametrize("wrapping", ["{}", "[{}]", '{{"articles": [{}]}}', "{}\n{}"])
def test_one_article_stands_in_every_wrapping(wrapping: str) -> None:
    one = '{"title": "T", "text": "x"}'

    found = _parse(wrapping.replace("{}", one).replace("{{", "{").replace("}}", "}"))

    assert {type(entry) for entry in found} == {Entry}


def test_an_empty_list_is_said_to_be_empty() -> None:
    with pytest.raises(BrokenDocument, match="empty"):
        _parse('{"articles": []}')


def test_a_bad_line_leaves_its_neighbours_alone() -> None:
    found = _parse('{"title": "A", "text": "x"}\n{"title": \n{"title": "B", "text": "x"}')

    assert [type(one) for one in found] == [Entry, Rejection, Entry]
    assert isinstance(found[1], Rejection)
    assert (found[1].line, found[1].column) == (2, 11)


def test_bytes_that_are_no_utf8_are_read() -> None:
    [entry] = _parse('{"title": "Müller", "text": "größer"}'.encode("latin-1"))

    assert isinstance(entry, Entry)
    assert entry.title == Text("Müller")


@pytest.mark.parametrize("piece", ["[", '{"a":', "[{", '{"title":"x"}\n', "<p ", "By A and ", "\n"])
def test_hostile_text_takes_bounded_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()

    for raw in (text, json.dumps({"title": text, "body": text, "byline": text})):
        with contextlib.suppress(BrokenDocument):
            _parse(raw)

    assert time.process_time() - started < SECONDS


_KEYS = st.sampled_from(
    "id title body content_html summary url published authors author tags section images image "  # noqa: SIM905  # shorter than a list
    "source status version urgency name".split()
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_KEYS, _JSON, max_size=8) | _JSON)
def test_no_value_makes_an_article_raise(item: object) -> None:
    assert isinstance(short.entry_of(item, "x"), Entry | Rejection)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_broken_document(data: bytes) -> None:
    for raw in (data, b'{"title": "' + data, b'[{"title": "x"},' + data, b"{}\n" + data):
        _recognised(raw)
        with contextlib.suppress(BrokenDocument):
            _parse(raw)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_byline_gives_names_or_none(line: str) -> None:
    assert all(person.name for person in people(line))
