"""Bylines: who wrote a story, for whom, and what is a role and no name."""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re

import msgspec

from ...model import Person
from .agencies import agency
from .words import (
    AND_WORDS,
    BY_LABELS,
    BY_WORDS,
    NAME_PARTICLES,
    PAPER_ENDINGS,
    PAPER_OPENINGS,
    PAPER_WORDS,
    ROLES,
    alternation,
)


class Byline(msgspec.Struct, frozen=True):
    """Who signs: people, the agency or paper they write for, whether a role or place is named."""

    people: tuple[Person, ...] = ()
    wire: str | None = None
    paper: str | None = None
    role: bool = False


LONGEST_BYLINE = 160
"""In characters: four names with their roles fit."""
_LONGEST_NAME_WORDS = 5
_LONGEST_SIGNATURE_WORDS = 4
_LONGEST_PAPER_WORDS = 7  # "The Philadelphia Daily Evening Star and Bulletin"
_ARTICLE_LETTERS = 5  # "the", "für", "della" stay small in a paper's name


_BY = re.compile(
    rf"(?:(?:{alternation(BY_WORDS)})(?:\s*:\s*|\s+)"
    rf"|(?:{alternation(BY_LABELS)})\s*[:：/]\s*)(?P<who>\S.*)",
    re.IGNORECASE,
)
_BY_CHINESE = re.compile(
    r"(?:本报|本報|新华社)?(?:记者|記者|作者|文)[:：/・\s]*(?P<who>[\u4e00-\u9fff][^，。,.]{1,30})"
)
_MAIL = re.compile(
    r"[(<\[]?\s*(?P<address>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})\s*[)>\]]?"
)
_HANDLE = re.compile(r"\s*[(\[]?\s*(?<!\w)@\w{1,30}\s*[)\]]?")
_BETWEEN = re.compile(
    rf"\s*[,;/|、·•]\s*|\s+[-–—]\s+|\s+(?:{alternation(AND_WORDS)})\s+"
    r"|\s*[(（]\s*(?:(?:with|and|avec|et|mit|und|con|com|via)\s+)?|\s*[)）]\s*",
    re.IGNORECASE,
)
_PARTED = re.compile(r"[,;/|、·•()（）]|\s[-–—]\s")
_WHERE = re.compile(
    r"\s+(?:in|from|at|aus|à|en|em|a|i|w|в|reporting\s+from)\s+(?=[^\W\d_a-zа-я]).*$"
)
_PLACE_ONLY = re.compile(r"(?:in|from|at|aus|à)\s+[^\W\d_a-zа-я]\S*(?:\s\S+){0,3}")
_OF = frozenset({"of", "de", "del", "di", "do", "da", "du", "des", "della", "der", "für"})
ARTICLES = ("The ", "Le ", "La ", "El ", "Il ", "De ", "Der ", "Die ")
_DESKS = frozenset(
    {"staff", "desk", "team", "newsroom", "bureau", "service", "redaktion", "reporters"}
)
_FOR = re.compile(r"\s+(?:for|of|für|pour|para|per|dla|för)\s+(?=[^\W\d_a-zа-я])")
_NAME_WORD = re.compile(r"[^\W\d_][\w.'’ʼ´·-]*")
_CJK_NAME = re.compile(
    r"[\u4e00-\u9fff\u3005々]{2,5}|[\u30a0-\u30ff・＝=]{3,24}|[\uac00-\ud7a3]{2,5}"
)


def read_byline(text: str) -> Byline | None:
    """Return what a line that opens with "By" or its like says, or None where it is none."""
    if len(text) > LONGEST_BYLINE:
        return None
    match = _BY.fullmatch(text) or _BY_CHINESE.fullmatch(text)
    return _signed(match["who"], named=True) if match else None


def read_signature(text: str, *, dated: bool = False) -> Byline | None:
    """Return what "JANE DOE, Staff Writer" or "Jane Doe | The Paper" says, or None.

    Without a "By" it takes a role, an agency or a paper beside the name to know one; on a *dated*
    line a place will do.
    """
    if len(text) > LONGEST_BYLINE or text[-1:] in ".?!:。！？":
        return None
    if _is_role(text):
        return Byline(role=True) if len(text.split()) <= _LONGEST_NAME_WORDS else None
    if is_paper(text) and not _PARTED.search(text):  # "The Courier & Times" is one name
        return None
    byline = _signed(text, named=False)
    if not byline:
        return None
    if not byline.people:
        alone = not _BETWEEN.search(text.strip(" |"))
        return byline if byline.wire and (byline.paper or alone) else None
    backed = bool(byline.wire or byline.paper or byline.people[-1].email or byline.role)
    backed = backed or (dated and _WHERE.search(text) is not None)
    short = all(len(person.name.split()) <= _LONGEST_SIGNATURE_WORDS for person in byline.people)
    return byline if backed and short else None


def is_name(text: str, *, words: int = 1) -> bool:
    """Say whether *text* can be a person's name of at least so many *words*."""
    if _CJK_NAME.fullmatch(text.replace(" ", "").replace("\u3000", "")):
        return True
    parts = text.split()
    if not words <= len(parts) <= _LONGEST_NAME_WORDS or not all(map(_NAME_WORD.fullmatch, parts)):
        return False
    if all(part.casefold().strip(".") in ROLES for part in parts):
        return False
    return not parts[-1][0].islower() and all(
        not part[0].islower() or part in NAME_PARTICLES for part in parts
    )


def is_paper(text: str) -> bool:
    """Say whether *text* is a newspaper's name by its words: a noun of the trade, capitals."""
    words = text.strip(" .|").split()
    if not words or len(words) > _LONGEST_PAPER_WORDS or text[-1:] in ".?!:;,":
        return False
    if any(word[0].islower() and len(word) > _ARTICLE_LETTERS for word in words):
        return False
    folded = [word.casefold().strip(".,-&'’") for word in words]
    if folded[-1].endswith(PAPER_ENDINGS) or folded[0].endswith(PAPER_ENDINGS):
        return True
    if folded[0] in {"the", "le", "la", "el", "il", "o", "a", "der", "die", "das", "de", "daily"}:
        return any(word in PAPER_WORDS for word in folded[1:])
    of = len(folded) > 1 and folded[1] in _OF and folded[0] in PAPER_WORDS
    return of or folded[-1] in PAPER_WORDS or folded[0] in PAPER_OPENINGS


def _signed(text: str, *, named: bool) -> Byline | None:
    """Sort the parts of *text*; *named* says that a "By" has vouched for the first."""
    mails = _MAIL.findall(text)
    text = _HANDLE.sub("", _MAIL.sub("", text)).strip(" ,|()")
    people: list[Person] = []
    wire = paper = None
    role = False
    for part in _BETWEEN.split(text):
        who, _, employer = _FOR.sub("\0", part.strip(), count=1).partition("\0")
        who = _WHERE.sub("", who).strip(" .") if not who.endswith((" Jr.", " Sr.")) else who
        found = agency(f"{who} {employer}")
        if found or (employer and is_paper(employer)):
            wire, paper = wire or found, paper or (None if found else employer)
        if not who or (found and agency(who)) or _is_role(who):
            role = role or bool(who)
            continue
        if _PLACE_ONLY.fullmatch(who):
            continue
        if (is_paper(who) or (people and who.startswith(ARTICLES) and not named)) and (
            people or not is_name(who, words=2) or who.startswith(ARTICLES)
        ):
            paper = paper or who
        elif is_name(who, words=1 if named else 2):
            people.append(Person(name=who))
        else:
            return None
    if people and len(mails) == 1:
        people[-1] = Person(name=people[-1].name, email=mails[0])
    if not (people or wire or paper or (named and role)):
        return None
    return Byline(tuple(people), wire, paper, role)


def _is_role(text: str) -> bool:
    if "," in text:
        return False
    words = [word for word in re.split(r"[\s.-]+", text.casefold()) if word]
    return bool(words) and (
        words[-1] in _DESKS
        or (words[-1] in ROLES and (len(words) == 1 or any(word in ROLES for word in words[:-1])))
        or sum(word in ROLES for word in words) * 2 > len(words)
    )
