"""Input and expected pairs of a format: what a contributor adds to report a case."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from feeds.errors import BrokenDocument
from feeds.formats import HEAD_CHARACTERS
from feeds.formats.decoding import decode
from feeds.model import Document, Entry, Rejection
from tests.factories import document

DATA = Path(__file__).parent / "data"


def samples(folder: str) -> list[Path]:
    """Return the inputs in the folder *folder* of the data."""
    return sorted((DATA / folder).glob("*.input.*"))


def read(module: ModuleType, data: bytes | str, name: str = "item") -> list[Entry | Rejection]:
    """Return what the format *module* reads in *data*."""
    return list(module.parse(document(data, name)))


def one(module: ModuleType, data: bytes | str, name: str = "item") -> Entry:
    """Return the only entry in *data*."""
    [entry] = read(module, data, name)
    assert isinstance(entry, Entry)
    return entry


def recognised(module: ModuleType, data: bytes | str, name: str = "item") -> bool:
    """Tell whether the format *module* recognises *data*."""
    asked: Document = document(data, name)
    head = decode(asked.data[: 4 * HEAD_CHARACTERS]).lstrip("\ufeff \t\r\n")[:HEAD_CHARACTERS]
    return bool(module.recognises(asked, head))


def survives(module: ModuleType, data: bytes, name: str = "item") -> None:
    """Read *data* and allow entries, rejections and BrokenDocument, and nothing else."""
    recognised(module, data, name)
    try:
        found = read(module, data, name)
    except BrokenDocument:
        return
    assert all(isinstance(each, Entry | Rejection) for each in found)


def plain(found: list[Entry | Rejection]) -> list[dict[str, Any]]:
    """Return *found* as JSON has it, without what is not said."""
    default = msgspec.to_builtins(Entry(format=""))
    return [
        {
            key: value
            for key, value in msgspec.to_builtins(each).items()
            if key not in default or value != default[key]
        }
        for each in found
    ]


def expected(path: Path) -> list[dict[str, Any]]:
    """Return what stands beside the input *path*."""
    pair = path.with_name(path.name.split(".input.")[0] + ".expected.json")
    answer: list[dict[str, Any]] = json.loads(pair.read_text("utf-8"))
    return answer
