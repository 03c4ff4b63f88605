"""Near-duplicates through the real line: a folder of articles in, a cluster for each out.

    python benchmarks/dedupe.py --data DIR --out PRED.jsonl [--score SCORE.py] [--shuffle 10]

DIR holds articles.jsonl.gz: a line an article with id, source, title, text (an empty line between
paragraphs), url, guid, published, lang. They are admitted in published order, in batches, by
several processes against a real server; PRED.jsonl gets {"id", "cluster"} for each, where a
cluster is a story as the store has it. SCORE.py is run as a program: SCORE.py DIR PRED.jsonl. With
--shuffle the order of arrival is shuffled so often, and the spread is told.

CPU is that of the workers and the server, an article; bytes are what the server holds for telling
articles apart: identities, prints, bands, paragraphs, stories. Both are told for each run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from feeds.dedupe.identity import named_in
from feeds.model import Arrival, Article, Named, Rules, Site, Source, Stamp
from feeds.pipeline import Line
from feeds.store import Store
from feeds.store.connection import Connection
from worker.valkey import Server

_BATCH = 50
_KEPT_FOR_IT = ("names", "prints", "bands", "paragraphs", "story")


def arrival(told: dict[str, Any]) -> Arrival:
    """Return an article of the folder on its way into the store."""
    paragraphs = (escape(one) for one in told["text"].split("\n\n"))
    text = told["text"]
    marked_up = bool(re.search(r"</?(?:p|div|br|b|i|a|span|em|strong)\b", text))
    content = text if marked_up else "".join(f"<p>{one}</p>" for one in paragraphs)
    published = datetime.fromisoformat(told["published"])
    article = Article(
        source=f"https://{told['source']}.example/feed",
        format="rss",
        title=told["title"] or "Untitled",
        published=Stamp(at=published if published.tzinfo else published.replace(tzinfo=UTC)),
        upstream_id=told["guid"],
        link=told["url"],
        content_html=content,
        language=told.get("lang"),
    )
    [named] = named_in([article], told["id"])
    return Arrival(what=named, source=Source(id=article.source), place=told["id"])


def admit(url: str, turn: Any, batches: list[list[dict[str, Any]]], spent: Any) -> None:  # noqa: ANN401 - shared values
    """Admit the batches whose turn it is, until there is none; add the CPU seconds to *spent*."""
    store = Store(Connection(url), article_days=90, identity_days=400, outcome_days=7)
    line, now = Line(store, Rules(), Site()), datetime.now(UTC)
    cpu = 0.0
    while True:
        with turn.get_lock():
            at, turn.value = turn.value, turn.value + 1
        if at >= len(batches):
            break
        arrivals = [arrival(told) for told in batches[at]]
        begun = time.process_time()
        line.admit(arrivals, now)
        cpu += time.process_time() - begun
    with spent.get_lock():
        spent.value += cpu


def clusters(url: str, articles: list[dict[str, Any]]) -> dict[str, str]:
    """Return id -> story of each of *articles*."""
    store = Store(Connection(url), article_days=90, identity_days=400, outcome_days=7)
    found: dict[str, str] = {}
    for told in articles:
        what = arrival(told).what
        assert isinstance(what, Named)
        found[told["id"]] = next(
            filter(None, map(store.shelf.find, (i.key for i in what.identities))), ""
        )
    for at in range(0, len(articles), 500):
        some = articles[at : at + 500]
        copies = store.shelf.copies([found[told["id"]] for told in some])
        found |= {
            told["id"]: copies.get(found[told["id"]], (found[told["id"]],))[0] for told in some
        }
    return found


def kept(url: str) -> Counter[str]:
    """Return the bytes of each family of keys that telling articles apart takes."""
    redis = Connection(url).redis
    families: Counter[str] = Counter()
    for key in redis.scan_iter(count=5_000):
        family = key.split(b":")[1].decode("ascii", "replace")
        if family in _KEPT_FOR_IT:
            families[family] += redis.memory_usage(key, samples=0)
    return families


def run(folder: Path, articles: list[dict[str, Any]], workers: int) -> tuple[dict[str, str], str]:
    """Admit *articles*, in their order, into an empty store; return clusters and costs."""
    server = Server(folder, maxmemory="4gb", appendfsync="everysec")
    process = server.start()
    try:
        batches = [articles[at : at + _BATCH] for at in range(0, len(articles), _BATCH)]
        turn, spent = multiprocessing.Value("i", 0), multiprocessing.Value("d", 0.0)
        before = _server_seconds(process.pid)
        some = [
            multiprocessing.Process(target=admit, args=(server.url, turn, batches, spent))
            for _ in range(workers)
        ]
        for one in some:
            one.start()
        for one in some:
            one.join()
        served = _server_seconds(process.pid) - before
        families = kept(server.url)
        parts = ", ".join(
            f"{name} {size / len(articles):.0f}" for name, size in families.most_common()
        )
        costs = (
            f"CPU for 1,000 articles: workers {spent.value / len(articles) * 1e3:.3f} s, server "
            f"{served / len(articles) * 1e3:.3f} s; bytes an article: "
            f"{families.total() / len(articles):.0f} ({parts})"
        )
        return clusters(server.url, articles), costs
    finally:
        process.terminate()
        process.wait()
        server.leave()


def _server_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def scored(program: Path, data: Path, predicted: Path) -> str:
    """Return what the scoring *program* says of *predicted*."""
    command = [sys.executable, str(program), str(data), str(predicted)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Predict, and score if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--score", type=Path)
    parser.add_argument("--shuffle", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with gzip.open(arguments.data / "articles.jsonl.gz", "rt") as lines:
        articles = sorted(map(json.loads, lines), key=lambda told: (told["published"], told["id"]))
    first_lines = []
    for number in range(arguments.shuffle + 1):
        order = list(articles)
        if number:
            random.Random(arguments.seed + number).shuffle(order)
        with tempfile.TemporaryDirectory() as folder:
            found, costs = run(Path(folder), order, arguments.workers)
        out = arguments.out if not number else arguments.out.with_suffix(f".{number}.jsonl")
        out.write_text(
            "".join(json.dumps({"id": i, "cluster": c}) + "\n" for i, c in found.items())
        )
        print(f"{len(articles)} articles, {len(set(found.values()))} stories; {costs}")
        if arguments.score:
            score = scored(arguments.score, arguments.data, out)
            first_lines.append(score.splitlines()[0])
            print(score if not number else first_lines[-1], flush=True)
    if len(first_lines) > 1:
        values = [float(line.split("F1")[1].split()[0]) for line in first_lines]
        print(
            f"F1 in published order {values[0]:.4f}, "
            f"shuffled {min(values[1:]):.4f} to {max(values[1:]):.4f}"
        )


if __name__ == "__main__":
    main()
