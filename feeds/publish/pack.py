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

import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from math import log2
from threading import Lock
from typing import Self

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
_DICTIONARY_BYTES = 8_000  # of the group before; 16,000 gain 0.1 per cent
_LONGEST = 4  # times the average
_WHOLE_BYTES = 64_000  # less is compressed whole in the same time, to less
_KEPT_BYTES = 32 << 20  # compressed, in one process

_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # RFC 1952: no name, no time, no system
_GZIP_END = b"\x03\0"  # RFC 1951, 3.2.3: the last block, and nothing in it
_BROTLI_WINDOW = 18  # bits: 256 KB; quality 1 refers no further
_BROTLI_END = b"\x03"  # RFC 7932, 9.2: the last meta-block, and nothing in it


class Joined(bytes):
    """A document that knows the *pieces* it was joined from, in their order."""

    pieces: Sequence[bytes]

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> Self:
        """Return *pieces* joined."""
        some = list(pieces)
        joined = cls(b"".join(some))
        joined.pieces = some
        return joined


class _Kept:
    """What groups were compressed to, by digest: the least recently used go first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def keep(self, key: bytes, value: bytes) -> bytes:
        with self._lock:
            self._bytes += len(value) - len(self._values.pop(key, b""))
            self._values[key] = value
            while self._bytes > _KEPT_BYTES:
                self._bytes -= len(self._values.popitem(last=False)[1])
        return value


_kept = _Kept()


def pack(data: bytes) -> tuple[bytes, bytes]:
    """Return *data* as gzip and as brotli, neither of which names a time.

    What was ``Joined`` is gathered into groups; anything else, and what is small, is compressed
    whole.
    """
    if not isinstance(data, Joined) or len(data) < _WHOLE_BYTES:
        whole = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
        return bytes(deflate.gzip_compress(data, _GZIP_LEVEL)), whole
    marks = [xxh3_64_intdigest(piece) for piece in data.pieces]
    return (
        _gzip(data, _groups(data.pieces, marks, _GZIP_BYTES)),
        _brotli(_groups(data.pieces, marks, _BROTLI_BYTES)),
    )


def _groups(pieces: Sequence[bytes], marks: Sequence[int], average: int) -> Iterator[bytes]:
    """Yield *pieces* in groups of *average* bytes; a piece whose mark says so begins one."""
    size = sum(map(len, pieces)) // max(1, len(pieces)) or 1
    # A power of two: as items come and go, their mean must not move every bound.
    every = 1 << max(0, round(log2(average / size)))
    begun = length = 0
    for at, piece in enumerate(pieces):
        if at > begun and (marks[at] % every == 0 or length > _LONGEST * average):
            yield b"".join(pieces[begun:at])
            begun, length = at, 0
        length += len(piece)
    yield b"".join(pieces[begun:])


def _gzip(data: bytes, groups: Iterable[bytes]) -> bytes:
    packed = [_GZIP_HEAD]
    before = b""
    for group in groups:
        key = b"z" + xxh3_128_digest(before) + xxh3_128_digest(group)
        packed.append(_kept.get(key) or _kept.keep(key, _deflated(group, before)))
        before = group[-_DICTIONARY_BYTES:]
    sums = struct.pack("<LL", deflate.crc32(data), len(data) & 0xFFFFFFFF)
    return b"".join([*packed, _GZIP_END, sums])


def _deflated(group: bytes, before: bytes) -> bytes:
    """Return *group* as blocks that end on a byte, none of them the last; *before* precedes it."""
    level, bits = _GROUP_GZIP_LEVEL, -zlib.MAX_WBITS  # negative: no header
    packer = zlib.compressobj(level, zlib.DEFLATED, bits, zdict=before)
    return packer.compress(group) + packer.flush(zlib.Z_SYNC_FLUSH)


def _brotli(groups: Iterable[bytes]) -> bytes:
    beginning, _ = _brotli_parts(b"")
    parts = [beginning]
    for group in groups:
        key = b"b" + xxh3_128_digest(group)
        parts.append(_kept.get(key) or _kept.keep(key, _brotli_parts(group)[1]))
    return b"".join([*parts, _BROTLI_END])


def _brotli_parts(group: bytes) -> tuple[bytes, bytes]:
    """Return the size of the window, and *group*; each ends on a byte, and neither is the last."""
    packer = brotli.Compressor(
        mode=brotli.MODE_TEXT, quality=_GROUP_BROTLI_QUALITY, lgwin=_BROTLI_WINDOW
    )
    return packer.flush(), packer.process(group) + packer.flush()
