"""One small run of the storm: workers are killed, and each story that was told is one story."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.storm import storm


def test_each_story_is_one_story_when_eight_workers_meet_its_copies_and_are_killed() -> None:
    with tempfile.TemporaryDirectory(prefix="wrs") as place:  # a socket's path must be short
        run = storm(Path(place), stories=30, papers=8, kills=1, seed=1)

    assert (run.sent, run.stories) == (240, 30)
    assert "group" in run.killed
