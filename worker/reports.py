"""What the commands print: tables and sentences for people, JSON for programs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from config.settings import Settings
from feeds import reading
from feeds.dedupe.identity import named_in
from feeds.errors import RefusedFile
from feeds.intake import DROP_SOURCE
from feeds.model import Article, Rejection, Report
from feeds.normalise.markup import paragraphs
from feeds.preview import Change
from feeds.read.files import read_file
from feeds.read.names import walk

from .desk import Desk, now
from .status import Status

_LATEST = 10
_MOST_HELD = 200


def files_below(paths: Iterable[Path]) -> list[Path]:
    """Return the files at *paths*; a folder stands for all files below it that would be taken."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path / relative for relative, _ in walk(path))
        else:
            found.append(path)
    return found


def print_report(done: Sequence[tuple[Path, Report]], settings: Settings, *, as_json: bool) -> None:
    """Print what became of each file, and the sum."""
    total = Report(source="drop", outcomes=[one for _, report in done for one in report.outcomes])
    if as_json:
        files = [
            {"file": str(path), "outcomes": msgspec.to_builtins(report.outcomes)}
            for path, report in done
        ]
        tally = {str(verdict): count for verdict, count in sorted(total.tally.items())}
        print_json({"read": len(total.outcomes), "tally": tally, "files": files})
        return
    tally_text = ", ".join(f"{count} {verdict}" for verdict, count in sorted(total.tally.items()))
    click.echo(f"read {len(total.outcomes)} from {len(done)} files: {tally_text or 'nothing'}")
    click.echo(f"published in {settings.public_folder}")


def print_parsed(path: Path, settings: Settings, *, as_json: bool) -> bool:
    """Print what the file at *path* is read as; return whether anything could be read."""
    found = read(path, settings)
    for one in found:
        parsed = _parsed(path, one)
        if as_json:
            print_json(parsed)
        elif isinstance(one, Rejection):
            click.echo(f"{path}: rejected: {one.problem}")
        else:
            click.echo("\n".join(_lines(parsed)) + "\n")
    return any(isinstance(one, Article) for one in found)


def print_written(written: Sequence[str], *, as_json: bool) -> None:
    """Print which files were written."""
    if as_json:
        print_json({"written": written})
        return
    for path in written:
        click.echo(path)
    click.echo(f"{len(written)} files changed", err=True)


def print_preview(changes: Sequence[Change], *, as_json: bool, diff: bool) -> None:
    """Print what publishing would change; with *diff* every item of it."""
    if as_json:
        print_json(changes)
        return
    for change in changes:
        counts = f"{len(change.come)} come, {len(change.go)} go, {len(change.change)} change"
        click.echo(f"{change.feed}: {change.state}: {counts}")
        for line in change.head if diff else ():
            click.echo(f"  {line}")
        for line in change.diff if diff else ():
            click.echo(line)
        for entry in change.change if diff else ():
            click.echo(f"~{entry.id}  {entry.title}")
    if not changes:
        click.echo("nothing would change")


def print_held(desk: Desk, *, as_json: bool) -> None:
    """Print what is held, the latest first, each with the reason."""
    ids = desk.store.editorial.held(_MOST_HELD)
    stories = desk.store.shelf.articles(ids)
    held = [stories[one] for one in ids if one in stories]
    if as_json:
        print_json(
            [
                {"id": one.id, "title": one.article.title, "held": one.held, "since": one.changed}
                for one in held
            ]
        )
        return
    for one in held:
        click.echo(f"{one.id}  {one.changed:%Y-%m-%d %H:%M}  {one.article.title}: {one.held}")
    if not held:
        click.echo("nothing is held")


def print_status(desk: Desk, *, as_json: bool, watch: bool) -> None:
    """Print the figures, once or again and again."""
    while True:
        sections = Status(desk).sections()
        if as_json:
            print_json(sections)
        else:
            if watch:
                click.clear()
            for title, figures in sections.items():
                click.echo(click.style(title, bold=True))
                for figure, value in figures.items():
                    click.echo(f"  {figure:<24} {value if value is not None else '-'}")
            latest = desk.store.shelf.articles(desk.store.shelf.latest(_LATEST)).values()
            click.echo(click.style("latest articles", bold=True))
            for story in latest:
                click.echo(f"  {story.id}  {story.changed:%Y-%m-%d %H:%M}  {story.article.title}")
        if not watch:
            return
        time.sleep(2)


def read(path: Path, settings: Settings) -> list[Article | Rejection]:
    """Return what the file at *path* holds, or why it is rejected; stores nothing."""
    try:
        document = read_file(
            path.resolve(),
            path.name,
            DROP_SOURCE,
            now(),
            max_bytes=settings.drop.max_bytes,
            receipt=None,
        )
    except RefusedFile as error:
        return [reading.rejection(error, None)]
    return reading.read(document, settings.rules)


def _parsed(path: Path, one: Article | Rejection) -> dict[str, Any]:
    """Return one line of ``parse --json``: the contract's fields."""
    if isinstance(one, Rejection):
        return {"file": str(path), **msgspec.to_builtins(one)}  # as in NAME.reason.json
    [named] = named_in([one], path.name)
    return {
        "file": str(path),
        "format": one.format,
        "id": one.upstream_id or named.id,
        "title": one.title,
        "summary": one.summary,
        "categories": list(one.categories),
        "publisher": one.publisher,
        "authors": [person.name for person in one.authors],
        "dateline": one.dateline,
        "published": one.published.at,
        "published_precision": one.published.precision,
        "updated": one.updated.at if one.updated else None,
        "language": one.language,
        "wire_source": one.wire_source,
        "link": one.link,
        "images": [
            {"url": image.url, "alt": image.alt, "caption": image.caption, "credit": image.credit}
            for image in one.images
        ],
        "body": paragraphs(one.content_html),
        "content_html": one.content_html,
    }


def _lines(parsed: dict[str, Any]) -> Iterator[str]:
    """Yield what ``parse`` shows a person."""
    for field, value in parsed.items():
        if field == "content_html" or not value:
            continue
        if field == "body":
            yield from (f"  {paragraph}" for paragraph in value)
        elif isinstance(value, list):
            yield f"{field + ':':<20} {', '.join(map(str, value))}"
        else:
            yield f"{field + ':':<20} {value}"


def print_json(value: object) -> None:
    """Print *value* on one line, for programs."""
    click.echo(msgspec.json.encode(value).decode())
