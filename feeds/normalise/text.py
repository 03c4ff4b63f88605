# ruff: noqa: RUF001, look-alike characters are its business
"""Repair text and make one-line fields of it: once, so that nothing after this has to.

``tidy`` mends characters and leaves the words alone; ``plain`` makes a title or another one-line
field; ``cut`` shortens. Each is linear in the length of what it is given.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape

import nh3

from ..model import Text

ONE_LINE_CHARACTERS = 16_384
"""How much of a one-line field is looked at: 20 times the longest summary that is kept."""

_OFTEN_REPEATED = 100  # characters: names of people and sections; some thousand are 1 MB

# XML 1.0, 2.2 "Char" forbids the C0 controls, surrogates, U+FFFE and U+FFFF; U+FDD0 to U+FDEF are
# no characters (Unicode 23.7), DEL has no meaning in text, U+FEFF is a byte order mark gone astray.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_FORBIDDEN_NOT_C1 = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
# Vertical tab and form feed part words; a C1 control is a cp1252 character that was read as
# Latin-1, as HTML reads &#146; (HTML, "numeric character reference end state").
_MEANT = {"\x0b": " ", "\x0c": " "} | {
    chr(byte): bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)
}
_ASCII = {byte: _MEANT.get(chr(byte)) for byte in range(0x80) if _FORBIDDEN.match(chr(byte))}
# Most text needs no repair, and what is beyond ASCII in it tells: letters of the commonest scripts
# and their punctuation, none of which NFC touches or joins to what stands before it.
_SOUND_ASCII = bytes(byte for byte in range(0x80) if byte not in _ASCII and chr(byte) != "\r")
_SOUND = re.compile(
    "[\xa0-\u017f\u0400-\u0481\u048a-\u052f\u05d0-\u05ea\u0621-\u064a\u2010-\u2027\u2030-\u205e"
    "\u20ac\u2122\u3001-\u3029\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*"
)

# A byte 0x80 to 0xBF as cp1252 shows it; Latin-1 shows the first half as C1 controls.
_C1 = "".join(chr(byte) for byte in range(0x80, 0xA0))
_CP1252 = "".join(mark for mark in map(_MEANT.__getitem__, _C1) if mark)
_TAIL = f"[{re.escape(_C1 + _CP1252)}\xa0-\xbf]"
_SEQUENCE = f"(?:[Â-ß]{_TAIL}|[à-ï]{_TAIL}{_TAIL}|[ð-ô]{_TAIL}{_TAIL}{_TAIL})"
_SCRAMBLED = re.compile(f"{_SEQUENCE}++")
_SUSPECT = re.compile(f"[Â-ô]{_TAIL}")  # six times as fast as the whole pattern
# What no language writes: "â€" opens all typographic marks, "ðŸ" all emoji, "ï»¿" is the byte
# order mark; after "Ã" and "Â" the quotes, dashes and dots that may follow a word are left out.
_UNMISTAKABLE = re.compile(
    f"â(?:€|\x80){_TAIL}|ð(?:Ÿ|\x9f)|ï»¿|[ÃÂ][\x80-\x9f€ƒ†‡ˆ‰ŠŒŽ˜šœžŸ¡-©«-¶¸¼-¿]"
)
_SURE_SEQUENCES = 3  # three sequences in a row are a word of another script, not punctuation
_CP1252_BYTES = str.maketrans(
    {mark: chr(0x80 + i) for i, mark in enumerate(map(_MEANT.__getitem__, _C1)) if mark}
)

_OVERLAY = re.compile("(?<=[\x00\x01])\u0338+")

_TEXT_ONLY = nh3.Cleaner(tags=set())
_BLOCK_EDGE = re.compile(
    r"<(?=/?(?:p|div|br|li|ul|ol|h[1-6]|tr|t[dh]|table|blockquote|figcaption|figure|section|article"
    r"|d[dt]|pre|hr)[\s/>])",
    re.IGNORECASE,
)
# Invisible in one line: soft hyphen, zero-width space, word joiner, and the two overrides that
# turn the letters around (U+202D, U+202E), which serve nobody but forgers.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\u202d\u202e]")

# An abbreviation ("U.S.", "No.", "Mr.") ends in fewer than three letters before its full stop.
_SENTENCE_END = re.compile(r"""(?:(?<=\w\w\w)\.|[!?…])["'’”»)\]]{0,3}(?=\s|$)|[。！？]""")
_ELLIPSIS = "…"


def printable(value: str) -> str:
    """Return *value* without the characters that XML 1.0 forbids; C1 controls become cp1252's."""
    if value.isascii():
        return value.translate(_ASCII)
    return _FORBIDDEN.sub(lambda found: _MEANT.get(found[0], ""), value)


def tidy(value: str) -> str:
    """Return *value* repaired: legal in XML, mojibake undone once, NFC, lines ended by U+000A."""
    if value.isascii():
        value = value.translate(_ASCII)
    elif not _is_sound(value):
        if _FORBIDDEN.search(value):
            # C1 controls stay until mojibake is undone: "â€\x9d" is a quotation mark.
            value = _FORBIDDEN_NOT_C1.sub("", value)
            value = printable(_unscramble(value))
        else:
            value = _unscramble(value)
        if not unicodedata.is_normalized("NFC", value):
            value = _composed(value)
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return value


def _is_sound(value: str) -> bool:
    """Tell whether *value* is as it should be, in a sixth of the time that the repairs take."""
    try:
        beyond = value.encode().translate(None, _SOUND_ASCII).decode()
    except UnicodeEncodeError:  # lone surrogates
        return False
    if not _SOUND.fullmatch(beyond):
        return False
    # What was taken out may have stood between, so a suspicion is looked at again.
    return not (_SUSPECT.search(beyond) and _SUSPECT.search(value))


def _composed(value: str) -> str:
    """Return *value*, which holds no controls, in NFC, its angle brackets left alone.

    NFC makes one character of ">" and U+0338, and so would break a tag.
    """
    hidden = value.replace("<", "\x00").replace(">", "\x01")
    hidden = _OVERLAY.sub("", unicodedata.normalize("NFC", hidden))
    return hidden.replace("\x00", "<").replace("\x01", ">")


def _unscramble(value: str) -> str:
    """Undo UTF-8 that was read as cp1252 or Latin-1, where nothing else can have been meant.

    A run is repaired when it holds what no language writes, or is long. When one run was, and
    the field holds nothing but runs beyond ASCII, the doubtful runs ("Ã" and a no-break space)
    were scrambled with it.
    """
    if not _SUSPECT.search(value):
        return value
    broken = bool(_UNMISTAKABLE.search(value)) and _SCRAMBLED.sub("", value).isascii()

    def repair(found: re.Match[str]) -> str:
        run = found[0]
        raw = run.translate(_CP1252_BYTES).encode("latin-1")
        if not (broken or _UNMISTAKABLE.search(run) or _long(raw)):
            return run
        try:
            return printable(raw.decode("utf-8"))
        except UnicodeDecodeError:
            return run

    return _SCRAMBLED.sub(repair, value)


def _long(raw: bytes) -> bool:
    """Tell whether *raw* has as many UTF-8 lead bytes (0xC0 and above) as chance never strings."""
    return sum(byte >= 0xC0 for byte in raw) >= _SURE_SEQUENCES  # noqa: PLR2004, RFC 3629, 3


def plain(text: Text) -> str:
    """Return *text* as one line of plain text.

    HTML loses its tags and has its entities unescaped exactly once; what is declared as text is
    text, ``&amp;`` and ``<b>`` included. White space collapses, invisible characters go.
    """
    value = text.value[:ONE_LINE_CHARACTERS]
    if text.type == "html":
        if "<" in value:
            value = _TEXT_ONLY.clean(_BLOCK_EDGE.sub(" <", printable(value)))
        if "&" in value:
            value = unescape(value)
    return one_line(tidy(value))


def line(value: str | None) -> str:
    """Return the plain string of a field that has no type (a name, a category, a credit).

    Entities are unescaped once: WordPress, the most common source, writes such fields as escaped
    HTML inside CDATA (``<![CDATA[Arts &amp; Culture]]>``).
    """
    if not value:
        return ""
    if len(value) <= _OFTEN_REPEATED:
        return _short_line(value)
    value = value[:ONE_LINE_CHARACTERS]
    return one_line(tidy(unescape(value) if "&" in value else value))


@lru_cache(maxsize=2_000)  # an author, a section or a credit comes back in entry after entry
def _short_line(value: str) -> str:
    return one_line(tidy(unescape(value) if "&" in value else value))


def one_line(value: str) -> str:
    """Return *value*, which is tidy, with its white space collapsed and invisible marks gone."""
    if not value.isascii():
        value = _INVISIBLE.sub("", value)
    return " ".join(value.split())


def cut(value: str, limit: int) -> str:
    """Return *value*, one line, in at most *limit* characters.

    It ends with a sentence where one ends in the last two fifths, else with a word and an
    ellipsis, else (scripts without spaces) with a character and an ellipsis.
    """
    if len(value) <= limit:
        return value
    least = limit * 3 // 5  # a shorter summary would say too little
    ends = [found.end() for found in _SENTENCE_END.finditer(value[: limit + 1], least)]
    if ends and ends[-1] <= limit:
        return value[: ends[-1]]
    end = value.rfind(" ", least, limit)
    if end < 0:
        end = limit - 1
        while end > least and unicodedata.combining(value[end]):
            end -= 1  # an accent stays on its letter
    return value[:end].rstrip(" ,;:-–—(") + _ELLIPSIS


def first_sentence(value: str) -> str:
    """Return the first sentence of *value*, one line, or all of it when it holds but one."""
    found = _SENTENCE_END.search(value)
    return value[: found.end()] if found else value
