"""A scripted hub: a real WebSub hub on loopback that does what a test says, and notes it all.

    with Hub() as hub:
        ...                                   # Wireroom is given a feed that names hub.url
        asked = hub.wait()                    # the form that it sent
        status = hub.deliver(asked, FEED)     # pushes, signed with the secret it was given

It takes each request with 202 and verifies it at once, as the Recommendation has it, unless told
otherwise.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlencode

from tests.running import wait_for

FEED_TYPE = "application/atom+xml"


@dataclass(frozen=True)
class Asked:
    """A form that came, and to which path. *verified* is the status of our GET to its callback."""

    path: str
    fields: dict[str, str]
    verified: int = 0

    def __getattr__(self, name: str) -> str:
        """Return the field ``hub.name``; "" where it is not there."""
        return self.fields.get(f"hub.{name}", "")


class Hub:
    """The hub: a context manager. *asked* are the requests so far, oldest first.

    *status* and *reply* answer a request, *location* redirects it once (by path). With *verifies*
    what was taken is verified, *lease* is granted (None names none); *denies* is a reason to deny.
    One that *hurries* verifies whatever it is sent before it answers.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.status, self.reply = 202, b""
        self.location: dict[str, tuple[int, str]] = {}
        self.verifies, self.hurries, self.denies = True, False, ""
        self.lease: int | None = 864_000
        self._threads: list[threading.Thread] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, location = hub.location.get(self.path, (hub.status, ""))
                if not location:
                    hub.take(self.path, self.headers["Content-Type"], body, status)
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(hub.reply)))
                self.end_headers()
                self.wfile.write(hub.reply)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.at = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.at}/hub"

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join(30)

    def take(self, path: str, content_type: str, body: bytes, status: int) -> None:
        """Note a form, and come back to its callback if it is taken."""
        assert content_type == "application/x-www-form-urlencoded"
        said = parse_qs(body.decode(), strict_parsing=True, keep_blank_values=True)
        asked = Asked(path, {name: values[0] for name, values in said.items()})
        if self.hurries:
            self._come_back(asked)
            return
        if not (200 <= status < 300 and (self.verifies or self.denies)):
            self.asked.append(asked)
            return
        thread = threading.Thread(target=self._come_back, args=(asked,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def wait(self, count: int = 1, mode: str = "subscribe", seconds: float = 60) -> Asked:
        """Return the request number *count* (from 1) of *mode*, once it has come and is answered."""

        def found() -> Asked | None:
            some = [one for one in self.asked if one.mode == mode]
            return some[count - 1] if len(some) >= count else None

        return wait_for(found, seconds, f"asked so far: {len(self.asked)}")

    def verify(self, asked: Asked, **changes: str) -> int:
        """Ask the callback whether it asked (or with *changes* something else); return the status.

        0 says that it answered 200 without the challenge.
        """
        challenge = secrets.token_hex(16)
        said = {"mode": asked.mode, "topic": asked.topic, "challenge": challenge, **changes}
        if self.lease is not None:
            said.setdefault("lease_seconds", str(self.lease))
        status, body, _ = self._get(asked, said)
        return status if status != 200 or body.decode() == challenge else 0

    def deny(self, asked: Asked, reason: str) -> int:
        """Say that *asked* is denied; return the status."""
        return self._get(asked, {"mode": "denied", "topic": asked.topic, "reason": reason})[0]

    def deliver(  # noqa: PLR0913 - a push has so many parts that can be wrong
        self,
        asked: Asked,
        body: bytes,
        method: str = "sha256",
        *,
        secret: str | None = None,
        signature: str | None = None,
        content_type: str = FEED_TYPE,
    ) -> int:
        """Push *body* to the callback of *asked*; return the status. No *method*: unsigned."""
        headers = {"Content-Type": content_type, "Link": f'<{self.url}>; rel="hub"'}
        if method:
            key = (asked.secret if secret is None else secret).encode()
            headers["X-Hub-Signature"] = (
                signature or f"{method}={hmac.new(key, body, method).hexdigest()}"
            )
        request = urllib.request.Request(asked.callback, body, headers, method="POST")
        return fetched(request)[0]

    def _come_back(self, asked: Asked) -> None:
        status = self.deny(asked, self.denies) if self.denies else self.verify(asked)
        self.asked.append(Asked(asked.path, asked.fields, status))

    def _get(self, asked: Asked, said: dict[str, str]) -> tuple[int, bytes, str]:
        query = urlencode({f"hub.{name}": value for name, value in said.items()})
        mark = "&" if "?" in asked.callback else "?"
        return fetched(urllib.request.Request(asked.callback + mark + query))


def fetched(request: urllib.request.Request) -> tuple[int, bytes, str]:
    """Return status, body and Content-Type of the answer to *request*."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers["Content-Type"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers["Content-Type"]
