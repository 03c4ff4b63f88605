"""The feeds that were: what a web server needs to answer 301 for a new name and 410 for an end.

Three spellings of one list stand beside the feeds, as dot files, which no server gives out: JSON
for our own, lines for nginx's ``map`` and lines that Caddy imports. A reader that is told 410 stops
asking, and one that is told 301 takes the new address (RFC 9110, 15.5.11 and 15.4.2).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from .select import TYPES, quoted

_SUFFIXES = (*(f".{suffix}" for suffix in TYPES), "/")
_NAME = ".moved"


def moved_path(public: Path) -> Path:
    """Return where our own web server finds the feeds that were."""
    return public / "feeds" / f"{_NAME}.json"


def moved_to(moved: Mapping[str, str], feeds: Collection[str]) -> dict[str, str | None]:
    """Return each feed that is no more with the one of *feeds* that it became, None if none did.

    *moved* may lead from one to the next; a name that is a feed again was not moved.
    """
    ends: dict[str, str | None] = {}
    for name in sorted(set(moved) - set(feeds)):
        seen, new = {name}, moved[name]
        while new and new not in feeds and new not in seen:
            seen.add(new)
            new = moved.get(new, "")
        ends[name] = new if new in feeds else None
    return ends


def moved_files(public: Path, ends: Mapping[str, str | None]) -> Iterator[tuple[Path, bytes]]:
    """Yield the files that tell of *ends*; our own is the last, and so says that all are there."""
    nginx, caddy = [], []
    for name, new in ends.items():
        for suffix in _SUFFIXES:
            old = f"/feeds/{name}{suffix}"
            to = f"/feeds/{quoted(new)}{suffix}" if new else ""
            nginx.append(f'"{old}" "{to or "gone"}";\n')  # no name of a feed holds a quote
            caddy.append(f'redir "{old}" {to} 301\n' if new else f'respond "{old}" 410\n')
    folder = public / "feeds"
    yield folder / f"{_NAME}.nginx", "".join(nginx).encode()
    yield folder / f"{_NAME}.caddy", "".join(caddy).encode()
    told = json.dumps(ends, ensure_ascii=False, indent=1, sort_keys=True)
    yield moved_path(public), f"{told}\n".encode()
