"""Bytes on disk: whole or not at all, with times that caches can trust."""

from __future__ import annotations

import errno
import gzip
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import DiskTrouble
from feeds.publish import write as module
from feeds.publish.pack import Joined
from feeds.publish.write import remove, sweep, write, write_all

NOON = datetime(2026, 3, 4, 12, 0, 0, 987_654, tzinfo=UTC)
ROOT = Path(__file__).parents[1]
FEED = b"<item>once upon a tide</item>" * 200


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob(".wireroom-*"))


def test_a_new_file_is_written_with_the_folders_above_it(tmp_path: Path) -> None:
    path = tmp_path / "articles" / "a1" / "index.html"

    assert write(path, b"story", NOON, twins=False)
    assert path.read_bytes() == b"story"
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_same_bytes_leave_the_file_untouched(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    write(path, FEED, NOON, twins=True)
    before = path.stat()

    assert not write(path, FEED, NOON + timedelta(days=1), twins=True)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_ctime_ns == before.st_ctime_ns


def test_its_time_is_the_change_in_whole_seconds(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    write(path, b"feed", NOON, twins=False)

    assert path.stat().st_mtime_ns == int(NOON.timestamp()) * 10**9


def test_a_change_within_the_same_second_moves_the_time_by_one(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    write(path, b"one", NOON, twins=False)
    write(path, b"two", NOON, twins=False)

    assert path.stat().st_mtime == int(NOON.timestamp()) + 1


def test_the_time_never_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    write(path, b"one", NOON, twins=False)
    write(path, b"two", NOON - timedelta(days=30), twins=False)

    assert path.stat().st_mtime == int(NOON.timestamp()) + 1


def test_twins_hold_the_same_text_and_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    write(path, FEED, NOON, twins=True)
    packed, smaller = Path(f"{path}.gz"), Path(f"{path}.br")

    assert gzip.decompress(packed.read_bytes()) == FEED
    assert brotli.decompress(smaller.read_bytes()) == FEED
    assert packed.stat().st_mtime_ns == smaller.stat().st_mtime_ns == path.stat().st_mtime_ns


def test_the_gzip_twin_names_no_time(tmp_path: Path) -> None:
    write(tmp_path / "a", FEED, NOON, twins=True)

    assert (tmp_path / "a.gz").read_bytes()[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("name", "data"), [("all.rss", FEED[:1000]), ("icon.png", FEED), ("favicon.ico", FEED)]
)
def test_what_packing_would_not_make_smaller_has_no_twins(
    name: str, data: bytes, tmp_path: Path
) -> None:
    write(tmp_path / name, data, NOON, twins=True)

    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_file_that_became_too_small_for_twins_keeps_no_old_ones(tmp_path: Path) -> None:
    write(tmp_path / "all.rss", FEED, NOON, twins=True)
    write(tmp_path / "all.rss", FEED[:100], NOON, twins=True)

    assert [each.name for each in tmp_path.iterdir()] == ["all.rss"]


def test_a_missing_twin_is_made_though_the_file_stands(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    write(path, FEED, NOON, twins=False)
    modified = path.stat().st_mtime_ns

    assert not write(path, FEED, NOON + timedelta(days=1), twins=True)
    assert Path(f"{path}.gz").stat().st_mtime_ns == modified == path.stat().st_mtime_ns


def test_twins_that_are_no_longer_wanted_do_not_outlive_the_text(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    write(path, FEED, NOON, twins=True)
    write(path, FEED * 2, NOON, twins=False)

    assert [each.name for each in tmp_path.iterdir()] == ["all.rss"]


@pytest.mark.parametrize("taken", [1, 5_000, 1_000_000])
def test_pieces_are_written_whole_however_little_the_system_takes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    pieces = [b"%d," % number * (number % 7) for number in range(2_500)]
    real = os.writev
    monkeypatch.setattr(module.os, "writev", lambda to, some: real(to, [b"".join(some)[:taken]]))
    write(tmp_path / "all.json", Joined(pieces), NOON, twins=False)

    assert (tmp_path / "all.json").read_bytes() == b"".join(pieces)


def test_a_full_disk_is_disk_trouble_and_the_old_file_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "all.rss"
    write(path, b"old" + FEED, NOON, twins=True)

    def full(_descriptor: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "writev", full)
    with pytest.raises(DiskTrouble, match=r"all\.rss: No space left"):
        write(path, b"new" + FEED, NOON, twins=True)

    assert path.read_bytes() == b"old" + FEED
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("call", ["fsync", "replace", "utime", "open"])
def test_whatever_call_fails_nothing_temporary_is_left(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "all.rss"
    write(path, b"old", NOON, twins=False)

    def fails(*_args: object, **_keywords: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module.os, call, fails)
    with pytest.raises(DiskTrouble, match="Input/output error"):
        write(path, b"newer", NOON, twins=False)
    monkeypatch.undo()

    assert path.read_bytes() in {b"old", b"newer"}
    assert not leftovers(tmp_path)


def test_a_time_limit_in_the_middle_leaves_nothing_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def struck(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.os, "fsync", struck)
    with pytest.raises(KeyboardInterrupt):
        write_all([(tmp_path / f"{n}", FEED, NOON) for n in range(5)], twins=True)

    assert not list(tmp_path.iterdir())


def test_a_file_where_a_folder_must_be_is_disk_trouble(tmp_path: Path) -> None:
    (tmp_path / "articles").write_bytes(b"")

    with pytest.raises(DiskTrouble):
        write(tmp_path / "articles" / "a1" / "index.html", b"x", NOON, twins=False)


def test_a_batch_names_what_it_changed(tmp_path: Path) -> None:
    files = [(tmp_path / f"{n}" / "index.html", b"%d" % n, NOON) for n in range(150)]
    write_all(files[:100], twins=False)

    assert write_all(files, twins=False) == [path for path, _, _ in files[100:]]
    assert all(path.read_bytes() == data for path, data, _ in files)


def test_a_batch_syncs_each_file_and_each_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(module.os, "fsync", synced.append)
    write_all([(tmp_path / f"{n}.html", b"x", NOON) for n in range(10)], twins=False)

    assert len(synced) == 10 + 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names descriptors by /proc")
def test_the_name_of_a_new_folder_is_synced_in_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        module.os, "fsync", lambda fd: synced.append(str(Path(f"/proc/self/fd/{fd}").readlink()))
    )
    write(tmp_path / "articles" / "a1" / "index.html", b"x", NOON, twins=False)

    assert {str(tmp_path), f"{tmp_path}/articles", f"{tmp_path}/articles/a1"} <= set(synced)


def test_a_batch_that_changes_nothing_syncs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [(tmp_path / f"{n}" / "index.html", FEED, NOON) for n in range(3)]
    write_all(files, twins=True)
    synced: list[int] = []
    monkeypatch.setattr(module.os, "fsync", synced.append)
    write_all(files, twins=True)

    assert synced == []


def test_a_name_that_is_written_twice_in_a_batch_holds_the_last_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a1" / "index.html"
    write_all([(path, b"one", NOON), (path, b"two", NOON)], twins=False)

    assert path.read_bytes() == b"two"
    assert not leftovers(tmp_path)


@pytest.mark.skipif(module._syncfs is None, reason="this system has no syncfs(2)")
def test_many_files_are_synced_with_their_file_system_before_and_after_the_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing: list[int] = []

    def syncfs(_descriptor: int) -> int:
        standing.append(len(list(tmp_path.glob("*.html"))))
        return 0

    monkeypatch.setattr(module, "_syncfs", syncfs)
    write_all([(tmp_path / f"{n}.html", b"x", NOON) for n in range(50)], twins=False)

    assert standing == [0, 50]


@pytest.mark.skipif(module._syncfs is None, reason="this system has no syncfs(2)")
def test_a_file_system_that_cannot_be_synced_is_disk_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_syncfs", lambda _descriptor: -1)

    with pytest.raises(DiskTrouble):
        write_all([(tmp_path / f"{n}.html", b"x", NOON) for n in range(50)], twins=False)
    assert not list(tmp_path.iterdir())


def test_a_batch_may_be_an_iterator(tmp_path: Path) -> None:
    assert len(write_all(((tmp_path / f"{n}", b"", NOON) for n in range(70)), twins=False)) == 70


def test_twins_take_their_place_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed: list[str] = []
    real = os.replace

    def watched(source: str, target: str) -> None:
        placed.append(Path(target).name)
        real(source, target)

    monkeypatch.setattr(module.os, "replace", watched)
    write(tmp_path / "all.rss", FEED, NOON, twins=True)

    assert placed == ["all.rss.gz", "all.rss.br", "all.rss"]


def test_removing_takes_the_twins_too(tmp_path: Path) -> None:
    write(tmp_path / "all.rss", FEED, NOON, twins=True)

    assert remove(tmp_path / "all.rss")
    assert not list(tmp_path.iterdir())


def test_removing_what_is_not_there_says_so(tmp_path: Path) -> None:
    assert not remove(tmp_path / "all.rss")


def test_a_page_takes_its_empty_folder_with_it(tmp_path: Path) -> None:
    write(tmp_path / "a1" / "index.html", b"x", NOON, twins=False)
    remove(tmp_path / "a1" / "index.html")

    assert not (tmp_path / "a1").exists()


def test_a_folder_that_holds_more_stays(tmp_path: Path) -> None:
    write(tmp_path / "a1" / "index.html", b"x", NOON, twins=False)
    write(tmp_path / "a1" / "index.410.html", b"gone", NOON, twins=False)
    remove(tmp_path / "a1" / "index.html")

    assert (tmp_path / "a1" / "index.410.html").exists()


KILLED = """
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from feeds.publish.write import write
path = Path(sys.argv[1], "feeds", "all.rss")
for n in count():
    write(path, b"%d\\n" % n * 200_000, datetime(2026, 1, 1, tzinfo=UTC), twins=False)
    print(n, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_file_and_sweeping_cleans_up(tmp_path: Path) -> None:
    for delay in (0.0, 0.001, 0.002, 0.003, 0.004):
        command = [sys.executable, "-c", KILLED, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(delay)
            writer.send_signal(signal.SIGKILL)
        lines = (tmp_path / "feeds" / "all.rss").read_bytes().split()
        assert len(lines) == 200_000
        assert len(set(lines)) == 1

    half = leftovers(tmp_path)

    assert sweep(tmp_path) == len(half)
    assert not leftovers(tmp_path)


def test_sweeping_takes_nothing_but_temporary_files(tmp_path: Path) -> None:
    write(tmp_path / "feeds" / "all.rss", FEED, NOON, twins=True)
    (tmp_path / "feeds" / ".wireroom-0123.tmp").write_bytes(b"half")

    assert sweep(tmp_path) == 1
    assert len(list((tmp_path / "feeds").iterdir())) == 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=50)), max_size=12))
def test_each_path_holds_the_last_bytes_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    times: dict[str, list[int]] = {}
    for name, data in steps:
        if write(folder / name, data, NOON, twins=True):
            times.setdefault(name, []).append((folder / name).stat().st_mtime_ns)

    assert {name: (folder / name).read_bytes() for name, _ in steps} == dict(steps)
    assert all(stamps == sorted(set(stamps)) for stamps in times.values())
