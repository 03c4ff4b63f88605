"""The house as DESIGN draws it: who may know whom, and how large a room may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path for part in ("feeds", "config", "worker") for path in (ROOT / part).rglob("*.py")
)
MOST_LINES = 300


def name(path: Path) -> str:
    """Return the name of a module as a test's id."""
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    """Return the first word of everything that the module *path* imports, at its head or inside."""
    tree = ast.parse(path.read_text("utf-8"))
    absolute = (
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level
    )
    plain = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    names = {node.module or "" for node in absolute}
    names |= {alias.name for node in plain for alias in node.names}
    return {one.partition(".")[0] for one in names}


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    "path", [one for one in MODULES if one.is_relative_to(ROOT / "feeds")], ids=name
)
def test_the_domain_never_heard_of_what_runs_it(path: Path) -> None:
    assert imported(path).isdisjoint({"celery", "kombu", "billiard", "worker", "config", "click"})


def test_the_domain_can_be_imported_without_celery() -> None:
    told = "import sys, feeds.pipeline, feeds.intake; print(sorted({'celery', 'kombu'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def lines_of_code(path: Path) -> int:
    """Return how many lines of *path* hold code: no blank ones, no comments, no docstrings."""
    text = path.read_text("utf-8")
    code: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.stmt):
            last = node.end_lineno if not hasattr(node, "body") else node.lineno
            code |= set(range(node.lineno, (last or node.lineno) + 1))
    return len(code)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert lines_of_code(path) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_nothing_is_kept_in_a_drawer_called_utils() -> None:
    assert [
        name(path)
        for path in MODULES
        if path.stem in {"utils", "util", "helpers", "common", "misc"}
    ] == []
