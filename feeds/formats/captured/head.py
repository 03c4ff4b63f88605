"""The headline of a captured page, and the deck under it.

Papers order the head of a page as they like. What they agree on: the headline is the first title
behind the masthead, and what stands between headline and first paragraph is deck, byline, date or
figure. A topic above the headline (a kicker) is shorter than what it introduces.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from itertools import pairwise

from .blocks import is_prose, sentences, width, words
from .dateline import read_dateline
from .lines import Line

HEAD_LINES = 60
"""How many lines may stand before the first paragraph; menus of 40 entries have been seen."""

LONGEST_HEADLINE = 180
"""In columns. Headlines end near 120; beyond begin decks and paragraphs."""

_SHORTEST_BODY = 120  # in columns; a sentence of that length is no headline
_LONGEST_DECK = 400  # in columns
_DECK_SENTENCES = 3
_DECK_LINES = 3  # bullets of a summary; a deck has one line, seldom two

_BUTTON_WORDS = 4
_KICKER_WORDS = 2  # "Harbour closure"
_KICKER_CAPITALS = 4  # "NORTH SEA OIL TALKS"
_KICKER_DISTANCE = 3  # in lines: a date or a section may stand between
_SAME_STEM = 5  # letters: "close", "closed" and "closing" are one word here
_FULL_STOP = re.compile(r"(?<![.\s][A-Z])(?<!\.)[.。][\"'”’»)]*$")  # not "... Vote in U.S."


def title_lines(lines: list[Line]) -> list[int]:
    """Return the numbers of the lines above the text that could be a headline."""
    titles: list[int] = []
    for i, line in enumerate(lines[:HEAD_LINES]):
        if line.prose and width(line.text) >= _SHORTEST_BODY:
            break
        if line.kind == "text" and could_be_title(line.text):
            titles.append(i)
    return [i for i in titles if not _FULL_STOP.search(lines[i].text)] or titles[:1]


def could_be_title(text: str) -> bool:
    """Say whether *text* is short enough for a headline, and no prose."""
    return width(text) <= LONGEST_HEADLINE and not is_prose(text)


def split_kickers(lines: list[Line], titles: list[int]) -> tuple[list[str], int]:
    """Return the topics above the headline and the number of the headline's line."""
    kickers: list[str] = []
    for i, following in pairwise(titles):
        text = lines[i].text
        if following - i > _KICKER_DISTANCE or not _is_kicker(text, lines[following].text):
            return kickers, i
        kickers.append(text.strip(" :|"))
    return kickers, titles[-1]


def _is_kicker(text: str, following: str) -> bool:
    count = words(text)
    if words(following) <= count:
        return False
    shouts = text.isupper() and not following.isupper() and count <= _KICKER_CAPITALS
    return shouts or count <= _KICKER_WORDS


def deck_lines(lines: list[Line], headline: int, used: set[int]) -> list[int]:
    """Return the numbers of the lines between headline and text that are the deck.

    A line without a full stop is a deck. A sentence is one when byline or date follow it, when a
    dateline opens the next paragraph, or when the next paragraph says it again.
    """
    behind = range(headline + 1, len(lines))
    texts = [i for i in behind if i not in used and lines[i].kind == "text"][: _DECK_LINES + 1]
    deck: list[int] = []
    for i, following in pairwise(texts):
        above = _has_facts(lines[deck[-1] if deck else headline : i])
        if above and (deck or words(lines[i].text) < _BUTTON_WORDS):
            break  # behind byline and date stand buttons that no table knows
        below = _has_facts(lines[i + 1 : following])
        if read_dateline(lines[i].text) or not _is_deck(lines[i], lines[following], below=below):
            break
        deck.append(i)
    return deck


def _has_facts(lines: list[Line]) -> bool:
    return any(line.kind in {"dated", "byline", "section"} for line in lines)


def _is_deck(line: Line, following: Line, *, below: bool) -> bool:
    if width(line.text) > _LONGEST_DECK or sentences(line.text) > _DECK_SENTENCES:
        return False
    if not line.sentence or below:
        return True
    return read_dateline(following.text) is not None or _says_again(line.text, following.text)


def _says_again(text: str, following: str) -> bool:
    """Say whether half of the longer words of *text* come again in a longer *following*."""
    stems, again = (
        {word[:_SAME_STEM].casefold() for word in re.findall(r"\w{5,}", part)}
        for part in (text, following)
    )
    # Two words in common are chance.
    return len(following) > len(text) and len(stems) > 2 and len(stems & again) * 2 >= len(stems)  # noqa: PLR2004
