"""Bylines to people: "By Ann Lee and Bo Katz, staff writers" is two persons and no third.

Shared by the formats whose authors come as one line of text. A name is never made up: a line that
cannot be taken apart stays whole, as one author.
"""

from __future__ import annotations

import re

from ..model import Person

_LINE_CHARACTERS = 300  # a longer "byline" is a paragraph: no one is named by it
# "By" in the languages of the wires. But for English, two words must follow: "Von Trapp" is a name.
_LABEL = re.compile(
    r"^(?:(?:view )?(?:all )?(?:posts|articles|stories|story|text|words|written|posted|reported|"
    r"published) )?by\s*:?\s+"
    r"|^(?:von|par|por|av|door)\s+(?=\S+\s+\S)"
    r"|^(?:authors?|byline|text|words)\s*:\s*",
    re.IGNORECASE,
)
# "y" parts two full names only: in "Jos\u00e9 Ortega y Gasset" it is part of one.
_CONJUNCTION = re.compile(
    r" (?:and|und|et|og|och|en|with|y(?= \S+ \S)) |\s?[&;|]\s?", re.IGNORECASE
)
# "Ann Lee - January 10, 2020": the rest is no name.
_ASIDE = re.compile(r" [-\u2013\u2014\u00b7\u2022] ")
_COMMA = re.compile(r"\s*[,\uFF0C\u3001]\s*")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|ph\.?\s?d|m\.?d|esq|mba|cpa|rn)\.?", re.IGNORECASE)
_ORGANISATION = re.compile(
    r"\b(?:administration|agency|association|board|bureau|commission|committee|company|council|"
    r"department|foundation|group|institute|ministry|office|service|services|society|team|trust|"
    r"union|university|co|inc|ltd)\b\.?$",
    re.IGNORECASE,
)
# What stands behind a comma and names no second person: a post, a place of work, an agency.
_AFFILIATION = re.compile(
    r"^(?:the|for|of|at|in|special to|exclusively)\s|"
    r"\b(?:staff|writers?|reporters?|correspondents?|editors?|columnists?|contributors?|bureau|"
    r"news|press|wire|agency|desk|newsroom|director|manager|professor|fellow|intern|chief|"
    r"ap|afp|dpa|reuters|upi|tass|xinhua|kyodo|ansa|efe|ntb|bloomberg|cnn|bbc|"
    r"redaktion|redakteur(?:in)?|r\u00e9daction)\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"<?\s*(?:mailto:)?([^\s<>()@,;]{1,64}@[^\s<>()@,;]{1,190}\.[^\s<>()@,;]{1,63})\s*>?"
)
_ADDRESS = re.compile(r"[<(]?\s*(https?://[^\s<>()]+)\s*[>)]?", re.IGNORECASE)


def person(text: str, email: str | None = None, uri: str | None = None) -> Person | None:
    """Return the one person that *text* names ("Ann Lee <ann@example.com>"), or None."""
    if not email and "@" in text and (found := _EMAIL.search(text)):
        email, text = found[1], text.replace(found[0], " ")
    if not uri and "://" in text and (found := _ADDRESS.search(text)):
        uri, text = found[1], text.replace(found[0], " ")
    name = " ".join(text.replace("(", " ").replace(")", " ").split()) if email or uri else text
    name = " ".join(name.split()).strip(" ,;|")
    if not name and email:
        name = email.partition("@")[0]
    return Person(name, email, uri) if name and len(name) <= _LINE_CHARACTERS else None


def people(line: str) -> list[Person]:
    """Return the persons that a byline names, in its order and each once."""
    line = " ".join(line[: 2 * _LINE_CHARACTERS].split())
    if not line or len(line) > _LINE_CHARACTERS:
        return []
    line = _ASIDE.split(_LABEL.sub("", line))[0]
    if _ORGANISATION.search(line):  # "Food and Drug Administration" is one author
        only = person(line)
        return [only] if only else []
    names: list[str] = []
    for part in _CONJUNCTION.split(line):
        for position, piece in enumerate(_COMMA.split(part)):
            if position and names and _SUFFIX.fullmatch(piece):
                names[-1] += f", {piece}"
            elif piece and not (position and _AFFILIATION.search(piece)):
                names.append(_LABEL.sub("", piece) if position else piece)
    found = [someone for name in names if (someone := person(name))]
    return list({someone.name.casefold(): someone for someone in reversed(found)}.values())[::-1]
