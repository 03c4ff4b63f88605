"""What stands between the marks of an ANPA 1312 story: the "^" lines above, the text, its codes."""

from __future__ import annotations

import re
from html import escape

import msgspec

from ..model import Entry, Text
from . import advisories, wire
from .byline import people
from .captured.dateline import read_dateline

# Two letters for the cycle or the receiver, then AP's desk: "BC-US--", "AP-", "PM-".
_PREFIX = re.compile(r"(?:[A-Z]{2}|AP|BC|AM|PM)-+(?:[A-Z]{2,4}--)?")
_LEAD = re.compile(r"(?P<lead>\d{1,2})(?:st|nd|rd|th)?\s?l(?:ea)?d(?![a-z])", re.IGNORECASE)
_LATER = re.compile(r"writethr[uo]|correct(?:ion|ive)|\b(?:sub|update)s?\b", re.IGNORECASE)
_PART = re.compile(
    r"(?P<number>\d{1,2})(?:st|nd|rd|th)?\s?(?P<kind>add|take|insert)|take\s?(?P<take>\d{1,2})",
    re.IGNORECASE,
)
_WORD_COUNT = re.compile(r",?\s*\d{2,5}\s*$")
_SUMMARY_WORDS = 12
_EMPLOYER = re.compile(
    r"\s+(?:of|for)\s+(?:the\s+)?(?:associated\s+press|ap|reuters|united\s+press\s+international)\b.*",
    re.IGNORECASE,
)
_AFFILIATION = re.compile(
    r"(?:for\s+)?(?:the\s+)?(?:associated\s+press|ap|reuters|new\s+york\s+times|bloomberg|upi"
    r"|canadian\s+press|nyt)\b.{0,60}"
    r"|.{0,40}\b(?:writer|correspondent|editor|reporter|staff|news service|columnist)s?",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"(?:c\.|\(c\)|copyright)\s?(?:19|20)\d\d\b.{0,80}", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"(?:AP\s+)?(?:photos?|graphics?|video|interactive|with\s+photos?)\b.{0,200}"
    r"|(?:urgent|bulletin|flash|newsalert|newsbreak)|\$?adv\s?\d.{0,20}|\(.*\)"
    r"|(?:eds?|editors?|note|hfr|for\s+use|with)\s*[:.,].*|editor['\u2019]?s?\s+note\b.*",
    re.IGNORECASE,
)
_COLUMNS = re.compile(r"\S\s{2,}\S+\s{2,}\S")
_CODES = re.compile(r"&(?:LR|UR|QL|QC|QR|LL|EM|EN|TH);|[\x11-\x14]", re.IGNORECASE)
_HALF = re.compile(r"(?<=[\d ])\{(?=\s|$)", re.MULTILINE)


class Slug(msgspec.Struct, frozen=True):
    """A keyword slug: the *key* of its story, the *lead* it is, and which *part* (0 is all of it).

    *continues* says that it is an add or an insert, which cannot stand alone.
    """

    key: str
    lead: int
    part: int
    continues: bool
    written: str


def typeset(text: str) -> str:
    """Return *text* with the marks that its codes mean: quotation marks, dashes, fractions."""
    text = _CODES.sub("", text)
    text = text.replace("``", "\u201c").replace("''", "\u201d").replace(" _ ", " \u2014 ")
    return wire.printable(_HALF.sub("½", text))


def parted(text: str, *, tabular: bool) -> tuple[list[str], str]:
    """Return the "^" lines above the text, without their marks, and the text.

    A line that ends with "<" or "=" is whole; without, the next one goes on with it. In a table
    the text begins behind the byline, or where columns do.
    """
    lines = text.split("\n")
    top: list[str] = []
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        whole = number == 0 or lines[number - 1].rstrip().endswith(("<", "="))
        if line.startswith("^") and not (tabular and _COLUMNS.search(line)):
            top += [part.strip(" <=") for part in re.split(r"<\s*\^", stripped[1:])]
            if tabular and top[-1].lower().startswith("by "):
                return top, "\n".join(lines[number + 1 :])
        elif top and not (whole or tabular or line.startswith(("\t", "  "))):
            top[-1] += f" {stripped.strip(' <=')}"
        else:
            return top, "\n".join(lines[number:])
    return top, ""


def slug(written: str) -> Slug:
    """Return what a keyword line says: "BC-US--Fire, 2nd Ld-Writethru,512"."""
    line = _WORD_COUNT.sub("", written.strip(" <"))
    name, _, rest = line.partition(",")
    key = re.sub(r"[^a-z0-9]+", "-", _PREFIX.sub("", name.strip(), count=1).lower()).strip("-")
    lead, part = _LEAD.search(rest), _PART.search(rest)
    return Slug(
        key=key,
        lead=int(lead["lead"]) if lead else int(bool(_LATER.search(rest))),
        part=int(part["number"] or part["take"]) if part else 0,
        continues=bool(part and (part["kind"] or "").lower() in {"add", "insert"}),
        written=line,
    )


def entry_of(top: list[str], text: str, name: str, *, tabular: bool) -> Entry:
    """Return what the lines above a story's text and the text itself say."""
    text, notices = advisories.take(text)
    entry = Entry(format=name)
    for line in top:
        _read(line, entry, notices)
    if entry.title:
        title, said = advisories.title_without(entry.title.value)
        entry.title = Text(title)
        notices.add(said)
    html = _table(text) if tabular else _html(text)
    entry.content = Text(html, "html") if html else None
    dateline = read_dateline(text.lstrip()[:200].replace("\n", " "))
    if dateline:
        entry.dateline, entry.wire_source = dateline.place, dateline.wire
    notices.put_on(entry)
    return entry


def _read(line: str, entry: Entry, notices: advisories.Notices) -> None:
    """Take what a line above the text says: headline, byline, digest, rights or a notice."""
    if _RIGHTS.fullmatch(line):
        entry.rights = line
        return
    kept, said = advisories.take(line)
    notices.add(said)
    if not kept.strip() or _NO_TITLE.fullmatch(line):
        return
    if line.lower().startswith("by "):
        entry.authors = entry.authors or people(_EMPLOYER.sub("", line))
        for person in entry.authors:  # the wire sets names in capitals
            if person.name.isupper() and " " in person.name:
                entry.authors[entry.authors.index(person)] = msgspec.structs.replace(
                    person, name=person.name.title()
                )
    elif _AFFILIATION.fullmatch(line):
        return
    elif not entry.title:
        entry.title = Text(line)
    elif len(line.split()) >= _SUMMARY_WORDS and not entry.summary:
        entry.summary = Text(line)


def _table(text: str) -> str:
    rows = [line.strip("^").rstrip(" <=") for line in text.strip("\n").split("\n")]
    return f"<pre>{escape(chr(10).join(rows), quote=False)}</pre>" if text.strip() else ""


def _html(text: str) -> str:
    """Return the text as HTML; a line that opens with "^" is a heading in it."""
    parts: list[str] = []
    for part in re.split(r"^(\^[^\n]*)$", text, flags=re.MULTILINE):
        if part.startswith("^"):
            heading = part.strip("^<= ")
            parts += [f"<h3>{escape(heading, quote=False)}</h3>"] if heading else []
        elif part.strip():
            parts.append(wire.html_of(part))
    return "\n".join(parts)
