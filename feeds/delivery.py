"""What a poll delivered, before it is admitted: is it a feed, what is old, what are its dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from .formats import HEAD_CHARACTERS, jsonfeed, syndication
from .formats.decoding import decode
from .model import Arrival, Article, Document, Named, Precision, Rejection, Status
from .read.document import no_feed
from .read.fetch import Response
from .upstream import Registered


def document_of(one: Registered, response: Response, now: datetime) -> Document:
    """Return the body of *response* as a document of the source *one*."""
    return Document(
        data=response.body,
        name=one.poll.address,
        source=one.source,
        received=now,
        url=response.url,
        content_type=response.headers.get("content-type"),
    )


def is_feed(document: Document) -> bool:
    """Tell whether *document* is RSS, RDF, Atom or JSON Feed; nothing else is taken from a poll."""
    head = decode(document.data[: HEAD_CHARACTERS * 4]).lstrip("\ufeff \t\r\n")[:HEAD_CHARACTERS]
    return any(form.recognises(document, head) for form in (jsonfeed, syndication))


def instead(response: Response) -> str:
    """Return in a sentence what *response* holds, which is no feed."""
    return no_feed(response.body, response.headers.get("content-type", ""))


def unreadable(arrivals: Sequence[Arrival]) -> str:
    """Return why the document as a whole could not be read, or nothing."""
    if len(arrivals) != 1 or not isinstance(arrivals[0].what, Rejection):
        return ""
    reason = arrivals[0].what
    return "" if reason.error == "InvalidArticle" else reason.problem


def without_flood(arrivals: Sequence[Arrival], shown: int) -> list[Arrival]:
    """Mark what was there before we came, but for the newest *shown*, by the feed's own dates."""
    usable = [
        (number, arrival.what.article)
        for number, arrival in enumerate(arrivals)
        if isinstance(arrival.what, Named) and _is_usable(arrival.what.article)
    ]
    # Equal dates stay in the order of the document, which has the newest first.
    usable.sort(key=lambda pair: pair[1].published.at, reverse=True)
    old = {number for number, _ in usable[shown:]}
    return [
        msgspec.structs.replace(arrival, backlog=True) if number in old else arrival
        for number, arrival in enumerate(arrivals)
    ]


def _is_usable(article: Article) -> bool:
    return article.status is Status.USABLE and article.embargoed is None


def date(what: Named, now: datetime) -> datetime | None:
    """Return when an entry was published, if that is known well enough to tell a rhythm."""
    published = what.article.published
    if published.precision not in (Precision.SECOND, Precision.MINUTE):
        return None
    return published.at if published.origin == "declared" else now


def title(arrivals: Sequence[Arrival]) -> str:
    """Return how the feed calls itself."""
    names = (a.what.article.source_title for a in arrivals if isinstance(a.what, Named))
    return next((name for name in names if name), "")
