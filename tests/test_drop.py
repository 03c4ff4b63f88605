"""The drop folder: what is taken, when, by whom, and where it goes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import intake
from feeds.errors import StoreUnavailable
from feeds.model import Report, Verdict
from feeds.pipeline import Line
from feeds.read.drop import DropFolder
from feeds.read.names import free, ignored, reason_name
from feeds.store.connection import Connection
from tests.factories import NOW

STORY = '{"title": "%s", "body": "Some words about it.", "published": "2026-03-04T09:00:00Z"}'


def put(drop: DropFolder, name: str, text: str | bytes = STORY % "A story") -> Path:
    path = drop.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Path(name)


def take(line: Line, drop: DropFolder, *names: Path) -> list[tuple[Path, Report]]:
    return intake.dropped(line, drop, names, NOW)


def results(drop: DropFolder) -> list[str]:
    folders = [drop.root / name for name in ("_done", "_duplicate", "_rejected")]
    return sorted(
        str(path.relative_to(drop.root))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() or path.is_symlink()
    )


def reason(drop: DropFolder, name: str) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode((drop.root / name).read_bytes())
    return found


def test_a_published_file_is_moved_to_done_with_nothing_beside_it(
    line: Line, drop: DropFolder
) -> None:
    take(line, drop, put(drop, "story.json"))

    assert results(drop) == ["_done/story.json"]
    assert list((drop.root / "_claimed").iterdir()) == [drop.root / "_claimed" / ".clock"] or not [
        *(drop.root / "_claimed").iterdir()
    ]


def test_a_repeated_file_is_moved_to_duplicate_with_its_reason(
    line: Line, drop: DropFolder
) -> None:
    take(line, drop, put(drop, "story.json"))
    take(line, drop, put(drop, "again.json"))

    assert results(drop) == [
        "_done/story.json",
        "_duplicate/again.json",
        "_duplicate/again.json.reason.json",
    ]
    said = reason(drop, "_duplicate/again.json.reason.json")
    assert said["verdict"] == "duplicate"
    assert "the same" in str(said["problem"])


def test_a_broken_file_is_rejected_with_class_sentence_format_and_place(
    line: Line, drop: DropFolder
) -> None:
    take(line, drop, put(drop, "broken.json", '{"title": "x",\n "body": oops}'))

    said = reason(drop, "_rejected/broken.json.reason.json")
    assert said["error"] == "BrokenDocument"
    assert said["line"] == 2
    assert said["format"]
    assert said["problem"]


def test_a_broken_file_does_not_hold_up_its_neighbours(line: Line, drop: DropFolder) -> None:
    names = [put(drop, f"{n}.json", STORY % f"Story {n}") for n in range(5)]
    broken = put(drop, "2.json", b"{")

    done = take(line, drop, *names)

    assert [report.outcomes[0].verdict for _, report in done].count(Verdict.NEW) == 4
    assert f"_rejected/{broken}" in results(drop)


@pytest.mark.parametrize(
    "name",
    [
        "with a space.json",
        "Übersicht – Mäuse.json",
        "日本語のニュース.json",
        "خبر.json",
        "emoji 🗞.json",
        "tab\tand\nline end.json",
        "deep/er/story.json",
        "a" * 240 + ".json",
    ],
)
def test_names_in_any_script_are_kept(line: Line, drop: DropFolder, name: str) -> None:
    take(line, drop, put(drop, name))

    assert results(drop) == [f"_done/{name}"]


def test_a_name_that_is_no_text_is_kept_byte_for_byte(line: Line, drop: DropFolder) -> None:
    name = os.fsdecode(b"latin-\xe9.json")
    take(line, drop, put(drop, name))

    assert results(drop) == [f"_done/{name}"]


def test_the_same_name_twice_overwrites_nothing(line: Line, drop: DropFolder) -> None:
    take(line, drop, put(drop, "story.json", STORY % "First"))
    take(line, drop, put(drop, "story.json", STORY % "Second"))

    assert results(drop) == ["_done/story-2.json", "_done/story.json"]
    assert "First" in (drop.root / "_done/story.json").read_text()


def test_a_symbolic_link_is_rejected_and_never_read(line: Line, drop: DropFolder) -> None:
    secret = drop.root.parent / "secret.json"
    secret.write_text(STORY % "Secret")
    (drop.root / "link.json").symlink_to(secret)

    [(_, report)] = take(line, drop, Path("link.json"))

    assert report.outcomes[0].reason == ("a symbolic link is never opened; drop a plain file")
    assert secret.exists()


def test_a_hard_link_is_rejected(line: Line, drop: DropFolder) -> None:
    secret = drop.root.parent / "secret.json"
    secret.write_text(STORY % "Secret")
    os.link(secret, drop.root / "hard.json")

    [(_, report)] = take(line, drop, Path("hard.json"))

    assert "hard link" in report.outcomes[0].reason


def test_a_pipe_is_rejected_and_nobody_waits_for_it(line: Line, drop: DropFolder) -> None:
    os.mkfifo(drop.root / "pipe.json")

    [(_, report)] = take(line, drop, Path("pipe.json"))

    assert "named pipe" in report.outcomes[0].reason


def test_a_socket_is_rejected(line: Line, drop: DropFolder) -> None:
    here = Path.cwd()
    os.chdir(drop.root)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("s.json")
    finally:
        os.chdir(here)

    [(_, report)] = take(line, drop, Path("s.json"))

    assert "socket" in report.outcomes[0].reason


def test_a_file_that_is_too_large_is_rejected_unread(line: Line, drop: DropFolder) -> None:
    put(drop, "large.json", b"x" * (drop.max_bytes + 1))

    [(_, report)] = take(line, drop, Path("large.json"))

    assert "too large: 1,000,001 bytes" in report.outcomes[0].reason


@pytest.mark.parametrize("path", ["../outside.json", "/etc/hostname", "_done/x.json", ".hidden"])
def test_a_path_that_leads_elsewhere_is_not_taken(line: Line, drop: DropFolder, path: str) -> None:
    (drop.root.parent / "outside.json").write_text(STORY % "Outside")
    put(drop, "_done/x.json")
    put(drop, ".hidden")

    assert take(line, drop, Path(path)) == []
    assert (drop.root.parent / "outside.json").exists()


def test_a_folder_that_is_a_link_is_not_followed(line: Line, drop: DropFolder) -> None:
    elsewhere = drop.root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "story.json").write_text(STORY % "Elsewhere")
    (drop.root / "sub").symlink_to(elsewhere)

    assert take(line, drop, Path("sub/story.json")) == []
    assert (elsewhere / "story.json").exists()


@pytest.mark.parametrize(
    "name",
    ["a.part", "a.tmp", "a.json~", "a.crdownload", ".a.json.swp", ".DS_Store", "a.swp", "~$a.doc"],
)
def test_unfinished_names_are_left_alone(name: str) -> None:
    assert ignored(Path(name))
    assert ignored(Path("sub") / name)


def test_a_file_is_ready_once_it_stood_still(drop: DropFolder) -> None:
    name = put(drop, "story.json")

    assert drop.ready(0.2) == []
    time.sleep(0.3)
    assert drop.ready(0.2) == [name]


def test_a_growing_file_waits(drop: DropFolder) -> None:
    name = put(drop, "story.json", "x")
    for _ in range(4):
        time.sleep(0.1)
        with (drop.root / name).open("a") as file:
            file.write("y")
        assert drop.sift([name], 0.3) == ([], [name])
    time.sleep(0.4)

    assert drop.sift([name], 0.3) == ([name], [])


def test_an_old_modification_time_does_not_make_a_file_complete(drop: DropFolder) -> None:
    name = put(drop, "story.json")
    os.utime(drop.root / name, (1, 1))

    assert drop.ready(0.3) == []


def test_a_time_in_the_future_does_not_keep_a_file_waiting(drop: DropFolder) -> None:
    name = put(drop, "story.json")
    os.utime(drop.root / name, (time.time() + 9999, time.time() + 9999))
    time.sleep(0.3)

    assert drop.ready(0.2) == [name]


def test_a_file_that_grows_while_it_is_claimed_is_put_back(
    drop: DropFolder,
) -> None:
    name = put(drop, "story.json")
    claim = drop.claim([name])
    assert claim is not None
    document = claim.read(name, intake.DROP_SOURCE, NOW)
    with (claim.folder / name).open("a") as file:
        file.write(" ")

    assert claim.still_growing(name, document)
    claim.put_back(name)
    claim.close()
    assert (drop.root / name).exists()


def test_two_claims_never_hold_one_file(drop: DropFolder) -> None:
    name = put(drop, "story.json")
    first, second = drop.claim([name]), drop.claim([name])

    assert first is not None
    assert second is None
    first.close()


def test_a_living_claim_is_not_taken_over(drop: DropFolder) -> None:
    claim = drop.claim([put(drop, "story.json")])

    assert claim is not None
    assert list(drop.abandoned()) == []
    claim.close()


_DIES = """
import os, signal, sys
from pathlib import Path
from feeds.read.drop import DropFolder
drop = DropFolder(Path(sys.argv[1]), max_bytes=1000)
assert drop.claim([Path(name) for name in sys.argv[2:]])
os.kill(os.getpid(), signal.SIGKILL)
"""


def die_over(drop: DropFolder, *names: Path) -> None:
    """Claim *names* in a process that is killed at once."""
    subprocess.run([sys.executable, "-c", _DIES, str(drop.root), *map(str, names)], check=False)


def test_what_a_killed_worker_had_claimed_is_finished_at_once(line: Line, drop: DropFolder) -> None:
    names = [put(drop, f"{n}.json", STORY % f"Story {n}") for n in range(3)]
    die_over(drop, *names)
    assert drop.count_waiting() == 0

    done = intake.left_behind(line, drop, NOW)

    assert [report.outcomes[0].verdict for _, report in done] == [Verdict.NEW] * 3
    assert results(drop) == ["_done/0.json", "_done/1.json", "_done/2.json"]


def test_a_file_that_killed_three_workers_is_rejected_as_poison(
    line: Line, drop: DropFolder
) -> None:
    die_over(drop, put(drop, "poison.json"))
    for _ in range(2):
        for claim in drop.abandoned():
            os.close(claim._lock)  # it dies once more

    [(path, report)] = intake.left_behind(line, drop, NOW)

    assert path == drop.root / "_rejected/poison.json"
    assert report.outcomes[0].rejection is not None
    assert report.outcomes[0].rejection.error == "PoisonFile"


def test_a_failure_of_the_store_leaves_the_file_claimed_and_blames_nobody(
    line: Line, drop: DropFolder
) -> None:
    name = put(drop, "story.json")
    good = line.store.admission._connection
    line.store.admission._connection = Connection("unix:///nowhere.sock")
    with pytest.raises(StoreUnavailable):
        take(line, drop, name)
    for _ in range(6):  # more often than a poison is tried
        with pytest.raises(StoreUnavailable):
            intake.left_behind(line, drop, NOW)
    line.store.admission._connection = good

    assert drop.count_claimed() == 1
    [(path, _)] = intake.left_behind(line, drop, NOW)
    assert path == drop.root / "_done/story.json"


def test_a_file_whose_worker_died_after_admitting_keeps_its_verdict(
    line: Line, drop: DropFolder
) -> None:
    name = put(drop, "story.json")
    claim = drop.claim([name])
    assert claim is not None
    [report] = line.ingest([claim.read(name, intake.DROP_SOURCE, NOW)], NOW)
    os.close(claim._lock)  # killed between the store and the rename

    [(path, again)] = intake.left_behind(line, drop, NOW)

    assert again.outcomes == report.outcomes
    assert path == drop.root / "_done/story.json"


def test_replay_puts_back_what_was_turned_away(line: Line, drop: DropFolder) -> None:
    take(line, drop, put(drop, "broken.json", b"{"))
    take(line, drop, put(drop, "sub/story.json"))
    take(line, drop, put(drop, "again.json"))

    assert sorted(map(str, drop.replay())) == ["again.json", "broken.json"]
    assert results(drop) == ["_done/sub/story.json"]


def test_a_very_long_name_keeps_room_for_its_reason() -> None:
    assert len(os.fsencode(reason_name(Path("é" * 127)).name)) <= 255


@given(st.text(min_size=1, max_size=100))
def test_any_name_gets_a_free_variant(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    cleaned = "".join(c for c in name if c not in "/\0" and not 0xD800 <= ord(c) < 0xE000)
    cleaned = cleaned.encode()[:200].decode("utf-8", "ignore")
    if cleaned.strip(". ") == "":
        return
    folder = tmp_path_factory.mktemp("free")
    first, second = free(folder / cleaned), free(folder / cleaned)

    assert first != second
    assert first.exists()
    assert second.exists()


def test_a_name_that_a_killed_worker_held_is_used_by_the_next_attempt(tmp_path: Path) -> None:
    held = free(tmp_path / "story.json", "held by us")

    assert free(tmp_path / "story.json", "held by others").name == "story-2.json"
    assert free(tmp_path / "story.json", "held by us") == held


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to tell what was synced")
def test_a_reason_and_every_folder_on_the_way_are_durable_before_the_claim_is_given_up(
    line: Line, drop: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def fsync(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))

    monkeypatch.setattr(os, "fsync", fsync)
    take(line, drop, put(drop, "deep/er/broken.json", b"{"))

    rejected = drop.root / "_rejected"
    assert synced == [
        str(rejected / "deep/er/broken.json.reason.json"),
        *(str(rejected / folder) for folder in ("", "deep", "deep/er")),
    ]
