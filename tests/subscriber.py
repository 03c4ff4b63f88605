"""Subscribers of a hub: a real server on loopback whose callbacks do what a test says.

with Subscriber() as subscriber:
    status, _ = subscriber.ask(hub, topic)       # a form, as a program sends it
    [delivery] = subscriber.wait(1)              # once it was verified and something came
"""

from __future__ import annotations

import hmac
import threading
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.hub import fetched
from tests.running import wait_for

TOPIC = "/feeds/all.atom"


@dataclass(frozen=True)
class Delivery:
    """What was brought to the callback *path*; names of *headers* are in lower case."""

    path: str
    headers: dict[str, list[str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the one header *name*; "" if there is none."""
        found = self.headers.get(name, [""])
        assert len(found) == 1
        return found[0]

    def is_signed(self, secret: str, method: str = "sha256") -> bool:
        """Tell whether the signature is right for *secret*."""
        digest = hmac.new(secret.encode(), self.body, method).hexdigest()
        return self.header("x-hub-signature") == f"{method}={digest}"


class Subscriber:
    """The server. *questions* are the verifications (path, fields), *deliveries* what came.

    *status* answers the deliveries to a path, *echo* what a question gets but its challenge (None:
    the challenge), *redirect* sends everything elsewhere; each answer takes *seconds*.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.questions: list[tuple[str, dict[str, str]]] = []
        self.deliveries: list[Delivery] = []
        self.status: dict[str, int] = {}
        self.headers: dict[str, str] = {}
        self.echo: str | None = None
        self.redirect = ""
        self.seconds = 0.0
        self.at_once, self.most_at_once = Counter[str](), 0
        self._lock = threading.Lock()
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                said = {name: values[0] for name, values in parse_qs(parts.query).items()}
                subscriber.questions.append((parts.path, said))
                echo = subscriber.echo
                self._answer(200, said.get("hub.challenge", "") if echo is None else echo)

            def do_POST(self) -> None:
                with subscriber._lock:
                    subscriber.at_once["now"] += 1
                    now = subscriber.at_once["now"]
                    subscriber.most_at_once = max(subscriber.most_at_once, now)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers: dict[str, list[str]] = {}
                for name, value in self.headers.items():
                    headers.setdefault(name.lower(), []).append(value)
                if subscriber.seconds:
                    time.sleep(subscriber.seconds)
                with subscriber._lock:
                    subscriber.at_once["now"] -= 1
                    subscriber.deliveries.append(Delivery(self.path, headers, body))
                self._answer(subscriber.status.get(self.path, 204), "")

            def _answer(self, status: int, body: str) -> None:
                self.send_response(302 if subscriber.redirect else status)
                for name, value in subscriber.headers.items():
                    self.send_header(name, value)
                if subscriber.redirect:
                    self.send_header("Location", subscriber.redirect)
                self.send_header("Content-Length", str(len(body)))
                with suppress(OSError):  # who asked may not have waited
                    self.end_headers()
                    self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)

    def ask(self, hub: str, topic: str, path: str = "/callback", **said: str) -> tuple[int, str]:
        """Ask *hub* for *topic*; return the status and what it says. *said* overrides fields."""
        fields = {"mode": "subscribe", "topic": topic, "callback": self.url + path, **said}
        form = urlencode({f"hub.{name}": value for name, value in fields.items()}).encode()
        status, body, kind = fetched(urllib.request.Request(hub, form, method="POST"))
        assert kind is not None
        assert kind.startswith("text/plain")
        return status, body.decode()

    def wait(self, count: int, seconds: float = 60) -> list[Delivery]:
        """Return what was delivered, once there are *count* of it."""
        wait_for(lambda: len(self.deliveries) >= count, seconds, str(len(self.deliveries)))
        return list(self.deliveries)
