"""The place in a dateline that a format keeps in a field of its own: "MOSCOW, Monday (Reuters)"."""

from __future__ import annotations

import re

from .captured.dateline import read_dateline

_TEXT = "— Text"  # what would follow it at the head of a paragraph, where datelines are known
_ASIDE = re.compile(r"\s*[(/].*")
_LONGEST_PLACE = 100


def place_in(written: str) -> str | None:
    """Return the place in the dateline *written*; what cannot be taken apart stays whole."""
    bare = _ASIDE.sub("", written).strip(" \t-–—,:")  # noqa: RUF001  # dashes
    found = read_dateline(f"{written.strip(' -–—')} {_TEXT}") or read_dateline(f"{bare} {_TEXT}")  # noqa: RUF001
    return (found.place if found else None) or bare[:_LONGEST_PLACE] or None
