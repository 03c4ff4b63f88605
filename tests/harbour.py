"""A newsroom at a harbour: five stories in one feed, and all that may happen to a feed in its life."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from feeds.model import Document, FeedRule, Rules, Site, Source
from feeds.pipeline import Line, Press
from feeds.refiling import Refiling
from feeds.store import Store

STAGES = ("first", "edited", "withdrawn", "renamed", "moved", "pruned", "gone")
"""The methods of Harbour in the order in which they are to be called."""

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
COURIER = Source(id="https://courier.example/feed.json", title="The Saltmarsh Courier")
WITHDRAWN = "Withdrawn: this story has been withdrawn by the source"
TITLES = {
    "gates": "Council closes the “tide gates” & raises the levy",
    "buoys": "Seven new buoys mark the channel",
    "ferry": "Ferry runs aground off the north pier",
    "petition": "Petition for a longer quay",
    "lamp": "The old lighthouse lamp is lit again",
}
TEXTS = {
    "gates": "The gates close on Sunday, and AT&T’s man objects.",
    "buoys": "They were laid on Tuesday by the tender Marigold.",
    "ferry": "All forty passengers were taken off by the lifeboat.",
    "petition": "Nine hundred people have signed it so far.",
    "lamp": "It had been dark since the winter of 1962.",
}
NEW_TITLE = "Council keeps the tide gates open"
NEW_TEXTS = {
    "gates": "The council has changed its mind; the gates stay open.",
    "buoys": "They were laid on Wednesday by the tender Marigold.",
}


class Harbour:
    """A newsroom with one feed of a category, and all that happens to it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.name = "harbour"
        self.ids: dict[str, str] = {}
        self._site = Site(title="The Harbour Desk", tag_authority="desk.example")
        self._press = Press(store, self._site, folder)
        self._now = NOON

    def feed(self, suffix: str) -> str:
        """Return the address of the feed."""
        return f"{self._site.public_url}/feeds/{self.name}.{suffix}"

    def first(self, address: str) -> None:
        """Publish everything, at *address*; the lamp is a month older than the rest."""
        self._turn_to(public_url=address)
        self._ingest(NOON - timedelta(days=30), "lamp")
        self._ingest(NOON, *(key for key in TITLES if key != "lamp"))
        found = self.store.shelf.articles(self.store.shelf.latest(len(TITLES)))
        self.ids = {one.article.upstream_id or "": one.entry_id for one in found.values()}
        self._publish()

    def edited(self, _: str) -> None:
        """Let one story have another title and text, and one another text alone."""
        self._ingest(self._now, *NEW_TEXTS, edited=True)
        self._publish()

    def withdrawn(self, _: str) -> None:
        """Take the ferry back."""
        [ferry] = [
            key
            for key, one in self.store.shelf.articles(self.store.shelf.latest(len(TITLES))).items()
            if one.article.upstream_id == "ferry"
        ]
        self.store.editorial.withdraw(ferry, "killed", "desk", self._now)
        self._publish()

    def renamed(self, _: str) -> None:
        """Call the feed by another name."""
        self._rule(FeedRule(name="port", renamed=("harbour",)))

    def moved(self, address: str) -> None:
        """Publish at another *address*, to which the readers are told to go."""
        self.name = "port"
        self._turn_to(public_url=address)
        self._publish("port")

    def pruned(self, _: str) -> None:
        """Let go of the lamp."""
        assert self._press.prune(self._now, NOON - timedelta(days=10)) == 1

        self._publish("port")

    def gone(self, _: str) -> None:
        """Have the feed no longer, under none of its names."""
        self._rule(category_feeds=False)

    def _rule(self, *rules: FeedRule, category_feeds: bool = True) -> None:
        """Have the feeds of *rules* and, if they are wanted, those of categories."""
        self._turn_to(feeds=rules, category_feeds=category_feeds)
        self._now += timedelta(hours=1)
        Refiling(self.store, self._site, self._now).apply(self._now)
        self._press.publish(self._now)

    def _ingest(self, now: datetime, *keys: str, edited: bool = False) -> None:
        items = [_item(key, now, edited=edited) for key in keys]
        data = {"version": "https://jsonfeed.org/version/1.1", "title": "C", "items": items}
        document = Document(
            data=json.dumps(data).encode(), name=COURIER.id, source=COURIER, received=now
        )
        Line(self.store, Rules(), self._site).ingest([document], now)

    def _turn_to(self, **changes: Any) -> None:
        self._site = msgspec.structs.replace(self._site, **changes)
        self._press = Press(self.store, self._site, self.folder)

    def _publish(self, *only: str) -> None:
        self._now += timedelta(hours=1)
        self._press.publish(self._now, only)


def _item(key: str, now: datetime, *, edited: bool) -> dict[str, Any]:
    """Return a story as an item of a JSON Feed; the petition has no page but ours."""
    text = NEW_TEXTS[key] if edited else TEXTS[key]
    item = {
        "id": key,
        "url": f"https://courier.example/{key}?page=1&view=full",
        "title": NEW_TITLE if edited and key == "gates" else TITLES[key],
        "summary": f"In short: {key}.",
        "content_html": f"<p>{text.replace('&', '&amp;')}</p>",
        "authors": [{"name": "Ada Quill"}],
        "date_published": min(now, NOON).isoformat(),
        "tags": ["Harbour"],
    }
    if key == "petition":
        del item["url"]
    return item
