"""What is found in a feed document: what it says of itself, and its entries.

Both readers fill these in, so that they can be compared. Of an entry more is kept than the line
needs: every link and every category as it stood.
"""

from __future__ import annotations

import msgspec

from ...errors import BrokenDocument
from ...model import Entry, Person

MAX_ENTRIES = 2_000
"""Entries read from one document: twenty times the longest feeds; feedparser needs 2 s for them."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """RFC 4287, 4.2.7; an RSS ``enclosure`` is one with rel="enclosure"."""

    rel: str
    href: str
    type: str = ""
    length: str = ""
    title: str = ""
    hreflang: str = ""


class Tag(msgspec.Struct, frozen=True, gc=False):
    """RFC 4287, 4.2.2: a category; RSS's text is the term, its ``domain`` the scheme."""

    term: str
    scheme: str = ""
    label: str = ""


class Item(Entry, kw_only=True):
    """An Entry with its *links* and *tags* as they stood, and the *line* where it begins."""

    links: list[Link]
    tags: list[Tag]
    line: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show in it."""
        return not (self.title or self.content or self.link or self.summary)


class Head(msgspec.Struct):
    """What a feed says of itself; the first five, each of its entries may inherit.

    Dates are as they were written, *image* has the elements of RSS's ``image``: url, title, link,
    description.
    """

    format: str
    title: str | None = None
    link: str | None = None
    language: str | None = None
    rights: str | None = None
    base: str | None = None
    id: str | None = None
    subtitle: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: list[Person] = []
    links: list[Link] = []
    tags: list[Tag] = []
    image: dict[str, str] = {}


class Reading(msgspec.Struct):
    """A document as one of the readers has it.

    *left_out* counts the entries behind the first MAX_ENTRIES; *cut_off* says that the document
    ends inside the last one. *charset* is the one that it was decoded from, "" for a mere guess;
    *broken* says what is wrong with its XML.
    """

    head: Head
    items: list[Item]
    left_out: int = 0
    cut_off: bool = False
    charset: str = "utf-8"
    broken: BrokenDocument | None = None
