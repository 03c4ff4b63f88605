"""Identities: the names under which an article is known."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.dedupe import identity
from feeds.dedupe.identity import folded, named_in
from feeds.model import DROP, Article, Named, Precision, Stamp
from tests.factories import article

DAY = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def named(one: Article, origin: str = "a.xml") -> Named:
    [found] = named_in([one], origin)
    return found


def rules(one: Article) -> list[str]:
    return [identity.rule for identity in named(one).identities]


def test_names_that_a_source_gave_come_first() -> None:
    assert rules(article()) == ["upstream id", "link", "content"]


def test_an_article_without_names_is_known_by_headline_and_date() -> None:
    assert rules(article(upstream_id=None, link=None)) == ["headline", "content"]


def test_a_home_page_names_no_article() -> None:
    assert "link" not in rules(article(link="https://wire.example/"))


def test_an_id_that_all_entries_of_a_document_share_names_none() -> None:
    found = named_in(
        [article(link="https://wire.example/1"), article(link="https://wire.example/2")], "x"
    )

    assert [[i.rule for i in one.identities] for one in found] == [["link", "content"]] * 2


def test_a_link_that_all_entries_of_a_document_share_names_none() -> None:
    found = named_in([article(upstream_id="1"), article(upstream_id="2")], "x")

    assert [[i.rule for i in one.identities] for one in found] == [["upstream id", "content"]] * 2


def test_the_id_of_an_article_depends_on_its_names_alone() -> None:
    edited = article(title="Another headline", content_html="<p>Another text.</p>")

    assert named(article()).id == named(edited).id


def test_plain_ids_of_two_publishers_in_the_drop_folder_are_two() -> None:
    one = article(source=DROP, upstream_id="17", link=None, publisher="The Gazette")
    other = msgspec.structs.replace(one, publisher="The Courier")

    assert named(one).identities[0] != named(other).identities[0]


def test_a_uri_is_one_id_whoever_publishes_it() -> None:
    one = article(source=DROP, upstream_id="urn:wire:17", publisher="The Gazette")
    other = msgspec.structs.replace(one, publisher="The Courier")

    assert named(one).identities[0] == named(other).identities[0]


def test_markup_and_case_do_not_make_another_text() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    plain, marked = (
        article(content_html=f"<p>{words}</p>"),
        article(content_html=f"<p><b>{words.upper()}</b>!</p>"),
    )

    assert named(plain).identities[-1] == named(marked).identities[-1]


def test_a_long_text_is_the_same_on_any_day() -> None:
    later = article(published=Stamp(at=datetime(2026, 5, 1, tzinfo=UTC)))

    assert named(article()).identities[-1] == named(later).identities[-1]


def test_a_short_text_is_not() -> None:
    short = article(content_html="<p>Policies unchanged.</p>")
    later = msgspec.structs.replace(short, published=Stamp(at=datetime(2026, 5, 1, tzinfo=UTC)))

    assert named(short).identities[-1] != named(later).identities[-1]


def test_an_article_without_a_date_of_its_own_is_told_apart_by_its_file() -> None:
    undated = article(
        upstream_id=None,
        link=None,
        published=Stamp(at=DAY, origin="file", precision=Precision.SECOND),
    )

    assert named(undated, "a.txt").identities[0] != named(undated, "b.txt").identities[0]


def test_a_bare_change_of_dates_changes_the_stamped_digest_alone() -> None:
    before, after = named(article()), named(article(updated=Stamp(at=DAY)))

    assert before.digest == after.digest
    assert before.stamped != after.stamped


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=200))
def test_any_text_gets_an_id_of_its_own(title: str, upstream_id: str, text: str) -> None:
    found = named(article(title=title, upstream_id=upstream_id, content_html=text))

    assert len(found.id) == 16
    assert found.identities


@given(st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"])))
@example("".join(map(chr, [*range(0x100), *range(0x2000, 0x2040)])).replace("", " a "))
def test_words_are_folded_alike_by_either_way(text: str) -> None:
    assert folded(text) == re.sub(r"[\W_]+", " ", text).strip().casefold()


_MARKUP = st.lists(
    st.sampled_from(
        ['href="', 'src="', 'poster="', 'title="', '"', "=", "?", "a=1&amp;b", " ", "<a ", ">", "x"]
    ),
    max_size=20,
).map("".join)


@given(_MARKUP)
def test_a_query_goes_from_addresses_and_from_nothing_else(markup: str) -> None:
    plainly = re.sub(r'((?:href|src|poster)="[^"?]*)\?[^"]*', r"\1", markup)

    assert identity._without_queries(markup) == plainly


@given(st.text("ab/?#=&.", max_size=12))
def test_a_link_with_a_path_or_a_query_leads_to_a_page(rest: str) -> None:
    link = f"https://paper.example{rest}" if rest[:1] in "/?#" else f"https://paper.example/{rest}"
    parts = urlsplit(link)

    assert identity.leads_to_a_page(link) == bool(parts.path.strip("/") or parts.query)


def test_an_article_that_stands_twice_in_a_document_keeps_its_names() -> None:
    first, second = named_in([article(), article()], "feed")

    assert first == second
    assert first.identities == named_in([article()], "feed")[0].identities
