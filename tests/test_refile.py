"""A change of rules: what feeds hold follows at once, whoever is at work and whoever dies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from feeds.model import Article, Condition, FeedRule, Rules, Site
from feeds.pipeline import Line, Press
from feeds.publish.select import permitted
from feeds.refiling import Refiling
from feeds.store import Store
from tests.factories import NOW, arrival, article
from tests.running import Running, wait_for

ROOT = Path(__file__).parents[1]

SITE = Site(public_url="https://news.example", tag_authority="news.example")
LATER = NOW + timedelta(minutes=5)
FERRIES = FeedRule("ferries", title="Ferries", include=Condition(words=("ferries",)))
TITLES = ("Harbour opens to ferries again", "Council votes on the budget", "Ferries stop in fog")


def ruled(*rules: FeedRule, **changes: object) -> Site:
    return msgspec.structs.replace(SITE, feeds=rules, **changes)


def stories(titles: tuple[str, ...] = TITLES, **changes: object) -> list[Article]:
    return [
        article(
            title=title,
            upstream_id=f"u{number}",
            link=f"https://wire.example/{number}",
            content_html=f"<p>{title}, as was said on day {number} of the month.</p>",
            summary="",
            **changes,
        )
        for number, title in enumerate(titles)
    ]


def admit(store: Store, site: Site, *articles: Article, now: datetime = NOW) -> list[str]:
    """Admit *articles* as a worker with the settings *site* does; return their ids."""
    arrivals = [arrival(one, feeds=tuple(permitted(one, site))) for one in articles]
    return [outcome.id or "" for outcome in store.admission.admit(arrivals, now)]


def apply(store: Store, site: Site, begun: datetime = NOW, now: datetime = LATER) -> int:
    return Refiling(store, site, begun).apply(now)


def publish(store: Store, site: Site, public: Path, now: datetime = LATER) -> list[str]:
    written = Press(store, site, public).publish(now)
    return [str(path.relative_to(public)) for path in written]


def titles(public: Path, feed: str) -> list[str]:
    path = public / "feeds" / f"{feed}.json"
    return [item["title"] for item in json.loads(path.read_bytes())["items"]]


def moved(public: Path) -> dict[str, str | None]:
    found: dict[str, str | None] = json.loads((public / "feeds/.moved.json").read_bytes())
    return found


def dump(store: Store) -> dict[str, object]:
    """Return everything that the feeds hang on."""
    redis, key = store.connection.redis, store.connection.key
    feeds = store.shelf.feeds()
    members = {name: redis.zrange(key("feed", name), 0, -1, withscores=True) for name in feeds}
    heads = store.shelf.heads(sorted(store.shelf.latest(100)))
    return {"feeds": feeds, "members": members, "heads": heads, "moved": store.filing.moved()}


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


def test_a_new_rule_takes_in_what_was_there(store: Store, public: Path) -> None:
    admit(store, SITE, *stories())
    publish(store, SITE, public)

    changed = apply(store, ruled(FERRIES))
    publish(store, ruled(FERRIES), public)

    assert changed == 2
    assert sorted(titles(public, "ferries")) == [TITLES[2], TITLES[0]]


def test_a_story_that_is_filed_anew_is_no_new_revision(store: Store) -> None:
    [one, *_] = admit(store, SITE, *stories())
    before = store.shelf.articles([one])[one]
    store.shelf.settle("pages", store.shelf.marks("pages"), NOW)

    apply(store, ruled(FERRIES))

    assert store.shelf.articles([one])[one] == before
    assert store.shelf.marks("pages") == {}


def test_a_rule_that_changes_lets_go_of_what_it_meets_no_more(store: Store, public: Path) -> None:
    admit(store, ruled(FERRIES), *stories())
    apply(store, ruled(FERRIES))
    fog = msgspec.structs.replace(FERRIES, include=Condition(words=("fog",)))

    apply(store, ruled(fog), begun=LATER)
    publish(store, ruled(fog), public)

    assert titles(public, "ferries") == [TITLES[2]]


def test_the_same_rules_are_applied_once(store: Store) -> None:
    admit(store, ruled(FERRIES), *stories())
    apply(store, ruled(FERRIES))
    store.shelf.settle("dirty", store.shelf.marks("dirty"), NOW)

    assert apply(store, ruled(FERRIES), begun=LATER) == 0
    assert store.shelf.marks("dirty") == {}
    assert not Refiling(store, ruled(FERRIES), LATER).differs()


def test_a_feed_without_a_story_stands_as_soon_as_it_is_configured(
    store: Store, public: Path
) -> None:
    apply(store, ruled(FERRIES))
    publish(store, ruled(FERRIES), public)

    assert titles(public, "ferries") == []
    assert "Ferries" in (public / "feeds.opml").read_text("utf-8")


def test_a_feed_that_is_removed_leaves_the_store_and_the_tree(store: Store, public: Path) -> None:
    admit(store, ruled(FERRIES), *stories())
    apply(store, ruled(FERRIES))
    publish(store, ruled(FERRIES), public)
    stood = (public / "feeds/ferries/index.html").exists()

    apply(store, SITE, begun=LATER)
    publish(store, SITE, public)

    assert stood
    assert not list((public / "feeds").glob("ferries*"))
    assert moved(public) == {"ferries": None}
    assert "ferries" not in store.shelf.feeds()
    assert "/feeds/ferries" not in (public / "feeds.opml").read_text("utf-8")


def test_a_feed_that_is_renamed_leads_to_its_new_name(store: Store, public: Path) -> None:
    admit(store, ruled(FERRIES), *stories())
    apply(store, ruled(FERRIES))
    boats = msgspec.structs.replace(FERRIES, name="boats", renamed=("ferries",))

    apply(store, ruled(boats), begun=LATER)
    publish(store, ruled(boats), public)

    assert moved(public) == {"ferries": "boats"}
    assert len(titles(public, "boats")) == 2
    assert not (public / "feeds/ferries.rss").exists()
    nginx = (public / "feeds/.moved.nginx").read_text("utf-8")
    assert '"/feeds/ferries.rss" "/feeds/boats.rss";' in nginx
    caddy = (public / "feeds/.moved.caddy").read_text("utf-8")
    assert 'redir "/feeds/ferries/" /feeds/boats/ 301' in caddy


def test_two_renamings_lead_to_the_last_name(store: Store, public: Path) -> None:
    for number, name in enumerate(("ferries", "boats", "ships")):
        rule = msgspec.structs.replace(
            FERRIES, name=name, renamed={"boats": ("ferries",), "ships": ("boats",)}.get(name, ())
        )
        apply(store, ruled(rule), begun=NOW + timedelta(seconds=number))

    publish(store, ruled(rule), public)

    assert moved(public) == {"boats": "ships", "ferries": "ships"}


def test_a_removed_feed_that_comes_back_is_no_longer_gone(store: Store, public: Path) -> None:
    apply(store, ruled(FERRIES))
    apply(store, SITE, begun=NOW + timedelta(seconds=1))
    publish(store, SITE, public)

    apply(store, ruled(FERRIES), begun=NOW + timedelta(seconds=2))
    publish(store, ruled(FERRIES), public)

    assert moved(public) == {}
    assert (public / "feeds/ferries.rss").exists()


def test_without_category_feeds_those_there_were_are_gone(store: Store, public: Path) -> None:
    admit(store, SITE, *stories())
    publish(store, SITE, public)
    site = ruled(category_feeds=False)

    apply(store, site)
    publish(store, site, public)

    assert moved(public) == {"world": None}
    assert len(titles(public, "all")) == 3


def test_a_table_takes_over_the_feed_of_a_category_and_renames_it(
    store: Store, public: Path
) -> None:
    admit(store, SITE, *stories())
    site = ruled(FeedRule("international", title="International", renamed=("world",)))

    apply(store, site)
    admit(store, site, *stories(("Another one",), categories=("World",)), now=LATER)
    publish(store, site, public)

    assert moved(public) == {"world": "international"}
    assert len(titles(public, "international")) == 3


def test_a_stub_stays_where_the_story_was_told(store: Store, public: Path) -> None:
    [one, *_] = admit(store, ruled(FERRIES), *stories())
    apply(store, ruled(FERRIES))
    store.editorial.withdraw(one, "it was wrong", "a test", NOW)
    boats = FeedRule("boats", include=Condition(words=("fog",)), renamed=("ferries",))

    apply(store, ruled(boats), begun=LATER)
    publish(store, ruled(boats), public)

    assert min(titles(public, "boats")) == TITLES[2]
    assert any("Withdrawn" in title for title in titles(public, "boats"))


def test_a_story_stands_in_the_feeds_of_all_its_copies(store: Store) -> None:
    [first, other] = stories(("Harbour opens", "Council votes"))
    other = msgspec.structs.replace(
        other, source="https://other.example/feed", categories=("Local",)
    )
    one, two = admit(store, SITE, first, other)
    store.grouping.merge(two, one, "a test", NOW)
    site = ruled(
        FeedRule("other", include=Condition(sources=("https://other.example/*",))),
        FeedRule("first", include=Condition(title_words=("harbour",))),
    )

    apply(store, site)

    assert store.shelf.newest(["other", "first", "local", "world"], 5) == [[one]] * 4


def test_a_copy_that_meets_a_rule_no_more_takes_the_story_out(store: Store) -> None:
    [first, other] = stories(("Harbour opens", "Council votes"))
    site = ruled(FeedRule("council", include=Condition(title_words=("council",))))
    one, two = admit(store, site, first, other)
    store.grouping.merge(two, one, "a test", NOW)
    apply(store, site)
    held = store.shelf.newest(["council"], 5)

    apply(store, ruled(FeedRule("council", include=Condition(words=("fog",)))), begun=LATER)

    assert held == [[one]]
    assert store.shelf.newest(["council"], 5) == [[]]


def test_what_is_restricted_leaves_the_feeds_that_may_hold_it_no_more(store: Store) -> None:
    site = msgspec.structs.replace(SITE, restricted_feeds=("all",))
    [one] = admit(store, site, article(restricted=True, usage="NOT FOR USE IN GERMANY"))
    apply(store, site)

    apply(store, SITE, begun=LATER)

    assert store.shelf.newest(["all"], 5) == [[]]
    assert store.shelf.articles([one])[one].held


def test_what_is_restricted_is_shown_where_a_feed_may_hold_it_now(store: Store) -> None:
    [one] = admit(store, SITE, article(restricted=True, usage="NOT FOR USE IN GERMANY"))
    apply(store, SITE)

    apply(store, msgspec.structs.replace(SITE, restricted_feeds=("all",)), begun=LATER)

    assert store.shelf.newest(["all"], 5) == [[one]]


def test_what_a_person_restored_stays(store: Store) -> None:
    line = Line(store, Rules(), SITE)
    [one] = admit(store, SITE, article(restricted=True, usage="NOT FOR USE IN GERMANY"))
    line.restore(one, "an editor", NOW)

    apply(store, ruled(FERRIES))

    assert store.shelf.newest(["all", "ferries"], 5) == [[one], [one]]


def test_a_feed_of_summaries_holds_no_text(store: Store, public: Path) -> None:
    site = ruled(msgspec.structs.replace(FERRIES, full_text=False))
    admit(store, site, article(summary="In short.", content_html="<p>The secret of it.</p>"))
    apply(store, site)

    publish(store, site, public)

    for suffix in ("rss", "atom", "json"):
        brief, full = (
            (public / f"feeds/{name}.{suffix}").read_text() for name in ("ferries", "all")
        )
        assert "secret" not in brief
        assert "In short." in brief
        assert "secret" in full


def test_head_and_window_of_a_feed_are_its_own(store: Store, public: Path) -> None:
    rule = FeedRule(
        "ferries",
        title="Færger",
        description="Alle færger.",
        language="da",
        image="https://news.example/ferry.png",
        include=Condition(words=("ferries",)),
        window_max_items=1,
    )
    admit(store, ruled(rule), *stories())
    apply(store, ruled(rule))

    publish(store, ruled(rule), public)

    told = json.loads((public / "feeds/ferries.json").read_bytes())
    rss, atom = ((public / f"feeds/ferries.{suffix}").read_text() for suffix in ("rss", "atom"))
    assert [told[key] for key in ("title", "description", "language", "icon")] == [
        *("Færger", "Alle færger.", "da", "https://news.example/ferry.png")
    ]
    assert len(told["items"]) == 1
    assert "<url>https://news.example/ferry.png</url>" in rss
    assert "<language>da</language>" in rss
    assert "<icon>https://news.example/ferry.png</icon>" in atom


def test_rules_that_were_read_earlier_undo_nothing(store: Store) -> None:
    admit(store, SITE, *stories())
    apply(store, ruled(FERRIES), begun=LATER)
    after = dump(store)

    old = Refiling(store, SITE, NOW)

    assert old.apply(LATER) == 0
    assert not old.differs()
    assert dump(store) == after


def test_what_a_worker_with_old_rules_lets_in_is_judged_too(store: Store, public: Path) -> None:
    apply(store, ruled(FERRIES))
    admit(store, SITE, *stories(), now=LATER)

    apply(store, ruled(FERRIES), now=LATER + timedelta(minutes=1))
    publish(store, ruled(FERRIES), public)

    assert len(titles(public, "ferries")) == 2


def test_a_command_without_rules_ends_no_feed(store: Store) -> None:
    admit(store, ruled(FERRIES), *stories())
    apply(store, ruled(FERRIES))
    after = dump(store)

    Refiling(store, SITE, LATER, discard=False).apply(LATER)

    assert dump(store) == after


def many(count: int) -> list[Article]:
    return [
        article(
            title=f"{'Ferries' if number % 2 else 'Trains'} {number}",
            upstream_id=f"m{number}",
            link=f"https://wire.example/m/{number}",
            content_html=f"<p>Number {number} says {number * 7919} and {number * 104729}.</p>",
        )
        for number in range(count)
    ]


REFILING = """
import sys
from datetime import datetime
import msgspec
from feeds.model import Site
from feeds.refiling import Refiling
from feeds.store import Store
from feeds.store.connection import Connection
store = Store(Connection(sys.argv[1]), article_days=90, identity_days=400, outcome_days=7)
site = msgspec.json.decode(sys.argv[2], type=Site)
begun = datetime.fromisoformat(sys.argv[3])
Refiling(store, site, begun).apply(begun)
"""


def begin(store: Store, site: Site) -> subprocess.Popen[bytes]:
    told = msgspec.json.encode(site).decode()
    arguments = [store.connection.url, told, LATER.isoformat()]
    return subprocess.Popen([sys.executable, "-c", REFILING, *arguments], cwd=ROOT)


def judged(store: Store) -> bool:
    return store.connection.redis.hget(store.connection.key("ruling"), "judged") not in (
        None,
        b"-inf",
    )


def test_home_page_list_and_autodiscovery_name_a_feed_by_rule(store: Store, public: Path) -> None:
    apply(store, ruled(FERRIES))
    publish(store, ruled(FERRIES), public)

    home, opml = (public / "index.html").read_text(), (public / "feeds.opml").read_text()
    assert re.search(r'<link rel="alternate"[^>]*href="[^"]*/feeds/ferries\.rss"', home)
    assert '<a href="/feeds/ferries/"' in home
    assert 'description="Ferries, from Wireroom."' in opml


def test_a_whole_wireroom_takes_up_new_rules_as_it_starts(tmp_path: Path) -> None:
    config = tmp_path / "wireroom.toml"
    table = '[[feeds]]\nname = "{}"\n{}include = {{ words = "ferries" }}\n'
    config.write_text(table.format("ferries", ""), "utf-8")
    settings = {"WIREROOM_CONFIG": str(config)}
    with Running(tmp_path / "data", **settings) as running:
        story = {"title": "Ferries sail again", "text": "The first of them left at seven."}
        (running.drop / "a.json").write_text(json.dumps(story))
        running.wait_for(lambda: b"Ferries sail" in running.fetch("/feeds/ferries.json")[1])
    config.write_text(table.format("boats", 'renamed = "ferries"\n'), "utf-8")
    (tmp_path / "data.log").unlink()  # it names the port of the first
    with Running(tmp_path / "data", **settings) as running:
        running.wait_for(lambda: b"Ferries sail" in running.fetch("/feeds/boats.json")[1])
        renamed = running.wait_for(lambda: moved_by_http(running.url, "/feeds/ferries.atom"))

    assert renamed.endswith("/feeds/boats.atom")


def moved_by_http(url: str, path: str) -> str:
    """Return where *path* leads to if it answers 301, else nothing."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.getheader("location") or ""
    connection.close()
    return found if answer.status == 301 else ""


def test_whoever_is_killed_is_followed_by_one_who_ends_the_work(store: Store) -> None:
    site = ruled(FERRIES)
    articles = many(1000)
    for at in range(0, 1000, 100):
        admit(store, SITE, *articles[at : at + 100], now=NOW + timedelta(seconds=at))
    process = begin(store, site)
    wait_for(lambda: judged(store) or process.poll() is not None)
    process.kill()
    process.wait()
    half = store.filing.ruling(), store.shelf.sizes(["ferries"])

    apply(store, site)

    assert half[0] is None
    assert [0] < half[1] < [500]
    assert store.shelf.sizes(["ferries", "all"]) == [500, 1000]
    assert store.filing.ruling().digest == Refiling(store, site, NOW).digest


def test_two_workers_at_once_come_to_what_one_does(store: Store) -> None:
    for at in range(0, 400, 100):
        admit(store, SITE, *many(400)[at : at + 100])
    with ThreadPoolExecutor(3) as pool:
        sites = [ruled(FERRIES), ruled(FERRIES), SITE]
        begins = [LATER, LATER + timedelta(seconds=1), NOW]
        list(pool.map(lambda site, begun: apply(store, site, begun), sites, begins))
    together = dump(store)

    redis = store.connection.redis
    redis.delete(store.connection.key("ruling"))
    apply(store, ruled(FERRIES))

    assert dump(store) == together
    assert store.shelf.sizes(["ferries"]) == [200]
