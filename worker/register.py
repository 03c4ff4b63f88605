"""A source as its operator describes it, and the feed that is found at its address."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import msgspec

from feeds.errors import NoFeed, SettingsError
from feeds.polling import Polled, Poller
from feeds.read.discover import Link, usual_places
from feeds.upstream import Upstream

from .logs import say


def add_seen(poller: Poller, source: Upstream) -> Polled:
    """Register *source*, or the first feed that its page names or that stands in a usual place.

    Raises:
        NoFeed: there is none.
    """
    found = poller.add(source)
    if isinstance(found, Polled):
        return found
    for number, link in enumerate(found or [Link(place) for place in usual_places(source.id)]):
        try:
            polled = poller.add(msgspec.structs.replace(source, id=link.url))
        except NoFeed:
            continue
        if isinstance(polled, Polled):
            for other in found[number + 1 :]:
                say(f"the page also names {other.url}  {other.title}")
            return polled
    raise NoFeed(source.id, "the page names no feed, and none stands where feeds usually do")


def source_of(  # noqa: PLR0913 - the settings of a source
    address: str,
    *,
    title: str = "",
    interval: int = 0,
    headers: Iterable[str] = (),
    language: str | None = None,
    timezone: str | None = None,
    day_first: bool | None = None,
    categories: Iterable[str] = (),
    full_text: bool = False,
) -> Upstream:
    """Return a source as it was described.

    Raises:
        SettingsError: something in it cannot be.
    """
    address, credentials = _without_credentials(address)
    pairs = [*credentials]
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise SettingsError(address, "--header", "is written as 'Name: value'")
        pairs.append((name.strip(), value.strip()))
    if timezone:
        try:
            ZoneInfo(timezone)
        except (KeyError, ValueError, OSError) as error:
            raise SettingsError(address, "--timezone", f"{timezone!r} is no time zone") from error
    return Upstream(
        id=address,
        title=title,
        interval=interval,
        headers=tuple(pairs),
        language=language,
        timezone=timezone,
        day_first=day_first,
        categories=tuple(categories),
        full_text=full_text,
    )


def _without_credentials(address: str) -> tuple[str, list[tuple[str, str]]]:
    """Return *address* fit to be fetched and shown: name and password become a header."""
    address = address.strip()
    if address.startswith("feed:"):
        address = address.removeprefix("feed:").removeprefix("//")
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        login, at, host = parts.netloc.rpartition("@")
    except ValueError as error:
        raise SettingsError(address, "address", f"is none: {error}") from error
    parts = parts._replace(netloc=host.lower(), path=parts.path or "/", fragment="")
    if not at:
        return urlunsplit(parts), []
    token = base64.b64encode(unquote(login).encode()).decode()
    return urlunsplit(parts), [("Authorization", f"Basic {token}")]
