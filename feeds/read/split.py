"""A feed's bytes cut into its entries, where that is certain: no parser, and no guess.

An entry is what stands from ``<item`` to ``</item>``, or ``<entry`` to ``</entry>``. A document is
cut only if nothing but white space stands between its entries, none holds another, and there is no
DOCTYPE. If every CDATA section, comment and instruction then ends in the part in which it begins
(``is_closed``), and what is read is well-formed, bytes that were an entry in one document are the
same entry in the next one with the same head. The items of a JSON Feed a JSON parser tells apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from xml.parsers import expat

import msgspec

_FIRST_ENTRY = re.compile(rb"<((?:[A-Za-z][\w.-]*:)?(?:item|entry))[\s>]")
_SECTION = re.compile(rb"<[!?]")
_SECTIONS = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"), (b"<?", b"?>"))
# What a head says of the moment and of its entries, and no entry inherits: a date that holds
# nothing but a date, and the table of contents of RSS 1.0.
_PASSING = re.compile(
    rb"<((?:[A-Za-z]+:)?(?:lastBuildDate|pubDate|updated|modified|date))>[\w\s,:.+-]{0,60}</\1>"
    rb"|<rdf:li\s[^<>]*>(?:</rdf:li>)?"
)

_COMMA = b","
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class Parts(msgspec.Struct, frozen=True):
    """A feed in parts: all bytes but what stands between the entries, which is *between*."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    between: bytes = b"\n"

    @property
    def frame(self) -> bytes:
        """What an entry can inherit from: head and tail, without comments and their own dates."""
        if self.between == _COMMA:
            return self.head
        return b"\0".join(b"".join(_lasting(part)) for part in (self.head, self.tail))

    def only(self, numbers: Iterable[int]) -> bytes:
        """Return the document with no other entries than those of *numbers*, which count from 0."""
        entries = self.between.join(self.entries[number] for number in numbers)
        return self.head + entries + self.tail

    def is_certain(self, numbers: Collection[int]) -> bool:
        """Tell whether each of the entries *numbers* is one, and nothing else is: XML in UTF-8."""
        return self.between == _COMMA or (
            all(is_closed(self.entries[number]) for number in numbers)
            and _is_well_formed(self.only(numbers))
        )


def split(body: bytes) -> Parts | None:
    """Return the parts of the feed *body*, or None where it is not certain which they are."""
    if body.startswith(b"{"):
        return _split_json(body)
    first = _FIRST_ENTRY.search(body)
    if first is None:
        return None
    opening, closing = b"<" + first[1], b"</" + first[1] + b">"
    *entries, tail = body[first.start() :].split(closing)
    entries = [entry.lstrip() for entry in entries]
    if opening in tail or not all(
        entry.startswith(opening) and entry.find(opening, 1) < 0 for entry in entries
    ):
        return None
    head = body[: first.start()]
    if not (is_closed(head) and is_closed(tail)):
        return None
    return Parts(head, tuple(entry + closing for entry in entries), tail)


def _split_json(body: bytes) -> Parts | None:
    try:
        body.decode()
        fields = _FIELDS(body)
        items = _ITEMS(fields.pop("items"))
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError, KeyError):
        return None
    head = b"".join(b"%b:%b," % (_encode(name), bytes(value)) for name, value in fields.items())
    return Parts(b'{%b"items":[' % head, tuple(map(bytes, items)), b"]}", _COMMA)


def is_closed(part: bytes) -> bool:
    """Tell whether no CDATA section, comment or instruction is left open at the end of *part*."""
    return _sections(part) is not None


def _is_well_formed(document: bytes) -> bool:
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(document, True)  # noqa: FBT003 - expat takes no keywords
    except expat.ExpatError:
        return False
    return True


def _sections(data: bytes) -> list[tuple[int, int]] | None:
    """Return start and end of each CDATA section, comment and instruction; None if one is open."""
    found: list[tuple[int, int]] = []
    position = 0
    while mark := _SECTION.search(data, position):
        start = mark.start()
        ending = next((end for begin, end in _SECTIONS if data.startswith(begin, start)), None)
        if ending is None:  # a DOCTYPE
            return None
        position = data.find(ending, start + 2) + len(ending)
        if position < len(ending):
            return None
        found.append((start, position))
    return found


def _lasting(data: bytes) -> Iterator[bytes]:
    """Yield what of *data* is no comment and no passing word."""
    position = 0
    for start, end in _sections(data) or ():
        yield _PASSING.sub(b"", data[position:start])
        if not data.startswith(b"<!--", start):
            yield data[start:end]
        position = end
    yield _PASSING.sub(b"", data[position:])
