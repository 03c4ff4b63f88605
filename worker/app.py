"""The Celery application; the one module that reads the settings as it is imported.

Messages are hints: nothing exists only in a message, every task only looks at what is stored, and
beat looks anyway. The reasons and figures behind each setting stand in docs/operations.md.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, setup_logging, task_postrun
from kombu import Queue

from config.settings import Settings, load
from feeds.errors import StoreUnavailable
from feeds.store.connection import broker_url, queue_prefix
from feeds.store.pulse import QUEUES

from . import kombu_faults
from .desk import Desk
from .logs import set_up

settings: Settings = load()
desk = Desk(settings)

kombu_faults.mend()

# Two newsrooms that share a server must not take each other's messages.
_prefix: dict[str, Any] = (
    {"global_keyprefix": prefix} if (prefix := queue_prefix(settings.namespace)) else {}
)

app = Celery("wireroom", include=["worker.tasks"])
app.conf.update(
    broker_url=broker_url(desk.redis_url),
    result_backend=broker_url(desk.redis_url),
    task_ignore_result=True,
    result_expires=3600,
    # A task may be delivered again only after ten times the longest that it can take.
    broker_transport_options={
        "visibility_timeout": settings.worker.task_seconds * 10,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        # No socket_timeout: a short one leaks prefetch when Redis is slow, and stalls the worker.
        **_prefix,
    },
    result_backend_transport_options=_prefix,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # the default gives up after 47 minutes
    broker_channel_error_retry=True,  # a full Redis must not end the worker
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_retry_on_worker_lost=True,  # bounded by max_retries, which a mere reject is not
    task_annotations={"*": {"max_retries": 3, "default_retry_delay": 1}},
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
    worker_pool="prefork",  # hostile input may hang or crash a parser: a process can be killed
    worker_concurrency=settings.worker.concurrency or os.cpu_count() or 1,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=2000,
    worker_max_memory_per_child=400_000,
    worker_enable_remote_control=True,  # without it a lost connection may go unnoticed for ever
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    task_time_limit=settings.worker.task_seconds,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    result_accept_content=["json"],
    task_create_missing_queues=False,
    task_queues=[Queue(name, routing_key=name) for name in QUEUES],
    task_default_queue=QUEUES[0],
    task_default_routing_key=QUEUES[0],
    task_routes={
        "wireroom.poll*": {"queue": "wireroom.poll"},
        "wireroom.*_pushes": {"queue": "wireroom.poll"},
        "wireroom.hub_*": {"queue": "wireroom.poll"},
        "wireroom.publish*": {"queue": "wireroom.publish"},
    },
    beat_max_loop_interval=5,
    timezone="UTC",
)
app.conf.update(settings.celery)


@setup_logging.connect
def _log(**_: object) -> None:
    """Keep Celery's hands off the loggers."""
    set_up(settings.log)


@task_postrun.connect
def _worked(**_: object) -> None:
    """Count a finished task: the watchdog tells by it that the worker consumes."""
    _beat("worker")


@after_task_publish.connect
def _ticked(**_: object) -> None:
    """Count a task that this process sent, if it is beat."""
    if os.environ.get("WIREROOM_PROCESS") == "beat":
        _beat("beat")


def _beat(process: str) -> None:
    with suppress(StoreUnavailable):  # no sign of life while Redis is away is no lie
        desk.store.pulse.beat(process)
