"""What `benchmarks/extraction.py` measures, as floors, and what goes through the extractor unseen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.extraction import (
    CORPORA,
    FIELDS,
    articles,
    by_shingles,
    by_snippets,
    extracted,
    extractors,
    metadata,
    snippets,
    with_deck,
)
from feeds.formats import html
from feeds.model import Document, Entry, Source

WAYS = dict(extractors())
STORY = (
    "<p>The last bus of the night now leaves at four, and stops at each corner of the town.</p>"
    "<p>For thirty years the last one had left at one, and those who worked late had to walk.</p>"
    "<p>The council voted with nine to two, after a debate that went on for most of the evening.</p>"
)
PAGE = (
    "<html><title>Night buses</title><nav><a href=/>Home</a></nav><article><div>{}</div></article>"
)

needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")


def _body(inside: str) -> str:
    page = Document(
        PAGE.format(inside).encode(), "x.html", Source(id="t"), datetime(2026, 1, 1, tzinfo=UTC)
    )
    [entry] = html.parse(page)
    assert isinstance(entry, Entry)
    return entry.content.value if entry.content else ""


@needs_corpora
def test_the_text_of_articles_is_found_at_least_as_well_as_the_library_finds_it() -> None:
    pages = articles(CORPORA)

    ours = by_shingles(extracted(WAYS["wireroom"], pages))
    best = max(
        by_shingles(extracted(way, pages)).f1
        for name, way in WAYS.items()
        if name.startswith("trafilatura")
    )

    assert ours.f1 >= best
    assert ours.precision >= 0.92
    assert ours.recall >= 0.97


@needs_corpora
def test_the_snippets_of_articles_are_found_at_least_as_well_as_the_library_finds_them() -> None:
    pages = snippets(CORPORA)

    ours = by_snippets(extracted(with_deck, pages))
    best = max(
        by_snippets(extracted(way, pages)).f1
        for name, way in WAYS.items()
        if name.startswith("trafilatura")
    )

    assert ours.f1 >= best
    assert ours.precision >= 0.98
    assert ours.recall >= 0.95


@needs_corpora
@pytest.mark.parametrize("field", FIELDS)
def test_nine_pages_of_ten_are_read_as_what_they_state(field: str) -> None:
    rows = metadata(CORPORA)[field]

    assert sum(row[3] for row in rows) >= 0.9 * len(rows) > 0


def test_links_and_images_come_through_the_extraction_in_their_places() -> None:
    lines = '<p>See <a href="/old?a=1&amp;b=2">the <i>old</i> plan</a> of <b>May</b>.</p>'
    image = '<div class="lazy"><img src="a.jpg" alt="A bus"></div>'

    body = _body(STORY + image + lines + STORY)

    assert '<a href="/old?a=1&amp;b=2">the <i>old</i> plan</a>' in body
    assert body.index("<img") < body.index("the <i>old")


def test_a_mark_that_a_page_brings_itself_puts_nothing_in() -> None:
    body = _body(
        STORY + "<p>Evil \ufdda\ufdd0\ufddc and \ufddb\ufdd9\ufddctext\ufddd end.</p>" + STORY
    )

    assert "Evil and text end." in body
    assert "<img" not in body


def test_soft_hyphens_are_no_letters_of_a_text() -> None:
    assert "the last bus of the night" in _body(
        STORY.replace("bus", "b\xadus").replace("The", "the")
    )


def test_lines_that_lead_away_from_a_story_are_no_text_of_it() -> None:
    body = _body(f"{STORY}<p>Related: <a href=/2>Trams, too</a></p>{STORY.replace('The', 'One')}")

    assert "One last bus" in body
    assert "Trams" not in body


def test_a_page_that_leaves_out_its_body_tag_has_its_text() -> None:
    assert "The last bus" in _body(STORY)


def test_comments_of_readers_end_a_story() -> None:
    longer = STORY + STORY.replace("The", "One") + STORY.replace("The", "A")
    body = _body(f"{longer}<h3>3 Kommentare</h3><p>Nobody asked me about the bus.</p>")

    assert "A council" in body
    assert "asked me" not in body


def test_what_stands_above_the_repeated_headline_is_no_text() -> None:
    body = _body(f"<p>12 May // A. Lee</p><h2>Night buses</h2>{STORY}")

    assert body.strip().startswith("<p>The last bus")


def test_a_page_from_right_to_left_gives_a_text_from_right_to_left() -> None:
    body = _body(f"</div></article><main dir=RTL>{STORY}</main>")

    assert body.startswith('<div dir="rtl"><p>')


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("<a href=x>", "</a>", "<p>", "</p>", "<img src=a.jpg>", "word ", "<b>", "</b>"),
                *(
                    "\ufdda",
                    "\ufdd3",
                    "\ufddc",
                    "\ufddd",
                    "<figure>",
                    "</figure>",
                    "<td>",
                    "<ul><li>",
                ),
            ]
        ),
        max_size=40,
    )
)
def test_no_mark_is_ever_left_in_a_text(parts: list[str]) -> None:
    body = _body(STORY + "".join(parts) + STORY)

    assert not any("\ufdd0" <= letter <= "\ufddd" for letter in body)
    assert "wireroom-" not in body
