"""A captured page as blocks of text: wrapped lines joined, everything else left apart.

Two kinds of capture exist. Select-all and copy gives one line a paragraph, however long; a text
browser wraps at its width. A page is wrapped when its lines break where the next word no longer
fitted, which a width and the words themselves prove; nothing is guessed from blank lines.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from unicodedata import normalize

import msgspec

WIDEST_WRAP = 110
"""In columns: text browsers and mailers wrap at 72 to 100; a longer line is a paragraph."""

NARROWEST_WRAP = 44
"""In columns: below, a line ends because it is short, not because the window is."""

_OPENS_BLOCK = re.compile(r"(?:[•◦▪‣●■–—*>-]|\d{1,2}[.)])\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»«“)\]」』）]*(?:\s?\[\d{1,3}\])?$")
_INNER_END = re.compile(r"[.!?…][\"'”’»)]*\s+[\"'“‘«„(¿¡]*[^\W\d_a-z]|[。！？](?=.)|؟\s")
_LYNX_MARK = re.compile(r"\[\d{1,3}\](?=[^\s\d\]])")
_LYNX_REFERENCES = re.compile(
    r"^ {0,3}(?:References|Visible links) {0,3}\n"
    r"(?=(?: {0,3}\n){0,3}(?: {0,3}Visible links\n)? {0,6}\d{1,3}\. (?:https?|file|mailto):)",
    re.MULTILINE,
)
_PROSE_WORDS = 16
"""A sentence of so many words is no headline: those end at 14 or without a full stop."""

_SHORT_PAGE = 8_192  # characters: what is seen of a page when it is recognised
_SPACED_OUT = 20  # characters by which typography alone can lengthen a line
_FIRST_WIDE = "\u1100"
# Unicode Standard Annex 11, classes W and F, as far as newspapers print them.
_WIDE = re.compile(
    r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]"
)
_BROKEN = re.compile(r"[^\W\d_][-—]$")
_BLANKS = " \t\u3000\xa0\u200e\u200f"
_SENTENCE_SHARE = 0.6  # of the window: a shorter line ends because its paragraph ends
_EARLY_SHARE = 0.08
_CJK_MARGIN = 4  # columns: punctuation may not begin a line and pulls a character down
_GAP = re.compile(r"[ \xa0]{2,}")
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60]")
_EMPTY = re.compile(r"[\W_]*")  # rules of dashes, and the pictures of buttons


class Block(msgspec.Struct, frozen=True):
    """A paragraph, a heading, or a line of the page's furniture.

    *group* counts the runs of lines between blank lines.
    """

    text: str
    group: int


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a page in order."""
    return list(_blocks(text) if len(text) <= _SHORT_PAGE else _blocks.__wrapped__(text))


@lru_cache(maxsize=1)  # a page is asked for twice: when it is recognised and when it is read
def _blocks(text: str) -> tuple[Block, ...]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").expandtabs(4)
    listed = "References" in text or "Visible links" in text
    if listed and (references := _LYNX_REFERENCES.search(text)):
        text = _LYNX_MARK.sub("", text[: references.start()])
    groups = [_lines(group) for group in re.split(r"\n[ \t\u3000\xa0]*\n", text)]
    groups = [group for group in groups if group]
    window = _window([[line.strip() for line in group] for group in groups])
    return tuple(
        block for number, group in enumerate(groups) for block in _joined(group, number, window)
    )


def width(text: str) -> int:
    """Return the columns that *text* takes on a terminal."""
    if text.isascii() or max(text) < _FIRST_WIDE:
        return len(text)
    return len(text) + len(_WIDE.findall(text))


def words(text: str) -> int:
    """Return how many words *text* has; two ideographs count as one."""
    ideographs = 0 if text.isascii() else len(_CJK.findall(text))
    return len(text.split()) + ideographs // 2


def ends_sentence(text: str) -> bool:
    """Say whether *text* ends as a sentence does."""
    return bool(_SENTENCE_END.search(text[-12:]))


def sentences(text: str) -> int:
    """Return at least how many sentences end in *text*; an abbreviation can count as one."""
    return len(_INNER_END.findall(text)) + bool(_SENTENCE_END.search(text[-12:]))


def is_prose(text: str) -> bool:
    """Say whether *text* can be nothing but a paragraph or a long deck."""
    ends = sentences(text)
    return ends > 1 or (ends == 1 and words(text) >= _PROSE_WORDS)


def same(one: str, other: str) -> bool:
    """Say whether two lines say the same, but for case, spaces and typography."""
    if min(len(one), len(other)) * 2 + _SPACED_OUT < max(len(one), len(other)):
        return False
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", normalize("NFKC", text).casefold())


def _lines(group: str) -> list[str]:
    return [line.rstrip() for line in group.split("\n") if not _EMPTY.fullmatch(line)]


def _window(groups: list[list[str]]) -> int:
    """Return the width at which the page was wrapped, or 0 where it was not.

    The last line of a group says nothing: a paragraph ends there in either kind of page.
    """
    widest = max((width(line) for group in groups for line in group), default=0)
    if not NARROWEST_WRAP <= widest <= WIDEST_WRAP:
        return 0
    breaks = ends = 0
    for line, following in (pair for group in groups for pair in pairwise(group)):
        if _SENTENCE_END.search(line[-12:]):
            ends += width(line) > widest * _SENTENCE_SHARE
        else:
            breaks += _overflows(line, following, widest)
    return widest if breaks > ends else 0


def _overflows(line: str, following: str, window: int) -> bool:
    """Say whether the first word of *following* did not fit behind *line*."""
    if not following or (_CJK.match(following) and width(line) >= window - _CJK_MARGIN):
        return bool(following)
    first = following.split(" ", 1)[0]
    return width(line) + 1 + width(first) > window


def _continues(line: str, following: str, window: int) -> bool:
    """Say whether *following* goes on with the paragraph of *line*.

    What people wrap by hand breaks a word or two early; only a sentence's end tells against it.
    """
    early = 0 if _SENTENCE_END.search(line[-12:]) else int(window * _EARLY_SHARE)
    return _overflows(line, following, window - early)


def _joined(group: list[str], number: int, window: int) -> list[Block]:
    paragraphs: list[list[str]] = []
    indents = [len(raw) - len(raw.lstrip()) for raw in group]
    margin = min(indents, default=0)
    for raw, indent in zip(group, indents, strict=True):
        line = raw.strip(_BLANKS)
        hangs = paragraphs and _OPENS_BLOCK.match(paragraphs[-1][0])
        # An indent opens a paragraph, except under an item of a list.
        opens = _OPENS_BLOCK.match(line) or (indent > margin + 1 and not hangs)
        if window and paragraphs and not opens and _continues(paragraphs[-1][-1], line, window):
            paragraphs[-1].append(line)
        else:
            # A wide gap is what remains of a column: it parts the line like a bar.
            paragraphs.append([_GAP.sub("   ", line) if "  " in line else line])
    return [Block(_glued(parts), number) for parts in paragraphs]


def _glued(parts: list[str]) -> str:
    """Join the lines of a paragraph; a broken compound and ideographs take no space."""
    glue = [
        "" if (_CJK.match(line[-1]) and _CJK.match(following)) or _BROKEN.search(line[-2:]) else " "
        for line, following in pairwise(parts)
    ]
    return "".join(text for pair in zip(parts, [*glue, ""], strict=True) for text in pair)
