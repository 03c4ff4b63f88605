"""The one atomic step: what is known, what is new, and what becomes of the store."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.errors import StoreUnavailable
from feeds.model import DROP, Article, Rejection, Stamp, Status, Verdict
from feeds.store import Store
from feeds.store.connection import Connection
from tests.factories import NOW, arrival, article
from worker.valkey import Server

LATER = NOW + timedelta(hours=1)
OTHER_BODY = "<p>" + " ".join(f"other{number}" for number in range(100)) + "</p>"


def admit(store: Store, *articles: Article, now: datetime = NOW, **changes: str) -> list[Verdict]:
    outcomes = store.admission.admit([arrival(one, **changes) for one in articles], now)
    return [outcome.verdict for outcome in outcomes]


def test_what_nobody_has_seen_is_new(store: Store) -> None:
    assert admit(store, article()) == [Verdict.NEW]


def test_an_admitted_article_is_read_back_as_it_was(store: Store) -> None:
    one = article(
        updated=Stamp(at=NOW), images=(), enclosures=(), version="3", rights="© The Wire\n2026"
    )

    [outcome] = store.admission.admit([arrival(one)], NOW)

    assert outcome.id is not None
    found = store.shelf.articles([outcome.id])[outcome.id]
    assert found.article == one
    assert (found.revision, found.admitted, found.changed) == (1, NOW, NOW)


def test_the_same_thing_again_from_a_feed_is_unchanged(store: Store) -> None:
    assert admit(store, article(), article()) == [Verdict.NEW, Verdict.UNCHANGED]


def test_the_same_thing_again_from_the_drop_folder_is_a_duplicate(store: Store) -> None:
    one = article(source=DROP, upstream_id=None, link=None)

    assert admit(store, one, one) == [Verdict.NEW, Verdict.DUPLICATE]


def test_a_changed_timestamp_alone_is_unchanged(store: Store) -> None:
    later = article(updated=Stamp(at=LATER), version="2")

    assert admit(store, article(), later) == [Verdict.NEW, Verdict.UNCHANGED]


def test_another_text_under_the_same_id_is_an_update_of_that_article(store: Store) -> None:
    first, second = store.admission.admit(
        [arrival(article()), arrival(article(content_html=OTHER_BODY))], NOW
    )

    assert second.verdict is Verdict.UPDATED
    assert first.id == second.id


def test_an_update_keeps_the_entry_id_and_the_moment_of_admission(store: Store) -> None:
    [first] = store.admission.admit([arrival(article())], NOW)
    changed = arrival(article(content_html=OTHER_BODY), entry_id="tag:elsewhere,2027:x")
    store.admission.admit([changed], LATER)

    assert first.id is not None
    found = store.shelf.articles([first.id])[first.id]
    assert found.entry_id == f"tag:wire.example,2026:{first.id}"
    assert (found.revision, found.admitted, found.changed) == (2, NOW, LATER)


@pytest.mark.parametrize(
    ("stored", "arriving"),
    [("2", "1"), ("10", "9")],
)
def test_a_lower_version_is_stale(store: Store, stored: str, arriving: str) -> None:
    lower = article(version=arriving, content_html=OTHER_BODY)

    assert admit(store, article(version=stored), lower)[1] is Verdict.STALE


def test_without_versions_an_earlier_modification_is_stale(store: Store) -> None:
    earlier = article(updated=Stamp(at=NOW - timedelta(hours=1)), content_html=OTHER_BODY)

    assert admit(store, article(updated=Stamp(at=NOW)), earlier)[1] is Verdict.STALE


def test_the_same_link_under_another_id_is_the_same_article(store: Store) -> None:
    again = article(upstream_id="harbour-1?build=2")

    assert admit(store, article(), again) == [Verdict.NEW, Verdict.UNCHANGED]


def test_http_and_https_are_one_link(store: Store) -> None:
    plain = article(upstream_id=None, link="http://wire.example/2026/harbour/")

    assert admit(store, article(), plain)[1] is Verdict.UPDATED


def test_the_same_text_from_another_source_is_a_duplicate(store: Store) -> None:
    copy = article(
        source="https://paper.example/rss", upstream_id="77", link="https://paper.example/77"
    )

    first, second = store.admission.admit([arrival(article()), arrival(copy)], NOW)

    assert (second.verdict, second.rule, second.id) == (Verdict.DUPLICATE, "content", first.id)
    assert second.reason == (
        f"the same text as {first.id}, which came first at 2026-03-04 12:00 UTC "
        "from https://wire.example/feed"
    )


def test_another_source_cannot_change_an_article_by_its_link(store: Store) -> None:
    thief = article(source="https://thief.example/rss", content_html=OTHER_BODY)

    assert admit(store, article(), thief)[1] is Verdict.DUPLICATE


def test_short_notices_of_different_days_stay_two_articles(store: Store) -> None:
    notice = article(upstream_id=None, link=None, content_html="<p>Policies unchanged.</p>")
    tomorrow = msgspec.structs.replace(
        notice, published=Stamp(at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC))
    )

    assert admit(store, notice, tomorrow) == [Verdict.NEW, Verdict.NEW]


def test_one_changed_sentence_under_the_same_headline_and_date_is_an_update(store: Store) -> None:
    page = article(source=DROP, upstream_id=None, link=None)
    edited = msgspec.structs.replace(page, content_html=OTHER_BODY)

    assert admit(store, page, edited) == [Verdict.NEW, Verdict.UPDATED]


def test_a_corrected_headline_of_a_dropped_page_is_an_update(store: Store) -> None:
    page = article(source=DROP, upstream_id=None, link=None)
    corrected = msgspec.structs.replace(page, title="Harbour reopens to ferries")

    assert admit(store, page, corrected) == [Verdict.NEW, Verdict.UPDATED]


def test_the_same_text_of_another_paper_in_the_drop_folder_is_a_duplicate(store: Store) -> None:
    page = article(source=DROP, upstream_id=None, link=None, publisher="The Gazette")
    other = msgspec.structs.replace(page, publisher="The Courier", title="Ferries are back")

    assert admit(store, page, other) == [Verdict.NEW, Verdict.DUPLICATE]


def test_a_shown_receipt_brings_the_first_answer_again(store: Store) -> None:
    assert admit(store, article(), receipt="t/1#0") == [Verdict.NEW]
    assert admit(store, article(), receipt="t/1#0") == [Verdict.NEW]
    assert store.pulse.figures()["tally"] == {"https new": 1}


def test_a_receipt_is_forgotten_when_its_arrival_is_settled(store: Store) -> None:
    admit(store, article(), receipt="t/1#0")
    store.admission.forget_receipts(["t/1"])

    assert admit(store, article(), receipt="t/1#0") == [Verdict.UNCHANGED]


def test_a_withheld_article_is_held_and_in_no_feed(store: Store) -> None:
    held = article(status=Status.WITHHELD)

    assert admit(store, held) == [Verdict.HELD]
    assert store.shelf.newest(["all"], 10) == [[]]


def test_an_embargoed_article_is_held_with_its_time(store: Store) -> None:
    [outcome] = store.admission.admit([arrival(article(embargoed=Stamp(at=LATER)))], NOW)

    assert outcome.verdict is Verdict.HELD
    assert outcome.reason == "under embargo until 2026-03-04 13:00 UTC"


def test_a_held_article_is_shown_once_it_is_usable(store: Store) -> None:
    assert admit(store, article(status=Status.WITHHELD), article()) == [
        Verdict.HELD,
        Verdict.UPDATED,
    ]
    assert len(store.shelf.newest(["all"], 10)[0]) == 1


def test_a_kill_leaves_a_stub_in_the_feeds_that_held_the_story(store: Store) -> None:
    [first] = store.admission.admit([arrival(article())], NOW)
    kill = article(status=Status.CANCELED, title="Kill", content_html="", categories=())

    assert first.id is not None
    assert admit(store, kill, now=LATER) == [Verdict.WITHDRAWN]
    assert store.shelf.newest(["all", "world"], 10) == [[first.id], [first.id]]
    assert store.shelf.articles([first.id])[first.id].withdrawn == "withdrawn by its source"


def test_a_killed_story_never_comes_back(store: Store) -> None:
    kill = article(status=Status.CANCELED)

    assert admit(store, article(), kill, article(), article(content_html=OTHER_BODY)) == [
        Verdict.NEW,
        Verdict.WITHDRAWN,
        Verdict.WITHDRAWN,
        Verdict.WITHDRAWN,
    ]


def test_a_kill_that_comes_before_its_story_refuses_it(store: Store) -> None:
    assert admit(store, article(status=Status.CANCELED), article()) == [Verdict.WITHDRAWN] * 2
    assert store.shelf.newest(["all"], 10) == [[]]


def test_a_changed_category_moves_the_article_to_the_other_feed(store: Store) -> None:
    admit(store, article(), article(categories=("Sport",)))

    assert [len(ids) for ids in store.shelf.newest(["all", "world", "sport"], 10)] == [1, 0, 1]
    assert set(store.shelf.marks("dirty")) == {"all", "world", "sport"}


def test_no_more_category_feeds_than_the_limit(store: Store) -> None:
    few = Store(store.connection, article_days=9, identity_days=9, outcome_days=9, category_limit=1)
    admit(few, article(categories=("World", "Sport", "Science")))

    assert list(store.shelf.feeds()) == ["all", "world"]


def test_a_rejection_is_counted_with_the_rest(store: Store) -> None:
    turned_away = Rejection(error="BrokenDocument", problem="no closing brace")
    outcomes = store.admission.admit([arrival(), arrival(what=turned_away)], NOW)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.NEW, Verdict.REJECTED]
    assert outcomes[1].rejection == turned_away
    assert store.pulse.figures()["tally"] == {"https new": 1, "https rejected": 1}


def test_a_purged_story_does_not_come_back(store: Store) -> None:
    [outcome] = store.admission.admit([arrival()], NOW)
    assert outcome.id is not None
    assert store.shelf.expired(LATER) == [outcome.id]
    store.shelf.forget([outcome.id], LATER, LATER)

    [again] = store.admission.admit([arrival()], LATER)

    assert (again.verdict, again.rule) == (Verdict.STALE, "purged")
    assert store.shelf.articles([outcome.id]) == {}


def test_what_changed_meanwhile_is_not_forgotten(store: Store) -> None:
    [outcome] = store.admission.admit([arrival()], NOW)
    assert outcome.id is not None
    admit(store, article(content_html=OTHER_BODY), now=LATER + timedelta(hours=1))
    store.shelf.forget([outcome.id], LATER, LATER)

    assert outcome.id in store.shelf.articles([outcome.id])


@pytest.mark.usefixtures("store")
def test_eight_threads_admit_a_story_once(server: Server) -> None:
    stories = [
        article(
            upstream_id=f"s{number}",
            link=f"https://wire.example/{number}",
            content_html=f"<p>{number} " + OTHER_BODY,
        )
        for number in range(100)
    ]
    verdicts: list[Verdict] = []

    def work() -> None:
        own = Store(Connection(server.url), article_days=9, identity_days=9, outcome_days=9)
        verdicts.extend(admit(own, *stories))
        own.connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert verdicts.count(Verdict.NEW) == 100
    assert verdicts.count(Verdict.UNCHANGED) == 700


def test_a_server_that_is_gone_is_a_reason_to_try_again() -> None:
    gone = Store(
        Connection("unix:///nowhere.sock"), article_days=9, identity_days=9, outcome_days=9
    )

    with pytest.raises(StoreUnavailable):
        gone.admission.admit([arrival()], NOW)


_articles = st.builds(
    article,
    upstream_id=st.sampled_from(["a", "b", None]),
    link=st.sampled_from(["https://wire.example/1", "https://wire.example/2", None]),
    source=st.sampled_from([DROP, "https://one.example/rss", "submit:desk"]),
    content_html=st.sampled_from(["<p>Short.</p>", OTHER_BODY, ""]),
    title=st.text(min_size=1, max_size=20).map(lambda text: " ".join(text.split()) or "x"),
    version=st.sampled_from([None, "1", "2", "two"]),
    status=st.sampled_from(list(Status)),
    categories=st.lists(st.sampled_from(["World", "Sport"]), unique=True).map(tuple),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_articles, max_size=12))
def test_admitting_twice_changes_nothing(store: Store, articles: list[Article]) -> None:
    store.connection.redis.flushall()
    arrivals = [arrival(one, receipt=f"r#{number}") for number, one in enumerate(articles)]
    first = store.admission.admit(arrivals, NOW)
    before = {
        key: store.connection.redis.dump(key) for key in store.connection.redis.keys("*:article:*")
    }

    assert store.admission.admit(arrivals, NOW) == first
    after = {
        key: store.connection.redis.dump(key) for key in store.connection.redis.keys("*:article:*")
    }
    assert after == before
    assert sum(store.pulse.figures()["tally"].values()) == len(articles)
