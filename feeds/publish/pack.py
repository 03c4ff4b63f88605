"""A document as gzip and as brotli, at the cost of what is new in it.

When a feed of 200 items gets one more, the compressed bytes of the others are joined as they were.
The pieces of a document (head, items, tail) are gathered into groups, whose bounds hang on the
pieces alone, so that an item that comes or goes moves no bounds but its own, and the same document
gives the same bytes in any process. What a group was compressed to is kept.

Deflate (RFC 1951) may refer to the 32 KB before: a group is compressed after the one before it, and
anew when that changes. Brotli (RFC 7932, section 4) may besides refer to its last distances,
whatever these were, to a dictionary by way of the position, and to the two bytes before. Quality 1
does none of these across the calls that hand it its input, so a group that it compressed is the
same text wherever it stands. A group of quality 3 mostly is another one.
"""

from __future__ import annotations

import os
import struct
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from math import log2
from threading import Lock

import brotli  # type: ignore[import-untyped]  # the package ships no types
import deflate
from xxhash import xxh3_64_intdigest, xxh3_128_digest

# Over published feeds of real news. Whole: libdeflate's 1 takes 3.9 ns a byte for 29.0 per cent of
# the size, brotli's 3 takes 6.5 for 27.4. In groups, for each byte that is new: zlib's 2 takes 9.5
# for 30.8 (1: 8.7, 31.8; 3: 11.5, 30.0), brotli's 1 takes 3.3 for 30.0. ISA-L would be faster than
# libdeflate, but does not promise the same bytes on every processor.
_GZIP_LEVEL = 1
_BROTLI_QUALITY = 3
_GROUP_GZIP_LEVEL = 2
_GROUP_BROTLI_QUALITY = 1
_GZIP_BYTES = 12_000  # in a group, on average; brotli's, which sees nothing before it, is larger
_BROTLI_BYTES = 96_000
_DICTIONARY_BYTES = 8_000  # before a group; 16,000 gain 0.1 per cent
_LONGEST = 4  # times the average
_WHOLE_BYTES = 32_000  # less is compressed whole in the same time, to less
_KEPT_BYTES = 32 << 20  # compressed, in one process
_SHORT_BYTES = 8_000  # of pieces whose marks are kept: at most 32 MB, which mostly are kept anyway
# So that nobody can write two texts that are taken for one: it would need to know this.
_SECRET = int.from_bytes(os.urandom(8))

_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # RFC 1952: no name, no time, no system
_GZIP_END = b"\x03\0"  # RFC 1951, 3.2.3: the last block, and nothing in it
_BROTLI_WINDOW = 18  # bits: 256 KB; quality 1 refers no further
_BROTLI_END = b"\x03"  # RFC 7932, 9.2: the last meta-block, and nothing in it

_Key = tuple[bytes, bytes]  # what stands before a group, as far as it matters, and the group
_Group = tuple[int, int]  # from one piece to another


class Joined:
    """A document as the *pieces* that it is joined from; ``bytes`` of it joins them.

    Written to the disk it is never joined: most of it are bytes that stood there before.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self._length = sum(map(len, self.pieces))

    def __len__(self) -> int:
        return self._length

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces)


class _Kept:
    """What groups were compressed to, by what is in and before them: the oldest use goes first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: OrderedDict[_Key, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, keys: Iterable[_Key]) -> dict[_Key, bytes]:
        """Return what is kept of *keys*."""
        found = {}
        with self._lock:
            for key in keys:
                value = self._values.get(key)
                if value is not None:
                    self._values.move_to_end(key)
                    found[key] = value
        return found

    def keep(self, new: Mapping[_Key, bytes]) -> None:
        """Keep what groups were compressed to just now."""
        with self._lock:
            for key, value in new.items():
                self._bytes += len(value) - len(self._values.pop(key, b""))
                self._values[key] = value
            while self._bytes > _KEPT_BYTES:
                self._bytes -= len(self._values.popitem(last=False)[1])


_kept = _Kept()


def pack(data: bytes | Joined) -> tuple[bytes, bytes]:
    """Return *data* as gzip and as brotli, neither of which names a time.

    What was ``Joined`` is gathered into groups; anything else, and what is small, is compressed
    whole.
    """
    if not isinstance(data, Joined) or len(data) < _WHOLE_BYTES:
        data = bytes(data)
        whole = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
        return bytes(deflate.gzip_compress(data, _GZIP_LEVEL)), whole
    document = _Document(data)
    return _gzip(document), _brotli(document)


class _Document:
    """A document in groups: *marks* of its pieces say where one begins, *keys* what is in it.

    Neither copies a byte, so that what stood costs next to nothing. *ends* are where pieces end.
    """

    def __init__(self, data: Joined) -> None:
        self.pieces = data.pieces
        said = [_short(each) if len(each) < _SHORT_BYTES else _said(each) for each in data.pieces]
        self.marks = [mark for mark, _ in said]
        self.keys = [key for _, key in said]
        self.ends = [0, *accumulate(map(len, data.pieces))]
        rest = self._rest(_GZIP_BYTES)
        self._bounds = [at for at, mark in enumerate(self.marks) if not mark & rest and at]

    def _rest(self, average: int) -> int:
        """Return the bits that are 0 in the mark of a piece that begins a group of *average* bytes.

        As many as give a power of two: as items come and go, their mean must not move every bound.
        """
        size = self.ends[-1] // max(1, len(self.pieces)) or 1
        return (1 << max(0, round(log2(average / size)))) - 1

    def small(self) -> list[_Group]:
        """Return groups of the size that is best for gzip."""
        return self._groups(self._bounds, _GZIP_BYTES)

    def large(self) -> list[_Group]:
        """Return groups of the size that is best for brotli, but for a small first and last one.

        Items come at one end and go at the other, so that these are compressed most often.
        """
        if self.ends[-1] < _BROTLI_BYTES:
            return self._groups((), _BROTLI_BYTES)
        rest, bounds = self._rest(_BROTLI_BYTES), self._bounds
        some = [at for at in bounds if not self.marks[at] & rest]
        return self._groups(sorted({*bounds[:1], *some, *bounds[-1:]}), _BROTLI_BYTES)

    def _groups(self, bounds: Sequence[int], average: int) -> list[_Group]:
        groups: list[_Group] = []
        begun = 0
        for at in (*bounds, len(self.pieces)):
            while (cut := bisect_right(self.ends, self.ends[begun] + _LONGEST * average)) < at:
                groups.append((begun, cut))
                begun = cut
            groups.append((begun, at))
            begun = at
        return groups

    def before(self, begun: int) -> int:
        """Return the first of the pieces that a group's dictionary is made of."""
        return max(0, bisect_right(self.ends, self.ends[begun] - _DICTIONARY_BYTES) - 1)

    def key(self, begun: int, end: int) -> bytes:
        return b"".join(self.keys[begun:end])

    def text(self, begun: int, end: int) -> bytes:
        return b"".join(self.pieces[begun:end])

    def check(self) -> bytes:
        """Return RFC 1952's sum and length of it."""
        total = 0
        for piece in self.pieces:
            total = deflate.crc32(piece, total)
        return struct.pack("<LL", total, self.ends[-1] & 0xFFFFFFFF)


def _said(piece: bytes) -> tuple[int, bytes]:
    """Return the mark of *piece*, the same in any process, and its key, of this one alone."""
    return xxh3_64_intdigest(piece), xxh3_128_digest(piece, _SECRET)


_short = lru_cache(maxsize=4_096)(_said)  # an item is the same object from pass to pass


def _gzip(document: _Document) -> bytes:
    groups = [
        ((document.key(document.before(begun), begun), document.key(begun, end)), (begun, end))
        for begun, end in document.small()
    ]

    def deflated(group: _Group) -> bytes:
        begun, end = group
        before = document.text(document.before(begun), begun)[-_DICTIONARY_BYTES:]
        return _deflated(document.text(begun, end), before)

    return b"".join([_GZIP_HEAD, *_packed(groups, deflated), _GZIP_END, document.check()])


def _brotli(document: _Document) -> bytes:
    groups = [
        ((b"brotli", document.key(begun, end)), (begun, end)) for begun, end in document.large()
    ]

    def compressed(group: _Group) -> bytes:
        return _brotli_parts(document.text(*group))[1]

    return b"".join([_BROTLI_HEAD, *_packed(groups, compressed), _BROTLI_END])


def _packed(
    groups: Sequence[tuple[_Key, _Group]], compress: Callable[[_Group], bytes]
) -> Iterator[bytes]:
    """Yield what *groups* are compressed to, which *compress* does with those that are not kept."""
    known = _kept.get(key for key, _ in groups)
    new = {key: compress(group) for key, group in groups if key not in known}
    _kept.keep(new)
    known |= new
    return (known[key] for key, _ in groups)


def _deflated(group: bytes, before: bytes) -> bytes:
    """Return *group* as blocks that end on a byte, none of them the last; *before* precedes it."""
    level, bits = _GROUP_GZIP_LEVEL, -zlib.MAX_WBITS  # negative: no header
    packer = zlib.compressobj(level, zlib.DEFLATED, bits, zdict=before)
    return packer.compress(group) + packer.flush(zlib.Z_SYNC_FLUSH)


def _brotli_parts(group: bytes) -> tuple[bytes, bytes]:
    """Return the size of the window, and *group*; each ends on a byte, and neither is the last."""
    packer = brotli.Compressor(
        mode=brotli.MODE_TEXT, quality=_GROUP_BROTLI_QUALITY, lgwin=_BROTLI_WINDOW
    )
    return packer.flush(), packer.process(group) + packer.flush()


_BROTLI_HEAD, _ = _brotli_parts(b"")
