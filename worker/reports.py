"""What the commands print: tables and sentences for people, JSON for programs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from config.settings import Settings
from feeds import reading
from feeds.dedupe.identity import link_key, named_in
from feeds.errors import RefusedFile, UnknownArticle
from feeds.intake import DROP_SOURCE
from feeds.model import Article, Published, Rejection, Report
from feeds.normalise.links import canonical
from feeds.normalise.markup import paragraphs
from feeds.publish.select import feeds_of, order_time
from feeds.read.files import read_file
from feeds.read.names import walk

from .desk import Desk, now
from .status import Status

_LATEST = 10
_MOST_HELD = 200
_ENTRY = re.compile(r"\d+-\d+")  # as Redis names the entries of a stream


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
        _print_json({"read": len(total.outcomes), "tally": tally, "files": files})
        return
    tally_text = ", ".join(f"{count} {verdict}" for verdict, count in sorted(total.tally.items()))
    click.echo(f"read {len(total.outcomes)} from {len(done)} files: {tally_text or 'nothing'}")
    click.echo(f"published in {settings.public_folder}")


def print_parsed(path: Path, settings: Settings, *, as_json: bool) -> bool:
    """Print what the file at *path* is read as; return whether anything could be read."""
    found = _read(path, settings)
    for one in found:
        parsed = _parsed(path, one)
        if as_json:
            _print_json(parsed)
        elif isinstance(one, Rejection):
            click.echo(f"{path}: rejected: {one.problem}")
        else:
            click.echo("\n".join(_lines(parsed)) + "\n")
    return any(isinstance(one, Article) for one in found)


def print_story(desk: Desk, asked: str, *, as_json: bool) -> None:
    """Print everything that happened to the article or inbox entry that *asked* names.

    Raises:
        UnknownArticle: none answers to it.
    """
    if _ENTRY.fullmatch(asked):
        _print_entry(desk, asked, as_json=as_json)
        return
    for article_id in _ids(desk, asked):
        story = desk.store.shelf.articles([article_id]).get(article_id)
        events = desk.store.editorial.journal(article_id)
        if story is None and not events:
            continue
        if as_json:
            _print_json(
                {"id": article_id, "story": story, "events": events, "feeds": _feeds(desk, story)}
            )
            return
        click.echo("\n".join(_told(desk, article_id, story)))
        for event in events:
            reason = event.reason or (f"by {event.rule}" if event.rule else "")
            where = " ".join(part for part in (event.source, event.place) if part)
            click.echo(f"  {event.at:%Y-%m-%d %H:%M:%S}  {event.verdict:<10} {where}  {reason}")
        return
    raise UnknownArticle(asked)


def _print_entry(desk: Desk, entry: str, *, as_json: bool) -> None:
    """Print what became of an entry of the inbox.

    Raises:
        UnknownArticle: there is none of this id, or its outcome is forgotten.
    """
    outcome = desk.store.inbox.outcome(entry)
    if outcome is None and not desk.store.inbox.holds(entry):
        raise UnknownArticle(entry)
    if as_json:
        _print_json({"inbox_entry": entry, "waiting": outcome is None, "outcome": outcome})
    elif outcome is None:
        click.echo(f"inbox entry {entry} waits to be read")
    else:
        told = ": ".join(part for part in (outcome.title, outcome.reason) if part)
        click.echo(f"inbox entry {entry}: {outcome.verdict}  {told}")
        if outcome.id:
            print_story(desk, outcome.id, as_json=False)


def print_held(desk: Desk, *, as_json: bool) -> None:
    """Print what is held, the latest first, each with the reason."""
    ids = desk.store.editorial.held(_MOST_HELD)
    stories = desk.store.shelf.articles(ids)
    held = [stories[one] for one in ids if one in stories]
    if as_json:
        _print_json(
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
            _print_json(sections)
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


def _read(path: Path, settings: Settings) -> list[Article | Rejection]:
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


def _ids(desk: Desk, asked: str) -> Iterator[str]:
    """Yield the ids that *asked* (an id, an entry id, an address or a file) may stand for."""
    yield asked.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    if "://" in asked:
        found = desk.store.shelf.find(link_key(canonical(asked, ())))
        if found:
            yield found
    path = Path(asked)
    if path.is_file():
        articles = [one for one in _read(path, desk.settings) if isinstance(one, Article)]
        for named in named_in(articles, path.name):
            keys = (desk.store.shelf.find(identity.key) for identity in named.identities)
            yield from (found for found in keys if found)


def _feeds(desk: Desk, story: Published | None) -> list[str]:
    """Return the names of the feeds that hold *story*."""
    if story is None or story.held is not None:
        return []
    return [feed.name for feed in feeds_of(story.article, desk.settings.published_site)]


def _told(desk: Desk, article_id: str, story: Published | None) -> Iterator[str]:
    """Yield what a person is told of a story before its journal."""
    if story is None:
        yield f"{article_id}: it has left the store; this is what is remembered:"
        return
    article = story.article
    yield article.title
    yield f"  id         {story.id}  ({story.entry_id})"
    yield f"  read as    {article.format} from {article.source}"
    stamp = article.published
    known = f"known to the {stamp.precision} ({stamp.origin})"
    yield f"  published  {stamp.at:%Y-%m-%d %H:%M} UTC, {known}"
    yield f"  ranked at  {order_time(story):%Y-%m-%d %H:%M} UTC"
    yield f"  revision   {story.revision}, changed {story.changed:%Y-%m-%d %H:%M:%S} UTC"
    yield f"  link       {article.link or '-'}"
    yield f"  page       {desk.settings.address}/articles/{story.id}/"
    yield f"  feeds      {', '.join(_feeds(desk, story)) or '-'}"
    if story.withdrawn is not None:
        yield f"  withdrawn  {story.withdrawn}"
    if story.held is not None:
        yield f"  held       {story.held}"


def _print_json(value: object) -> None:
    click.echo(msgspec.json.encode(value).decode())
