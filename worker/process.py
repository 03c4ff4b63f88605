"""One process of a running Wireroom: ``python -m worker.process worker | beat | web | watcher``.

Started by the supervisor, in a session of its own. It ends when the supervisor does, however that
ends: both hold one pipe, and its closing is the sign.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from celery.exceptions import SecurityWarning
from celery.signals import worker_ready
from kombu.exceptions import OperationalError

from config.settings import Settings
from feeds.model import Document, Rules, Source
from feeds.reading import read

from .desk import now
from .logs import set_up

if TYPE_CHECKING:
    from .web.callback import Callback
    from .web.events import Stream
    from .web.hub import Door

LIFELINE = "WIREROOM_PROCESS_LIFELINE"
"""The environment variable that names the read end of the supervisor's pipe."""

LISTENER = "WIREROOM_PROCESS_LISTENER"
"""The environment variable that names the socket which the supervisor listens on for the web."""


def main() -> None:
    """Run the process that the command line names."""
    name = sys.argv[1]
    os.environ["WIREROOM_PROCESS"] = name
    # Celery lets these win over every setting: another application's would lead us to its broker.
    for variable in [one for one in os.environ if one.startswith("CELERY_")]:
        del os.environ[variable]
    from .app import settings  # noqa: PLC0415 - reads the settings, which the line above is part of

    set_up(settings.log)
    _hold_lifeline(settings.worker.stop_seconds)
    {"worker": _worker, "beat": _beat, "web": _web, "watcher": _watcher}[name](settings)


def _worker(_settings: Settings) -> None:
    from .app import app  # noqa: PLC0415

    # Celery warns of root because a pickle could then do anything; we accept JSON alone.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    sys.__stdout__ = None  # type: ignore[misc]  # where Celery says that it ends, as no event is said
    worker_ready.connect(_look_around)
    _warm_up()
    gc.collect()
    gc.freeze()  # or the collector of each process of the pool would write to all that they share
    node = f"worker-{os.getpid()}@%h"  # two of one name would confuse remote control
    alone = ["--without-gossip", "--without-mingle"]  # a second of waiting for what we do not use
    app.start(["--quiet", "worker", "--loglevel", "WARNING", "--hostname", node, *alone])


def _look_around(**_: object) -> None:
    """Have what came while no worker ran looked at now, and not first when beat says so."""
    from .tasks import publish_dirty, read_inbox, sweep_drop  # noqa: PLC0415

    for task in (sweep_drop, read_inbox, publish_dirty):
        task.apply_async()


def _beat(settings: Settings) -> None:
    from .app import app  # noqa: PLC0415

    schedule = settings.data / "beat" / "schedule"
    schedule.parent.mkdir(parents=True, exist_ok=True)
    forget_future(schedule)
    app.Beat(schedule=str(schedule), loglevel="WARNING", quiet=True).run()


def _watcher(_settings: Settings) -> None:
    from . import watcher  # noqa: PLC0415

    watcher.run()


def _web(settings: Settings) -> None:
    from .app import desk  # noqa: PLC0415
    from .status import Status  # noqa: PLC0415
    from .web.application import application  # noqa: PLC0415
    from .web.server import serve  # noqa: PLC0415

    status = Status(desk)
    app = application(
        settings.public_folder,
        public_url=settings.address,
        max_age=settings.web.max_age_seconds,
        ready=status.ready,
        status=status.sections,
        metrics=status.metrics,
        hubs=settings.hubs,
        open_status=settings.web.open_status,
        negotiates=settings.web.pages_at_feeds,
        callback=_callback(settings),
        door=_door(settings),
        stream=_stream(settings),
    )
    handle = os.environ.pop(LISTENER, None)
    listener = socket.socket(fileno=int(handle)) if handle else None
    serve(app, host=settings.web.host, port=settings.web.port, listener=listener)


def _callback(settings: Settings) -> Callback | None:
    """Return what answers hubs, where hubs may reach us."""
    from .app import desk  # noqa: PLC0415
    from .web.callback import Callback  # noqa: PLC0415

    pushes, told = desk.pushes, _hint("wireroom.read_pushes")
    return Callback(pushes, settings.push.body_bytes, told, now) if pushes else None


def _door(settings: Settings) -> Door | None:
    """Return what answers those who subscribe to our own hub, where it is on."""
    from .app import desk  # noqa: PLC0415
    from .hub import Hubs  # noqa: PLC0415
    from .web.hub import Door  # noqa: PLC0415

    return Door(Hubs(desk).hub, _hint("wireroom.hub_verify"), now) if settings.own_hub else None


def _stream(settings: Settings) -> Stream | None:
    """Return what tells of stories as they are published."""
    from feeds.publish.tree import feed_path  # noqa: PLC0415

    from .app import desk  # noqa: PLC0415
    from .web.events import Stream  # noqa: PLC0415

    def exists(feed: str) -> bool:
        inside = feed and not feed.startswith(".") and "/" not in feed and "\0" not in feed
        return bool(inside) and feed_path(settings.public_folder, feed, "rss").exists()

    most = settings.web.event_clients
    return Stream(desk.store.events, exists, most) if most else None


def _hint(task: str) -> Callable[[], None]:
    """Return what has *task* look at once; if that is lost, beat has it look anyway."""
    from .app import app  # noqa: PLC0415

    def told() -> None:
        with suppress(OperationalError):
            app.send_task(task, ignore_result=True)

    return told


def _warm_up() -> None:
    """Read one article of each kind that needs a large library, before the pool is forked.

    Otherwise every process of the pool would load them for itself, while the first file waits.
    """
    page = (
        "<!DOCTYPE html><html><head><title>Trial</title></head><body><article><h1>Trial</h1>"
        f"<p>Published 3 March</p><p>{'The line is read once before it is used. ' * 20}</p>"
        "</article></body></html>"
    )
    feed = "<rss version='2.0'><channel><title>Trial</title><item><title>&trial;</title></item>"
    for name, text in (("trial.html", page), ("trial.rss", feed)):
        moment = now()
        read(
            Document(data=text.encode(), name=name, source=Source(id="trial"), received=moment),
            Rules(),
        )


def forget_future(schedule: Path) -> None:
    """Delete a beat schedule that was written later than now.

    The clock was set back: beat would send nothing until it has caught up, also after a restart.
    """
    for path in schedule.parent.glob(f"{schedule.name}*"):
        if path.stat().st_mtime > time.time() + 1:
            path.unlink()


def _hold_lifeline(stop_seconds: float) -> None:
    """End this process, as the supervisor would, when the supervisor's end of the pipe closes."""
    handle = os.environ.pop(LIFELINE, None)
    if handle is None:
        return

    def wait() -> None:
        os.read(int(handle), 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(stop_seconds)
        os.killpg(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


if __name__ == "__main__":
    main()
