"""The command ``wireroom``. Exit status: 0 done, 1 failed, 2 wrong usage or configuration."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import msgspec

from config.settings import Settings, load
from feeds.errors import SettingsError, UnknownFeed
from feeds.model import Verdict

from .command import (
    config_option,
    data_option,
    failing_kindly,
    json_option,
    open_desk,
    settings_of,
)
from .sources import poll, sources
from .stories import merge, replay, split

_files = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wireroom", prog_name="wireroom")
def main() -> None:
    """Articles in, RSS, Atom and JSON feeds out, each story once."""


@main.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65_535), help="Where to serve; 0 picks a free port.")
@config_option
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
@data_option
@config_option
@failing_kindly
def run(roles: tuple[str, ...], data: Path | None, config: Path | None) -> None:
    """Run some processes of `up`, as containers do.

    They need a configured Redis: redis_url in the settings, or WIREROOM_REDIS_URL.
    """
    from .up import run as run_roles  # noqa: PLC0415

    settings = settings_of(data, config)
    if not settings.redis_url:
        raise SettingsError("settings", "redis_url", "must be set (WIREROOM_REDIS_URL) for `run`")
    run_roles(settings, config, roles)


@main.command()
@_files
@data_option
@config_option
@json_option
@failing_kindly
def ingest(paths: tuple[Path, ...], data: Path | None, config: Path | None, as_json: bool) -> None:
    """Read files now, publish, and print the report.

    A folder stands for all files below it. The files stay where they are; those in the drop folder
    go where they would if the worker had taken them.

    Exit status 1 if everything was rejected.
    """
    from . import reports  # noqa: PLC0415

    settings = settings_of(data, config, **({"log": _quiet(load(config))} if as_json else {}))
    with open_desk(settings, fresh=True) as desk:
        done = desk.files_in_place(reports.files_below(paths))
        desk.publish()
    reports.print_report(done, settings, as_json=as_json)
    verdicts = {outcome.verdict for _, report in done for outcome in report.outcomes}
    sys.exit(1 if verdicts == {Verdict.REJECTED} else 0)


@main.command()
@_files
@config_option
@json_option
@failing_kindly
def parse(paths: tuple[Path, ...], config: Path | None, as_json: bool) -> None:
    """Show what files are read as; store nothing.

    A line an article, or why a file is rejected.

    Exit status 1 if anything was rejected.
    """
    from . import reports  # noqa: PLC0415

    settings = settings_of(None, config)
    fine = [
        reports.print_parsed(path, settings, as_json=as_json) for path in reports.files_below(paths)
    ]
    sys.exit(0 if all(fine) else 1)


@main.command()
@click.argument("feeds", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Tell what would change, and change nothing.")
@click.option("--diff", is_flag=True, help="With --dry-run: tell of each item, as a unified diff.")
@data_option
@config_option
@json_option
@failing_kindly
def publish(  # noqa: PLR0913, PLR0917 - the options of a command
    feeds: tuple[str, ...],
    dry_run: bool,
    diff: bool,
    data: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Render feeds now: those named, or all of them.

    With --dry-run and a changed file of settings: what the new rules would do before they are live.
    """
    from . import reports  # noqa: PLC0415

    if diff and not dry_run:
        raise click.UsageError("--diff goes with --dry-run")
    with open_desk(settings_of(data, config)) as desk:
        if dry_run:
            reports.print_preview(desk.preview.changes(feeds), as_json=as_json, diff=diff)
            return
        desk.refile()
        known = desk.store.shelf.feeds()
        for name in feeds:
            if name not in known:
                raise UnknownFeed(name, ", ".join(known))
        written = desk.publish(feeds or list(known) or ["all"])
    reports.print_written(written, as_json=as_json)


@main.command()
@click.argument("asked")
@data_option
@config_option
@json_option
@failing_kindly
def explain(asked: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Tell what happened to an article.

    ASKED is its id, its address, its page, a file that holds it, or an inbox entry.
    """
    from . import explain as explaining  # noqa: PLC0415

    settings = settings_of(data, config)
    with open_desk(settings) as desk:
        explaining.print_story(desk, asked, as_json=as_json)


@main.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why, for the audit record and the stub.")
@data_option
@config_option
@failing_kindly
def withdraw(id: str, reason: str, data: Path | None, config: Path | None) -> None:  # noqa: A002 - the contract's name
    """Take an article back.

    Every feed that held it shows a stub under its id, its page answers 410, and it never comes back
    unless it is restored.
    """
    _decide(data, config, id, reason)


@main.command()
@data_option
@config_option
@json_option
@failing_kindly
def held(data: Path | None, config: Path | None, as_json: bool) -> None:
    """List what is not shown now, and why.

    `restore` shows one of them.
    """
    from . import reports  # noqa: PLC0415

    with open_desk(settings_of(data, config)) as desk:
        reports.print_held(desk, as_json=as_json)


@main.command()
@click.argument("id")
@data_option
@config_option
@failing_kindly
def restore(id: str, data: Path | None, config: Path | None) -> None:  # noqa: A002
    """Undo a withdrawal, or show what is held."""
    _decide(data, config, id, None)


def _decide(data: Path | None, config: Path | None, article_id: str, reason: str | None) -> None:
    from .desk import now, person  # noqa: PLC0415

    with open_desk(settings_of(data, config)) as desk:
        if reason is None:
            done = desk.line.restore(article_id, person(), now())
        else:
            done = desk.store.editorial.withdraw(article_id, reason, person(), now())
        desk.publish()
    verb = "restored" if reason is None else "withdrawn"
    click.echo(f"{verb} {article_id}" if done else f"{article_id} was {verb} already")


@main.command()
@data_option
@config_option
@failing_kindly
def prune(data: Path | None, config: Path | None) -> None:
    """Let go of articles that are past their time."""
    with open_desk(settings_of(data, config)) as desk:
        click.echo(f"let go of {desk.prune()} articles")


@main.command()
@data_option
@config_option
@json_option
@click.option("--watch", is_flag=True, help="Show it again every two seconds.")
@failing_kindly
def status(data: Path | None, config: Path | None, as_json: bool, watch: bool) -> None:
    """Tell what Wireroom is doing."""
    from . import reports  # noqa: PLC0415

    settings = settings_of(data, config)
    with open_desk(settings) as desk, suppress(KeyboardInterrupt):  # which ends the watching
        reports.print_status(desk, as_json=as_json, watch=watch)


@main.command()
@data_option
@config_option
@json_option
@failing_kindly
def doctor(data: Path | None, config: Path | None, as_json: bool) -> None:
    """Tell what is wrong and how to mend it. Exit status 1 if anything is."""
    from .doctor import examine, show  # noqa: PLC0415

    findings = examine(settings_of(data, config))
    show(findings, as_json=as_json)
    sys.exit(1 if any(finding.level == "fail" for finding in findings) else 0)


@main.command()
@click.argument("roles", nargs=-1, required=True, type=click.Choice(["worker", "beat", "web"]))
@data_option
@config_option
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


main.add_command(sources)
main.add_command(split)
main.add_command(merge)
main.add_command(replay)
main.add_command(poll)
