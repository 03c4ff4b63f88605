"""CPU of the web server per request, beside nginx on the same files, in turns within one run.

Each case is asked by wrk over 16 connections that are kept, and again with a connection for each
request. What counts is user and system time of the server's processes in /proc: the two cores are
shared with wrk, so requests a second say more of the machine than of a server. nginx runs with
sendfile, gzip_static and a single process, without a log, and with no headers but its own; we send
all of ours. Before it is timed, each case is asked once, and both must give the same bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from corpus import Newsroom, rss  # noqa: E402

from feeds.publish.write import write_all  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 16
WRITTEN = datetime(2026, 3, 4, 12, tzinfo=UTC)
SIZES = {"small": 26_000, "large": 227_000}

OURS = """
import sys
from pathlib import Path
from worker.web.application import application
from worker.web.server import serve
app = application(
    Path(sys.argv[1]), public_url="https://wire.example", max_age=300, ready=lambda: True
)
serve(app, port=int(sys.argv[2]))
"""

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; gzip_static on; keepalive_requests 100000000;
    types {{ application/rss+xml rss; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/public; }}
}}
"""


@dataclass(frozen=True)
class Case:
    """One kind of request; *aim* is how many times nginx's CPU it may take."""

    name: str
    feed: str
    headers: tuple[tuple[str, str], ...] = ()
    held: bool = False
    kept: bool = True
    aim: int | None = None

    @property
    def path(self) -> str:
        """The address of the feed that is asked for."""
        return f"/feeds/{self.feed}.rss"


GZIP = (("Accept-Encoding", "gzip"),)
CASES = [
    Case("304", "small", GZIP, held=True, aim=4),
    Case("200, 26 KB", "small", aim=3),
    Case("200, 227 KB", "large", aim=3),
    Case("200, 26 KB gzip", "small", GZIP, aim=3),
    Case("200, 227 KB gzip", "large", GZIP, aim=3),
    Case("304, new connection", "small", GZIP, held=True, kept=False),
    Case("200, 26 KB, new connection", "small", kept=False),
    Case("200, 26 KB gzip, new connection", "small", GZIP, kept=False),
]


@dataclass(frozen=True)
class Server:
    """A running server: *pid* and all its threads are what is measured."""

    name: str
    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU, user and system, since it started."""
        line = Path(f"/proc/{self.pid}/stat").read_text()
        user, system = line.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def memory(self) -> float:
        """MiB resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        assert found
        return int(found[1]) / 1024

    def ask(self, case: Case, *more: tuple[str, str]) -> tuple[int, str, bytes]:
        """Status, ETag and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", case.path, headers=dict((*case.headers, *more)))
            response = connection.getresponse()
            return response.status, response.headers["ETag"], response.read()


def publish(public: Path) -> None:
    """Write a feed of each size, with its twins, as the press does."""
    room = Newsroom(7)
    stories = room.stories(400, 0)
    files = []
    for name, size in SIZES.items():
        count = next(n for n in range(1, 400) if len(rss(stories[:n])) >= size)
        files.append((public / f"feeds/{name}.rss", rss(stories[:count]), WRITTEN))
    write_all(files, twins=True)


@contextlib.contextmanager
def running(name: str, command: list[str], port: int) -> Iterator[Server]:
    """Run a server until the end of the block."""
    process = subprocess.Popen(command, cwd=ROOT)
    server = Server(name, process.pid, port)
    try:
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                server.ask(CASES[0])
                break
            if process.poll() is not None:
                raise SystemExit(f"{name} did not start")
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def both(folder: Path, nginx: str) -> Iterator[tuple[Server, Server]]:
    """Run nginx and our web server over the tree in *folder*."""
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        port, ours = one.getsockname()[1], other.getsockname()[1]
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    theirs = [nginx, "-e", "stderr", "-c", str(folder / "nginx.conf")]
    mine = [sys.executable, "-c", OURS, str(folder / "public"), str(ours)]
    with running("nginx", theirs, port) as peer, running("wireroom", mine, ours) as us:
        yield peer, us


def load(server: Server, case: Case, seconds: int) -> tuple[float, float]:
    """Ask *case* for so many *seconds*; CPU microseconds of a request, requests a second."""
    status, tag, _ = server.ask(case)
    assert status == 200, f"{server.name} answers {status} to {case.name}"
    headers = list(case.headers)
    if case.held:
        headers.append(("If-None-Match", tag))
        assert server.ask(case, headers[-1])[0] == 304
    if not case.kept:
        headers.append(("Connection", "close"))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command += [part for name, value in headers for part in ("-H", f"{name}: {value}")]
    before = server.cpu()
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{case.path}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    ).stdout
    spent = server.cpu() - before
    count = re.search(r"(\d+) requests in ([\d.]+)", said)
    assert count, said
    assert "Non-2xx" not in said, said
    return 1e6 * spent / int(count[1]), int(count[1]) / float(count[2])


def measure(case: Case, peer: Server, us: Server, *, rounds: int, seconds: int) -> None:
    """Print what *case* costs each, the median of *rounds* in turns."""
    assert peer.ask(case)[2] == us.ask(case)[2]
    figures = [[load(server, case, seconds) for server in (peer, us)] for _ in range(rounds)]
    theirs, ours = (
        [statistics.median(each[side][at] for each in figures) for at in (0, 1)] for side in (0, 1)
    )
    ratio = statistics.median(mine[0] / his[0] for his, mine in figures)
    aim = f"(aim {case.aim})" if case.aim else ""
    print(
        f"{case.name:32}{theirs[0]:8.1f}{ours[0]:8.1f}{ratio:8.2f} times {aim:8}"
        f"{theirs[1]:9.0f}{ours[1]:9.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--nginx", default=shutil.which("nginx") or "/usr/sbin/nginx")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)  # nginx started by root works as another user
        publish(folder / "public")
        with both(folder, asked.nginx) as (peer, us):
            print(
                f"{'CPU of a request, us':32}{'nginx':>8}{'ours':>8}{'':23}"
                f"{'nginx/s':>9}{'ours/s':>9}"
            )
            for case in CASES:
                if asked.only in case.name:
                    measure(case, peer, us, rounds=asked.rounds, seconds=asked.seconds)
            print(f"resident: nginx {peer.memory():.0f} MiB, ours {us.memory():.0f} MiB")


if __name__ == "__main__":
    main()
