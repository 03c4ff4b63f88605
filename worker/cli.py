"""The command ``wireroom``. Exit status: 0 done, 1 failed, 2 wrong usage or configuration."""

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
from feeds.errors import AlreadyRunning, SettingsError, UnknownFeed, WireroomError

from .desk import Desk
from .logs import set_up
from .valkey import Lock, Server, answers

Parameters = ParamSpec("Parameters")

_data = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data directory."
)
_config = click.option(
    "--config",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A TOML file of settings; config/defaults.toml lists all of them.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_files = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)


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

    return run


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """Yield a desk over a running server: the configured one, that of ``up``, or one of our own.

    One of our own ends with the command.
    """
    desk = Desk(settings)
    if settings.redis_url or answers(desk.redis_url):
        yield desk
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wireroom", prog_name="wireroom")
def main() -> None:
    """Articles in, RSS, Atom and JSON feeds out, each story once."""


@main.command()
@_data
@click.option("--port", type=click.IntRange(0, 65_535), help="Where to serve; 0 picks a free port.")
@_config
@failing_kindly
def up(data: Path | None, port: int | None, config: Path | None) -> None:
    """Run everything on this machine, until Ctrl-C."""
    from .up import up as run_up  # noqa: PLC0415 - the other commands need none of it

    settings = settings_of(data, config)
    if port is not None:
        web = msgspec.structs.replace(settings.web, port=port)
        settings = msgspec.structs.replace(settings, web=web)
    run_up(settings, config)


@main.command()
@click.argument(
    "roles", nargs=-1, required=True, type=click.Choice(["worker", "beat", "web", "watcher"])
)
@_data
@_config
@failing_kindly
def run(roles: tuple[str, ...], data: Path | None, config: Path | None) -> None:
    """Run some of the processes of `up` against a configured Redis, as containers do."""
    from .up import run as run_roles  # noqa: PLC0415

    settings = settings_of(data, config)
    if not settings.redis_url:
        raise SettingsError("settings", "redis_url", "must be set (WIREROOM_REDIS_URL) for `run`")
    run_roles(settings, config, roles)


@main.command()
@_files
@_data
@_config
@_json
@failing_kindly
def ingest(paths: tuple[Path, ...], data: Path | None, config: Path | None, as_json: bool) -> None:
    """Read files (or all files below folders) now, publish, and print the report."""
    from . import reports  # noqa: PLC0415

    settings = settings_of(data, config, **({"log": _quiet(load(config))} if as_json else {}))
    with open_desk(settings) as desk:
        done = desk.files_in_place(reports.files_below(paths))
        desk.publish()
    reports.print_report(done, settings, as_json=as_json)


@main.command()
@_files
@_config
@_json
@failing_kindly
def parse(paths: tuple[Path, ...], config: Path | None, as_json: bool) -> None:
    """Show what files are read as, or why they are rejected; store nothing."""
    from . import reports  # noqa: PLC0415

    settings = settings_of(None, config)
    fine = [
        reports.print_parsed(path, settings, as_json=as_json) for path in reports.files_below(paths)
    ]
    sys.exit(0 if all(fine) else 1)


@main.command()
@click.argument("feeds", nargs=-1)
@_data
@_config
@failing_kindly
def publish(feeds: tuple[str, ...], data: Path | None, config: Path | None) -> None:
    """Render feeds now: those named, or all of them."""
    with open_desk(settings_of(data, config)) as desk:
        known = desk.store.shelf.feeds()
        for name in feeds:
            if name not in known:
                raise UnknownFeed(name, ", ".join(known))
        written = desk.publish(feeds or list(known) or ["all"])
    for path in written:
        click.echo(path)
    click.echo(f"{len(written)} files changed", err=True)


@main.command()
@click.argument("asked")
@_data
@_config
@_json
@failing_kindly
def explain(asked: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Tell everything that happened to an article, given its ID, its address or its file."""
    from . import reports  # noqa: PLC0415

    settings = settings_of(data, config)
    with open_desk(settings) as desk:
        reports.print_story(desk, asked, as_json=as_json)


@main.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why, for the audit record and the stub.")
@_data
@_config
@failing_kindly
def withdraw(id: str, reason: str, data: Path | None, config: Path | None) -> None:  # noqa: A002 - the contract's name
    """Take an article back: every feed that held it shows a stub under its id."""
    _decide(data, config, id, reason)


@main.command()
@click.argument("id")
@_data
@_config
@failing_kindly
def restore(id: str, data: Path | None, config: Path | None) -> None:  # noqa: A002
    """Undo a withdrawal."""
    _decide(data, config, id, None)


def _decide(data: Path | None, config: Path | None, article_id: str, reason: str | None) -> None:
    from .desk import now, person  # noqa: PLC0415

    with open_desk(settings_of(data, config)) as desk:
        editorial = desk.store.editorial
        if reason is None:
            done = editorial.restore(article_id, person(), now())
        else:
            done = editorial.withdraw(article_id, reason, person(), now())
        desk.publish()
    verb = "restored" if reason is None else "withdrawn"
    click.echo(f"{verb} {article_id}" if done else f"{article_id} was {verb} already")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@_data
@_config
@failing_kindly
def replay(paths: tuple[Path, ...], data: Path | None, config: Path | None) -> None:
    """Put what was rejected or a duplicate back into the drop folder, to be judged anew."""
    with open_desk(settings_of(data, config)) as desk:
        again = desk.replay(paths)
        if not again:
            click.echo("nothing was rejected or a duplicate")
            return
        desk.files(again)
        desk.publish()


@main.command()
@_data
@_config
@_json
@click.option("--watch", is_flag=True, help="Show it again every two seconds.")
@failing_kindly
def status(data: Path | None, config: Path | None, as_json: bool, watch: bool) -> None:
    """Tell what Wireroom is doing."""
    from . import reports  # noqa: PLC0415

    settings = settings_of(data, config)
    with open_desk(settings) as desk:
        reports.print_status(desk, as_json=as_json, watch=watch)


@main.command()
@_data
@_config
@_json
@failing_kindly
def doctor(data: Path | None, config: Path | None, as_json: bool) -> None:
    """Tell what is wrong and how to mend it. Exit status 1 if anything is."""
    from .doctor import examine, show  # noqa: PLC0415

    findings = examine(settings_of(data, config))
    show(findings, as_json=as_json)
    sys.exit(1 if any(finding.level == "fail" for finding in findings) else 0)


@main.command()
@click.argument("roles", nargs=-1, required=True, type=click.Choice(["worker", "beat", "web"]))
@_data
@_config
@failing_kindly
def healthcheck(roles: tuple[str, ...], data: Path | None, config: Path | None) -> None:
    """Tell whether parts of a running Wireroom live and work. Exit status 1 if one does not."""
    from .health import ailment  # noqa: PLC0415

    settings = settings_of(data, config)
    ailments = [found for role in roles if (found := ailment(role, settings))]
    for found in ailments:
        click.echo(f"wireroom: {found}", err=True)
    sys.exit(1 if ailments else 0)


def _quiet(settings: Settings) -> Any:  # noqa: ANN401 - a section of settings
    """Return the log settings with which standard output is the report's alone."""
    return msgspec.structs.replace(settings.log, level="warning")
