"""Made text with the statistics of real news, as fast as it takes to write millions of articles.

Words follow Zipf's law over a vocabulary of 60,000, and each word has some that like to follow it,
so that phrases come back as they do in news. An article has names and numbers of its own. Articles
are written side by side, a word of each at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_VOCABULARY = 60_000
_FOLLOWERS = 12  # words that like to follow a word
_LIKING = 0.55  # how often one of them does
_NAMES, _NUMBERS = 8, 8  # of an article's own
_SHORTEST, _LONGEST = 150, 650  # words
_SENTENCE, _PARAGRAPH = 18, 54
_SYLLABLES = [
    a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")
]

Words = NDArray[np.int64]


class Text(NamedTuple):
    """An article's headline and its paragraphs."""

    title: str
    paragraphs: list[str]


class Writer:
    """Writes articles; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._words = self._vocabulary()
        weights = 1 / (np.arange(_VOCABULARY) + 2.7)
        self._shares = np.cumsum(weights / weights.sum())
        self._followers = self._drawn(_VOCABULARY * _FOLLOWERS).reshape(_VOCABULARY, _FOLLOWERS)

    def articles(self, count: int) -> list[Text]:
        """Write so many articles."""
        running = self._running(count)
        lengths = self._random.integers(_SHORTEST, _LONGEST, count)
        return [
            self._text(row[:length].tolist()) for row, length in zip(running, lengths, strict=True)
        ]

    def _running(self, count: int) -> Words:
        """Return *count* rows of words that follow each other."""
        chance = self._random.random((_LONGEST, count))
        liked = self._random.integers(0, _FOLLOWERS, (_LONGEST, count))
        rows = self._drawn(_LONGEST * count).reshape(_LONGEST, count)
        for at in range(1, _LONGEST):
            follows = self._followers[rows[at - 1], liked[at]]
            rows[at] = np.where(chance[at] < _LIKING, follows, rows[at])
        return rows.T

    def _drawn(self, count: int) -> Words:
        found = np.searchsorted(self._shares, self._random.random(count))
        return np.minimum(found, _VOCABULARY - 1)

    def _vocabulary(self) -> list[str]:
        """Return different words, the short ones first: what is said often is short."""
        words = list(_SYLLABLES)
        while len(words) < _VOCABULARY:
            ends = self._random.integers(0, len(_SYLLABLES), 4 * len(words))
            words += [words[at % len(words)] + _SYLLABLES[end] for at, end in enumerate(ends)]
            words = list(dict.fromkeys(words))
        return words[:_VOCABULARY]

    def _text(self, row: list[int]) -> Text:
        words = [self._words[at] for at in row]
        own = self._own()
        for place in self._random.integers(1, len(words), len(words) // 12).tolist():
            words[place] = own[place % len(own)]
        sentences = [words[at : at + _SENTENCE] for at in range(0, len(words), _SENTENCE)]
        told = [f"{_capital(' '.join(one))}." for one in sentences]
        step = _PARAGRAPH // _SENTENCE
        paragraphs = [" ".join(told[at : at + step]) for at in range(0, len(told), step)]
        return Text(_capital(" ".join(words[2:11])), paragraphs)

    def _own(self) -> list[str]:
        """Return names and numbers."""
        names = self._random.integers(2_000, _VOCABULARY, _NAMES).tolist()
        numbers = self._random.integers(2, 5_000, _NUMBERS).tolist()
        return [_capital(self._words[at]) for at in names] + [str(number) for number in numbers]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
