"""Bytes to Entries: one format a module, and the sniffing that picks one.

A format module has three names: ``NAME``; ``recognises(document, head)``, which looks at content
first and at the name second; and ``parse(document)``, which yields an Entry for each article and a
Rejection for each part that cannot be one, or raises BrokenDocument when nothing can be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import UnknownFormat
from ..model import Document, Entry, Rejection
from . import captured, html, jsonfeed, markdown, ninjs, short, syndication
from .decoding import decode

FORMATS = (jsonfeed, ninjs, short, syndication, html, markdown, captured)
"""In the order of asking: the first that recognises a document reads it."""

HEAD_CHARACTERS = 8_192
"""How much of a document the sniffing sees: enough for a long XML or HTML prologue."""


def parse(document: Document) -> tuple[str, Iterator[Entry | Rejection]]:
    """Return the format's name and the entries of *document*.

    Raises:
        UnknownFormat: no format recognises it.
        BrokenDocument: (also while iterating) the format's rules are broken beyond recovery.
    """
    if not document.data.strip(b"\0\t\n\r\x0c "):
        raise UnknownFormat(document.name, "the file is empty")
    head = decode(document.data[: HEAD_CHARACTERS * 4]).lstrip("\ufeff \t\r\n")[:HEAD_CHARACTERS]
    for module in FORMATS:
        if module.recognises(document, head):
            return module.NAME, module.parse(document)
    raise UnknownFormat(
        document.name,
        "in no format that Wireroom reads: not JSON, XML, HTML, Markdown with front matter, "
        "nor a page with a headline, a date and paragraphs",
    )
