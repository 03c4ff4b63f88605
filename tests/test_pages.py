"""The pages that people see: what they say, that they are safe, and that everybody can read them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import markupsafe
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from feeds.model import Article, Feed, Image, Person, Precision, Published, Site, Stamp
from feeds.publish.pages import Pages
from feeds.publish.select import feed_for_all
from feeds.publish.story import escaped
from feeds.publish.view import direction, has_deck, moment

SITE = Site(
    public_url="https://desk.example",
    title="The Harbour Desk",
    description="News from the coast.",
)
PAGES = Pages(SITE)
NOON = datetime(2026, 3, 4, 12, 0, 30, tzinfo=UTC)


def published(number: int = 1, **changes: Any) -> Published:
    facts = {
        name: changes.pop(name) for name in ("revision", "withdrawn", "changed") if name in changes
    }
    fields: dict[str, Any] = {
        "source": "drop",
        "format": "short",
        "title": "Council closes the gates",
        "summary": "Seven voted for it.",
        "content_html": "<p>The gates close on Sunday.</p>",
        "published": Stamp(NOON),
    }
    return Published(
        **{
            "id": f"a{number}",
            "entry_id": f"tag:desk.example,2026:articles/a{number}",
            "revision": 1,
            "admitted": NOON,
            "changed": NOON + timedelta(minutes=5),
            "article": Article(**fields | changes),
        }
        | facts
    )


def article(**changes: Any) -> Any:
    return html.document_fromstring(PAGES.article(published(**changes)))


def every_page() -> dict[str, bytes]:
    stories = [
        published(
            1,
            categories=("World",),
            authors=(Person("Ada", uri="https://c.example/ada"),),
            images=(Image("https://c.example/p.jpg", "Alt", "Caption", "Jo Lens"),),
            content_html="<h1>Part one</h1><p>x</p><h3>Detail</h3><p>y</p>",
            updated=Stamp(NOON + timedelta(hours=1)),
            source_title="The Courier",
            link="https://c.example/1",
        ),
        published(2, withdrawn="killed"),
        published(3, language="ar", title="بوابات"),
    ]
    feed = feed_for_all(SITE)
    return {
        "article": PAGES.article(stories[0]),
        "withdrawn": PAGES.article(stories[1]),
        "feed": bytes(PAGES.feed(feed, stories)),
        "home": bytes(PAGES.home([(feed, 3)], stories)),
        "empty home": bytes(PAGES.home([(feed, 0)], [])),
        "empty feed": bytes(PAGES.feed(feed, [])),
    }


EVERY_PAGE = every_page()
each_page = pytest.mark.parametrize("page", EVERY_PAGE.values(), ids=EVERY_PAGE.keys())


@each_page
def test_nothing_in_a_page_is_an_inline_script_or_style(page: bytes) -> None:
    tree = html.document_fromstring(page)
    scripts = [
        script.get("type")
        for script in tree.iter("script")
        if script.text or not str(script.get("src")).startswith("/static/live.js?v=")
    ]
    attributes = {name for element in tree.iter() for name in element.attrib}

    assert set(scripts) <= {"application/ld+json"}
    assert not list(tree.iter("style"))
    assert not [name for name in attributes if name == "style" or name.startswith("on")]


@each_page
def test_headings_come_in_order_with_one_at_the_top(page: bytes) -> None:
    tree = html.document_fromstring(page)
    levels = [int(element.tag[1]) for element in tree.iter("h1", "h2", "h3", "h4")]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@each_page
def test_a_page_has_its_landmarks_and_a_way_past_the_masthead(page: bytes) -> None:
    tree = html.document_fromstring(page)

    assert [len(tree.xpath(path)) for path in ("//main[@id='main']", "/html/body/header")] == [1, 1]
    assert tree.xpath("/html/body/a[1]/@href") == ["#main"]
    assert tree.get("lang") == "en"


@each_page
def test_feeds_are_found_in_the_order_rss_atom_json_under_names_of_their_own(page: bytes) -> None:
    links = html.document_fromstring(page).xpath("//head/link[@rel='alternate']")

    assert [(link.get("type"), link.get("title"), link.get("href")) for link in links] == [
        (kind, f"The Harbour Desk ({name})", f"https://desk.example/feeds/all.{suffix}")
        for kind, name, suffix in (
            ("application/rss+xml", "RSS", "rss"),
            ("application/atom+xml", "Atom", "atom"),
            ("application/feed+json", "JSON Feed", "json"),
        )
    ]


@each_page
def test_every_picture_has_an_alternative_text(page: bytes) -> None:
    assert html.document_fromstring(page).xpath("//img[not(@alt)]") == []


@each_page
def test_every_link_of_ours_leads_somewhere(page: bytes) -> None:
    known = {"/", "/feeds/all/", "/feeds/world/", "/feeds.opml", "#main"}
    known |= {f"/articles/a{number}/" for number in (1, 2, 3)}
    links = html.document_fromstring(page).xpath("//a/@href")

    assert {link for link in links if link.startswith(("/", "#"))} <= known


def test_pages_are_the_same_at_any_time() -> None:
    assert every_page() == EVERY_PAGE


@pytest.mark.parametrize(
    ("stamp", "iso", "words"),
    [
        (Stamp(NOON), "2026-03-04T12:00:30Z", "4 March 2026, 12:00 UTC"),
        (Stamp(NOON, Precision.MINUTE), "2026-03-04T12:00:30Z", "4 March 2026, 12:00 UTC"),
        (Stamp(NOON, Precision.DAY), "2026-03-04", "4 March 2026"),
        (Stamp(NOON, Precision.MONTH), "2026-03", "March 2026 (approximate)"),
    ],
)
def test_a_time_is_as_exact_as_it_is_known(stamp: Stamp, iso: str, words: str) -> None:
    time = article(published=stamp).find(".//time")

    assert (time.get("datetime"), time.text) == (iso, words)


def test_a_story_shows_everything_that_is_known_of_it() -> None:
    page = article(
        authors=(Person("Ada Quill"), Person("Bo Nib", uri="https://c.example/bo")),
        dateline="SALTMARSH",
        publisher="The Courier",
        link="https://c.example/gates",
        wire_source="Associated Press",
        rights="© 2026 The Courier",
        categories=("World",),
        images=(Image(None, "A keeper", "At the gate", "Jo Lens"),),
        updated=Stamp(NOON + timedelta(hours=2)),
    )
    words = " ".join(page.find(".//article").text_content().split())

    for phrase in (
        "World",
        "Council closes the gates",
        "Seven voted for it.",
        "By Ada Quill, Bo Nib",
        "SALTMARSH",
        "Updated 4 March 2026, 14:00 UTC",
        "A keeper. At the gate Jo Lens",
        "The gates close on Sunday.",
        "Source: The Courier",
        "First filed by the Associated Press",
        "© 2026 The Courier",
    ):
        assert phrase in words


@pytest.mark.parametrize(
    ("link", "canonical"),
    [(None, "https://desk.example/articles/a1/"), ("https://c.example/1", "https://c.example/1")],
)
def test_the_canonical_address_is_the_origin_s(link: str | None, canonical: str) -> None:
    assert article(link=link).xpath("//link[@rel='canonical']/@href") == [canonical]


def test_machines_read_a_news_article() -> None:
    page = article(
        title="</script><b>&",
        published=Stamp(NOON, Precision.MONTH),
        publisher="The Courier",
        authors=(Person("Ada"),),
    )
    data = json.loads(page.find(".//script").text)

    assert data["@type"] == "NewsArticle"
    assert data["headline"] == "</script><b>&"
    assert data["datePublished"] == "2026-03"
    assert data["publisher"] == {"@type": "Organization", "name": "The Courier"}


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("The gates close on Sunday.", False),
        ("The gates  close on Sun…", False),
        ("Seven voted for it.", True),
        ("", False),
    ],
)
def test_a_summary_that_repeats_the_text_is_no_deck(summary: str, shown: bool) -> None:
    story = published(summary=summary, content_html="<p>The <b>gates</b> close on Sunday.</p>")

    assert has_deck(story.article) is shown


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", "rtl"),
        ("fa-IR", "rtl"),
        ("he", "rtl"),
        ("az-Arab", "rtl"),
        ("en", "ltr"),
        ("ar-Latn", "ltr"),
        (None, "auto"),
    ],
)
def test_text_runs_in_the_direction_of_its_language(language: str | None, expected: str) -> None:
    assert direction(language) == expected


def test_a_story_in_arabic_says_so_while_the_page_stays_english() -> None:
    page = article(language="ar", title="بوابات")

    assert page.find(".//h1").attrib == {"dir": "rtl", "lang": "ar"}
    assert page.attrib == {"lang": "en", "dir": "ltr"}


def test_a_withdrawn_story_leaves_no_word_on_its_page() -> None:
    page = PAGES.article(
        published(withdrawn="a reason for us alone", publisher="The Courier", rights="© Courier")
    )

    assert b"Withdrawn: this story has been withdrawn by the source" in page
    assert not [w for w in (b"reason", b"Courier", b"gates", b"Seven") if w in page]
    assert b'<meta name="robots" content="noindex">' in page


def test_lists_show_a_withdrawn_story_as_a_stub() -> None:
    page = bytes(PAGES.feed(feed_for_all(SITE), [published(withdrawn="x", summary="secret")]))

    assert b"has been withdrawn by the source" in page
    assert b"secret" not in page


def test_a_feed_page_offers_its_address_and_readers() -> None:
    page = html.document_fromstring(bytes(PAGES.feed(Feed("ærø", "Ærø", "From the isle"), [])))
    address = "https://desk.example/feeds/%C3%A6r%C3%B8.rss"
    links = page.xpath("//main//a/@href")

    assert page.xpath("//input[@readonly]/@value") == [address]
    assert f"feed:{address}" in links
    assert any(link.startswith("https://feedly.com/") and "%25C3%25A6" in link for link in links)


def test_the_home_page_lists_every_feed_with_its_size() -> None:
    feeds = [(feed_for_all(SITE), 12), (Feed("world", "World"), 1)]
    page = html.document_fromstring(bytes(PAGES.home(feeds, [])))
    rows = [" ".join(row.text_content().split()) for row in page.xpath("//aside//li")]

    assert rows == ["All stories 12 stories", "World 1 story"]


def test_a_picture_in_a_list_carries_its_credit() -> None:
    picture = Image("https://c.example/p.jpg", "The gate", credit="Jo Lens")
    page = html.document_fromstring(bytes(PAGES.home([], [published(images=(picture,))])))

    assert page.xpath("//article/img/@alt") == ["The gate"]
    assert "Picture: Jo Lens" in page.text_content()


def test_a_site_below_a_path_links_below_that_path() -> None:
    pages = Pages(Site(public_url="https://desk.example/news"))
    page = html.document_fromstring(bytes(pages.home([], [published()])))
    links = page.xpath("//a/@href | //link[@rel='stylesheet']/@href | //img/@src")

    assert all(link.startswith(("/news/", "#", "https://desk.example/news/")) for link in links)


@pytest.mark.parametrize(
    "field", ["title", "summary", "dateline", "publisher", "rights", "language"]
)
def test_text_is_escaped_wherever_it_stands(field: str) -> None:
    attack = "\"'><script>alert(1)</script>"
    story = published(**{field: attack})

    for page in (PAGES.article(story), bytes(PAGES.home([], [story]))):
        assert b"<script>alert" not in page


def test_no_foreign_scheme_becomes_a_link() -> None:
    story = published(
        link="javascript:alert(1)",
        authors=(Person("Ada", uri="javascript:alert(2)"),),
        publisher="P",
    )

    assert b"javascript:" not in PAGES.article(story) + bytes(PAGES.home([], [story]))


@given(st.text(st.characters(codec=None)) | st.text("&<>'\"a;#39"))
def test_text_is_escaped_as_the_templates_escape_it(text: str) -> None:
    assert escaped(text) == str(markupsafe.escape(text))


@settings(max_examples=100, deadline=None)
@given(*[st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=50)] * 3)
def test_text_comes_out_of_a_page_as_it_went_in(title: str, summary: str, name: str) -> None:
    story = published(title=title, summary=summary, dateline=name, rights=name, publisher=name)
    page = html.document_fromstring(PAGES.article(story))
    row = html.document_fromstring(bytes(PAGES.home([], [story])))

    assert page.find(".//h1").text == title
    assert page.xpath("string(//meta[@name='description']/@content)") == summary
    assert page.xpath("string(//article/footer/p[@dir='auto'])") == name
    assert row.xpath("string(//h3/a)") == title
    assert row.xpath("string(//p[@class='summary'])") == summary


def test_a_list_shows_a_story_as_it_is_now() -> None:
    pages = Pages(SITE)
    pages.home([], [published(title="before")])

    assert b"after" in bytes(pages.home([], [published(title="after")]))


@settings(max_examples=40, deadline=None)
@given(*[st.text(st.characters(codec=None), max_size=50)] * 3)
def test_no_text_breaks_a_page(title: str, name: str, label: str) -> None:
    story = published(title=title, authors=(Person(name),), categories=(label,), language=label)
    page = html.document_fromstring(PAGES.article(story))

    assert page.xpath("count(//main)") == 1
    assert page.xpath("count(//script)") == 1


@pytest.mark.parametrize("text", ["<" * 200_000, "<a" * 100_000, "&" * 200_000, "<h1" * 70_000])
def test_hostile_text_takes_no_time(text: str) -> None:
    assert PAGES.article(published(summary=text, content_html=text))


def test_opml_lists_the_feeds_for_readers() -> None:
    feeds = [feed_for_all(SITE), Feed("world", "World & sea", "All of it", "da")]
    outlines = etree.fromstring(PAGES.opml(feeds)).findall("body/outline")

    assert dict(outlines[1].attrib) == {
        "type": "rss",
        "text": "World & sea",
        "title": "World & sea",
        "xmlUrl": "https://desk.example/feeds/world.rss",
        "htmlUrl": "https://desk.example/feeds/world/",
        "description": "All of it",
        "language": "da",
    }


def test_what_browsers_ask_for_unasked_is_there() -> None:
    files = PAGES.statics()

    assert files["favicon.ico"].startswith(b"\0\0\1\0\3\0")
    assert files["static/icon-144.png"].startswith(b"\x89PNG")
    assert {"robots.txt", "static/wireroom.css", "static/favicon.svg"} <= files.keys()


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance of ``#rrggbb`` or ``#rgb``."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


STYLESHEET = PAGES.statics()["static/wireroom.css"].decode()
SCHEMES = [
    dict(re.findall(r"--(\w+): (#\w+);", block))
    for block in re.findall(r":root \{([^}]*)\}", STYLESHEET)
]


@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("ink", ["ink", "soft", "link", "mark"])
@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "print"])
def test_text_has_the_contrast_that_everybody_can_read(
    scheme: dict[str, str], ink: str, ground: str
) -> None:
    light, dark = sorted((luminance(scheme[ink]), luminance(scheme[ground])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_moment_in_every_month_has_an_english_name() -> None:
    names = [
        moment(Stamp(NOON.replace(month=month), Precision.MONTH)).words for month in range(1, 13)
    ]

    assert names[0] == "January 2026 (approximate)"
    assert len(set(names)) == 12


def test_a_correction_is_called_one() -> None:
    page = article(correction="It is 40.", updated=Stamp(NOON + timedelta(hours=2)))

    assert page.xpath("string(//span[@class='changed'])") == "Corrected 4 March 2026, 14:00 UTC"


def test_what_scrolls_by_itself_can_be_reached_by_the_keyboard() -> None:
    page = article(content_html="<pre>a</pre><table><tr><td>b</td></tr></table>")

    assert page.xpath("//*[@tabindex='0'][self::pre or table]/@tabindex") == ["0", "0"]


@pytest.mark.parametrize(("language", "side"), [("ar", "rtl"), ("en", None), (None, None)])
def test_all_of_a_story_stands_on_the_side_of_its_language(
    language: str | None, side: str | None
) -> None:
    row = html.fragment_fromstring(PAGES.row(published(language=language)).decode())

    assert article(language=language).find(".//article").get("dir") == side
    assert row.find("article").get("dir") == side


@pytest.mark.parametrize(
    ("count", "days", "said"),
    [(10, 2, "About 5 a day"), (5, 35, "About 1 a week"), (4, 2, ""), (10, 0.5, "")],
)
def test_a_feed_page_tells_its_rhythm_where_it_has_one(count: int, days: float, said: str) -> None:
    step = timedelta(days=days) / (count - 1)
    stories = [published(number, changed=NOON - number * step) for number in range(count)]
    page = html.document_fromstring(bytes(PAGES.feed(feed_for_all(SITE), stories)))
    facts = page.xpath("//header[@class='opening']/p[@class='facts']/span/text()")

    assert [fact for fact in facts if fact.startswith("About")] == [said] * bool(said)
