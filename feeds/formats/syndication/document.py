"""RSS 0.9x/1.0/2.0 and Atom 0.3/1.0 documents: the fast path where it is sure, else feedparser.

Both give the same entries, field by field; a test compares them over every feed at hand. Here are
the two decisions, what is a feed and who reads it, and the bytes made UTF-8 once for both.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from lxml import etree

from ...errors import BrokenDocument
from ...model import Document, Entry, Rejection
from ..decoding import decode
from . import atom, cdata, rss, tolerant
from .vocabulary import FIELDS, Unsure

NAME = "syndication"

MAX_BYTES = 8_000_000
"""Four times the largest feeds known; with feedparser's 2 us a byte, more would hold a worker."""

_DECLARATION = re.compile(rb"\s*<\?xml\s([^<>]{0,400})>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# Codecs of Python that are no character sets of documents, some of them with quadratic decoders.
_NO_CHARSETS = frozenset(("punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7"))

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
    if len(document.data) > MAX_BYTES:
        raise BrokenDocument(
            NAME, f"the feed has {len(document.data)} bytes; at most {MAX_BYTES} are read"
        )
    data = _utf8(document)
    entries = strict(data, document.url)
    yield from tolerant.read(data, document.url) if entries is None else entries


def strict(data: bytes, url: str | None) -> list[Entry | Rejection] | None:
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
    read = _READERS.get(FIELDS[root.tag])
    if read is None or root.getroottree().docinfo.internalDTD is not None:
        return None
    try:
        return list(read(root, url, texts))
    except Unsure:
        return None


def _root(head: str) -> re.Match[str] | None:
    """Find the root element behind processing instructions, comments and a DOCTYPE."""
    position = 0
    while section := _PROLOGUE.match(head, position):
        position = section.end()
    return _ROOT.match(head, position)


def _utf8(document: Document) -> bytes:
    """Return the document in UTF-8, without a byte order mark and an XML declaration.

    UTF-8 goes before what is declared, as in ``decode``; then HTTP's word, then the declaration's.
    Bytes that are no UTF-8 in a document that claims to be are windows-1252, one by one: feeds are
    pasted together from sources of both kinds.
    """
    data = document.data
    declaration = _DECLARATION.match(data)
    if declaration:
        data = data[declaration.end() :]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _transcoded(data, declaration, document.content_type or "")
    if data.startswith((codecs.BOM_UTF8, b"\0", b"<\0")):
        text = decode(data).lstrip("\ufeff")
        return _DECLARATION.sub(b"", text.encode("utf-8"), count=1)
    return data


def _transcoded(data: bytes, declaration: re.Match[bytes] | None, content_type: str) -> bytes:
    http = _CHARSET.search(content_type)
    xml = _ENCODING.search(declaration[1]) if declaration else None
    for name in (http and http[1], xml and xml[1].decode("ascii")):
        if not name or (codec := _charset(name)) is None:
            continue
        try:
            text = data.decode(codec)
        except (UnicodeError, LookupError):  # LookupError: a codec, but of no text
            if codec == "utf-8":
                text = data.decode("utf-8", _CP1252)
                return text.encode("utf-8")
            continue
        return text.encode("utf-8", "replace")
    text = decode(data).lstrip("\ufeff")
    return _DECLARATION.sub(b"", text.encode("utf-8", "replace"), count=1)


def _charset(name: str) -> str | None:
    """Return Python's name of a character set, None for what must not decode a document."""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, UnicodeError):
        return None
    if codec in _NO_CHARSETS:
        return None
    return "gb18030" if codec == "gb2312" else codec  # its superset, which is what is meant


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


_CP1252 = "wireroom.cp1252"
codecs.register_error(_CP1252, _as_cp1252)
