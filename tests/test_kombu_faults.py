"""The mended faults of kombu 5.7: each is made for real, with a server that is killed."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from kombu.message import Message
from kombu.transport.redis import QoS

from feeds.store.connection import broker_url
from worker import kombu_faults
from worker.valkey import Server

pytestmark = pytest.mark.skipif(
    not version("kombu").startswith(kombu_faults.MENDED), reason="another kombu, other faults"
)

log = logging.getLogger("trial")


@pytest.fixture(name="broker")
def _broker(tmp_path: Path) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    kombu_faults.mend()
    server = Server(tmp_path, maxmemory="64mb", appendfsync="everysec")
    process = server.start()
    yield server, process
    process.kill()
    process.wait()


@contextmanager
def taken(server: Server) -> Iterator[tuple[Any, Any]]:
    """Yield a connection, and a message that was taken over it and not acknowledged yet."""
    with Connection(broker_url(server.url)) as connection:
        queue = connection.SimpleQueue("trial")
        queue.put("work")
        yield connection, queue.get(timeout=10)


def test_the_mending_is_in_place_and_is_done_once() -> None:
    kombu_faults.mend()
    first = (Message.ack_log_error, Message.reject_log_error, QoS.restore_unacked)

    again = kombu_faults.mend()

    assert again
    assert (Message.ack_log_error, Message.reject_log_error, QoS.restore_unacked) == first
    assert kombu_faults._Original.restore is not QoS.restore_unacked


def test_another_kombu_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kombu_faults, "MENDED", "4.")

    assert not kombu_faults.mend()


def test_a_message_is_acknowledged_as_ever_while_the_server_lives(
    broker: tuple[Server, subprocess.Popen[bytes]],
) -> None:
    server, _ = broker
    with taken(server) as (connection, message):
        message.ack_log_error(log, connection.connection_errors)

        assert message.acknowledged


@pytest.mark.parametrize("settle", ["ack_log_error", "reject_log_error"])
def test_a_failed_answer_is_raised_so_that_the_consumer_connects_again(
    broker: tuple[Server, subprocess.Popen[bytes]], settle: str
) -> None:
    server, process = broker
    with taken(server) as (connection, message):
        process.kill()
        process.wait()

        with pytest.raises(connection.connection_errors):
            getattr(message, settle)(log, connection.connection_errors)


@pytest.mark.parametrize("settle", ["ack_log_error", "reject_log_error"])
def test_a_message_of_a_collected_connection_is_let_go_and_said(
    broker: tuple[Server, subprocess.Popen[bytes]], settle: str, caplog: pytest.LogCaptureFixture
) -> None:
    server, process = broker
    with taken(server) as (connection, message):
        process.kill()
        process.wait()
        connection.collect()

        getattr(message, settle)(log, connection.connection_errors)

    assert "its connection is gone, it will be delivered again" in caplog.text


def test_closing_the_channel_of_a_collected_connection_does_not_raise(
    broker: tuple[Server, subprocess.Popen[bytes]],
) -> None:
    server, process = broker
    with taken(server) as (connection, message):
        process.kill()
        process.wait()
        connection.collect()

        message.channel.qos.restore_unacked()

        assert not message.channel.qos._delivered
