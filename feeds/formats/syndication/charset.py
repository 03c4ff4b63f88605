"""The bytes of a feed made UTF-8, once for both readers."""

from __future__ import annotations

import codecs
import re

from ...model import Document
from ..decoding import decode, wide

_DECLARATION = re.compile(rb"\s*<\?xml\s([^<>]{0,400})>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_UTF8 = ("utf-8", "utf8")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# Codecs of Python that are no character sets of documents, some of them with quadratic decoders.
_NO_CHARSETS = frozenset(("punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7"))


def utf8(document: Document) -> tuple[bytes, str]:
    """Return the document in UTF-8, without byte order mark and XML declaration, and its charset.

    UTF-8 goes before what is declared, as in ``decode``; then HTTP's word, then the declaration's.
    Bytes that are no UTF-8 in a document that claims to be are windows-1252, one by one: feeds are
    pasted together from sources of both kinds.
    """
    data = document.data
    if family := wide(data):
        return _declaration_off(data.decode(family, "replace")), family
    data = data.removeprefix(codecs.BOM_UTF8)
    declaration = _DECLARATION.match(data)
    if declaration:
        data = data[declaration.end() :]
    claimed = _claimed(declaration, document.content_type or "")
    if data.isascii():
        if claimed and b"\x1b" in data:  # ISO-2022-JP switches by escapes, which are ASCII
            return _transcoded(data, claimed)
        return data, claimed[0] if claimed else "utf-8"  # whatever is claimed of ASCII is true
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _transcoded(data, claimed)
    return data, "utf-8"


def _claimed(declaration: re.Match[bytes] | None, content_type: str) -> list[str]:
    """Return the charsets that HTTP and the XML declaration name, if they are any."""
    http = _CHARSET.search(content_type)
    xml = _ENCODING.search(declaration[1]) if declaration else None
    names = (http and http[1], xml and xml[1].decode("ascii"))
    return [codec for name in names if name and (codec := _charset(name))]


def _transcoded(data: bytes, claimed: list[str]) -> tuple[bytes, str]:
    for codec in claimed:
        try:
            text = data.decode(codec)
        except (UnicodeError, LookupError):  # LookupError: a codec, but of no text
            if codec in _UTF8:
                return data.decode("utf-8", _CP1252).encode("utf-8"), codec
            continue
        return text.encode("utf-8", "replace"), codec
    return _declaration_off(decode(data)), ""


def _declaration_off(text: str) -> bytes:
    data = text.lstrip("\ufeff").encode("utf-8", "replace")
    return _DECLARATION.sub(b"", data, count=1)


def _charset(name: str) -> str | None:
    """Return the name of a charset in small letters, None for what must not decode a document."""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, UnicodeError):
        return None
    if codec in _NO_CHARSETS:
        return None
    return "gb18030" if codec == "gb2312" else name.lower()  # its superset, which is what is meant


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


_CP1252 = "wireroom.cp1252"
codecs.register_error(_CP1252, _as_cp1252)
