"""WordPress exports: published posts and pages, as WordPress would have shown them."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import formats
from feeds.errors import BrokenDocument
from feeds.formats import wxr
from feeds.formats.wxr.content import html_of
from feeds.model import Entry, Rejection
from tests.factories import document
from tests.pairs import expected, plain, read, samples

SAMPLES = samples("wxr")
SECONDS = 3.0
_OPEN = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:wp="http://wordpress.org/export/{}/"><channel><title>A blog</title>'
)


def _export(*items: str, version: str = "1.2") -> str:
    return _OPEN.format(version) + "\n".join(items) + "</channel></rss>"


def _item(fields: str = "", status: str = "publish", kind: str = "post") -> str:
    return (
        f"<item><title>Otters</title><content:encoded><![CDATA[Words.]]></content:encoded>"
        f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>{fields}</item>"
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    data = path.read_bytes()

    assert formats.parse(document(data, path.name))[0] == "wxr"
    assert plain(read(wxr, data)) == expected(path)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_each_version_of_the_export_is_read(version: str) -> None:
    data = _export(_item(), version=version)

    assert formats.parse(document(data, "x.xml"))[0] == "wxr"
    assert len(read(wxr, data)) == 1


def test_a_feed_of_wordpress_is_no_export() -> None:
    feed = '<rss version="2.0" xmlns:x="http://purl.org/rss/1.0/modules/content/"><channel/></rss>'

    assert formats.parse(document(feed, "feed.xml"))[0] == "syndication"


@pytest.mark.parametrize("status", ["draft", "pending", "private", "trash", "auto-draft", "odd"])
def test_what_is_not_published_is_turned_away(status: str) -> None:
    [found] = read(wxr, _export(_item(status=status)))

    assert isinstance(found, Rejection)


@pytest.mark.parametrize(
    "kind", ["attachment", "nav_menu_item", "revision", "wp_template", "feedback", "shop_order"]
)
def test_what_is_no_article_is_left_aside(kind: str) -> None:
    found = read(wxr, _export(_item(kind=kind), _item()))

    assert len(found) == 1
    assert isinstance(found[0], Entry)


def test_an_export_without_articles_says_so() -> None:
    with pytest.raises(BrokenDocument):
        read(wxr, _export(_item(kind="attachment")))


def test_a_broken_post_is_named_and_its_neighbours_pass() -> None:
    author = "<wp:author><wp:author_login>al</wp:author_login><wp:author_display_name>Ann Lee</wp:author_display_name></wp:author>"
    creator = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">al</dc:creator>'
    data = _export(author, _item(creator), "<item><title>AT&T</title></item>", _item(creator))
    found = read(wxr, data)

    assert [type(one) for one in found] == [Entry, Rejection, Entry]
    assert isinstance(found[1], Rejection)
    assert found[1].line == 3
    assert isinstance(found[2], Entry)
    assert [one.name for one in found[2].authors] == ["Ann Lee"]


@pytest.mark.parametrize(
    ("stored", "html"),
    [
        ("One.\n\nTwo\nlines.", "<p>One.</p>\n<p>Two<br>\nlines.</p>"),
        ("One.\r\n\r\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("He said [sic] so [1].", "<p>He said [sic] so [1].</p>"),
        ("[dropcap]A[/dropcap]n otter", "<p>An otter</p>"),
        ('Write [contact-form-7 id="5"]now', "<p>Write now</p>"),
        ("a [gallery] b", "<p>a</p>\n<p>b</p>"),
        ("<h2>Head</h2>\n\nText", "<h2>Head</h2>\n<p>Text</p>"),
        ("<pre>a\n\nb</pre>\n\nc", "<pre>a\n\nb</pre>\n<p>c</p>"),
        ("<p>Done.</p>\n\nloose", "<p>Done.</p>\n\nloose"),
        ("<!-- wp:paragraph -->\n<p>A</p>\n<!-- /wp:paragraph -->", "<p>A</p>"),
        (
            "[embed]https://v.example/1[/embed]",
            '<p><a href="https://v.example/1">https://v.example/1</a></p>',
        ),
        (
            '[caption width="3" caption="Old words"]<img src="a.png">[/caption]',
            '<figure><img src="a.png"><figcaption>Old words</figcaption></figure>',
        ),
        ("", ""),
    ],
)
def test_a_stored_text_becomes_what_wordpress_shows(stored: str, html: str) -> None:
    assert html_of(stored, {}) == html


@pytest.mark.parametrize(
    "piece", ["[", "[a ", "[caption]", "<pre>", "<!--", "[a b=", "\n\n", "[x]", "<ul><"]
)
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    html_of(piece * 30_000, {})

    assert time.process_time() - started < SECONDS


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("[]/<>pre= \n\"'!-caption\0"), max_size=80))
def test_no_text_raises(stored: str) -> None:
    assert isinstance(html_of(stored, {}), str)


_WHOLE = SAMPLES[0].read_bytes()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(_WHOLE)), st.integers(0, 40), st.binary(max_size=12))
def test_damage_raises_nothing_but_broken_document(start: int, length: int, put: bytes) -> None:
    data = _WHOLE[:start] + put + _WHOLE[start + length :]
    with contextlib.suppress(BrokenDocument):
        for one in read(wxr, data):
            assert isinstance(one, Entry | Rejection)
