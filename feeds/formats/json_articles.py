"""JSON to single articles: one object, a list, ``{"articles": [...]}`` or an object a line.

Shared by the JSON formats. Every object comes with its JSON path, so that a refusal can say where;
one bad element is a Rejection and its neighbours pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from ..errors import BrokenDocument
from ..model import Document, Entry, Rejection
from .decoding import decode

NAMES = (".json", ".ndjson", ".jsonl")
_LISTS = ("articles", "items")
_OPENING = re.compile(r'\{\s*["}]|\[\s*[\[{\]]')  # "[1] A footnote" and "{{< toc >}}" are no JSON
_BYTE = re.compile(r"\s*\(byte (\d+)\)$")
_SHOWN_CHARACTERS = 40  # of a wrong value, enough to recognise it in the file


class WrongField(ValueError):
    """A field is missing or of the wrong type; its text says which, what was found, what is due."""


class Fields:
    """One JSON object, read field by field; null and blank text count as absent.

    Raises:
        WrongField: (each method) a field that is there has the wrong type.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise WrongField(f"{where or 'the document'}: {found(value)}, an object is expected")
        self.values: dict[str, object] = value
        self.where = where

    def first(self, *names: str) -> tuple[str, object]:
        """Return the path and the value of the first of *names* that is there, or ("", None)."""
        for name in names:
            value = self.values.get(name)
            if value is not None and value != "":
                return path(self.where, name), value
        return "", None

    def text(self, *names: str, numbers: bool = False) -> str | None:
        """Return the first of *names* as stripped text; whole *numbers* too where that is said."""
        for name in names:
            place, value = self.first(name)
            if numbers and isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if value is None:
                continue
            if not isinstance(value, str):
                raise WrongField(f"{place}: {found(value)}, a string is expected")
            if stripped := value.strip():
                return stripped
        return None

    def number(self, name: str) -> int | None:
        """Return *name* as a whole number."""
        place, value = self.first(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongField(f"{place}: {found(value)}, a whole number is expected")
        return value


def path(where: str, name: str) -> str:
    """Return the JSON path of the field *name* of the object at *where*."""
    return f"{where}.{name}" if where else name


def found(value: object) -> str:
    """Return a wrong value in words: ``a number (5) was found``."""
    match value:
        case None:
            return "null was found"
        case bool():
            return f"a boolean ({str(value).lower()}) was found"
        case int() | float():
            # Beyond what a double counts exactly nobody would know the digits again.
            return (
                f"a number ({value:.15g}) was found" if abs(value) < 2**53 else "a number was found"
            )
        case str():
            short = value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "..."
            return f'a string ("{short}") was found'
        case list():
            return "a list was found"
        case _:
            return "an object was found"


def opens_as_json(document: Document, head: str) -> bool:
    """Tell whether *head* opens as JSON, or is named as JSON and is at least no markup."""
    name = document.name.lower()
    if name.endswith((".md", ".markdown")):  # JSON there is front matter
        return False
    return bool(_OPENING.match(head)) or (head[:1] in "{[" and name.endswith(NAMES))


def entries(
    document: Document, name: str, entry_of: Callable[[object, str], Entry | Rejection]
) -> Iterator[Entry | Rejection]:
    """Yield what *entry_of* makes of each object in *document*, in its order.

    Raises:
        BrokenDocument: the JSON cannot be read (with line and column), or holds no article.
    """
    data = decode(document.data).strip("\0\ufeff \t\r\n").encode("utf-8", "replace")
    try:
        root: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        if not _is_a_line_each(data):
            raise BrokenDocument(name, *_place(data, error)) from error
        yield from _lines(data, name, entry_of)
        return
    where = ""
    if isinstance(root, dict):
        for key in _LISTS:
            if isinstance(root.get(key), list):
                root, where = root[key], key
                break
    if not isinstance(root, list):
        yield entry_of(root, "")
        return
    if not root:
        raise BrokenDocument(name, "the list of articles is empty")
    for number, item in enumerate(root):
        yield entry_of(item, f"{where}[{number}]")


def _is_a_line_each(data: bytes) -> bool:
    """Tell whether one of the first two lines is an object of its own, and not the only line."""
    lines = [line for line in data.split(b"\n", 8)[:8] if line.strip()]
    if len(lines) < 2:  # noqa: PLR2004  # one line is no list of lines
        return False
    for line in lines[:2]:
        try:
            if isinstance(msgspec.json.decode(line), dict):
                return True
        except (msgspec.DecodeError, RecursionError):
            pass
    return False


def _lines(
    data: bytes, name: str, entry_of: Callable[[object, str], Entry | Rejection]
) -> Iterator[Entry | Rejection]:
    """Yield an entry for each line of newline-delimited JSON; a broken line is a Rejection."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            item: object = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            problem, _, column = _place(line, error)
            yield Rejection("BrokenDocument", problem, name, number, column)
        else:
            yield entry_of(item, f"line {number}")


def _place(data: bytes, error: Exception) -> tuple[str, int, int]:
    """Return what is wrong with the JSON in *data*, and the line and column where it shows."""
    if isinstance(error, RecursionError):
        return "the JSON is nested too deep to be an article", 0, 0
    at = _BYTE.search(str(error))
    position = int(at[1]) if at else len(data)
    start = data.rfind(b"\n", 0, position) + 1
    column = len(data[start:position].decode("utf-8", "replace")) + 1
    problem = _BYTE.sub("", str(error)).removeprefix("JSON is malformed: ")
    return f"the JSON cannot be read: {problem}", data.count(b"\n", 0, start) + 1, column
