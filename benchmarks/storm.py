"""Many workers, many copies of the same stories, and kills on the way: is each story one story?

So many papers send their copy of each story (another headline and dateline, a footer, up to four
tenths cut off) in random order, as tasks for eight worker processes; on the way single processes
and the whole group of them are killed with SIGKILL. A task without a report is sent again. In the
end the store is held against what was sent: exactly one story for each that was told, every copy
credited to its own, each feed with each story once, and reports that sum up. Ends with status 1 at
the first violation.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from celery import Celery

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.stories import Copy, Wire
from benchmarks.witnesses import must
from feeds.store import Store
from feeds.store.connection import Connection, broker_url
from tests.running import Running

_WORKERS = 8
_AT_ONCE = 10  # copies in a task: many small ones, so that copies of a story meet in many workers
_PATIENCE_SECONDS = 4  # for a report; what a killed worker took is lost, and is sent again
_SECONDS = 240


class Run(NamedTuple):
    """One run, for the table."""

    sent: int
    stories: int
    resent: int
    killed: str
    seconds: float


class Task(NamedTuple):
    """What one paper sends at once."""

    id: str
    paper: str
    copies: tuple[Copy, ...]


def storm(folder: Path, *, stories: int, papers: int, kills: int, seed: int) -> Run:
    """Run once in *folder*; *kills* is how often the whole group of workers is killed.

    Raises:
        Violation: a story is not one, or a copy is not accounted for.
    """
    copies = list(Wire(seed, papers).copies(stories))
    tasks = _tasks(copies, random.Random(seed))
    begun = time.monotonic()
    settings = {
        "WIREROOM_WORKER_CONCURRENCY": str(_WORKERS),
        "WIREROOM_PUBLISH_WINDOW_MAX_ITEMS": "5000",
        "WIREROOM_PUBLISH_WINDOW_BYTES": "100000000",
    }
    with Running(folder / "data", **settings) as wireroom:
        sender = Sender(wireroom, tasks)
        killed = sender.send(random.Random(seed), kills)
        judge(wireroom, copies, sender.reports)
        return Run(len(copies), stories, sender.resent, killed, time.monotonic() - begun)


def _tasks(copies: Sequence[Copy], chance: random.Random) -> list[Task]:
    """Return *copies* as tasks of one paper each, in random order."""
    shuffled = list(copies)
    chance.shuffle(shuffled)
    tasks = []
    for paper in sorted({one.paper for one in copies}):
        own = [one for one in shuffled if one.paper == paper]
        for at in range(0, len(own), _AT_ONCE):
            some = tuple(own[at : at + _AT_ONCE])
            tasks.append(Task(f"storm-{paper}-{at}".replace(" ", "-"), paper, some))
    chance.shuffle(tasks)
    return tasks


class Sender:
    """Sends *tasks*, each again and again until its report comes, and kills workers meanwhile."""

    def __init__(self, wireroom: Running, tasks: Sequence[Task]) -> None:
        self.reports: dict[str, dict[str, Any]] = {}
        self.resent = 0
        self._wireroom = wireroom
        self._waiting = {task.id: task for task in tasks}
        self._all = len(tasks)

    def send(self, chance: random.Random, kills: int) -> str:
        """Send everything until all reports are there; return what was killed, and when."""
        moments = sorted(chance.uniform(0.1, 0.9) for _ in range(2 * kills))
        plan = list(zip(moments, ("one", "group") * kills, strict=True))
        told = []
        due = 0.0
        end = time.monotonic() + _SECONDS
        url = self._wireroom.redis_url
        with Celery("storm", broker=broker_url(url), set_as_current=False) as app:
            while self._waiting:
                must(time.monotonic() < end, f"{len(self._waiting)} tasks have no report")
                if time.monotonic() > due:
                    self.resent += len(self._waiting) if due else 0
                    for task in self._waiting.values():
                        _send(app, task)
                    due = time.monotonic() + _PATIENCE_SECONDS
                if self._collect():
                    due = time.monotonic() + _PATIENCE_SECONDS
                if plan and len(self.reports) >= plan[0][0] * self._all:
                    _, what = plan.pop(0)
                    self._kill(what, chance)
                    told.append(f"{what} {len(self.reports) / self._all:.0%}")
                time.sleep(0.02)
        return ", ".join(told)

    def _collect(self) -> int:
        """Take in the reports that have come; return how many."""
        ids = list(self._waiting)
        found: Any = self._wireroom.redis.mget([f"celery-task-meta-{one}" for one in ids])
        results = {one: json.loads(each) for one, each in zip(ids, found, strict=True) if each}
        done = {one: each for one, each in results.items() if each["status"] == "SUCCESS"}
        for one, each in done.items():
            self.reports[one] = each["result"]
            del self._waiting[one]
        return len(done)

    def _kill(self, what: str, chance: random.Random) -> None:
        """Kill one of the processes that work, or all of them and their parent."""
        if what == "group":
            self._wireroom.kill("worker")
            return
        parents = _children(self._wireroom.process.pid)
        pool = [child for parent in parents for child in _children(parent)]
        if pool:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(pool), signal.SIGKILL)


def _send(app: Celery, task: Task) -> None:
    articles = [
        {
            "id": one.id,
            "title": one.title,
            "content_html": one.content_html,
            "publisher": one.paper,
            "published": f"2026-03-04T{9 + one.number % 8:02}:30:00Z",
            "language": "en",
        }
        for one in task.copies
    ]
    app.send_task(
        "wireroom.submit", (articles, task.paper), task_id=task.id, queue="wireroom.ingest"
    )


def judge(wireroom: Running, copies: Sequence[Copy], reports: dict[str, dict[str, Any]]) -> None:
    """Hold what Wireroom has against what was sent.

    Raises:
        Violation: a story is not one, or a copy is not accounted for.
    """
    stories = len({one.number for one in copies})
    tally: Counter[str] = Counter()
    for report in reports.values():
        must(report["read"] == sum(report["tally"].values()), f"a report does not sum up: {report}")
        tally.update(report["tally"])
    expected = {"new": stories, "duplicate": len(copies) - stories}
    must(tally == expected, f"the verdicts are {dict(tally)}, not {expected}")
    counted = {name: int(count) for name, count in wireroom.redis.hgetall("wireroom:tally").items()}
    told = {f"submit {name}": count for name, count in expected.items() if count}
    must(counted == told, f"the store counted {counted}, not {told}")
    _judge_stories(wireroom.redis_url, copies)
    wireroom.wait_for(lambda: not wireroom.redis.exists("wireroom:dirty"), _SECONDS)
    status, data = wireroom.fetch("/feeds/all.json")
    shown = [item["id"] for item in json.loads(data)["items"]] if status == 200 else []
    must(
        len(shown) == len(set(shown)) == stories,
        f"the feed has {len(shown)} entries with {len(set(shown))} ids for {stories} stories",
    )


def _judge_stories(url: str, copies: Sequence[Copy]) -> None:
    """Check that each story that stands holds all copies of one that was told, and no other."""
    number_of = {(f"submit:{one.paper}", one.title): one.number for one in copies}
    must(len(number_of) == len(copies), "two stories have one headline in one paper: another seed")
    connection = Connection(url)
    store = Store(connection, article_days=90, identity_days=400, outcome_days=7)
    standing = store.shelf.articles(store.shelf.latest(2 * len(copies)))
    connection.close()
    told: Counter[int] = Counter()
    for story in standing.values():
        members = [(story.article.source, story.article.title)]
        members += [(credit.source, credit.title) for credit in story.also]
        numbers = {number_of[member] for member in members}
        must(len(numbers) == 1, f"{story.id} holds copies of the stories {sorted(numbers)}")
        must(len(set(members)) == len(members), f"{story.id} credits a copy twice: {members}")
        told[numbers.pop()] += len(members)
    sent = Counter(one.number for one in copies)
    must(
        len(standing) == len(sent), f"{len(standing)} stories stand for {len(sent)} that were told"
    )
    must(told == sent, f"copies are lost or twice: {list((sent - told) + (told - sent))[:5]}")


def _children(process_id: int) -> list[int]:
    try:
        listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text()
    except OSError:  # it has ended
        return []
    return [int(child) for child in listed.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--stories", type=int, default=500)
    parser.add_argument("--papers", type=int, default=8, help="copies of each story (up to 12)")
    parser.add_argument("--kills", type=int, default=3, help="of the group, and as many of one")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("seed  copies  stories  sent again  seconds  killed at (reports)", flush=True)
    for seed in range(arguments.seed, arguments.seed + arguments.times):
        with tempfile.TemporaryDirectory(prefix="wrs") as place:
            run = storm(
                Path(place),
                stories=arguments.stories,
                papers=arguments.papers,
                kills=arguments.kills,
                seed=seed,
            )
        print(
            f"{seed:4}  {run.sent:6}  {run.stories:7}  {run.resent:10}  {run.seconds:7.1f}"
            f"  {run.killed}",
            flush=True,
        )


if __name__ == "__main__":
    main()
