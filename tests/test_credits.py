"""The other copies of a story: credited in every feed, on its page, and safely."""

from __future__ import annotations

import io
import json
from typing import Any

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html
from msgspec.structs import replace

from feeds.model import Article, Credit, Published, Site, Stamp
from feeds.publish.credits import copies, named
from feeds.publish.pages import Pages
from feeds.publish.render import Renderer
from feeds.publish.select import feed_for_all, last_change
from tests.factories import NOW

SITE = Site(public_url="https://desk.example", tag_authority="desk.example")
ATOM = "{http://www.w3.org/2005/Atom}"
GAZETTE = Credit("b1", "drop", "The Gazette", "Gates & levy", "https://gazette.example/1?a=1&b=2")
WIRE = Credit(
    "b2", "https://wire.example/feed", None, "Council shuts gates", "https://wire.example/2"
)
PAPER = Credit("b3", "drop", "The Paper <1881>", "Shut", None)


def story(*also: Credit, **changes: Any) -> Published:
    article = Article(
        source="drop",
        format="short",
        title="Council closes the gates",
        published=Stamp(NOW),
        content_html="<p>The gates close on Sunday.</p>",
        publisher="The Courier",
        link="https://courier.example/gates",
    )
    base = Published("a1", "tag:desk.example,2026:a1", 1, NOW, NOW, article, also=also)
    return replace(base, **changes)


def documents(one: Published) -> dict[str, bytes]:
    renderer = Renderer(SITE)
    feeds = renderer.feed(feed_for_all(SITE), last_change([one]), renderer.fragments([one]))
    return {suffix: bytes(data) for suffix, data in feeds.items()}


def body(*also: Credit) -> str:
    item = json.loads(documents(story(*also))["json"])["items"][0]
    return str(item["content_html"])


def many(count: int) -> list[Credit]:
    return [
        Credit(f"b{n}", "drop", f"Paper {n}", "Shut", f"https://p{n}.example/")
        for n in range(count)
    ]


def test_every_reader_sees_who_else_has_the_story() -> None:
    assert body(GAZETTE, WIRE, PAPER).endswith(
        '<p>Also in: <a href="https://gazette.example/1?a=1&amp;b=2">The Gazette</a>, '
        '<a href="https://wire.example/2">wire.example</a>, The Paper &lt;1881&gt;.</p>'
    )


def test_a_story_with_no_other_copy_says_nothing_of_copies() -> None:
    feeds = documents(story())

    assert not any(
        word in feeds[kind] for kind in feeds for word in (b"Also in", b"related", b"also")
    )


def test_a_person_is_told_a_few_names_and_how_many_more() -> None:
    line = body(*many(9)).rpartition("Also in: ")[2]

    assert line.count("<a ") == 5
    assert line.endswith("Paper 4</a> and 4 more.</p>")


def test_programs_are_told_of_each_copy_up_to_a_bound() -> None:
    entry = etree.fromstring(documents(story(*many(50)))["atom"]).find(f"{ATOM}entry")
    item = json.loads(documents(story(*many(50)))["json"])["items"][0]

    assert len(entry.findall(f"{ATOM}link[@rel='related']")) == 20
    assert len(item["_wireroom"]["also"]) == 20


def test_a_name_is_said_once_with_a_link_if_any_copy_has_one() -> None:
    some, more = named(copies([PAPER, replace(PAPER, link="https://paper.example/"), GAZETTE]), "")

    assert [(one.name, one.link) for one in some] == [
        ("The Paper <1881>", "https://paper.example/"),
        ("The Gazette", GAZETTE.link),
    ]
    assert more == 0


def test_the_source_itself_is_not_said_to_have_it_too() -> None:
    assert "Also in" not in body(replace(GAZETTE, publisher="The Courier"))


def test_atom_and_rss_link_to_the_copies_that_have_a_page() -> None:
    feeds = documents(story(GAZETTE, PAPER))
    entry = etree.fromstring(feeds["atom"]).find(f"{ATOM}entry")
    item = etree.fromstring(feeds["rss"]).find("channel/item")
    expected = [{"rel": "related", "href": GAZETTE.link, "title": "The Gazette: Gates & levy"}]

    for parent in (entry, item):
        links = parent.findall(f"{ATOM}link[@rel='related']")
        assert [dict(link.attrib) for link in links] == expected


def test_json_names_every_copy_with_what_is_known_of_it() -> None:
    item = json.loads(documents(story(GAZETTE, PAPER))["json"])["items"][0]

    assert item["_wireroom"]["also"] == [
        {"name": "The Gazette", "title": "Gates & levy", "url": GAZETTE.link},
        {"name": "The Paper <1881>", "title": "Shut"},
    ]


def test_the_story_s_own_page_credits_the_copies() -> None:
    page = html.document_fromstring(Pages(SITE).article(story(GAZETTE, PAPER)))
    [line] = page.xpath("//article/footer/p[starts-with(., 'Also in')]")

    assert line.text_content() == "Also in: The Gazette, The Paper <1881>"
    assert line.xpath("a/@href") == [GAZETTE.link]


def test_a_withdrawn_story_credits_nobody() -> None:
    gone = story(GAZETTE, withdrawn="killed")
    told = b"".join(documents(gone).values()) + Pages(SITE).article(gone)

    assert b"azette" not in told


def test_the_links_leave_the_first_link_of_the_item_alone() -> None:
    feeds = documents(story(GAZETTE, WIRE))
    links = [feedparser.parse(io.BytesIO(feeds[kind])).entries[0].link for kind in ("rss", "atom")]

    assert links == ["https://courier.example/gates"] * 2


ANY = st.text(st.characters(codec=None), max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Credit, ANY, ANY, st.none() | ANY, ANY, st.none() | ANY), max_size=8))
def test_no_credit_breaks_a_feed_or_a_page_or_leads_off_the_web(also: list[Credit]) -> None:
    feeds = documents(story(*also))
    page = html.document_fromstring(Pages(SITE).article(story(*also)))
    links = etree.fromstring(feeds["atom"]).xpath("//*[@rel='related']/@href")

    assert len(etree.fromstring(feeds["rss"]).findall("channel/item")) == 1
    assert all(link.startswith(("http://", "https://")) for link in links)
    assert page.xpath("count(//main)") == 1


@settings(max_examples=30, deadline=None)
@given(ANY, st.sampled_from(["javascript:", "data:", "JavaScript:", "//", "file:///"]))
def test_only_links_of_the_web_are_links(rest: str, scheme: str) -> None:
    [copy] = copies([replace(GAZETTE, link=scheme + rest)])

    assert copy.link is None


def test_what_joined_another_story_leads_there_without_a_script() -> None:
    page = html.document_fromstring(Pages(SITE).moved("old1", "a1"))
    there = "https://desk.example/articles/a1/"

    assert page.xpath("//link[@rel='canonical']/@href") == [there]
    assert page.xpath("//meta[@http-equiv='refresh']/@content") == [f"0; url={there}"]
    assert page.xpath("//main//a/@href") == [there]
    assert not page.xpath("//script")
