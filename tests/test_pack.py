"""Compressed twins: the same text again, the same bytes anywhere, and little work for what stood."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.publish import pack as module
from feeds.publish.pack import Joined, pack

# What refers to short distances at once is what goes wrong when a compressor leans on the past.
SHORT = st.text("ab <>", min_size=1, max_size=17).map(lambda text: 5 * text)
PIECES = st.lists(SHORT | st.text(max_size=200), max_size=40).map(
    lambda texts: [text.encode() for text in texts]
)


def unpacked(data: bytes | Joined) -> tuple[bytes, bytes]:
    packed, smaller = pack(data)
    return gzip.decompress(packed), brotli.decompress(smaller)


def items(count: int, seed: int = 1) -> list[bytes]:
    """Return *count* items of some 2 KB that share words."""
    pick = random.Random(seed)
    words = [f"word{number}" for number in range(500)]
    return [f"<item>{' '.join(pick.choices(words, k=300))}</item>\n".encode() for _ in range(count)]


@given(st.binary(max_size=4000) | st.text(max_size=2000).map(str.encode))
def test_any_bytes_come_out_of_their_twins_again(data: bytes) -> None:
    assert unpacked(data) == (data, data)


@given(PIECES | st.lists(st.binary(max_size=100), max_size=40), st.sampled_from([10, 100, 1000]))
def test_any_pieces_come_out_of_their_twins_again(pieces: Sequence[bytes], average: int) -> None:
    data = Joined(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WHOLE_BYTES", 0)
        patch.setattr(module, "_GZIP_BYTES", average)
        patch.setattr(module, "_BROTLI_BYTES", 2 * average)

        assert unpacked(data) == (bytes(data), bytes(data))


def test_groups_are_true_after_any_others() -> None:
    groups = [unit * 20 for unit in (b"a", b"ab", b"abcd", b"0123456789a", b"fedcba9876543210")]
    pick = random.Random(2)
    for _ in range(100):
        pieces = pick.choices(groups, k=12)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_WHOLE_BYTES", 0)
            patch.setattr(module, "_GZIP_BYTES", 1)
            patch.setattr(module, "_BROTLI_BYTES", 1)

            assert unpacked(Joined(pieces)) == (b"".join(pieces), b"".join(pieces))


def test_the_same_document_gives_the_same_twins_whatever_was_packed_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pieces = items(120)
    for known in range(100, 120):
        pack(Joined(pieces[known:]))
    warm = pack(Joined(pieces))
    monkeypatch.setattr(module, "_kept", module._Kept())

    assert pack(Joined(pieces)) == warm


def test_one_more_item_has_little_compressed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    compressed: list[int] = []
    real = module._deflated

    def counted(group: bytes, before: bytes) -> bytes:
        compressed.append(len(group))
        return real(group, before)

    monkeypatch.setattr(module, "_deflated", counted)
    feed = items(200)
    pack(Joined([b"<rss>", *feed, b"</rss>"]))
    whole = sum(compressed)
    compressed.clear()
    for number, new in enumerate(items(20, seed=3)):
        feed = [new, *feed[:-1]]
        pack(Joined([b"<rss>%d" % number, *feed, b"</rss>"]))

    assert sum(compressed) / 20 < whole / 6


def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = module._Kept()
    monkeypatch.setattr(module, "_kept", kept)
    monkeypatch.setattr(module, "_KEPT_BYTES", 10_000)
    data = Joined(items(200))

    assert unpacked(data) == (bytes(data), bytes(data))
    assert sum(map(len, kept._values.values())) == kept._bytes <= 10_000


def test_twins_name_no_time() -> None:
    packed, _ = pack(Joined(items(40)))

    assert packed[4:8] == bytes(4)
