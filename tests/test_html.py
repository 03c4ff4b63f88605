"""HTML pages: whom of its words a page is believed, what its text is, and pages that mean harm."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from feeds.errors import BrokenDocument
from feeds.formats import html
from feeds.formats.decoding import decode
from feeds.model import Document, Entry, Image, Person, Source

DATA = Path(__file__).parent / "data" / "html"
SAMPLES = sorted(DATA.glob("*.input.*"))
SHARED = Path(__file__).parents[2] / "shared"
CORPORA = SHARED / "corpora"
SECONDS = 2.0
PROSE = "<p>The last bus of the night now leaves at four and stops at each corner of the town.</p>"
STORY = (
    "<p>The last bus of the night now leaves at four, and stops at each corner of the town.</p>"
    "<p>For thirty years the last one had left at one, and those who worked late had to walk.</p>"
    "<p>The council voted with nine to two, after a debate that went on for most of the evening.</p>"
    "<p>The drivers were asked as well, and most of them said they would rather drive than sleep.</p>"
)
WEB = f"<div><nav><a href='/'>Home</a></nav><article><div>{STORY}</div></article></div>"


def _document(data: bytes | str, name: str = "page.html", url: str | None = None) -> Document:
    raw = data.encode() if isinstance(data, str) else data
    return Document(raw, name, Source(id="test"), datetime(2025, 9, 9, tzinfo=UTC), url=url)


def _entry(data: bytes | str, url: str | None = None) -> Entry:
    [entry] = html.parse(_document(data, url=url))
    assert isinstance(entry, Entry)
    return entry


def _page(head: str = "", body: str = PROSE) -> Entry:
    return _entry(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>")


def _ld(**node: object) -> str:
    node = {"@type": "NewsArticle", "headline": "From JSON-LD"} | node
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def _body(entry: Entry) -> str:
    return entry.content.value if entry.content else ""


def _title(entry: Entry) -> str:
    return entry.title.value if entry.title else ""


def _recognised(text: str, name: str = "x") -> bool:
    return html.recognises(_document(text, name), text.lstrip())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    pair = path.with_name(path.name.split(".input.")[0] + ".expected.json")
    default = msgspec.to_builtins(Entry(format=""))
    found = {
        key: value
        for key, value in msgspec.to_builtins(_entry(path.read_bytes())).items()
        if value != default.get(key)
    }

    assert _recognised(path.read_text("utf-8"))
    assert [found] == json.loads(pair.read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><p>x",
        "<html lang=en>",
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0">',
        "<!-- a comment --> <!-- two --><html>",
        "<h1>x</h1>",
        "<p class=x>x</p>",
        "<article>x</article>",
        "<DIV>x</DIV>",
    ],
)
def test_html_is_recognised_by_how_it_opens(text: str) -> None:
    assert _recognised(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<?xml version="1.0"?><rss version="2.0">', "x.xml"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "x"),
        ("<pre-release notes", "x"),
        ("plain words", "x.html"),
        ("<div align=center>logo</div>\n\n# Title", "README.md"),
        ("<!-- never closed", "x"),
    ],
)
def test_other_markup_and_text_is_no_html(text: str, name: str) -> None:
    assert not _recognised(text, name)


def test_the_name_tells_where_the_content_does_not() -> None:
    assert _recognised("Words, then <b>markup</b>", "x.htm")


def test_a_title_is_believed_in_the_order_of_trust() -> None:
    micro = '<div itemscope itemtype="https://schema.org/Article"><b itemprop="headline">Micro</b></div>'
    graph = '<meta property="og:title" content="Graph">'
    core = '<meta name="DC.title" content="Core">'
    shown = "<title>Shown</title>"

    titles = [
        _title(_page(_ld() + graph + core + shown, micro + PROSE)),
        _title(_page(graph + core + shown, micro + PROSE)),
        _title(_page(graph + core + shown)),
        _title(_page(core + shown)),
        _title(_page(shown)),
    ]

    assert titles == ["From JSON-LD", "Micro", "Graph", "Core", "Shown"]


def test_what_the_most_trusted_place_leaves_out_the_next_one_says() -> None:
    entry = _page(
        _ld(author={"name": "Ann Lee"})
        + '<meta property="article:published_time" content="2024-01-02T03:04:05Z">'
        + '<meta name="author" content="Bo Katz"><meta name="parsely-section" content="Transport">'
    )

    assert (entry.published, entry.categories) == ("2024-01-02T03:04:05Z", ["Transport"])
    assert entry.authors == [Person("Ann Lee")]


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "NewsArticle", "headline": "Mended",}',
        '{"@type": "NewsArticle", "headline":\n "Men\nded"}'.replace("Men\nded", "Mended\n"),
        '[{"@type": "WebSite", "name": "no"}, {"@type": "BlogPosting", "headline": "Mended"}]',
        '{"@graph": [{"@type": "http://schema.org/NewsArticle", "headline": "Mended"}]}',
        '{"@type": "WebPage", "mainEntity": {"@type": ["Thing", "Report"], "headline": "Mended"}}',
        '<!-- {"@type": "Article", "headline": "Mended"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "Mended"}\n//]]>',
        "{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;Mended&quot;}",
        '{"@type": "Article", "headline": "Mended"}; window.x = 1;',
        '{"@type": "Article", "headline": {"@value": "Men&#100;ed"}}',
    ],
    ids=range(10),
)
def test_json_ld_is_read_in_the_shapes_it_has_in_the_wild(block: str) -> None:
    entry = _page(f'<title>Other</title><script type="application/ld+json">{block}</script>')

    assert _title(entry) == "Mended"


@pytest.mark.parametrize(
    "block", ["{", "[" * 50_000, '{"a":' * 5_000, "null", '"x"', "{'a': 1}", ""]
)
def test_json_ld_beyond_mending_is_passed_over(block: str) -> None:
    entry = _page(f'<title>Other</title><script type="application/ld+json">{block}</script>')

    assert _title(entry) == "Other"


def test_of_several_articles_the_page_is_the_one_at_its_address() -> None:
    teaser = _ld(headline="Teaser", url="https://x.example/other")
    own = _ld(headline="Own", mainEntityOfPage={"@id": "https://x.example/own"})

    entry = _page('<link rel="canonical" href="https://x.example/own">' + teaser + own)

    assert (_title(entry), entry.link) == ("Own", "https://x.example/own")


def test_a_canonical_link_to_the_whole_site_is_no_address_of_an_article() -> None:
    entry = _page(
        '<title>T</title><link rel="canonical" href="https://x.example/">'
        '<meta property="og:url" content="https://x.example/own">'
    )

    assert entry.link == "https://x.example/own"


def test_a_page_without_an_address_of_its_own_has_the_one_it_came_from() -> None:
    entry = _entry(f"<html><title>T</title><body>{PROSE}</body></html>", "https://x.example/a/b")

    assert (entry.link, entry.base) == ("https://x.example/a/b", "https://x.example/a/b")


@pytest.mark.parametrize(
    "written",
    ["Headline of the day | The Site", "The Site: Headline of the day", "Headline of the day"],
)
def test_the_name_of_the_site_is_no_part_of_a_title(written: str) -> None:
    head = f'<meta property="og:site_name" content="The Site"><title>{written}</title>'

    assert _title(_page(head)) == "Headline of the day"


def test_a_headline_cut_for_search_engines_is_read_in_full() -> None:
    full = "A headline that goes on for longer than a search engine cares to show"
    entry = _page(_ld(headline=f"{full[:40]}…"), f"<h1>{full}</h1>{PROSE}")

    assert _title(entry) == full


def test_a_heading_with_the_name_of_the_site_is_no_headline() -> None:
    entry = _page(
        "<title>Buses run until four – Night Notes</title>",
        f"<h1>Night Notes</h1><h2>Buses run until four</h2>{PROSE}",
    )

    assert _title(entry) == "Buses run until four"


def test_a_byline_of_a_reader_is_none_of_the_article() -> None:
    entry = _page("<title>T</title>", f"{PROSE}<div class=comments><p class=author>Troll</p></div>")

    assert entry.authors == []


def test_a_date_that_only_stands_on_the_page_is_taken_as_it_stands() -> None:
    entry = _page("<title>T</title>", f'<p class="post-date">Nov. 9, 2024, 4:15 p.m. ET</p>{PROSE}')

    assert entry.published == "Nov. 9, 2024, 4:15 p.m. ET"
    assert "Nov. 9" not in _body(entry)


def test_images_of_several_sizes_are_one_picture() -> None:
    entry = _page(_ld(image=["https://x.example/1x1.jpg", "https://x.example/16x9.jpg"]))

    assert entry.images == [Image("https://x.example/1x1.jpg")]


def test_a_figure_keeps_its_place_and_its_words() -> None:
    figure = (
        '<figure><picture><source srcset="a-small.webp 400w, a-large.webp 1600w"><img alt="A bus">'
        "</picture><figcaption>At the square. <i class=credit>Photo: Pia Holm</i></figcaption></figure>"
    )
    for body in (
        PROSE + figure + PROSE,
        WEB.replace("<p>The council", f"{figure}<p>The council"),
    ):
        entry = _page("<title>T</title>", body)

        assert entry.images == [Image("a-large.webp", "A bus", "At the square.", "Pia Holm")]
        assert re.search(
            r"</p>\s*<figure>.*<img src=\"a-large.webp\".*<figcaption>At the square. \(Pia Holm\)"
            r"</figcaption></figure>\s*<p>",
            _body(entry),
            re.DOTALL,
        )


def test_the_furniture_of_a_page_is_no_text() -> None:
    entry = _page(
        "<title>T</title>", WEB + "<footer><p>All rights reserved by the house.</p></footer>"
    )

    assert "Home" not in _body(entry)
    assert "rights reserved" not in _body(entry)
    assert _body(entry).count("<p>") == 4


def test_a_page_of_prose_keeps_every_paragraph() -> None:
    entry = _page("<title>T</title>", f"<article><h1>T</h1><p>Yes.</p>{PROSE}<p>No.</p></article>")

    assert _body(entry) == f"<p>Yes.</p>{PROSE}<p>No.</p>"


def test_a_text_that_only_json_ld_holds_is_taken_from_there() -> None:
    entry = _page(
        _ld(articleBody="First & last.\n\nSecond."), "<div id=app><span>Loading</span></div>"
    )

    assert _body(entry) == "<p>First &amp; last.</p>\n<p>Second.</p>"


def test_a_deck_becomes_the_summary_and_leaves_the_text() -> None:
    entry = _page("<title>T</title>", f'<p class="story-dek">A deck that says it all.</p>{PROSE}')

    assert entry.summary
    assert entry.summary.value == "A deck that says it all."
    assert _body(entry) == PROSE


def test_a_deck_beside_another_summary_stays_in_the_text() -> None:
    entry = _page(
        '<title>T</title><meta name="description" content="Other words.">',
        f'<p class="dek">A deck that says it all.</p>{PROSE}',
    )

    assert "A deck that says it all." in _body(entry)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html><body></body></html>", "no title"),
        (f"<html><body>{PROSE}</body></html>", "no title"),
        (
            "<html><title>T</title><body><div id=app></div><script>x</script></body></html>",
            "no text",
        ),
        ("<!-- nothing -->", "empty"),
    ],
)
def test_a_page_without_title_or_text_is_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(BrokenDocument, match=words):
        _entry(text)


@pytest.mark.parametrize(
    "text",
    [
        f"<html><title>T</title>{PROSE}" + "<div>" * 200_000,
        "<h1>T</h1>" + "<b>" * 60_000,
        "<h1>T</h1><p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">x",
        "<h1>T</h1><p " + "".join(f'a{n}=">"' for n in range(50_000)) + ">x",
        "<h1>T</h1><p " + "/".join(f"a{n}" for n in range(50_000)) + ">x",
        "<h1>T</h1><!--><p " + " ".join(f"a{n}" for n in range(50_000)) + ">-->x",
        "<h1>T</h1><script></script ><p " + " ".join(f"a{n}" for n in range(50_000)) + ">x",
    ],
    ids=range(7),
)
def test_a_page_built_to_exhaust_its_reader_is_refused_in_time(text: str) -> None:
    started = time.process_time()

    with pytest.raises(BrokenDocument, match=r"deep|attributes"):
        _entry(text)

    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "piece",
    [
        *("<p>x", "<li>item x", "<a href=x>y</a>", "<!--", "<script>", '<a "', "<table><tr><td>x"),
        *("<figure><img src=a.jpg><figcaption>x photo by y</figcaption></figure>", "text<br>", " "),
        *('<script type="application/ld+json">{"@type":"Article"}</script>', "<h2>x</h2>", "&amp;"),
        *("<i itemscope itemprop=author>", "<title>", "<style>", "<meta name=author content=x>"),
        *("<p class='author date'>1</p>", "<time>"),
    ],
)
def test_hostile_pages_take_bounded_time(piece: str) -> None:
    page = f"<html><h1>T</h1>{PROSE}<div>" + piece * (100_000 // len(piece))
    started = time.process_time()

    with contextlib.suppress(BrokenDocument):
        _entry(page)

    assert time.process_time() - started < SECONDS


def test_a_script_with_much_in_quotes_is_no_attack() -> None:
    script = "<script>if (a<b) {" + 'x("y"); ' * 5_000 + "}</script>"

    assert "last bus" in _body(_page(f"<title>T</title>{script}"))


def test_entities_and_files_of_a_doctype_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of the house")

    entry = _entry(
        f'<!DOCTYPE html [<!ENTITY s SYSTEM "{secret.as_uri()}">]><html><title>T</title>{PROSE}<p>&s;</p></html>'
    )

    assert "secret of the house" not in repr(entry)


_TAGS = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<h1>",
            "<article>",
            "<div>",
            "<time datetime='2024'>",
            "<figure>",
            "<pre>",
        ),
        *(
            "<figcaption>",
            "<meta name='author' content='A'>",
            "<script type='application/ld+json'>",
        ),
        *('{"@type":"NewsArticle"', "}", "<title>", "</title>", "<a rel=author>", "text ", "&#0;"),
        *("<i class='byline'>", "<b itemprop='headline'>", "<b itemscope itemtype='/Article'>"),
        *("<!--", "]]>", "<img src=x>"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_TAGS | st.text(max_size=8), max_size=25).map("".join)
    | st.binary(max_size=200).map(decode)
)
def test_no_page_raises_anything_but_broken_document(text: str) -> None:
    for page in (text, f"<html><title>T</title>{PROSE}{text}"):
        html.recognises(_document(page.encode("utf-8", "replace")), page)
        with contextlib.suppress(BrokenDocument):
            list(html.parse(_document(page.encode("utf-8", "replace"))))


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_the_facts_and_the_text_of_known_pages_are_found() -> None:
    truth = json.loads((CORPORA / "xformat-18f" / "truth.json").read_text("utf-8"))
    for path in CORPORA.glob("xformat-18f/html/*.html"):
        entry, true = _entry(path.read_bytes()), truth[path.stem]
        words = re.findall(r"\w+", _text(_body(entry)))

        assert (_title(entry), entry.link) == (true["title"], true["url"])
        assert [person.name for person in entry.authors] == true["authors"]
        assert _overlap(words, re.findall(r"\w+", true["text"])) > 0.97


@pytest.mark.parametrize("control", ["\x01", "&#1;", "&#x1F", "\ufffe", "&#65535;"])
def test_a_control_character_costs_itself_and_not_the_page(control: str) -> None:
    text = f"The bridge{control} closes on Monday for three months of repairs, the city said. "
    page = (
        f"<html><head><title>Bridge</title></head><body><h1>Bridge</h1><p>{text}</p>"
        f"<script>x</script>{control}<img src=x>{control}<p>{text}&#10;&#127871;</p></body></html>"
    )
    entry = _entry(page)

    assert entry.content
    assert "The bridge closes on Monday" in entry.content.value
    assert "\U0001f37f" in entry.content.value


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_the_text_of_pages_of_the_web_is_found() -> None:
    folder = CORPORA / "article-extraction-benchmark"
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    scores = []
    for path in sorted(folder.glob("html/*.gz"))[::3]:
        found = _text(_body(_entry(gzip.decompress(path.read_bytes()))))
        true = truth[path.name.split(".")[0]]["articleBody"]
        scores.append(_overlap(re.findall(r"\w+", found), re.findall(r"\w+", true)))

    assert sum(scores) / len(scores) > 0.9


def _text(markup: str) -> str:
    return " ".join(str(text) for text in document_fromstring(markup).itertext())


def _overlap(one: list[str], other: list[str]) -> float:
    """Return the F1 of the words of two texts."""
    both = sum((Counter(one) & Counter(other)).values())
    return 2 * both / (len(one) + len(other))


def test_a_film_within_prose_leaves_every_paragraph_as_it_stands() -> None:
    film = '<iframe src="https://film.example/1">Your browser shows no frames.</iframe>'
    page = f"<nav><a href='/'>Home</a></nav><article><h1>Night buses</h1>{STORY}{film}{PROSE}</article>"

    entry = _entry(f"<html><head><title>Night buses</title></head><body>{page}</body></html>")

    assert entry.content is not None
    assert entry.content.value == STORY + PROSE
