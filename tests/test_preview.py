"""``wireroom publish --dry-run --diff``: what would change is told, is true, and is not done."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from feeds.model import Condition, FeedRule, Rules, Site
from feeds.pipeline import Line, Press
from feeds.preview import Change, Preview
from feeds.refiling import Refiling
from feeds.store import Store
from tests.factories import NOW, document
from tests.running import COMMAND, environment

LATER = NOW + timedelta(minutes=5)
SITE = Site(public_url="https://news.example", tag_authority="news.example")
FERRIES = FeedRule("ferries", title="Ferries", include=Condition(words=("ferr*",)))
FOG = msgspec.structs.replace(FERRIES, include=Condition(words=("fog",)))
STORIES = {
    "a.json": ("Ferries sail again", "The first ferry left at seven with four hundred aboard."),
    "b.json": ("Council votes on the budget", "Nine of fifteen members were in favour of it."),
    "c.json": ("Ferry stops in fog", "Nobody could see the quay from the bridge any more."),
}


def ruled(*rules: FeedRule, **changes: object) -> Site:
    return msgspec.structs.replace(SITE, feeds=rules, **changes)


def told(store: Store, public: Path, site: Site) -> dict[str, Change]:
    refiling = Refiling(store, site, LATER)
    return {one.feed: one for one in Preview(store, site, public, refiling).changes()}


def done(store: Store, public: Path, site: Site) -> None:
    Refiling(store, site, LATER).apply(LATER)
    Press(store, site, public).publish(LATER)


def shown(public: Path) -> dict[str, dict[str, str]]:
    """Return the items of each feed in the tree: id -> the item as it stands."""
    return {
        path.stem: {item["id"]: json.dumps(item) for item in json.loads(path.read_bytes())["items"]}
        for path in (public / "feeds").glob("*.json")
        if path.stem != ".moved"
    }


@pytest.fixture(name="public")
def _public(store: Store, tmp_path: Path) -> Path:
    """Return the published tree of a newsroom with one rule."""
    line = Line(store, Rules(), ruled(FERRIES))
    items = [
        document(json.dumps({"title": title, "text": text, "categories": ["World"]}), name)
        for name, (title, text) in STORIES.items()
    ]
    line.ingest(items, NOW)
    public = tmp_path / "public"
    Refiling(store, ruled(FERRIES), NOW).apply(NOW)
    Press(store, ruled(FERRIES), public).publish(NOW)
    return public


@pytest.mark.parametrize(
    "site",
    [
        ruled(FOG),
        ruled(msgspec.structs.replace(FERRIES, name="boats", renamed=("ferries",))),
        ruled(FERRIES, FeedRule("fog", include=Condition(title_words=("fog",)))),
        ruled(msgspec.structs.replace(FERRIES, full_text=False)),
        ruled(FERRIES, category_feeds=False),
        ruled(FERRIES, FeedRule("all", window_max_items=1)),
        SITE,
    ],
    ids=["less", "renamed", "more", "summaries", "no categories", "window", "none"],
)
def test_what_is_told_is_what_comes_to_pass(store: Store, public: Path, site: Site) -> None:
    before = shown(public)
    changes = told(store, public, site)
    done(store, public, site)
    after = shown(public)

    for name in {*before, *after}:
        old, new = before.get(name, {}), after.get(name, {})
        change = changes.get(name)
        assert {one.id for one in (change.come if change else ())} == set(new) - set(old)
        assert {one.id for one in (change.go if change else ())} == set(old) - set(new)
        both = {one for one in set(old) & set(new) if old[one] != new[one]}
        assert {one.id for one in (change.change if change else ())} == both
        assert (change is not None and change.state == "gone") == (name not in after)


def test_nothing_is_told_of_rules_that_hold(store: Store, public: Path) -> None:
    assert told(store, public, ruled(FERRIES)) == {}


def test_what_waits_to_be_published_is_told(store: Store, public: Path) -> None:
    one = next(iter(store.shelf.latest(1)))
    store.editorial.withdraw(one, "it was wrong", "a test", LATER)

    changes = told(store, public, ruled(FERRIES))

    assert [entry.title[:9] for entry in changes["all"].change] == ["Withdrawn"]


def test_a_head_that_says_else_is_told(store: Store, public: Path) -> None:
    changes = told(store, public, ruled(msgspec.structs.replace(FERRIES, title="Boats")))

    assert "title: 'Ferries' -> 'Boats'" in changes["ferries"].head


def test_the_diff_is_a_unified_one_of_ids_and_titles(store: Store, public: Path) -> None:
    diff = told(store, public, ruled(FOG))["ferries"].diff

    assert diff[:2] == ["--- feeds/ferries", "+++ feeds/ferries to be"]
    assert [line.partition("  ")[2] for line in diff if line[0] == "-" and line[1] != "-"] == [
        "Ferries sail again"
    ]


def test_a_dry_run_writes_nothing(store: Store, public: Path) -> None:
    redis = store.connection.redis
    keys = sorted(redis.keys())
    dumped = [redis.dump(key) for key in keys]
    files = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}

    told(store, public, ruled(FOG, category_feeds=False))

    assert sorted(redis.keys()) == keys
    assert [redis.dump(key) for key in keys] == dumped
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == files


def wireroom(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_tells_what_a_changed_file_would_do(tmp_path: Path) -> None:
    data, config, item = tmp_path / "data", tmp_path / "new.toml", tmp_path / "a.json"
    item.write_text(json.dumps({"title": "Ferries sail again", "text": STORIES["a.json"][1]}))
    config.write_text('[[feeds]]\nname = "ferries"\ninclude = { words = "ferry" }\n', "utf-8")
    wireroom("ingest", item, "--data", data)

    asked = ("publish", "--data", data, "--config", config, "--dry-run")
    [change] = json.loads(wireroom(*asked, "--json").stdout)
    diff = wireroom(*asked, "--diff").stdout

    assert (change["feed"], change["state"], len(change["come"])) == ("ferries", "new", 1)
    assert "ferries: new: 1 come, 0 go, 0 change\n" in diff
    assert re.search(r"^\+tag:\S+  Ferries sail again$", diff, re.MULTILINE)
    assert not (data / "public/feeds/ferries.json").exists()


def test_a_diff_without_a_dry_run_is_refused(tmp_path: Path) -> None:
    refused = wireroom("publish", "--data", tmp_path, "--diff")

    assert (refused.returncode, "--dry-run" in refused.stderr) == (2, True)
