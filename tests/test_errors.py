"""The tree of errors: as its module draws it, and fit to travel between processes."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from feeds import errors
from feeds.errors import Transient, WireroomError

CLASSES = [
    one
    for _, one in inspect.getmembers(errors, inspect.isclass)
    if issubclass(one, WireroomError) and one.__module__ == errors.__name__
]


def drawn() -> dict[str, str]:
    """Return class -> its base, as the docstring of the module draws them."""
    assert errors.__doc__ is not None
    found = {}
    above = {-1: "Exception"}
    for line in errors.__doc__.splitlines():
        name = re.match(r"((?:│   |    |├── |└── )*)([A-Z]\w+)(?:$|\s{2,})", line)
        if name is not None:
            depth = len(name[1]) // 4
            above[depth] = name[2]
            found[name[2]] = above[depth - 1]
    return found


def made(one: type[WireroomError]) -> WireroomError:
    """Return an error of the class *one*, each argument another one."""
    values = {"line": 3, "column": 14, "seconds": 2.5}
    told = [name for name in inspect.signature(one.__init__).parameters if name != "self"]
    if "args" in told:  # a class without arguments of its own takes what Exception takes
        return one("something")
    return one(*(values.get(name, f"its {name}") for name in told))


def test_the_drawn_tree_is_the_real_one() -> None:
    assert drawn() == {one.__name__: one.__base__.__name__ for one in CLASSES if one.__base__}


@pytest.mark.parametrize("one", CLASSES)
def test_an_error_survives_pickling(one: type[WireroomError]) -> None:
    before = made(one)
    after = pickle.loads(pickle.dumps(before))

    assert type(after) is one
    assert (after.args, vars(after), str(after)) == (before.args, vars(before), str(before))


@pytest.mark.parametrize("one", [one for one in CLASSES if one not in {WireroomError, Transient}])
def test_an_error_says_what_it_was_told(one: type[WireroomError]) -> None:
    error = made(one)
    known = {"format_name", "name", "log"}  # what the place that shows the error says already
    texts = [
        value for key, value in vars(error).items() if isinstance(value, str) and key not in known
    ]

    assert texts
    assert [text for text in texts if text not in str(error)] == []


def test_only_what_passes_by_itself_is_tried_again() -> None:
    passing = {one.__name__ for one in CLASSES if issubclass(one, Transient)}

    assert passing == {
        "Transient",
        "StoreUnavailable",
        "StoreFull",
        "PublishDelayed",
        "DiskTrouble",
    }
