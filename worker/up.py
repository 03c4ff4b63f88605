"""``wireroom up``: everything on one machine, in the foreground, until Ctrl-C."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from config.settings import Settings
from feeds.errors import StoreUnavailable

from . import servers
from .beat import PULSE_SECONDS
from .desk import Desk
from .logs import say
from .process import LISTENER
from .supervisor import Child, Supervisor, Watch
from .valkey import Lock, Server
from .web.server import listen

ROLES = ("worker", "beat", "web", "watcher")

_DEAF_SECONDS = 3.0 * PULSE_SECONDS
"""A beat that sent nothing for three of its intervals is deaf, or its clock was set back."""

_LOOK_SECONDS = 1.0
"""The watchdog waits no longer for Redis: while it does, nothing else is looked after."""


def up(settings: Settings, config: Path | None) -> None:
    """Run everything, with an embedded server unless one is configured, until told to stop.

    Raises:
        AlreadyRunning: another Wireroom runs on this data directory.
        ServerFailed: the embedded server did not start.
        SettingsError: the web port cannot be listened on.
    """
    with Lock(settings.data) as lock:
        run(settings, config, ROLES, lock)


def run(
    settings: Settings, config: Path | None, roles: Collection[str], lock: Lock | None = None
) -> None:
    """Run the processes *roles* and keep them running, until told to stop. Raises as ``up``."""
    with ExitStack() as stack:
        supervisor = stack.enter_context(Supervisor(stop_seconds=settings.worker.stop_seconds))
        listener = None
        if "web" in roles:
            listener = stack.enter_context(listen(settings.web.host, settings.web.port))
            settings = _on_port(settings, listener.getsockname()[1])
        if lock is not None:
            lock.note("\n".join((settings.address, str(config.absolute()) if config else "")))
        desk = Desk(settings)
        if "worker" in roles or "watcher" in roles:  # the others may be unable to write to it
            desk.drop.prepare()
        if not settings.redis_url:
            supervisor.children.append(stack.enter_context(_server(settings)))
        children = _children(supervisor, settings, config, roles, desk.redis_url, listener)
        _watch(supervisor, settings, children)
        if set(roles) == set(ROLES):
            _greet(settings)
        supervisor.run()
    say("stopped")


@contextmanager
def _server(settings: Settings) -> Iterator[Child]:
    """Start the embedded server, and leave nothing of it behind."""
    server = Server(
        settings.data,
        maxmemory=settings.server.maxmemory,
        appendfsync=settings.server.appendfsync,
    )
    server.clear()
    child = Child("valkey", server.start_mending)
    try:
        child.start()
        yield child
    finally:
        child.end(settings.worker.stop_seconds)
        server.leave()


def _children(  # noqa: PLR0913, PLR0917 - the parts of a running Wireroom
    supervisor: Supervisor,
    settings: Settings,
    config: Path | None,
    roles: Collection[str],
    redis_url: str,
    listener: socket.socket | None,
) -> dict[str, Child]:
    """Add the processes *roles*; each reads the settings anew, with what was decided here."""
    environment = {
        "WIREROOM_DATA_DIR": str(settings.data),
        "WIREROOM_REDIS_URL": redis_url,
        "WIREROOM_WEB_PORT": str(settings.web.port),
        **({"WIREROOM_CONFIG": str(config.absolute())} if config else {}),
    }
    children = {}
    for name in roles:
        if name == "web" and listener is not None:
            handle = listener.fileno()
            start = supervisor.python(name, {**environment, LISTENER: str(handle)}, handle)
        else:
            start = supervisor.python(name, environment)
        children[name] = supervisor.add(name, start)
    return children


def _watch(supervisor: Supervisor, settings: Settings, children: dict[str, Child]) -> None:
    """Have a worker and a beat restarted that look alive and do nothing."""
    pulse = servers.pulse(settings, answer_seconds=_LOOK_SECONDS)

    def finished() -> int | None:
        """Return the tasks finished so far; None while none wait."""
        try:
            waiting = sum(pulse.queues().values())
            return pulse.beats().get("worker", 0) if waiting else None
        except StoreUnavailable:
            return None

    def ticked() -> int | None:
        """Return the ticks that beat has sent so far; None while Redis is away."""
        try:
            return pulse.beats().get("beat", 0)
        except StoreUnavailable:
            return None

    if "worker" in children:
        stall = settings.worker.stall_seconds
        supervisor.watches.append(Watch(children["worker"], stall, finished))
    if "beat" in children:
        supervisor.watches.append(Watch(children["beat"], _DEAF_SECONDS, ticked))


def _on_port(settings: Settings, port: int) -> Settings:
    """Return *settings* with the port that is really listened on, where 0 was asked for."""
    return msgspec.structs.replace(settings, web=msgspec.structs.replace(settings.web, port=port))


def _greet(settings: Settings) -> None:
    """Say where to drop, where to read and how to stop."""
    say(f"drop articles into  {settings.drop_folder}")
    say(f"read the feeds at   {settings.address}/")
    say("stop with           Ctrl-C")
