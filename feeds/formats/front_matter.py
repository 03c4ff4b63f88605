"""Front matter to plain values: YAML, TOML or JSON above a text, every scalar as it was written.

Dates, numbers and words like "no" stay text: what they mean is for the one who asks ("no" is also
Norwegian). Nothing in it can make an object of another type than str, list and dict.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, time

import yaml

from ..errors import BrokenDocument

Values = dict[str, object]
"""Names in lower case without ``_``, ``-`` and spaces; values are str, list or dict."""

# libyaml's composer recurses in C without a limit: 32,000 nested lists end the process and 24,000
# do not, and one takes two characters. Its scanner is quadratic in open brackets (100,000: 23 s).
# Front matter that people write is below 4,000 characters.
_CHARACTERS = 16_384
_BRACKETS = 500

_OPENING = re.compile(r"\s*(?:(-{3,}|\+{3}|;{3})[ \t]*\n|(?=\{\s*\"))")
# "---" may also be a thematic break: front matter goes on with a name, a comment or its own end.
_NAME = re.compile(r"\s*(?:#|-{3,}[ \t]*(?:\n|$)|[\w\"'][^\n:]{0,80}:(?:\s|$))")
_CLOSING = {
    "-": re.compile(r"^(?:-{3,}|\.{3})[ \t]*$", re.MULTILINE),
    "+": re.compile(r"^\+{3}[ \t]*$", re.MULTILINE),
    ";": re.compile(r"^;{3}[ \t]*$", re.MULTILINE),
}
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # a PyYAML without libyaml is only slower


def opens(head: str) -> bool:
    """Tell whether *head* opens with fenced front matter."""
    opening = _OPENING.match(head)
    if not opening or not opening[1]:
        return False
    return opening[1][0] != "-" or bool(_NAME.match(head, opening.end()))


def read(text: str, name: str) -> tuple[Values, str]:
    r"""Return the front matter of *text* (lines end with ``\n``) and what follows it.

    Raises:
        BrokenDocument: the front matter cannot be read, is not closed or is no mapping.
    """
    opening = _OPENING.match(text)
    if not opening or (opening[1] and not opens(text)):
        return {}, text
    if not opening[1]:
        return _bare_json(text, opening.end(), name)
    kind, start = opening[1][0], opening.end()
    first_line = text.count("\n", 0, start) + 1
    closing = _CLOSING[kind].search(text, start)
    if closing is None:
        raise BrokenDocument(name, "the front matter that opens here has no end", first_line - 1, 1)
    front = text[start : closing.start()]
    _refuse_bombs(front, name, first_line)
    try:
        values = _READERS[kind](front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem, line, column = _place(error, front)
        raise BrokenDocument(name, problem, first_line + line - 1, column) from error
    return _mapping(values or {}, name, first_line), text[closing.end() :]


def _yaml(front: str) -> object:
    # BaseLoader knows str, list and dict only: no tag makes an object, no date breaks.
    return yaml.load(front, Loader=_Loader)  # noqa: S506


_READERS: dict[str, Callable[[str], object]] = {"-": _yaml, "+": tomllib.loads, ";": json.loads}


def _bare_json(text: str, start: int, name: str) -> tuple[Values, str]:
    """Return the object at the top of *text*, as Hugo allows it, and what follows it."""
    _refuse_bombs(text[start : text.find("\n}", start)], name, 1)
    try:
        values, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise BrokenDocument(name, *_place(error, text)) from error
    return _mapping(values, name, 1), text[end:]


def _refuse_bombs(front: str, name: str, line: int) -> None:
    if len(front) > _CHARACTERS:
        raise BrokenDocument(
            name, f"the front matter is longer than {_CHARACTERS:,} characters", line, 1
        )
    if front.count("[") + front.count("{") > _BRACKETS:
        raise BrokenDocument(name, f"the front matter has more than {_BRACKETS} brackets", line, 1)


def _mapping(values: object, name: str, line: int) -> Values:
    if not isinstance(values, dict):
        raise BrokenDocument(name, "the front matter is no mapping of names to values", line, 1)
    # Aliases let a few characters stand for millions of values; written out there cannot be more
    # values than characters.
    budget = iter(range(_CHARACTERS))
    try:
        return {fold(str(key)): _plain(value, budget) for key, value in values.items()}
    except (StopIteration, RecursionError) as error:
        raise BrokenDocument(
            name, "the front matter is nested too deep, or too much through aliases", line, 1
        ) from error


def fold(key: str) -> str:
    """Return *key* in the one spelling that names are compared in: ``publishedat``."""
    return key.lower().translate({ord("_"): None, ord("-"): None, ord(" "): None})


def _plain(value: object, budget: Iterator[int]) -> object:
    next(budget)
    match value:
        case dict():
            return {fold(str(key)): _plain(one, budget) for key, one in value.items()}
        case list():
            return [_plain(one, budget) for one in value]
        case None | "~" | "null":
            return ""
        case str():
            return value.strip()
        case date() | time():
            return value.isoformat()
        case _:
            return str(value).lower()  # a number, or a boolean as YAML writes it


def _place(error: Exception, front: str) -> tuple[str, int, int]:
    """Return what is wrong in *front*, and the line and column in it, counted from 1."""
    lines = front.count("\n") + 1
    match error:
        case yaml.MarkedYAMLError() if error.problem_mark:
            mark = error.problem_mark
            if error.context_mark and "end of stream" in str(error.problem):
                mark = error.context_mark  # where the quote was opened says more than the end
            problem = f"the YAML front matter cannot be read: {error.problem}"
            if error.problem == "mapping values are not allowed in this context":
                problem += " (a value that holds a colon needs quotes)"
            return problem, mark.line + 1, mark.column + 1
        case yaml.reader.ReaderError():
            before = front[: error.position]
            problem = f"the YAML front matter cannot be read: {error.reason}"
            return problem, before.count("\n") + 1, len(before) - before.rfind("\n")
        case json.JSONDecodeError():
            problem = f"the JSON front matter cannot be read: {error.msg}"
            return problem, error.lineno, error.colno
        case tomllib.TOMLDecodeError():
            place = _TOML_PLACE.search(str(error))
            problem = f"the TOML front matter cannot be read: {_TOML_PLACE.sub('', str(error))}"
            at = (int(place[1]), int(place[2])) if place and place[1] else (lines, 1)
            return problem, *at
        case RecursionError():
            return "the front matter is nested too deep", 1, 1
        case _:
            return f"the front matter cannot be read: {error}", 1, 1
