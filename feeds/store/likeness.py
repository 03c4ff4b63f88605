"""How alike two articles are, as the scripts read the thresholds and as people read the scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

import msgspec

from ..model import Thresholds


def terms(thresholds: Thresholds) -> str:
    """Return *thresholds* as ``terms_of`` in likeness.lua reads them: ``name=number`` each."""
    return " ".join(f"{name}={value}" for name, value in msgspec.structs.asdict(thresholds).items())


class Likest(msgspec.Struct, frozen=True):
    """An article that another was compared with: its *id* and the *story* it is of ("" if purged).

    *veto* is the guard that refused it, "" if the two are one story; *scores* as ``line_of`` in
    likeness.lua writes them, *containment* the first of them.
    """

    id: str
    story: str
    veto: str
    scores: str

    @classmethod
    def read(cls, told: str) -> Self:
        """Return what ``told`` in stories.lua wrote."""
        return cls(*told.split(" ", 3))

    @property
    def containment(self) -> float:
        """The share of the shorter text that is in the other."""
        return float(self.scores.partition(" ")[0])


_VETOES = {
    "containment": "too little in common",
    "unproven": "too little in common for short texts with hardly a number or name in common",
    "own": "too little in common for two of one source under other headlines",
    "apart": "short, or too little in common, for being days apart",
    "numbers": "other numbers in the same words",
    "names": "other names in the same words",
    "first": "too little in common with the first of its story",
    "split": "a person said that they are not one story",
}


def sentence(likest: Likest, thresholds: Thresholds) -> str:
    """Return how like *likest* is, what is asked for, and what refused it, for a person."""
    containment, shorter, longer, *slots, headline, needed = likest.scores.split(" ")
    found = [
        f"{containment} of the shorter text ({shorter} runs of words, the longer has {longer})",
        *_common(slots, ("numbers", "names")),
        f"{headline} of the headline",
    ]
    is_cut = (
        float(containment) >= thresholds.contained and int(shorter) >= thresholds.short_shingles
    )
    most = 0.5 if is_cut else 1.0
    asked = (
        f"{needed} of the text, {min(thresholds.numbers, most):.2f} of the numbers,"
        f" {min(thresholds.names, most):.2f} of the names"
        f"{', unless the one speaks for the other' if is_cut else ''}"
    )
    verdict = f"refused: {_VETOES[likest.veto]}" if likest.veto else "one story"
    of = f" of the story {likest.story}" if likest.story not in ("", likest.id) else ""
    return f"{verdict}; like {likest.id}{of} in {', '.join(found)}; asked for: {asked}"


def _common(slots: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    """Yield "4 of 5 numbers" for each of *slots* ("4/5") of which the texts have any in common."""
    for slot, word in zip(slots, words, strict=True):
        same, _, shared = slot.partition("/")
        if shared != "0":
            yield f"{same} of {shared} {word}"
