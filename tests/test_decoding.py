"""Bytes to text: by mark, as UTF-8, as declared, by a guess; and never an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.formats.decoding import decode

TEXT = "Überraschung für die Bürger – „endlich“"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16be", "utf-16le", "utf-32be", "utf-32le"])
def test_wide_characters_are_known_without_a_byte_order_mark(encoding: str) -> None:
    page = f'<?xml version="1.0"?><a>{TEXT}</a>'

    assert decode(page.encode(encoding)) == page


@pytest.mark.parametrize("declared", ["cp500", "ibm037", "no-such-page", "utf-8"])
def test_ebcdic_is_read_by_the_page_that_it_declares_or_the_most_common(declared: str) -> None:
    page = f'<?xml version="1.0" encoding="{declared}"?><a>[caf\xe9]</a>'
    written = declared if declared in ("cp500", "ibm037") else "cp037"

    assert decode(page.encode(written)) == page


def test_utf_8_goes_before_a_wrong_declaration() -> None:
    assert decode(f'<meta charset="iso-8859-1">{TEXT}'.encode()).endswith(TEXT)


def test_what_is_declared_is_believed_where_it_is_no_utf_8() -> None:
    page = '<?xml version="1.0" encoding="iso-8859-7"?><a>Αθήνα</a>'

    assert decode(page.encode("iso-8859-7")) == page


def test_undeclared_bytes_are_guessed() -> None:
    assert decode((TEXT + " ").encode("cp1252") * 20).startswith("Überraschung für")


@pytest.mark.parametrize("codec", ["undefined", "punycode", "unicode_escape", "no-such-thing"])
def test_a_declared_codec_that_is_no_encoding_is_passed_over(codec: str) -> None:
    assert "caf" in decode(f"<?xml encoding='{codec}'?>caf".encode() + b"\xe9 \\u0041")


def test_a_character_cut_in_half_at_the_end_is_dropped() -> None:
    assert decode("Zürich – é".encode()[:-1]) == "Zürich – "


@given(st.binary(max_size=400))
def test_no_bytes_are_an_error(data: bytes) -> None:
    assert isinstance(decode(data), str)
