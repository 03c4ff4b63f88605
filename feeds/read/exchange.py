"""What is asked of an upstream server, and what comes of it."""

from __future__ import annotations

from typing import Literal

import msgspec

Problem = Literal[
    "", "refused", "too_large", "timeout", "dns", "connect", "tls", "protocol", "redirects"
]


class Request(msgspec.Struct, frozen=True):
    """One conditional GET, or with a *form* a POST of it, whose Content-Type is *form_type*.

    *source* is the id of the Source. *etag* and *last_modified* are what the source itself sent,
    verbatim. *headers* are the operator's own for this source: never logged, never sent to
    another host.
    """

    source: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    form: bytes | None = None
    form_type: str = "application/x-www-form-urlencoded"


class Hop(msgspec.Struct, frozen=True):
    """A redirect that was followed: its status, and where it led."""

    status: int
    url: str


class Response(msgspec.Struct, frozen=True):
    """What came of a Request.

    Either *status* is that of an answer that arrived whole, or *problem* and *sentence* say why
    there is none (*status* is 0 then). *url* is the last address asked, *hops* lead to it.
    *headers* have lower-case names, repeated ones joined by ", "; they are bytes read as Latin-1,
    so that a validator goes back as it came. *body* is decoded.
    """

    source: str
    url: str
    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    hops: tuple[Hop, ...] = ()
    problem: Problem = ""
    sentence: str = ""
    seconds: float = 0.0


class Limits(msgspec.Struct, frozen=True):
    """How much one request may take, and how many run beside each other."""

    body_bytes: int = 8_000_000
    seconds: float = 30.0
    connect_seconds: float = 10.0
    redirects: int = 5
    at_once: int = 50
    per_host: int = 1
