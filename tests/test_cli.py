"""The command as a person and a script use it: what it prints where, and its exit status."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from tests.running import COMMAND, Running, environment, wait_for
from worker.cli import main

PARSED = (
    *("file", "format", "id", "title", "summary", "categories", "publisher", "authors"),
    *("dateline", "published", "published_precision", "updated", "language", "wire_source"),
    *("link", "images", "body", "content_html"),
)
COMMANDS = (
    *(
        "up",
        "run",
        "ingest",
        "parse",
        "publish",
        "explain",
        "held",
        "withdraw",
        "restore",
        "replay",
    ),
    *("status", "doctor"),
)
_FEEDS = ("feeds/all.rss", "feeds/all.atom", "feeds/all.json", "feeds/world.json")


def wireroom(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def decoded(done: subprocess.CompletedProcess[str]) -> Any:
    return msgspec.json.decode(done.stdout)


def story(folder: Path, name: str, title: str, words: str = "") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    article = {
        "title": title,
        "body": words or f"What there is to say of {title}.",
        "date": "2026-03-04T09:00:00Z",
        "url": f"https://news.example/{name}",
        "categories": ["World"],
    }
    path.write_bytes(msgspec.json.encode(article))
    return path


class Newsroom:
    """A data directory with three files read into it: two stories and a broken one."""

    def __init__(self, data: Path, files: Sequence[Path], done: Any) -> None:
        self.data = data
        self.files = files
        self.report = done
        self.ids = [one["outcomes"][0].get("id") for one in done["files"]]

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command on it."""
        return wireroom(*arguments, "--data", self.data)

    def feed(self) -> str:
        return (self.data / "public" / "feeds" / "all.json").read_text()


@pytest.fixture(name="room", scope="module")
def _room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    folder = tmp_path_factory.mktemp("cli")
    pile = folder / "pile"
    files = [
        story(pile, "a.json", "A bridge is opened"),
        pile / "b-broken.json",
        story(pile, "sub/c.json", "A tunnel is closed"),
    ]
    files[1].write_text('{"title": "Broken",\n oops')
    done = wireroom("ingest", pile, "--data", folder / "data", "--json")
    assert done.returncode == 0, done.stderr
    return Newsroom(folder / "data", files, decoded(done))


def test_ingest_reports_each_file_and_the_sum_of_the_verdicts(room: Newsroom) -> None:
    report = room.report

    assert [Path(one["file"]) for one in report["files"]] == room.files
    assert report["tally"] == {"new": 2, "rejected": 1}
    assert report["read"] == sum(report["tally"].values())


def test_ingest_publishes_and_leaves_the_files_and_no_server(room: Newsroom) -> None:
    assert all(path.exists() for path in room.files)
    assert all((room.data / "public" / name).exists() for name in _FEEDS)
    assert not (room.data / "valkey" / "valkey.sock").exists()


def test_ingest_again_finds_nothing_new_and_says_why(room: Newsroom) -> None:
    done = room("ingest", room.files[0])

    assert done.returncode == 0
    assert "duplicate  A bridge is opened: " in done.stdout
    assert f"as {room.ids[0]}, which came first at" in done.stdout
    assert "read 1 from 1 files: 1 duplicate\n" in done.stdout


def test_ingest_fails_when_everything_was_rejected(room: Newsroom) -> None:
    done = room("ingest", room.files[1])

    assert done.returncode == 1
    assert "1 rejected" in done.stdout


def test_parse_prints_the_fields_of_the_contract_in_their_order(room: Newsroom) -> None:
    done = wireroom("parse", room.files[0], "--json")
    [line] = done.stdout.splitlines()

    parsed = msgspec.json.decode(line)
    assert done.returncode == 0
    assert tuple(parsed) == PARSED
    assert parsed["file"] == str(room.files[0])
    assert parsed["title"] == "A bridge is opened"
    assert parsed["body"] == ["What there is to say of A bridge is opened."]
    assert parsed["published"] == "2026-03-04T09:00:00Z"


def test_parse_says_what_is_wrong_with_a_file_and_fails(room: Newsroom) -> None:
    done = wireroom("parse", *room.files, "--json")
    lines = [msgspec.json.decode(line) for line in done.stdout.splitlines()]

    assert done.returncode == 1
    assert [("error" in line) for line in lines] == [False, True, False]
    assert lines[1]["file"] == str(room.files[1])
    assert lines[1]["error"] == "BrokenDocument"
    assert lines[1]["line"] == 2
    assert lines[1]["problem"]


def test_parse_is_legible_and_stores_nothing(room: Newsroom, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "parse", room.files[0]],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "title:               A bridge is opened\n" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("by", ["id", "address", "page", "file"])
def test_explain_finds_a_story_by_id_address_page_and_file(room: Newsroom, by: str) -> None:
    asked = {
        "id": room.ids[0],
        "address": "https://news.example/a.json",
        "page": f"http://127.0.0.1:8080/articles/{room.ids[0]}/",
        "file": str(room.files[0]),
    }[by]

    done = room("explain", asked)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "A bridge is opened"
    assert f"  id         {room.ids[0]}" in done.stdout
    assert "  feeds      all, world\n" in done.stdout
    assert "  new        drop a.json" in done.stdout


def test_explain_answers_programs_in_json(room: Newsroom) -> None:
    found = decoded(room("explain", room.ids[0], "--json"))

    assert found["id"] == room.ids[0]
    assert found["story"]["article"]["title"] == "A bridge is opened"
    assert found["events"][0]["verdict"] == "new"
    assert found["feeds"] == ["all", "world"]


def test_explain_of_the_unknown_is_one_sentence(room: Newsroom) -> None:
    done = room("explain", "no-such-story")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "wireroom: no article is known as 'no-such-story'; "
        "`wireroom status` lists the latest ones\n"
    )


def test_a_withdrawal_is_a_stub_in_the_feed_until_it_is_restored(room: Newsroom) -> None:
    one = room.ids[2]
    public = room.data / "public"
    first = room("withdraw", one, "--reason", "The wrong tunnel")
    withdrawn = room.feed()
    page_gone = not (public / "articles" / one / "index.html").exists()
    second = room("withdraw", one, "--reason", "Again")
    dropped_again = room("ingest", room.files[2])
    restored = room("restore", one)

    assert (first.returncode, first.stdout) == (0, f"withdrawn {one}\n")
    assert "What there is to say of A tunnel" not in withdrawn
    assert one in withdrawn
    assert page_gone
    assert second.stdout == f"{one} was withdrawn already\n"
    assert "1 withdrawn" in dropped_again.stdout
    assert (restored.returncode, restored.stdout) == (0, f"restored {one}\n")
    assert "What there is to say of A tunnel" in room.feed()
    assert (public / "articles" / one / "index.html").exists()


def test_publish_prints_what_changed_and_only_that(room: Newsroom) -> None:
    for name in _FEEDS:
        (room.data / "public" / name).unlink()

    first, second = room("publish"), room("publish")

    assert set(_FEEDS) <= set(first.stdout.splitlines())
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "0 files changed\n")


def test_an_unknown_feed_is_told_with_the_known_ones(room: Newsroom) -> None:
    done = room("publish", "sprots")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "wireroom: no feed is called 'sprots'; there are: all, world\n"


def test_status_is_for_people_and_for_programs(room: Newsroom) -> None:
    shown, found = room("status"), decoded(room("status", "--json"))

    assert found["articles"]["stored"] == 2
    verdicts = found["verdicts"]
    assert verdicts.pop("read") == sum(verdicts.values())
    assert "A bridge is opened" in shown.stdout
    assert "stored" in shown.stdout
    assert "\033" not in shown.stdout


def test_replay_judges_again_what_was_rejected(tmp_path: Path) -> None:
    drop = tmp_path / "data" / "drop"
    drop.mkdir(parents=True)
    (drop / "story.json").write_text("{")
    rejected = wireroom("ingest", drop, "--data", tmp_path / "data")
    story(drop / "_rejected", "story.json", "Mended by hand")
    replayed = wireroom("replay", "--data", tmp_path / "data")
    nothing = wireroom("replay", "--data", tmp_path / "data")

    assert rejected.returncode == 1
    assert "new        Mended by hand" in replayed.stdout
    assert [path.name for path in (drop / "_done").iterdir()] == ["story.json"]
    assert list((drop / "_rejected").iterdir()) == []
    assert nothing.stdout == "nothing was rejected or a duplicate\n"


def test_the_doctor_prints_a_line_for_each_thing_and_its_remedy(room: Newsroom) -> None:
    shown, found = room("doctor"), decoded(room("doctor", "--json"))

    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) == len(found)
    assert {finding["level"] for finding in found} <= {"ok", "warn"}
    assert any(line.startswith("warn  public_url") for line in shown.stdout.splitlines())


@pytest.mark.parametrize("command", ["status", "publish", "replay", "explain x", "restore x"])
def test_a_directory_that_does_not_exist_is_not_made_by_looking(
    tmp_path: Path, command: str
) -> None:
    done = wireroom(*command.split(), "--data", tmp_path / "typo")

    assert done.returncode == 2
    assert f"there is none at {tmp_path / 'typo'}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["ingest", "/none/such.json"], 2, "does not exist"),
        (["ingest"], 2, "Missing argument"),
        (["withdraw", "x"], 2, "--reason"),
        (["no-such-command"], 2, "No such command"),
        (["up", "--port", "70000"], 2, "--port"),
        (["run", "worker"], 2, "WIREROOM_REDIS_URL"),
        (["status", "--config", "/none.toml"], 2, "does not exist"),
    ],
)
def test_wrong_usage_is_told_on_standard_error_with_status_2(
    arguments: list[str], status: int, said: str
) -> None:
    done = wireroom(*arguments)

    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr


def test_a_redis_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    done = wireroom("status", "--data", tmp_path, WIREROOM_REDIS_URL=f"unix://{tmp_path}/none.sock")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("wireroom: Redis is not available while reading figures: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_directory_that_may_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    done = wireroom("ingest", tmp_path, "--data", tmp_path / "data")

    assert done.returncode == 1
    assert done.stderr == f"wireroom: {tmp_path / 'data'}: Permission denied\n"


def test_every_command_explains_itself() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output

    for command in COMMANDS:
        done = CliRunner().invoke(main, [command, "--help"])
        assert f"  {command} " in shown
        assert done.exit_code == 0
        assert len(done.output.splitlines()) > 5


def test_the_overview_says_in_a_line_what_each_command_does() -> None:
    shown = CliRunner().invoke(main, ["--help"], terminal_width=80).output

    assert "..." not in shown.partition("Commands:")[2]
    assert max(map(len, shown.splitlines())) <= 80


@pytest.fixture(name="up", scope="module")
def _up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("beside") / "data") as up:
        yield up


def test_beside_a_running_one_ingest_publishes_at_its_address(up: Running, tmp_path: Path) -> None:
    path = story(tmp_path, "beside.json", "Read beside")

    done = wireroom("ingest", path, "--data", up.data, "--json")

    assert done.returncode == 0, done.stderr
    up.wait_for(lambda: b"Read beside" in up.fetch("/feeds/all.json")[1])
    feed = up.fetch("/feeds/all.json")[1].decode()
    assert f"{up.url}/feeds/all.json" in feed
    assert "127.0.0.1:8080" not in feed


def test_beside_a_running_one_a_withdrawn_page_answers_410(up: Running, tmp_path: Path) -> None:
    path = story(tmp_path, "gone.json", "Soon gone")
    report = decoded(wireroom("ingest", path, "--data", up.data, "--json"))
    page = f"/articles/{report['files'][0]['outcomes'][0]['id']}/"
    assert up.fetch(page)[0] == 200

    wireroom("withdraw", page.split("/")[2], "--reason", "It was not so", "--data", up.data)

    up.wait_for(lambda: up.fetch(page)[0] == 410)
    wireroom("restore", page.split("/")[2], "--data", up.data)
    up.wait_for(lambda: up.fetch(page)[0] == 200)


def test_status_can_be_watched_until_ctrl_c(up: Running, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            [COMMAND, "status", "--watch", "--data", up.data],
            env=environment(),
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    wait_for(lambda: (tmp_path / "out").read_text().count("latest articles") >= 2)

    process.send_signal(2)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 0
    assert said.strip() == ""
