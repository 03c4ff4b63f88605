"""Documents inside a document: parts of a mail, members of an archive, within one budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from ..errors import BrokenDocument, UnknownFormat
from ..model import Document, Entry, Rejection

DEEPEST = 3
"""Levels of wrapping: a message in a message in an archive. Bombs go deeper, newsrooms do not."""

_CONTAINERS = frozenset({"zip", "mail"})


class Budget(msgspec.Struct):
    """What may still be unwrapped, however the wrappings are nested: levels, documents, bytes."""

    levels: int = DEEPEST
    documents: int = 2_000
    bytes: int = 100_000_000

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count one level of wrapping for as long as the block runs."""
        self.levels -= 1
        try:
            yield
        finally:
            self.levels += 1


def entries_in(document: Document, budget: Budget) -> Iterator[Entry | Rejection]:
    """Yield what is in *document*, a part of another, read by the same sniffing as any file.

    What cannot be read is a Rejection that names the part, so that its neighbours pass.
    """
    from . import format_of  # noqa: PLC0415  # the sniffing knows the containers: a circle at import

    name = document.name.rpartition("/")[2]
    try:
        module = format_of(document)
        if module.NAME not in _CONTAINERS:
            yield from module.parse(document)
        elif budget.levels <= 0:
            problem = f"{name}: wrapped more than {DEEPEST} times"
            yield Rejection("BrokenDocument", problem, module.NAME)
        else:
            with budget.deeper():
                yield from module.parse(document, budget)
    except BrokenDocument as error:
        yield Rejection(
            "BrokenDocument",
            f"{name}: {error.problem}",
            error.format_name,
            error.line,
            error.column,
        )
    except UnknownFormat as error:
        yield Rejection("UnknownFormat", f"{name}: {error.problem}")
