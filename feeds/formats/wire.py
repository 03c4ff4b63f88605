"""What the text wires IPTC 7901 and ANPA 1312 share: bytes to text, and wrapped lines to HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from html import escape

SOH, STX, ETX, EOT = "\x01", "\x02", "\x03", "\x04"
"""The controls of ISO 646: start of header, start of text, end of text, end of transmission."""

_CONTROLS = re.compile(r"[\x00\x05-\x08\x0b\x0e-\x1e\x7f]")
_LETTERS = frozenset("äöüßÄÖÜéèêëÉÈáàâåÅãíìîïóòôõúùûñÑçÇøØæÆÁÍÓÚ")
_IN_WORD = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[a-z])")
_MOST_MARKS = 400  # letters beyond ASCII that are looked at: enough to tell a charset
# DIN 66003, the German edition of ISO 646: brackets and braces are the umlauts.
_GERMAN = str.maketrans("{|}~[\\]", "äöüßÄÖÜ")
_GERMAN_WORD = re.compile(r"[a-zA-Z][{|}~][a-z]|\b[\[\\\]][a-z]{2}")
_GERMAN_WORDS = 3
_COLUMNS = re.compile(r"\S(?:[ \t]{2,}|\s*\|\s*)(?=\S)")
_ROW = re.compile(r"\S[ \t]{3,}\S")
_ROW_GAPS = 2  # one gap of two blanks is a typing error
_BROKEN = re.compile(r"[^\W\d_]-$")
_ITEM = re.compile(r"(?:[-*\u2022\u2013]|\d{1,2}[.)])\s+\S")
_RULE = re.compile(r"[\s_*=\-.]*")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene janv", "feb fev fevr", "mar mär mrz mars", "apr abr avr", "may mai mag maj",
            "jun giu juin", "jul lug juil", "aug ago aou août", "sep set sept", "oct okt ott out",
            "nov", "dec dez dic déc",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_HOURS_AHEAD = {
    **dict.fromkeys(("GMT", "UTC", "UT", "Z"), 0),
    **dict.fromkeys(("BST", "CET", "MEZ", "HNEC"), 1),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 2),
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7),
    "EDT": -4,
    "PST": -8,
    "JST": 9,
    "AEST": 10,
    "AEDT": 11,
}


def decoded(data: bytes) -> str:
    """Return wire bytes as text: UTF-8, DIN 66003, else whichever of CP437 and CP1252 spells words.

    Neither format names its charset. Lines end with U+000A.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pc, windows = data.decode("cp437"), data.decode("cp1252", "replace")
        text = pc if _spelt(pc) > _spelt(windows) else windows
    if text.isascii() and len(_GERMAN_WORD.findall(text)) >= _GERMAN_WORDS:
        text = text.translate(_GERMAN)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def printable(text: str) -> str:
    """Return *text* without the controls of teleprinters and typesetters."""
    return _CONTROLS.sub("", text)


def moment(trailer: re.Match[str]) -> datetime | str | None:
    """Return the moment that *trailer* tells: aware, or as text without a zone, or None.

    Its groups are year, month, day, hour, minute and zone; the month is a number or a name in one
    of the wires' languages, the year has two digits or four.
    """
    year, month, day, hour, minute, zone = trailer.group(
        "year", "month", "day", "hour", "minute", "zone"
    )
    number = int(month) if month.isdecimal() else _MONTHS.get(month.lower().rstrip("."), 0)
    full = int(year) if len(year) > 2 else int(year) + (2000 if int(year) < 70 else 1900)  # noqa: PLR2004  # POSIX, %y
    try:
        at = datetime(full, number, int(day), int(hour), int(minute))  # noqa: DTZ001  # the zone is next
        ahead = _HOURS_AHEAD.get((zone or "").upper())
        if ahead is None:
            return f"{at:%Y-%m-%dT%H:%M}"
        return at.replace(tzinfo=timezone(timedelta(hours=ahead))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_of(at: datetime | str | None) -> str:
    """Return the day of a moment as YYYYMMDD, or an empty text."""
    if isinstance(at, datetime):
        return f"{at:%Y%m%d}"
    return at[:10].replace("-", "") if at else ""


def html_of(text: str) -> str:
    """Return wrapped *text* as paragraphs, tables and lists.

    A blank line or an indent parts paragraphs; rows with several columns stay as they are set.
    """
    return "\n".join(f"<{tag}>{inner}</{tag}>" for tag, inner in _blocks(text.split("\n")))


def _blocks(lines: Iterable[str]) -> list[tuple[str, str]]:
    blocks: list[tuple[str, list[str]]] = []
    blank = True
    for written in lines:
        line = written.rstrip()
        if not line or _RULE.fullmatch(line):
            blank = True
            continue
        stripped = line.strip()
        opened = blocks[-1][0] if blocks else ""
        gaps = len(_COLUMNS.findall(stripped))
        row = bool(_ROW.search(stripped)) or gaps >= _ROW_GAPS or (gaps > 0 and opened == "pre")
        tag = "pre" if row else "li" if _ITEM.match(stripped) else "p"
        indented = line[0] == "\t" or line.startswith("  ")
        if tag == "pre" and opened == "pre" and not blank:
            blocks[-1][1].append(line.strip("\t"))
        elif (
            tag == "p" and not blank and opened in {"p", "li"} and (opened == "li" or not indented)
        ):
            blocks[-1][1].append(stripped)
        else:
            blocks.append((tag, [line.strip("\t") if row else stripped]))
        blank = False
    return _listed([(tag, _inner(tag, parts)) for tag, parts in blocks])


def _inner(tag: str, parts: list[str]) -> str:
    if tag == "pre":
        return escape("\n".join(parts), quote=False)
    text = parts[0]
    for part in parts[1:]:
        text += part if _BROKEN.search(text) else f" {part}"
    if tag == "li":
        text = text.split(None, 1)[1]
    return escape(text, quote=False)


def _listed(blocks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put neighbouring items into one list; an item alone is a paragraph that opens with a dash."""
    out: list[tuple[str, str]] = []
    for tag, inner in blocks:
        if tag == "li" and out and out[-1][0] == "ul":
            out[-1] = ("ul", f"{out[-1][1]}<li>{inner}</li>")
        else:
            out.append(("ul", f"<li>{inner}</li>") if tag == "li" else (tag, inner))
    return out


def _spelt(text: str) -> int:
    """Return how many of the letters beyond ASCII in words are letters that words have."""
    found = _IN_WORD.findall(text[:200_000])[:_MOST_MARKS]
    return sum(1 if letter in _LETTERS else -1 for letter in found)
