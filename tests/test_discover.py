"""The feeds of a web page: what it names, in the order in which they are worth trying."""

from __future__ import annotations

import pytest

from feeds.read.discover import Link, feeds_named_in, usual_places

URL = "https://news.example/world/today.html"


def page(head: str, body: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def found(head: str, body: str = "") -> list[str]:
    return [link.url for link in feeds_named_in(page(head, body), URL)]


@pytest.mark.parametrize(
    "kind",
    [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "APPLICATION/RSS+XML; charset=utf-8",
    ],
)
def test_alternates_of_a_feeds_type_are_found(kind: str) -> None:
    head = f"<link rel='Alternate' type='{kind}' title='World' href='../feed.xml'>"

    assert feeds_named_in(page(head), URL) == [Link("https://news.example/feed.xml", "World")]


def test_the_base_of_the_page_is_kept_to() -> None:
    head = (
        "<base href='https://cdn.example/a/'><link rel=alternate type=application/rss+xml href=f>"
    )

    assert found(head) == ["https://cdn.example/a/f"]


def test_the_feed_of_comments_comes_last() -> None:
    head = (
        "<link rel=alternate type=application/rss+xml title='Comments' href=/comments/feed>"
        "<link rel=alternate type=application/rss+xml title='News' href=/feed>"
    )

    assert found(head) == ["https://news.example/feed", "https://news.example/comments/feed"]


def test_a_link_that_calls_itself_feed_is_found_anywhere() -> None:
    assert found("", "<p><a rel=feed href=/all.xml>All <b>news</b></a>") == [
        "https://news.example/all.xml"
    ]


@pytest.mark.parametrize(
    "head",
    [
        "<link rel=alternate hreflang=de href=/de/>",
        "<link rel=stylesheet type=text/css href=/feed.css>",
        "<link rel=alternate type=application/json href=/wp-json/wp/v2/posts/1>",
        "<link rel=alternate type=application/rss+xml href='javascript:alert(1)'>",
        "<link rel=alternate type=application/rss+xml href='http://[broken'>",
        "<link rel=alternate type=application/rss+xml>",
    ],
)
def test_what_is_no_feed_is_not_named(head: str) -> None:
    assert found(head) == []


def test_the_same_feed_is_named_once() -> None:
    head = "<link rel=alternate type=application/rss+xml href=/feed>" * 3

    assert found(head) == ["https://news.example/feed"]


@pytest.mark.parametrize("body", [b"", b"\0\0\0", b"plain words", b"<" * 10_000])
def test_bytes_of_any_kind_name_no_feed(body: bytes) -> None:
    assert feeds_named_in(body, URL) == []


def test_the_usual_places_are_those_of_the_site() -> None:
    assert usual_places(URL)[0] == "https://news.example/feed"
    assert all(place.startswith("https://news.example/") for place in usual_places(URL))
