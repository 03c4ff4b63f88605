"""The plain pipeline: what a Python developer writes in an afternoon with the obvious libraries.

feedparser as it comes; json, PyYAML with markdown-it, trafilatura for the rest; one SETNX an entry;
feedgen over everything it has seen. No update is recognised, nothing survives a kill, nothing is
synced, and there are no pages, no JSON Feed and nothing compressed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import feedparser
import nh3
import redis
import trafilatura
import yaml
from feedgen.feed import FeedGenerator
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt()


class Seen(NamedTuple):
    """What the plain pipeline keeps of an article."""

    id: str
    title: str
    link: str
    summary: str
    html: str
    author: str
    section: str
    published: datetime


def run(files: Sequence[Path], public: Path, url: str, every: int) -> int:
    """Read *files*, keep what is new; write the feeds after *every* so many. Return how many."""
    client = redis.Redis.from_url(url)
    public.mkdir(parents=True, exist_ok=True)
    feeds: dict[str, list[Seen]] = defaultdict(list)
    for at in range(0, len(files), every):
        changed = set()
        for one in (one for path in files[at : at + every] for one in read(path)):
            if client.setnx(f"seen:{one.id}", 1):
                for name in ("all", one.section.lower()):
                    feeds[name].append(one)
                    changed.add(name)
        for name in changed:
            publish(name, feeds[name], public)
    client.close()
    return len(feeds["all"])


def read(path: Path) -> Iterator[Seen]:
    """Yield the articles in the file at *path*, by its ending."""
    if path.suffix in (".rss", ".atom"):
        yield from _feed(path)
    elif path.suffix == ".json":
        yield _json(json.loads(path.read_text("utf-8")))
    elif path.suffix == ".md":
        yield _markdown(path.read_text("utf-8"))
    elif path.suffix == ".html":
        yield _page(path.read_text("utf-8"))
    else:
        yield _text(path.read_text("utf-8"))


def publish(name: str, articles: Iterable[Seen], public: Path) -> None:
    """Write the feed *name* as RSS and as Atom."""
    feed = FeedGenerator()
    feed.id(f"https://plain.example/{name}")
    feed.title(name)
    feed.description(name)
    feed.link(href=f"https://plain.example/{name}", rel="alternate")
    for one in articles:
        entry = feed.add_entry(order="append")
        entry.id(one.id)
        entry.title(one.title)
        entry.link(href=one.link or f"https://plain.example/{one.id}")
        entry.summary(one.summary)
        entry.content(one.html, type="html")
        entry.author(name=one.author)
        entry.category(term=one.section)
        entry.published(one.published)
        entry.updated(one.published)
    feed.rss_file(str(public / f"{name}.rss"))
    feed.atom_file(str(public / f"{name}.atom"))


def _feed(path: Path) -> Iterator[Seen]:
    for entry in feedparser.parse(str(path)).entries:
        yield Seen(
            entry.get("id") or entry.link,
            entry.title,
            entry.link,
            entry.summary,
            entry.content[0].value,
            entry.get("author", ""),
            entry.tags[0].term,
            datetime(*entry.published_parsed[:6], tzinfo=UTC),
        )


def _json(item: dict[str, object]) -> Seen:
    get = item.get
    if "standard" in item:
        return Seen(
            item["uri"],
            item["headlines"][0]["value"],
            "",
            item["descriptions"][0]["value"],
            nh3.clean(item["bodies"][0]["value"]),
            item["by"],
            item["subjects"][0]["name"],
            datetime.fromisoformat(item["versioncreated"]),
        )
    html = nh3.clean(get("body_html", ""))
    published = datetime.fromisoformat(item["published"])
    section = item["categories"][0]
    return Seen(
        item["id"], item["title"], "", get("summary", ""), html, get("author"), section, published
    )


def _markdown(text: str) -> Seen:
    _, front, body = text.split("---\n", 2)
    data = yaml.safe_load(front)
    title, html = data["title"], nh3.clean(_MARKDOWN.render(body))
    section = data["categories"][0]
    return Seen(title, title, "", data["summary"], html, data["author"], section, data["date"])


def _page(text: str) -> Seen:
    page = trafilatura.bare_extraction(text, with_metadata=True, include_images=True)
    html = "".join(f"<p>{line}</p>" for line in page.text.splitlines())
    published = datetime.fromisoformat(page.date).replace(tzinfo=UTC)
    section = (page.categories or ["news"])[0]
    return Seen(
        page.url,
        page.title,
        page.url,
        page.description or "",
        html,
        page.author,
        section,
        published,
    )


def _text(text: str) -> Seen:
    _, section, title, summary, author, date, *body = text.split("\n\n")
    html = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    published = datetime.strptime(date, "%B %d, %Y").replace(tzinfo=UTC)
    return Seen(title, title, "", summary, html, author, section, published)
