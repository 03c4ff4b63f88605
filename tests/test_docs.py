"""What is written is what is so: settings, commands, paths and tasks in the documents exist."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from config.settings import PREFIX, Settings, defaults
from worker.cli import main

ROOT = Path(__file__).parents[1]
DEFAULTS = ROOT / "config" / "defaults.toml"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)


def fields(kind: Any = Settings, before: str = "") -> Iterator[str]:
    """Yield every setting that the types know, by its dotted name."""
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from fields(field.type, f"{field.name}.")
        else:
            yield before + field.name


def written() -> Iterator[str]:
    """Yield every setting of defaults.toml by its dotted name, and the empty table of Celery's."""
    for key, told in defaults().items():
        if isinstance(told, dict) and told:
            yield from (f"{key}.{inner}" for inner in told)
        else:
            yield key


def commands(group: click.Group = main) -> list[str]:
    """Return every command, sub-commands with their group before them."""
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += [f"{name} {inner}" for inner in commands(command)]
        else:
            found.append(name)
    return found


def test_every_setting_stands_in_the_reference_and_none_besides() -> None:
    assert sorted(written()) == sorted(fields())


def test_every_setting_in_the_reference_has_a_comment_above_it() -> None:
    lines = DEFAULTS.read_text("utf-8").splitlines()
    bare = [
        line
        for above, line in pairwise(lines)
        if re.match(r"\w+ = ", line) and not above.startswith("#")
    ]

    assert bare == []


def test_the_reference_is_the_whole_of_what_it_says() -> None:
    assert tomllib.loads(DEFAULTS.read_text("utf-8")) == defaults()


@pytest.mark.parametrize("command", commands())
def test_every_command_stands_in_the_documents(command: str) -> None:
    assert re.search(rf"`(wireroom )?{command}\b", TEXT)


@pytest.mark.parametrize("command", commands())
def test_every_command_explains_itself(command: str) -> None:
    group, _, inner = command.partition(" ")
    found = main.commands[group]
    told = found.commands[inner] if isinstance(found, click.Group) else found

    assert told.get_short_help_str()


def test_every_command_in_the_documents_exists() -> None:
    named = set(re.findall(r"(?<![\w./-])wireroom ([a-z]+)\b(?! ?[:=])", code(TEXT)))

    assert named <= {one.split()[0] for one in commands()}


def test_every_variable_in_the_documents_is_a_setting() -> None:
    known = {PREFIX + name.replace(".", "_").upper() for name in fields()}
    known |= {PREFIX + "CONFIG", PREFIX + "REDIS_URL_FILE"}
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", TEXT))

    assert named
    assert named <= known


def test_every_setting_in_the_documents_exists() -> None:
    """A setting is written as `key` in `[section]`; `[section]` alone names the section."""
    pairs = re.findall(r"`(\w+)`,? in\s+`\[(\w+)\]`", TEXT)

    assert pairs
    assert {f"{section}.{key}" for key, section in pairs} <= set(fields())
    assert set(re.findall(r"`\[(\w+)\]`", TEXT)) <= {
        key for key, told in defaults().items() if isinstance(told, dict)
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text("utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_file_of_ours_in_the_examples_exists() -> None:
    named = set(
        re.findall(r"\b(?:tests/data|benchmarks|config|docs|feeds|worker)/[\w./-]*\w\.\w+", TEXT)
    )

    assert named
    assert [one for one in sorted(named) if not (ROOT / one).exists()] == []


def code(text: str) -> str:
    """Return what stands in code, blocks and spans: the rest is prose."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
