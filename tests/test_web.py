"""The published tree over HTTP, asked by real clients through a real uvicorn server.

What readers need of a server of feeds has numbers, which the tests of it carry:

 1. ETag and Last-Modified; the tag goes first, a date alone will do, no two versions share one.
 2. A tag for each coding, any of them known; a 304 repeats what a cache keeps.
 3. Cache-Control says when to poll again; nothing forbids to keep a copy.
 4. Compressed as the client takes it, plain for who says nothing.
 5. Vary; HEAD as GET; ranges are not needed.
 6. The types of the documents.
 7. Scripts of other sites may read feeds; nothing foreign runs on a page.
 8. Link names the feed and its hubs.
 9. 503 and Retry-After until there is something, 410 for what has ended, 301 for what has moved.
10. Who is to come again is told so in whole seconds.
11. No 226 (RFC 3229).
12. A home page and an icon are there for everybody.
13. No address is made from the Host header; files are replaced as wholes.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.web import application as web
from worker.web import server as web_server
from worker.web.answers import Addresses, Answer
from worker.web.notices import status_page
from worker.web.tree import Tree

RSS = (
    b'<rss version="2.0"><channel><title>Harbour news</title></channel></rss>\n'
    + b"<!-- tide -->" * 80
)
PAGE = (
    b"<!DOCTYPE html><html lang=en><title>Ferry back in service</title><p>It sails again.</html>\n"
)
WRITTEN = 1_760_000_000  # a second in October 2025

Headers = list[tuple[str, str]]


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Telling:
    """What the service would say of itself."""

    ready: bool = True
    status: dict[str, Any] = field(default_factory=dict)
    metrics: str = ""


@dataclass
class House:
    """One test's published tree, the application over it, and a client."""

    public: Path
    port: int
    telling: Telling = field(default_factory=Telling)
    client: tuple[str, int] | None = None

    def application(self, **settings: Any) -> web.WebApplication:
        return web.application(
            self.public,
            public_url="https://wire.example",
            max_age=600,
            ready=lambda: self.telling.ready,
            status=lambda: self.telling.status,
            metrics=lambda: self.telling.metrics,
            hubs=["https://hub.example/"],
            **settings,
        )

    def write(
        self,
        name: str,
        data: bytes,
        *,
        at: float = WRITTEN,
        twins: bool = True,
        twins_at: float = 0,
    ) -> None:
        """Publish a file as the publisher does: twins first, each renamed into place."""
        file = self.public / name
        file.parent.mkdir(parents=True, exist_ok=True)
        copies = {"": data}
        if twins:
            copies = {".br": brotli.compress(data), ".gz": gzip.compress(data, mtime=0)} | copies
        for suffix, copy in copies.items():
            temporary = file.with_name(f".{file.name}{suffix}.new")
            temporary.write_bytes(copy)
            stamp = int((twins_at if suffix and twins_at else at) * 1_000_000_000)
            os.utime(temporary, ns=(stamp, stamp))
            temporary.replace(file.with_name(file.name + suffix))

    def ask(self, path: str, method: str = "GET", headers: Headers | None = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers or []:
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        reply = Reply(
            response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        )
        connection.close()
        return reply

    def ask_raw(self, request: bytes, *, hang_up: bool = False) -> bytes:
        """Send *request* as it stands and return what comes until the server ends it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(request)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := connection.recv(65_536):
                received += chunk
        return received


class Switch:
    """One server for all tests; each test puts its own application behind it."""

    app: web.WebApplication
    house: House

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.house.client:
            scope["client"] = self.house.client
        await self.app(scope, receive, send)

    def at_once(self, *request: Any) -> Answer | None:
        return self.app.at_once(*request)


@pytest.fixture(scope="module")
def switch() -> Iterator[tuple[Switch, int]]:
    switch = Switch()
    server = web_server.server(switch)
    listener = web_server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield switch, port
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def house(switch: tuple[Switch, int], tmp_path: Path) -> House:
    house = House(tmp_path / "public", switch[1])
    switch[0].house = house
    switch[0].app = house.application()
    house.write("feeds/all.rss", RSS)
    return house


# What every answer carries


def test_1_a_feed_comes_with_a_strong_etag_and_a_last_modified(house: House) -> None:
    reply = house.ask("/feeds/all.rss")

    assert (reply.status, reply.body) == (200, RSS)
    assert re.fullmatch(r'"[0-9a-f]{32}"', reply.headers["etag"])
    assert reply.headers["last-modified"] == formatdate(WRITTEN, usegmt=True)


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_2_a_304_repeats_etag_cache_control_vary_and_last_modified(
    house: House, coding: str
) -> None:
    accept = [("Accept-Encoding", coding)]
    whole = house.ask("/feeds/all.rss", headers=accept)

    reply = house.ask("/feeds/all.rss", headers=[*accept, ("If-None-Match", whole.headers["etag"])])

    assert (reply.status, reply.body) == (304, b"")
    for name in ("etag", "cache-control", "vary", "last-modified"):
        assert reply.headers[name] == whole.headers[name]
    assert "content-type" not in reply.headers


def test_the_etag_is_that_of_the_content_and_not_of_the_file(house: House) -> None:
    before = house.ask("/feeds/all.rss").headers["etag"]
    house.write("feeds/copy.rss", RSS, at=WRITTEN + 50)

    assert house.ask("/feeds/copy.rss").headers["etag"] == before


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("feeds/all.rss", "application/rss+xml; charset=utf-8"),
        ("feeds/all.atom", "application/atom+xml; charset=utf-8"),
        ("feeds/all.json", "application/feed+json"),
        ("feeds.opml", "text/x-opml; charset=utf-8"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("favicon.ico", "image/vnd.microsoft.icon"),
        ("static/site.css", "text/css; charset=utf-8"),
    ],
)
def test_6_each_kind_of_file_has_its_content_type(
    house: House, path: str, content_type: str
) -> None:
    house.write(path, b"something")

    reply = house.ask("/" + path)

    assert reply.headers["content-type"] == content_type
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_3_a_feed_says_how_long_it_keeps_and_stands_in_for_a_failing_server(house: House) -> None:
    cache_control = house.ask("/feeds/all.rss").headers["cache-control"]

    assert cache_control == "public, max-age=600, stale-if-error=86400"
    assert "expires" not in house.ask("/feeds/all.rss").headers


def test_7_a_feed_may_be_read_by_scripts_of_other_sites(house: House) -> None:
    whole = house.ask("/feeds/all.rss").headers
    again = house.ask("/feeds/all.rss", headers=[("If-None-Match", whole["etag"])]).headers

    for headers in (whole, again):
        assert headers["access-control-allow-origin"] == "*"
        assert headers["access-control-expose-headers"] == "ETag, Link"


def test_8_13_a_feed_names_itself_by_the_public_url_whatever_host_was_asked(house: House) -> None:
    link = house.ask("/feeds/all.rss", headers=[("Host", "evil.example")]).headers["link"]

    assert (
        link
        == '<https://wire.example/feeds/all.rss>; rel="self", <https://hub.example/>; rel="hub"'
    )


@pytest.mark.parametrize("path", ["/", "/feeds/all/", "/articles/one/"])
def test_7_a_page_runs_no_script_but_ours_and_cannot_be_framed(house: House, path: str) -> None:
    house.write(f"{path[1:]}index.html", PAGE)

    reply = house.ask(path)
    policy = reply.headers["content-security-policy"].split("; ")
    scripts = [part for part in policy if part.startswith(("script-src", "connect-src"))]

    assert reply.body == PAGE
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert scripts == ([] if "article" in path else ["script-src 'self'", "connect-src 'self'"])
    assert "link" not in reply.headers  # there is no stream
    assert reply.headers["referrer-policy"] == "no-referrer"


def test_a_page_is_asked_for_again_each_time_so_that_news_shows(house: House) -> None:
    house.write("index.html", PAGE)

    assert "max-age=0" in house.ask("/").headers["cache-control"]


@pytest.mark.parametrize(
    ("query", "seconds"),
    [("?v=89abcdef01", 31_536_000), ("?89abcdef01", 31_536_000), ("", 3_600), ("?v=new", 3_600)],
)
def test_a_static_file_keeps_for_a_year_only_under_a_hash(
    house: House, query: str, seconds: int
) -> None:
    house.write("static/site.css", b"body{}")

    cache_control = house.ask("/static/site.css" + query).headers["cache-control"]

    assert f"max-age={seconds}" in cache_control


def test_the_server_does_not_say_what_it_is_made_of(house: House) -> None:
    headers = house.ask("/feeds/all.rss").headers

    assert "server" not in headers
    assert "date" in headers


# Conditional requests


def test_1_if_none_match_goes_before_if_modified_since(house: House) -> None:
    later = formatdate(WRITTEN + 9_999, usegmt=True)

    reply = house.ask(
        "/feeds/all.rss", headers=[("If-None-Match", '"other"'), ("If-Modified-Since", later)]
    )

    assert reply.status == 200


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 304), (1, 304), (86_400, 304)])
def test_1_a_client_that_only_sends_a_date_gets_304_from_that_date_on(
    house: House, seconds: int, status: int
) -> None:
    date = formatdate(WRITTEN + seconds, usegmt=True)

    assert house.ask("/feeds/all.rss", headers=[("If-Modified-Since", date)]).status == status


@pytest.mark.parametrize("date", ["yesterday", "0", "", "Thu, 99 Oct 2099 10:00:00 GMT", "x" * 999])
def test_a_bad_date_is_ignored(house: House, date: str) -> None:
    assert house.ask("/feeds/all.rss", headers=[("If-Modified-Since", date)]).status == 200


@pytest.mark.parametrize("form", ["{}", "W/{}", '"a", {}', '"a,b",W/{} , "c"', "*", " {} "])
@pytest.mark.parametrize("held", ["identity", "gzip", "br"])
def test_2_any_of_our_tags_in_any_form_is_known(house: House, form: str, held: str) -> None:
    tag = house.ask("/feeds/all.rss", headers=[("Accept-Encoding", held)]).headers["etag"]

    reply = house.ask(
        "/feeds/all.rss", headers=[("Accept-Encoding", "br"), ("If-None-Match", form.format(tag))]
    )

    assert reply.status == 304
    if form != "*":
        assert reply.headers["etag"] == tag


def test_tags_in_two_header_lines_are_one_list(house: House) -> None:
    tag = house.ask("/feeds/all.rss").headers["etag"]

    reply = house.ask("/feeds/all.rss", headers=[("If-None-Match", tag), ("If-None-Match", '"b"')])

    assert reply.status == 304


def test_13_a_changed_file_is_seen_by_the_next_request(house: House) -> None:
    tag = house.ask("/feeds/all.rss").headers["etag"]
    house.write("feeds/all.rss", RSS + b"<!-- more -->", at=WRITTEN + 60)

    reply = house.ask("/feeds/all.rss", headers=[("If-None-Match", tag)])

    assert (reply.status, reply.body) == (200, RSS + b"<!-- more -->")


def test_a_replaced_file_of_the_same_time_and_size_is_seen(house: House) -> None:
    house.write("feeds/b.rss", b"<rss>1</rss>", at=WRITTEN)
    first = house.ask("/feeds/b.rss").body
    house.write("feeds/b.rss", b"<rss>2</rss>", at=WRITTEN)

    assert (first, house.ask("/feeds/b.rss").body) == (b"<rss>1</rss>", b"<rss>2</rss>")


def test_1_two_changes_within_a_second_have_two_dates(house: House) -> None:
    first = house.ask("/feeds/all.rss").headers["last-modified"]
    house.write("feeds/all.rss", b"<rss/>", at=WRITTEN + 0.5)

    reply = house.ask("/feeds/all.rss", headers=[("If-Modified-Since", first)])

    assert (reply.status, reply.body) == (200, b"<rss/>")
    assert reply.headers["last-modified"] == formatdate(WRITTEN + 1, usegmt=True)


# Codings


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, None),
        ("", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;Q=0.5", "gzip"),
        ("br;q=0.4, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0.3, br;q=0", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.7", "gzip"),
        ("identity;q=0, *;q=0.1", "br"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("deflate", None),
        ("br;q=7, gzip;q=x", None),
    ],
)
def test_4_the_coding_is_the_best_that_the_client_takes(
    house: House, accept: str | None, coding: str | None
) -> None:
    reply = house.ask(
        "/feeds/all.rss", headers=[("Accept-Encoding", accept)] if accept is not None else []
    )
    unpack = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}[coding]

    assert reply.headers.get("content-encoding") == coding
    assert "accept-encoding" in reply.headers["vary"].split(", ")
    assert unpack(reply.body) == RSS


def test_2_each_coding_has_a_tag_of_its_own_with_the_suffix_inside_the_quotes(house: House) -> None:
    plain, gz, br = (
        house.ask("/feeds/all.rss", headers=[("Accept-Encoding", coding)]).headers["etag"]
        for coding in ("identity", "gzip", "br")
    )

    assert (gz, br) == (f'{plain[:-1]}.gz"', f'{plain[:-1]}.br"')


def test_a_twin_of_another_version_is_not_used(house: House) -> None:
    house.write("feeds/old.rss", RSS, twins_at=WRITTEN - 1)

    reply = house.ask("/feeds/old.rss", headers=[("Accept-Encoding", "br, gzip")])

    assert "content-encoding" not in reply.headers
    assert reply.body == RSS


def test_a_twin_that_comes_after_its_file_is_found_within_moments(house: House) -> None:
    accept = [("Accept-Encoding", "br")]
    house.write("feeds/late.rss", RSS, twins=False)
    first = house.ask("/feeds/late.rss", headers=accept)
    house.write("feeds/late.rss.br", brotli.compress(RSS), twins=False)
    time.sleep(1.1)

    assert "content-encoding" not in first.headers
    assert house.ask("/feeds/late.rss", headers=accept).headers["content-encoding"] == "br"


def test_a_picture_does_not_vary(house: House) -> None:
    house.write("static/mark.png", b"\x89PNG")

    assert "vary" not in house.ask("/static/mark.png", headers=[("Accept-Encoding", "br")]).headers


# Methods


@pytest.mark.parametrize("path", ["/feeds/all.rss", "/nothing", "/healthz", "/feeds/none.rss"])
def test_5_head_is_get_without_a_body(house: House, path: str) -> None:
    got = house.ask(path)
    head = house.ask(path, "HEAD")
    for reply in (got, head):
        reply.headers.pop("date")

    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")
    assert head.headers["content-length"] == str(len(got.body))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_told_which_ones_there_are(house: House, method: str) -> None:
    reply = house.ask("/feeds/all.rss", method)

    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"
    assert reply.headers["connection"] == "close"


def test_a_body_that_is_refused_is_not_taken_for_the_next_request(house: House) -> None:
    body = b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    assert house.ask_raw(request).count(b"HTTP/1.1 ") == 1


def test_options_answers_a_preflight(house: House) -> None:
    reply = house.ask("/feeds/all.rss", "OPTIONS")

    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "GET" in reply.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    "header",
    [("Range", "bytes=0-9"), ("A-IM", "feed"), ("Upgrade", "h2c"), ("Connection", "Upgrade")],
)
def test_5_11_what_is_not_offered_is_answered_with_the_whole_feed(
    house: House, header: tuple[str, str]
) -> None:
    reply = house.ask("/feeds/all.rss", headers=[header])

    assert (reply.status, reply.body) == (200, RSS)


def test_11_a_reader_that_takes_differences_gets_304_or_the_whole_feed(house: House) -> None:
    tag = house.ask("/feeds/all.rss").headers["etag"]
    replies = [
        house.ask("/feeds/all.rss", headers=[("A-IM", "feed, gzip"), ("If-None-Match", held)])
        for held in (tag, '"older"')
    ]

    assert [(one.status, one.body) for one in replies] == [(304, b""), (200, RSS)]
    assert not any("im" in one.headers for one in replies)


# Paths


def test_a_folder_without_its_slash_is_redirected(house: House) -> None:
    house.write("articles/a1b2/index.html", PAGE)

    reply = house.ask("/articles/a1b2?from=mail")

    assert (reply.status, reply.headers["location"]) == (308, "/articles/a1b2/")


def test_a_folder_has_no_second_address(house: House) -> None:
    house.write("articles/a1b2/index.html", PAGE)

    reply = house.ask("/articles/a1b2/index.html")

    assert (reply.status, reply.headers["location"]) == (308, "/articles/a1b2/")


def test_a_folder_is_never_listed(house: House) -> None:
    assert house.ask("/feeds/").status == 404
    assert house.ask("/feeds").status == 404


@pytest.mark.parametrize("name", ["élan", "ประเทศไทย", "a b", "100%", "نیم\u200cفاصله", "json"])
def test_names_in_any_script_are_found(house: House, name: str) -> None:
    house.write(f"feeds/{name}.atom", RSS)
    house.write(f"feeds/{name}/index.html", PAGE)
    path = quote(f"/feeds/{name}")

    assert house.ask(path + ".atom").body == RSS
    assert house.ask(path + "/").body == PAGE
    assert house.ask(path).headers["location"] == path + "/"
    assert f"<https://wire.example{path}.atom>" in house.ask(path + ".atom").headers["link"]


def test_every_spelling_of_a_path_is_the_same_page(house: House) -> None:
    assert house.ask("/feeds/%61ll.rs%73").body == RSS


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/feeds/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/feeds/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/feeds%2fall.rss",
        "/feeds/..%5c..%5csecret.txt",
        "/feeds/all.rss%00.txt",
        "//feeds/all.rss",
        "/feeds//all.rss",
        "/./feeds/all.rss",
        "/feeds/all.rss/",
        "/.hidden/index.html",
        "/.hidden.txt",
        "/feeds/all.rss.gz",
        "/feeds/all.rss.br",
        "/feeds/all.rss.tmp",
        "/feeds/all.rss~",
        "/feeds/%ff.rss",
        "/feeds/%zz.rss",
        "/link.txt",
        "/linked/secret.txt",
        "/loop.txt",
        "/pipe.txt",
        "/folder.txt",
        "/" + "n" * 5_000 + ".txt",
        "/articles/gone/index.410.html",
        "/wp-login.php",
    ],
)
def test_nothing_but_what_is_published_is_found(house: House, path: str) -> None:
    secret = house.public.parent / "secret.txt"
    secret.write_bytes(b"secret")
    for name in (".hidden/index.html", ".hidden.txt", "feeds/all.rss.tmp", "feeds/all.rss~"):
        house.write(name, b"secret", twins=False)
    house.write("articles/gone/index.410.html", b"secret")
    (house.public / "link.txt").symlink_to(secret)
    (house.public / "linked").symlink_to(house.public.parent)
    (house.public / "loop.txt").symlink_to("loop.txt")
    (house.public / "folder.txt").mkdir()
    os.mkfifo(house.public / "pipe.txt")

    reply = house.ask(path)

    assert reply.status == 404
    assert b"secret" not in reply.body


def test_a_file_that_becomes_a_link_to_the_outside_is_no_longer_served(house: House) -> None:
    house.write("notes.txt", b"public")
    first = house.ask("/notes.txt").status
    secret = house.public.parent / "secret.txt"
    secret.write_bytes(b"secret")
    (house.public / "notes.txt").unlink()
    (house.public / "notes.txt").symlink_to(secret)

    assert (first, house.ask("/notes.txt").status) == (200, 404)


def test_9_a_withdrawn_article_is_gone_and_says_so(house: House) -> None:
    house.write("articles/a1/index.html", PAGE)
    first = house.ask("/articles/a1/")
    house.write("articles/a1/index.410.html", b"<title>Withdrawn</title>")

    reply = house.ask("/articles/a1/", headers=[("If-None-Match", first.headers["etag"])])

    assert (first.status, reply.status) == (200, 410)
    assert reply.body == b"<title>Withdrawn</title>"


def test_a_restored_article_is_back(house: House) -> None:
    house.write("articles/a1/index.410.html", b"<title>Withdrawn</title>")
    first = house.ask("/articles/a1/").status
    house.write("articles/a1/index.html", PAGE)
    (house.public / "articles/a1/index.410.html").unlink()

    assert (first, house.ask("/articles/a1/").status) == (410, 200)


@pytest.mark.parametrize("suffix", [".rss", ".atom", ".json", "/", "/archive/1.rss", "/archive/1/"])
def test_9_a_renamed_feed_has_moved_for_good_with_its_page_and_archives(
    house: House, suffix: str
) -> None:
    folder = "index.html" if suffix.endswith("/") else ""
    house.write(f"feeds/boats{suffix}{folder}", RSS)
    house.write("feeds/.moved.json", b'{"ferries": "boats"}', twins=False)

    reply = house.ask(f"/feeds/ferries{suffix}")

    assert (reply.status, reply.headers["location"]) == (301, f"/feeds/boats{suffix}")


@pytest.mark.parametrize("suffix", [".rss", ".atom", ".json", "/", "/archive/1.rss", "/archive/1/"])
def test_9_a_removed_feed_has_ended_with_its_page_and_archives(house: House, suffix: str) -> None:
    house.write("feeds/.moved.json", b'{"ferries": null}', twins=False)

    assert house.ask(f"/feeds/ferries{suffix}").status == 410


def test_9_a_feed_that_is_back_has_not_ended(house: House) -> None:
    house.write("feeds/.moved.json", b'{"all": null}', twins=False)

    assert house.ask("/feeds/all.rss").status == 200


# A person at the address of a feed


CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)


@pytest.mark.parametrize(
    ("accept", "fetch_dest", "shown"),
    [
        (CHROMIUM, "document", PAGE),
        (CHROMIUM, None, PAGE),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "document", PAGE),
        ("TEXT/HTML", None, PAGE),
        (CHROMIUM, "empty", RSS),
        (CHROMIUM, "iframe", RSS),
        (None, "document", RSS),
        ("*/*", None, RSS),
        ("text/*", None, RSS),
        ("text/html, application/rss+xml", None, RSS),
        ("application/rss+xml, application/xml;q=0.8, text/html;q=0.7", None, RSS),
        ("application/atom+xml;q=0.9, text/html;q=0.9", None, RSS),
        ("text/html;q=0", None, RSS),
        ("text/html;q=much", None, RSS),
    ],
)
def test_5_a_page_is_shown_at_a_feeds_address_only_to_who_prefers_one(
    house: House, accept: str | None, fetch_dest: str | None, shown: bytes
) -> None:
    house.write("feeds/all/index.html", PAGE)
    said = {"Accept": accept, "Sec-Fetch-Dest": fetch_dest}

    reply = house.ask("/feeds/all.rss", headers=[(k, v) for k, v in said.items() if v])

    assert (reply.status, reply.body) == (200, shown)
    assert reply.headers["vary"] == "accept, accept-encoding, sec-fetch-dest"
    assert reply.headers.get("content-location") == ("/feeds/all/" if shown == PAGE else None)


def test_where_there_is_no_page_of_a_feed_the_feed_is_shown(house: House) -> None:
    assert house.ask("/feeds/all.rss", headers=[("Accept", "text/html")]).body == RSS


def test_5_a_feed_varies_by_coding_alone_where_nothing_is_negotiated(
    house: House, switch: tuple[Switch, int]
) -> None:
    house.write("feeds/all/index.html", PAGE)
    switch[0].app = house.application(negotiates=False)

    reply = house.ask("/feeds/all.rss", headers=[("Accept", CHROMIUM)])

    assert (reply.body, reply.headers["vary"]) == (RSS, "accept-encoding")


# What is missing, and when


def test_a_removed_feed_is_404_with_a_page_that_leads_home(house: House) -> None:
    first = house.ask("/feeds/all.rss").status
    (house.public / "feeds/all.rss").unlink()

    reply = house.ask("/feeds/all.rss")

    assert (first, reply.status) == (200, 404)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert b'<a href="/">' in reply.body


@pytest.mark.parametrize(
    "path", ["/", "/feeds/all.rss", "/feeds/all/", "/feeds/all", "/articles/a1/", "/feeds.opml"]
)
def test_9_10_before_the_first_publish_all_is_503_with_seconds_to_wait(
    house: House, path: str
) -> None:
    shutil.rmtree(house.public)

    reply = house.ask(path)

    assert reply.status == 503
    assert int(reply.headers["retry-after"]) > 0


def test_9_10_while_the_service_is_not_ready_a_missing_feed_is_503(house: House) -> None:
    house.telling.ready = False
    reply = house.ask("/feeds/none.rss")

    assert (reply.status, reply.headers["retry-after"].isdecimal()) == (503, True)
    assert house.ask("/feeds/all.rss").status == 200


@pytest.mark.parametrize("path", ["/", "/feeds.opml", "/favicon.ico", "/robots.txt"])
def test_12_what_readers_ask_for_all_the_time_is_never_not_found(house: House, path: str) -> None:
    assert house.ask(path).status == 503


def test_9_10_a_feed_that_cannot_be_read_is_503_and_not_404(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The one fault that is made: no process can be run out of descriptors without hurting others.
    def fail(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("worker.web.tree.os.open", fail)
    reply = house.ask("/feeds/all.rss")

    assert reply.status == 503
    assert int(reply.headers["retry-after"]) > 0


# How the service is doing


def test_healthz_says_that_the_process_lives(house: House) -> None:
    house.telling.ready = False

    reply = house.ask("/healthz")

    assert (reply.status, reply.body) == (200, b"ok\n")


def test_readyz_says_ready_or_why_not(house: House) -> None:
    ready = house.ask("/readyz")
    house.telling.ready = False
    time.sleep(1.1)  # an answer is believed for a second
    not_ready = house.ask("/readyz")

    assert (ready.status, json.loads(ready.body)) == (200, {"ready": True, "reasons": []})
    assert not_ready.status == 503
    assert json.loads(not_ready.body)["reasons"]


def test_metrics_count_requests_by_route_and_code(house: House) -> None:
    house.telling.metrics = "# TYPE wireroom_build_info gauge\nwireroom_build_info 1\n"
    tag = house.ask("/feeds/all.rss").headers["etag"]
    for _ in range(2):
        house.ask("/feeds/all.rss", headers=[("If-None-Match", tag)])
    house.ask("/wp-login.php")

    lines = house.ask("/metrics").body.decode().splitlines()

    assert "wireroom_build_info 1" in lines
    assert 'wireroom_http_requests_total{route="feed",code="200"} 1' in lines
    assert 'wireroom_http_requests_total{route="feed",code="304"} 2' in lines
    assert 'wireroom_http_requests_total{route="other",code="404"} 1' in lines


def test_the_status_page_shows_sections_and_escapes_them(house: House) -> None:
    house.telling.status = {"sources": {"<b>desk</b>": "quiet & late"}, "articles": 7}

    page = house.ask("/status/").body

    assert b"<h2>sources</h2>" in page
    assert b"&lt;b&gt;desk&lt;/b&gt;" in page
    assert b"quiet &amp; late" in page


def test_the_status_can_be_read_by_programs(house: House) -> None:
    house.telling.status = {"sources": {"desk": {"last": "09:00", "waiting": 3}}}

    assert json.loads(house.ask("/status.json").body) == house.telling.status


@pytest.mark.parametrize("path", ["/metrics", "/status", "/status/", "/status.json"])
def test_strangers_are_not_told_how_the_service_is_doing(
    house: House, switch: tuple[Switch, int], path: str
) -> None:
    here = house.ask(path).status
    house.client = ("192.0.2.7", 50_000)
    stranger = house.ask(path).status
    forged = house.ask(path, headers=[("X-Forwarded-For", "127.0.0.1")]).status
    switch[0].app = house.application(open_status=True)
    opened = house.ask(path).status

    told = 308 if path == "/status" else 200
    assert (here, stranger, forged, opened) == (told, 404, 404, told)


def test_a_request_that_a_local_proxy_forwarded_is_a_strangers(house: House) -> None:
    assert house.ask("/metrics", headers=[("X-Forwarded-For", "192.0.2.7")]).status == 404


@pytest.mark.parametrize("path", ["/metrics", "/status/", "/status.json"])
def test_trouble_in_finding_out_is_told_and_is_no_500(house: House, path: str) -> None:
    del house.telling  # so that asking raises an AttributeError

    reply = house.ask(path)

    assert reply.status == 503
    assert b"cannot be told" in reply.body


def test_a_service_that_cannot_say_whether_it_is_ready_is_not(house: House) -> None:
    del house.telling

    assert house.ask("/readyz").status == 503
    assert house.ask("/feeds/none.rss").status == 503


def test_readyz_names_the_feeds_that_were_never_published(house: House) -> None:
    shutil.rmtree(house.public)

    assert json.loads(house.ask("/readyz").body)["reasons"] == ["no feed has been published yet"]


def test_the_status_page_writes_lists_out() -> None:
    page = status_page({"queues": {"waiting": ["ingest: 3", {"poll": 2}]}}).decode()

    assert "<td>ingest: 3<br>poll: 2</td>" in page


# Memory, and strangers


def test_what_is_kept_in_memory_is_bounded(house: House) -> None:
    tree = Tree(house.public, Addresses("https://wire.example", 600), kept_bytes=100_000)
    for number in range(20):
        house.write(f"feeds/{number}.rss", b"%d" % number * 5_000, twins=False)
        tree.page(b"/feeds/%d.rss" % number)

    kept = sum(page.page.weight for page in tree._kept.values())

    assert 0 < kept <= 100_000
    assert kept == tree._weight
    assert b"/feeds/19.rss" in tree._kept
    assert b"/feeds/0.rss" not in tree._kept


def test_many_spellings_of_a_path_are_kept_once(house: House) -> None:
    tree = Tree(house.public, Addresses("https://wire.example", 600))
    pages = {
        tree.page(path) for path in (b"/feeds/all.rss", b"/feeds/%61ll.rss", b"/%66eeds/all.rss")
    }

    assert len(pages) == 1
    assert list(tree._kept) == [b"/feeds/all.rss"]


def test_a_file_is_read_once_for_many_requests(house: House) -> None:
    tree = Tree(house.public, Addresses("https://wire.example", 600))

    assert tree.page(b"/feeds/all.rss") is tree.page(b"/feeds/all.rss")


WAYS_OUT = st.builds(
    lambda between, steps, name: b"/" + between.join([*steps, name]),
    st.sampled_from([b"/", b"/", b"%2f", b"\\"]),
    st.lists(st.sampled_from([b"..", b"%2e%2e", b"", b"feeds", b"linked", b".hidden"]), max_size=2),
    st.sampled_from([b"secret.txt", b"link.txt"]),
)


def lay_traps(public: Path) -> None:
    """Put secrets where a path that is read wrongly would lead."""
    hidden = public / ".hidden"
    hidden.mkdir(exist_ok=True)
    for secret in (public.parent / "secret.txt", hidden / "index.html", hidden / "secret.txt"):
        secret.write_bytes(b"not for you")
    with contextlib.suppress(FileExistsError):
        (public / "link.txt").symlink_to(public.parent / "secret.txt")
        (public / "linked").symlink_to(public.parent)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.one_of(st.binary(max_size=60).map(b"/".__add__), WAYS_OUT),
    headers=st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=40)), max_size=4),
)
def test_random_bytes_on_the_wire_never_make_an_error_of_ours(
    house: House,
    caplog: pytest.LogCaptureFixture,
    path: bytes,
    headers: list[tuple[bytes, bytes]],
) -> None:
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    lay_traps(house.public)
    request = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n"

    received = house.ask_raw(request, hang_up=True)

    assert b"HTTP/1.1 500" not in received
    assert b"not for you" not in received
    assert not caplog.records


def test_garbage_ends_what_was_asked_before_it_without_an_error(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    received = house.ask_raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"\0\r\n\r\n")

    assert received.count(b"HTTP/1.1 400") == 1
    assert not caplog.records


@pytest.mark.parametrize("path", [b"/feeds/all.rss", b"/healthz"])
@pytest.mark.parametrize(
    ("start", "more"),
    [(b"0\r\n", b"X: k\r\n" * 10_000), (b"0\r\nX: ", b"k" * 60_000), (b"0;", b"k" * 60_000)],
    ids=["many trailers", "a long trailer", "a chunk extension"],
)
def test_what_follows_a_head_and_is_no_body_is_bounded(
    house: House, path: bytes, start: bytes, more: bytes
) -> None:
    head = b"GET %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path
    with socket.create_connection(("127.0.0.1", house.port), timeout=5) as connection:
        connection.sendall(head + start)

        with pytest.raises(ConnectionError):
            connection.sendall(more * 500)  # 30 MB: more than the kernel takes for who is gone


VERBS = st.sampled_from(
    [b"GET", b"HEAD", b"POST", b"OPTIONS", b"TRACE", b"CONNECT", b"PRI", b"M-SEARCH", b"get", b""]
)
TRICKS = st.sampled_from(
    [
        *(b"/", b"..", b"%2e%2e", b"%2f", b"\\", b"%5c", b"%00", b"?", b"#", b"*", b"http://x"),
        *(b"feeds", b"all.rss", b"all", b"secret.txt", b".hidden", b"link.txt", b"index.html"),
        *(b"/healthz", b"/status", b"/hub", b"/events", b"/websub/", b"/static/", b"x:80", b"\xff"),
    ]
)
VERSIONS = st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b""])
FIELDS = st.tuples(
    st.sampled_from(
        [
            *(b"Host", b"Connection", b"Upgrade", b"Expect", b"Content-Length", b"X\0", b""),
            *(b"Transfer-Encoding", b"If-None-Match", b"Accept", b"Accept-Encoding", b"Range"),
        ]
    ),
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b"chunked", b"close", b"upgrade", b"h2c", b"100-continue", b"*", b"k" * 999]
        ),
        st.integers(-1, 10**20).map(b"%d".__mod__),
    ),
)
REQUESTS = st.builds(
    lambda verb, target, version, fields, body: b"".join(
        [verb, b" ", target, b" ", version, b"\r\n"]
        + [name + b": " + value + b"\r\n" for name, value in fields]
        + [b"\r\n", body]
    ),
    VERBS,
    st.one_of(
        st.lists(TRICKS, max_size=6).map(lambda parts: b"/" + b"".join(parts)), TRICKS, WAYS_OUT
    ),
    VERSIONS,
    st.lists(FIELDS, max_size=4),
    st.one_of(st.just(b""), st.binary(max_size=20), st.just(b"3\r\nkkk\r\n0\r\nX: y\r\n\r\n")),
)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(requests=st.lists(REQUESTS, min_size=1, max_size=4), cut=st.integers(0, 200))
def test_whatever_is_sent_is_refused_or_answered_with_what_is_published(
    house: House, caplog: pytest.LogCaptureFixture, requests: list[bytes], cut: int
) -> None:
    lay_traps(house.public)
    data, received = b"".join(requests), b""
    with (
        socket.create_connection(("127.0.0.1", house.port), timeout=5) as connection,
        contextlib.suppress(ConnectionError),  # it has hung up, and we had more to say
    ):
        connection.sendall(data[:cut])
        connection.sendall(data[cut:])
        with contextlib.suppress(OSError):  # that its end is known here is no ConnectionError
            connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(65_536):
            received += chunk
    statuses = {int(found) for found in re.findall(rb"HTTP/1\.1 (\d+) ", received)}

    assert statuses <= {100, 200, 204, 304, 308, 400, 404, 405, 503}
    assert received.count(b"HTTP/1.1 503 ") == len(
        re.findall(rb"\r\nretry-after: \d+\r\n", received)
    )
    assert b"not for you" not in received
    assert not caplog.records
    assert house.ask("/feeds/all.rss").status == 200


NAMES = st.sampled_from(
    [b"if-none-match", b"if-modified-since", b"accept-encoding", b"host", b"x-forwarded-for"]
)
STEPS = st.sampled_from([b"/", b"feeds", b"all", b".rss", b"%2e", b"%00", b"..", b"status", b"%c3"])


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.one_of(st.binary(max_size=40), st.lists(STEPS, max_size=8).map(b"".join)),
    query=st.binary(max_size=20),
    headers=st.lists(st.tuples(NAMES, st.binary(max_size=40)), max_size=4),
)
def test_random_requests_are_always_answered(
    house: House, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": b"/" + path,
        "query_string": query,
        "headers": headers,
        "client": ("192.0.2.7", 1),
    }
    asyncio.run(house.application()(scope, receive, send))

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] in {200, 304, 308, 404, 503}
