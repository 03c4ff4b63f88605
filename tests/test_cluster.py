"""The store on a real cluster of three nodes, with two newsrooms on it; the queues stand elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from config.settings import load
from feeds.errors import StoreUnavailable
from feeds.model import Verdict
from feeds.store import Store
from feeds.store.connection import Connection, cluster_nodes, key_prefix
from tests.cluster import Cluster, running_cluster
from tests.factories import NOW, arrival, article
from tests.polled import Desk as PollingDesk
from tests.polled import stories
from tests.running import wait_for
from tests.upstream import Reply, Upstream
from worker.desk import Desk, now
from worker.doctor import examine
from worker.status import Status
from worker.valkey import Server

STORY = "The harbour opens to ferries again\n\nBy Jo Smith\n\n" + "The ferries are back. " * 40
LETTER = {"id": "bridge-1", "title": "The bridge is closed", "body": "It is closed until May. " * 9}


@pytest.fixture(scope="module", name="cluster")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(name="empty_cluster")
def _empty_cluster(cluster: Cluster) -> Cluster:
    for number in range(3):
        with cluster.node(number) as client:
            client.flushall()
    return cluster


def desk_on(cluster: Cluster, server: Server, data: Path, namespace: str) -> Desk:
    """Return the desk of a newsroom whose store is on *cluster*, its queues on *server*."""
    return Desk(
        load(
            environ={
                "WIREROOM_DATA_DIR": str(data),
                "WIREROOM_REDIS_URL": server.url,
                "WIREROOM_STORE_URL": cluster.url,
                "WIREROOM_NAMESPACE": namespace,
            }
        )
    )


def store_on(url: str, namespace: str) -> Store:
    connection = Connection(url, namespace)
    return Store(connection, article_days=90, identity_days=400, outcome_days=7)


def dropped(desk: Desk) -> list[Verdict]:
    """Drop a file and have it read; return what became of it."""
    desk.drop.root.joinpath("story.txt").write_text(STORY, "utf-8")
    [report] = desk.files(["story.txt"])
    return [outcome.verdict for outcome in report.outcomes]


def submitted(desk: Desk) -> list[Verdict]:
    """Add an article to the inbox, as a program does, and have it read."""
    with desk.store.connection.doing("submitting") as client:
        client.xadd(desk.store.connection.key("inbox"), {"article": json.dumps(LETTER)})
    [report] = desk.letters(10)
    return [outcome.verdict for outcome in report.outcomes]


def polled(desk: Desk) -> list[Verdict]:
    """Register an upstream feed of two stories and poll it."""
    poller = PollingDesk(desk.store)
    with Upstream() as upstream:
        poller.add(upstream.route("/feed", Reply(body=stories(1, 2))))
        [done] = poller.round()
    return [outcome.verdict for outcome in done.report.outcomes]


def test_the_whole_line_works_for_two_newsrooms(
    empty_cluster: Cluster, server: Server, tmp_path: Path
) -> None:
    desks = [desk_on(empty_cluster, server, tmp_path / name, name) for name in ("north", "{south}")]
    for desk in desks:
        assert (dropped(desk), submitted(desk), polled(desk)) == (["new"], ["new"], ["new"] * 2)
        assert dropped(desk) == ["unchanged"]  # but for the time of the file
        assert len(desk.publish()) > 4
        feed = json.loads((desk.settings.public_folder / "feeds/all.json").read_text("utf-8"))
        assert len(feed["items"]) == 4
        [first, *_] = desk.store.shelf.latest(4)
        assert desk.store.editorial.withdraw(first, "wrong", "Jo", NOW)
        assert f"articles/{first}" in " ".join(desk.publish())
        assert desk.line.restore(first, "Jo", NOW)
        assert desk.keep_time() == []
        assert desk.store.shelf.show_pictures({first: ["a.jpg"]}) == []
        desk.store.shelf.hid_pictures({first: ["a.jpg"]})
        assert desk.store.shelf.show_pictures({first: []}) == ["a.jpg"]
        assert desk.store.sources.figures(NOW)["registered"] == 1
        assert desk.store.subscriptions.pings.add("source", "text/xml", b"<rss/>")
        [ping] = desk.store.subscriptions.pings.take(10, 0)
        desk.store.subscriptions.pings.finish(ping)
        assert Status(desk).ready()
        assert "wireroom_articles 4\n" in Status(desk).metrics()

    keys = empty_cluster.keys()
    assert {key[: key.index(b"}") + 2] for key in keys} == {b"{north}:", b"{south}:"}
    later = now() + timedelta(hours=1)
    assert [desk.press.prune(later, later) for desk in desks] == [4, 4]


def test_all_keys_of_a_newsroom_stand_on_one_node(empty_cluster: Cluster) -> None:
    store_on(empty_cluster.url, "north").admission.admit([arrival()], NOW)

    counts = [empty_cluster.count(number) for number in range(3)]
    assert sorted(counts)[:2] == [0, 0]
    assert counts[empty_cluster.holder("{north}")] > 5


def test_a_transaction_is_one_on_a_cluster_too(empty_cluster: Cluster) -> None:
    connection = Connection(empty_cluster.url, "north")
    with connection.doing("failing halfway") as client:
        with client.pipeline() as pipe:
            pipe.set(connection.key("one"), "1")
            pipe.execute_command("SET", connection.key("two"))
            with pytest.raises(redis.ResponseError, match="wrong number of arguments"):
                pipe.execute()

        assert client.get(connection.key("one")) is None


def test_while_its_slot_is_moved_nothing_is_admitted_and_after_that_all_goes_on(
    empty_cluster: Cluster,
) -> None:
    store = store_on(empty_cluster.url, "north")
    [first] = store.admission.admit([arrival()], NOW)
    slot, before = empty_cluster.slot("{north}"), empty_cluster.holder("{north}")
    after = (before + 1) % 3
    with (
        empty_cluster.moving(slot, before, after),
        pytest.raises(StoreUnavailable, match="is being moved"),
    ):
        store.admission.admit([arrival()], NOW)
    try:
        assert store.admission.admit([arrival()], NOW)[0].verdict is Verdict.UNCHANGED
        assert store.shelf.articles([first.id])
    finally:
        with empty_cluster.moving(slot, after, before):
            pass


def test_a_dead_node_takes_its_own_newsroom_and_no_other(empty_cluster: Cluster) -> None:
    dead = empty_cluster.holder("{north}")
    there = next(n for n in "abcdefghij" if empty_cluster.holder(f"{{{n}}}") != dead)
    one, other = store_on(empty_cluster.url, "north"), store_on(empty_cluster.url, there)
    one.admission.admit([arrival()], NOW)
    other.admission.admit([arrival()], NOW)
    empty_cluster.kill(dead)
    try:
        with pytest.raises(StoreUnavailable):
            one.admission.admit([arrival(article(title="Another"))], NOW)
        with pytest.raises(StoreUnavailable):
            one.shelf.feeds()
        assert other.shelf.feeds()
        assert store_on(empty_cluster.url, there).shelf.feeds()
    finally:
        empty_cluster.start(dead)
    wait_for(lambda: answering(one))


def answering(store: Store) -> bool:
    try:
        store.shelf.feeds()
    except StoreUnavailable:
        return False
    return True


def test_a_node_that_is_told_of_as_a_server_says_what_to_do(empty_cluster: Cluster) -> None:
    elsewhere = (empty_cluster.holder("{north}") + 1) % 3
    store = store_on(f"redis://127.0.0.1:{empty_cluster.ports[elsewhere]}", "north")

    with pytest.raises(StoreUnavailable, match=r"say redis\+cluster:// in store_url"):
        store.admission.admit([arrival()], NOW)


def test_the_doctor_knows_a_node_of_a_cluster(cluster: Cluster, tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{cluster.ports[0]}"
    found = examine(load(environ={"WIREROOM_REDIS_URL": url, "WIREROOM_DATA_DIR": str(tmp_path)}))

    assert [one.level for one in found if "redis+cluster://" in one.sentence] == ["fail"]


def test_a_cluster_that_nobody_runs_is_a_passing_trouble() -> None:
    with pytest.raises(StoreUnavailable, match="cannot be connected"):
        store_on("redis+cluster://127.0.0.1:1,127.0.0.1:2", "north").shelf.feeds()


@pytest.mark.parametrize(
    ("namespace", "prefix"),
    [("wireroom", "wireroom:"), ("{wireroom}", "{wireroom}:"), ("desk-2", "{desk-2}:")],
)
def test_every_namespace_but_the_default_one_is_a_hash_tag(namespace: str, prefix: str) -> None:
    assert key_prefix(namespace) == prefix


def test_the_nodes_of_a_cluster_are_named_with_commas() -> None:
    first, others = cluster_nodes("valkeys+cluster://me:se@cret@one:7000,two,[::1]:7002/0?a=b")

    assert first == "rediss://me:se@cret@one:7000/0?a=b"
    assert others == [("two", 6379), ("::1", 7002)]


@given(text=st.text(st.sampled_from("[]:,@/?#0a1 é\0%"), max_size=20))
def test_any_address_of_a_cluster_is_read_or_refused(text: str) -> None:
    try:
        first, others = cluster_nodes(f"redis+cluster://{text}")
    except ValueError:
        return

    assert first.startswith("redis://")
    assert all(host and 0 <= port <= 65_535 for host, port in others)
