"""A web server of made feeds on loopback, for ``poll.py``: ``newsstand.py SOURCES ENTRIES``.

Source N stands at http://127.A.B.C:PORT/N, a host of its own, as an RSS feed with whole texts, one
with summaries, an Atom feed or a JSON Feed, gzipped for who accepts it, under an ETag and a date.
It has two editions: in the second, one entry is new, the oldest is gone, and the validators are
others. ``/edition/2`` on any of its hosts turns it over. Prints its port and serves until its
standard input ends.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import threading
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import NamedTuple, cast

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop

from benchmarks import corpus
from benchmarks.corpus import Story

_HOSTS_OF_A_BYTE = 250
_RSS, _ATOM, _JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"


class Edition(NamedTuple):
    """One document: its media type, its bytes gzipped and not, its ETag and Last-Modified."""

    kind: str
    gzipped: bytes
    plain: bytes
    etag: str
    modified: str


def address(number: int, port: int, network: str = "") -> str:
    """Return the address of source *number*, on a host of its own."""
    high, low = divmod(number, _HOSTS_OF_A_BYTE)
    network = network or f"127.{1 + high // _HOSTS_OF_A_BYTE}"
    return f"http://{network}.{high % _HOSTS_OF_A_BYTE}.{low + 1}:{port}/{number}"


def rss(stories: Sequence[Story], title: str) -> bytes:
    """Tell *stories* as WordPress does: whole texts, and the date of the newest in the head."""
    built = f"<lastBuildDate>{format_datetime(stories[0].published)}</lastBuildDate>"
    return corpus.rss(stories, title).replace(b"<language>", built.encode() + b"<language>", 1)


def atom(stories: Sequence[Story], title: str) -> bytes:
    """Tell *stories* as an Atom feed whose own date is that of the newest."""
    first, newest = corpus.FIRST.isoformat(), stories[0].published.isoformat()
    old, new = (f"<updated>{date}</updated>\n".encode() for date in (first, newest))
    return corpus.atom(stories, title).replace(old, new, 1)


def summaries(stories: Sequence[Story], title: str) -> bytes:
    """Tell *stories* as newspapers do: a headline, a sentence, a link."""
    items = "\n".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.address)}</link>"
        f"<guid>{escape(one.address)}</guid><category>{one.section}</category>"
        f"<pubDate>{format_datetime(one.published)}</pubDate>"
        f"<description>{escape(f'<p>{one.summary}</p>')}</description></item>"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{title}</title><link>https://gazette.example/</link><description>News</description><ttl>15</ttl>"
        f"<pubDate>{format_datetime(stories[0].published)}</pubDate>\n{items}\n</channel></rss>"
    ).encode()


def json_feed(stories: Sequence[Story], title: str) -> bytes:
    """Tell *stories* as JSON Feed 1.1."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            "home_page_url": "https://gazette.example/",
            "language": "en-GB",
            "items": [
                {
                    "id": f"{title}-{one.key}",
                    "url": one.address,
                    "title": one.title,
                    "summary": one.summary,
                    "content_html": corpus.html_body(one),
                    "date_published": one.published.isoformat(),
                    "authors": [{"name": one.author}],
                    "tags": [one.section],
                }
                for one in stories
            ],
        }
    ).encode()


_KINDS: tuple[tuple[int, str, Callable[[Sequence[Story], str], bytes]], ...] = (
    (5, _RSS, rss),
    (2, _RSS, summaries),
    (2, _ATOM, atom),
    (1, _JSON, json_feed),
)
"""Of ten sources so many, their media type, and who writes them."""
_OF_TEN = [(kind, write) for count, kind, write in _KINDS for _ in range(count)]


def editions(number: int, entries: int) -> tuple[Edition, Edition]:
    """Return the two editions of source *number*."""
    stories = corpus.Newsroom(number).stories(entries + 1)[::-1]
    kind, write = _OF_TEN[number % len(_OF_TEN)]
    first, second = (
        _edition(number, kind, write(some, f"Gazette {number}"), some[0])
        for some in (stories[1:], stories[:-1])
    )
    return first, second


def _edition(number: int, kind: str, data: bytes, newest: Story) -> Edition:
    etag = f'"{number}-{newest.number}"'
    return Edition(
        kind, gzip.compress(data, 1), data, etag, format_datetime(newest.published, usegmt=True)
    )


class Stand(asyncio.Protocol):
    """One connection. What is asked on it comes one request at a time."""

    sources: Sequence[tuple[Edition, Edition]] = ()
    turned = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer once a head is complete."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path.startswith("/edition/"):
            Stand.turned = path.endswith("2")
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        found = self.sources[int(path[1:])][self.turned]
        said = f"ETag: {found.etag}\r\nLast-Modified: {found.modified}\r\n"
        lower = head.lower()
        if f"if-none-match: {found.etag}".encode() in lower:
            return f"HTTP/1.1 304 Not Modified\r\n{said}\r\n".encode()
        zipped = b"gzip" in lower.partition(b"accept-encoding:")[2].partition(b"\r\n")[0]
        body = found.gzipped if zipped else found.plain
        encoding = "Content-Encoding: gzip\r\n" * zipped
        return (
            f"HTTP/1.1 200 OK\r\nContent-Type: {found.kind}\r\n{encoding}{said}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stand, "0.0.0.0", 0, backlog=1_024)
    print(server.sockets[0].getsockname()[1], flush=True)
    over = asyncio.Event()
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(over.set)), daemon=True
    ).start()
    await over.wait()


def main() -> None:
    count, entries = map(int, sys.argv[1:])
    Stand.sources = [editions(number, entries) for number in range(count)]
    uvloop.run(serve())


if __name__ == "__main__":
    main()
