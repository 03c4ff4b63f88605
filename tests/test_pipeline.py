"""The whole line in one process: a dropped page comes out in every feed with every field."""

from __future__ import annotations

import io
import json
import shutil
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from lxml import html

from feeds import reading
from feeds.model import Article, Rejection, Rules, Verdict
from feeds.pipeline import Line, Press
from tests.factories import NOW, document

SHARED = Path(__file__).parents[2] / "shared"

PAGE = """HC
The Harbour Courier
Sunday, March 1, 2026

Council Approves Night Ferry After Two-Year Dispute

The first boat will leave the east quay in May; shopkeepers on the island hope for a longer season

Local 2 months ago

The city council voted on Sunday to let a ferry cross the bay at night, ending a dispute that had
kept the east quay dark for two years, the council’s spokesman said.

The vote was close. Eleven members were for the plan and ten against it, after a debate that went on
until shortly before midnight and was interrupted twice by people in the gallery.

The night ferry Aurora at the east quay

"Photo provided by the Harbour Board, via Courier Archive"

Residents of the quay had asked the council to wait for a study of the noise, which is due in
April. The mayor said the boats would be stopped if it found more than the limit.

The story of the vote was first filed by Reuters and taken up by papers along the coast.
"""


def ingest(line: Line, text: str | bytes, name: str = "page.txt") -> list[Verdict]:
    [report] = line.ingest([document(text, name)], NOW)
    return [outcome.verdict for outcome in report.outcomes]


def test_a_captured_page_comes_out_with_every_field() -> None:
    [article] = reading.read(document(PAGE, "page.txt"), Rules())

    assert isinstance(article, Article)
    assert article.title == "Council Approves Night Ferry After Two-Year Dispute"
    assert article.summary.startswith("The first boat will leave the east quay in May;")
    assert article.categories == ("Local",)
    assert article.publisher == "The Harbour Courier"
    assert f"{article.published.at:%Y-%m-%d} {article.published.precision}" == "2026-01-01 month"
    assert article.wire_source == "Reuters"
    [image] = article.images
    assert (image.url, image.alt) == (None, "The night ferry Aurora at the east quay")
    assert image.credit == "Photo provided by the Harbour Board, via Courier Archive"
    assert article.content_html.count("<p>") == 4
    assert "Aurora" not in article.content_html
    assert "council’s" in article.content_html


def test_the_page_stands_in_every_feed_and_on_its_own_page(line: Line, press: Press) -> None:
    ingest(line, PAGE)
    press.publish(NOW)

    feeds = press.public / "feeds"
    rss = feedparser.parse(io.BytesIO((feeds / "local.rss").read_bytes()))
    atom = feedparser.parse(io.BytesIO((feeds / "all.atom").read_bytes()))
    [item] = json.loads((feeds / "all.json").read_text())["items"]
    [page] = (press.public / "articles").glob("*/index.html")
    for text in (
        rss.entries[0].content[0].value,
        atom.entries[0].content[0].value,
        item["content_html"],
        html.fromstring(page.read_text()).text_content(),
    ):
        assert "ending a dispute that had" in text
        assert "The night ferry Aurora at the east quay" in text
        assert "Photo provided by the Harbour Board" in text
        assert "Reuters" in text
    assert not rss.bozo
    assert not atom.bozo
    assert rss.entries[0].summary.startswith("The first boat will leave")
    assert rss.entries[0].id == atom.entries[0].id == item["id"]
    assert [tag.term for tag in atom.entries[0].tags] == ["Local"]
    assert item["tags"] == ["Local"]


def test_the_same_bytes_under_another_name_are_a_duplicate(line: Line) -> None:
    assert ingest(line, PAGE) == [Verdict.NEW]
    assert ingest(line, PAGE, "again.txt") == [Verdict.DUPLICATE]


def test_one_changed_sentence_is_an_update_of_the_same_entry(line: Line, press: Press) -> None:
    ingest(line, PAGE)
    press.publish(NOW)
    before = json.loads((press.public / "feeds/all.json").read_text())["items"]
    changed = PAGE.replace("The vote was close.", "The vote was very close.")

    assert ingest(line, changed, "edit.txt") == [Verdict.UPDATED]
    press.publish(NOW + timedelta(seconds=5))
    [after] = json.loads((press.public / "feeds/all.json").read_text())["items"]
    assert after["id"] == before[0]["id"]
    assert "very close" in after["content_html"]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared material is not here")
def test_the_first_real_input_comes_out_as_the_design_says() -> None:
    data = next((SHARED / "seed").glob("*.txt")).read_bytes()
    [article] = reading.read(document(data, "seed.txt"), Rules())

    assert isinstance(article, Article)
    assert article.title == "Kim Jong Un Inspects New Missile Factory Ahead of Visit to China"
    assert article.summary.startswith("Pyongyang says the facility is central to plans")
    assert (article.categories, article.publisher) == (("World",), "The Express Gazette")
    assert f"{article.published.at:%Y-%m-%d} {article.published.precision}" == "2025-09-09 month"
    assert article.wire_source == "Associated Press"
    [image] = article.images
    assert image.alt == "North Korean leader Kim Jong Un touring a weapons facility"
    assert image.caption == image.credit == "Photo released by KCNA, via ABC News"
    assert article.content_html.count("<p>") == 8


def test_an_unchanged_feed_is_not_touched(line: Line, press: Press) -> None:
    ingest(line, PAGE)
    press.publish(NOW)
    path = press.public / "feeds/all.rss"
    before = path.stat().st_ino, path.stat().st_mtime_ns
    ingest(line, PAGE, "again.txt")

    assert press.publish(NOW, only=["all"]) == []
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before


def test_a_feed_that_is_asked_for_alone_is_written_alone(line: Line, press: Press) -> None:
    ingest(line, PAGE)
    press.publish(NOW)
    ingest(line, PAGE.replace("close", "narrow"), "edit.txt")
    written = press.publish(NOW, only=["local"])

    assert press.public / "feeds/local.rss" in written
    assert press.public / "feeds/all.rss" not in written
    assert set(line.store.shelf.marks("dirty")) == {"all"}


def test_a_feed_for_everything_exists_before_any_article(press: Press) -> None:
    press.publish(NOW)

    assert (press.public / "feeds/all.atom").exists()
    assert (press.public / "index.html").exists()


def test_what_is_marked_while_a_pass_runs_is_left_for_the_next(line: Line) -> None:
    ingest(line, PAGE)
    marks = line.store.shelf.marks("dirty")
    ingest(line, PAGE.replace("close", "narrow"), "edit.txt")
    line.store.shelf.settle("dirty", marks, NOW)

    assert set(line.store.shelf.marks("dirty")) == {"all", "local"}


def test_a_withdrawn_article_leaves_a_stub_and_a_page_that_is_gone(
    line: Line, press: Press
) -> None:
    [report] = line.ingest([document(PAGE, "page.txt")], NOW)
    press.publish(NOW)
    article_id = report.outcomes[0].id
    assert article_id is not None
    line.store.editorial.withdraw(article_id, "it was wrong", "a test", NOW)
    press.publish(NOW)

    [item] = json.loads((press.public / "feeds/all.json").read_text())["items"]
    assert item["title"].startswith("Withdrawn")
    assert "night ferry" not in (press.public / "feeds/all.rss").read_text().lower()
    assert [path.name for path in (press.public / "articles" / article_id).iterdir()] == [
        "index.410.html"
    ]


def test_a_restored_article_is_there_again(line: Line, press: Press) -> None:
    [report] = line.ingest([document(PAGE, "page.txt")], NOW)
    article_id = report.outcomes[0].id
    assert article_id is not None
    line.store.editorial.withdraw(article_id, "by mistake", "a test", NOW)
    press.publish(NOW)
    line.restore(article_id, "a test", NOW)
    press.publish(NOW)

    assert (press.public / "articles" / article_id / "index.html").exists()
    assert not (press.public / "articles" / article_id / "index.410.html").exists()


def test_an_old_article_leaves_the_store_its_feeds_and_its_page(line: Line, press: Press) -> None:
    ingest(line, PAGE)
    press.publish(NOW)
    later = NOW + timedelta(days=100)

    assert press.prune(later, later - timedelta(days=90)) == 1
    press.publish(later)
    assert list((press.public / "articles").glob("*/*")) == []
    assert json.loads((press.public / "feeds/all.json").read_text())["items"] == []


def test_reading_never_fails_on_a_fault_of_a_format(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(reading, "normalise", broken)
    found = reading.read(document(PAGE, "page.txt"), Rules())

    assert isinstance(found[0], Rejection)
    assert found[0].error == "ZeroDivisionError"


def test_what_was_read_is_the_sum_of_the_verdicts(line: Line) -> None:
    items = [
        {"id": "1", "title": "One", "body": "Text."},
        {"id": "1b", "title": "Two", "body": "Other text."},
        {"title": 5},
        "no article",
        {"id": "1", "title": "One", "body": "Changed text."},
    ]
    [report] = line.ingest([document(json.dumps(items))], NOW)

    assert len(report.outcomes) == len(items)
    assert sum(report.tally.values()) == len(items)
    assert report.tally[Verdict.REJECTED] == 2


def test_a_tree_that_was_taken_away_is_written_whole_again(line: Line, press: Press) -> None:
    ingest(line, PAGE)
    press.publish(NOW)
    before = {path.relative_to(press.public) for path in press.public.rglob("*.html")}
    shutil.rmtree(press.public)
    press.publish(NOW)

    assert {path.relative_to(press.public) for path in press.public.rglob("*.html")} == before
