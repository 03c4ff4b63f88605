"""What strangers write into a request is read in bounded time and never raises."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.web.negotiation import (
    CODINGS,
    entity_tags,
    fields,
    http_date,
    is_content_hash,
    preferred_codings,
    published_path,
)
from worker.web.service import comes_from_here


@given(st.binary())
def test_any_bytes_are_read_without_an_error(value: bytes) -> None:
    order = preferred_codings(value)

    assert set(order) <= set(CODINGS)
    assert "identity" in order
    assert isinstance(is_content_hash(value), bool)
    assert all(tag.startswith(b'"') for tag in entity_tags(value))
    assert http_date(value) is None or len(value) <= 64
    assert published_path(value) is None or value.startswith((b"/", b"%2f", b"%2F"))


@given(
    st.text(
        alphabet=st.characters(
            codec="utf-8", exclude_characters="/\\", categories=["L", "N", "S", "Z"]
        ),
        min_size=1,
    )
)
def test_a_path_that_was_encoded_is_read_back(name: str) -> None:
    path = f"/feeds/{name}.rss"

    assert published_path(quote(path).encode()) == path


@pytest.mark.parametrize(
    "date",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
    ],
)
def test_all_three_forms_of_an_http_date_are_read(date: bytes) -> None:
    assert http_date(date) == 784_111_777


def test_repeated_fields_are_joined() -> None:
    assert fields([(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]) == {b"a": b"1, 3", b"b": b"2"}


@pytest.mark.parametrize(
    "hostile",
    [
        b'"' * 200_001,
        b"W/" * 100_000,
        b"q=" * 100_000,
        b"gzip;" * 40_000,
        b"%2e/" * 50_000,
        b"," * 200_000,
        b"0" * 200_000,
    ],
)
def test_hostile_values_take_no_time(hostile: bytes) -> None:
    began = time.perf_counter()
    preferred_codings(hostile)
    list(entity_tags(hostile))
    http_date(hostile)
    published_path(b"/" + hostile)
    is_content_hash(hostile)

    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("client", "headers", "local"),
    [
        (("127.0.0.1", 1), [], True),
        (("127.8.9.1", 1), [], True),
        (("::1", 1), [], True),
        (("::ffff:127.0.0.1", 1), [], True),
        (("::ffff:192.0.2.7", 1), [], False),
        (("192.0.2.7", 1), [], False),
        (("10.0.0.1", 1), [(b"x-forwarded-for", b"127.0.0.1")], False),
        (("127.0.0.1", 1), [(b"forwarded", b"for=192.0.2.7")], False),
        (("localhost", 1), [], False),
        (None, [], False),
    ],
)
def test_only_the_connection_itself_shows_that_a_client_is_local(
    client: tuple[str, int] | None,
    headers: list[tuple[bytes, bytes]],
    local: bool,
) -> None:
    assert comes_from_here({"client": client, "headers": headers}) is local
