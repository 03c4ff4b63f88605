"""The commands ``wireroom sources ...`` and ``wireroom poll``: the registry, by hand."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from feeds.errors import NoFeed, WireroomError
from feeds.polling import Polled
from feeds.push import end
from feeds.read import opml
from feeds.read.guard import Guard
from feeds.read.politeness import flags
from feeds.store.sources import FLAGS
from feeds.upstream import Registered, Subscription

from .command import (
    config_option,
    data_option,
    failing_kindly,
    json_option,
    open_desk,
    settings_of,
)
from .desk import Desk, now
from .register import add_seen, source_of
from .upstreams import Upstreams

_SPREAD_SECONDS = 3_600
"""Sources that are imported together are polled for the first time within so long."""

_POLL_SECONDS = 600.0
"""How long ``wireroom poll`` goes on while hosts rest."""

_STATES = ("paused", "due", *FLAGS)
_several = click.argument("asked", nargs=-1, required=True, metavar="SOURCE...")


@click.group()
def sources() -> None:
    """Upstream feeds: which are read, and how they are."""


@sources.command("list")
@click.option("--only", type=click.Choice(_STATES), help="Those in this state alone.")
@data_option
@config_option
@json_option
@failing_kindly
def list_(only: str | None, data: Path | None, config: Path | None, as_json: bool) -> None:
    """List the sources and how each is."""
    with open_desk(settings_of(data, config)) as desk:
        rows = [(one, _state(one)) for one in _sorted(desk.store.sources.all())]
        pushed = desk.store.subscriptions.of([one.source.id for one, _ in rows])
    for one, state in rows:
        if only is None or only in state:
            push = pushed.get(one.source.id)
            click.echo(
                msgspec.json.encode(_row(one, state, push)).decode()
                if as_json
                else _told(one, state, push)
            )


@sources.command()
@click.argument("address")
@click.option("--title", default="", help="What to credit its stories to; else its own title.")
@click.option(
    "--interval", type=click.IntRange(0), default=0, help="Seconds between polls, at least."
)
@click.option("--header", "headers", multiple=True, help="'Name: value' to send to it, e.g. a key.")
@click.option("--language", help="BCP 47, of entries that do not say.")
@click.option("--timezone", help="Of dates that name none, e.g. Europe/Berlin.")
@click.option("--day-first/--month-first", default=None, help="What 05/06/2026 means there.")
@click.option("--category", "categories", multiple=True, help="To add to each of its entries.")
@click.option("--full-text", is_flag=True, help="Take the text of the pages that it links to.")
@click.option("--unseen", is_flag=True, help="Register it without looking at it.")
@data_option
@config_option
@failing_kindly
def add(address: str, unseen: bool, data: Path | None, config: Path | None, **said: Any) -> None:  # noqa: ANN401
    """Add the feed at ADDRESS, or the one that the web page there names, and read it."""
    source = source_of(address, **said)
    with open_desk(settings_of(data, config), fresh=True) as desk:
        registry = desk.store.sources
        if (known := registry.find(source.id)) is not None:
            raise NoFeed(source.id, f"it is a source already ({known})")
        if unseen:
            registry.add([(source, now())], now())
            click.echo(f"added {source.id}")
            return
        polled = add_seen(Upstreams(desk).poller, source)
        click.echo(f"added {polled.source}  {polled.poll.title}")
        click.echo(_outcome(polled))
        desk.publish()


@sources.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--folders", is_flag=True, help="The folders of the list become categories.")
@data_option
@config_option
@failing_kindly
def import_(file: Path, folders: bool, data: Path | None, config: Path | None) -> None:
    """Add the feeds of an OPML FILE; they are read one after the other within the hour."""
    settings = settings_of(data, config)
    guard = Guard(settings.poll.allowed_networks)
    outlines, found = opml.read(file.read_bytes()), []
    for one in outlines:
        try:
            source = source_of(one.url, title=one.title, categories=one.folders if folders else ())
            if why := guard.allows_url(source.id):
                raise NoFeed(source.id, why)
        except WireroomError as error:
            click.echo(f"wireroom: left out: {error}", err=True)
        else:
            found.append(source)
    with open_desk(settings, fresh=True) as desk:
        begin = now()
        spread = [begin + timedelta(seconds=random.uniform(0, _SPREAD_SECONDS)) for _ in found]  # noqa: S311
        added = sum(desk.store.sources.add(list(zip(found, spread, strict=True)), begin))
    click.echo(f"added {added} of {len(outlines)} sources")


@sources.command()
@data_option
@config_option
@failing_kindly
def export(data: Path | None, config: Path | None) -> None:
    """Print the sources as OPML; headers stay out of it."""
    with open_desk(settings_of(data, config)) as desk:
        outlines = [
            opml.Outline(
                one.poll.address, one.source.title or one.poll.title, "", one.source.categories[:1]
            )
            for one in desk.store.sources.all()
        ]
    click.echo(opml.write(outlines, "Sources of Wireroom").decode(), nl=False)


@sources.command()
@_several
@data_option
@config_option
@failing_kindly
def pause(asked: tuple[str, ...], data: Path | None, config: Path | None) -> None:
    """Poll sources no more until they are resumed."""
    with open_desk(settings_of(data, config)) as desk:
        for one in _named(desk, asked):
            desk.store.sources.change(msgspec.structs.replace(one.source, paused=True), now())
            end(desk.store, [one.source.id], now())
            click.echo(f"paused {one.source.id}")


@sources.command()
@_several
@data_option
@config_option
@failing_kindly
def resume(asked: tuple[str, ...], data: Path | None, config: Path | None) -> None:
    """Poll sources again that were paused or suspended."""
    with open_desk(settings_of(data, config)) as desk:
        for one in _named(desk, asked):
            desk.store.sources.resume(one, now())
            click.echo(f"resumed {one.source.id}")


@sources.command()
@_several
@data_option
@config_option
@failing_kindly
def remove(asked: tuple[str, ...], data: Path | None, config: Path | None) -> None:
    """Forget sources; the stories that came from them stay."""
    with open_desk(settings_of(data, config)) as desk:
        ids = [one.source.id for one in _named(desk, asked)]
        desk.store.sources.remove(ids)
        end(desk.store, ids, now())
    for one in ids:
        click.echo(f"removed {one}")


@click.command()
@click.argument("asked", nargs=-1, metavar="[SOURCE]...")
@click.option("--all", "everything", is_flag=True, help="All sources, due or not.")
@data_option
@config_option
@json_option
@failing_kindly
def poll(
    asked: tuple[str, ...], everything: bool, data: Path | None, config: Path | None, as_json: bool
) -> None:
    """Fetch sources now: those named, or those that are due. Exit status 1 if one failed."""
    settings = settings_of(data, config)
    if as_json:  # standard output is the report's alone
        settings = settings_of(
            data, config, log=msgspec.structs.replace(settings.log, level="warning")
        )
    failed = False
    with open_desk(settings) as desk:
        for polled in _polled(desk, asked, everything=everything):
            failed = failed or bool(polled.poll.problem)
            click.echo(_line(polled) if as_json else _outcome(polled))
        desk.publish()
    sys.exit(1 if failed else 0)


def _polled(desk: Desk, asked: tuple[str, ...], *, everything: bool) -> Iterator[Polled]:
    upstreams = Upstreams(desk)
    if everything:
        asked = tuple(one.source.id for one in _sorted(desk.store.sources.all()))
    if asked:
        yield from upstreams.poll(asked, _POLL_SECONDS)
    else:
        yield from upstreams.poll_due()


def _named(desk: Desk, asked: Iterable[str]) -> list[Registered]:
    upstreams = Upstreams(desk)
    ids = [upstreams.source(one) for one in asked]
    found = desk.store.sources.get(ids)
    return [found[one] for one in dict.fromkeys(ids)]


def _sorted(found: Iterable[Registered]) -> list[Registered]:
    return sorted(found, key=lambda one: one.source.id)


def _state(one: Registered) -> list[str]:
    """Return the words for how a source is."""
    moment = now()
    found = sorted(flags(one.poll, moment))
    if one.source.paused:
        return ["paused", *found]
    return [*found, *(["due"] if one.poll.due and one.poll.due <= moment else [])]


def _told(one: Registered, state: list[str], push: Subscription | None) -> str:
    """Return a source in a line for a person."""
    said = ", ".join(state) or "ok"
    due = (
        f"next {one.poll.due:%Y-%m-%d %H:%M} UTC" if one.poll.due and "paused" not in state else ""
    )
    why = one.poll.suspended or one.poll.problem
    pages = "full text" if one.source.full_text else ""
    name = one.source.title or one.poll.title
    parts = (one.source.id, name, said, due, why, pages, _pushed(push))
    return "  ".join(part for part in parts if part)


def _pushed(push: Subscription | None) -> str:
    """Return for a person how it stands with the hub of a source."""
    if push is None:
        return ""
    until = f" until {push.until:%Y-%m-%d %H:%M} UTC" if push.until else ""
    why = f" ({push.reason})" if push.reason else ""
    return f"push {push.state(now())}{until}{why}"


def _row(one: Registered, state: list[str], push: Subscription | None) -> dict[str, Any]:
    """Return a source for programs; the values of its headers are secrets, as is much of *push*."""
    hidden = [name for name, _ in one.source.headers]
    source = msgspec.to_builtins(one.source)
    learnt = msgspec.to_builtins(one.poll)
    del learnt["address"]
    return {
        **source,
        **({"headers": hidden} if hidden else {}),
        "address": one.poll.address,
        "state": state,
        "poll": learnt,
        **({"push": _push_row(push)} if push else {}),
    }


def _push_row(push: Subscription) -> dict[str, Any]:
    shown = ("hub", "topic", "until", "reason", "asked", "pinged")
    told = {name: getattr(push, name) for name in shown}
    return {"state": push.state(now()), **{name: said for name, said in told.items() if said}}


def _outcome(polled: Polled) -> str:
    """Return what a poll brought, in a line for a person."""
    found = polled.poll
    tally = ", ".join(
        f"{count} {verdict}" for verdict, count in sorted(polled.report.tally.items())
    )
    due = f"next {found.due:%H:%M} UTC" if found.due else "suspended"
    return f"{polled.source}  {found.suspended or found.problem or tally or 'nothing new'}  {due}"


def _line(polled: Polled) -> str:
    """Return what a poll brought, as JSON."""
    tally = {str(verdict): count for verdict, count in sorted(polled.report.tally.items())}
    return msgspec.json.encode(
        {
            "source": polled.source,
            "status": polled.poll.status,
            "problem": polled.poll.suspended or polled.poll.problem,
            "read": len(polled.report.outcomes),
            "tally": tally,
            "outcomes": polled.report.outcomes,
            "due": polled.poll.due,
        }
    ).decode()
