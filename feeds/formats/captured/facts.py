"""What the lines around a captured story state: dates, sections, authors, the agency.

The page's own date and the story's are told apart by place: the page's stands above the headline,
beside no section and no name, and is a whole day.
"""

from __future__ import annotations

import msgspec

from ...model import Person
from .blocks import same
from .dates import Moment
from .lines import Line, is_page_date, is_slogan
from .names import is_name

_NEAR_HEADLINE = 12
"""Within so many lines of the headline a name that stands alone can be the author's."""

_NAME_WORDS = (2, 3)  # "Jane Doe", "Jane van Doe"; longer ones are decks in capitals


class Facts(msgspec.Struct):
    """What a page states of its story. Dates are the text as it stood."""

    publisher: str | None = None
    sections: list[str] = []
    authors: list[Person] = []
    wire: str | None = None
    page_date: str | None = None
    published: str | None = None
    updated: str | None = None


def read_facts(lines: list[Line], headline: int, body: int, facts: Facts) -> None:
    """Add to *facts* what the lines say that are neither title nor text.

    *headline* and *body* are the numbers of the headline and of the first paragraph. Behind the
    first paragraph only what is labelled counts; related stories have dates and sections too.
    """
    for i, line in enumerate(lines):
        if i > body and line.kind in {"end", "teasers"}:
            break
        if i < body:
            _read_sections(line, facts, behind=i > headline)
        _read_names(line, facts, in_body=i > body)
    paper = facts.publisher
    facts.authors = [author for author in facts.authors if not (paper and same(author.name, paper))]
    _read_dates(lines, headline, body, facts)


def lone_author(lines: list[Line], headline: int, used: set[int]) -> int | None:
    """Return the line of a name that stands alone beside a date, a role, a button or the text.

    *used* are lines that are spoken for, such as the masthead below the headline.
    """
    near = range(headline + 1, min(len(lines), headline + _NEAR_HEADLINE))
    if any(line.byline and line.byline.people for line in lines[: near.stop]):
        return None
    for i in near:
        text = lines[i].text
        count = len(text.split())
        if lines[i].kind != "text" or i in used or not is_name(text, words=_NAME_WORDS[0]):
            continue
        around = [j for j in (i - 1, i + 1) if headline < j < len(lines)]
        beside = any(j in used or lines[j].kind in {"dated", "byline", "noise"} for j in around)
        opens = (count == _NAME_WORDS[0] or "." in text) and i + 1 < len(lines)
        if count <= _NAME_WORDS[1] and (beside or (opens and lines[i + 1].sentence)):
            return i
    return None


def _read_sections(line: Line, facts: Facts, *, behind: bool) -> None:
    if line.kind != "menu":
        for name in line.sections:
            if not any(same(name, other) for other in facts.sections):
                facts.sections.append(name)
    if line.kind != "dated":
        return
    relative = any(moment.relative for moment in line.dated.moments)
    for piece in line.dated.pieces:
        if behind and is_name(piece, words=_NAME_WORDS[0]):
            facts.authors = facts.authors or [Person(name=piece)]
        elif facts.sections or is_slogan(piece) or not piece[0].isalpha() or piece[0].islower():
            continue
        elif relative or piece not in line.dated.glued:  # "Oslo, November 9" names a place
            facts.sections.append(piece)


def _read_names(line: Line, facts: Facts, *, in_body: bool) -> None:
    facts.wire = facts.wire or line.wire
    if not line.byline:
        return
    facts.wire = facts.wire or line.byline.wire
    facts.publisher = facts.publisher or line.byline.paper
    if not (in_body and facts.authors):
        new = (person for person in line.byline.people if person not in facts.authors)
        facts.authors = [*facts.authors, *new]


def _read_dates(lines: list[Line], headline: int, body: int, facts: Facts) -> None:
    moments = [
        (i, moment)
        for i, line in enumerate(lines)
        for moment in line.dated.moments
        if i < body or moment.role
    ]
    plain = [(i, moment) for i, moment in moments if not moment.role]
    facts.page_date = _page_date(lines, headline, plain)
    for _, moment in moments:
        if moment.role == "updated":
            facts.updated = facts.updated or moment.text
        elif moment.role or moment.text != facts.page_date:
            facts.published = facts.published or moment.text


def _page_date(lines: list[Line], headline: int, plain: list[tuple[int, Moment]]) -> str | None:
    """Return the date in the masthead, out of the dates that say nothing of themselves."""
    days = [(i, moment) for i, moment in plain if not moment.relative and is_page_date(lines[i])]
    for i, moment in days:
        if i > headline:
            break
        beneath_section = not lines[i].paper and any(line.kind == "section" for line in lines[:i])
        if len(plain) > 1 or not (moment.timed or beneath_section):
            return moment.text
    if days and not days[0][1].timed and any(moment.relative for _, moment in plain):
        return days[0][1].text
    return None
