"""What one new article costs to publish: CPU and time until every byte of it is on the disk.

A Valkey of our own holds ``--articles`` made articles, all in the feed ``all`` and each in two or
three of ``--categories`` more feeds, published once. Then one article at a time comes in through
the whole line, and a pass publishes it: its page, the RSS, Atom, JSON Feed and page of each feed
that it stands in, their gzip and brotli twins, home and OPML. CPU is user and system time of this
process; the server's is left out. The clock of "on the disk" starts when the store has admitted the
article and ends when the last rename is synced.

Beside it, in the same round, feedgen renders the same feeds anew, the same items in RSS and Atom,
and writes them: no JSON Feed, no pages, nothing compressed, nothing synced.

An ext4 without a journal, as small virtual machines have it, looks past every file that was deleted
in the last minute whenever one is made, and each pass replaces some 50: there the part in the
kernel grows with every round. TMPDIR says where else to measure.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from feedgen.feed import FeedGenerator

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.corpus import Newsroom, Story, html_body
from feeds.model import Document, Published, Rules, Site, Source, Stories
from feeds.pipeline import Line, Press
from feeds.publish.select import ALL, feed_name, window
from feeds.store import Store
from feeds.store.connection import Connection
from worker.valkey import Server

WIRE = Source(id="https://wire.example/feed", title="The Wire")
BEGIN = datetime(2026, 3, 4, 12, tzinfo=UTC)
BATCH = 100


class Round(NamedTuple):
    """What one new article cost: CPU in seconds, seconds on the wall, and what was written.

    *kernel* is the part of *cpu* that system calls took: most of it makes and renames files, and
    hangs on the file system.
    """

    feeds: int
    files: int
    cpu: float
    kernel: float
    wall: float
    feedgen: float


class Desk:
    """A line, a press and made articles that come in one a second."""

    def __init__(self, store: Store, site: Site, public: Path, categories: int) -> None:
        # Made of the same words, they would be taken for copies of each other.
        self.line = Line(store, Rules(), site, stories=Stories(compare=False))
        self.press = Press(store, site, public)
        self.now = BEGIN
        self._random = random.Random(5)
        self._newsroom = Newsroom(11)
        self._taken = 0
        self._categories = [f"Section {number}" for number in range(categories)]

    def take(self, count: int) -> list[str]:
        """Take *count* new articles in; return the names of the feeds that hold the last."""
        labels: list[str] = []
        stories = []
        for story in self._newsroom.stories(count, self._taken):
            self.now += timedelta(seconds=1)
            some = self._random.choice((2, 3))
            labels = self._random.sample(self._categories, min(some, len(self._categories)))
            stories.append(_item(story._replace(published=self.now), labels))
        self._taken += count
        data = _rss(stories)
        document = Document(data=data, name="wire.xml", source=WIRE, received=self.now)
        [report] = self.line.ingest([document], self.now)
        assert report.tally["new"] == count
        return [ALL, *map(feed_name, labels)]

    def shown(self, name: str) -> list[Published]:
        """Return the stories that the published feed *name* shows, without its limit of bytes."""
        site, shelf = self.press.site, self.line.store.shelf
        [ids] = shelf.newest([name], site.window_max_items)
        return window(list(shelf.articles(ids).values()), site)

    def items(self, name: str) -> int:
        """Return how many items the published feed *name* shows."""
        feed = self.press.public / "feeds" / f"{name}.atom"
        return feed.read_bytes().count(b"<entry")


def _item(story: Story, labels: Iterable[str]) -> str:
    categories = "".join(f"<category>{label}</category>" for label in labels)
    return (
        f"<item><title>{story.title}</title><link>https://wire.example/{story.key}</link>"
        f'<guid isPermaLink="false">{story.key}</guid>{categories}'
        f"<pubDate>{story.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f"<description>{story.summary}</description>"
        f"<content:encoded><![CDATA[{html_body(story)}]]></content:encoded></item>"
    )


def _rss(items: Iterable[str]) -> bytes:
    return (
        '<?xml version="1.0"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Wire</title>'
        f"<link>https://wire.example/</link>{''.join(items)}</channel></rss>"
    ).encode()


def feedgen(name: str, stories: Iterable[Published], folder: Path) -> None:
    """Render the feed *name* with all its *stories* as a program with feedgen does."""
    feed = FeedGenerator()
    feed.id(f"https://plain.example/{name}")
    feed.title(name)
    feed.description(name)
    feed.link(href=f"https://plain.example/{name}", rel="alternate")
    for story in stories:
        article = story.article
        entry = feed.add_entry(order="append")
        entry.id(story.entry_id)
        entry.title(article.title)
        entry.link(href=article.link or "")
        entry.summary(article.summary)
        entry.content(article.content_html, type="html")
        for label in article.categories:
            entry.category(term=label)
        entry.published(article.published.at)
        entry.updated(story.changed)
    feed.rss_file(str(folder / f"{name}.rss"))
    feed.atom_file(str(folder / f"{name}.atom"))


def one_round(desk: Desk, folder: Path) -> Round:
    """Take one article in, publish it, and render the same feeds with feedgen."""
    names = desk.take(1)
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    written = desk.press.publish(desk.now)
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - begun
    kernel = after.ru_stime - before.ru_stime
    cpu = after.ru_utime - before.ru_utime + kernel
    plain = {name: desk.shown(name)[: desk.items(name)] for name in names}
    begun = time.process_time()
    for name, stories in plain.items():
        feedgen(name, stories, folder)
    spent = time.process_time() - begun
    return Round(len(names), len(written), cpu, kernel, wall, spent)


def measure(site: Site, articles: int, categories: int, rounds: int) -> tuple[Desk, list[Round]]:
    """Return what *rounds* single articles cost after *articles* in *categories* and ``all``."""
    with tempfile.TemporaryDirectory(prefix="wrp") as place:
        folder = Path(place)
        server = Server(folder / "redis", maxmemory="1gb", appendfsync="everysec")
        process = server.start()
        connection = Connection(server.url)
        try:
            store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
            desk = Desk(store, site, folder / "public", categories)
            for at in range(0, articles, BATCH):
                desk.take(min(BATCH, articles - at))
            desk.press.publish(desk.now)
            (folder / "plain").mkdir()
            one_round(desk, folder / "plain")  # what is imported and opened once is not counted
            done = [one_round(desk, folder / "plain") for _ in range(rounds)]
            rss = desk.press.public / "feeds" / "all.rss"
            print(
                f"  `all` shows {desk.items(ALL)} items, {rss.stat().st_size / 1000:,.0f} KB of RSS"
            )
            return desk, done
        finally:
            connection.close()
            process.terminate()
            process.wait()
            server.leave()


def middle(values: Iterable[float]) -> float:
    return 1000 * statistics.median(values)


def table(title: str, done: Sequence[Round]) -> None:
    """Print the medians of *done* in milliseconds."""
    feeds = statistics.mean(one.feeds for one in done)
    print(
        f"  {title}: {feeds:.1f} feeds changed, {statistics.mean(one.files for one in done):.0f} "
        "files beside their twins\n"
        f"  CPU {middle(one.cpu for one in done):8.1f} ms"
        f"  {middle(one.cpu / one.feeds for one in done):6.2f} ms for each changed feed, "
        f"{middle(one.kernel / one.feeds for one in done):.2f} of it in the kernel\n"
        f"  on the disk after {middle(one.wall for one in done):8.1f} ms\n"
        f"  feedgen, CPU {middle(one.feedgen for one in done):8.1f} ms"
        f"  {statistics.median(one.feedgen / one.cpu for one in done):6.1f} times ours"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=500, help="in `all` (default 500)")
    parser.add_argument("--categories", type=int, default=100, help="feeds besides (default 100)")
    parser.add_argument("--rounds", type=int, default=30, help="new articles, one at a time")
    told = parser.parse_args()
    sites = {
        "every article shown": Site(window_max_items=told.articles, window_bytes=1 << 40),
        "as configured by default": Site(),
    }
    for title, site in sites.items():
        print(f"\n{told.articles} articles in `all`, {told.categories} category feeds, {title}")
        _, done = measure(site, told.articles, told.categories, told.rounds)
        table(title, done)


if __name__ == "__main__":
    main()
