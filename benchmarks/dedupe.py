"""How well stories are told apart: a labelled set of articles through the real line, and scored.

DIR holds articles.jsonl.gz (id, source, title, text, url, guid, published, cluster, kind) and
pairs.jsonl.gz (a, b, label pos, neg or ign, kind). Several processes admit the articles, in the
order of their publication, into one Valkey; each article is a document of its own source. Then the
store is asked which story each is of: PRED.jsonl gets a line {"id", "cluster"} for each.

Printed: precision, recall and F1 over all pairs of articles (without those marked ign), also of the
articles of kind "real" alone; by kind the share of the listed pairs that became one story; CPU and
memory. With --shuffle N the same N times more, in random order.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing as mp
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from memory import by_kind, used

from feeds.model import Document, Named, Rules, Site, Source
from feeds.pipeline import Line
from feeds.store import Store
from feeds.store.connection import Connection
from worker.valkey import Server

_BATCH = 50
_OLDEST = 1970  # the set has news of 1987

Labelled = dict[str, Any]


class Admitted(NamedTuple):
    """What became of an article of the set: the id of its own, and that of the outcome."""

    label: str
    own: str
    told: str


class Run(NamedTuple):
    """One pass over the set: label -> story, and what it took (seconds of CPU, bytes)."""

    stories: dict[str, str]
    workers: float
    server: float
    elapsed: float
    memory: int
    kinds: dict[str, tuple[int, int]]


def line_to(url: str) -> Line:
    store = Store(Connection(url), article_days=90, identity_days=400, outcome_days=7)
    return Line(store, Rules(earliest_year=_OLDEST), Site(), _BATCH)


def document(one: Labelled, now: datetime) -> Document:
    """Return *one* as its source would send it."""
    article = {
        "id": one["guid"],
        "url": one["url"],
        "title": one["title"],
        "body": one["text"],
        "published": f"{one['published']}Z",
        "language": one.get("lang") or "en",
    }
    data = json.dumps(article).encode()
    return Document(data=data, name=one["id"], source=Source(id=one["source"]), received=now)


def work(url: str, now: datetime, tasks: Any, answers: Any) -> None:  # noqa: ANN401 - queues
    """Admit batches until None comes; then say how much CPU that took."""
    line = line_to(url)
    before = time.process_time()
    while (batch := tasks.get()) is not None:
        arrivals = [next(line.arrivals(document(one, now), now)) for one in batch]
        outcomes = line.admit(arrivals, now)
        answers.put(
            [
                Admitted(one["id"], arrival.what.id, outcome.id or "")
                for one, arrival, outcome in zip(batch, arrivals, outcomes, strict=True)
                if isinstance(arrival.what, Named)
            ]
        )
    answers.put(time.process_time() - before)


def stories_of(line: Line, admitted: Sequence[Admitted]) -> dict[str, str]:
    """Return label -> id of the story that the article is of now."""
    shelf, ids = line.store.shelf, sorted({one for each in admitted for one in each[1:] if one})
    story: dict[str, str] = {}
    for at in range(0, len(ids), 500):
        some = ids[at : at + 500]
        story |= {one: one for one in shelf.articles(some)}
        story |= {one: of for one, (of, _) in shelf.copies(some).items()}
    return {label: story.get(own) or story.get(told) or own for label, own, told in admitted}


def run(articles: Sequence[Labelled], workers: int) -> Run:
    """Admit *articles* in this order by so many *workers* into a server of our own."""
    now = datetime.fromisoformat(max(one["published"] for one in articles)).replace(tzinfo=UTC)
    now += timedelta(hours=1)
    with tempfile.TemporaryDirectory(prefix="ded") as folder:
        server = Server(Path(folder), maxmemory="4gb", appendfsync="everysec")
        process = server.start()
        try:
            line = line_to(server.url)
            client = line.store.connection.redis
            before, memory, begun = _cpu(client), used(client), time.monotonic()
            admitted, cpu = _admit(server.url, now, articles, workers)
            elapsed, served = time.monotonic() - begun, _cpu(client) - before
            grown = used(client) - memory
            return Run(stories_of(line, admitted), cpu, served, elapsed, grown, by_kind(client))
        finally:
            process.terminate()
            process.wait()
            server.leave()


def _admit(
    url: str, now: datetime, articles: Sequence[Labelled], workers: int
) -> tuple[list[Admitted], float]:
    context = mp.get_context("spawn")
    tasks, answers = context.Queue(), context.Queue()
    processes = [
        context.Process(target=work, args=(url, now, tasks, answers)) for _ in range(workers)
    ]
    for process in processes:
        process.start()
    for at in range(0, len(articles), _BATCH):
        tasks.put(list(articles[at : at + _BATCH]))
    for _ in processes:
        tasks.put(None)
    admitted: list[Admitted] = []
    cpu, ended = 0.0, 0
    while ended < workers:
        answer = answers.get(timeout=300)
        if isinstance(answer, float):
            cpu, ended = cpu + answer, ended + 1
        else:
            admitted += answer
    for process in processes:
        process.join()
    return admitted, cpu


def _cpu(client: Any) -> float:  # noqa: ANN401 - redis-py
    figures = client.info("cpu")
    return float(figures["used_cpu_user"] + figures["used_cpu_sys"])


def pairwise(
    articles: Iterable[Labelled], stories: Mapping[str, str], ignored: set[frozenset[str]]
) -> tuple[float, float, float]:
    """Return precision, recall and F1 over all pairs of *articles* but those *ignored*."""
    true, found = defaultdict(set), defaultdict(set)
    cluster = {one["id"]: one["cluster"] for one in articles}
    for label, of in cluster.items():
        true[of].add(label)
        found[stories.get(label, label)].add(label)
    pairs = [
        {frozenset(pair) for one in groups.values() for pair in combinations(sorted(one), 2)}
        - ignored
        for groups in (true, found)
    ]
    common = len(pairs[0] & pairs[1])
    precision = common / len(pairs[1]) if pairs[1] else 1.0
    recall = common / len(pairs[0]) if pairs[0] else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall or 1)


def by_label(
    pairs: Iterable[Labelled], stories: Mapping[str, str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (label, kind) -> how many listed pairs are one story, and how many there are."""
    joined: Counter[tuple[str, str]] = Counter()
    listed: Counter[tuple[str, str]] = Counter()
    for one in pairs:
        first, _, rest = one["kind"].partition(":")
        edits = rest.split("+") if first == "syn" else [rest.rpartition(":")[2]]
        for kind in {first, *(f"{first}:{edit}" for edit in edits if edit)}:
            listed[one["label"], kind] += 1
            joined[one["label"], kind] += stories.get(one["a"]) == stories.get(one["b"])
    return {key: (joined[key], listed[key]) for key in sorted(listed)}


def report(data: tuple[list[Labelled], list[Labelled]], done: Run) -> str:
    """Return one line of figures."""
    articles, pairs = data
    ignored = {frozenset((one["a"], one["b"])) for one in pairs if one["label"] == "ign"}
    whole = pairwise(articles, done.stories, ignored)
    real = pairwise((one for one in articles if one["kind"] == "real"), done.stories, ignored)
    hard = [one for one in pairs if one["label"] == "neg"]
    merged = sum(done.stories.get(one["a"]) == done.stories.get(one["b"]) for one in hard)
    return (
        "P {:.4f} R {:.4f} F1 {:.4f}; real P {:.4f} R {:.4f} F1 {:.4f}; ".format(*whole, *real)
        + f"hard negatives merged {merged} of {len(hard)} ({merged / max(1, len(hard)):.4f})"
    )


def load(folder: Path) -> tuple[list[Labelled], list[Labelled]]:
    """Return the articles, in the order of their publication, and the labelled pairs."""
    articles, pairs = (
        [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        for path in (folder / "articles.jsonl.gz", folder / "pairs.jsonl.gz")
    )
    return sorted(articles, key=lambda one: (one["published"], one["id"])), pairs


def figures(done: Run, count: int) -> str:
    """Return what the run took."""
    rows = [
        f"  {kind:12}{keys:>9,} keys{size / count:>9,.0f} bytes an article"
        for kind, (keys, size) in sorted(done.kinds.items(), key=lambda row: -row[1][1])
    ]
    thousand = 1000 / count
    cpu = f"workers {done.workers * thousand:.2f} s, server {done.server * thousand:.2f} s"
    return "\n".join(
        [
            f"CPU of 1,000 articles: {cpu}; {count / done.elapsed:,.0f} articles a second",
            f"Redis: {done.memory / count:,.0f} bytes an article, of which",
            *rows,
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="PRED.jsonl")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shuffle", type=int, default=0, metavar="N")
    parser.add_argument("--score", type=Path, help="a program that is given DIR and PRED.jsonl")
    told = parser.parse_args()
    data = load(told.data)
    articles, pairs = data
    done = run(articles, told.workers)
    told.out.write_text(
        "".join(
            json.dumps({"id": label, "cluster": story}) + "\n"
            for label, story in sorted(done.stories.items())
        )
    )
    for (label, kind), (joined, listed) in by_label(pairs, done.stories).items():
        print(f"  {label:4} {kind:36}{joined:>7,} of {listed:>7,} one story  {joined / listed:.4f}")
    print(f"in the order of publication: {report(data, done)}")
    print(figures(done, len(articles)))
    if told.score:
        subprocess.run([sys.executable, told.score, told.data, told.out], check=True)
    for seed in range(told.shuffle):
        shuffled = random.Random(seed).sample(articles, len(articles))
        print(f"shuffled {seed}: {report(data, run(shuffled, told.workers))}", flush=True)


if __name__ == "__main__":
    main()
