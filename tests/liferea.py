"""Liferea, on a display of its own, follows a feed through its life; prints what it stored.

Not a test: it is heavy (WebKit, X, D-Bus) and wants the Debian packages liferea, xvfb, xauth, dbus
and dbus-bin. ``python tests/liferea.py`` takes half a minute. Ends with status 1 where Liferea does
otherwise than it did when this was written.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from feeds.store import Store
from feeds.store.connection import Connection
from tests.clients import Client, Held, Read
from tests.harbour import STAGES, TITLES, Harbour
from tests.running import wait_for
from tests.served import Asked, Watched, serving
from worker.valkey import Server
from worker.web.application import application

SUFFIXES = ("rss", "atom")
_OPML = '<opml version="1.0"><head><title>Feeds</title></head><body>{}</body></opml>'
_FEED = '<outline type="rss" title="{0}" text="{0}" xmlUrl="{0}"/>'
_REFRESH = (
    *("dbus-send", "--session", "--print-reply", "--dest=org.gnome.feed.Reader"),
    *("/org/gnome/feed/Reader", "org.gnome.feed.Reader.Refresh"),
)


class Liferea(Client):
    """Liferea, which runs from ``start`` to ``stop`` and reads when it is asked to over D-Bus."""

    programs = ("liferea", "xvfb-run", "dbus-run-session", "dbus-send")

    def start(self, *urls: str) -> None:
        """Start it with *urls* as its subscriptions."""
        (self.home / "config" / "liferea").mkdir(parents=True)
        (self.home / "run").mkdir(mode=0o700)
        feeds = "".join(_FEED.format(url) for url in urls)
        (self.home / "config" / "liferea" / "feedlist.opml").write_text(_OPML.format(feeds))
        bus = self.home / "bus"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "GSETTINGS_BACKEND": "memory",
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            **{f"XDG_{name}_HOME": str(self.home / name.lower()) for name in ("CONFIG", "DATA")},
        }
        inner = f'echo "$DBUS_SESSION_BUS_ADDRESS" >{bus}; exec liferea --debug-net'
        with (self.home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["xvfb-run", "-a", "dbus-run-session", "--", "sh", "-c", inner],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: bus.exists() and bus.read_text())
        self._environment["DBUS_SESSION_BUS_ADDRESS"] = bus.read_text().strip()

    def stop(self) -> None:
        """End it, its display and its bus."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(30)

    def refresh(self) -> None:
        """Ask it to read all its feeds now."""
        subprocess.run(_REFRESH, env=self._environment, check=True, capture_output=True)

    def held(self, url: str) -> Read:
        """Return what it has stored of *url*; the error is that it takes the feed for discontinued."""
        query = (
            "select i.source_id, i.title, i.description, i.read = 0 from items i"
            " join subscription s on s.node_id = i.node_id where s.source = ? order by i.item_id"
        )
        with closing(sqlite3.connect(self.home / "data" / "liferea" / "liferea.db")) as store:
            rows = store.execute(query, (url,)).fetchall()
            gone = store.execute(
                "select max(discontinued) from subscription where source = ?", (url,)
            )
            discontinued = gone.fetchone()[0]
        held = [Held(id=row[0], title=row[1], text=row[2], unread=bool(row[3])) for row in rows]
        return Read(held, "discontinued" if discontinued else "")


def follow(folder: Path, url: str) -> dict[tuple[str, str], Read]:
    """Take the harbour in *folder* through its stages; return what Liferea held by (stage, format)."""
    connection = Connection(url)
    store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
    harbour, asked = Harbour(store, folder / "public"), list[Asked]()
    found: dict[tuple[str, str], Read] = {}

    def app_at(address: str) -> Watched:
        site = application(harbour.folder, public_url=address, max_age=300, ready=lambda: True)
        return Watched(site, asked)

    liferea = Liferea(folder / "home")
    with serving(app_at) as first, serving(app_at) as second:
        for stage in STAGES:
            asked.clear()
            getattr(harbour, stage)(second if stage == "moved" else first)
            if stage == "first":
                feeds = {suffix: harbour.feed(suffix) for suffix in SUFFIXES}
                liferea.start(*feeds.values())
            else:
                liferea.refresh()
            wait_for(lambda: all(_is_answered(asked, suffix) for suffix in SUFFIXES))
            time.sleep(2)  # until it has stored them, which nothing tells
            found |= {(stage, suffix): liferea.held(feeds[suffix]) for suffix in SUFFIXES}
            _tell(stage, {suffix: found[stage, suffix] for suffix in SUFFIXES}, asked)
        liferea.stop()
    connection.close()
    return found


def _is_answered(asked: list[Asked], suffix: str) -> bool:
    """Tell whether a feed of the format *suffix* was asked for and not only led elsewhere."""
    return any(one.path.endswith(f".{suffix}") and one.status != 301 for one in asked)


def _tell(stage: str, reads: dict[str, Read], asked: list[Asked]) -> None:
    print(f"\n{stage}")
    for suffix, read in reads.items():
        print(f"  {suffix}: {len(read.held)} stories {read.error}")
        for one in read.held:
            print(f"    {'unread' if one.unread else 'read  '} {one.id}  {one.title}")
    counts = Counter((one.path, one.status) for one in asked)
    print("  asked for", ", ".join(f"{path} {status} x{n}" for (path, status), n in counts.items()))


def main() -> int:
    if missing := Liferea.missing():
        print(f"not installed: {missing}")
        return 1
    with tempfile.TemporaryDirectory(prefix="wrl") as place:
        server = Server(Path(place) / "v", maxmemory="256mb", appendfsync="everysec")
        process = server.start()
        try:
            found = follow(Path(place), server.url)
        finally:
            process.terminate()
            process.wait()
            server.leave()
    titles = sorted(TITLES.values())
    odd = [
        f"{stage} {suffix}"
        for (stage, suffix), read in found.items()
        # It never updates a story that it has, keeps what has left the feed, and obeys a 410.
        if read.titles != titles or bool(read.error) != (stage == "gone")
    ]
    print(f"\notherwise than it was: {', '.join(odd) or 'nothing'}")
    return bool(odd)


if __name__ == "__main__":
    sys.exit(main())
