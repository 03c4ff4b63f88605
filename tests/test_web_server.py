"""The server process: its socket, its bounds, and its end."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.errors import SettingsError
from worker.web import application as web
from worker.web import server as web_server

ROOT = Path(__file__).parents[1]
LARGE = 30_000_000
"""More than the kernel takes for a client that does not read."""

PROGRAM = """
import sys, socket
from pathlib import Path
from worker.web import application as web
from worker.web import server as web_server
app = web.application(Path(sys.argv[1]), public_url="https://wire.example", max_age=300, ready=lambda: True)
listener = socket.socket(fileno=int(sys.argv[2]))
web_server.serve(app, listener=listener)
print("ended in order")
"""


async def answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    body = b"k" * LARGE if scope["path"] == "/large" else scope["client"][0].encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(name="published")
def _published(tmp_path: Path) -> web.WebApplication:
    """An application that has a feed of :data:`LARGE` bytes, which is answered at once."""
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/all.rss").write_bytes(b"k" * LARGE)
    (tmp_path / "feeds/few.rss").write_bytes(b"k")
    return web.application(
        tmp_path, public_url="https://wire.example", max_age=300, ready=lambda: True
    )


@contextlib.contextmanager
def serving(app: Any = answer, **settings: int) -> Iterator[int]:
    """Run the real server with *app* behind it, and give its port."""
    listener = web_server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = web_server.server(app, **settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def received(connection: socket.socket) -> bytes:
    """Everything that comes until the server ends the connection."""
    data = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            data += chunk
    return bytes(data)


def test_a_port_in_use_is_said_before_anything_starts() -> None:
    with web_server.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            web_server.serve(answer, host="127.0.0.1", port=port)

    assert f"127.0.0.1:{port} is in use by another program" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "port"),
    [("192.0.2.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 70_000), ("a..b", 0)],
)
def test_an_address_that_cannot_be_used_is_a_settings_error(host: str, port: int) -> None:
    with pytest.raises(SettingsError):
        web_server.listen(host, port)


def test_an_ipv6_address_can_be_listened_on() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")

    with web_server.listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_order_and_soon(tmp_path: Path, number: int) -> None:
    with web_server.listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        descriptor = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path), str(descriptor)],
            cwd=ROOT,
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    with connect(port) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        first = idle.recv(65_536)
        began = time.monotonic()
        process.send_signal(number)
        out, errors = process.communicate(timeout=15)

    assert first.startswith(b"HTTP/1.1 200")
    assert (process.returncode, out, errors) == (0, b"ended in order\n", b"")
    assert time.monotonic() - began < web_server.GRACE_SECONDS


def test_a_head_that_never_ends_is_refused_by_its_size() -> None:
    with serving() as port, connect(port) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET / HTTP/1.1\r\n")
            for _ in range(40):
                client.sendall(b"X-Filler: " + b"k" * 1_000 + b"\r\n")
                time.sleep(0.002)

        assert received(client).startswith(b"HTTP/1.1 431")


def test_a_client_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server.Connection, "head_seconds", 0.3)
    with serving() as port, connect(port) as silent:
        began = time.monotonic()

        assert received(silent) == b""
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("body", [[], [b"k" * 100] * 3])
def test_a_client_that_trickles_its_second_head_is_let_go(
    monkeypatch: pytest.MonkeyPatch, published: web.WebApplication, body: list[bytes]
) -> None:
    monkeypatch.setattr(web_server.Connection, "head_seconds", 0.3)
    length = sum(map(len, body))
    with serving(published) as port, connect(port) as slow:
        slow.sendall(b"GET /feeds/few.rss HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % length)
        for piece in body:
            time.sleep(0.02)
            slow.sendall(piece)
        first = slow.recv(65_536)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            slow.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            while time.monotonic() - began < 3:
                slow.sendall(b"k")
                time.sleep(0.05)

    assert first.startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 3


def test_a_connection_serves_many_requests_after_a_slow_head() -> None:
    with serving() as port, connect(port) as client:
        client.sendall(b"GET / HT")
        time.sleep(0.05)
        client.sendall(b"TP/1.1\r\nHost: x\r\n\r\n")
        first = client.recv(65_536)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        time.sleep(0.1)
        rest = client.recv(65_536)

    assert first.count(b"HTTP/1.1 200") == 1
    assert rest.count(b"HTTP/1.1 200") == 2


def test_requests_sent_in_one_long_breath_are_all_answered() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\nX-Filler: " + b"k" * 300 + b"\r\n\r\n"
    breath = request * 399 + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving() as port, connect(port) as client:
        for start in range(0, len(breath), 1_000):  # most pieces end inside a head
            client.sendall(breath[start : start + 1_000])

        assert received(client).count(b"HTTP/1.1 200") == 400


def test_garbage_is_refused_once_however_long_it_is() -> None:
    with serving() as port, connect(port) as client:
        client.sendall(b"\x16\x03\x01" + b"k" * 60_000)

        assert received(client).count(b"HTTP/1.1 400") == 1


def test_a_client_that_does_not_take_its_answer_is_let_go() -> None:
    with serving(keep_alive=1) as port, connect(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.5)

        assert len(received(client)) < LARGE


def test_a_client_that_asks_on_and_takes_nothing_is_let_go(
    monkeypatch: pytest.MonkeyPatch, published: web.WebApplication
) -> None:
    monkeypatch.setattr(web_server.Connection, "head_seconds", 0.3)
    with serving(published, keep_alive=1) as port, connect(port) as client:
        client.sendall(b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        time.sleep(2.4)

        assert len(received(client)) < LARGE


def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(
    monkeypatch: pytest.MonkeyPatch, published: web.WebApplication
) -> None:
    monkeypatch.setattr(web_server.Connection, "head_seconds", 0.3)
    with serving(published, keep_alive=1) as port, connect(port) as client:
        client.sendall(b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        taken, began = 0, time.monotonic()
        while time.monotonic() - began < 1.3:
            for _ in range(16):
                taken += len(client.recv(65_536))
            time.sleep(0.1)

        assert taken < LARGE
        assert taken + len(received(client)) > LARGE


@pytest.mark.parametrize("more", [b"\0\r\n\r\n", b"GET / HTTP/1.1\r\nX-Filler: " + b"k" * 40_000])
def test_what_is_refused_is_not_written_into_an_answer_that_has_begun(more: bytes) -> None:
    with serving() as port, connect(port) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        begun = b""
        while b"begun\r\n" not in begun:
            begun += client.recv(65_536)
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(more), 10_000):
                client.sendall(more[start : start + 10_000])
                time.sleep(0.01)

        assert received(client) == b""


def test_a_header_cannot_change_who_the_client_is() -> None:
    with serving() as port, connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")

        assert client.recv(65_536).endswith(b"\r\n\r\n127.0.0.1")


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_who_is_silent_gives_way_to_who_has_something_to_ask(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(web_server.Connection, "connections_at_once", 3)
    with serving() as port, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(connect(port)) for _ in range(3)]
        for each in silent:
            each.sendall(said)
        for _ in range(9):
            with connect(port) as asking:
                asking.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

                assert asking.recv(65_536).startswith(b"HTTP/1.1 200")


def test_too_many_connections_are_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server.Connection, "connections_at_once", 1)
    with serving() as port, connect(port) as first:
        first.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        served = first.recv(1_000)
        with connect(port) as second:
            second.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            refused = received(second)

    assert served.startswith(b"HTTP/1.1 200")
    assert refused.startswith(b"HTTP/1.1 503")
    assert re.search(rb"\r\nretry-after: \d+\r\n", refused)
    assert refused.count(b"\r\nconnection: close\r\n") == 1
