"""The beat schedule: few ticks, each harmless when lost, late, or sent by two beats at once."""

from __future__ import annotations

import time
from typing import Any

from config.settings import Settings

PULSE_SECONDS = 5
_MEMORY_SECONDS = 10.0
_EMBARGO_SECONDS = 2.0  # an embargo names a minute; looking costs one command


def schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return Celery's beat_schedule: task and interval, stale ticks expiring unread."""
    push, hub = settings.push.sweep_seconds, settings.hub.sweep_seconds
    intervals = {
        "sweep_drop": settings.drop.sweep_seconds,
        "read_inbox": settings.inbox.sweep_seconds,
        "poll_due": settings.poll.sweep_seconds,
        **({"read_pushes": push, "renew_pushes": push} if settings.callback else {}),
        **({"hub_verify": hub} if settings.own_hub else {}),
        **({"hub_distribute": hub} if settings.hubs else {}),
        "publish_dirty": settings.publish.sweep_seconds,
        "keep_time": _EMBARGO_SECONDS,
        "beat_pulse": PULSE_SECONDS,
        "watch_memory": _MEMORY_SECONDS,
        "prune": 3600.0,
    }
    return {
        name: {
            "task": f"wireroom.{name}",
            "schedule": seconds,
            "kwargs": {"tick": seconds},
            "options": {"expires": max(seconds, 1.0)},
        }
        for name, seconds in intervals.items()
    }


def slot(seconds: float) -> int:
    """Return the number of the interval of *seconds* that the clock is in."""
    return int(time.time() // seconds)
