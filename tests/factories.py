"""Articles, arrivals and documents with as little said as a test needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.dedupe.identity import named_in
from feeds.model import DROP, Arrival, Article, Document, Feed, Source, Stamp, Verdict

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
UPSTREAM = Source(id="https://wire.example/feed", title="The Wire")
DROPPED = Source(id=DROP, repeat=Verdict.DUPLICATE)
ALL = Feed(name="all", title="Everything")

_BODY = "<p>" + " ".join(f"word{number}" for number in range(100)) + "</p>"


def article(**changes: Any) -> Article:
    """Return an article of an upstream source, with an id, a link and 100 words."""
    base = Article(
        source=UPSTREAM.id,
        format="rss",
        title="Harbour opens to ferries again",
        published=Stamp(at=datetime(2026, 3, 4, 9, 30, tzinfo=UTC)),
        upstream_id="harbour-1",
        link="https://wire.example/2026/harbour",
        summary="The harbour is open.",
        content_html=_BODY,
        categories=("World",),
        language="en",
    )
    return msgspec.structs.replace(base, **changes)


def arrival(one: Article | None = None, **changes: Any) -> Arrival:
    """Return *one* on its way into the store."""
    one = one or article()
    [named] = named_in([one], "test.xml")
    source = DROPPED if one.source == DROP else Source(id=one.source)
    base = Arrival(
        what=named,
        source=source,
        place="test.xml",
        feeds=(ALL, *(Feed(name=c.lower(), title=c) for c in one.categories)),
        entry_id=f"tag:wire.example,2026:{named.id}",
    )
    return msgspec.structs.replace(base, **changes)


def document(data: bytes | str, name: str = "article.json", **changes: Any) -> Document:
    """Return *data* as a file from the drop folder."""
    base = Document(
        data=data.encode() if isinstance(data, str) else data,
        name=name,
        source=DROPPED,
        received=NOW,
        modified=NOW,
    )
    return msgspec.structs.replace(base, **changes)
