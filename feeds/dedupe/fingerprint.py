"""The fingerprint of a text: by what copies of it are found, and what verifies them.

A copy has another headline, lost paragraphs, got a footer, had words exchanged. Its *shingles*
(runs of three words; of five characters in scripts without spaces) are mostly those of the
original. Two reports made from one template share most shingles too; but what stands in the
places of numbers and names differs. So a print holds, in one length for all articles,

- a sketch of the shingles: 512 bins by hash, of each whether it has any and two bits of its least
  (one permutation hashing, Li, Owen and Zhang 2012), from which the share of common ones follows;
- two tables of *slots*, one for numbers and one for names: the words around it, and what it is.
  Where two texts have the same words around a number, is it the same number?
- which words the headline has.
"""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Collection

import msgspec
import numpy as np

from ..model import Article
from .words import PARAGRAPH, Hashes, Tokens, mixed, spans, tokenise

BANDS = 16
BAND_BYTES = 5
BINS = 512
SLOTS = 32
PRINT_BYTES = 4 + 3 * BINS // 8 + 2 * SLOTS + 8
"""Number of shingles and of bins that have any (2 bytes each, the low one first), three planes of
bins, the slots of numbers, the slots of names, the headline."""

LEAST_TOKENS = 16
"""A text of fewer words is not compared: a sentence ("The meeting has been postponed to Friday")
comes again by itself, and what it has in common with another proves nothing."""

BOILERPLATE_SEEN = 3
"""A paragraph is boilerplate once so many earlier articles of its source had it."""

_BOILERPLATE_TOKENS = 80  # a longer paragraph that comes again is the story that comes again
_LEAST_LEFT = 25  # tokens: if boilerplate is nearly all, it is not what we take it for
_MOST_KEYS = 40

KEY_BYTES = 6

_SHINGLE = 3, 8  # words; signs
_BAND_RUN = 6, 8

_NAME = r"(?:p|div|h[1-6]|[uod]l|li|d[td]|blockquote|table|t[rdh]|br|hr|pre|figure|figcaption)"
_ATTRIBUTES = r'(?:[^>"]|"[^"]*")*>'
_BLOCK = re.compile(rf"<(?:/?{_NAME}(?=[\s/>]){_ATTRIBUTES})|\n[ \t\r]*\n\s*", re.IGNORECASE)
_TAG = re.compile(rf"<[a-zA-Z/!]{_ATTRIBUTES}")

_SEEDS = mixed(np.arange(1, 64, dtype=np.uint64)) | np.uint64(1)
_FACTORS, _NUMBER, _A_NAME, _EDGE = _SEEDS[:8], *_SEEDS[8:11]
_PERMUTATIONS = (_SEEDS[11 : 11 + BANDS, None] >> np.uint64(31)).astype(np.uint32) | np.uint32(1)
_HIGH = np.uint64(0xFFFFFFFF00000000)
_BAND_NUMBERS = mixed(np.arange(100, 100 + BANDS, dtype=np.uint64))


class Text(msgspec.Struct, frozen=True):
    """The words of an article. *keys* are of those paragraphs that may be boilerplate.

    *places* are of the same paragraphs: the first token, and the first that is no longer theirs.
    """

    keys: tuple[bytes, ...]
    places: tuple[tuple[int, int], ...]
    tokens: Tokens
    title: Tokens


class Fingerprint(msgspec.Struct, frozen=True):
    """What an article is found and verified by.

    *bands* are ``BANDS`` keys of ``BAND_BYTES`` each, of which copies share some; *print* is what
    is compared, ``PRINT_BYTES`` of it.
    """

    bands: bytes
    print: bytes


def paragraphs(article: Article) -> Text:
    """Return the words of *article*, and the keys of its paragraphs. Takes linear time."""
    body = _plain(article.content_html or article.summary)
    tokens = tokenise(f"{article.title}{PARAGRAPH}{body}")
    begin = int(np.searchsorted(tokens.paragraphs, 1))
    title, tokens = tokens.only(slice(begin)), tokens.only(slice(begin, None))
    if not len(tokens):
        return Text((), (), tokens, title)
    begins = np.flatnonzero(np.diff(tokens.paragraphs, prepend=0))
    ends = np.append(begins[1:], len(tokens))
    short = np.flatnonzero(ends - begins < _BOILERPLATE_TOKENS)
    if len(short) > _MOST_KEYS:  # boilerplate stands at the edges
        short = np.append(short[: _MOST_KEYS // 2], short[-_MOST_KEYS // 2 :])
    hashes = spans(tokens.hashes, begins)[short].tobytes()
    return Text(
        tuple(hashes[at : at + KEY_BYTES] for at in range(0, len(hashes), 8)),
        tuple(zip(begins[short].tolist(), ends[short].tolist(), strict=True)),
        tokens,
        title,
    )


def fingerprint(text: Text, boilerplate: Collection[bytes]) -> Fingerprint | None:
    """Return the fingerprint of *text* without the paragraphs whose keys are *boilerplate*.

    None: there is too little text to be compared (``LEAST_TOKENS``).
    """
    tokens = _own(text, boilerplate)
    if len(tokens) < LEAST_TOKENS:
        return None
    shingles = np.sort(_runs(tokens, *_SHINGLE))
    return Fingerprint(
        _bands(_runs(tokens, *_BAND_RUN)),
        _sketch(shingles, _size(tokens, shingles)) + _slots(tokens) + _headline(text.title),
    )


def _plain(markup: str) -> str:
    """Return the text of *markup* with ``PARAGRAPH`` where one ends, and no tags."""
    text = _TAG.sub("", _BLOCK.sub(PARAGRAPH, markup))
    return html.unescape(text) if "&" in text else text


def _own(text: Text, boilerplate: Collection[bytes]) -> Tokens:
    """Return the tokens that are no boilerplate; all of them, if hardly any would be left."""
    if not boilerplate:
        return text.tokens
    kept = np.ones(len(text.tokens), np.bool_)
    for key, (begin, end) in zip(text.keys, text.places, strict=True):
        if key in boilerplate:
            kept[begin:end] = False
    return text.tokens.only(kept) if kept.sum() >= _LEAST_LEFT else text.tokens


def _runs(tokens: Tokens, words: int, signs: int) -> Hashes:
    """Return the hash of each run of *words* words, or of *signs* signs of a script without spaces.

    What a run begins with says which of both it is. A text shorter than that has none.
    """
    runs = _sums(tokens.hashes, words)
    if tokens.signs.any():
        of_signs = _sums(tokens.hashes, signs)
        is_sign = tokens.signs
        runs = np.concatenate([runs[~is_sign[: len(runs)]], of_signs[is_sign[: len(of_signs)]]])
    return mixed(runs)


def _sums(hashes: Hashes, length: int) -> Hashes:
    most = max(0, len(hashes) - length + 1)
    sums: Hashes = hashes[:most] * _FACTORS[0]
    for at in range(1, length):
        sums += hashes[at : most + at] * _FACTORS[at]
    return sums


def _bands(runs: Hashes) -> bytes:
    """Return ``BANDS`` keys: the least of *runs* in as many permutations (MinHash, Broder 1997)."""
    folded = (runs >> np.uint64(32)).astype(np.uint32)
    least = (folded * _PERMUTATIONS).min(axis=1).astype(np.uint64)
    keys = mixed(least + _BAND_NUMBERS)
    return keys.view(np.uint8).reshape(BANDS, 8)[:, :BAND_BYTES].tobytes()


def _size(tokens: Tokens, shingles: Hashes) -> int:
    """Return how many different *shingles* (sorted) there are, two of signs counted as one.

    So short is equally short in all scripts.
    """
    different = 1 + int(np.count_nonzero(shingles[1:] != shingles[:-1]))
    return max(1, round(different * (1 - int(np.count_nonzero(tokens.signs)) / len(tokens) / 2)))


def _sketch(shingles: Hashes, size: int) -> bytes:
    """Return counts and planes of *shingles*: they are sorted, the first of a bin is its least."""
    bins = (shingles >> np.uint64(55)).astype(np.int64)
    firsts = np.flatnonzero(np.diff(bins, prepend=-1))
    planes = np.zeros((3, BINS), np.uint8)
    planes[0, bins[firsts]] = 1
    planes[1, bins[firsts]] = shingles[firsts] & np.uint64(1)
    planes[2, bins[firsts]] = shingles[firsts] >> np.uint64(1) & np.uint64(1)
    return (
        struct.pack("<HH", min(size, 0xFFFF), len(firsts))
        + np.packbits(planes, axis=1, bitorder="little").tobytes()
    )


def _slots(tokens: Tokens) -> bytes:
    """Return the tables of numbers and of names by the words around them, ``SLOTS`` bytes each.

    A byte has five bits of the words around (1 to 31; an empty slot is 0) and three of what stands
    there. The words around are two before and one after; numbers and names among them are all
    alike, for they are slots too.
    """
    table = np.zeros(2 * SLOTS, np.uint8)
    at = np.flatnonzero(tokens.numbers | tokens.names)
    if len(at):
        near = np.full(len(tokens) + 3, _EDGE)
        near[2:-1] = tokens.hashes
        names = tokens.names[at]
        near[at + 2] = np.where(names, _A_NAME, _NUMBER)
        around = near[at] * _FACTORS[0] + near[at + 1] * _FACTORS[1] + near[at + 3] * _FACTORS[2]
        keys = mixed(around) >> np.uint64(1) & _HIGH | tokens.hashes[at] >> np.uint64(32)
        keys |= names.astype(np.uint64) << np.uint64(63)
        keys.sort()
        slots = (keys >> np.uint64(58)).astype(np.int64)
        firsts = np.flatnonzero(np.diff(slots, prepend=-1))
        least = keys[firsts]
        place = (least >> np.uint64(32)) % np.uint64(31) + np.uint64(1)
        table[slots[firsts]] = place << np.uint64(3) | least & np.uint64(7)
    return table.tobytes()


def _headline(title: Tokens) -> bytes:
    """Return a bit for each word of *title*; for each pair of signs in a script without spaces."""
    hashes = title.hashes
    if title.signs.any() and len(hashes) > 1:
        hashes = mixed(hashes[:-1] * _FACTORS[0] + hashes[1:])
    bits = np.zeros(64, np.uint8)
    bits[(hashes >> np.uint64(58)).astype(np.int64)] = 1
    return np.packbits(bits, bitorder="little").tobytes()
