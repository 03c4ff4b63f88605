"""Header fields to text, however encoded or damaged, and bodies by the charset they say."""

from __future__ import annotations

import re
from binascii import Error as BrokenBase64
from binascii import a2b_base64, a2b_qp
from codecs import lookup
from datetime import datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from ..decoding import decode

_SHORTEST_GUESS = 80  # bytes
_LONGEST_FIELD = 16_384
# RFC 2047, 2; blanks inside are against the rules and common.
_ENCODED = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[\w-]{1,20})?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"\s*")
_UNFOLD = re.compile(r"\r?\n[ \t]*|\r")
# In these a byte above 127, or an escape, is half of a character: UTF-8 is not tried before them.
_SEVERAL_BYTES = re.compile(
    r"iso-?2022|gb|big5|shift|sjis|euc|hz|ks_c|cp9\d\d|johab|utf-?(?:16|32)", re.IGNORECASE
)
_NOT_CHARSETS = frozenset(
    {"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"}
)
_ALIASES = {
    "utf8mb4": "utf-8",
    "x-sjis": "shift_jis",
    "unicode-1-1-utf-8": "utf-8",
    "cp-850": "cp850",
}


def in_charset(data: bytes, charset: str | None) -> str:
    """Return *data* as text in *charset* if it can be, else by what it holds."""
    name = (charset or "").strip("\"' ").lower()
    name = _ALIASES.get(name, name)
    if not name or name in _NOT_CHARSETS:
        return _guessed(data)
    try:
        name = lookup(name).name
        if not _SEVERAL_BYTES.match(name):
            return data.decode("utf-8")
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        pass
    try:
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return _guessed(data)


def _guessed(data: bytes) -> str:
    """Return *data* as text by what it holds; a few words are too little for a guess."""
    if len(data) > _SHORTEST_GUESS:
        return decode(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def field(message: Message, name: str) -> str:
    """Return the field *name* of *message* as one line of text, or ""."""
    value = message.get(name)
    return text_of(str(value)) if value is not None else ""


def text_of(value: str) -> str:
    """Return a field's *value* with its encoded words decoded and its folds undone.

    The words in a row are put together before they are decoded: some cut a character in two.
    """
    value = _UNFOLD.sub(" ", value[:_LONGEST_FIELD])
    if not value.isascii():  # the parser keeps foreign bytes as surrogates
        value = decode(value.encode("utf-8", "surrogateescape"))
    out: list[str] = []
    end, charset, pending = 0, "", b""
    for word in _ENCODED.finditer(value):
        between = value[end : word.start()]
        if pending and (between.strip() or word[1].lower() != charset):
            out.append(in_charset(pending, charset))
            pending = b""
        if between.strip() or not end:
            out.append(between)
        charset, pending, end = word[1].lower(), pending + _word(word[2], word[3]), word.end()
    if pending:
        out.append(in_charset(pending, charset))
    return " ".join("".join([*out, value[end:]]).split())


def people_in(value: str) -> list[tuple[str, str]]:
    """Return the names and addresses of a field like From, each name decoded."""
    value = _UNFOLD.sub(" ", value[:_LONGEST_FIELD])
    try:
        pairs = getaddresses([value])
    except (ValueError, IndexError, TypeError):  # of a field that is broken beyond it
        pairs = []
    return [(text_of(name), address) for name, address in pairs if name or "@" in address]


def date_of(message: Message) -> datetime | str | None:
    """Return when *message* was sent, by its own word or by the first server that took it."""
    for value in (message.get("Date"), message.get("Resent-Date"), *_received(message)):
        try:
            return parsedate_to_datetime(str(value)) if value else None
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return text_of(str(message["Date"])) or None if message["Date"] else None


def _received(message: Message) -> list[str]:
    trail = message.get_all("Received") or []
    return [str(one).rpartition(";")[2].strip() for one in reversed(trail[-20:]) if ";" in str(one)]


def _word(encoding: str, data: str) -> bytes:
    raw = data.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return a2b_qp(raw.replace(b" ", b"_"), header=True)
    try:
        return a2b_base64(raw + b"=" * (-len(raw.rstrip(b"=")) % 4))
    except BrokenBase64:
        return b""
