"""Who watches a soak from outside: a reader that polls, a sender that keeps its receipts."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import redis
from celery import Celery
from kombu.exceptions import OperationalError
from lxml import etree

from benchmarks import corpus
from benchmarks.corpus import Newsroom, Story
from feeds.store.connection import broker_url

_POLL_SECONDS = 0.1
_PACE_SECONDS = 0.1
_REPORT_SECONDS = 10
_FINISH_SECONDS = 180
_ATOM_ID = "{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}id"


class Violation(AssertionError):
    """A promise that was broken."""


def must(condition: object, problem: str) -> None:
    """Raise Violation with *problem* unless *condition* holds."""
    if not condition:
        raise Violation(problem)


class _Witness(threading.Thread):
    """A thread that goes on until it is stopped, and hands on what it died of."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the thread is joined
            self.error = error

    def end(self, seconds: float) -> None:
        """Wait until it has ended.

        Raises:
            Violation: it saw one, or did not end.
        """
        self.join(seconds)
        must(not self.is_alive(), f"{self.name} did not finish in {seconds} s")
        if self.error is not None:
            raise Violation(f"{self.name}: {self.error!r}") from self.error


class Reader:
    """Polls a feed in each format over one connection, and believes nothing."""

    def __init__(self) -> None:
        self.polls = 0
        self._seen: dict[str, set[str]] = defaultdict(set)
        self._modified: dict[str, str] = {}
        self._stopping = threading.Event()
        self._witness: _Witness | None = None

    def begin(self, url: str) -> None:
        """Start polling the Wireroom at *url*; what was seen before must still be there."""
        self._stopping = threading.Event()
        self._witness = _Witness("the reader", lambda: self._poll(url))
        self._witness.start()

    def halt(self) -> None:
        """Stop polling, whatever was seen."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop polling, and tell.

        Raises:
            Violation: a feed was absent, torn, or went backwards.
        """
        self._stopping.set()
        if self._witness is not None:
            self._witness.end(60)

    def _poll(self, url: str) -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        suffix = 0
        while not self._stopping.wait(_POLL_SECONDS):
            path = f"/feeds/all.{('json', 'rss', 'atom')[suffix % 3]}"
            suffix += 1
            connection.request("GET", path)
            answer = connection.getresponse()
            data = answer.read()  # raises IncompleteRead for a body that is cut
            if answer.status == 404 and path not in self._modified:
                continue  # nothing was published yet
            must(answer.status == 200, f"{path} answered {answer.status}")
            self._judge(path, data, answer.headers["Last-Modified"])
            self.polls += 1
        connection.close()

    def _judge(self, path: str, data: bytes, modified: str) -> None:
        ids = set(_ids(path, data))
        lost = self._seen[path] - ids
        must(
            not lost,
            f"{path} went backwards: {len(lost)} entries are gone, such as {min(lost, default='')}",
        )
        before = self._modified.get(path, modified)
        must(
            parsedate_to_datetime(modified) >= parsedate_to_datetime(before),
            f"{path} went back from {before} to {modified}",
        )
        self._seen[path], self._modified[path] = ids, modified


def _ids(path: str, data: bytes) -> list[str]:
    """Return the ids in a feed; raises if it is torn."""
    if path.endswith(".json"):
        ids = [item["id"] for item in json.loads(data)["items"]]
    else:
        root = etree.fromstring(data)
        found = root.iterfind(_ATOM_ID) if path.endswith(".atom") else root.iterfind(".//item/guid")
        ids = [element.text or "" for element in found]
    must(len(ids) == len(set(ids)), f"{path} holds an entry twice")
    return ids


class Sender:
    """Submits stories by letter and by task, each until it is acknowledged."""

    def __init__(self, newsroom: Newsroom, count: int) -> None:
        self.letters = newsroom.stories(count)
        self.tasks = newsroom.stories(count, count)
        self._stopping = threading.Event()
        self._witnesses: list[_Witness] = []

    def begin(self, redis_url: str) -> None:
        """Start sending to the server at *redis_url*."""
        self._witnesses = [
            _Witness("the sender of letters", lambda: self._send_letters(redis_url)),
            _Witness("the sender of tasks", lambda: self._send_tasks(redis_url)),
        ]
        for witness in self._witnesses:
            witness.start()

    def finish(self) -> None:
        """Wait until everything is acknowledged."""
        for witness in self._witnesses:
            witness.end(_FINISH_SECONDS)

    def stop(self) -> None:
        """Send no more."""
        self._stopping.set()

    def _send_letters(self, redis_url: str) -> None:
        client = redis.Redis.from_url(redis_url)
        for story in self.letters:
            while not self._stopping.wait(_PACE_SECONDS):
                try:
                    client.xadd(
                        "wireroom:inbox", {"source": "soak", "article": corpus.short(story)}
                    )
                except (redis.RedisError, OSError):
                    continue  # not acknowledged: the same again, its id makes that harmless
                break
        client.close()

    def _send_tasks(self, redis_url: str) -> None:
        """Send each story until its report comes.

        Celery's own way to wait for a result gives up for good when the server is killed.
        """
        with (
            Celery("soak", broker=broker_url(redis_url), set_as_current=False) as app,
            redis.Redis.from_url(redis_url) as client,
        ):
            for story in self.tasks:
                while not self._stopping.wait(_PACE_SECONDS):
                    try:
                        report = self._report(story, app, client)
                    except (OperationalError, redis.RedisError, OSError):
                        continue
                    if report is not None:
                        verdict = report["outcomes"][0]["verdict"]
                        must(verdict in ("new", "unchanged"), f"{story.title} became {verdict}")
                        break

    def _report(self, story: Story, app: Celery, client: redis.Redis) -> dict[str, Any] | None:
        """Submit *story*; return the report, or None if it did not come in time."""
        articles = [json.loads(corpus.short(story))]
        sent = app.send_task("wireroom.submit", (articles, "soak"), queue="wireroom.ingest")
        end = time.monotonic() + _REPORT_SECONDS
        while time.monotonic() < end and not self._stopping.wait(0.02):
            stored: Any = client.get(f"celery-task-meta-{sent.id}")
            if stored:
                result = json.loads(stored)
                must(result["status"] == "SUCCESS", f"{story.title}: {result}")
                return dict(result["result"])
        return None
