"""Pictures in the drop folder: they travel with the file of their name, whichever came first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from feeds import intake
from feeds.model import Published, Rules, Site, Verdict
from feeds.pictures import Pictures
from feeds.pipeline import Line
from feeds.read.companions import together
from feeds.read.drop import DropFolder
from feeds.store import Store
from tests.factories import NOW
from tests.test_pictures import raster

STORY = b"---\ntitle: Ferries sail\nid: f1\n---\nThe first ferry left at seven.\n"


@pytest.fixture
def line(store: Store, tmp_path: Path) -> Line:
    return Line(store, Rules(), Site(), pictures=Pictures(tmp_path / "pictures"))


def put(drop: DropFolder, name: str, data: bytes) -> Path:
    path = drop.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Path(name)


def verdicts(line: Line, drop: DropFolder, *names: Path) -> list[str]:
    done = intake.dropped(line, drop, names, NOW)
    return [str(outcome.verdict) for _, report in done for outcome in report.outcomes]


def the_story(store: Store) -> Published:
    [one] = store.shelf.articles(
        [key.decode().rpartition(":")[2] for key in store.connection.redis.keys("*:article:*")]
    ).values()
    return one


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_picture_beside_the_file_comes_with_it(line: Line, drop: DropFolder) -> None:
    put(drop, "desk/story.jpg", raster())

    found = verdicts(line, drop, put(drop, "desk/story.md", STORY))

    assert found == ["new"]
    assert len(the_story(line.store).article.images) == 1
    assert files_in(drop.root / "_done") == ["desk/story.jpg", "desk/story.md"]


def test_a_picture_that_comes_after_its_file_is_added_to_the_story(
    line: Line, drop: DropFolder
) -> None:
    verdicts(line, drop, put(drop, "story.md", STORY))

    found = verdicts(line, drop, put(drop, "story.jpg", raster()))

    assert found == ["updated"]
    assert len(the_story(line.store).article.images) == 1
    assert files_in(drop.root / "_done") == ["story.jpg", "story.md"]


def test_a_picture_that_nothing_came_with_is_rejected_and_says_how_to_mend_it(
    line: Line, drop: DropFolder
) -> None:
    found = verdicts(line, drop, put(drop, "lonely.png", raster("PNG")))

    reason = msgspec.json.decode((drop.root / "_rejected/lonely.png.reason.json").read_bytes())
    assert found == [Verdict.REJECTED]
    assert "no article of the same name" in reason["problem"]


def test_a_picture_waits_for_its_file(drop: DropFolder) -> None:
    put(drop, "story.jpg", raster())
    story = put(drop, "other.md", STORY)

    complete, growing = drop.sift([Path("story.jpg"), story], 0)

    assert (complete, growing) == ([story], [Path("story.jpg")])


def test_a_picture_of_another_folder_is_left_there(line: Line, drop: DropFolder) -> None:
    put(drop, "sport/story.jpg", raster())

    verdicts(line, drop, put(drop, "news/story.md", STORY))

    assert (drop.root / "sport/story.jpg").exists()
    assert the_story(line.store).article.images == ()


def test_a_picture_that_is_a_link_is_never_opened(
    line: Line, drop: DropFolder, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(raster())
    (drop.root / "story.jpg").symlink_to(tmp_path / "secret.jpg")

    found = verdicts(line, drop, put(drop, "story.md", STORY))

    assert found == ["new"]
    assert the_story(line.store).article.images == ()


def test_after_a_kill_the_picture_still_comes_with_its_file(line: Line, drop: DropFolder) -> None:
    names = [
        put(drop, "story.md", STORY),
        put(drop, "story.jpg", raster()),
        put(drop, "other.md", STORY.replace(b"f1", b"f2").replace(b"Ferries", b"Trams")),
    ]
    program = (
        "import os, sys; from pathlib import Path; from feeds.read.drop import DropFolder; "
        "DropFolder(Path(sys.argv[1]), max_bytes=10**6).claim(map(Path, sys.argv[2:])); "
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, drop.root, *names], check=False)

    done = intake.left_behind(line, drop, NOW)

    assert [report.outcomes[0].verdict for _, report in done] == ["new", "new"]
    assert files_in(drop.root / "_done") == ["other.md", "story.jpg", "story.md"]
    assert not list((drop.root / "_rejected").iterdir())


def test_files_named_to_the_command_bring_their_pictures(line: Line, tmp_path: Path) -> None:
    (tmp_path / "story.md").write_bytes(STORY)
    (tmp_path / "story.JPG").write_bytes(raster())

    [(path, report)] = intake.paths(line, [tmp_path / "story.md"], 1_000_000, NOW)

    assert (path.name, report.outcomes[0].verdict) == ("story.md", "new")
    assert len(the_story(line.store).article.images) == 1
    assert files_in(tmp_path)[:2] != []


def test_a_picture_goes_with_one_file_of_its_name_only() -> None:
    arrived = together([Path("a.xml"), Path("a.json"), Path("a.jpg"), Path("b.png")])

    assert [(str(one.file), [str(p) for p in one.pictures]) for one in arrived] == [
        ("a.xml", ["a.jpg"]),
        ("a.json", []),
        ("b.png", []),
    ]


def test_a_thousand_files_cost_one_look_at_their_folder(
    line: Line, drop: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [put(drop, f"{number}.md", STORY) for number in range(30)]
    looked: list[str] = []
    scandir = os.scandir

    def counted(path: str) -> object:
        looked.append(str(path))
        return scandir(path)

    monkeypatch.setattr("feeds.read.companions.os.scandir", counted)
    verdicts(line, drop, *names)

    assert looked.count(str(drop.root)) == 1
