"""Bytes to text, once, for every text format."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})""", re.ASCII)
_DECLARATION_BYTES = 1024  # HTML, "prescan a byte stream": a declaration stands in the first 1,024
_GUESS_BYTES = 65_536
_NO_CHARSETS = frozenset(
    # Python's own codecs, which are no character encodings of documents.
    (b"idna", b"punycode", b"undefined", b"unicode_escape", b"raw_unicode_escape", b"utf-7")
)


def decode(data: bytes) -> str:
    """Return *data* as text: by its byte order mark, as UTF-8, as it declares, or by a guess.

    UTF-8 goes before the declaration because text that decodes as UTF-8 by accident is far rarer
    than a wrong declaration. Never fails: what cannot be decoded becomes U+FFFD.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4:  # cut inside the last character
            return data.decode("utf-8", "ignore")
    declared = _DECLARED.search(data[:_DECLARATION_BYTES])
    if declared and declared[1].lower() not in _NO_CHARSETS:
        with suppress(LookupError, UnicodeError):
            return data.decode(declared[1].decode("ascii"))
    guess = from_bytes(data[:_GUESS_BYTES]).best()
    return data.decode(guess.encoding if guess else "cp1252", "replace")
