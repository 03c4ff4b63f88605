"""What every command shares: its options, its settings, its errors, and a desk over a server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click
import msgspec

from config.settings import Settings, load
from feeds.errors import AlreadyRunning, SettingsError, WireroomError

from .desk import Desk
from .logs import set_up
from .valkey import Lock, Server, answers

Parameters = ParamSpec("Parameters")

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data directory [./wireroom-data].",
)
config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A TOML file of settings; config/defaults.toml lists all of them.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def settings_of(data: Path | None, config: Path | None, **changes: Any) -> Settings:  # noqa: ANN401 - values of settings
    """Return the settings with what the command line says on top, and set up the log."""
    settings = load(config)
    if data is not None:
        settings = msgspec.structs.replace(settings, data_dir=str(data))
    settings = msgspec.structs.replace(settings, **changes)
    set_up(settings.log)
    return settings


def failing_kindly(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Turn our own errors into one sentence on standard error and the exit status."""

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (SettingsError, AlreadyRunning) as error:
            click.echo(f"wireroom: {error}", err=True)
            sys.exit(2)
        except WireroomError as error:
            click.echo(f"wireroom: {error}", err=True)
            sys.exit(1)
        except PermissionError as error:
            click.echo(f"wireroom: {error.filename}: {error.strerror}", err=True)
            sys.exit(1)

    return run


@contextmanager
def open_desk(settings: Settings, *, fresh: bool = False) -> Iterator[Desk]:
    """Yield a desk over a running server: the configured one, that of ``up``, or one of our own.

    One of our own ends with the command. Only a *fresh* start makes a data directory.

    Raises:
        SettingsError: there is no data directory.
    """
    if not fresh and not settings.redis_url and not settings.data.exists():
        problem = f"there is none at {settings.data}; name another with --data"
        raise SettingsError("settings", "data_dir", problem)
    desk = Desk(settings)
    if settings.redis_url:
        yield desk
        return
    if answers(desk.redis_url):
        yield Desk(_at_its_address(settings))
        return
    options = settings.server
    server = Server(settings.data, maxmemory=options.maxmemory, appendfsync=options.appendfsync)
    with Lock(settings.data):
        server.clear()
        process = server.start_mending()
        try:
            yield desk
        finally:
            desk.store.connection.close()
            process.terminate()
            process.wait()
            server.leave()


def _at_its_address(settings: Settings) -> Settings:
    """Return *settings* with what the running ``up`` publishes by, unless they say other.

    What a command publishes must be, byte for byte, what the worker would; the port of ``up`` may
    have been given on its command line, and its file need not be named again.
    """
    address, _, config = Lock(settings.data).path.read_text("utf-8").partition("\n")
    settings = msgspec.structs.replace(settings, public_url=settings.public_url or address)
    if not config or _publishing(settings) != _publishing(load()):
        return settings
    return msgspec.structs.replace(settings, **_publishing(load(Path(config))))


def _publishing(settings: Settings) -> dict[str, Any]:
    """Return the sections of *settings* that decide what is published."""
    return {name: getattr(settings, name) for name in ("site", "publish", "feeds")}
