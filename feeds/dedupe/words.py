"""The words of a text as arrays: folded, hashed and told apart, with no loop over them.

A copy of a story arrives as HTML or as plain text, with curly or straight quotation marks, soft
hyphens, other spaces, "1,234" or "1234": all that gives the same words here. Scripts that put
spaces between words give words; those that do not (Chinese, Japanese, Thai, Lao, Khmer, Burmese)
give a token for each character with the marks that stand on it.

Every character is looked up in a table of the Basic Multilingual Plane, which is made once for a
process; what follows is arithmetic on whole arrays, some tens of microseconds for an article.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]

PARAGRAPH = "\x1e"
"""What parts paragraphs in the text given to ``tokenise``: no text that was admitted holds it."""

MOST_CHARACTERS = 50_000
"""So much of a text is looked at, some 8,000 words: a bound for the time it takes."""

# What a character is, in bits 16 to 19 of its entry in the table; its folded form is below them.
_APART, _DROP, _COMMA, _POINT, _APOSTROPHE, _EXPAND, _LETTER, _DIGIT, _SIGN, _ON_SIGN = range(10)
# Bits above: a capital letter; part of a token; the end of a sentence, and of a paragraph.
_KIND, _UPPER, _INSIDE, _ENDS = 16, 1 << 20, 1 << 21, 22
_ENDS_SENTENCE, _ENDS_PARAGRAPH = 1 << _ENDS, 3 << _ENDS
_PARAGRAPH_COUNT = 32
_WEIGHTS = np.array([0, 1, 0, (1 << _PARAGRAPH_COUNT) + 1], np.int64)

_PLANE = 0x10000
_BASE = 0x9E3779B97F4A7C15  # of a polynomial; odd, so that it has an inverse
_EMOJI = range(0x1F000, 0x1FB00)
_RARE_SIGN = 0x3400
"""Letters and ideographs beyond the plane are as one: rare, and no reason for a larger table."""

_NO_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x312F),  # kana, bopomofo
    (0x31A0, 0x9FFF),  # ideographs
    (0xF900, 0xFAFF),
)
# Accents and vowel points that one writer sets and another leaves out, in Latin, Greek, Cyrillic,
# Hebrew and Arabic. The marks of Indian scripts are vowels of the word and stay.
_OPTIONAL_MARKS = ((0x0300, 0x06FF), (0x1AB0, 0x20FF))
_SOUNDING_MARKS = "\u3099\u309a\uff9e\uff9f"  # those of kana, which tell "ga" from "ka"
_HANGUL, _JAMO = ((0xAC00, 0xD7A3),), ((0x1100, 0x11FF),)
_TATWEEL = "\u0640"  # stretches an Arabic word

_JOINTS = {
    ".": _POINT,
    **dict.fromkeys(",\u066b\u066c\xa0\u2009\u202f", _COMMA),
    **dict.fromkeys("'\u2019\u02bc\u2018`\xb4", _APOSTROPHE),
}
_STOPS = frozenset('.!?:;\u2026"\u201c\u201e\xab\u061f\u06d4\u0964' + PARAGRAPH)


class Tokens(msgspec.Struct, frozen=True):
    """The tokens of a text, in its order; each array has one value for each of them.

    *hashes* are of the folded token, *numbers* marks those of digits, *names* the capitalised words
    that open no sentence, *signs* the characters of a script without spaces; *paragraphs* says in
    which paragraph, from 0, the token stands.
    """

    hashes: Hashes
    numbers: Mask
    names: Mask
    signs: Mask
    paragraphs: Indices

    def __len__(self) -> int:
        """Return how many tokens there are."""
        return len(self.hashes)

    def only(self, kept: Mask | slice) -> Tokens:
        """Return the tokens that *kept* marks."""
        return Tokens(
            self.hashes[kept],
            self.numbers[kept],
            self.names[kept],
            self.signs[kept],
            self.paragraphs[kept],
        )


def tokenise(text: str) -> Tokens:
    """Return the tokens of *text*, whose paragraphs ``PARAGRAPH`` parts. Takes linear time."""
    entries = _joined(_entries(f" {text[:MOST_CHARACTERS]} "))
    places = np.flatnonzero(entries & _INSIDE != 0)
    if not len(places):
        return NONE
    inside = entries[places]
    at = np.flatnonzero(_begins(inside >> _KIND & 15, places))
    first = inside[at]
    kinds = first >> _KIND & 15
    # Two counts in one: the ends of sentences before a token, and above them those of paragraphs.
    ends = np.cumsum(_WEIGHTS[entries >> _ENDS & 3], dtype=np.int64)[places[at]]
    names = first & _UPPER != 0
    names[0] = False
    names[1:] &= ends[1:] == ends[:-1]
    names[:-1] &= at[1:] - at[:-1] > 1
    return Tokens(
        spans(inside & 0xFFFF, at), kinds == _DIGIT, names, kinds >= _SIGN, ends >> _PARAGRAPH_COUNT
    )


def _begins(kinds: NDArray[Any], places: Indices) -> Mask:
    """Return where tokens begin: at a sign, where the kind changes, after what parts tokens."""
    begins = np.empty(len(places), np.bool_)
    begins[0] = True
    np.not_equal(kinds[1:], kinds[:-1], out=begins[1:])
    begins[1:] |= places[1:] - places[:-1] > 1
    if kinds.max() >= _SIGN:
        begins |= kinds == _SIGN
        begins[1:] &= (kinds[1:] != _ON_SIGN) | (kinds[:-1] < _SIGN)
    return begins


def spans(values: NDArray[Any], at: Indices) -> Hashes:
    """Return a hash of each run of *values*; the runs begin *at* these places, the first at 0.

    A run's hash is the same wherever it stands: a polynomial modulo 2**64, from sums of the whole
    that are divided by the power at which the run begins.
    """
    powers, inverses = _powers()
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values.astype(np.uint64) * powers[: len(values)], out=sums[1:])
    starts = sums[at]
    return mixed((np.append(starts[1:], sums[-1]) - starts) * inverses[at])


def mixed(hashes: Hashes) -> Hashes:
    """Return *hashes* with every bit of each depending on all of its bits (murmur3's finaliser)."""
    hashes = hashes ^ (hashes >> np.uint64(33))
    hashes *= np.uint64(0xFF51AFD7ED558CCD)
    hashes ^= hashes >> np.uint64(33)
    hashes *= np.uint64(0xC4CEB9FE1A85EC53)
    hashes ^= hashes >> np.uint64(33)
    return hashes


def _entries(text: str) -> NDArray[np.uint32]:
    """Return the table's entry for each character of *text*."""
    entries = _looked_up(text)
    expand = entries >> _KIND & 15 == _EXPAND
    if expand.any():
        text = unicodedata.normalize("NFKC", text)
        text = text.replace("\xdf", "ss").replace("\u1e9e", "SS")[:MOST_CHARACTERS]
        entries = _looked_up(text)
        expand = entries >> _KIND & 15 == _EXPAND
        entries[expand] += np.uint32(_INSIDE + (_LETTER - _EXPAND << _KIND))
    return entries


def _looked_up(text: str) -> NDArray[np.uint32]:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    if points.max() >= _PLANE:
        emoji = (points >= _EMOJI.start) & (points < _EMOJI.stop)
        points = np.where(emoji, 32, np.where(points < _PLANE, points, _RARE_SIGN))
    return _table()[points]


def _joined(entries: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return *entries* without what is to be dropped, and without the joints of one token.

    That is the comma or point between digits, and the apostrophe or point between letters.
    """
    kinds = entries >> _KIND & 15
    dropped = kinds == _DROP
    if dropped.any():
        entries = entries[~dropped]
        kinds = entries >> _KIND & 15
    joints = np.flatnonzero((kinds >= _COMMA) & (kinds <= _APOSTROPHE))
    joints = joints[(joints > 0) & (joints < len(kinds) - 1)]
    before = kinds[joints - 1]
    joins = before == kinds[joints + 1]
    joins &= (before == _DIGIT) | ((before == _LETTER) & (kinds[joints] != _COMMA))
    if not joins.any():
        return entries
    kept = np.ones(len(entries), np.bool_)
    kept[joints[joins]] = False
    return entries[kept]


@cache
def _powers() -> tuple[Hashes, Hashes]:
    """Return the powers of the base of ``spans``, modulo 2**64, and their inverses."""
    powers = np.full(MOST_CHARACTERS + 2, _BASE, np.uint64)
    inverses = np.full(MOST_CHARACTERS + 2, pow(_BASE, -1, 1 << 64), np.uint64)
    powers[0] = inverses[0] = 1
    return np.cumprod(powers), np.cumprod(inverses)


@cache
def _table() -> NDArray[np.uint32]:
    """Return the entry of each character of the plane. Takes some 0.1 s, once."""
    table = np.fromiter(map(_entry, map(chr, range(_PLANE))), np.uint32, _PLANE)
    table[table >> _KIND & 15 >= _LETTER] |= _INSIDE
    table.setflags(write=False)
    return table


def _entry(sign: str) -> int:
    category = unicodedata.category(sign)
    if category[0] in "LN":
        return _folded(sign) | (_UPPER if category in ("Lu", "Lt") else 0)
    if category[0] == "M":
        return _mark(sign)
    if category == "Cf":  # soft hyphen, zero width
        return _DROP << _KIND
    if sign == PARAGRAPH:
        return _ENDS_PARAGRAPH
    return _JOINTS.get(sign, _APART) << _KIND | (_ENDS_SENTENCE if sign in _STOPS else 0)


def _mark(sign: str) -> int:
    if _in(_OPTIONAL_MARKS, sign):
        return _DROP << _KIND
    if sign in _SOUNDING_MARKS:
        return _EXPAND << _KIND
    return (_ON_SIGN if _in(_NO_SPACES, sign) else _LETTER) << _KIND | ord(sign)


def _folded(sign: str) -> int:
    """Return the entry of a letter or digit without its case and its optional marks."""
    if sign == _TATWEEL or sign in _JOINTS:
        return (_DROP if sign == _TATWEEL else _JOINTS[sign]) << _KIND
    if _in(_HANGUL, sign):  # its decomposition would be several letters
        return _LETTER << _KIND | ord(sign)
    if _in(_JAMO, sign) or sign in _SOUNDING_MARKS:
        return _EXPAND << _KIND | ord(sign)
    if _in(_NO_SPACES, sign):
        base = list(unicodedata.normalize("NFKC", sign))
    else:
        whole = unicodedata.normalize("NFKD", sign.casefold()).casefold()
        base = [one for one in whole if not unicodedata.category(one).startswith("M")] or [sign]
    digit = unicodedata.decimal(base[0], None)
    if len(base) > 1:
        return _EXPAND << _KIND | ord(base[0])
    if digit is not None:
        return _DIGIT << _KIND | ord("0") + digit
    return (_SIGN if _in(_NO_SPACES, base[0]) else _LETTER) << _KIND | ord(base[0]) & 0xFFFF


def _in(ranges: tuple[tuple[int, int], ...], sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in ranges)


_EMPTY = np.zeros(0, np.bool_)
NONE = Tokens(np.zeros(0, np.uint64), _EMPTY, _EMPTY, _EMPTY, np.zeros(0, np.int64))
