"""Push from end to end, the other way: a whole Wireroom, its subscribers, and workers that die."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from tests.hub import Hub
from tests.running import Running
from tests.subscriber import Subscriber

SETTINGS = {
    "WIREROOM_HUB_ENABLED": "always",
    "WIREROOM_HUB_ALLOWED_NETWORKS": "127.0.0.0/8",
    "WIREROOM_HUB_VERIFY_SECONDS": "0.01",
    "WIREROOM_HUB_SWEEP_SECONDS": "1",
    "WIREROOM_HUB_EVERY_SECONDS": "0.5",
    "WIREROOM_POLL_SECONDS": "2",
    "WIREROOM_WORKER_TASK_SECONDS": "6",  # what a dead worker had is due again after 4.2 s
}
MANY = 40


def drop(running: Running, name: str, about: str) -> None:
    """Drop a story whose title is *name*."""
    text = f"{name}\n\n{about * 20}\n"
    partial = running.drop / f".{name}.txt"
    partial.write_text(text, "utf-8")
    partial.rename(running.drop / f"{name}.txt")


def test_a_worker_that_is_killed_while_it_delivers_leaves_nobody_out(tmp_path: Path) -> None:
    with Hub() as foreign, Subscriber() as subscriber:
        foreign.verifies = False
        settings = {**SETTINGS, "WIREROOM_PUBLISH_HUBS": foreign.url}
        with Running(tmp_path / "w", **settings) as running:
            drop(running, "First", "The harbour is open again. ")
            running.wait_for(lambda: b"First" in running.fetch("/feeds/all.json")[1])
            topic = f"{running.url}/feeds/all.json"
            paths = {f"/{number}" for number in range(MANY)}
            for path in sorted(paths):
                assert subscriber.ask(f"{running.url}/hub", topic, path, secret=path)[0] == 202
            running.wait_for(lambda: len(subscriber.questions) >= MANY)
            running.wait_for(lambda: running.redis.zcard("wireroom:hub:leases") == MANY)
            events = urllib.request.urlopen(f"{running.url}/events", timeout=60)
            while b": listening" not in events.readline():
                pass

            subscriber.seconds = 0.1
            drop(running, "Second", "A council met and talked about schools. ")
            told = next(json.loads(line[6:]) for line in events if line.startswith(b"data: "))
            subscriber.wait(MANY // 8)
            running.kill("worker")

            def reached() -> set[str]:
                done = [one for one in subscriber.deliveries if b"Second" in one.body]
                return {one.path for one in done if one.is_signed(one.path)}

            before = len(reached())
            running.wait_for(lambda: reached() == paths, 120)
            running.wait_for(lambda: running.redis.zcard("wireroom:hub:due") == 0)
            events.close()

    assert (told["title"], told["verdict"]) == ("Second", "new")
    assert before < MANY
    assert {one.topic for one in foreign.asked} >= {topic, topic.replace("all.json", "all.rss")}
