"""Push from end to end: a whole Wireroom, a hub, and workers that are killed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub import Asked, Hub
from tests.polled import item, rss, stories
from tests.running import COMMAND, Running, environment
from tests.upstream import Reply, Upstream

SETTINGS = {
    "WIREROOM_PUSH_CALLBACKS": "http",
    "WIREROOM_PUSH_SWEEP_SECONDS": "1",
    "WIREROOM_POLL_ALLOWED_NETWORKS": "127.0.0.0/8",
    "WIREROOM_POLL_SECONDS": "2",
    "WIREROOM_WORKER_TASK_SECONDS": "6",  # what a dead worker had taken is free after 15 s
}


class House:
    """A running Wireroom, a hub, and a feed that names it and has one story."""

    def __init__(self, running: Running, hub: Hub, upstream: Upstream) -> None:
        self.running = running
        self.hub = hub
        self.address = f"{upstream.url}/feed"
        link = "Link", f'<{hub.url}>; rel="hub", <{self.address}>; rel="self"'
        upstream.route("/feed", Reply(body=stories(1), headers=[link]))

    def command(self, *words: str) -> str:
        """Run ``wireroom WORDS`` on it; return what it prints."""
        return subprocess.run(
            [COMMAND, *words, "--data", self.running.data],
            env=environment(**SETTINGS),
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def subscribe(self) -> Asked:
        """Add the feed, and wait until the hub has verified that we want it."""
        self.command("sources", "add", self.address)
        asked = self.hub.wait()
        assert asked.verified == 200
        return asked

    def titles(self) -> list[str]:
        """Return what the feed of all stories holds, in order of the titles."""
        _, body = self.running.fetch("/feeds/all.json")
        return sorted(one["title"] for one in json.loads(body)["items"])

    def push(self) -> dict[str, str]:
        """Return what ``sources list`` tells of the subscription."""
        told: dict[str, str] = json.loads(self.command("sources", "list", "--json"))["push"]
        return told


@pytest.fixture(name="house")
def _house(tmp_path: Path) -> Iterator[House]:
    with Hub() as hub, Upstream() as upstream, Running(tmp_path / "w", **SETTINGS) as running:
        yield House(running, hub, upstream)


def test_from_subscription_to_denial(house: House) -> None:
    asked = house.subscribe()

    assert house.hub.deliver(asked, stories(2)) == 202
    house.running.wait_for(lambda: house.titles() == ["Story number 1", "Story number 2"])
    assert house.push()["state"] == "active"

    assert house.hub.deliver(asked, stories(3), secret="guessed") == 202
    assert house.hub.deliver(asked, stories(4)) == 202
    house.running.wait_for(lambda: "Story number 4" in house.titles())
    assert "Story number 3" not in house.titles()

    token = asked.callback.rpartition("/")[2]
    house.running.redis.zadd("wireroom:push:due", {token: 0}, xx=True)  # the time has come
    assert house.hub.wait(2).callback == asked.callback

    assert house.hub.deny(asked, "the topic is closed") == 200
    told = house.push()
    assert (told["state"], told["reason"]) == ("denied", "the topic is closed")
    assert "push denied (the topic is closed)" in house.command("sources", "list")

    status, metrics = house.running.fetch("/metrics")
    assert status == 200
    assert b'wireroom_websub_requests_total{outcome="delivered"} 2' in metrics
    assert b'wireroom_websub_requests_total{outcome="forged"} 1' in metrics
    assert token not in house.running.log
    assert asked.secret not in house.running.log + house.command("sources", "list", "--json")


def test_a_source_that_is_removed_is_unsubscribed_from(house: House) -> None:
    asked = house.subscribe()

    house.command("sources", "remove", house.address)

    ended = house.hub.wait(1, "unsubscribe")
    assert (ended.callback, ended.verified) == (asked.callback, 200)
    assert house.hub.deliver(ended, stories(2), secret=asked.secret) == 410


def test_workers_that_are_killed_lose_nothing_that_a_hub_was_told_is_kept(house: House) -> None:
    asked = house.subscribe()
    expected = {f"Story number {number}" for number in range(1, 42)}

    for number in range(2, 42):
        assert house.hub.deliver(asked, rss([item(number)])) == 202
        if number % 12 == 0:
            house.running.kill("worker")

    house.running.wait_for(lambda: set(house.titles()) == expected, 150)
    assert len(house.titles()) == len(expected)
    assert house.running.redis.xlen("wireroom:push:pings") == 0
