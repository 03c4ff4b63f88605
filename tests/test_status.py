"""The figures of ``status``, ``/status/`` and ``/metrics``, and what ``doctor`` finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings, load
from feeds.errors import StoreUnavailable
from feeds.model import Verdict
from feeds.store import Store
from tests.factories import NOW, arrival, article
from worker.desk import Desk
from worker.doctor import Finding, examine
from worker.status import Status, _without_secret
from worker.valkey import Server

_SAMPLE = re.compile(r'^wireroom_[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$')


def settings_of(data: Path, url: str, **more: str) -> Settings:
    return load(environ={"WIREROOM_DATA_DIR": str(data), "WIREROOM_REDIS_URL": url, **more})


@pytest.fixture(name="desk")
def _desk(server: Server, store: Store, tmp_path: Path) -> Desk:
    """A desk over a store that was shown two articles, one of them twice."""
    another = article(title="Another", upstream_id="2", link=None, content_html="<p>Other.</p>")
    store.admission.admit([arrival(), arrival(another), arrival()], NOW)
    return Desk(settings_of(tmp_path / "data", server.url))


def test_what_was_read_is_the_sum_of_the_verdicts(desk: Desk) -> None:
    verdicts = Status(desk).sections()["verdicts"]

    assert verdicts.pop("read") == sum(verdicts.values()) == 3
    assert verdicts["new"] == 2
    assert verdicts.keys() == {str(verdict) for verdict in Verdict}


def test_status_says_what_waits(desk: Desk) -> None:
    (desk.drop.root / "story.json").write_text("{}")
    (desk.drop.root / "unfinished.part").write_text("{")
    with desk.store.connection.doing("submitting") as client:
        client.xadd("wireroom:inbox", {"article": "{}"})
        client.rpush("wireroom.publish", "a message")

    waiting = Status(desk).sections()["waiting"]

    assert (waiting["drop_folder"], waiting["inbox"], waiting["wireroom.publish"]) == (1, 1, 1)


def test_status_says_what_is_stored_and_not_published_yet(desk: Desk) -> None:
    before = Status(desk).sections()
    desk.publish()
    after = Status(desk).sections()

    assert before["articles"]["stored"] == after["articles"]["stored"] == 2
    assert (before["articles"]["feeds_to_publish"], before["articles"]["pages_to_write"]) == (2, 2)
    assert (after["articles"]["feeds_to_publish"], after["articles"]["pages_to_write"]) == (0, 0)
    assert before["feeds"]["all_changed"] == "never"
    assert after["feeds"]["all_age_seconds"] is not None


def test_metrics_are_in_the_form_that_prometheus_reads(desk: Desk) -> None:
    desk.publish()
    lines = Status(desk).metrics().splitlines()

    samples = [line for line in lines if not line.startswith("# ")]
    assert [line for line in samples if not _SAMPLE.match(line)] == []
    for line in samples:
        name = re.split(r"[{ ]", line)[0]
        assert any(told.startswith(f"# TYPE {name} ") for told in lines)


def test_metrics_count_the_verdicts_by_kind_of_source(desk: Desk) -> None:
    lines = Status(desk).metrics().splitlines()

    assert 'wireroom_ingest_items_total{source_kind="https",verdict="new"} 2' in lines


def test_no_source_name_becomes_a_label(desk: Desk) -> None:
    assert "wire.example" not in Status(desk).metrics()


def test_it_is_not_ready_while_redis_is_away(tmp_path: Path) -> None:
    away = Status(Desk(settings_of(tmp_path, f"unix://{tmp_path}/none.sock")))

    assert not away.ready()
    with pytest.raises(StoreUnavailable):
        away.sections()


def test_it_is_ready_while_redis_answers(desk: Desk) -> None:
    assert Status(desk).ready()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://someone:secret@host:6379/0", "redis://someone:***@host:6379/0"),
        ("redis://:secret@host/0", "redis://:***@host/0"),
        ("redis://:se@cret@host/0", "redis://:***@host/0"),
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert _without_secret(url) == shown


def found(settings: Settings, about: str) -> Finding:
    return next(finding for finding in examine(settings) if finding.about == about)


def test_the_doctor_finds_nothing_to_fail_a_fresh_start(tmp_path: Path) -> None:
    findings = examine(load(environ={"WIREROOM_DATA_DIR": str(tmp_path / "data")}))

    assert [finding for finding in findings if finding.level == "fail"] == []
    assert not (tmp_path / "data").exists()


def test_the_doctor_says_that_redis_does_not_answer(tmp_path: Path) -> None:
    finding = found(settings_of(tmp_path, f"unix://{tmp_path}/none.sock"), "server")

    assert finding.level == "fail"
    assert "redis_url" in finding.sentence


@pytest.fixture(name="own_server")
def _own_server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "own", maxmemory="64mb", appendfsync="everysec")
    process = server.start()
    yield server
    process.terminate()
    process.wait()
    server.leave()


@pytest.mark.parametrize(
    ("option", "value", "finding"),
    [
        ("maxmemory-policy", "allkeys-lru", ("eviction", "fail")),
        ("maxmemory", "1mb", ("memory", "fail")),
        ("appendonly", "no", ("persistence", "warn")),
    ],
)
def test_the_doctor_finds_a_server_that_may_forget(
    own_server: Server, tmp_path: Path, option: str, value: str, finding: tuple[str, str]
) -> None:
    desk = Desk(settings_of(tmp_path, own_server.url))
    with desk.store.connection.doing("configuring") as client:
        client.config_set(option, value)

    assert finding in {(one.about, one.level) for one in examine(desk.settings)}


def test_the_doctor_asks_for_a_public_address(tmp_path: Path, server: Server) -> None:
    without = settings_of(tmp_path, server.url)
    with_one = settings_of(tmp_path, server.url, WIREROOM_PUBLIC_URL="https://news.example")

    assert found(without, "public_url").level == "warn"
    assert found(with_one, "public_url").level == "ok"
