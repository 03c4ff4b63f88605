"""``wireroom healthcheck``: whether a part of a running Wireroom lives and does its work.

For the health checks of containers and service managers. The worker and beat count their signs of
life in Redis, so life is a number that grows; a worker that nothing waits for need not move.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

from config.settings import Settings

from . import servers
from .beat import PULSE_SECONDS

PATIENCE = 3.0 * PULSE_SECONDS
"""How long a number may stand still: beat, and with it the worker, moves every PULSE_SECONDS."""

_LOOK_SECONDS = 0.25
_WEB_SECONDS = 5
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - asked, not bound


def ailment(role: str, settings: Settings, patience: float = PATIENCE) -> str | None:
    """Return what is wrong with *role* in a sentence, or None.

    Raises:
        StoreUnavailable: Redis does not answer.
    """
    if role == "web":
        return _web(settings)
    pulse = servers.pulse(settings)
    try:
        if role == "beat":
            moves = _grows(lambda: pulse.beats().get("beat", 0), patience)
            return None if moves else f"beat has sent nothing for {patience:.0f} s"
        if not any(pulse.queues().values()):
            return None
        moves = _grows(lambda: pulse.beats().get("worker", 0), patience)
        return None if moves else f"work waits and none was finished for {patience:.0f} s"
    finally:
        pulse.close()


def _grows(read: Callable[[], int], patience: float) -> bool:
    """Tell whether the number that *read* returns grows within *patience* seconds."""
    first, end = read(), time.monotonic() + patience
    while time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
        if read() > first:
            return True
    return False


def _web(settings: Settings) -> str | None:
    host = _ANY_ADDRESS.get(settings.web.host, settings.web.host)
    connection = http.client.HTTPConnection(host, settings.web.port, timeout=_WEB_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"the web server does not answer on {host}:{settings.web.port}: {error}"
    finally:
        connection.close()
    return None if status == http.client.OK else f"the web server answers {status}"
