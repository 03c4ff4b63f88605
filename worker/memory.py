"""What people and programs are told of memory: how full it is, when it will be, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from feeds.store.memory import ALARM, FULL, Budget

_MEGABYTE = 1_000_000
_HOUR = 3_600
_TWO_DAYS = 48 * _HOUR

REMEDY = (
    "raise maxmemory (or memory_megabytes in [retention]), or lower article_days and give "
    "`wireroom prune`"
)


def runs_short(budget: Budget) -> str:
    """Return how full it is, when articles will be refused if that is known, and what to do."""
    full = f"{budget.share:.0%} full, {_of(budget)}"
    if budget.share >= FULL:
        return f"{full}: nothing more is admitted, and waits where it is; {REMEDY}"
    return f"{full}{_soon(budget)}; {REMEDY}"


def stands(budget: Budget) -> str:
    """Return how full it is, and when articles will be refused if that is known."""
    return f"{_of(budget)} used{_soon(budget)}"


def figures(budget: Budget) -> dict[str, Any]:
    """Return what ``status`` shows."""
    full_in = budget.full_in
    return {
        "memory_bytes": budget.used,
        "memory_limit_bytes": budget.limit,
        "memory_alarm": budget.share >= ALARM,
        "memory_full_in_hours": None if full_in is None else round(full_in / _HOUR, 1),
    }


def metrics(told: Mapping[str, Any]) -> Iterator[tuple[str, str, str, list[tuple[str, Any]]]]:
    """Yield (name, type, help, samples) of what ``figures`` returned."""
    yield "wireroom_redis_memory_bytes", "gauge", "Memory used.", [("", told["memory_bytes"])]
    yield (
        "wireroom_redis_memory_limit_bytes",
        "gauge",
        "Memory allowed, by maxmemory or memory_megabytes; 0 is no limit.",
        [("", told["memory_limit_bytes"])],
    )
    yield (
        "wireroom_redis_memory_alarm",
        "gauge",
        "1 if the store's memory runs short.",
        [("", int(told["memory_alarm"]))],
    )


def _of(budget: Budget) -> str:
    return f"{budget.used / _MEGABYTE:.0f} of {budget.limit / _MEGABYTE:.0f} MB"


def _soon(budget: Budget) -> str:
    if budget.full_in is None:
        return ""
    span, over = (_span(seconds) for seconds in (budget.full_in, budget.seconds))
    return f", at the rate of the last {over} articles are refused in {span}"


def _span(seconds: float) -> str:
    days = seconds >= _TWO_DAYS
    return f"{seconds / (24 * _HOUR):.0f} days" if days else f"{seconds / _HOUR:.0f} hours"
