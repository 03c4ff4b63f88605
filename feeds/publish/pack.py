"""A document as gzip and as brotli, at the cost of what is new in it.

A feed of 200 items gets one more, and the other 199 are compressed as they were: their compressed
bytes are joined. The pieces of a document (head, items, tail) are gathered into groups, whose bounds
hang on the pieces alone, so that an item that comes or goes moves no bounds but its own, and the
same document gives the same bytes in any process. What a group was compressed to is kept.

Deflate (RFC 1951) may refer to the 32 KB before: a group is compressed after the one before it, and
anew when that changes. Brotli (RFC 7932) may besides refer to its last distances, to a dictionary
by way of the position, and to the two bytes before. Quality 1 does none of these across the call
that it was handed, so what it wrote for a group is true wherever that stands. No other quality is.
"""

from __future__ import annotations

import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock

import brotli  # type: ignore[import-untyped]  # the package ships no types
import deflate
from xxhash import xxh3_64_intdigest, xxh3_128_digest

# Over published feeds of real news. Whole: libdeflate's 1 takes 3.9 ns a byte for 29.0 per cent of
# the size, brotli's 3 takes 6.5 for 27.4. In groups: zlib's 3 takes 11.5 for 30.3 (2: 10.1, 30.9;
# 4: 13.4, 29.3), brotli's 1 takes 3.3 for 30.3, for each byte that is new alone.
_GZIP_LEVEL = 1
_BROTLI_QUALITY = 3
_GROUP_GZIP_LEVEL = 3
_GROUP_BROTLI_QUALITY = 1
_GZIP_BYTES = 8_000  # in a group, on average; brotli's, which sees nothing before it, is larger
_BROTLI_BYTES = 64_000
_DICTIONARY_BYTES = 8_000  # of the group before; 16,000 gain 0.1 per cent
_LONGEST = 4  # times the average
_KEPT_BYTES = 32 << 20  # compressed, in one process

_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # RFC 1952: no name, no time, no system
_GZIP_END = b"\x03\0"  # RFC 1951, 3.2.3: the last block, and nothing in it
_BROTLI_WINDOW = 18  # bits; quality 1 refers no further
_BROTLI_END = b"\x03"  # RFC 7932, 9.2: the last meta-block, and nothing in it


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

    def keep(self, key: bytes, value: bytes) -> None:
        with self._lock:
            if key in self._values:
                return
            self._values[key] = value
            self._bytes += len(value)
            while self._bytes > _KEPT_BYTES:
                self._bytes -= len(self._values.popitem(last=False)[1])


_kept = _Kept()


def pack(data: bytes, pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return *data*, which is its *pieces* joined, as gzip and as brotli. Neither names a time."""
    marks = [xxh3_64_intdigest(piece) for piece in pieces]
    small = list(_groups(pieces, marks, _GZIP_BYTES))
    if len(small) == 1:
        packed = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
        return bytes(deflate.gzip_compress(data, _GZIP_LEVEL)), packed
    return _gzip(data, small), _brotli(list(_groups(pieces, marks, _BROTLI_BYTES)))


def _groups(pieces: Sequence[bytes], marks: Sequence[int], average: int) -> Iterator[bytes]:
    """Yield *pieces* in groups of *average* bytes; a piece whose mark says so begins one."""
    size = sum(map(len, pieces)) // max(1, len(pieces)) or 1
    # A power of two: as items come and go, their mean must not move every bound.
    every = 1 << max(0, (average // size).bit_length() - 1)
    begun = length = 0
    for at, piece in enumerate(pieces):
        if at > begun and (marks[at] % every == 0 or length > _LONGEST * average):
            yield b"".join(pieces[begun:at])
            begun, length = at, 0
        length += len(piece)
    yield b"".join(pieces[begun:])


def _gzip(data: bytes, groups: Sequence[bytes]) -> bytes:
    packed = [_GZIP_HEAD]
    before = b""
    for group in groups:
        key = b"z" + xxh3_128_digest(before) + xxh3_128_digest(group)
        found = _kept.get(key)
        if found is None:
            found = _deflated(group, before)
            _kept.keep(key, found)
        packed.append(found)
        before = group[-_DICTIONARY_BYTES:]
    sums = struct.pack("<LL", deflate.crc32(data), len(data) & 0xFFFFFFFF)
    return b"".join([*packed, _GZIP_END, sums])


def _deflated(group: bytes, before: bytes) -> bytes:
    """Return blocks that end with a byte, none the last one; *before* is what stands before them."""
    level, bits = _GROUP_GZIP_LEVEL, -zlib.MAX_WBITS  # negative: no header
    packer = zlib.compressobj(level, zlib.DEFLATED, bits, zdict=before)
    return packer.compress(group) + packer.flush(zlib.Z_SYNC_FLUSH)


def _brotli(groups: Sequence[bytes]) -> bytes:
    packed = [_new_brotli().flush()]  # the window, on a byte of its own
    for group in groups:
        key = b"b" + xxh3_128_digest(group)
        found = _kept.get(key)
        if found is None:
            packer = _new_brotli()
            packer.flush()
            found = packer.process(group) + packer.flush()
            _kept.keep(key, found)
        packed.append(found)
    return b"".join([*packed, _BROTLI_END])


def _new_brotli() -> brotli.Compressor:
    return brotli.Compressor(
        mode=brotli.MODE_TEXT, quality=_GROUP_BROTLI_QUALITY, lgwin=_BROTLI_WINDOW
    )
