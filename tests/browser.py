"""Chromium, driven over its own pipe (the DevTools protocol), and a web server for it to visit.

No driver program and no WebSocket: with ``--remote-debugging-pipe`` Chromium reads commands from
descriptor 3 and answers on 4, each a JSON object that ends in a zero byte.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
_SECONDS = 90.0
_PICTURE_SECONDS = 0.2  # pictures come after the text, as from a far host
_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--force-color-profile=srgb", "--font-render-hinting=none"),
    *("--remote-debugging-pipe", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)


_MOVE = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])"""  # the pipe to where Chromium looks for it


class Chromium:
    """One Chromium with one tab, which visits nothing but this machine; a context manager."""

    def __init__(self) -> None:
        self._home = tempfile.mkdtemp(prefix="wrc")
        self._number = 0
        self._unread = b""
        self._events: list[dict[str, Any]] = []
        self._session = ""

    def __enter__(self) -> Self:
        theirs, self._to = os.pipe()
        self._from, answers = os.pipe()
        theirs, answers = (_above_four(one) for one in (theirs, answers))
        words = [sys.executable, "-c", _MOVE, str(theirs), str(answers), CHROMIUM, *_OPTIONS]
        self._process = subprocess.Popen(
            [*words, f"--user-data-dir={self._home}", "about:blank"],
            pass_fds=(theirs, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._home},
        )
        os.close(theirs)
        os.close(answers)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)
        shutil.rmtree(self._home, ignore_errors=True)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return what Chromium answers to the command *method*."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        end = time.monotonic() + _SECONDS
        while True:
            answer = self._next(end)
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            self._events.append(answer)

    def look(self, *, width: int, dark: bool = False, paper: bool = False) -> None:
        """From now on be *width* CSS pixels wide, *dark*, or *paper* in a printer."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        media = "print" if paper else ""
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def visit(self, address: str) -> list[str]:
        """Load *address* whole; return what the console says of it, broken policies above all."""
        self._events.clear()
        self.call("Page.navigate", url=address)
        end = time.monotonic() + _SECONDS
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next(end))
        said = [
            event["params"]["entry"]
            for event in self._events
            if event.get("method") == "Log.entryAdded"
        ]
        return [str(entry["text"]) for entry in said if entry["level"] in {"warning", "error"}]

    def run(self, script: str) -> Any:
        """Return what *script* comes to; a promise is waited for."""
        told = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def picture(self, height: int) -> bytes:
        """Return the upper part of the page, *height* CSS pixels of it at most, as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], height)}
        shot = self.call(
            "Page.captureScreenshot",
            format="png",
            clip=clip | {"scale": 1},
            captureBeyondViewport=True,
        )
        return base64.b64decode(shot["data"])

    def _next(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"Chromium does not answer. It has ended with {self._process.poll()}"
            some = os.read(self._from, 1 << 16)
            assert some, f"Chromium has ended with {self._process.wait(20)}"
            self._unread += some
        message, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(message))


def _above_four(descriptor: int) -> int:
    """Return *descriptor* under a number that nothing is moved to."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


@contextmanager
def visited(public: Path, headers: Mapping[str, str]) -> Iterator[str]:
    """Serve the tree *public* with these *headers* on every page; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = public / self.path.partition("?")[0].strip("/")
            found = next(
                (
                    one
                    for one in (path, path / "index.html", path / "index.410.html")
                    if one.is_file()
                ),
                None,
            )
            if path.parent.name == "pictures":
                time.sleep(_PICTURE_SECONDS)
            with suppress(ConnectionError):  # the page was left before its pictures came
                self._send(found)

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, found: Path | None) -> None:
            self.send_response(200 if found else 404)
            for name, value in headers.items():
                self.send_header(name, value)
            suffix = found.suffix if found else ""
            self.send_header("Content-Type", _KINDS.get(suffix, "text/plain"))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(found.read_bytes() if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
