"""Real readers follow a feed through its life: edit, withdrawal, new name, new address, removal.

The site is a real one: articles through the line into Valkey, the press, our web server. It is
taken through its STAGES once, and at each of them every reader that is installed reads every format;
the tests ask what each held then. What a reader makes of a feed is its own affair, and where that is
odd the name of the test says so: a change of it is worth knowing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from feeds.store import Store
from feeds.store.connection import Connection
from tests.clients import (
    Client,
    Feedsmith,
    Newsboat,
    Read,
    Reader,
    Rss2email,
    RssParser,
    Rsstail,
    Sfeed,
)
from tests.harbour import NEW_TEXTS, NEW_TITLE, STAGES, TEXTS, TITLES, WITHDRAWN, Harbour
from tests.served import Asked, Watched, serving
from worker.valkey import Server
from worker.web.application import application

CLIENTS = (Newsboat, Sfeed, Rss2email, Rsstail, Reader, RssParser, Feedsmith)
KEEPING = (Newsboat, Sfeed, Rss2email, Reader)
"""They keep what they have read; the others know what stands in the feed now, and nothing else."""


@dataclass
class Diary:
    """What each reader held, by (reader, format, stage), and what the server was asked for it."""

    harbour: Harbour
    reads: dict[tuple[type[Client], str, str], Read] = field(default_factory=dict)
    asked: dict[tuple[type[Client], str, str], list[Asked]] = field(default_factory=dict)

    def read(self, client: type[Client], suffix: str, stage: str) -> Read:
        """Return what the reader held after the stage; skip the test where it is not installed."""
        _needed(client)
        return self.reads[client, suffix, stage]

    def title(self, client: type[Client], suffix: str, stage: str, key: str) -> str:
        """Return the title under which the reader held the story *key*."""
        return self.read(client, suffix, stage).one(self.harbour.ids[key]).title

    def statuses(self, client: type[Client], suffix: str, stage: str) -> list[int]:
        """Return how its requests were answered."""
        _needed(client)
        return [each.status for each in self.asked[client, suffix, stage]]


def _needed(client: type[Client]) -> None:
    if missing := client.missing():
        pytest.skip(f"not installed: {missing}")


@pytest.fixture(scope="module", name="diary")
def _diary(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diary]:
    """Take the site through its stages, with all readers that are installed."""
    folder = tmp_path_factory.mktemp("over-time")
    connection = Connection(server.url)
    connection.redis.flushall()
    harbour = Harbour(
        Store(connection, article_days=90, identity_days=400, outcome_days=7), folder / "public"
    )
    diary, asked = Diary(harbour), list[Asked]()

    def app_at(address: str) -> Watched:
        site = application(harbour.folder, public_url=address, max_age=300, ready=lambda: True)
        return Watched(site, asked)

    readers = [
        (client(folder / client.__name__ / suffix), suffix)
        for client in CLIENTS
        if not client.missing()
        for suffix in ("rss", "atom", "json")
    ]
    with serving(app_at) as first, serving(app_at) as second:
        for stage in STAGES:
            getattr(harbour, stage)(second if stage == "moved" else first)
            for reader, suffix in readers:
                asked.clear()
                for _ in range(reader.readings if stage == "first" else 1):
                    read = reader.read(harbour.feed(suffix))
                diary.reads[type(reader), suffix, stage] = read
                diary.asked[type(reader), suffix, stage] = list(asked)
                if stage == "first":
                    reader.mark_read()
        yield diary
    connection.close()


def each(*clients: type[Client]) -> pytest.MarkDecorator:
    """Run a test for each of *clients* with each format that it reads."""
    pairs = [(client, suffix) for client in clients for suffix in client.suffixes]
    ids = [f"{client.__name__.lower()}-{suffix}" for client, suffix in pairs]
    return pytest.mark.parametrize(("client", "suffix"), pairs, ids=ids)


def without_json() -> pytest.MarkDecorator:
    """Run a test for each reader that does not know JSON Feed."""
    return pytest.mark.parametrize(
        "client", [client for client in CLIENTS if "json" not in client.suffixes]
    )


@each(*CLIENTS)
def test_every_story_is_read_with_its_title_escaped_once(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    read = diary.read(client, suffix, "first")

    assert (read.titles, read.error) == (sorted(TITLES.values()), "")


@each(Newsboat, Sfeed, Reader, RssParser, Feedsmith)
def test_a_story_is_read_with_its_id_link_author_and_text(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    gates = diary.read(client, suffix, "first").one(diary.harbour.ids["gates"])

    assert gates.link == "https://courier.example/gates?page=1&view=full"
    assert "Ada Quill" in gates.author
    assert TEXTS["gates"] in gates.text.replace("&amp;", "&")


@pytest.mark.parametrize(
    ("suffix", "said"), [("rss", "The gates close on Sunday"), ("atom", "In short: gates.")]
)
def test_rss2email_in_text_mode_mails_the_text_of_rss_and_the_summary_of_atom(
    diary: Diary, suffix: str, said: str
) -> None:
    gates = diary.read(Rss2email, suffix, "first").one(diary.harbour.ids["gates"])

    assert gates.text.startswith(said)
    assert "Ada Quill" in gates.author


@pytest.mark.parametrize(
    ("suffix", "said"), [("rss", "In short: gates."), ("atom", "The gates close on Sunday")]
)
def test_rsstail_prints_the_summary_of_rss_and_the_text_of_atom_and_no_id(
    diary: Diary, suffix: str, said: str
) -> None:
    [gates] = [
        one for one in diary.read(Rsstail, suffix, "first").held if one.title == TITLES["gates"]
    ]

    assert said in gates.text
    assert gates.id == ""


@each(Newsboat, Reader, Feedsmith, RssParser)
def test_an_edit_takes_the_place_of_the_story(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    read = diary.read(client, suffix, "edited")
    gates, buoys = (read.one(diary.harbour.ids[key]) for key in ("gates", "buoys"))

    assert gates.title == NEW_TITLE
    assert NEW_TEXTS["gates"] in gates.text
    assert NEW_TEXTS["buoys"] in buoys.text
    assert len(read.held) == len(TITLES)


@each(Newsboat, Reader)
def test_an_edited_story_stays_read(diary: Diary, client: type[Client], suffix: str) -> None:
    assert diary.read(client, suffix, "first").one(diary.harbour.ids["gates"]).unread
    assert not diary.read(client, suffix, "edited").one(diary.harbour.ids["gates"]).unread


@each(Reader)
def test_reader_counts_two_edits_as_two_modified_stories(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    assert diary.read(client, suffix, "edited").modified == 2


@each(Sfeed)
def test_sfeed_adds_a_second_line_for_a_changed_title(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    read = diary.read(client, suffix, "edited")
    titles = {one.title for one in read.held if one.id == diary.harbour.ids["gates"]}

    assert titles == {TITLES["gates"], NEW_TITLE}
    assert len(read.held) == len(TITLES) + 1


@each(Sfeed)
def test_sfeed_keeps_the_old_text_when_the_title_is_the_same(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    buoys = diary.read(client, suffix, "edited").one(diary.harbour.ids["buoys"])

    assert TEXTS["buoys"] in buoys.text


@each(Rss2email)
def test_rss2email_sends_nothing_for_an_edit_and_nothing_for_a_withdrawal(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    read = diary.read(client, suffix, "withdrawn")

    assert (read.titles, read.error) == (sorted(TITLES.values()), "")


@each(Newsboat, Reader, Feedsmith, RssParser)
def test_a_withdrawal_takes_the_story_away(diary: Diary, client: type[Client], suffix: str) -> None:
    ferry = diary.read(client, suffix, "withdrawn").one(diary.harbour.ids["ferry"])

    assert ferry.title == WITHDRAWN
    assert "lifeboat" not in ferry.text
    assert "courier" not in ferry.link


@each(Sfeed)
def test_sfeed_adds_a_line_for_a_withdrawal_and_keeps_the_story(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    read = diary.read(client, suffix, "withdrawn")
    titles = sorted(one.title for one in read.held if one.id == diary.harbour.ids["ferry"])

    assert titles == [TITLES["ferry"], WITHDRAWN]


@each(Rsstail)
def test_rsstail_prints_edits_and_withdrawals_in_place_of_the_stories(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    kept = [TITLES[key] for key in ("buoys", "petition", "lamp")]

    assert diary.read(client, suffix, "withdrawn").titles == sorted([NEW_TITLE, WITHDRAWN, *kept])


@each(*(client for client in CLIENTS if client is not Sfeed))
def test_a_renamed_feed_is_found_by_its_301_and_nothing_is_new(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    before, after = (diary.read(client, suffix, stage) for stage in ("withdrawn", "renamed"))
    statuses = diary.statuses(client, suffix, "renamed")

    assert (after.titles, after.error) == (before.titles, "")
    assert 301 in statuses
    assert statuses[-1] in {200, 304}


@each(Sfeed)
def test_sfeed_fails_on_a_redirect_and_keeps_what_it_has(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    before, after = (diary.read(client, suffix, stage) for stage in ("withdrawn", "renamed"))

    assert "FAIL (FETCH)" in after.error
    assert after.held == before.held


@each(Newsboat, Rss2email, Reader)
def test_nothing_is_new_after_the_site_has_moved(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    before, after = (diary.read(client, suffix, stage) for stage in ("renamed", "moved"))

    assert (sorted(one.id for one in after.held), after.error) == (
        sorted(one.id for one in before.held),
        "",
    )
    assert not any(one.unread for one in after.held)


@each(Sfeed)
def test_sfeed_adds_a_line_for_a_story_whose_page_has_moved_with_the_site(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    read = diary.read(client, suffix, "moved")
    links = [one.link for one in read.held if one.id == diary.harbour.ids["petition"]]

    assert len(links) == 2
    assert len({link.partition("/articles/")[2] for link in links}) == 1


@each(Newsboat, Sfeed, Rss2email, Reader)
def test_a_story_that_has_left_the_feed_is_kept(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    assert TITLES["lamp"] in diary.read(client, suffix, "pruned").titles


@each(Rsstail, RssParser, Feedsmith)
def test_a_story_that_has_left_the_feed_is_seen_no_more(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    before, after = (diary.read(client, suffix, stage) for stage in ("moved", "pruned"))

    assert set(before.titles) - set(after.titles) == {TITLES["lamp"]}


GONE = {
    Newsboat: "HTTP response code said error 410",
    Sfeed: "FAIL (FETCH)",
    Rss2email: "HTTP status 410",
    Rsstail: "Parser error",
    Reader: "410 Client Error: Gone",
    RssParser: "Status code 410",
    Feedsmith: "Status code 410",
}


@each(*CLIENTS)
def test_a_removed_feed_is_a_410_that_the_reader_complains_of(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    read = diary.read(client, suffix, "gone")

    assert GONE[client] in read.error
    assert set(diary.statuses(client, suffix, "gone")) == {410}


@each(*KEEPING)
def test_what_was_read_of_a_removed_feed_is_kept(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    before, after = (diary.read(client, suffix, stage) for stage in ("pruned", "gone"))

    assert after.titles == before.titles


NO_JSON = {
    Newsboat: "XML root node is NULL",
    Sfeed: "",
    Rss2email: "sax parsing error",
    Rsstail: "Parser error",
    RssParser: "Non-whitespace before first tag",
}


@without_json()
def test_readers_that_know_no_json_feed_read_nothing(diary: Diary, client: type[Client]) -> None:
    read = diary.read(client, "json", "edited")

    assert read.held == []
    assert NO_JSON[client] in read.error


@each(Newsboat)
def test_newsboat_stores_validators_from_its_second_fetch_only_200_200_304(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    assert diary.statuses(client, suffix, "first") == [200, 200, 304]


@each(Rss2email, Reader)
def test_rss2email_and_reader_get_a_304_at_their_second_fetch(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    assert diary.statuses(client, suffix, "first") == [200, 304]


@each(Newsboat, Rss2email, Reader)
def test_who_asks_for_instance_manipulation_gets_no_226(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    statuses = diary.statuses(client, suffix, "edited")

    assert diary.asked[client, suffix, "edited"][0].headers["a-im"] == "feed"
    assert statuses == [200]


@each(Sfeed)
def test_sfeed_asks_without_validators_user_agent_and_compression(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    _needed(client)
    [asked] = diary.asked[client, suffix, "edited"]

    assert set(asked.headers) == {"host", "accept"}


@each(Rsstail, RssParser)
def test_rsstail_and_rss_parser_ask_without_validators(
    diary: Diary, client: type[Client], suffix: str
) -> None:
    assert set(diary.statuses(client, suffix, "first")) == {200}
    assert not any("if-none-match" in one.headers for one in diary.asked[client, suffix, "first"])


@each(Rsstail)
def test_rsstail_fetches_each_feed_twice(diary: Diary, client: type[Client], suffix: str) -> None:
    assert diary.statuses(client, suffix, "first") == [200, 200]


def test_newsboat_keeps_one_story_for_two_feeds_that_hold_it(diary: Diary, tmp_path: Path) -> None:
    _needed(Newsboat)
    newsboat = Newsboat(tmp_path / "both")
    url = diary.harbour.feed("rss").replace("/port.", "/all.")
    rss = newsboat.read(url)
    both = newsboat.read(url.replace(".rss", ".atom"))

    assert len(rss.held) == len(TITLES) - 1
    assert sorted(one.id for one in both.held) == sorted(one.id for one in rss.held)
