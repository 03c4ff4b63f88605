"""What Wireroom has, held against what was sent: nothing missing, nothing twice, all explained."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from html import escape

import feedparser

from benchmarks.corpus import Dropped
from benchmarks.witnesses import Sender, must
from feeds.store import Store
from feeds.store.connection import Connection
from tests.running import Running


def judge(wireroom: Running, files: Sequence[Dropped], sender: Sender) -> None:
    """Hold what Wireroom has against what was sent.

    Raises:
        Violation: something is missing, twice, unexplained, or not what was sent.
    """
    titles = [title for file in files for title in file.titles]
    good = {file.name for file in files if file.titles}
    sent = [story.title for story in (*sender.letters, *sender.tasks)]
    _judge_folder(wireroom, good, {file.name for file in files} - good)
    _judge_verdicts(wireroom, len(good), len(files) - len(good), len(sent))
    _judge_store(wireroom, Counter(titles + sent))
    _judge_tree(wireroom, Counter(titles + sent))


def _judge_folder(wireroom: Running, good: set[str], bad: set[str]) -> None:
    done, rejected, duplicate = (
        {path.name for path in (wireroom.drop / name).iterdir()}
        for name in ("_done", "_rejected", "_duplicate")
    )
    must(
        not duplicate,
        f"{len(duplicate)} files are in _duplicate, such as {min(duplicate, default='')}",
    )
    must(done == good, f"_done lacks {sorted(good - done)[:3]}, has {sorted(done - good)[:3]}")
    reasons = {f"{name}.reason.json" for name in bad}
    must(rejected == bad | reasons, f"_rejected differs: {sorted(rejected ^ (bad | reasons))[:4]}")
    for name in reasons:
        reason = json.loads((wireroom.drop / "_rejected" / name).read_text("utf-8"))
        must(reason["problem"] and reason["error"], f"{name} explains nothing")


def _judge_verdicts(wireroom: Running, good: int, bad: int, sent: int) -> None:
    """Check that read = the sum of the verdicts; what was sent twice may be ``unchanged``."""
    tally = {name: int(count) for name, count in wireroom.redis.hgetall("wireroom:tally").items()}
    tally.pop("submit unchanged", None)
    expected = {"drop new": good, "drop rejected": bad, "submit new": sent}
    expected = {name: count for name, count in expected.items() if count}
    must(tally == expected, f"the verdicts are {tally}, not {expected}")


def _judge_store(wireroom: Running, titles: Counter[str]) -> None:
    connection = Connection(wireroom.redis_url)
    store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
    stored = store.shelf.articles(store.shelf.latest(100_000))
    connection.close()
    found = Counter(one.article.title for one in stored.values())
    must(found == titles, f"the store lacks {titles - found}, has {found - titles} too much")
    for one in stored.values():
        status, page = wireroom.fetch(f"/articles/{one.id}/")
        title = escape(one.article.title)
        must(status == 200 and title.encode() in page, f"/articles/{one.id}/: {status}")


def _judge_tree(wireroom: Running, titles: Counter[str]) -> None:
    public = wireroom.data / "public" / "feeds"
    for suffix in ("rss", "atom", "json"):
        status, served = wireroom.fetch(f"/feeds/all.{suffix}")
        must(status == 200, f"/feeds/all.{suffix} answers {status}")
        must(served == (public / f"all.{suffix}").read_bytes(), f"all.{suffix} is served otherwise")
        if suffix == "json":
            found = Counter(item["title"] for item in json.loads(served)["items"])
        else:
            parsed = feedparser.parse(io.BytesIO(served))
            must(not parsed.bozo, f"all.{suffix}: {parsed.get('bozo_exception')}")
            found = Counter(entry.title for entry in parsed.entries)
        must(found == titles, f"all.{suffix} lacks {titles - found}, has {found - titles} too much")
    left = [path.name for path in public.rglob("*.tmp")]
    must(not left, f"temporary files are left in the published tree: {left[:3]}")
