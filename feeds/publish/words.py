"""Words, phrases and regular expressions in the text of a story, all looked for by RE2 at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import unescape
from typing import Any

import re2

from ..errors import SettingsError
from ..model import Article

_SEARCHED = 100_000  # characters of one text; more is a book and no story
_PROGRAM = 50_000  # steps of one expression: a search takes, at worst, so many for each letter
_BREAK = "\x1e"  # between blocks: neither a letter nor a space, so that no phrase reaches across
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|del|dfn|em|i|ins|kbd|mark|q|s|small|span|strong|su[bp]|u)"
    r"(?: [^>]*)?>"
)
_TAG = re.compile(r"<[^>]*>")
# RE2's own \b knows ASCII only; and "no letter" has twice the steps of what stands between words.
_BETWEEN = r"[\x00-/:-@\[-\x60{-\x7f\pZ\pP\pS]"
_BEFORE, _AFTER = f"(?:^|{_BETWEEN})", f"(?:{_BETWEEN}|$)"
_REST_OF_WORD = r"[\pL\pN\pM_]*"
_SPACES = r"[\s\pZ]+"
_APOSTROPHE = "['\u2019\u02bc]"
# Scripts without spaces between words, and Korean, whose particles are written onto them.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.never_capture = True
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 2 << 20  # for each expression; what needs more is searched more slowly


class Expressions:
    """What is looked for in one kind of text: an expression for each line of a rule."""

    def __init__(self) -> None:
        self._lines: list[int] = []
        # It first passes over a text, once, for the letters that each expression cannot do without.
        self._filter = re2.Filter()

    def add(self, words: Iterable[str], line: int, key: str) -> None:
        """Let texts with any of *words* meet *line*.

        Raises:
            SettingsError: one of them cannot be looked for; it is said of *key*.
        """
        whole = "|".join(f"(?:{expression})" for expression in _expressions(words, key))
        if compiled(whole, key).search(b"") is not None:
            problem = "is met by every text; an expression must ask for a letter at least"
            raise SettingsError("feeds", key, problem)
        self._filter.Add(whole, _OPTIONS)
        self._lines.append(line)

    def compile(self) -> None:
        """Get ready to search; nothing is added after it."""
        self._filter.Compile()

    def met(self, text: str) -> int:
        """Return the lines that *text* meets, a bit each."""
        lines = 0
        for number in self._filter.Match(text.encode("utf-8", "replace")) or ():
            lines |= self._lines[number]
        return lines


def compiled(expression: str, key: str) -> Any:  # noqa: ANN401 - re2 has no types
    """Return *expression* compiled, to be used on UTF-8.

    Raises:
        SettingsError: it is none of RE2's, or too large; it is said of *key*.
    """
    try:
        pattern = re2.compile(expression, _OPTIONS)
    except (re2.error, UnicodeEncodeError) as error:
        said = error.args[0] if isinstance(error, re2.error) else "it is not Unicode"
        told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        problem = f"is no regular expression as RE2 has them ({told}); see docs/feeds.md"
        raise SettingsError("feeds", key, problem) from None
    if pattern.programsize > _PROGRAM:
        problem = (
            f"is too large: {pattern.programsize} steps of {_PROGRAM}; repeat less, or part it"
        )
        raise SettingsError("feeds", key, problem)
    return pattern


def title_searched(article: Article) -> str:
    """Return the text that ``title_words`` are looked for in."""
    return article.title[:_SEARCHED]


def searched(article: Article) -> str:
    """Return the text that ``words`` are looked for in: title, summary and text, without markup."""
    text = _TAG.sub(_BREAK, _INLINE.sub("", article.content_html[:_SEARCHED]))
    if "&" in text:
        text = unescape(text)
    return f"{article.title}{_BREAK}{article.summary}{_BREAK}{text}"[:_SEARCHED]


def _expressions(words: Iterable[str], key: str) -> list[str]:
    """Return what finds any of *words*; those of one kind share their edges, which are large."""
    phrases: dict[tuple[str, str], list[str]] = {}
    found = []
    for word in words:
        if len(word) > 1 and word.startswith("/") and word.endswith("/"):
            compiled(word[1:-1], key)  # alone: in a group, an unbalanced one might look sound
            found.append(word[1:-1])
        else:
            parts = unicodedata.normalize("NFC", word).split()
            edges = _edge(parts[0][0], _BEFORE), _edge(parts[-1][-1], _AFTER)
            phrases.setdefault(edges, []).append(_SPACES.join(map(_word, parts)))
    for (before, after), some in phrases.items():
        found.append(f"{before}(?:{'|'.join(some)}){after}")
    return found


def _word(word: str) -> str:
    """Return what finds one *word* of a phrase."""
    stems = (re.split(_APOSTROPHE, stem) for stem in word.split("*"))
    return _REST_OF_WORD.join(_APOSTROPHE.join(map(re2.escape, parts)) for parts in stems)


def _edge(character: str, edge: str) -> str:
    """Return *edge* if a word ends at *character*, which nothing tells in some scripts."""
    return "" if unicodedata.name(character, "").startswith(_UNSPACED) else edge
