"""The benchmarks still run: each at its smallest size, to its table. What they say is not judged."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from tests.running import environment
from tests.wires import WIRES

FOLDER = Path(__file__).parents[1] / "benchmarks"


def output(script: str, *arguments: str) -> str:
    """Return what *script* prints."""
    done = subprocess.run(  # noqa: PLW1510 - judged below, with what it said
        [sys.executable, FOLDER / script, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_queue_is_measured_beside_the_line_and_the_plain_pipeline() -> None:
    lines = output("ingest.py", "--feeds=1", "--entries=2", "--files=7", "--rounds=1").splitlines()

    assert [line.split()[0] for line in lines if line.startswith("  ") and "CPU" not in line] == [
        *("plain", "line", "queue"),
        *("plain", "line", "queue"),
    ]


def test_the_cost_of_each_part_is_measured() -> None:
    shown = output("ingest.py", "--feeds=1", "--entries=2", "--files=7", "--parts")

    assert shown.count("us an article") > 2


def test_publishing_one_article_is_measured_beside_feedgen() -> None:
    shown = output("publish.py", "--articles=12", "--categories=4", "--rounds=1")

    assert shown.count("for each changed feed") == shown.count("times ours") == 2


def test_latency_is_measured_for_both_ways_to_drop_a_file() -> None:
    shown = output("latency.py", "--times=2", "--stories=3", "--pause=0.1")

    assert shown.count("story seen") == 2


def test_parsing_is_measured() -> None:
    assert "fast path" in output("parse.py", "--entries=2")


def test_memory_is_measured() -> None:
    assert "article" in output("memory.py", "--articles=20")


def test_the_price_of_a_sync_is_measured() -> None:
    assert "everysec" in output("aof.py", "--articles=20", "--rounds=1")


def test_polling_is_measured_in_three_passes() -> None:
    lines = output("poll.py", "--sources=12", "--entries=3").splitlines()
    new = [int(line.split()[-2]) for line in lines if line.startswith(("  all", "  one"))]

    assert new == [36, 0, 12]


def test_every_entry_is_admitted_once_however_often_the_worker_that_polls_is_killed() -> None:
    shown = output("kills.py", "--kills=3", "--sources=40", "--entries=5")

    assert "missing 0, twice or unknown 0" in shown


def test_stories_are_told_apart_and_scored(tmp_path: Path) -> None:
    copies = [
        {
            "id": f"{name}-{number}",
            "source": f"paper-{number}",
            "title": one.title,
            "text": "\n\n".join(one.paragraphs[: 5 - number]),
            "url": f"https://paper-{number}.example/{name}",
            "guid": f"{name}-{number}",
            "published": f"2026-03-01T1{number}:00:00",
            "cluster": name,
            "kind": "real",
        }
        for name, one in WIRES.items()
        for number in range(2)
    ]
    pairs = [
        {"a": f"{name}-0", "b": f"{name}-1", "label": "pos", "kind": "syn:trim"} for name in WIRES
    ]
    for name, rows in (("articles", copies), ("pairs", pairs)):
        lines = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines))
    told = tmp_path / "told.jsonl"
    shown = output("dedupe.py", f"--data={tmp_path}", f"--out={told}", "--shuffle=1")
    stories = {row["id"]: row["cluster"] for row in map(json.loads, told.read_text().splitlines())}

    assert shown.count(f"{2 * len(WIRES)} articles, {len(WIRES)} stories; ") == 2
    assert len(stories) == 2 * len(set(stories.values())) == 2 * len(WIRES)


def test_the_cost_of_telling_stories_apart_is_measured_as_it_grows(tmp_path: Path) -> None:
    drawn = tmp_path / "growth.svg"
    shown = output("growth.py", "--articles=1000", f"--svg={drawn}")

    assert "| 1,000 |" in shown
    assert "1,000 articles" in drawn.read_text("utf-8")
