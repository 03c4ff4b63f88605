"""What `explain` prints: everything that happened to an article, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from feeds.dedupe.identity import link_key, named_in
from feeds.errors import UnknownArticle
from feeds.model import Article, Published
from feeds.normalise.links import canonical
from feeds.publish.select import order_time
from feeds.store.editorial import Event
from feeds.store.likeness import Likest, sentence
from feeds.store.record import feeds_in

from .desk import Desk
from .reports import print_json, read

_ENTRY = re.compile(r"\d+-\d+")  # as Redis names the entries of a stream


def print_story(desk: Desk, asked: str, *, as_json: bool) -> None:
    """Print everything that happened to the article or inbox entry that *asked* names.

    Raises:
        UnknownArticle: none answers to it.
    """
    if _ENTRY.fullmatch(asked):
        _print_entry(desk, asked, as_json=as_json)
        return
    for article_id in _ids(desk, asked):
        head, shown = desk.store.shelf.records([article_id]).get(article_id, (b"", None))
        story, copy = desk.store.shelf.copies([article_id]).get(article_id, ("", None))
        events = desk.store.editorial.journal(article_id)
        if shown is None and copy is None and not events:
            continue
        feeds = feeds_in(head) if head else ()
        likely = [_likely(event) for event in events]
        if as_json:
            print_json(
                {
                    "id": article_id,
                    "story": shown or copy,
                    "copy_of": story if story != article_id else "",
                    "events": [
                        {**msgspec.to_builtins(event), "likeness": one}
                        for event, one in zip(events, likely, strict=True)
                    ],
                    "thresholds": desk.settings.likeness,
                    "feeds": feeds,
                }
            )
            return
        click.echo("\n".join(_told(desk, article_id, shown or copy, story, feeds)))
        for event, one in zip(events, likely, strict=True):
            click.echo(_line(event, sentence(one, desk.settings.likeness) if one else ""))
        return
    raise UnknownArticle(asked)


def _likely(event: Event) -> Likest | None:
    """Return the article that *event* compared this one with, if it did."""
    compared = event.rule == "likeness" or (event.verdict in ("new", "updated") and event.reason)
    return Likest.read(event.reason) if compared else None


def _line(event: Event, likeness: str) -> str:
    reason = likeness or event.reason or (f"by {event.rule}" if event.rule else "")
    where = " ".join(part for part in (event.source, event.place) if part)
    return f"  {event.at:%Y-%m-%d %H:%M:%S}  {event.verdict:<10} {where}  {reason}"


def _print_entry(desk: Desk, entry: str, *, as_json: bool) -> None:
    """Print what became of an entry of the inbox.

    Raises:
        UnknownArticle: there is none of this id, or its outcome is forgotten.
    """
    outcome = desk.store.inbox.outcome(entry)
    if outcome is None and not desk.store.inbox.holds(entry):
        raise UnknownArticle(entry)
    if as_json:
        print_json({"inbox_entry": entry, "waiting": outcome is None, "outcome": outcome})
    elif outcome is None:
        click.echo(f"inbox entry {entry} waits to be read")
    else:
        told = ": ".join(part for part in (outcome.title, outcome.reason) if part)
        click.echo(f"inbox entry {entry}: {outcome.verdict}  {told}")
        if outcome.id:
            print_story(desk, outcome.id, as_json=False)


def _ids(desk: Desk, asked: str) -> Iterator[str]:
    """Yield the ids that *asked* (an id, an entry id, an address or a file) may stand for."""
    yield asked.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    if "://" in asked:
        found = desk.store.shelf.find(link_key(canonical(asked, ())))
        if found:
            yield found
    path = Path(asked)
    if path.is_file():
        articles = [one for one in read(path, desk.settings) if isinstance(one, Article)]
        for named in named_in(articles, path.name):
            keys = (desk.store.shelf.find(identity.key) for identity in named.identities)
            yield from (found for found in keys if found)


def _told(
    desk: Desk, article_id: str, story: Published | None, copy_of: str, feeds: Sequence[str]
) -> Iterator[str]:
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
    yield f"  feeds      {', '.join(feeds) or '-'}"
    if copy_of and copy_of != article_id:
        yield f"  copy of    {copy_of}, which credits it"
    for credit in story.also:
        yield f"  also in    {credit.id}  {credit.publisher or credit.source}: {credit.title}"
    if story.withdrawn is not None:
        yield f"  withdrawn  {story.withdrawn}"
    if story.held is not None:
        yield f"  held       {story.held}"
