"""The other copies of a story: whom they are credited to, and where each can be read.

A person is told a few names, a program more copies; neither list grows with the story without end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from ..model import Credit
from .address import as_uri, web

_NAMED = 5
_LISTED = 20


class Copy(NamedTuple):
    """Another copy of a story: who published it, under which title, and its page, if it has one."""

    name: str
    title: str
    link: str | None


def copies(also: Iterable[Credit]) -> tuple[Copy, ...]:
    """Return those of *also* that can be named, the best first, and no link but those of the web.

    A copy that names no publisher goes by the host of its page or of the feed that brought it; one
    from a program or the drop folder has neither.
    """
    found = (_copy(credit) for credit in also)
    return tuple([copy for copy in found if copy.name])


def listed(some: tuple[Copy, ...]) -> tuple[Copy, ...]:
    """Return those copies that programs are told of."""
    return some[:_LISTED]


def named(some: Iterable[Copy], but: str) -> tuple[list[Copy], int]:
    """Return the copies that a person is told of, each name once, and how many names are left.

    The name *but*, which stands as the story's own source beside them, is not said again.
    """
    by_name: dict[str, Copy] = {}
    for copy in some:
        known = by_name.setdefault(copy.name, copy)
        if known.link is None and copy.link:
            by_name[copy.name] = copy
    by_name.pop(but, None)
    found = list(by_name.values())
    return found[:_NAMED], max(0, len(found) - _NAMED)


def _copy(credit: Credit) -> Copy:
    link = web(credit.link)
    name = credit.publisher or _host(link) or _host(web(credit.source))
    return Copy(name, credit.title, as_uri(link) if link else None)


def _host(address: str | None) -> str:
    try:
        return (address and urlsplit(address).hostname) or ""
    except ValueError:  # "http://[": an address of brackets
        return ""
