"""Memory: an alarm in time, nothing evicted, nothing lost when there is none left, and a way out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from config.settings import load
from feeds.errors import StoreFull
from feeds.model import Site, Verdict
from feeds.pipeline import Press
from feeds.store import Store
from feeds.store.connection import Connection
from feeds.store.memory import Budget
from tests.factories import NOW, arrival, article
from tests.running import Running
from worker.desk import Desk
from worker.doctor import Finding, examine
from worker.memory import runs_short
from worker.status import Status
from worker.valkey import Server

STORY = "The harbour opens to ferries again\n\nBy Jo Smith\n\n" + "The ferries are back. " * 40
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", name="own")
def _own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("m"), maxmemory="64mb", appendfsync="everysec")
    process = server.start()
    yield server
    process.terminate()
    process.wait()
    server.leave()


@pytest.fixture(name="client")
def _client(own: Server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(own.url, protocol=2) as client:
        client.config_set("maxmemory", "64mb")
        client.flushall()
        yield client
        client.config_set("maxmemory", "64mb")


@pytest.fixture(name="room")
def _room(own: Server, client: redis.Redis) -> Iterator[Store]:
    assert client.ping()
    connection = Connection(own.url)
    yield Store(connection, article_days=90, identity_days=400, outcome_days=7)
    connection.close()


def fill(client: redis.Redis, share: float) -> None:
    """Let the memory in use be so much of what is allowed."""
    client.config_set("maxmemory", int(client.info("memory")["used_memory"] / share))


def desk_on(server: Server, data: Path, **more: str) -> Desk:
    given = {"WIREROOM_DATA_DIR": str(data), "WIREROOM_REDIS_URL": server.url, **more}
    return Desk(load(environ=given))


def test_a_full_server_refuses_an_article_and_takes_it_later(
    room: Store, client: redis.Redis
) -> None:
    fill(client, 1.5)
    with pytest.raises(StoreFull):
        room.admission.admit([arrival()], NOW)
    assert room.shelf.latest(1) == []

    fill(client, 0.5)
    again = Store(room.connection, article_days=90, identity_days=400, outcome_days=7)
    [outcome] = again.admission.admit([arrival()], NOW)
    assert outcome.verdict is Verdict.NEW


def test_of_a_batch_that_finds_no_memory_nothing_is_stored(
    room: Store, client: redis.Redis
) -> None:
    before = client.dbsize()
    room.connection.before_growth = lambda _what: None  # the reserve is gone
    fill(client, 1.5)
    batch = [arrival(article(upstream_id=f"id-{n}", link=f"https://a/{n}")) for n in range(20)]
    with pytest.raises(StoreFull):
        room.admission.admit(batch, NOW)

    assert client.dbsize() == before


def test_a_file_waits_while_the_server_is_full(
    own: Server, client: redis.Redis, tmp_path: Path
) -> None:
    desk = desk_on(own, tmp_path)
    (desk.drop.root / "story.txt").write_text(STORY, "utf-8")
    fill(client, 1.5)
    with pytest.raises(StoreFull):
        desk.files(["story.txt"])
    assert desk.drop.count_claimed() + desk.drop.count_waiting() == 1

    fill(client, 0.5)
    later = desk_on(own, tmp_path)
    [report] = later.left_behind() or later.files(["story.txt"])
    assert [outcome.verdict for outcome in report.outcomes] == ["new"]


def test_before_the_server_is_full_articles_wait_and_messages_pass(
    room: Store, client: redis.Redis
) -> None:
    fill(client, 0.96)
    with pytest.raises(StoreFull):
        room.admission.admit([arrival()], NOW)

    assert client.lpush("wireroom.publish", "{}") == 1


def test_a_budget_counts_where_the_server_sets_none(own: Server, client: redis.Redis) -> None:
    client.config_set("maxmemory", 0)
    connection = Connection(own.url)
    bounds = {"article_days": 90, "identity_days": 400, "outcome_days": 7}
    tight = Store(connection, memory_bytes=100_000, **bounds)
    with pytest.raises(StoreFull):
        tight.admission.admit([arrival()], NOW)
    wide = Store(connection, memory_bytes=10**9, **bounds)
    [outcome] = wide.admission.admit([arrival()], NOW)
    connection.close()

    assert outcome.verdict is Verdict.NEW


def test_what_was_admitted_is_published_when_the_server_is_full(
    room: Store, client: redis.Redis, tmp_path: Path
) -> None:
    press = Press(room, Site(), tmp_path / "public")
    room.admission.admit([arrival()], NOW)
    press.publish(NOW)
    room.admission.admit([arrival(article(title="Harbour closed again"))], NOW)
    fill(client, 1.5)
    written = press.publish(NOW)

    assert tmp_path / "public/feeds/all.rss" in written
    assert room.shelf.marks("dirty") == room.shelf.marks("pages") == {}


def test_old_articles_go_when_the_server_is_full(
    room: Store, client: redis.Redis, tmp_path: Path
) -> None:
    room.admission.admit([arrival()], NOW)
    press = Press(room, Site(), tmp_path / "public")
    press.publish(NOW)
    fill(client, 1.5)

    assert press.prune(NOW + 2 * HOUR, NOW + HOUR) == 1
    assert client.keys("wireroom:article:*") == []
    assert client.keys("wireroom:names:*")


def test_the_tick_that_makes_room_runs_when_the_server_is_full(
    room: Store, client: redis.Redis
) -> None:
    fill(client, 1.5)

    assert room.pulse.claim_tick("prune", 7, 3600)


def test_an_alarm_is_given_once_until_it_has_passed(room: Store, client: redis.Redis) -> None:
    def told() -> bool:
        return room.memory.watch(NOW) is not None

    fill(client, 0.5)
    assert not told()
    fill(client, 0.85)
    assert [told(), told(), told()] == [True, False, False]
    fill(client, 0.5)
    assert not told()
    fill(client, 0.85)
    assert told()


def test_the_alarm_stands_in_the_log_with_what_to_do(
    own: Server, client: redis.Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = desk_on(own, tmp_path)
    fill(client, 0.85)
    with caplog.at_level(logging.WARNING, "wireroom"):
        assert [desk.watch_memory(), desk.watch_memory()] == [True, False]

    [line] = caplog.messages
    assert re.match(
        r"the store's memory runs short: 8\d% full, \d+ of \d+ MB; raise maxmemory", line
    )


def test_an_alarm_that_cannot_be_noted_is_given_once_by_each_process(
    room: Store, client: redis.Redis
) -> None:
    fill(client, 1.5)

    assert [room.memory.watch(NOW) is not None for _look in range(3)] == [True, False, False]


def test_the_time_that_is_left_goes_by_the_last_day(room: Store, client: redis.Redis) -> None:
    fill(client, 0.1)
    room.memory.watch(NOW)
    assert room.memory.look(NOW + timedelta(minutes=30)).full_in is None  # a burst is no rate

    client.set("more", b"x" * 1_000_000)
    budget = room.memory.look(NOW + 10 * HOUR)
    assert budget.seconds == 36_000
    assert budget.growth > 900_000
    left = 0.95 * budget.limit - budget.used
    assert budget.full_in == pytest.approx(left / budget.growth * 36_000)


def test_what_shrinks_will_not_be_full(room: Store, client: redis.Redis) -> None:
    client.set("more", b"x" * 1_000_000)
    room.memory.watch(NOW)
    client.delete("more")

    assert room.memory.look(NOW + 10 * HOUR).full_in is None


def test_samples_do_not_pile_up(room: Store, client: redis.Redis) -> None:
    for minutes in range(0, 3 * 24 * 60, 9):
        room.memory.watch(NOW + timedelta(minutes=minutes))

    assert client.llen("wireroom:memory:samples") == 144


@given(
    used=st.integers(0, 2**50),
    limit=st.integers(0, 2**50),
    growth=st.integers(-(2**50), 2**50),
    seconds=st.floats(0, 1e7),
)
def test_any_figures_make_a_sentence(used: int, limit: int, growth: int, seconds: float) -> None:
    budget = Budget(used, limit, growth, seconds)

    assert budget.full_in is None or budget.full_in >= 0
    assert "full" in runs_short(budget)


def found(desk: Desk) -> Finding:
    return next(one for one in examine(desk.settings) if one.about == "memory")


@pytest.mark.parametrize(
    ("share", "level", "word"),
    [(0.5, "ok", "used"), (0.85, "warn", "wireroom prune"), (1.5, "fail", "nothing more")],
)
def test_the_doctor_says_how_the_memory_stands(  # noqa: PLR0913, PLR0917 - a table
    own: Server, client: redis.Redis, tmp_path: Path, share: float, level: str, word: str
) -> None:
    fill(client, share)
    finding = found(desk_on(own, tmp_path))

    assert finding.level == level
    assert word in finding.sentence


def test_the_doctor_asks_for_a_limit(own: Server, client: redis.Redis, tmp_path: Path) -> None:
    client.config_set("maxmemory", 0)

    assert found(desk_on(own, tmp_path)).level == "warn"
    assert found(desk_on(own, tmp_path, WIREROOM_RETENTION_MEMORY_MEGABYTES="900")).level == "ok"


def test_status_and_metrics_give_the_alarm(
    own: Server, client: redis.Redis, tmp_path: Path
) -> None:
    status = Status(desk_on(own, tmp_path))
    fill(client, 0.5)
    assert "\nwireroom_redis_memory_alarm 0\n" in status.metrics()
    fill(client, 0.85)
    assert "\nwireroom_redis_memory_alarm 1\n" in status.metrics()
    assert status.sections()["redis"]["memory_alarm"] is True


def test_a_full_store_holds_up_no_queue_on_another_server(
    own: Server, client: redis.Redis, tmp_path: Path
) -> None:
    with Running(tmp_path / "data", WIREROOM_STORE_URL=own.url) as running:
        fill(client, 1.5)
        (running.drop / "story.txt").write_text(STORY, "utf-8")
        running.wait_for(lambda: "its memory is full" in running.log)
        assert running.redis.lpush("wireroom.publish", "no message")
        running.wait_for(lambda: "was no Celery message" in running.log)  # a worker took it
        assert not (running.drop / "_done" / "story.txt").exists()

        client.config_set("maxmemory", "64mb")
        running.wait_for((running.drop / "_done" / "story.txt").exists)
        running.wait_for(lambda: b"harbour" in running.fetch("/feeds/all.json")[1])
        assert running.redis.keys("wireroom:*") == []
