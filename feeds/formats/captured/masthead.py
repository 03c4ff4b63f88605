"""The masthead of a captured page: the paper's name, its logo mark, its slogan.

A masthead is known by its words ("The ... Gazette", "... Zeitung"), or by its place: first on the
page, with the date, the menu or the section between it and a headline that is longer.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re

from .blocks import same, words
from .lines import Line, is_page_date, is_slogan
from .names import ARTICLES, is_paper
from .noise import COPYRIGHT

_LOGO = 4
"""A mark of so many capitals is a logo when it opens the page: "EG", "NZZ", "ABCD"."""

_BUTTON_WORDS = 4
"""Lines of so few words above a masthead are furniture; a longer one is the headline."""

_NAME_WORDS = 4  # "La Voz del Norte"; longer names hold a noun that tells them
_TOPIC_WORDS = 2  # a name without a noun, where nothing stands between it and the headline
_ARTICLE_LETTERS = 3  # "the", "del", "für" stay small in a name


def take_masthead(lines: list[Line], titles: list[int]) -> tuple[str | None, list[int]]:
    """Return the paper's name and those *titles* that are not logo, name, slogan or above it.

    *titles* are the numbers of the lines that could be a headline; at least one is left.
    """
    logo = _is_logo(lines, titles)
    rest = titles[1:] if logo else titles
    name = next((line.paper for line in lines if line.kind == "dated" and line.paper), None)
    above = -1
    if name is None and len(rest) > 1:
        number = _masthead(lines, rest, logo=logo)
        if number is not None:
            name = lines[number].text
            higher = (words(lines[i].text) for i in rest if i < number)
            above = number if all(count <= _BUTTON_WORDS for count in higher) else -1
    if name is None:
        return None, rest
    kept = [i for i in rest if i > above and not _repeats(lines[i].text, name)]
    return (name, kept) if kept else (None, rest)


def _is_logo(lines: list[Line], titles: list[int]) -> bool:
    mark = lines[titles[0]].text if len(titles) > 1 else ""
    return 0 < len(mark) <= _LOGO and mark.isupper() and mark.isalpha()


def _repeats(text: str, name: str) -> bool:
    """Say whether *text* is the masthead, its slogan, or a title with the masthead behind it."""
    tail = re.split(r"\s[|–—-]\s", text)[-1]
    return is_slogan(text) or same(tail, name)


def _masthead(lines: list[Line], titles: list[int], *, logo: bool) -> int | None:
    """Return which of *titles* is the paper's name, or None."""
    first = titles[0]
    if is_paper(lines[first].text):
        return first
    papers = [i for i in titles[1:] if is_paper(lines[i].text)]
    for i in papers:
        if lines[i].text.startswith(ARTICLES) or (i > titles[1] and _beside_facts(lines, i)):
            return i
    if logo or _stands_as_masthead(lines, first, titles[1:]):
        return first
    return papers[0] if papers and papers[0] != titles[-1] else None


def _beside_facts(lines: list[Line], i: int) -> bool:
    return any(lines[j].kind in {"dated", "byline"} for j in (i - 1, i + 1) if 0 <= j < len(lines))


def _stands_as_masthead(lines: list[Line], first: int, titles: list[int]) -> bool:
    """Say whether the page's first title stands where a name does, though no word tells it."""
    text, following = lines[first].text, lines[titles[0]].text
    count = words(text)
    if lines[first].sentence or count > _NAME_WORDS + 1:
        return False
    if _named_elsewhere(lines, text) or is_slogan(following):
        return True
    between = lines[first + 1 : titles[0]]
    if any(map(_is_furniture, between)):
        return count <= _NAME_WORDS
    if any(map(_is_furniture, lines[:first])):
        return count < min(_NAME_WORDS, words(following))
    if any(line.kind == "section" for line in between):
        return count <= min(_NAME_WORDS, words(following))
    has_deck = len(titles) > 1 and not lines[titles[1]].sentence
    return count <= _TOPIC_WORDS or (has_deck and count <= _NAME_WORDS and _is_capitalised(text))


def _is_furniture(line: Line) -> bool:
    return line.kind in {"edition", "menu"} or is_page_date(line)


def _named_elsewhere(lines: list[Line], text: str) -> bool:
    """Say whether a copyright line or a byline names *text* as a paper."""
    for line in lines:
        if line.byline and line.byline.paper and same(line.byline.paper, text):
            return True
        sign = COPYRIGHT.match(line.text) if line.kind == "noise" else None
        if sign and sign["owner"] and same(sign["owner"], text):
            return True
    return False


def _is_capitalised(text: str) -> bool:
    return all(not word[0].islower() or len(word) <= _ARTICLE_LETTERS for word in text.split())
