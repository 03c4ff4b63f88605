# ruff: noqa: SIM905, lists of names read better as words
"""Who wrote it: bylines to persons, "By Jane Doe and John Roe" to two of them."""

from __future__ import annotations

import re
from functools import lru_cache

from ..model import Person
from .links import absolute, canonical
from .text import line

MOST_AUTHORS = 20
"""More is a list of a whole newsroom, or an attack."""

_LONGEST_NAME = 120  # characters; "The Editorial Board of ..." has 60
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,190}\.[A-Za-z]{2,24}")
_MAILTO = re.compile(r"(?:mailto:)", re.IGNORECASE)
_BY = re.compile(
    r"(?:(?:story |words |written |reported |posted |text |report )?by\b:?"
    r"|(?:author|autor|auteur)s?:)\s+",
    re.IGNORECASE,
)
# These words begin names too ("Von Miller", "Di Canio"): they are a "by" only before a full name.
_FOREIGN_BY = re.compile(r"(?:Von|Par|Por|Di|Door|Av|Af)\s+(?=\S+\s+\S)")
_BETWEEN = re.compile(r"\s*[;|•·]\s*|\s*,\s*(?:and|und|et|y|e|og|och|en)\s+|\s*,\s+")
_AND = re.compile(r"\s+(?:and|with|und|et|y|e|og|och|en|&)\s+")
_PARTICLES = frozenset(
    "von van der den de del della di da do dos das du la le bin ibn al el ben ter ten af av".split()
)
_ROLES = frozenset(
    "writer writers reporter reporters correspondent correspondents editor editors columnist "
    "contributor contributors photographer bureau desk chief analyst producer critic".split()
)
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "md", "m.d.", "phd", "ph.d."})
_NOBODY = frozenset(
    "admin administrator unknown none null undefined n/a author user root webmaster noreply "
    "no-reply anonymous".split()
)
_FULL_NAME = range(2, 6)  # words; a longer one is a sentence


def authors(people: list[Person]) -> tuple[Person, ...]:
    """Return *people* with plain names, bylines split, each once; without those with no name.

    An e-mail address is never a name: publishing it would feed the harvesters.
    """
    known: dict[str, Person] = {}
    for person in people[:MOST_AUTHORS]:
        written = line(person.name)
        short = len(written) <= _LONGEST_NAME  # so the memory is bounded
        names, emails = (_taken_apart if short else _taken_apart.__wrapped__)(written)
        for name in names:
            alone = len(names) == 1  # an address with several names belongs to none of them
            email = (line(person.email) or (emails[0] if emails else "")) if alone else ""
            uri = absolute(person.uri, None) if alone else None
            known.setdefault(
                name.casefold(), Person(name, email or None, canonical(uri) if uri else None)
            )
    return tuple(known.values())[:MOST_AUTHORS]


@lru_cache(maxsize=2_000)  # a writer is named in article after article
def _taken_apart(written: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names and the addresses in *written*, which is one line."""
    emails = _EMAIL.findall(written)
    names = _names(_MAILTO.sub("", _EMAIL.sub("", written)) if emails else written)
    return tuple(names), tuple(emails)


def _names(byline: str) -> list[str]:
    """Return the names in *byline*, which is one line without addresses."""
    byline = _BY.sub("", byline.strip(" <>()[]\"'|,;-"), count=1)
    byline = _FOREIGN_BY.sub("", byline, count=1) if _FOREIGN_BY.match(byline) else byline
    names: list[str] = []
    for part in _BETWEEN.split(byline):
        for name in _pair(part):
            bare = name.strip(" <>()[]\"'-")
            if bare.casefold() in _SUFFIXES and names:
                names[-1] += f", {bare}"
            elif _is_name(bare):
                names.append(bare)
    return names


def _pair(part: str) -> list[str]:
    """Return the names around each "and", or *part* whole where it belongs to one name.

    "Jane Doe and John Roe" are two; "Health and Human Services" and "Marks & Spencer" are one.
    """
    names = _AND.split(part)
    return names if len(names) > 1 and all(map(_is_full_name, names)) else [part]


def _is_full_name(name: str) -> bool:
    words = name.split()
    return len(words) in _FULL_NAME and all(
        word in _PARTICLES or not word[0].islower() for word in words
    )


def _is_name(name: str) -> bool:
    """Tell whether *name* names somebody: not a role, not a place holder."""
    if not 1 < len(name) <= _LONGEST_NAME or name.casefold() in _NOBODY:
        return False
    return name.casefold().rpartition(" ")[2] not in _ROLES and any(map(str.isalpha, name))
