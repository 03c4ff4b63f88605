"""What leaves the house: the wheel, its version, and the names that it puts into an environment."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "feeds", "worker")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module", name="wheel")
def _wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from the tree by the project's own build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    hatch = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", hatch, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module", name="packed")
def _packed(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_every_file_of_the_packages(packed: list[str]) -> None:
    standing = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    kinds = {Path(one).suffix for one in standing}

    assert {".py", ".lua", ".toml", ".html"} <= kinds
    assert {one for one in packed if ".dist-info/" not in one} == standing


def test_the_wheel_puts_only_our_three_names_into_an_environment(packed: list[str]) -> None:
    assert {one.split("/")[0] for one in packed if ".dist-info/" not in one} == set(PACKAGES)


def test_no_other_distribution_claims_our_names() -> None:
    owners = metadata.packages_distributions()  # an editable install does not stand in it

    assert {owner for name in PACKAGES for owner in owners.get(name, [])} <= {"wireroom"}


def test_the_wheel_carries_version_and_licence(wheel: Path, packed: list[str]) -> None:
    assert wheel.name == f"wireroom-{PROJECT['version']}-py3-none-any.whl"
    assert f"wireroom-{PROJECT['version']}.dist-info/licenses/LICENSE" in packed


def test_the_command_tells_the_version_of_the_project() -> None:
    command = Path(sys.executable).with_name("wireroom")
    done = subprocess.run([str(command), "--version"], capture_output=True, text=True, check=True)

    assert done.stdout == f"wireroom, version {PROJECT['version']}\n"


def test_the_changelog_opens_with_what_comes_or_with_this_version() -> None:
    headings = [
        line
        for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
        if line[:3] == "## "
    ]

    assert headings[0].startswith(("## [Unreleased]", f"## [{PROJECT['version']}]"))
