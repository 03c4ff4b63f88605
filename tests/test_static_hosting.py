"""``public/`` served by nginx and Caddy, by the configurations that we ship, beside our own server."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest

from feeds.model import Rules, Site
from feeds.pipeline import Line, Press
from feeds.publish.moved import moved_files
from feeds.store import Store
from feeds.store.connection import Connection
from tests.conftest import NOW
from tests.factories import document
from tests.served import serving
from worker.valkey import Server
from worker.web.application import application

CONFIG = Path(__file__).parents[1] / "config"
ADDRESS = "https://feeds.example.org"
FOLDER = "/srv/wireroom/public"
SEARCHED = f"{os.environ['PATH']}:/usr/sbin"
PEERS = ("nginx", "caddy")
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
STORY = """---
title: Harbour opens to ferries again, part {0}
date: 2026-03-04T09:30:00Z
categories: [Sea, Øresund]
---
Part {0}: the first ferry left at seven with four hundred passengers and a brass band on board.
"""
FRAME = """
daemon off; master_process off; pid {0}/nginx.pid; error_log stderr crit; {modules}
events {{}}
http {{
    access_log off; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;
    fastcgi_temp_path {0}/fastcgi; uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;
    include {0}/wireroom.conf;
}}
"""
ALIKE = (
    *("content-type", "cache-control", "last-modified", "content-encoding", "link"),
    *("x-content-type-options", "referrer-policy", "content-security-policy"),
    *("permissions-policy", "access-control-allow-origin", "access-control-expose-headers"),
)


class Reply:
    """What came back: *headers* by lower-case name."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def alike(self) -> dict[str, str | None]:
        """What must not hang on who serves the file."""
        return {name: (self.headers.get(name) or "").lower() or None for name in ALIKE}


Ask = Callable[..., Reply]


def asking(port: int) -> Ask:
    def ask(path: str, method: str = "GET", body: bytes = b"", **fields: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", "feeds.example.org")
            for name, value in fields.items():
                connection.putheader(name.replace("_", "-"), value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            return Reply(connection.getresponse())

    return ask


@pytest.fixture(scope="module", name="public")
def _public(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """A tree that was really published, with a withdrawn story, a moved feed and an ended one."""
    folder = tmp_path_factory.mktemp("hosted")
    for above in (folder, *folder.parents):  # nginx may work as another user
        if above.owner() == folder.owner() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)
    connection = Connection(server.url)
    connection.redis.flushall()
    store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
    site = Site(public_url=ADDRESS)
    press, public = Press(store, site, folder / "public"), folder / "public"
    line = Line(store, Rules(), site)
    reports = line.ingest([document(STORY.format(n), f"{n}.md") for n in range(9)], NOW)
    press.publish(NOW)
    store.editorial.withdraw(reports[0].outcomes[0].id, "it was wrong", "a test", NOW)
    press.publish(NOW)
    for path, data in moved_files(public, {"boats": "sea", "ended": None, "ประเทศไทย": "øresund"}):
        path.write_bytes(data)
    (public / "outside.txt").symlink_to("/etc/passwd")
    connection.close()
    return public


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def nginx_files(
    folder: Path, public: Path, port: int, *, brotli_static: bool = False, programs: int = 0
) -> list[str]:
    """Write the shipped configuration as an operator would; return the command that runs it.

    *programs* is the port of Wireroom's own server, where it is to be reached too.
    """
    text = (CONFIG / "nginx.conf").read_text().replace(FOLDER, str(public))
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("listen [::]:80;", "")
    if brotli_static:
        text = text.replace("#brotli_static on;", "brotli_static on;")
    text = text.replace("/etc/nginx/snippets", str(folder))
    (folder / "wireroom.conf").write_text(text)
    if programs:
        text = (CONFIG / "nginx-programs.conf").read_text().replace(":8080", f":{programs}")
        (folder / "wireroom-programs.conf").write_text(text)
    modules = f"load_module {BROTLI};" if brotli_static else ""
    (folder / "nginx.conf").write_text(FRAME.format(folder, modules=modules))
    program = shutil.which("nginx", path=SEARCHED)
    assert program
    return [program, "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy_files(folder: Path, public: Path, port: int, *, programs: int = 0) -> list[str]:
    """Write the shipped configuration as :func:`nginx_files` does."""
    text = (CONFIG / "Caddyfile").read_text().replace(FOLDER, str(public))
    text = text.replace(
        "feeds.example.org {",
        f"http://feeds.example.org:{port}, http://127.0.0.1:{port} {{\n\tbind 127.0.0.1",
    )
    text = text.replace("/etc/caddy", str(folder))
    if programs:
        block = (CONFIG / "Caddyfile-programs").read_text().replace(":8080", f":{programs}")
        (folder / "wireroom-programs.caddy").write_text(block)
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
    program = shutil.which("caddy", path=SEARCHED)
    assert program
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextlib.contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[Ask]:
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.02)
        yield asking(port)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module", params=PEERS, name="theirs")
def _theirs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, public: Path
) -> Iterator[Ask]:
    if shutil.which(request.param, path=SEARCHED) is None:
        pytest.skip(f"{request.param} is not installed")
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    if request.param == "nginx":
        command = nginx_files(folder, public, port, brotli_static=BROTLI.exists())
    else:
        command = caddy_files(folder, public, port)
    with running(command, folder, port) as ask:
        yield ask


@pytest.fixture(scope="module", name="ours")
def _ours(public: Path) -> Iterator[Ask]:
    def at(_address: str) -> application:
        return application(
            public, public_url=ADDRESS, max_age=300, ready=lambda: True, negotiates=False
        )

    with serving(at) as address:
        yield asking(int(address.rpartition(":")[2]))


def article(public: Path, name: str = "index.html") -> str:
    return f"/articles/{next(public.glob(f'articles/*/{name}')).parent.name}/"


PUBLISHED = [
    *("/", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/all/", "/feeds.opml"),
    *("/robots.txt", "/favicon.ico", "/static/wireroom.css", "/static/wireroom.css?v=89abcdef"),
    *("/static/wireroom.css?v=new", "/static/favicon.svg", "/static/icon-144.png", "article"),
    *(
        quote("/feeds/øresund.rss"),
        quote("/feeds/øresund.json"),
        quote("/feeds/øresund/"),
        "/feeds/sea/",
    ),
]


@pytest.mark.parametrize("path", PUBLISHED)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_every_file_is_the_same_with_the_same_headers_as_from_our_own_server(
    theirs: Ask, ours: Ask, public: Path, path: str, coding: str
) -> None:
    path = article(public) if path == "article" else path
    reply, own = (ask(path, Accept_Encoding=coding) for ask in (theirs, ours))

    assert (reply.status, reply.body) == (own.status, own.body) == (200, own.body)
    assert reply.alike == own.alike
    assert reply.headers["etag"].startswith('"')
    assert reply.headers.get("vary", "").lower() in {"accept-encoding", ""}
    assert "vary" in reply.headers or coding not in reply.headers.get("content-encoding", "")


@pytest.mark.parametrize("path", ["/feeds/all.rss", "/feeds/all.json", "/feeds/all/"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_a_copy_that_is_held_is_answered_with_304_and_its_headers(
    theirs: Ask, path: str, coding: str
) -> None:
    whole = theirs(path, Accept_Encoding=coding)
    held = {"Accept_Encoding": coding, "If_None_Match": whole.headers["etag"]}
    reply = theirs(path, **held, If_Modified_Since=whole.headers["last-modified"])

    assert (theirs(path, **held).status, reply.status, reply.body) == (304, 304, b"")
    names = ["etag", "cache-control", "vary"]
    if "server" in whole.headers:  # Go leaves Last-Modified out of a 304 that has a tag
        names.append("last-modified")
    for name in names:
        assert reply.headers.get(name, "").lower() == whole.headers.get(name, "").lower()


def test_a_client_that_only_sends_a_date_gets_304_from_that_date_on(theirs: Ask) -> None:
    modified = parsedate_to_datetime(theirs("/feeds/all.rss").headers["last-modified"]).timestamp()
    statuses = [
        theirs("/feeds/all.rss", If_Modified_Since=formatdate(modified + later, usegmt=True)).status
        for later in (-1, 0, 1, 86_400)
    ]

    assert statuses == [200, 304, 304, 304]


def test_an_unknown_tag_is_answered_with_the_whole_feed(theirs: Ask) -> None:
    assert theirs("/feeds/all.rss", If_None_Match='"other"').status == 200


def test_the_twins_are_what_is_sent(theirs: Ask, public: Path) -> None:
    plain, packed = (theirs("/feeds/all.rss", Accept_Encoding=one) for one in ("identity", "gzip"))

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == (public / "feeds/all.rss.gz").read_bytes()
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]


def test_brotli_is_sent_where_the_server_can(theirs: Ask, public: Path) -> None:
    reply = theirs("/feeds/all.rss", Accept_Encoding="gzip, br")
    if reply.headers.get("server") == "nginx" and not BROTLI.exists():
        pytest.skip("this nginx has no brotli_static")

    assert reply.headers["content-encoding"] == "br"
    assert brotli.decompress(reply.body) == (public / "feeds/all.rss").read_bytes()


def test_head_is_get_without_a_body(theirs: Ask) -> None:
    got, head = theirs("/feeds/all.rss"), theirs("/feeds/all.rss", "HEAD")

    assert (head.status, head.body, head.alike) == (200, b"", got.alike)
    assert head.headers["content-length"] == str(len(got.body))


def test_a_part_is_sent_to_who_asks_for_one(theirs: Ask) -> None:
    whole = theirs("/feeds/all.rss")
    part = theirs("/feeds/all.rss", Range="bytes=5-24", If_Range=whole.headers["etag"])

    assert (part.status, part.body) == (206, whole.body[5:25])


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/feeds/none.rss", "/feeds/", "/articles/", "/articles/none/"),
        *("/feeds/all.rss.gz", "/feeds/all.rss.br", "/.lock", "/feeds/.moved.json"),
        *("/feeds/.moved.nginx", "/feeds/all/index.html", "/index.html", "/wp-login.php"),
        *("/feeds/%2e%2e/.lock", "/feeds/all.rss~", "withdrawn"),
    ],
)
def test_nothing_but_what_is_published_is_found(theirs: Ask, public: Path, path: str) -> None:
    if path == "withdrawn":
        path = article(public, "index.410.html") + "index.410.html"
    reply = theirs(path)

    assert reply.status == 404
    assert reply.headers["cache-control"] == "public, max-age=60"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_link_out_of_the_tree_is_not_followed_by_nginx(theirs: Ask) -> None:
    if theirs("/").headers.get("server") != "nginx":
        pytest.skip("Caddy follows links, as its configuration says")

    assert theirs("/outside.txt").status == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%00", "/" + "n" * 300),
        *(quote("/feeds/" + "ก" * 90) + ".rss", "/a" * 3_000),
    ],
)
def test_a_path_that_leads_out_or_that_no_file_can_have_is_refused(theirs: Ask, path: str) -> None:
    reply = theirs(path)

    assert reply.status in {400, 404}
    assert b"root:" not in reply.body


def test_a_withdrawn_story_is_gone_and_says_so(theirs: Ask, ours: Ask, public: Path) -> None:
    path = article(public, "index.410.html")
    reply, own = theirs(path), ours(path)

    assert (reply.status, reply.body) == (410, own.body) == (own.status, own.body)
    for name in ("content-type", "cache-control", "content-security-policy"):
        assert reply.headers[name] == own.headers[name]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/feeds/boats.rss", "/feeds/sea.rss"),
        ("/feeds/boats/", "/feeds/sea/"),
        (quote("/feeds/ประเทศไทย.json"), quote("/feeds/øresund.json")),
    ],
)
def test_a_renamed_feed_has_moved_for_good(theirs: Ask, ours: Ask, old: str, new: str) -> None:
    for reply in (theirs(old), ours(old)):
        assert (reply.status, reply.headers["location"]) == (301, new)


@pytest.mark.parametrize("path", ["/feeds/ended.rss", "/feeds/ended.json", "/feeds/ended/"])
def test_a_feed_that_ended_is_gone(theirs: Ask, ours: Ask, path: str) -> None:
    assert (theirs(path).status, ours(path).status) == (410, 410)


def test_a_folder_without_its_slash_leads_to_it(theirs: Ask) -> None:
    reply = theirs("/feeds/all")

    assert (reply.status, reply.headers["location"]) in [(301, "/feeds/all/"), (308, "/feeds/all/")]


def test_a_script_of_another_site_may_ask(theirs: Ask) -> None:
    reply = theirs("/feeds/all.rss", "OPTIONS", Origin="https://else.example")

    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "GET" in reply.headers["access-control-allow-methods"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(theirs: Ask, method: str) -> None:
    assert theirs("/feeds/all.rss", method).status == 405


def test_before_the_first_publish_all_is_503_with_seconds_to_wait(
    theirs: Ask, public: Path
) -> None:
    aside = public.with_name("aside")
    (public / "feeds").rename(aside)
    try:
        reply = theirs("/feeds/all.rss")
    finally:
        aside.rename(public / "feeds")

    assert (reply.status, reply.headers["cache-control"]) == (503, "no-store")
    assert int(reply.headers["retry-after"]) > 0
