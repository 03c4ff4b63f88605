"""Wireroom's own server behind nginx and Caddy: hub, callback and stream, as programs reach them."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from feeds.store import Store
from feeds.store.connection import Connection
from tests.hub import Hub
from tests.newsroom import Newsroom as Desk
from tests.polled import stories
from tests.published import House, Newsroom, moved_in
from tests.running import wait_for
from tests.test_static_hosting import (
    PEERS,
    SEARCHED,
    Ask,
    asking,
    caddy_files,
    free_port,
    nginx_files,
    running,
)
from tests.upstream import Reply, Upstream
from worker.valkey import Server
from worker.web.application import application
from worker.web.callback import Callback
from worker.web.hub import Door

FORM = "application/x-www-form-urlencoded"
OF_THE_CONNECTION = {"date", "connection", "keep-alive", "server", "transfer-encoding", "via"}


@dataclass
class Gate:
    """A newsroom and its polling desk; *direct* and *through* the proxy at *port* lead to it."""

    room: Newsroom
    desk: Desk
    direct: Ask
    through: Ask
    port: int


@contextmanager
def listening(port: int, since: str = "") -> Iterator[http.client.HTTPResponse]:
    """Yield the stream of stories, once it says that nothing is missed from here on."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Host": "feeds.example.org"} | ({"Last-Event-ID": since} if since else {})
    connection.request("GET", "/events", headers=headers)
    with closing(connection), connection.getresponse() as answer:
        while b": listening" not in answer.readline():
            pass
        yield answer


def story(answer: http.client.HTTPResponse) -> tuple[str, str]:
    """Return the id and the title of the next story."""
    number = ""
    while line := answer.readline().decode():
        name, _, text = line.rstrip("\n").partition(": ")
        if name == "id":
            number = text
        elif name == "data":
            return number, json.loads(text)["title"]
    raise AssertionError("the stream has ended")


def files(peer: str, folder: Path, public: Path, port: int, programs: int) -> list[str]:
    """Write the configuration of *peer*, which passes programs on to the port *programs*."""
    if shutil.which(peer, path=SEARCHED) is None:
        pytest.skip(f"{peer} is not installed")
    write = nginx_files if peer == "nginx" else caddy_files
    return write(folder, public, port, programs=programs)


@pytest.fixture(scope="module", params=PEERS, name="gate")
def _gate(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: Server
) -> Iterator[Gate]:
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    folder.parent.chmod(0o711)  # nginx may work as another user
    folder.parent.parent.chmod(0o711)
    folder.chmod(0o711)
    connection = Connection(server.url)
    connection.redis.flushall()
    store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
    with House().open() as house:
        own = urlsplit(house.url).port or 0
        command = files(request.param, folder, folder / "public", port, own)
        room = moved_in(house, store, folder / "public")
        desk = Desk(store)
        desk.callback = f"http://127.0.0.1:{port}/websub/"
        house.serves = application(
            room.public,
            public_url=room.url,
            max_age=300,
            ready=lambda: True,
            callback=Callback(desk.pushes, 1_000_000, lambda: None, desk.clock),
            door=Door(room, lambda: None, room.clock),  # type: ignore[arg-type]
            stream=room.stream,
        )
        with running(command, folder, port) as through:
            yield Gate(room, desk, asking(own), through, port)
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "kind", "size", "status"),
    [
        *(("POST", "/hub", FORM, 0, 202), ("POST", "/hub", "text/plain", 0, 415)),
        *(("POST", "/hub", FORM, 20_000, 413), ("GET", "/hub", "", 0, 405)),
        *(("GET", "/websub/unknown", "", 0, 404), ("POST", "/websub/unknown", FORM, 0, 410)),
        ("GET", "/events?feed=none", "", 0, 404),
    ],
)
def test_a_program_is_answered_as_without_a_proxy(  # noqa: PLR0913, PLR0917 - a request and its answer
    gate: Gate, method: str, path: str, kind: str, size: int, status: int
) -> None:
    said = {"hub.mode": "subscribe", "hub.topic": f"{gate.room.url}/feeds/all.atom"}
    said |= {"hub.callback": "http://127.0.0.1:9009/callback", "filler": "k" * size}
    body = urlencode(said).encode() if method == "POST" else b""
    fields = {"Content_Type": kind} if kind else {}
    reply, own = (ask(path, method, body, **fields) for ask in (gate.through, gate.direct))

    assert (reply.status, reply.body) == (own.status, own.body) == (status, own.body)
    for name in {*reply.headers, *own.headers} - OF_THE_CONNECTION:
        assert reply.headers.get(name) == own.headers.get(name), name


@pytest.mark.parametrize("path", ["/metrics", "/status/", "/status.json", "/healthz"])
def test_how_the_service_is_doing_is_not_passed_on(gate: Gate, path: str) -> None:
    assert gate.through(path).status == 404


def test_a_story_is_told_through_the_proxy_as_soon_as_it_is_published(gate: Gate) -> None:
    with listening(gate.port) as answer:  # a sign of life would come after 15 s
        gate.room.stream.heartbeat_seconds = 60
        gate.room.publish(2)
        first, title = story(answer)
        gate.room.publish(3)

        assert (title, story(answer)[1]) == ("Story number 2", "Story number 3")
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers.get_all("Cache-Control") == ["no-store"]
    with listening(gate.port, since=first) as answer:
        assert story(answer)[1] == "Story number 3"


@pytest.mark.parametrize("path", ["/", "/feeds/all/", "/feeds/all.rss", "/feeds.opml"])
def test_only_a_page_that_lists_stories_names_the_stream(gate: Gate, path: str) -> None:
    reply, own = gate.through(path), gate.direct(path)

    assert ("monitor" in reply.headers.get("link", "")) == path.endswith("/")
    for name in ("link", "content-security-policy")[: 2 if path.endswith("/") else 0]:
        assert reply.headers[name] == own.headers[name]


def test_a_listener_that_leaves_the_proxy_leaves_us(gate: Gate) -> None:
    wait_for(lambda: gate.room.stream.clients == 0, 20)
    gate.room.stream.heartbeat_seconds = 60
    with listening(gate.port):
        assert gate.room.stream.clients == 1

    wait_for(lambda: gate.room.stream.clients == 0, 20)


def test_a_hub_verifies_and_delivers_through_the_proxy(gate: Gate) -> None:
    with Hub() as hub, Upstream() as upstream:
        address = f"{upstream.url}/feed"
        link = "Link", f'<{hub.url}>; rel="hub", <{address}>; rel="self"'
        upstream.route("/feed", Reply(body=stories(1), headers=[link]))
        gate.desk.subscribe(address, hub)
        [asked] = hub.asked
        before = gate.desk.counted("delivered")

        assert asked.verified == 200
        assert hub.deliver(asked, stories(2)) == 202
        assert gate.desk.counted("delivered") == before + 1


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("is_published", [True, False])
def test_while_our_server_is_down_files_are_served_and_programs_told_to_come_again(
    tmp_path: Path, peer: str, is_published: bool
) -> None:
    port = free_port()
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o711)
    (tmp_path / "public").mkdir(mode=0o755)
    if is_published:
        (tmp_path / "public/feeds").mkdir(mode=0o755)
        (tmp_path / "public/feeds/all.rss").write_bytes(b"<rss/>")
    command = files(peer, tmp_path, tmp_path / "public", port, free_port())
    with running(command, tmp_path, port) as ask:
        replies = [ask("/events"), ask("/hub", "POST", b"k"), ask("/websub/token")]
        feed = ask("/feeds/all.rss")

    assert [one.status for one in replies] == [502] * 3
    assert all(int(one.headers["retry-after"]) > 0 for one in replies)
    assert not any("public" in one.headers.get("cache-control", "") for one in replies)
    assert feed.status == (200 if is_published else 503)
