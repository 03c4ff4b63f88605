"""Bytes to text, once, for every text format."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from charset_normalizer import from_bytes

# XML 1.0, appendix F.1: "<" or "<?" in charsets in which a declaration cannot be read as ASCII.
_WIDE = (
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (b"\0\0\0<", "utf-32be"),
    (b"<\0\0\0", "utf-32le"),
    (b"\0<\0", "utf-16be"),
    (b"<\0", "utf-16le"),
)
_EBCDIC = "<?xm".encode("cp037")
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})""", re.ASCII)
_DECLARATION_BYTES = 1024  # HTML, "prescan a byte stream": a declaration stands in the first 1,024
_GUESS_BYTES = 65_536
_NO_CHARSETS = frozenset(
    # Python's own codecs, which are no character encodings of documents.
    (b"idna", b"punycode", b"undefined", b"unicode_escape", b"raw_unicode_escape", b"utf-7")
)


def wide(data: bytes) -> str | None:
    """Return the charset of *data* if its first bytes show that it is UTF-16, UTF-32 or EBCDIC."""
    for beginning, encoding in _WIDE:
        if data.startswith(beginning):
            return encoding
    if data.startswith(_EBCDIC):  # all code pages agree on the characters of the declaration
        declared = _DECLARED.search(data[:_DECLARATION_BYTES].decode("cp037").encode("latin-1"))
        return _ebcdic(declared[1].decode("ascii")) if declared else "cp037"
    return None


def _ebcdic(name: str) -> str:
    """Return *name* if it is a code page of EBCDIC, else the most common one."""
    with suppress(LookupError, UnicodeError):
        if "<?xm".encode(name) == _EBCDIC:
            return name
    return "cp037"


def decode(data: bytes) -> str:
    """Return *data* as text: by its byte order mark, as UTF-8, as it declares, or by a guess.

    UTF-8 goes before the declaration because text that decodes as UTF-8 by accident is far rarer
    than a wrong declaration. Never fails: what cannot be decoded becomes U+FFFD.
    """
    if family := wide(data):
        return data.decode(family, "replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # cut inside the last character
            return data.decode("utf-8", "ignore")
    declared = _DECLARED.search(data[:_DECLARATION_BYTES])
    if declared and declared[1].lower() not in _NO_CHARSETS:
        with suppress(LookupError, UnicodeError):
            return data.decode(declared[1].decode("ascii"))
    guess = from_bytes(data[:_GUESS_BYTES]).best()
    return data.decode(guess.encoding if guess else "cp1252", "replace")
