"""RSS 0.9x/1.0/2.0 and Atom 0.3/1.0 documents: the fast path where it is sure, else feedparser.

Both give the same entries, field by field; a test compares them over every feed at hand. Here are
the two decisions: what is a feed, and who reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ...errors import BrokenDocument
from ...model import Document, Entry, Rejection
from ..decoding import decode
from . import atom, cdata, rss, tolerant
from .charset import utf8
from .found import MAX_ENTRIES, Reading
from .vocabulary import FIELDS, Unsure

NAME = "syndication"

MAX_BYTES = 8_000_000
"""Four times the largest feeds known; with feedparser's 2 us a byte, more would hold a worker."""

# What feedparser mends in a text: C1 controls meant as windows-1252, UTF-8 that was encoded twice.
_MISREAD = re.compile(rb"\xc2[\x80-\x9f]|\xc3[\x82-\xb4]\xc2[\x80-\xbf]")
_C1_REFERENCE = re.compile(rb"&#(?:0{0,9}1[2-5][0-9]|[xX]0{0,9}[89][0-9A-Fa-f]);")

_ROOT = re.compile(r"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)((?:[\s/][^<>]*)?)>")
_NAMESPACE = re.compile(r"""\sxmlns(?::([\w.-]+))?\s*=\s*["']([^"'<>]*)""")
# Anchored where the last section ended, so that each character is looked at once.
_PROLOGUE = re.compile(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_PROLOGUE_BYTES = 65_536  # the head that the sniffing sees may end inside a long comment

_READERS = {"rss": rss.read, "rdf:rdf": rss.read, "feed": atom.read}


def recognises(document: Document, head: str) -> bool:
    """Tell by the root element whether *document* is a feed: rss, RDF with items, feed, channel."""
    if not head.startswith("<"):
        return False
    root = _root(head) or _root(decode(document.data[:_PROLOGUE_BYTES]).lstrip("\ufeff \t\r\n"))
    if root is None:
        return False
    prefix, name, attributes = root.groups()
    name = name.lower()
    if name == "feed":  # a word that other vocabularies have as well
        namespaces = dict(_NAMESPACE.findall(attributes))
        namespace = namespaces.get(prefix or "", "")
        return not namespace or FIELDS[f"{{{namespace}}}feed"] == "feed"
    if name == "rdf":
        return "/rss/" in attributes or "my.netscape.com" in attributes or "<item" in head
    return name in ("rss", "channel")


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an Entry for each item or entry, and a Rejection for each that holds nothing.

    Raises:
        BrokenDocument: (while iterating) it is too large, too deep, or nothing can be recovered.
    """
    reading = read(document)
    if reading.broken and not reading.items:
        raise reading.broken
    for position, item in enumerate(reading.items, 1):
        if reading.cut_off and position == len(reading.items):  # half an id would be another one
            problem = f"the document ends inside entry {position}"
            yield Rejection("InvalidArticle", problem, NAME, item.line)
        elif item.is_empty:
            problem = f"entry {position} has neither a title nor text nor a link"
            yield Rejection("InvalidArticle", problem, NAME, item.line)
        else:
            yield item
    if reading.left_out:
        problem = f"{reading.left_out} entries were left out: a document may have {MAX_ENTRIES}"
        yield Rejection("InvalidArticle", problem, NAME)


def read(document: Document) -> Reading:
    """Read the whole document: what it says of itself, and its entries.

    Raises:
        BrokenDocument: it is too large, too deep, or would take too long.
    """
    if len(document.data) > MAX_BYTES:
        raise BrokenDocument(
            NAME, f"the feed has {len(document.data)} bytes; at most {MAX_BYTES} are read"
        )
    data, charset = utf8(document)
    reading = strict(data, document.url) or tolerant.read(data, document.url)
    reading.charset = charset
    return reading


def strict(data: bytes, url: str | None) -> Reading | None:
    """Read *data*, UTF-8 without an XML declaration, on the fast path; None if it is not sure.

    Raises:
        BrokenDocument: elements are nested deeper than any feed's.
    """
    if b"\xc2" in data and _MISREAD.search(data):
        return None
    data, texts = cdata.take_out(data)
    if _C1_REFERENCE.search(data):
        return None
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if error.msg and "xcessive depth" in error.msg:  # feedparser would take seconds over it
            line, column = error.position
            raise BrokenDocument(
                NAME, "elements are nested deeper than 256 levels", line, column
            ) from error
        return None
    reader = _READERS.get(FIELDS[root.tag])
    if reader is None or root.getroottree().docinfo.internalDTD is not None:
        return None
    try:
        return reader(root, url, texts)
    except Unsure:
        return None


def _root(head: str) -> re.Match[str] | None:
    """Find the root element behind processing instructions, comments and a DOCTYPE."""
    position = 0
    while section := _PROLOGUE.match(head, position):
        position = section.end()
    return _ROOT.match(head, position)
