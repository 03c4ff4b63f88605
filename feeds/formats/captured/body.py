"""The body of a captured page: its paragraphs in order and unchanged, its figures apart.

Every line is kept unless it is known to be no part of the text: a paragraph too many is a blemish,
a paragraph lost is a fault.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Literal

import msgspec

from ...model import Image, Person
from .blocks import sentences, width, words
from .figures import Figure, quoted_line
from .lines import Line

Tag = Literal["p", "h2", "ul", "ol", "blockquote"]

LONGEST_HEADING = 90
"""In columns; longer lines without a full stop are paragraphs whose full stop was lost."""

_LONGEST_HEADING_WORDS = 12
_LONGEST_ALT_WORDS = 30
_LONGEST_CAPTION = 280  # without its credit, in characters
_SHORT_CAPTION = 140
_CAPTION_SENTENCES = 2  # "Jane Doe in 2019. She has since resigned."
_BULLET = re.compile(r"[•◦▪‣●■*]\s*")
_DASH = re.compile(r"[-–]\s+")
_NUMBER = re.compile(r"(?P<number>\d{1,2})[.)]\s+")
_QUOTE = re.compile(r"(?:>\s?)+")
_MARKS: dict[Tag, re.Pattern[str]] = {
    "ul": re.compile(rf"{_BULLET.pattern}|{_DASH.pattern}"),
    "ol": _NUMBER,
    "blockquote": _QUOTE,
}
"""What runs over several lines, and the mark that each line loses."""

# Reuters' sign-off: it ends without a full stop and belongs to the text.
_SIGN_OFF = re.compile(
    r"\(?(?:(?:additional\s+)?(?:reporting|writing|editing)|compiled|translated)\s+(?:by|in)\b",
    re.IGNORECASE,
)
# What ends an obituary has no full stop: "Jane Doe, born 3 May 1931; died 27 December 2025".
_LIFE = re.compile(r"[^;]{4,80}\d{4}[;,–] [^;]{0,60}\d{4}")
_ATTRIBUTION = re.compile(r"[—–-]\s?[^\W\d_].{1,80}")
_SPEECH = re.compile(r"\b(?:said|says|told|added|according)\b", re.IGNORECASE)
_BIOGRAPHY = re.compile(
    r"\s+(?:is|are|covers|reports|writes|joined|has\s+(?:covered|reported|written)"
    r"|can\s+be\s+reached)\b"
)


class Part(msgspec.Struct, frozen=True):
    """A piece of the body: one paragraph or heading, or the items of a list."""

    tag: Tag
    texts: tuple[str, ...]

    def html(self) -> str:
        """Return it as HTML, escaped."""
        inner = [escape(text, quote=False) for text in self.texts]
        if self.tag in {"ul", "ol"}:
            inner = [f"<li>{item}</li>" for item in inner]
        elif self.tag == "blockquote":
            inner = [f"<p>{item}</p>" for item in inner]
        return f"<{self.tag}>{''.join(inner)}</{self.tag}>"


def read_body(lines: list[Line], first: int, used: set[int], authors: list[Person]) -> list[Part]:
    """Return the parts of the text from line *first* on, without the lines in *used*."""
    kept = list(_kept(lines, first, used))
    last = max((i for i in kept if is_paragraph(lines[i])), default=-1)
    while last > first and kept and _is_biography(lines[last].text, authors):
        kept.remove(last)
        last = max((i for i in kept if is_paragraph(lines[i])), default=-1)
    kept = [i for i in kept if i <= last or _item(lines[i].text)]
    return list(_parts([lines[i] for i in kept]))


def captions_above(lines: list[Line], titles: list[int]) -> set[int]:
    """Return those of *titles* that speak of a picture above the headline: its credit follows."""
    return {
        i
        for i in titles[:-1]
        if (credit := lines[i + 1].figure) and not (credit.alt or credit.caption)
    }


def take_figures(lines: list[Line], headline: int, above: set[int]) -> tuple[list[Image], set[int]]:
    """Return the figures behind the headline and the numbers of all lines that they take.

    *above* are lines before the headline that ``captions_above`` told from titles.
    """
    images: list[Image] = []
    used: set[int] = set()
    for i in sorted(above):
        credit = lines[i + 1].figure or Figure()
        images.append(Image(alt=lines[i].text, credit=credit.credit))
    for i in range(headline + 1, len(lines)):
        figure = lines[i].figure or _quoted_caption(lines, i, headline, used)
        if figure is None or i in used:
            continue
        used.add(i)
        figure, last = _with_following(figure, lines, i)
        used.update(range(i, last + 1))
        figure = _with_preceding(figure, lines, i, headline, used)
        image = Image(alt=figure.alt, caption=figure.caption, credit=figure.credit)
        if image not in images:
            images.append(image)
    return images, used


def _with_following(figure: Figure, lines: list[Line], i: int) -> tuple[Figure, int]:
    """Join the figure lines that stand below and say what the first did not."""
    last = i
    for line in lines[i + 1 : i + 3]:
        more = line.figure
        if (
            more is None
            or more.alt
            or (more.caption and figure.caption)
            or (more.credit and figure.credit)
        ):
            break
        figure = Figure(
            figure.alt,
            figure.caption or more.caption,
            figure.credit or more.credit,
            figure.quoted or more.quoted,
        )
        last += 1
    return figure, last


def _with_preceding(
    figure: Figure, lines: list[Line], i: int, headline: int, used: set[int]
) -> Figure:
    """Add what the lines above say: a caption over its credit, an alternative text over both."""
    alt, caption, credit = figure.alt, figure.caption, figure.credit
    above = i - 1
    if not caption and _is_free(lines, above, headline, used) and _is_caption(lines, above):
        caption = quoted_line(lines[above].text) or lines[above].text
        used.add(above)
        above -= 1
    if (
        not alt
        and _is_free(lines, above, headline, used)
        and _is_alt(lines, above, headline, figure)
    ):
        alt = lines[above].text
        used.add(above)
    return Figure(alt, caption, credit)


def _is_free(lines: list[Line], i: int, headline: int, used: set[int]) -> bool:
    return i > headline and i not in used and lines[i].kind == "text"


def _is_caption(lines: list[Line], i: int) -> bool:
    """Say whether the line above a bare credit is its caption and no paragraph of the text."""
    text = lines[i].text
    if quoted_line(text):
        return True
    if not lines[i].sentence or len(text) > _LONGEST_CAPTION or _SPEECH.search(text):
        return False
    joined = lines[i].group == lines[i + 1].group
    apart = i == 0 or lines[i - 1].group != lines[i].group
    brief = sentences(text) <= _CAPTION_SENTENCES and len(text) <= _SHORT_CAPTION
    return brief or (joined and apart)


def _is_alt(lines: list[Line], i: int, headline: int, figure: Figure) -> bool:
    """Say whether the line above a figure is its alternative text.

    The first line behind the headline is rather the deck, unless it stands together with the
    credit, or the credit is in quotation marks and the line is short.
    """
    line = lines[i]
    if line.sentence and not (
        figure.quoted and len(line.text) <= _SHORT_CAPTION and sentences(line.text) == 1
    ):
        return False
    if words(line.text) > _LONGEST_ALT_WORDS or _item(line.text):
        return False
    between = lines[headline + 1 : i]
    if any(other.kind in {"text", "byline", "dated"} for other in between):
        return True
    together = line.group == lines[i + 1].group != lines[headline].group
    return together or (figure.quoted and width(line.text) <= LONGEST_HEADING)


def _quoted_caption(lines: list[Line], i: int, headline: int, used: set[int]) -> Figure | None:
    """Read a caption that has no credit: a quoted line under one without a full stop."""
    if lines[i].kind != "text" or lines[i].text[0] != '"':
        return None
    caption = quoted_line(lines[i].text)
    if not caption or not _is_free(lines, i - 1, headline, used) or lines[i - 1].sentence:
        return None
    if i + 1 < len(lines) and _ATTRIBUTION.fullmatch(lines[i + 1].text):
        return None
    figure = Figure(caption=caption, quoted=True)
    return figure if _is_alt(lines, i - 1, headline, figure) and caption[-1] not in "?!," else None


def _kept(lines: list[Line], first: int, used: set[int]) -> Iterator[int]:
    """Yield the numbers of the lines that are text, headings or items."""
    skipping = False
    for i in range(first, len(lines)):
        line = lines[i]
        if line.kind == "end":
            return
        if i in used:
            continue
        if line.kind == "teasers":
            skipping = True
        elif line.kind == "text":
            skipping = skipping and not line.prose
            if not skipping:
                yield i
        elif line.kind == "dated" and not skipping and _is_day_heading(line):
            yield i


def _is_day_heading(line: Line) -> bool:
    """Say whether a line of nothing but a day stands in the text, as in a chronicle."""
    moments = line.dated.moments
    plain = len(moments) == 1 and not (moments[0].role or moments[0].relative)
    return plain and not (line.dated.pieces or line.byline or line.sections or line.paper)


def is_paragraph(line: Line) -> bool:
    """Say whether *line* is a paragraph by its end or its length, and no heading or button."""
    return line.kind == "text" and bool(
        _SIGN_OFF.match(line.text)
        or line.sentence
        or line.text[-1] in ":;,-—)"
        or words(line.text) > _LONGEST_HEADING_WORDS
        or _LIFE.fullmatch(line.text)
    )


def _is_biography(text: str, authors: list[Person]) -> bool:
    """Say whether *text* tells who the author is: "Jane Doe covers the harbour for ..."."""
    return any(
        text.startswith(author.name) and _BIOGRAPHY.match(text, len(author.name))
        for author in authors
    )


def _item(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


def _parts(lines: list[Line]) -> Iterator[Part]:
    """Yield the parts that *lines* make; items and quoted lines in a row make one."""
    shapes = [_shape(lines, i) for i in range(len(lines))]
    runs = groupby(range(len(lines)), key=lambda i: shapes[i] if shapes[i] in _MARKS else i)
    for key, numbers in runs:
        texts = [lines[i].text for i in numbers]
        if isinstance(key, int):
            yield Part(shapes[key], tuple(texts))
        else:
            yield Part(key, tuple(_MARKS[key].sub("", text, count=1) for text in texts))


def _shape(lines: list[Line], i: int) -> Tag:
    line = lines[i]
    text = line.text
    above, below = (lines[j].text if 0 <= j < len(lines) else "" for j in (i - 1, i + 1))
    dashed = _DASH.match(text) and not line.sentence and (_DASH.match(above) or _DASH.match(below))
    if dashed or _BULLET.match(text):
        return "ul"
    number = _NUMBER.match(text)
    if number and any(_counts_on(number, _NUMBER.match(other)) for other in (above, below)):
        return "ol"
    spoken = quoted_line(text) and _ATTRIBUTION.fullmatch(below)
    speaker = _ATTRIBUTION.fullmatch(text) and quoted_line(above)
    if spoken or speaker or _QUOTE.match(text):
        return "blockquote"
    return "h2" if _is_heading(lines, i) else "p"


def _counts_on(number: re.Match[str], other: re.Match[str] | None) -> bool:
    return other is not None and abs(int(number["number"]) - int(other["number"])) == 1


def _is_heading(lines: list[Line], i: int) -> bool:
    """Say whether the line is a subheading: no full stop, or a short question, above text."""
    line = lines[i]
    if (
        i + 1 >= len(lines)
        or width(line.text) > LONGEST_HEADING
        or words(line.text) > _LONGEST_HEADING_WORDS
    ):
        return False
    question = line.text.endswith(("?", "？")) and line.text[0] not in "\"“„«'‘—-"
    ends = line.sentence or line.text[-1] in ":;,-—"
    return (question or not ends) and (is_paragraph(lines[i + 1]) or _item(lines[i + 1].text))
