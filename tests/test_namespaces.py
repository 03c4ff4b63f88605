"""Two newsrooms that share a server for their queues and a cluster for their stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from celery import Celery

from feeds.store.connection import broker_url
from tests.cluster import Cluster, running_cluster
from tests.running import Running
from worker.valkey import Server

NAMES = ("north", "south")


@pytest.fixture(scope="module", name="cluster")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module", name="broker")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("b"), maxmemory="64mb", appendfsync="everysec")
    process = server.start()
    yield server
    process.terminate()
    process.wait()
    server.leave()


@pytest.fixture(scope="module", name="rooms")
def _rooms(
    tmp_path_factory: pytest.TempPathFactory, cluster: Cluster, broker: Server
) -> Iterator[dict[str, Running]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                Running(
                    tmp_path_factory.mktemp(name) / "data",
                    WIREROOM_REDIS_URL=broker.url,
                    WIREROOM_STORE_URL=cluster.url,
                    WIREROOM_NAMESPACE=name,
                    WIREROOM_WORKER_CONCURRENCY="1",
                )
            )
            for name in NAMES
        }


@pytest.fixture(name="sender")
def _sender(request: pytest.FixtureRequest, broker: Server) -> Iterator[Celery]:
    url, prefix = broker_url(broker.url), {"global_keyprefix": f"{{{request.param}}}:"}
    with Celery("sender", broker=url, backend=url, set_as_current=False) as app:
        app.conf.broker_transport_options = prefix
        app.conf.result_backend_transport_options = prefix
        yield app


def titles(room: Running) -> list[str]:
    status, body = room.fetch("/feeds/all.json")
    found: list[dict[str, Any]] = json.loads(body)["items"] if status == 200 else []
    return [item["title"] for item in found]


def test_each_publishes_what_was_dropped_into_its_own_folder(rooms: dict[str, Running]) -> None:
    for name, room in rooms.items():
        (room.drop / "story.txt").write_text(f"News from the {name}\n\n{'It is cold. ' * 40}")

    for name, room in rooms.items():
        room.wait_for(lambda room=room: titles(room))
        assert f"News from the {name}" in titles(room)
        assert all(other == name or f"the {other}" not in titles(room)[0] for other in NAMES)


@pytest.mark.parametrize("sender", NAMES, indirect=True)
def test_a_task_is_taken_by_the_worker_of_its_newsroom(
    rooms: dict[str, Running], sender: Celery
) -> None:
    named = next(n for n in NAMES if n in sender.conf.broker_transport_options["global_keyprefix"])
    letter = {"id": "1", "title": f"Sent to the {named}", "body": "It is for one of them. " * 9}
    report = sender.send_task(
        "wireroom.submit", kwargs={"articles": [letter]}, queue="wireroom.ingest"
    ).get(timeout=60)

    assert report["tally"] == {"new": 1}
    rooms[named].wait_for(lambda: f"Sent to the {named}" in titles(rooms[named]))
    assert f"Sent to the {named}" not in [
        title for other in NAMES if other != named for title in titles(rooms[other])
    ]


@pytest.mark.parametrize("sender", NAMES[:1], indirect=True)
def test_remote_control_reaches_no_other_newsroom(
    rooms: dict[str, Running], sender: Celery
) -> None:
    assert len(rooms) == 2
    assert len(sender.control.ping(timeout=3, limit=2)) == 1


def test_every_key_on_either_side_carries_the_tag_of_a_newsroom(
    rooms: dict[str, Running], broker: Server, cluster: Cluster
) -> None:
    assert len(rooms) == 2
    with redis.Redis.from_url(broker.url) as client:
        queued = client.keys("*")
    kept = cluster.keys()

    tags = {f"{{{name}}}:".encode() for name in NAMES}
    assert {key[: key.index(b"}") + 2] for key in kept} == tags
    assert {key[: key.find(b"}") + 2] for key in queued} == tags
