"""The same posts in every format give the same article, and one story when read together.

A format is compared in what it carries: NewsML 1.2 has no field for an address in these files.
"""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from feeds.model import Article, Rejection, Rules, Verdict
from feeds.normalise.markup import paragraphs
from feeds.pipeline import Line
from feeds.reading import read
from tests.factories import NOW, document

CORPUS = Path(__file__).parents[2] / "shared" / "corpora" / "xformat-18f"
FIELDS = ("title", "authors", "tags", "summary", "url", "published", "guid", "text")
# What the files of a format do not hold, so that no reader could find it.
ABSENT = {
    "ninjs": frozenset({"url"}),
    "newsml1": frozenset({"summary", "url"}),
    "markdown": frozenset({"guid"}),
    "html": frozenset({"guid"}),
    "eml": frozenset({"tags", "summary", "url", "guid"}),
}
_TAGS_OF_A_PAGE = re.compile(rb"article:tag|name=.keywords|\"keywords\"|articleSection")
FORMATS = ("ninjs", "nitf", "newsml1", "newsml-g2", "markdown", "html", "eml")
ONE_AUTHOR = frozenset({"eml"})  # a mail is from one person
FEEDS = ("a.rss", "a.atom", "a.json")
ALIKE = 0.97  # of the words: a list or a table may be spelt in another way

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not at hand")


def _truth() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((CORPUS / "truth.json").read_text("utf-8"))
    return found


def _articles(path: Path) -> list[Article]:
    found = read(document(path.read_bytes(), path.name), Rules())
    assert not [one for one in found if isinstance(one, Rejection)], (path.name, found)
    return [one for one in found if isinstance(one, Article)]


def _absent(name: str, path: Path) -> frozenset[str]:
    """Return the fields that the file at *path* does not state."""
    absent = ABSENT.get(name, frozenset())
    if name == "html" and not _TAGS_OF_A_PAGE.search(path.read_bytes()):
        absent |= {"tags"}
    return absent


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _wrong(article: Article, true: dict[str, Any], absent: frozenset[str]) -> list[str]:
    """Return the fields of *article* that are not what they truly are."""
    published = f"{article.published.at:%Y-%m-%dT%H:%M:%SZ}"
    text = _words(" ".join(paragraphs(article.content_html)))
    alike = SequenceMatcher(None, text, _words(true["text"]), autojunk=False).ratio()
    said = {
        "title": article.title == " ".join(true["title"].split()),
        "authors": [one.name for one in article.authors] == true["authors"],
        "tags": [one.casefold() for one in article.categories]
        == list(dict.fromkeys(one.casefold() for one in true["tags"])),
        "summary": _words(article.summary) == _words(true["summary"]),
        "url": article.link == true["url"],
        "published": published[: len(true["published"])] == true["published"],
        "guid": article.upstream_id == true["guid"],
        "text": alike >= ALIKE,
    }
    return [field for field in FIELDS if field not in absent and not said[field]]


@pytest.mark.parametrize("name", FORMATS)
def test_each_post_gives_its_article_in(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    truth = _truth()
    wrong: dict[str, list[str]] = {}
    for path in sorted((CORPUS / name).iterdir()):
        [article] = _articles(path)
        true = truth[path.stem]
        if name in ONE_AUTHOR:
            true = {**true, "authors": true["authors"][:1]}
        if fields := _wrong(article, true, _absent(name, path)):
            wrong[path.stem] = fields
    with capsys.disabled():
        print(f"\n{name}: {len(truth)} posts, {len(wrong)} with a field that differs")

    assert not wrong


@pytest.mark.parametrize("name", FEEDS)
def test_each_post_of_a_feed_gives_its_article(name: str) -> None:
    truth = {true["guid"]: true for true in _truth().values()}
    articles = _articles(CORPUS / "feeds" / name)
    wrong = {
        one.title: fields
        for one in articles
        if (fields := _wrong(one, truth[one.upstream_id or ""], frozenset()))
    }

    assert not wrong


def test_all_formats_read_together_give_one_story_for_each_post(line: Line) -> None:
    files = [path for name in FORMATS for path in sorted((CORPUS / name).iterdir())]
    files += [CORPUS / "feeds" / name for name in FEEDS]
    documents = [document(path.read_bytes(), f"{path.parent.name}-{path.name}") for path in files]
    outcomes = [one for report in line.ingest(documents, NOW) for one in report.outcomes]

    assert sum(one.verdict is Verdict.NEW for one in outcomes) == len(_truth())
    assert not [one for one in outcomes if one.verdict is Verdict.REJECTED]
