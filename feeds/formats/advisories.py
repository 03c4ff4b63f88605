"""Notices in a text that are no part of its story: kills, advisories, embargoes, corrections.

A wire, a mail and a press release carry them between the lines of the story, where a program must
tell them from prose: the place (alone on a line, at the head), the capitals and an order to the
desk tell, the bare words do not, because "Editors: A Love Story" and "Mandatory kill switch law
passes" are headlines. What only may be a notice and orders nothing stays in the story.
"""

from __future__ import annotations

import re
from html import unescape

import msgspec

from ..model import Entry, Text
from .notice_words import (
    ADVISORY_LABEL,
    BARE_ADDRESS,
    CHANGES,
    CLOCK,
    CLOCK_UNIT,
    CORRECTION,
    DATE_WORDS,
    DOTTED_CLOCK,
    EMBARGO,
    ENDS_DASHED,
    ISO_NAMED,
    KILL_LABEL,
    KILL_SENTENCE,
    MANDATORY,
    MORE,
    NO_EMBARGO,
    NOT_FOR_READERS,
    NOTES_SECTION,
    ORDER,
    SLUG_ADVISORY,
    SLUG_KILL,
    TO_EDITORS,
    WHOLE_LINE_KILL,
    YEAR,
)

_HEAD_LINES = 14
"""In so many lines from the top a notice on the whole text may stand: label, slug, byline."""

_LONGEST_NOTICE = 400  # characters: an embargo with its terms
_SAMPLE = 6_000  # characters of HTML in which a notice may stand: a preheader comes before it
_MOST_NOTES = 50

_BLANK = re.compile(r"[ \t\u3000\xa0]*")
_TAG = re.compile(r"<[^<>]*>")
_PARAGRAPH = re.compile(
    r"<(p|li|div)(?:\s[^<>]*)?>((?:(?!</?(?:p|div|li|table|ul)\b).)*?)</\1>",
    re.DOTALL | re.IGNORECASE,
)


class Notices(msgspec.Struct):
    """What the notices of a text said: reasons for a person, an embargo's end, a correction.

    *embargoed* is "" where there is an embargo without an end that can be trusted.
    """

    advisory: str | None = None
    embargoed: str | None = None
    correction: str | None = None

    def add(self, more: Notices) -> None:
        """Take over what *more* says and we do not."""
        self.advisory = self.advisory or more.advisory
        self.correction = self.correction or more.correction
        if self.embargoed is None:
            self.embargoed = more.embargoed

    def put_on(self, entry: Entry) -> None:
        """Say of *entry* what was found; what the format itself declares goes first."""
        entry.advisory = entry.advisory or self.advisory
        entry.correction = entry.correction or self.correction
        if entry.embargoed is None:
            entry.embargoed = self.embargoed


def take(text: str) -> tuple[str, Notices]:
    """Return *text*, whose lines end with U+000A, without its notices, and what they said."""
    notices = Notices()
    kept: list[str] = []
    body = _before_the_end(text.split("\n"))
    sections = _paragraphs(body)
    lines = 0  # of words, so far
    for paragraph in sections:
        words = " ".join(line.strip() for line in paragraph if not _BLANK.fullmatch(line))
        if not words:
            kept += paragraph
            continue
        at_head = lines < _HEAD_LINES
        first = not any(line.strip() for line in kept)
        lines += len(paragraph)
        if at_head and _kills(paragraph, notices):
            kept += paragraph
        elif _to_the_desk(words, notices, first=first):
            if first and notices.advisory:  # all of it is for the person who decides
                kept += paragraph
        else:
            if not at_head:
                _correction(words[:_LONGEST_NOTICE], notices)
            kept += [
                line for line in paragraph if not (at_head and _notice(line, notices, first=first))
            ]
    return "\n".join(kept), notices


def of_slug(slug: str) -> str | None:
    """Return why a person must decide on an item whose slug or keyword line is *slug*, or None."""
    if SLUG_KILL.search(slug):
        return f"the slug orders a kill or a withdrawal: {slug}"
    if SLUG_ADVISORY.search(slug):
        return f"the slug says that it is a note to editors: {slug}"
    return None


def mark(entry: Entry) -> None:
    """Take the notices out of the title and the HTML of *entry*, and say of it what they said."""
    notices = Notices()
    if entry.title:
        entry.title = Text(_headline(entry.title.value, notices), entry.title.type)
    if entry.content and entry.content.type == "html":
        opening = entry.content.value[:_SAMPLE]

        def kept(found: re.Match[str]) -> str:
            words = " ".join(unescape(_TAG.sub(" ", found[2])).split())
            if not words or len(words) > _LONGEST_NOTICE:
                return found[0]
            if _kills([words], notices):
                return found[0]
            gone = _to_the_desk(words, notices, first=False) or _notice(words, notices)
            return "" if gone else found[0]

        opening = _PARAGRAPH.sub(kept, opening, count=_MOST_NOTES)
        entry.content = Text(opening + entry.content.value[_SAMPLE:], "html")
    notices.put_on(entry)


def title_without(title: str) -> tuple[str, Notices]:
    """Return a headline without the label in front of it, and what that said."""
    notices = Notices()
    return _headline(title, notices), notices


def _headline(title: str, notices: Notices) -> str:
    if _kills([title], notices) or _to_the_desk(title, notices, first=True):
        return title
    correction = CORRECTION.match(title)
    if correction and correction["note"] and correction["label"][0].isupper():
        notices.correction = notices.correction or correction["label"].capitalize()
        return correction["note"].strip()
    bracket = re.fullmatch(r"\s*[(\[](?P<inside>[^()\[\]]{4,120})[)\]]\s*(?P<rest>.{2,})", title)
    if bracket and _notice(bracket["inside"], notices):
        return bracket["rest"]
    return title


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """Return *lines* in paragraphs, each blank line one of its own."""
    paragraphs: list[list[str]] = []
    open_ = False
    for line in lines:
        blank = bool(_BLANK.fullmatch(line))
        if blank or not open_:
            paragraphs.append([line])
        else:
            paragraphs[-1].append(line)
        open_ = not blank
    return paragraphs


def _before_the_end(lines: list[str]) -> list[str]:
    """Return the lines above the mark that ends a story or a press release, or all of them."""
    words = 0
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        if words > 2 and len(stripped) < _LONGEST_NOTICE:  # noqa: PLR2004  # a headline, and text
            ends = (
                ENDS_DASHED.fullmatch(stripped)
                or NOT_FOR_READERS.fullmatch(stripped)
                or (len(stripped) < 40 and NOTES_SECTION.fullmatch(stripped))  # noqa: PLR2004
            )
            if ends:
                return lines[:number]
        words += 1
    return lines


def _kills(paragraph: list[str], notices: Notices) -> bool:
    """Tell whether *paragraph* orders a kill, and note it."""
    for line in paragraph:
        stripped = line.strip()[:_LONGEST_NOTICE]
        label = KILL_LABEL.match(stripped) or MANDATORY.match(stripped)
        if label or WHOLE_LINE_KILL.fullmatch(stripped):
            notices.advisory = notices.advisory or f"it orders a kill: {_short(stripped)}"
            return True
    words = " ".join(line.strip() for line in paragraph)[: 4 * _LONGEST_NOTICE]
    if any(not _is_quoted(words[: found.start()]) for found in KILL_SENTENCE.finditer(words)):
        notices.advisory = notices.advisory or f"it orders a kill: {_short(words)}"
        return True
    return False


def _is_quoted(before: str) -> bool:
    """Tell whether what follows *before* stands in quotation marks: somebody tells of a kill."""
    return before.count("\u201c") > before.count("\u201d") or before.count('"') % 2 == 1


def _to_the_desk(words: str, notices: Notices, *, first: bool) -> bool:
    """Tell whether a paragraph speaks to editors; one that opens the text makes it an advisory."""
    found = TO_EDITORS.match(words)
    if not found:
        return False
    rest = words[found.end() : found.end() + _LONGEST_NOTICE]
    shouts = found["to"].isupper() and not rest.isupper()
    sure = shouts or not rest or " ".join(found["to"].lower().split()) not in BARE_ADDRESS
    if not (sure or ORDER.search(rest)):
        return False
    if first and not CHANGES.match(rest):
        notices.advisory = notices.advisory or f"it is addressed to editors: {_short(words)}"
    return True


def _notice(line: str, notices: Notices, *, first: bool = False) -> bool:
    """Tell whether a line at the head is a notice on the whole text, and note what it says."""
    stripped = line.strip()
    if not stripped or len(stripped) > _LONGEST_NOTICE:
        return False
    if NO_EMBARGO.match(stripped) or MORE.fullmatch(stripped):
        return True
    if ADVISORY_LABEL.match(stripped):
        notices.advisory = notices.advisory or f"it is an advisory: {_short(stripped)}"
        return False  # its words are what the person has to read
    embargo = EMBARGO.match(stripped)
    if embargo and _is_embargo(embargo):
        notices.embargoed = _end_of(embargo["end"])
        return True
    # A note beneath the headline is the paper's own text, and stays where it stands.
    return _correction(stripped, notices) and (first or stripped[0] in "([" or stripped.isupper())


def _correction(words: str, notices: Notices) -> bool:
    """Tell whether *words* are a note for readers that something was corrected, and keep it."""
    found = CORRECTION.fullmatch(words)
    if not found or not found["label"][0].isupper():
        return False
    note = found["note"].strip(" )]=*")
    notices.correction = notices.correction or note or found["label"].capitalize()
    return True


def _is_embargo(found: re.Match[str]) -> bool:
    """Tell an embargo from a headline: "Embargo: Cuba's long wait" names no day."""
    end = found["end"].strip(" .)]*-")
    whole = not end and all(found[name] is None for name in ("before", "release", "frei"))
    if whole:  # the bare word on its own line
        return True
    dated = bool(DATE_WORDS.search(end[:80]))
    marked = any(
        found[name] is not None
        for name in ("until", "before", "release", "hasta", "sperre", "frei")
    )
    return dated and (
        marked
        or bool(
            re.match(
                r"[^.]*?embargo(?:ed)?\s*(?:for\s+\w+\s*)?[:\u2013\u2014-]", found[0], re.IGNORECASE
            )
        )
    )


def _end_of(written: str) -> str:
    """Return the end of an embargo as a date that can be read, or "" where no year stands.

    A day without a year could be last year's to a reader of dates, and would lift the embargo.
    """
    written = re.split(r"[)\]*]|\s{3,}|\.\s+(?=[A-Z])(?<!m\.\s)", written.strip(), maxsplit=1)[0]
    written = re.sub(r",?\s+(?:and|or)\s+(?:there)?after.*", "", written).strip(" .:")
    if not YEAR.search(written):
        return ""
    written = ISO_NAMED.sub(r"\1T\2Z", written)
    written = CLOCK.sub(lambda at: f"{at['hour']}:{at['minute']} {at['zone']}", written)
    written = DOTTED_CLOCK.sub(lambda at: f"{at['hour']}:{at['minute']}", written)
    return CLOCK_UNIT.sub("", written)[:150]


def _short(words: str) -> str:
    return words if len(words) <= 120 else f"{words[:119]}…"  # noqa: PLR2004  # a line of a report
