"""Bytes to Entries: one format a module, and the sniffing that picks one.

A format module has three names: ``NAME``; ``recognises(document, head)``, which looks at content
first and at the name second; and ``parse(document)``, which yields an Entry for each article and a
Rejection for each part that cannot be one, or raises BrokenDocument when nothing can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from ..errors import UnknownFormat
from ..model import Document, Entry, Rejection
from . import (
    anpa1312,
    captured,
    html,
    iptc7901,
    jsonfeed,
    mail,
    markdown,
    newsml12,
    newsml_g2,
    ninjs,
    nitf,
    plain_text,
    short,
    syndication,
    wxr,
    zip_archive,
)
from .decoding import decode

FORMATS: tuple[ModuleType, ...] = (
    *(zip_archive, iptc7901, anpa1312),
    *(jsonfeed, ninjs, short),
    *(nitf, newsml12, newsml_g2, wxr, syndication),
    *(html, mail, markdown, captured, plain_text),
)
"""In the order of asking: the first that recognises a document reads it."""

HEAD_CHARACTERS = 8_192
"""How much of a document the sniffing sees: enough for a long XML or HTML prologue."""


def parse(document: Document) -> tuple[str, Iterator[Entry | Rejection]]:
    """Return the format's name and the entries of *document*.

    Raises:
        UnknownFormat: no format recognises it.
        BrokenDocument: (also while iterating) the format's rules are broken beyond recovery.
    """
    module = format_of(document)
    return module.NAME, module.parse(document)


def format_of(document: Document) -> ModuleType:
    """Return the module of the format that *document* is in.

    Raises:
        UnknownFormat: no format recognises it.
    """
    if not document.data.strip(b"\0\t\n\r\x0c "):
        raise UnknownFormat(document.name, "the file is empty")
    if zip_archive.recognises(document, ""):  # what is packed has no charset to be guessed
        return zip_archive
    head = decode(document.data[: HEAD_CHARACTERS * 4]).lstrip("\ufeff \t\r\n")[:HEAD_CHARACTERS]
    for module in FORMATS:
        if module.recognises(document, head):
            return module
    raise UnknownFormat(
        document.name,
        "in no format that Wireroom reads: not JSON, XML, HTML, mail, a wire's message, Markdown "
        "with front matter, a ZIP archive, nor text with a headline and sentences beneath it",
    )
