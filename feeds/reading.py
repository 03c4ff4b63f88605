"""One document to the articles in it: parse, illustrate, normalise; only pictures are kept."""

from __future__ import annotations

import logging

from . import formats
from .errors import BrokenDocument, InvalidArticle, Transient, WireroomError
from .model import Article, Document, Entry, Rejection, Rules
from .normalise import normalise
from .pictures import Pictures, illustrated

log = logging.getLogger("wireroom.reading")


def read(
    document: Document, rules: Rules, pictures: Pictures | None = None
) -> list[Article | Rejection]:
    """Return every article of *document*, and in its place a Rejection for what cannot be one.

    Pictures that came with it are kept in *pictures*, if that is given, and left out otherwise.

    Raises:
        DiskTrouble: a picture cannot be kept; another try can help.
    """
    format_name: str | None = None
    found: list[Article | Rejection] = []
    try:
        format_name, entries = formats.parse(document)
        beside = document.beside
        for entry in entries:
            if isinstance(entry, Rejection):
                found.append(entry)
                continue
            entry.categories = [*entry.categories, *document.source.categories]
            shown, beside = illustrated(entry, beside, pictures), {}  # of several, the first's
            for one in (shown, *cancellations(entry)):
                try:
                    found.append(normalise(one, document, rules))
                except InvalidArticle as error:
                    found.append(rejection(error, one.format))
    except Transient:
        raise
    except WireroomError as error:
        found.append(rejection(error, format_name))
    except Exception as error:  # foreign bytes found a fault of ours: one document pays, no other
        log.exception("a fault in reading %s", document.name)
        found.append(rejection(error, format_name))
    return found


def cancellations(entry: Entry) -> list[Entry]:
    """Return what *entry* takes back besides itself, each as the notice that it stands for."""
    return [
        Entry(
            format=entry.format,
            upstream_id=cancelled,
            provider=entry.provider,
            publisher=entry.publisher,
            published=entry.published,
            status="canceled",
        )
        for cancelled in entry.cancels
    ]


def rejection(error: Exception, format_name: str | None) -> Rejection:
    """Return *error* as the reason why something was turned away."""
    if isinstance(error, BrokenDocument):
        return Rejection(
            error="BrokenDocument",
            problem=str(error),
            format=error.format_name,
            line=error.line,
            column=error.column,
        )
    if isinstance(error, WireroomError):
        return Rejection(error=type(error).__name__, problem=str(error), format=format_name)
    return Rejection(
        error=type(error).__name__,
        problem=f"a fault in Wireroom's reader, please report it with the file: {error}",
        format=format_name,
    )
