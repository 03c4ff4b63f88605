"""The tables ``[[feeds]]``: feeds by rule, as an operator writes them.

A mistake names the table, the line, and what to write instead.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec

from feeds.errors import SettingsError
from feeds.model import Condition, FeedRule, Order
from feeds.publish.rules import Rulebook
from feeds.publish.select import ALL, feed_name

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\Z")  # RFC 4287, atomLanguageTag
_CONDITIONS = ("include", "exclude", "all_of", "any_of")
_DATES = ("published_after", "published_before")
_WINDOW = ("window_hours", "window_min_items", "window_max_items", "window_bytes")


def feed_rules(tables: object, where: str) -> tuple[FeedRule, ...]:
    """Return the feeds that *tables*, read from the file *where*, describe.

    Raises:
        SettingsError: a key is unknown, a value is none that it can have, two tables claim a name.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(where, "feeds", "are tables in a file: [[feeds]], then name = ...")
    rules = tuple(_rule(table, number, where) for number, table in enumerate(tables, 1))
    _check_names(rules, where)
    try:
        Rulebook(rules, feed_name)
    except SettingsError as error:
        raise SettingsError(where, error.key, error.problem) from None
    return rules


def _rule(table: Mapping[str, Any], number: int, where: str) -> FeedRule:
    name = table.get("name")
    label = f"feeds.{name}" if isinstance(name, str) and name else f"feeds[{number}]"
    prepared = _prepared(table, FeedRule, label, where)
    try:
        rule = msgspec.convert(prepared, FeedRule)
    except msgspec.ValidationError as error:
        problem, _, inner = str(error).partition(" - at `$")
        raise SettingsError(where, label + inner.rstrip("`"), problem) from error
    _check(rule, label, where)
    return rule


def _prepared(
    table: Mapping[str, Any], kind: type[msgspec.Struct], label: str, where: str
) -> dict[str, Any]:
    """Return *table* as *kind* has it: a value alone is a list of one, a date is its midnight."""
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    prepared: dict[str, Any] = {}
    for key, value in table.items():
        if key not in types:
            raise SettingsError(where, f"{label}.{key}", _unknown(key, types))
        inner = f"{label}.{key}"
        if key in _CONDITIONS:
            prepared[key] = _conditions(value, inner, where)
        elif key in _DATES:
            prepared[key] = _midnight(value)
        elif get_args(types[key])[-1:] == (...,) and isinstance(value, str | int):
            prepared[key] = [value]
        else:
            prepared[key] = value
    return prepared


def _conditions(value: object, label: str, where: str) -> object:
    """Return the condition or list of conditions *value*, prepared; anything else as it is."""
    if isinstance(value, list):
        return [_conditions(one, f"{label}[{at}]", where) for at, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if not value:
        problem = "says nothing; write a line such as words = [...], or leave it out"
        raise SettingsError(where, label, problem)
    return _prepared(value, Condition, label, where)


def _midnight(value: object) -> object:
    """Return a date or a moment without a zone as the moment in UTC that it begins."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


def _check(rule: FeedRule, label: str, where: str) -> None:
    """Raise SettingsError for what types cannot tell."""
    spelt = ALL if rule.name == ALL else feed_name(rule.name) if rule.name.strip() else ""
    if rule.name != spelt:
        told = f"write {spelt!r}" if spelt else "write a word"
        raise SettingsError(where, f"{label}.name", f"is a part of an address: {told}")
    for key in _WINDOW:
        value = getattr(rule, key)
        if value is not None and value < 1:
            raise SettingsError(where, f"{label}.{key}", "must be 1 or more")
    if rule.image and urlsplit(rule.image).scheme not in ("http", "https"):
        raise SettingsError(where, f"{label}.image", "must start with http:// or https://")
    if rule.language and not _LANGUAGE.match(rule.language):
        raise SettingsError(where, f"{label}.language", "is no language tag; write one like 'en'")
    if rule.window_order not in (*get_args(Order), None):
        raise SettingsError(where, f"{label}.window_order", f"is one of {get_args(Order)}")


def _check_names(rules: Iterable[FeedRule], where: str) -> None:
    """Raise SettingsError where two tables claim one name, or a name is given up and kept."""
    seen: set[str] = set()
    for rule in rules:
        for key, name in (("name", rule.name), *(("renamed", old) for old in rule.renamed)):
            if name in seen or (key == "renamed" and name == ALL):
                problem = f"{name!r} is the name of another feed; each feed has its own"
                raise SettingsError(where, f"feeds.{rule.name}.{key}", problem)
            seen.add(name)


def _unknown(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), 1)
    told = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"is no setting of a feed; {told}"
