"""What can be known of a page's article, from whichever place on the page said it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

import msgspec

from ...model import Image, Person

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_SEPARATORS = "|\u2013\u2014-\u00b7\u2022\u00bb\u2039\u203a:/_"


class Facts(msgspec.Struct, kw_only=True):
    """An article's metadata from one place of a page; None and empty lists say nothing."""

    title: str | None = None
    summary: str | None = None
    body: str | None = None
    link: str | None = None
    authors: list[Person] = []
    categories: list[str] = []
    published: str | None = None
    updated: str | None = None
    expires: str | None = None
    language: str | None = None
    images: list[Image] = []
    publisher: str | None = None
    publisher_link: str | None = None
    dateline: str | None = None
    wire_source: str | None = None
    rights: str | None = None


def most_trusted(places: Iterable[Facts]) -> Facts:
    """Return, for each fact, what the first of *places* says that says anything."""
    chosen = Facts()
    for place in places:
        for name in Facts.__struct_fields__:
            if not getattr(chosen, name) and (value := getattr(place, name)):
                setattr(chosen, name, value)
    return chosen


def clean(value: object) -> str | None:
    """Return text on one line, or None; entities that were escaped twice are unescaped."""
    if not isinstance(value, str):
        return None
    text = unescape(value) if _ENTITY.search(value) else value
    return " ".join(text.split()) or None


def without_site(title: str, site: str | None) -> str:
    """Return *title* without the site's name behind (or before) a separator."""
    if not site or len(site) >= len(title):
        return title
    folded, name = title.casefold(), site.casefold()
    if folded.endswith(name):
        rest = title[: len(title) - len(site)].rstrip()
        if rest[-1:] and rest[-1] in _SEPARATORS:
            return rest.rstrip(_SEPARATORS + " ") or title
    if folded.startswith(name):
        rest = title[len(site) :].lstrip()
        if rest[:1] and rest[0] in _SEPARATORS:
            return rest.lstrip(_SEPARATORS + " ") or title
    return title


def pixels(value: object) -> int | None:
    """Return a width or height in pixels from 1200, "1200", "1200px" or {"value": 1200}."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        digits = value.strip().removesuffix("px").strip()
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else None  # noqa: PLR2004  # no picture is 100,000 wide
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < 100_000 else None  # noqa: PLR2004  # the same


def one_of_each(images: list[Image]) -> list[Image]:
    """Return *images* without crops: of those with no words of their own, only the largest."""
    wordless = [image for image in images if not (image.caption or image.alt)]
    keep = max(wordless, key=lambda image: (image.width or 0) * (image.height or 0), default=None)
    return [image for image in images if image is keep or image.caption or image.alt]
