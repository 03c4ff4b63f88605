"""feedparser, called: what it is given, at what cost, and what its errors mean.

Its sanitiser and its URI resolver are off, because markup is cleaned and links are made absolute
in one place, later. It is given no address and no headers: it would join a guid to the address
(one that moves with the host is no identity), and the bytes are UTF-8 by now.
"""

from __future__ import annotations

import io
import re
import xml.sax
from typing import Any

from ...errors import BrokenDocument

Found = dict[str, Any]
"""feedparser's dictionaries. They are read by ``dict.get``: their own ``get`` has aliases, and it
warns where ``updated`` is asked for and only ``published`` is there."""

MAX_MARKUP = 150_000
"""How many ``<`` feedparser is given: 2,000 entries of 40 tags, at some 10 us each."""
MAX_PROLOGUE_BYTES = 16_384
"""What may stand before the root: feedparser's expressions for a DOCTYPE and its entities take time
that grows with the square of it (20,000 empty lines: 1.5 s)."""

# feedparser takes these for the entry's own title, text, authors or categories. Under another name
# they wait until nothing better is found.
_ASIDE = re.compile(
    rb"<(/?)(media:(?=(?:title|description|category|keywords)\b)"
    rb"|itunes:(?=(?:title|summary|author|category|keywords)\b)"
    rb"|dc:(?=(?:title|description)\b))([a-z]+)([^<>]*)>"
)
_ROOT_START = re.compile(rb"<[A-Za-z_]")


def check_cost(data: bytes) -> None:
    """Refuse what feedparser would take seconds for.

    Raises:
        BrokenDocument: the prologue is too long, or there are too many tags.
    """
    root = _ROOT_START.search(data)
    if root and root.start() > MAX_PROLOGUE_BYTES:
        raise BrokenDocument(
            "syndication", f"more than {MAX_PROLOGUE_BYTES} bytes stand before the root element"
        )
    # A reference costs feedparser an eighth of a tag, and escaped HTML is full of them.
    markup, position = data.count(b"<") + data.count(b"&") // 8, 0
    while markup > MAX_MARKUP and (start := data.find(b"<![CDATA[", position)) >= 0:
        position = data.find(b"]]>", start)
        if position < 0:
            break
        markup -= data.count(b"<", start, position) + data.count(b"&", start, position) // 8
    if markup > MAX_MARKUP:
        raise BrokenDocument(
            "syndication", f"not plain enough to be read fast, and more than {MAX_MARKUP} tags"
        )


def call(data: bytes) -> Found:
    """Return feedparser's result for *data*, which is UTF-8.

    Raises:
        BrokenDocument: feedparser has failed.
    """
    import feedparser  # noqa: PLC0415 - takes 0.1 s, and most documents never need it

    try:
        parsed: Found = feedparser.parse(
            io.BytesIO(_ASIDE.sub(_set_aside, data)),  # never bytes: they may name a file to open
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # it promises none, and raises several
        raise BrokenDocument(
            "syndication", f"not to be read even by feedparser: {error}"
        ) from error
    return parsed


def _set_aside(match: re.Match[bytes]) -> bytes:
    slash, prefix, name, rest = match.groups()
    if b"xmlns" not in rest:  # with attributes, feedparser would drop the text
        rest = b"/" if rest.endswith(b"/") else b""
    return b"<%s%saside-%s%s>" % (slash, prefix, name, rest)


def broken(parsed: Found) -> BrokenDocument | None:
    """Return what is wrong with the XML, by feedparser's word; None if nothing is."""
    cause = parsed.get("bozo_exception")
    if not isinstance(cause, xml.sax.SAXException):
        return None
    line = column = 0
    if isinstance(cause, xml.sax.SAXParseException):
        # feedparser puts a line of its own before the document.
        line, column = (cause.getLineNumber() or 1) - 1, (cause.getColumnNumber() or 0) + 1
    return BrokenDocument(
        "syndication", f"the XML is broken: {cause.getMessage()}", line, column if line else 0
    )
