"""feedparser's own cases, scored for our parser: at least feedparser's figure in every group.

The cases and the tool that scores them lie beside the checkout and are not needed to run the rest.
Some cases test feedparser's sanitiser and its resolver of links, which the parser leaves to
``normalise``: they are those that feedparser itself fails with these two switched off.
"""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import feedparser
import pytest

from tests.feedparser_adapter import LACKS, parse

SHARED = Path(__file__).parents[2] / "shared"
TOOL = SHARED / "tools" / "feedparser_suite.py"
CASES = SHARED / "corpora" / "feedparser-tests" / "tests"
GROUPS = {
    # Group: where the tool names it, and how many of its cases feedparser passes at least.
    "core": ("tier", 270),
    "entities": ("tier", 170),
    "encoding": ("tier", 120),
    "wellformed": ("suite", 270),
    "illformed": ("suite", 7),
}

pytestmark = pytest.mark.skipif(not TOOL.is_file(), reason="the tool is not at hand")


@pytest.fixture(scope="module", name="tool")
def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("feedparser_suite", TOOL)
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


@pytest.fixture(scope="module", name="scores")
def _scores(tool: ModuleType) -> dict[str, list[dict[str, Any]]]:
    def reference(data: bytes, headers: dict[str, str]) -> Any:
        return feedparser.parse(
            io.BytesIO(data),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the tool leaves its files open
        cases, unusable = tool.load(str(CASES))
    assert not unusable
    return {
        name: tool.score(cases, tool.Adapter(name, parser, lacks), compat=True)
        for name, parser, lacks in (("ours", parse, LACKS), ("feedparser", reference, LACKS))
    }


def _passed(rows: list[dict[str, Any]], key: str, group: str) -> int:
    return sum(row["status"] == "pass" and row["applicable"] for row in rows if row[key] == group)


@pytest.mark.parametrize("group", GROUPS)
def test_our_parser_passes_as_many_cases_as_feedparser(
    group: str, scores: dict[str, list[dict[str, Any]]]
) -> None:
    key, at_least = GROUPS[group]
    ours, reference = (_passed(scores[name], key, group) for name in ("ours", "feedparser"))

    assert ours >= reference >= at_least


def test_no_case_of_the_core_is_declared_out_of_reach(
    scores: dict[str, list[dict[str, Any]]],
) -> None:
    tiers = Counter(row["tier"] for row in scores["ours"] if not row["applicable"])

    assert not tiers.keys() & {"core", "entities", "encoding"}
