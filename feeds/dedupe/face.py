"""Which copy of a story is shown: a rule that is settable, the same for any order of arrival.

By default: the copy of a preferred source, then the news agency's own, then the fullest, then the
one that was published first. The rule gives each article a number of its own, the lowest is shown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

from ..model import Article, Named, Stories

_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_BITS = {"preferred": 6, "wire": 1, "fullest": 16, "first": 25}
"""48 in all: the number must be exact as a double, which has 53. Minutes fill 25 in 2063."""


def rank(named: Named, stories: Stories) -> int:
    """Return the rank of *named* among the copies of its story, by the rules of *stories*.

    A rule that ``face`` does not name does not count. Equal ranks are ordered by the articles' ids.
    """
    ranked = 0
    for rule in stories.face:
        bits = _BITS[rule]
        most = (1 << bits) - 1
        ranked = ranked << bits | max(0, min(most, _place(rule, named, stories)))
    return ranked


def is_of(article: Article, names: tuple[str, ...]) -> bool:
    """Tell whether *article* is of a source that *names* name."""
    return any(_names(name, article) for name in names)


def _place(rule: str, named: Named, stories: Stories) -> int:
    """Return what *rule* says of *named*; the lower the better."""
    article = named.article
    if rule == "preferred":
        names = enumerate(stories.preferred)
        return next((at for at, name in names if _names(name, article)), len(stories.preferred))
    if rule == "wire":
        return 0 if _wires_own(article) else 1
    if rule == "fullest":
        return (1 << _BITS[rule]) - 1 - named.words
    return int((article.published.at - _SINCE).total_seconds()) // 60


def _wires_own(article: Article) -> bool:
    """Tell whether *article* came from the agency itself: its format or its publisher says so."""
    wire, publisher = (article.wire_source or "").casefold(), (article.publisher or "").casefold()
    return article.provider is not None or bool(wire and wire == publisher)


def _names(name: str, article: Article) -> bool:
    """Tell whether *name*, in which ``*`` stands for any letters, is that of the source."""
    pattern = name.casefold()
    called = (article.source, article.publisher or "")
    return any(fnmatchcase(one.casefold(), pattern) for one in called if one)
