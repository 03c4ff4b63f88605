"""One small run of the soak: parts are killed, and nothing is lost, twice, torn or unexplained."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.soak import Size, shim, soak

SMALL = Size(articles=200, broken=20, sent=10)


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    """A folder with a short path, for a server's socket stands in it."""
    with tempfile.TemporaryDirectory(prefix="wrs") as place:
        yield Path(place)


def test_nothing_is_lost_when_worker_and_server_are_killed(folder: Path) -> None:
    run = soak(folder, SMALL, seed=1)

    assert (run.published, run.rejected) == (200, 20)
    assert run.polls > 0


def test_nothing_acknowledged_is_lost_when_the_power_is_cut(folder: Path) -> None:
    library = shim(folder)
    if library is None:
        pytest.skip("without a C compiler a power cut cannot be simulated here")
    run = soak(folder, SMALL, seed=2, power_cut=library)

    assert (run.published, run.rejected) == (200, 20)
