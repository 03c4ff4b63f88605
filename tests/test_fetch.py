"""The client against a real server: what it says, what it takes, where it stops.

Numbers are those of the list that a polite and safe poller is checked by.
"""

from __future__ import annotations

import resource
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pycurl
import pytest

from feeds.read.fetch import Fetcher, Limits, Request, Response
from feeds.read.guard import Guard
from tests.upstream import ENCODERS, NOT_MODIFIED, Reply, Upstream, other_loopback, redirect

AGENT = "Wireroom/1.2 (+https://wireroom.example/about; desk@wireroom.example)"
LOOPBACK = Guard(allowed=["127.0.0.0/8", "::1/128"])
FEED = b"<rss version='2.0'><channel><title>The Wire</title></channel></rss>"
KIB = 1024
OTHER = other_loopback()


@pytest.fixture(name="upstream")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


def fetcher(guard: Guard = LOOPBACK, **limits: Any) -> Fetcher:
    return Fetcher(Limits(**limits), guard, AGENT)


def fetch(url: str, by: Fetcher | None = None, **asked: Any) -> Response:
    [response] = (by or fetcher()).fetch([Request("wire", url, **asked)])
    return response


def peak() -> int:
    """Return the most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


# -- what is asked ---------------------------------------------------------------------------------


def test_1_a_first_fetch_is_one_unconditional_get(upstream: Upstream) -> None:
    fetch(upstream.route("/feed", Reply(body=FEED)))
    [seen] = upstream.requests

    assert seen.method == "GET"
    assert seen.get("If-None-Match") is seen.get("If-Modified-Since") is None


def test_2_a_second_fetch_shows_exactly_the_validators_of_the_first(upstream: Upstream) -> None:
    headers = (("ETag", '"33a6-4f"'), ("Last-Modified", "Wed, 04 Mar 2026 09:30:00 GMT"))
    url = upstream.route("/feed", Reply(body=FEED, headers=headers, conditional=True))
    first = fetch(url)
    second = fetch(url, etag=first.headers["etag"], last_modified=first.headers["last-modified"])
    seen = upstream.requests[1]

    assert second.status == 304
    assert (seen.get("If-None-Match"), seen.get("If-Modified-Since")) == tuple(
        v for _, v in headers
    )


@pytest.mark.parametrize(
    "etag",
    [
        'W/"abc"',
        "unquoted",
        '"a \\"quoted\\" b"',
        '"tab\tinside"',
        '""',
        '"caf\xe9\xff"',
        "W/'x', \"y\"",
    ],
)
def test_5_an_etag_goes_back_byte_by_byte(upstream: Upstream, etag: str) -> None:
    url = upstream.route("/feed", Reply(body=FEED, headers=(("ETag", etag),)), NOT_MODIFIED)
    fetch(url, etag=fetch(url).headers["etag"])

    assert upstream.requests[1].get("If-None-Match") == etag


@pytest.mark.parametrize(
    "date", ["yesterday", "0", "Wed, 31 Feb 2026 25:61:00 +9900", "2026-03-04"]
)
def test_6_a_last_modified_that_is_no_date_goes_back_as_it_came(
    upstream: Upstream, date: str
) -> None:
    reply = Reply(body=FEED, headers=(("Last-Modified", date),))
    url = upstream.route("/feed", reply, NOT_MODIFIED)
    fetch(url, last_modified=fetch(url).headers["last-modified"])

    assert upstream.requests[1].get("If-Modified-Since") == date


def test_a_validator_that_would_break_the_request_in_two_is_not_shown(upstream: Upstream) -> None:
    fetch(upstream.route("/feed", Reply(body=FEED)), etag='"a"\r\nX-Smuggled: 1')
    [seen] = upstream.requests

    assert seen.get("If-None-Match") is seen.get("X-Smuggled") is None


def test_18_no_cookie_referer_or_range_is_sent(upstream: Upstream) -> None:
    cookie = (("Set-Cookie", "id=1; Path=/"),)
    by = fetcher()
    upstream.route("/end", Reply(body=FEED, headers=cookie))
    for _ in range(2):
        fetch(upstream.route("/feed", Reply(302, headers=(*cookie, ("Location", "/end")))), by)
    names = {name.lower() for seen in upstream.requests for name, _ in seen.headers}

    assert names == {"host", "user-agent", "accept", "accept-encoding"}


def test_19_the_user_agent_is_said_as_it_was_given(upstream: Upstream) -> None:
    fetch(upstream.route("/feed", Reply(body=FEED)))

    assert upstream.requests[0].get("User-Agent") == AGENT


def test_nothing_comes_from_the_environment(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    response = fetch(upstream.route("/feed", Reply(body=FEED)))

    assert response.status == 200
    assert upstream.requests[0].get("Authorization") is None


def test_the_operators_headers_are_sent(upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(body=FEED))
    fetch(url, headers=(("Authorization", "Bearer geheim-ü"), ("X-Key", "7")))

    assert upstream.requests[0].get("X-Key") == "7"
    assert upstream.requests[0].get("Authorization") == "Bearer geheim-ü"


def test_an_operators_header_with_a_line_break_is_refused_unsent(upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(body=FEED))
    response = fetch(url, headers=(("X-Key", "secret\r\nHost: inside"),))

    assert response.problem == "refused"
    assert "secret" not in response.sentence
    assert not upstream.requests


def test_an_address_with_spaces_and_accents_is_asked_in_ascii(upstream: Upstream) -> None:
    upstream.route("/caf%C3%A9", Reply(body=FEED))
    response = fetch(upstream.url + "/café?q=d'été#top")

    assert response.status == 200
    assert upstream.requests[0].target == "/caf%C3%A9?q=d'%C3%A9t%C3%A9"


# -- what comes back -------------------------------------------------------------------------------


def test_an_answer_has_its_status_its_fields_and_its_body(upstream: Upstream) -> None:
    headers = (("Content-Type", "application/rss+xml"), ("Link", "<a>"), ("link", "<b>"))
    url = upstream.route("/feed", Reply(404, FEED, headers))
    response = fetch(url)

    assert (response.source, response.url, response.status) == ("wire", url, 404)
    assert response.headers["link"] == "<a>, <b>"
    assert response.body == FEED
    assert not response.problem
    assert response.seconds > 0


def test_the_fields_are_those_of_the_answer_and_not_of_what_came_around_it(
    upstream: Upstream,
) -> None:
    raw = (
        b"HTTP/1.1 103 Early Hints\r\nLink: <early>\r\n\r\n"
        b'HTTP/1.1 200 OK\r\nETag: "1"\r\nTransfer-Encoding: chunked\r\n\r\n'
        b'2\r\nok\r\n0\r\nETag: "trailer"\r\n\r\n'
    )
    response = fetch(upstream.route("/feed", Reply(raw=raw)))

    assert response.headers == {"etag": '"1"', "transfer-encoding": "chunked"}
    assert response.body == b"ok"


def test_20_every_encoding_that_is_offered_is_decoded(upstream: Upstream) -> None:
    fetch(upstream.route("/feed", Reply(body=FEED)))
    offered = (upstream.requests[0].get("Accept-Encoding") or "").split(", ")
    bodies = [
        fetch(upstream.route(f"/{name}", Reply(body=FEED, encoding=name))).body for name in offered
    ]

    assert {"gzip", "br"} <= set(offered)
    assert bodies == [FEED] * len(offered)


def test_20_an_encoding_that_nobody_offered_is_a_problem_and_no_body(upstream: Upstream) -> None:
    reply = Reply(body=FEED, headers=(("Content-Encoding", "x-own"),))
    response = fetch(upstream.route("/feed", reply))

    assert (response.status, response.problem, response.body) == (0, "protocol", b"")


def test_20_a_bomb_is_stopped_at_the_cap_and_not_kept(upstream: Upstream) -> None:
    size = 256 * KIB * KIB
    for encoding in ("gzip", "deflate", "br"):
        upstream.route(f"/{encoding}", Reply(raw=_bomb(encoding, size)))
    by = fetcher(body_bytes=100_000)
    before = peak()
    problems = [fetch(f"{upstream.url}/{e}", by).problem for e in ("gzip", "deflate", "br")]

    assert problems == ["too_large"] * 3
    assert peak() - before < 32 * KIB * KIB


def test_20_the_cap_holds_with_a_libcurl_that_counts_only_what_comes_over_the_wire(
    upstream: Upstream,
) -> None:
    by = fetcher(body_bytes=100_000)
    handle = by._handle()
    handle.setopt(pycurl.MAXFILESIZE_LARGE, 0)
    by._idle.append(handle)
    response = fetch(upstream.route("/feed", Reply(raw=_bomb("gzip", 10_000_000))), by)

    assert (response.problem, response.body) == ("too_large", b"")


def _bomb(encoding: str, size: int) -> bytes:
    body = ENCODERS[encoding](bytes(size))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_a_body_of_exactly_the_cap_is_taken_and_one_byte_more_is_not(upstream: Upstream) -> None:
    by = fetcher(body_bytes=100_000)
    fits = fetch(upstream.route("/fits", Reply(body=b"x" * 100_000)), by)
    chunked = (("Transfer-Encoding", "chunked"),)
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (100_001, b"x" * 100_001)
    over = fetch(upstream.route("/over", Reply(raw=_plain(chunked, body))), by)

    assert len(fits.body) == 100_000
    assert (over.problem, over.body) == ("too_large", b"")


def _plain(headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body


def test_an_endless_body_ends_at_the_cap(upstream: Upstream) -> None:
    url = upstream.route("/feed", Reply(body=b"x" * 4096, endless=True))
    response = fetch(url, fetcher(body_bytes=1_000_000))

    assert response.problem == "too_large"
    assert "1,000,000" in response.sentence


def test_a_promise_of_too_much_is_not_waited_for(upstream: Upstream) -> None:
    headers = (("Content-Length", "9000000"),)
    url = upstream.route("/feed", Reply(body=b"x" * 50, headers=headers, drip=1))
    response = fetch(url)

    assert response.problem == "too_large"
    assert response.seconds < 10


def test_an_endless_head_ends(upstream: Upstream) -> None:
    raw = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(2000))
    response = fetch(upstream.route("/feed", Reply(raw=raw)))

    assert response.problem in ("too_large", "protocol")
    assert response.status == 0


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=FEED, drip=0.2),
        Reply(body=FEED, drip_head=0.2),
        Reply(body=FEED, delay=60),
        Reply(body=b"\n", drip=0.2, endless=True),
    ],
    ids=["slow body", "slow head", "no answer", "endless drip"],
)
def test_a_slow_server_ends_at_the_total_time(upstream: Upstream, reply: Reply) -> None:
    response = fetch(upstream.route("/feed", reply), fetcher(seconds=1.0))

    assert (response.problem, response.status, response.body) == ("timeout", 0, b"")
    assert 0.9 < response.seconds < 20


def test_a_body_that_is_cut_short_is_no_answer(upstream: Upstream) -> None:
    response = fetch(upstream.route("/feed", Reply(body=FEED, cut=20)))

    assert (response.problem, response.status, response.body) == ("protocol", 0, b"")


@pytest.mark.parametrize(
    "raw", [b"", b"\x16\x03\x01 not http", b"220 mail.example ESMTP\r\n", b"<rss></rss>"]
)
def test_what_does_not_speak_http_is_a_problem_of_the_protocol(
    upstream: Upstream, raw: bytes
) -> None:
    response = fetch(upstream.route("/feed", Reply(raw=raw)))

    assert response.problem == "protocol"
    assert response.sentence.startswith("127.0.0.1: ")


def test_a_closed_port_is_a_problem_of_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    response = fetch(url)

    assert (response.problem, response.status) == ("connect", 0)


def test_a_host_that_takes_no_connection_in_time_is_a_problem_of_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        # Its queue is full once a few callers wait in it: the next one hears nothing.
        callers = [socket.socket() for _ in range(8)]
        for caller in callers:
            caller.settimeout(0)
            caller.connect_ex(full.getsockname())
        response = fetch(f"http://127.0.0.1:{full.getsockname()[1]}/", fetcher(connect_seconds=1))
        for caller in callers:
            caller.close()

    assert response.problem == "connect"


def test_a_name_that_nobody_has_is_a_problem_of_the_names() -> None:
    response = fetch("http://nobody.invalid/feed", fetcher(connect_seconds=20))

    assert response.problem == "dns"


# -- redirects -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_told(upstream: Upstream, status: int) -> None:
    end = upstream.route("/new/feed", Reply(body=FEED))
    response = fetch(upstream.route("/old", redirect("new/feed?a=1#part", status)))

    assert (response.status, response.body) == (200, FEED)
    assert response.url == end + "?a=1"
    assert [(hop.status, hop.url) for hop in response.hops] == [(status, end + "?a=1")]


def test_validators_go_along_a_redirect(upstream: Upstream) -> None:
    upstream.route("/b", Reply(headers=(("ETag", '"1"'),), conditional=True))
    response = fetch(upstream.route("/a", redirect("/b")), etag='"1"')

    assert response.status == 304


def test_a_redirect_to_a_name_in_another_script_is_looked_up_as_the_name_servers_know_it(
    upstream: Upstream,
) -> None:
    by = fetcher()
    end = f"//bücher.example:{upstream.port}/feed"
    upstream.route("/feed", Reply(body=FEED))
    _name(by, f"xn--bcher-kva.example:{upstream.port}:127.0.0.1")
    response = fetch(upstream.route("/old", redirect(end)), by)

    assert response.status == 200
    assert response.url == f"http://xn--bcher-kva.example:{upstream.port}/feed"


def test_redirects_without_end_are_a_problem(upstream: Upstream) -> None:
    response = fetch(upstream.route("/a", redirect("/a")), fetcher(redirects=5))

    assert (response.problem, response.status) == ("redirects", 0)
    assert len(upstream.requests) == 6


def test_a_redirect_that_leads_nowhere_is_the_answer_itself(upstream: Upstream) -> None:
    response = fetch(upstream.route("/a", Reply(302, b"where?")))

    assert (response.status, response.problem) == (302, "")


def test_the_time_of_all_hops_counts_together(upstream: Upstream) -> None:
    upstream.route("/end", Reply(body=FEED, delay=60))
    slow = Reply(302, headers=(("Location", "/end"),), delay=1.2)
    response = fetch(upstream.route("/feed", slow), fetcher(seconds=2.0))

    assert response.problem == "timeout"
    assert response.seconds < 3.0


def test_the_operators_headers_stay_with_their_host(upstream: Upstream) -> None:
    with Upstream() as other:
        other.route("/end", Reply(body=FEED))
        upstream.route("/near", redirect(other.url + "/end"))
        url = upstream.route("/feed", redirect("/near"))
        response = fetch(url, headers=(("Authorization", "Bearer secret"),))

        assert response.status == 200
        assert other.requests[0].get("Authorization") is None
    assert [seen.get("Authorization") for seen in upstream.requests] == ["Bearer secret"] * 2


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:11211/1stats",
        "http://me:secret@127.0.0.1/",
        "http://[::1/",
        "http://127.0.0.1:22/",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_out_of_the_web_is_refused(upstream: Upstream, location: str) -> None:
    response = fetch(upstream.route("/feed", redirect(location)))

    assert (response.problem, response.status, response.hops) == ("refused", 0, ())
    assert "secret" not in response.sentence


# -- the guard, at the socket ----------------------------------------------------------------------

SPELLINGS = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "feed.localhost",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_26_no_spelling_of_this_machine_is_asked(upstream: Upstream, host: str) -> None:
    upstream.route("/feed", Reply(body=FEED))
    response = fetch(f"http://{host}:{upstream.port}/feed", fetcher(Guard(), seconds=10))

    assert (response.problem, response.status) == ("refused", 0)
    assert upstream.connections == 0


@pytest.mark.skipif(OTHER == "::1", reason="::1 is one of the spellings, and allowed here")
@pytest.mark.parametrize("host", [*SPELLINGS, "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1"])
def test_26_no_redirect_leads_inside(upstream: Upstream, host: str) -> None:
    # One address is allowed, and it sends us to another one of the same machine.
    guard = Guard([OTHER])
    with Upstream(OTHER) as allowed:
        url = allowed.route("/feed", redirect(f"http://{host}:{upstream.port}/feed"))
        response = fetch(url, fetcher(guard, seconds=10))

    assert (response.problem, response.status) == ("refused", 0)
    assert upstream.connections == 0


def test_26_a_name_that_leads_elsewhere_the_second_time_is_judged_again() -> None:
    by = fetcher(Guard(["127.0.0.1/32"]))
    with Upstream() as outside, Upstream(OTHER, outside.port) as inside:
        url = f"http://rebind.example:{outside.port}/feed"
        outside.route("/feed", Reply(body=FEED, close=True))
        _name(by, f"rebind.example:{outside.port}:127.0.0.1")
        first = fetch(url, by)
        _name(by, f"rebind.example:{outside.port}:{OTHER}")
        second = fetch(url, by)

        assert (first.status, second.status, second.problem) == (200, 0, "refused")
        assert OTHER in second.sentence
        assert inside.connections == 0


def _name(by: Fetcher, entry: str) -> None:
    """Put *entry* among the names that libcurl has looked up: the rest is as with any name."""
    handle = by._idle[-1] if by._idle else by._handle()
    handle.setopt(pycurl.RESOLVE, [entry])
    by._idle[:] = [handle]


def test_26_a_name_with_one_public_answer_is_not_a_way_inside(upstream: Upstream) -> None:
    by = fetcher(Guard([OTHER]))
    with Upstream(OTHER, upstream.port) as allowed:
        allowed.route("/feed", Reply(body=FEED))
        _name(by, f"both.example:{upstream.port}:127.0.0.1,{OTHER}")
        response = fetch(f"http://both.example:{upstream.port}/feed", by)

    assert response.status == 200
    assert upstream.connections == 0


# -- TLS -------------------------------------------------------------------------------------------


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *names, *files], check=True, capture_output=True)
    return certificate, key


@pytest.fixture(name="secure")
def _secure(certificate: tuple[Path, Path]) -> Iterator[Upstream]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with Upstream(tls=context) as secure:
        secure.route("/feed", Reply(body=FEED))
        yield secure


def test_a_certificate_that_nobody_vouches_for_ends_it_before_a_word(secure: Upstream) -> None:
    response = fetch(secure.at("localhost") + "/feed")

    assert (response.problem, response.status) == ("tls", 0)
    assert not secure.requests


def test_a_certificate_that_the_system_trusts_is_trusted(
    secure: Upstream, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    response = fetch(secure.at("localhost") + "/feed")

    assert (response.status, response.body) == (200, FEED)


def test_a_certificate_of_another_name_is_not_trusted(
    secure: Upstream, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    response = fetch(secure.at("127.0.0.1") + "/feed")

    assert response.problem == "tls"


def test_a_redirect_from_https_down_to_http_is_refused(
    secure: Upstream,
    upstream: Upstream,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    secure.route("/feed", redirect(upstream.url + "/feed"))
    response = fetch(secure.at("localhost") + "/feed")

    assert response.problem == "refused"
    assert not upstream.requests


HTTP_2 = """
const [key, cert] = process.argv.slice(1).map((path) => require("node:fs").readFileSync(path));
const server = require("node:http2").createSecureServer({key, cert, allowHTTP1: true});
server.on("request", (request, response) => response.end(request.httpVersion));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
"""


def test_http_2_is_spoken_where_it_is_offered(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not installed")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    command = [node, "-e", HTTP_2, str(certificate[1]), str(certificate[0])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as server:
        assert server.stdout
        response = fetch(f"https://localhost:{int(server.stdout.readline())}/")

    assert response.body == b"2.0"


# -- many at once ----------------------------------------------------------------------------------


def test_27_connections_are_kept_from_one_fetch_to_the_next(upstream: Upstream) -> None:
    by = fetcher()
    url = upstream.route("/feed", Reply(body=FEED))
    for _ in range(3):
        list(by.fetch([Request(str(number), url) for number in range(5)]))

    assert len(upstream.requests) == 15
    assert upstream.connections == 1


def test_each_request_gets_its_response_whatever_becomes_of_the_others(upstream: Upstream) -> None:
    good = upstream.route("/good", Reply(body=FEED))
    cut = upstream.route("/cut", Reply(body=FEED, cut=3))
    urls = [
        good,
        "file:///etc/passwd",
        cut,
        "http://[",
        "",
        "http://\ud800/",
        good,
        "http://10.0.0.1",
    ]
    responses = fetcher().fetch(Request(str(n), url) for n, url in enumerate(urls))
    problems = {int(response.source): response.problem for response in responses}

    assert problems == {
        0: "", 1: "refused", 2: "protocol", 3: "refused", 4: "refused", 5: "refused", 6: "",
        7: "refused",
    }  # fmt: skip


def test_one_host_is_asked_for_one_thing_at_a_time(upstream: Upstream) -> None:
    paths = [f"/{number}" for number in range(6)]
    ends: dict[str, float] = {}

    def answer(seen: Any) -> Reply:
        time.sleep(0.05)
        ends[seen.path] = time.monotonic()
        return Reply(body=FEED)

    urls = [upstream.route(path, answer) for path in paths]
    list(fetcher(per_host=1).fetch([Request(url, url) for url in urls]))
    order = [seen.path for seen in upstream.requests]

    assert order == paths
    assert all(
        ends[one.path] <= two.at
        for one, two in zip(upstream.requests, upstream.requests[1:], strict=False)
    )


def test_hosts_are_asked_beside_each_other_and_the_first_to_answer_comes_first(
    upstream: Upstream,
) -> None:
    with Upstream(OTHER) as quick:
        slow = [upstream.route(f"/{number}", Reply(body=FEED, delay=0.5)) for number in range(2)]
        fast = [quick.route(f"/{number}", Reply(body=FEED)) for number in range(20)]
        responses = list(fetcher().fetch([Request(url, url) for url in slow + fast]))

    assert [response.source for response in responses] == fast + slow


def test_waiting_for_its_turn_is_not_counted_against_a_request(upstream: Upstream) -> None:
    urls = [upstream.route(f"/{number}", Reply(body=FEED, delay=0.5)) for number in range(5)]
    responses = list(fetcher(seconds=2.0).fetch([Request(url, url) for url in urls]))

    assert [response.status for response in responses] == [200] * 5


def test_no_more_than_the_limit_are_under_way(upstream: Upstream) -> None:
    urls = [upstream.route(f"/{number}", Reply(body=FEED, delay=0.02)) for number in range(40)]
    list(fetcher(at_once=3, per_host=50).fetch([Request(url, url) for url in urls]))

    assert len(upstream.requests) == 40
    assert upstream.connections <= 3


def test_a_slow_caller_costs_those_under_way_nothing(upstream: Upstream) -> None:
    with Upstream(OTHER) as quick:
        urls = [
            quick.route("/quick", Reply(body=FEED)),
            upstream.route("/slow", Reply(body=FEED, delay=0.5)),
        ]
        responses = []
        for response in fetcher(seconds=2.0).fetch([Request(url, url) for url in urls]):
            responses.append(response)
            time.sleep(2.5)

    assert [response.problem for response in responses] == ["", ""]


def test_a_caller_who_leaves_early_can_come_back(upstream: Upstream) -> None:
    by = fetcher(per_host=5)
    slow = upstream.route("/slow", Reply(body=FEED, delay=30))
    quick = upstream.route("/quick", Reply(body=FEED))
    responses = by.fetch([Request("slow", slow), Request("quick", quick)])
    first = next(responses)
    responses.close()
    again = fetch(quick, by)

    assert (first.source, again.status) == ("quick", 200)


def test_a_second_fetch_beside_the_first_is_a_mistake(upstream: Upstream) -> None:
    by = fetcher()
    url = upstream.route("/feed", Reply(body=FEED))
    first = by.fetch([Request("1", url), Request("2", url)])
    next(first)
    with pytest.raises(RuntimeError, match="one fetch at a time"):
        next(by.fetch([Request("3", url)]))

    assert next(first).status == 200
