"""Golden cases: what is made of each story, byte for byte, and valid by every rule at hand."""

from __future__ import annotations

import io
import json
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from tests.golden import CASES, made, stories

SHARED = Path(__file__).parents[2] / "shared"
ATOM_SCHEMA = SHARED / "schemas" / "atom.rng"

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_a_case_gives_its_exact_bytes(case: Path, request: pytest.FixtureRequest) -> None:
    files = made(case)
    before = {path.name: path.read_bytes() for path in case.iterdir()}
    if request.config.getoption("--rewrite-golden"):
        for name in before.keys() - files.keys() - {"articles.json"}:
            (case / name).unlink()
        for name, data in files.items():
            (case / name).write_bytes(data)
        pytest.skip("written anew")

    assert files == {name: data for name, data in before.items() if name != "articles.json"}


@pytest.mark.skipif(not ATOM_SCHEMA.exists(), reason="needs the Atom schema")
@pytest.mark.parametrize("name", ["feed.atom", "archive.atom"])
@each_case
def test_every_atom_document_follows_the_grammar_of_rfc_4287(case: Path, name: str) -> None:
    schema = etree.RelaxNG(etree.parse(ATOM_SCHEMA))

    assert schema.validate(etree.fromstring(made(case)[name])), schema.error_log


@pytest.mark.parametrize("name", ["feed.rss", "feed.atom", "archive.rss", "archive.atom"])
@each_case
def test_feedparser_finds_nothing_wrong_and_every_story(case: Path, name: str) -> None:
    parsed = feedparser.parse(io.BytesIO(made(case)[name]))

    assert not parsed.bozo
    assert [entry.id for entry in parsed.entries] == [story.entry_id for story in stories(case)]


@each_case
def test_every_json_feed_keeps_to_the_keys_of_the_format(case: Path) -> None:
    feed = json.loads(made(case)["feed.json"])
    known = {"id", "url", "external_url", "title", "content_html", "summary", "image", "tags"}
    known |= {"date_published", "date_modified", "author", "authors", "language", "attachments"}

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert all(
        set(item) <= known | {"_wireroom"} and item["content_html"] for item in feed["items"]
    )
