"""Feeds by rule: in which of the configured feeds does a story stand?

Rules are compiled once. A story is then asked for its facts, one bit for each line of a rule that
it meets, and each rule is a comparison of bits. Words and regular expressions are looked for by RE2
in one pass, in a time that is linear in the text whatever the expression: no slip of an operator
and no text from outside can stop the newsroom.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import re2

from ..errors import SettingsError
from ..model import Article, Condition, FeedRule
from .words import Expressions, compiled, searched, title_searched

_LINES = (
    *("sources", "categories", "languages", "authors", "publishers", "wire_sources"),
    *("urgency", "words", "title_words"),
)
_TEXTS = {"words": searched, "title_words": title_searched}
_NO_WILDCARDS = {"languages", "urgency"}


class _Clause(NamedTuple):
    """A condition compiled: all bits of *lines*, and one clause of each of *groups*."""

    lines: int
    groups: tuple[tuple[_Clause, ...], ...] = ()

    def holds(self, facts: int) -> bool:
        return facts & self.lines == self.lines and all(
            any(one.holds(facts) for one in group) for group in self.groups
        )


class _Rule(NamedTuple):
    """A rule compiled: what must hold, and the lines and clauses of which none may."""

    name: str
    include: _Clause
    barred_lines: int = 0
    barred: tuple[_Clause, ...] = ()


class Rulebook:
    """The rules of a site. *category* gives the name of the feed that a category stands for.

    Raises:
        SettingsError: a word or an expression cannot be looked for.
    """

    def __init__(self, rules: Iterable[FeedRule], category: Callable[[str], str]) -> None:
        self._category = category
        self._count = 0
        self._values: dict[str, dict[str, int]] = {}  # kind -> value -> lines that it meets
        self._wildcards: dict[str, list[tuple[Any, int]]] = {}
        self._dates: list[tuple[Condition, int]] = []
        self._texts: dict[str, Expressions] = {}
        self._rules = [self._rule(rule) for rule in rules]
        for expressions in self._texts.values():
            expressions.compile()

    def feeds(self, article: Article) -> list[str]:
        """Return the names of the feeds whose rules *article* meets, in the order of the rules."""
        facts = self._facts(article)
        return [
            name
            for name, include, barred_lines, barred in self._rules
            if facts & include.lines == include.lines
            and not facts & barred_lines
            and (not include.groups or include.holds(facts))
            and not (barred and any(clause.holds(facts) for clause in barred))
        ]

    def _facts(self, article: Article) -> int:
        """Return a bit for each line that *article* meets."""
        facts = 0
        for kind, lines in self._values.items():
            for value in self._said(kind, article):
                facts |= lines.get(value, 0)
        for kind, wildcards in self._wildcards.items():
            for value in map(_folded, _written(kind, article)):
                data = value.encode("utf-8", "replace")
                for pattern, line in wildcards:
                    if pattern.fullmatch(data):
                        facts |= line
        at = article.published.at
        for when, line in self._dates:
            late = when.published_after is None or at >= when.published_after
            if late and (when.published_before is None or at < when.published_before):
                facts |= line
        for kind, expressions in self._texts.items():
            facts |= expressions.met(_TEXTS[kind](article))
        return facts

    def _said(self, kind: str, article: Article) -> Iterable[str]:
        """Return what *article* says of *kind*, spelt as the values of rules are."""
        spelt = self._category if kind == "categories" else _folded
        return map(spelt, _written(kind, article))

    def _rule(self, rule: FeedRule) -> _Rule:
        key = f"feeds.{rule.name}"
        include = self._clause(rule.include, f"{key}.include") if rule.include else self._own(rule)
        if rule.exclude is None:
            return _Rule(rule.name, include)
        lines, every, some = self._parts(rule.exclude, f"{key}.exclude")
        return _Rule(rule.name, include, lines, (*some, *([_joined(every)] if every else ())))

    def _own(self, rule: FeedRule) -> _Clause:
        """Return what a feed without an ``include`` holds: everything, or its category."""
        if self._category(rule.name) != rule.name:  # no category gives the feed of everything
            return _Clause(0)
        line = self._line()
        for name in (rule.name, *rule.renamed):
            self._note("categories", name, line)
        return _Clause(line)

    def _clause(self, condition: Condition, key: str) -> _Clause:
        lines, every, some = self._parts(condition, key)
        return _joined([_Clause(lines, (some,) if some else ()), *every])

    def _parts(
        self, condition: Condition, key: str
    ) -> tuple[int, tuple[_Clause, ...], tuple[_Clause, ...]]:
        """Return the lines of *condition*, and the clauses of its ``all_of`` and ``any_of``."""
        lines = 0
        for kind in _LINES:
            if values := getattr(condition, kind):
                line = self._line()
                self._look_for(kind, list(map(str, values)), line, f"{key}.{kind}")
                lines |= line
        if condition.published_after or condition.published_before:
            line = self._line()
            self._dates.append((condition, line))
            lines |= line
        every = tuple(self._clause(one, f"{key}.all_of") for one in condition.all_of)
        some = tuple(self._clause(one, f"{key}.any_of") for one in condition.any_of)
        return lines, every, some

    def _look_for(self, kind: str, values: Collection[str], line: int, key: str) -> None:
        """Have stories that say one of *values* of *kind* meet *line*."""
        for value in values:
            if not value.replace("*", " ").split():
                raise SettingsError("feeds", key, f"{value!r} says nothing; leave it out")
        if kind in _TEXTS:
            self._texts.setdefault(kind, Expressions()).add(values, line, key)
            return
        for value in values:
            if "*" in value and kind not in _NO_WILDCARDS:
                pattern = ".*".join(map(re2.escape, _folded(value).split("*")))
                found = self._wildcards.setdefault(kind, [])
                found.append((compiled(f"(?s){pattern}", key), line))
            else:
                spelt = self._category(value) if kind == "categories" else _folded(value)
                self._note(kind, spelt, line)

    def _line(self) -> int:
        """Return the bit of one more line."""
        self._count += 1
        return 1 << self._count

    def _note(self, kind: str, value: str, line: int) -> None:
        lines = self._values.setdefault(kind, {})
        lines[value] = lines.get(value, 0) | line


def _joined(clauses: Iterable[_Clause]) -> _Clause:
    """Return the clause that holds where each of *clauses* does."""
    lines, groups = 0, list[tuple[_Clause, ...]]()
    for clause in clauses:
        lines |= clause.lines
        groups += clause.groups
    return _Clause(lines, tuple(groups))


def _written(kind: str, article: Article) -> Iterable[str]:  # noqa: PLR0911 - one line a kind
    """Return what *article* says of *kind*, as it is written there."""
    if kind == "sources":
        return (article.source, article.source_title)
    if kind == "categories":
        return article.categories
    if kind == "languages":
        return _ranges(article.language or "und")
    if kind == "authors":
        return [person.name for person in article.authors]
    if kind == "publishers":
        return (article.publisher,) if article.publisher else ()
    if kind == "wire_sources":
        return (article.wire_source,) if article.wire_source else ()
    return (str(article.urgency),)


@lru_cache(maxsize=256)
def _ranges(language: str) -> tuple[str, ...]:
    """Return the language ranges that *language* is in: "en-GB" is in "en-GB" and "en"."""
    parts = language.split("-")
    return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1))


@lru_cache(maxsize=4096)  # names come again with each story
def _folded(text: str) -> str:
    """Return *text* in the spelling in which names are compared."""
    return " ".join(text.casefold().split())
