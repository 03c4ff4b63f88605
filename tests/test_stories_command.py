"""Stories at the command line: why articles are one, splitting, merging, judging anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from feeds.model import Thresholds
from feeds.store import Store
from tests.running import environment
from tests.test_stories import TEXT, sentences
from worker.cli import main
from worker.valkey import Server


class Room:
    """A newsroom on a server of its own: the wire's copy, an outlet's, and another story."""

    def __init__(self, folder: Path, url: str) -> None:
        self.data = folder / "data"
        self.env = environment(WIREROOM_REDIS_URL=url, WIREROOM_DATA_DIR=str(self.data))
        files = []
        for name, body in (("wire", TEXT), ("outlet", TEXT[:9]), ("other", sentences(2))):
            file = folder / f"{name}.json"
            file.write_bytes(
                msgspec.json.encode(
                    {
                        "title": f"The headline of {name}",
                        "id": name,
                        "publisher": name,
                        "url": f"https://{name}.example/1",
                        "date": "2026-03-04T09:00:00Z",
                        "body_html": "".join(f"<p>{one}</p>" for one in body),
                    }
                )
            )
            files.append(str(file))
        self("ingest", *files)
        self.wire, self.outlet, self.other = (self.json("explain", one)["id"] for one in files)

    def __call__(self, *arguments: str) -> Result:
        done = CliRunner().invoke(main, arguments, env=self.env)

        assert done.exit_code == 0, done.output
        return done

    def json(self, *arguments: str) -> Any:
        return msgspec.json.decode(self(*arguments, "--json").stdout)

    def feed(self) -> list[Any]:
        feed = msgspec.json.decode((self.data / "public" / "feeds" / "all.json").read_bytes())
        return list(feed["items"])

    def page(self, article_id: str) -> str:
        return (self.data / "public" / "articles" / article_id / "index.html").read_text()


@pytest.fixture(name="room")
def _room(tmp_path: Path, server: Server, store: Store) -> Room:
    assert store.shelf.feeds() == {}  # an empty server
    return Room(tmp_path, server.url)


def test_explain_tells_partner_rule_scores_and_thresholds(room: Room) -> None:
    told = room("explain", room.outlet).stdout

    assert f"copy of    {room.wire}" in told
    assert f"one story; like {room.wire} in " in told
    assert "asked for: " in told
    found = room.json("explain", room.outlet)
    assert found["copy_of"] == room.wire
    assert found["events"][0]["likeness"]["id"] == room.wire
    assert found["thresholds"]["containment"] == Thresholds().containment


def test_explain_of_a_story_names_its_other_copies(room: Room) -> None:
    told = room("explain", room.wire).stdout

    assert f"also in    {room.outlet}  outlet: The headline of outlet" in told


def test_a_split_article_comes_back_into_the_feed_and_stays(room: Room) -> None:
    assert len(room.feed()) == 2

    assert room("split", room.outlet).stdout == f"split {room.outlet}\n"
    assert len(room.feed()) == 3
    assert "stands alone" in room("split", room.outlet).stdout
    assert room.json("replay", "--since", "1d") == []


def test_a_merged_story_leaves_the_feed_and_its_page_leads_to_the_other(room: Room) -> None:
    assert room("merge", room.other, room.wire).stdout == f"merged {room.other} into {room.wire}\n"

    [item] = room.feed()
    assert item["id"].endswith(room.wire)
    assert f"/articles/{room.wire}/" in room.page(room.other)
    assert "one story already" in room("merge", room.other, room.wire).stdout


def test_replay_shows_what_other_thresholds_would_change_and_changes_nothing(
    room: Room, tmp_path: Path
) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text("[likeness]\ncontainment = 1.01\nheadline_containment = 1.01\n")

    told = room("replay", "--since", "1d", "--dry-run", "--diff", "--config", str(strict)).stdout

    assert f"  - a copy of {room.wire}" in told
    assert "  + stands alone" in told
    assert "1 articles would be of another story" in told
    assert len(room.feed()) == 2


def test_replay_judges_anew_by_the_thresholds_that_hold_now(room: Room, tmp_path: Path) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text("[likeness]\ncontainment = 1.01\nheadline_containment = 1.01\n")
    room("replay", "--since", "1d", "--config", str(strict))
    apart = len(room.feed())
    room("replay", "--since", "1d")

    assert apart == 3
    assert len(room.feed()) == 2


def test_a_time_that_is_none_is_refused_with_two_that_are() -> None:
    done = CliRunner().invoke(main, ["replay", "--since", "yesterday"])

    assert done.exit_code == 2
    assert "neither a date (2026-11-01) nor a time ago (7d, 12h)" in done.output
