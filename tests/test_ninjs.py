"""ninjs in its three generations: the same facts from each, and only articles of text."""

from __future__ import annotations

import contextlib
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
from feeds.formats import ninjs
from feeds.formats.decoding import decode
from feeds.model import Document, Entry, Rejection, Source

DATA = Path(__file__).parent / "data" / "ninjs"
SAMPLES = sorted(DATA.glob("*.input.*"))
SHARED = Path(__file__).parents[2] / "shared"
CORPORA = SHARED / "corpora"
SECONDS = 2.0


def _document(data: bytes | str, name: str = "item.json") -> Document:
    raw = data.encode() if isinstance(data, str) else data
    return Document(raw, name, Source(id="test"), datetime(2025, 9, 9, tzinfo=UTC))


def _parse(data: bytes | str) -> list[Entry | Rejection]:
    return list(ninjs.parse(_document(data)))


def _entry(**item: Any) -> Entry:
    entry = ninjs.entry_of({"uri": "urn:x:1", "body_text": "b"} | item, "")
    assert isinstance(entry, Entry)
    return entry


def _recognised(data: bytes) -> bool:
    return ninjs.recognises(_document(data), decode(data[:8192]).lstrip())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    pair = path.with_name(path.name.split(".input.")[0] + ".expected.json")
    default = msgspec.to_builtins(Entry(format=""))
    found = [
        {key: value for key, value in msgspec.to_builtins(one).items() if value != default.get(key)}
        for one in _parse(path.read_bytes())
    ]

    assert found == json.loads(pair.read_text("utf-8"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_recognised(path: Path) -> None:
    assert _recognised(path.read_bytes())


@pytest.mark.parametrize(
    "data",
    [
        b'{"title": "x", "authors": [{"name": "a", "uri": "https://x.example"}]}',
        b'{"title": "the \\"headlines\\": of a day", "text": "x"}',
        b"[1] A footnote about bodies",
        b"<p>{}</p>",
    ],
)
def test_other_json_and_text_is_not_ninjs(data: bytes) -> None:
    assert not _recognised(data)


@pytest.mark.parametrize(
    "item",
    [{"uri": "urn:x"}, {"headlines": []}, {"pubStatus": "usable"}, {"versioncreated": "2024"}],
)
def test_a_ninjs_item_is_told_from_the_short_form(item: object) -> None:
    assert ninjs.looks_like(item)


@pytest.mark.parametrize("item", [{"title": "x", "text": "y"}, [], None, "uri", 5, {}])
def test_what_is_no_ninjs_item_is_told(item: object) -> None:
    assert not ninjs.looks_like(item)


def test_the_note_to_the_desk_never_leaves() -> None:
    for key in ("ednote", "edNote"):
        entry = _entry(headline="h", body_text="b", **{key: "do not run"})

        assert "do not run" not in repr(entry)


def test_the_title_is_metadata_and_no_headline() -> None:
    assert _entry(title="US Pol Xgr", body_text="b").title is None


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("usable", "usable"),
        ("WITHHELD", "withheld"),
        ("stat:canceled", "canceled"),
        ("cancelled", "canceled"),
        ("replaced", "withheld"),
    ],
)
def test_a_status_is_one_of_three_words(written: str, status: str) -> None:
    assert _entry(pubstatus=written, headline="h").status == status


def test_an_embargo_without_an_end_is_kept_as_such() -> None:
    assert _entry(headline="h", embargoed="").embargoed == ""
    assert _entry(headline="h", embargoed=None).embargoed is None


def test_a_canceled_item_needs_no_text() -> None:
    assert _entry(pubstatus="canceled").upstream_id == "urn:x:1"


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"type": "picture", "headline": "h"}, "picture"),
        ({"type": "video"}, "video"),
        ({"type": "composite", "headline": "h"}, "composite"),
        ({"eventDetails": {}, "headlines": [{"value": "h"}]}, "event"),
        ({"renditions": {"a": {"href": "x"}}, "description_text": "d"}, "picture"),
    ],
)
def test_what_is_no_text_is_turned_away_with_its_kind(item: dict[str, Any], kind: str) -> None:
    found = ninjs.entry_of({"uri": "urn:x"} | item, "items[2]")

    assert isinstance(found, Rejection)
    assert found.problem == f"items[2].type: an item of the kind {kind!r} is no article of text"


def test_a_text_without_a_body_is_an_article_by_its_description() -> None:
    entry = _entry(
        type="text", headlines=[{"value": "h"}], descriptions=[{"value": "d"}], body_text=""
    )

    assert entry.content is None
    assert entry.summary
    assert entry.summary.value == "d"


def test_a_headline_alone_is_no_article() -> None:
    found = ninjs.entry_of({"uri": "urn:x:1", "headline": "h", "urgency": 4}, "")

    assert isinstance(found, Rejection)


@pytest.mark.parametrize("said", [{"urgency": 1}, {"pubstatus": "withheld"}])
def test_a_headline_alone_is_a_flash_or_takes_something_out(said: dict[str, Any]) -> None:
    assert _entry(headline="h", body_text="", **said).content is None


@pytest.mark.parametrize("signals", [["correction"], "correction", [{"code": "correction"}]])
def test_a_signal_of_a_correction_is_told_to_readers(signals: object) -> None:
    assert _entry(headline="h", signals=signals).correction == "Correction"


def test_a_usable_item_with_a_kill_signal_waits_for_a_person() -> None:
    assert _entry(headline="h", signals=["kill"]).advisory == "it carries the signal kill"


def test_the_terms_of_use_are_no_copyright() -> None:
    entry = _entry(headline="h", usageterms="Not here", copyrightholder="Wire")

    assert (entry.rights, entry.usage) == ("Wire", "Not here")


def test_a_body_in_nitf_is_read_where_there_is_no_html() -> None:
    nitf = "<nitf><body><body.content><p>Words.</p></body.content></body></nitf>"
    bodies = [{"value": "Plain."}, {"contentType": "application/nitf+xml", "value": nitf}]
    entry = _entry(headline="h", bodies=bodies, body_text="")

    assert entry.content
    assert entry.content.value == "<p>Words.</p>"


@pytest.mark.parametrize("value", [7, "7", 7.0])
def test_an_urgency_is_a_number_from_one_to_nine(value: object) -> None:
    assert _entry(headline="h", urgency=value).urgency == 7


@pytest.mark.parametrize("value", [0, 10, "x", True, [], 4.5, "9" * 5000])
def test_another_urgency_is_none(value: object) -> None:
    assert _entry(headline="h", urgency=value).urgency is None


def test_a_picture_without_an_address_keeps_its_words() -> None:
    entry = _entry(
        headline="h", associations={"a": {"type": "picture", "description_text": "words"}}
    )

    assert [(image.url, image.caption) for image in entry.images] == [(None, "words")]


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b'{"uri":\n  "x",\n  "headline": }', 3, 15),
        ('{"é": x}'.encode(), 1, 7),
        (b'{"uri": "x"', 1, 12),
    ],
)
def test_broken_json_is_named_with_its_place(data: bytes, line: int, column: int) -> None:
    with pytest.raises(BrokenDocument) as caught:
        _parse(data)

    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("piece", ["[", '{"uri":', '[{"a":', '{"uri":"x","associations":{"a":'])
def test_deep_nesting_is_refused_in_time(piece: str) -> None:
    started = time.process_time()

    with pytest.raises(BrokenDocument):
        _parse(piece * (200_000 // len(piece)))

    assert time.process_time() - started < SECONDS


_KEYS = st.sampled_from(
    "uri type headline headlines bodies body_text role value name rel associations renditions href "  # noqa: SIM905  # shorter than a list
    "width people subject pubStatus altids contentType version urgency embargoed infosource located "
    "provider by signals usageTerms contentType bodies_nitf".split()
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_KEYS, _JSON, max_size=8) | _JSON)
def test_no_value_makes_an_item_raise(item: object) -> None:
    ninjs.looks_like(item)

    assert isinstance(ninjs.entry_of(item, "x"), Entry | Rejection)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_broken_document(data: bytes) -> None:
    for raw in (data, b'{"uri": "' + data, b'[{"uri": "x"},' + data):
        _recognised(raw)
        with contextlib.suppress(BrokenDocument):
            _parse(raw)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_every_file_of_the_corpora_is_read_or_refused() -> None:
    for path in CORPORA.glob("ninjs/**/*.json"):
        data = path.read_bytes()
        try:
            found = _parse(data)
        except BrokenDocument:
            with pytest.raises(ValueError):
                json.loads(data.decode("utf-8-sig"))
        else:
            assert found, path


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_the_facts_of_known_items_are_found() -> None:
    truth = json.loads((CORPORA / "xformat-18f" / "truth.json").read_text("utf-8"))
    for path in CORPORA.glob("xformat-18f/ninjs/*.json"):
        [entry] = _parse(path.read_bytes())
        true = truth[path.stem]

        assert isinstance(entry, Entry)
        assert entry.title
        assert (entry.title.value, entry.upstream_id) == (true["title"], true["guid"])
        assert [person.name for person in entry.authors] == true["authors"]
        assert entry.categories == true["tags"]
