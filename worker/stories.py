"""The commands that correct stories: split, merge, and replay after a rule has changed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from feeds.rejudging import Change, apply, changes

from .command import config_option, data_option, failing_kindly, json_option, open_desk, settings_of
from .desk import Desk, now, person

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@click.command()
@click.argument("id")
@data_option
@config_option
@failing_kindly
def split(id: str, data: Path | None, config: Path | None) -> None:  # noqa: A002 - the contract's name
    """Say that an article is another story.

    It is not what it was taken for, and gets an entry of its own. If it came first of its story,
    it keeps the entry, and the others get one. Later copies join the one that they are likest to.
    """
    with open_desk(settings_of(data, config)) as desk:
        done = desk.store.grouping.split(id, person(), now())
        desk.publish()
    click.echo(f"split {id}" if done else f"{id} is one of no story: it stands alone")


@click.command()
@click.argument("id")
@click.argument("into")
@data_option
@config_option
@failing_kindly
def merge(id: str, into: str, data: Path | None, config: Path | None) -> None:  # noqa: A002 - as split has it
    """Say that two articles are one story.

    The entry of ID leaves the feeds, its page leads to the other, and later copies of either join
    INTO.
    """
    with open_desk(settings_of(data, config)) as desk:
        done = desk.store.grouping.merge(id, into, person(), now())
        desk.publish()
    click.echo(f"merged {id} into {into}" if done else f"{id} and {into} are one story already")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--since", help="Judge anew which articles are one story, of those from this date on."
)
@click.option("--until", help="To this date; now, if none is given.")
@click.option("--dry-run", is_flag=True, help="Change nothing.")
@click.option("--diff", is_flag=True, help="Show each article whose story is another, and why.")
@data_option
@config_option
@json_option
@failing_kindly
def replay(  # noqa: PLR0913, PLR0917 - an option each
    paths: tuple[Path, ...],
    since: str | None,
    until: str | None,
    dry_run: bool,
    diff: bool,
    data: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Judge anew, after a rule has changed.

    Files that were rejected or duplicates are put back into the drop folder: PATHS in _rejected and
    _duplicate, or all there is. With --since, stories are judged anew instead: which articles that
    came since then (2026-11-01, or 2026-11-01T06:00, or 7d for seven days ago) are one story by the
    thresholds that hold now. What a person split or merged stays as it is.
    """
    if since is None and (until or dry_run or diff):
        raise click.UsageError("--until, --dry-run and --diff need --since")
    at = now()
    first, last = (_moment(text, at) if text else at for text in (since, until))
    settings = settings_of(data, config)
    with open_desk(settings) as desk:
        if since is None:
            _replay_files(desk, paths)
            return
        found = changes(desk.store, settings.kinship, first, last, at)
        if not dry_run:
            apply(desk.store, found, person(), at)
            desk.publish()
    _show(found, diff=diff, dry_run=dry_run, as_json=as_json)


def _replay_files(desk: Desk, paths: tuple[Path, ...]) -> None:
    again = desk.replay(paths)
    if not again:
        click.echo("nothing was rejected or a duplicate")
        return
    desk.files(again)
    desk.publish()


def _moment(text: str, at: datetime) -> datetime:
    """Return the moment that *text* names: a date, a date and time (UTC if no zone), or 7d, 12h.

    Raises:
        click.BadParameter: it names none.
    """
    unit = {"d": timedelta(days=1), "h": timedelta(hours=1)}.get(text[-1:])
    try:
        if unit is not None:
            return at - float(text[:-1]) * unit
        named = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        problem = f"{text!r} is neither a date (2026-11-01) nor a time ago (7d, 12h)"
        raise click.BadParameter(problem) from None
    return max(_BEGINNING, named if named.tzinfo else named.replace(tzinfo=UTC))


def _show(found: list[Change], *, diff: bool, dry_run: bool, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    for change in found if diff else ():
        click.echo(f"{change.id}  {change.title}")
        click.echo(click.style(f"  - {_place(change, change.before)}", fg="red"))
        click.echo(click.style(f"  + {_place(change, change.after)}", fg="green"))
        click.echo(f"    {change.reason}")
    would = "would be" if dry_run else "are"
    click.echo(f"{len(found)} articles {would} of another story")


def _place(change: Change, story: str) -> str:
    return "stands alone" if story == change.id else f"a copy of {story}"
