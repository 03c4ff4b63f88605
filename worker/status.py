"""What Wireroom is doing, as a page, as JSON and as Prometheus metrics: one set of figures."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from feeds.errors import StoreUnavailable
from feeds.model import Verdict
from feeds.store.hub import OUTCOMES as HUB_OUTCOMES
from feeds.store.subscriptions import OUTCOMES

from . import memory
from .desk import Desk, now

VERSION = version("wireroom")


class Status:
    """Reads figures from the store and the published tree."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def ready(self) -> bool:
        """Tell whether readers can be served: Redis answers, the broker and the store."""
        try:
            self._desk.store.pulse.queues()
            self._desk.store.pulse.beats()
        except StoreUnavailable:
            return False
        return True

    def sections(self) -> dict[str, dict[str, Any]]:
        """Return the figures by section, each a name and a value.

        Raises:
            StoreUnavailable: Redis does not answer.
        """
        figures = self._desk.store.pulse.figures()
        queues = self._desk.store.pulse.queues()
        server, broker = self._desk.store.pulse.servers()
        budget = self._desk.store.memory.look(now())
        settings = self._desk.settings
        drop = self._desk.drop
        return {
            "wireroom": {
                "version": VERSION,
                "public_url": settings.address,
                "data_dir": str(settings.data),
                "redis_url": _without_secret(self._desk.redis_url),
                "store_url": _without_secret(self._desk.store.connection.url),
                "namespace": settings.namespace,
            },
            "articles": {
                "stored": figures["articles"],
                "held": figures["held"],
                "feeds": figures["feeds"],
                "feeds_to_publish": figures["dirty_feeds"],
                "pages_to_write": figures["dirty_pages"],
            },
            "verdicts": _verdicts(figures["tally"]),
            "waiting": {
                "drop_folder": drop.count_waiting(),
                "claimed": drop.count_claimed(),
                "inbox": figures["inbox"],
                **queues,
            },
            "sources": self._desk.store.sources.figures(now()),
            "pushes": self._desk.store.subscriptions.figures(now()),
            "hub": self._desk.store.audience.figures(now()),
            "feeds": self._feeds(),
            "redis": {**server, **memory.figures(budget)},
            **({"broker": broker} if broker else {}),
            "pulses": self._desk.store.pulse.beats(),
        }

    def metrics(self) -> str:
        """Return the figures in Prometheus' text format; no label has unbounded values.

        Raises:
            StoreUnavailable: Redis does not answer.
        """
        sections = self.sections()
        lines: list[str] = []
        for name, kind, text, samples in _metrics(sections, self._desk.store.pulse.figures()):
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{labels} {value}" for labels, value in samples]
        return "\n".join(lines) + "\n"

    def _feeds(self) -> dict[str, Any]:
        """Return when the published feed of all stories changed last, and how long ago that is."""
        path = self._desk.settings.public_folder / "feeds" / "all.atom"
        try:
            changed = path.stat().st_mtime
        except FileNotFoundError:
            return {"all_changed": "never", "all_age_seconds": None}
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(changed))
        return {"all_changed": stamp, "all_age_seconds": max(0, int(time.time() - changed))}


def _verdicts(tally: Mapping[str, int]) -> dict[str, int]:
    """Return the count of every verdict, over all kinds of sources, and what they sum up to."""
    counts = {str(verdict): 0 for verdict in Verdict}
    for kind, count in tally.items():
        counts[kind.rpartition(" ")[2]] += count
    return {"read": sum(counts.values()), **counts}


def _metrics(
    sections: Mapping[str, Mapping[str, Any]], figures: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, list[tuple[str, Any]]]]:
    """Yield (name, type, help, samples)."""
    waiting = sections["waiting"]
    queues = [(f'{{queue="{name}"}}', waiting[name]) for name in waiting if "." in name]
    tally = [
        (f'{{source_kind="{kind}",verdict="{verdict}"}}', count)
        for kind, verdict, count in (
            (*key.rsplit(" ", 1), count) for key, count in figures["tally"].items()
        )
    ]
    sources = [(f'{{state="{name}"}}', count) for name, count in sections["sources"].items()]
    pushes = sections["pushes"]
    hubs = [(f'{{state="{name}"}}', pushes[name]) for name in ("active", "inactive")]
    told = [(f'{{outcome="{name}"}}', pushes[name]) for name in pushes if name in OUTCOMES]
    hub = sections["hub"]
    came = [(f'{{outcome="{name}"}}', hub[name]) for name in HUB_OUTCOMES]
    build = [(f'{{version="{VERSION}"}}', 1)]
    changed = sections["feeds"]["all_age_seconds"]
    yield "wireroom_build_info", "gauge", "The running version.", build
    yield "wireroom_ingest_items_total", "counter", "Entries by verdict.", tally
    yield "wireroom_articles", "gauge", "Articles in the store.", [("", figures["articles"])]
    yield "wireroom_held_articles", "gauge", "Articles not shown now.", [("", figures["held"])]
    yield "wireroom_feeds", "gauge", "Feeds that exist.", [("", figures["feeds"])]
    yield "wireroom_dirty_feeds", "gauge", "Feeds to be published.", [("", figures["dirty_feeds"])]
    yield "wireroom_queue_depth", "gauge", "Messages that wait, by queue.", queues
    yield "wireroom_inbox_depth", "gauge", "Submitted articles unread.", [("", figures["inbox"])]
    yield "wireroom_sources", "gauge", "Upstream sources, by what is told of them.", sources
    yield "wireroom_push_subscriptions", "gauge", "Sources that a hub pushes, or not now.", hubs
    yield "wireroom_websub_requests_total", "counter", "Requests of hubs, by what came of it.", told
    yield "wireroom_pushes_unread", "gauge", "Deliveries unread.", [("", pushes["unread"])]
    yield "wireroom_hub_subscriptions", "gauge", "Subscribers.", [("", hub["subscribers"])]
    yield "wireroom_hub_owed", "gauge", "Deliveries and pings to be made.", [("", hub["owed"])]
    yield "wireroom_hub_outcomes_total", "counter", "Requests, deliveries, pings.", came
    yield "wireroom_drop_files", "gauge", "Files to be read.", [("", waiting["drop_folder"])]
    yield "wireroom_claimed_files", "gauge", "Files being read.", [("", waiting["claimed"])]
    yield from memory.metrics(sections["redis"])
    if changed is not None:
        yield (
            "wireroom_feed_age_seconds",
            "gauge",
            "Since a published feed changed last.",
            [('{feed="all"}', changed)],
        )


def _without_secret(url: str) -> str:
    """Return *url* with its password, if any, made unreadable."""
    head, at, host = url.rpartition("@")
    if not at:
        return url
    scheme, _, login = head.partition("://")
    user = login.partition(":")[0]
    return f"{scheme}://{user}:***@{host}"
