"""``wireroom doctor``: what is wrong and how to mend it, a line for each thing looked at."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from config.settings import Settings
from feeds.errors import ServerFailed, StoreUnavailable
from feeds.store.connection import Connection, is_cluster
from feeds.store.memory import ALARM, FULL, Budget
from feeds.store.pulse import told_of

from . import memory, servers
from .desk import Desk, now
from .valkey import answers, binary

_FREE_BYTES = 200_000_000
"""Less room than this and files stay in the drop folder sooner or later."""

_INOTIFY = Path("/proc/sys/fs/inotify/max_user_watches")
_FEW_WATCHES = 8_192


Server = dict[str, Any]
"""What INFO says of a server."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: how it stands, and what to do."""

    level: Literal["ok", "warn", "fail"]
    about: str
    sentence: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; never raises."""
    looks: list[Callable[[Settings], Iterator[Finding]]] = [
        _folders,
        _disk,
        _watches,
        _address,
        _redis,
    ]
    return [finding for look in looks for finding in look(settings)]


def show(findings: list[Finding], *, as_json: bool) -> None:
    """Print *findings*."""
    if as_json:
        click.echo(msgspec.json.encode(findings).decode())
        return
    colours = {"ok": "green", "warn": "yellow", "fail": "red"}
    for finding in findings:
        level = click.style(f"{finding.level:<5}", fg=colours[finding.level])
        click.echo(f"{level} {finding.about:<14} {finding.sentence}")


def _folders(settings: Settings) -> Iterator[Finding]:
    for folder in (settings.data, settings.drop_folder, settings.public_folder):
        place = next(path for path in (folder, *folder.parents) if path.exists())
        if not os.access(place, os.W_OK | os.X_OK):
            yield Finding("fail", "folder", f"{place} cannot be written to: give it to this user")
            return
    yield Finding("ok", "folders", f"{settings.data} can be written to")


def _disk(settings: Settings) -> Iterator[Finding]:
    place = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(place).free
    level: Literal["ok", "fail"] = "ok" if free > _FREE_BYTES else "fail"
    advice = "" if level == "ok" else ": make room, or articles wait in the drop folder"
    yield Finding(level, "disk", f"{free / 1e9:.1f} GB free{advice}")


def _watches(settings: Settings) -> Iterator[Finding]:
    del settings
    if sys.platform != "linux":
        yield Finding("ok", "watcher", "no inotify here: the folder is looked at 4 times a second")
        return
    try:
        most = int(_INOTIFY.read_text("ascii"))
    except (OSError, ValueError):
        return
    if most < _FEW_WATCHES:
        yield Finding(
            "warn",
            "watcher",
            f"only {most} folders can be watched: raise fs.inotify.max_user_watches; "
            "what is not watched is found by the sweeps",
        )
    else:
        yield Finding("ok", "watcher", f"inotify, up to {most:,} folders")


def _address(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url:
        yield Finding(
            "warn",
            "public_url",
            f"is not set, so the feeds say {settings.address}: set it before others subscribe",
        )
    else:
        yield Finding("ok", "public_url", settings.address)


def _redis(settings: Settings) -> Iterator[Finding]:
    store, broker = servers.connections(settings)
    if not settings.redis_url and not answers(broker.url):
        try:
            yield Finding("ok", "server", f"embedded ({binary()}), not running now")
        except ServerFailed as error:
            yield Finding("fail", "server", error.problem)
        if not servers.apart(settings):
            return
    elif servers.apart(settings):
        yield from _looked_at(broker, "broker", "redis_url", _broker)
    setting = "store_url" if servers.apart(settings) else "redis_url"
    yield from _looked_at(store, "server", setting, _store)
    with suppress(StoreUnavailable):
        yield from _memory(Desk(settings).store.memory.look(now()))


def _looked_at(
    connection: Connection, about: str, setting: str, look: Callable[[Server], Iterator[Finding]]
) -> Iterator[Finding]:
    """Yield what there is to say of a server, which *setting* names."""
    try:
        server = connection.information("looking at it")
    except StoreUnavailable as error:
        yield Finding("fail", about, f"{error}: start it, or mend {setting}")
        return
    if server.get("cluster_enabled") and not is_cluster(connection.url):
        sentence = "is a node of a cluster: say redis+cluster:// in store_url, and set namespace"
        yield Finding("fail", about, f"{told_of(server)['server']} {sentence}")
        return
    yield Finding("ok", about, f"{told_of(server)['server']} answers")
    yield from look(server)


def _store(server: Server) -> Iterator[Finding]:
    figures = told_of(server)
    if figures["eviction"] != "noeviction":
        yield Finding(
            "fail",
            "eviction",
            f"maxmemory-policy is {figures['eviction']}: an identity that is evicted is a story "
            "published twice; set it to noeviction",
        )
    if figures["persistence"] != "aof":
        yield Finding(
            "warn",
            "persistence",
            "no append-only file: what was admitted since the last snapshot is lost in a crash; "
            "set appendonly yes",
        )


def _broker(server: Server) -> Iterator[Finding]:
    figures = told_of(server)
    if figures["eviction"] != "noeviction":
        yield Finding(
            "warn",
            "eviction",
            f"maxmemory-policy of the broker is {figures['eviction']}: messages may go, and work "
            "waits for beat; set it to noeviction",
        )
    limit, used = figures["memory_limit_bytes"], figures["memory_bytes"]
    if limit and used > ALARM * limit:
        sentence = "used by the broker: raise its maxmemory, a full one takes no message"
        yield Finding("warn", "memory", f"{used / 1e6:.0f} of {limit / 1e6:.0f} MB {sentence}")


def _memory(budget: Budget) -> Iterator[Finding]:
    if not budget.limit:
        yield Finding(
            "warn",
            "memory",
            "nothing limits it, and a machine without memory kills the server: set maxmemory, or "
            "memory_megabytes in [retention]",
        )
    elif budget.share < ALARM:
        yield Finding("ok", "memory", memory.stands(budget))
    else:
        level: Literal["warn", "fail"] = "fail" if budget.share >= FULL else "warn"
        yield Finding(level, "memory", memory.runs_short(budget))
