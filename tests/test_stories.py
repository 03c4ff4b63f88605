"""Stories: which articles are one, which of them is shown, and what edits, kills and people change."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from feeds.model import Article, Outcome, Published, Rules, Site, Stamp, Status, Stories, Verdict
from feeds.pipeline import Line
from feeds.store import Store
from tests.factories import NOW, arrival, article

WORDS = [
    "harbour",
    "ferry",
    "minister",
    "council",
    "budget",
    "vote",
    "storm",
    "rescue",
    "crew",
    "captain",
    "winter",
    "school",
    "bridge",
    "tunnel",
    "market",
    "prices",
    "river",
    "station",
    "island",
    "coast",
    "pilot",
    "engine",
    "signal",
    "union",
    "strike",
    "wages",
    "contract",
    "talks",
    "morning",
    "evening",
    "weather",
    "report",
    "officials",
    "residents",
    "engineers",
    "passengers",
    "cargo",
    "timetable",
    "repair",
]


def sentences(seed: int, count: int = 12) -> list[str]:
    """Return *count* sentences, others for each *seed*."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=25)).capitalize() + "." for _ in range(count)]


def paragraphs(*some: str) -> str:
    return "".join(f"<p>{one}</p>" for one in some)


def copy(source: str, *body: str, **changes: object) -> Article:
    """Return the article that *source* brings, with *body* for its paragraphs."""
    return article(
        source=source,
        upstream_id=f"{source}-1",
        link=f"https://{source}.example/1",
        **{"title": f"The headline of {source}", "content_html": paragraphs(*body), **changes},
    )


def admit(line: Line, *articles: Article, now: datetime = NOW) -> list[Outcome]:
    return [line.admit([arrival(one)], now)[0] for one in articles]


def shown(store: Store) -> dict[str, Published]:
    """Return the stories that the feed of everything holds."""
    [ids] = store.shelf.newest(["all"], 100)
    return {one: story for one, story in store.shelf.articles(ids).items() if story.held is None}


TEXT = sentences(1)
WIRE = copy("wire", *TEXT)
OUTLET = copy("outlet", *TEXT[:9])
OTHER = copy("other", *sentences(2))


def test_the_same_text_from_another_source_is_a_duplicate_of_its_story(line: Line) -> None:
    first, second = admit(line, WIRE, OUTLET)

    assert (second.verdict, second.rule, second.id) == (Verdict.DUPLICATE, "likeness", first.id)


def test_the_story_is_shown_once_and_the_others_are_credited(line: Line, store: Store) -> None:
    admit(line, WIRE, OUTLET, OTHER)

    stories = {one.article.source: one for one in shown(store).values()}
    assert set(stories) == {"wire", "other"}
    assert [(one.source, one.link) for one in stories["wire"].also] == [
        ("outlet", "https://outlet.example/1")
    ]


def test_a_copy_letter_by_letter_is_credited_and_may_be_the_face(store: Store) -> None:
    line = Line(store, Rules(), Site(), stories=Stories(preferred=("twin",)))
    _, twin = admit(line, WIRE, copy("twin", *TEXT))

    assert (twin.verdict, twin.rule) == (Verdict.DUPLICATE, "content")
    assert credited(store) == [("twin", ["wire"])]


def test_what_its_first_source_says_no_more_is_not_lost(line: Line, store: Store) -> None:
    admit(line, WIRE, replace(WIRE, content_html=OTHER.content_html))
    [late] = admit(line, copy("twin", *TEXT))

    assert late.verdict is Verdict.NEW
    assert {source for source, _ in credited(store)} == {"wire", "twin"}


def test_both_in_one_batch_are_one_story(line: Line, store: Store) -> None:
    line.admit([arrival(WIRE), arrival(OUTLET)], NOW)

    assert len(shown(store)) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_face_does_not_depend_on_the_order_of_arrival(
    line: Line, store: Store, order: tuple[int, ...]
) -> None:
    copies = [WIRE, OUTLET, copy("third", *TEXT[:11])]
    admit(line, *(copies[at] for at in order))

    [story] = shown(store).values()
    assert story.article.source == "wire"
    assert {one.source for one in story.also} == {"outlet", "third"}


def test_the_entry_id_stays_when_the_face_changes(line: Line, store: Store) -> None:
    admit(line, OUTLET)
    [before] = shown(store).values()
    admit(line, WIRE)

    [after] = shown(store).values()
    assert (before.article.source, after.article.source) == ("outlet", "wire")
    assert (before.id, before.entry_id) == (after.id, after.entry_id)
    assert after.revision > before.revision


def test_a_preferred_source_stands_for_the_story_before_the_fullest(store: Store) -> None:
    line = Line(store, Rules(), Site(), stories=Stories(preferred=("out*",)))
    admit(line, WIRE, OUTLET)

    [story] = shown(store).values()
    assert story.article.source == "outlet"


def test_the_agencys_own_copy_stands_before_the_fullest(line: Line, store: Store) -> None:
    admit(line, copy("outlet", *TEXT), copy("agency", *TEXT[:9], provider="reuters.com"))

    [story] = shown(store).values()
    assert story.article.source == "agency"


def test_a_story_stands_in_the_feeds_of_all_its_copies(line: Line, store: Store) -> None:
    admit(line, WIRE, replace(OUTLET, categories=("Sport",)))

    assert {name: len(ids) for name, ids in _feeds(store).items()} == {
        "all": 1,
        "world": 1,
        "sport": 1,
    }


def test_sources_that_are_switched_off_are_not_compared(store: Store) -> None:
    line = Line(store, Rules(), Site(), stories=Stories(off=("outlet",)))
    admit(line, WIRE, OUTLET)

    assert len(shown(store)) == 2


@pytest.mark.parametrize(
    ("second", "verdict"), [("paper", Verdict.NEW), ("other", Verdict.DUPLICATE)]
)
def test_what_a_house_repeats_makes_no_story_of_two(
    line: Line, second: str, verdict: Verdict
) -> None:
    house = sentences(9, 9)
    admit(line, copy("paper", *sentences(1, 5), *house, title="Ferries run again"))
    told = copy(second, *sentences(2, 5), *house, title="Council sells the bridge")

    [outcome] = admit(line, replace(told, upstream_id="2", link=None))

    assert outcome.verdict == verdict


def test_groups_are_compared_among_themselves(store: Store) -> None:
    groups = {"a": ("wire", "third"), "b": ("outlet",)}
    line = Line(store, Rules(), Site(), stories=Stories(groups=groups))
    admit(line, WIRE, OUTLET, copy("third", *TEXT[:11]))

    assert {one.article.source: len(one.also) for one in shown(store).values()} == {
        "wire": 1,
        "outlet": 0,
    }


def test_an_edit_that_stays_the_same_story_stays_in_it(line: Line, store: Store) -> None:
    admit(line, WIRE, OUTLET)
    [edited] = admit(line, replace(OUTLET, content_html=paragraphs(*TEXT[:10])))

    assert edited.verdict is Verdict.UPDATED
    [story] = shown(store).values()
    assert len(story.also) == 1


def test_an_edit_that_drifts_away_leaves_its_story(line: Line, store: Store) -> None:
    admit(line, WIRE, OUTLET)
    admit(line, replace(OUTLET, content_html=OTHER.content_html))

    stories = {one.article.source: one for one in shown(store).values()}
    assert set(stories) == {"wire", "outlet"}
    assert not stories["wire"].also


def test_the_first_of_a_story_keeps_its_entry_when_it_drifts_away(line: Line, store: Store) -> None:
    first, *_ = admit(line, WIRE, OUTLET, copy("third", *TEXT[:10]))
    admit(line, replace(WIRE, content_html=OTHER.content_html))

    stories = {one.article.source: one for one in shown(store).values()}
    assert set(stories) == {"wire", "third"}
    assert stories["wire"].id == first.id
    assert [one.source for one in stories["third"].also] == ["outlet"]


def test_two_stories_that_become_one_text_become_one_story(line: Line, store: Store) -> None:
    admit(line, WIRE, OTHER)
    admit(line, replace(OTHER, content_html=paragraphs(*TEXT[:11])))

    [story] = shown(store).values()
    assert [one.source for one in story.also] == ["other"]


def test_a_killed_face_holds_the_story_for_a_person(line: Line, store: Store) -> None:
    first, _ = admit(line, WIRE, OUTLET)
    [killed] = admit(line, replace(WIRE, status=Status.CANCELED))

    assert killed.verdict is Verdict.WITHDRAWN
    [story] = shown(store).values()
    assert story.withdrawn is not None
    assert store.editorial.held(10) == [first.id]


def test_a_person_shows_the_next_copy_of_a_killed_story(line: Line, store: Store) -> None:
    first, _ = admit(line, WIRE, OUTLET)
    admit(line, replace(WIRE, status=Status.CANCELED))
    line.restore(first.id or "", "a person", NOW)

    [story] = shown(store).values()
    assert (story.withdrawn, story.article.source, story.also) == (None, "outlet", ())
    assert store.editorial.held(10) == []


def test_another_copy_of_a_killed_story_waits_for_a_person(line: Line, store: Store) -> None:
    first, _ = admit(line, WIRE, replace(WIRE, status=Status.CANCELED))
    [late] = admit(line, OUTLET)

    assert (late.verdict, late.id) == (Verdict.HELD, first.id)
    assert store.editorial.held(10) == [first.id]
    assert all(one.withdrawn is not None for one in shown(store).values())


def test_a_killed_copy_that_was_not_shown_loses_its_credit(line: Line, store: Store) -> None:
    admit(line, WIRE, OUTLET, replace(OUTLET, status=Status.CANCELED))

    [story] = shown(store).values()
    assert (story.withdrawn, story.also) == (None, ())


UNTIL = NOW + timedelta(hours=2)


def under_embargo(one: Article) -> Article:
    return replace(one, embargoed=Stamp(at=UNTIL))


def credited(store: Store) -> list[tuple[str, list[str]]]:
    """Return the source of each story that is shown, and the sources that are credited."""
    found = shown(store).values()
    return [(one.article.source, [credit.source for credit in one.also]) for one in found]


@pytest.mark.parametrize("arrivals", [(OUTLET, WIRE), (WIRE, OUTLET)], ids=["last", "first"])
def test_a_copy_under_an_embargo_joins_its_story_when_that_ends(
    line: Line, store: Store, arrivals: tuple[Article, ...]
) -> None:
    admit(line, *(under_embargo(one) if one is WIRE else one for one in arrivals))
    before = credited(store)

    line.keep_time(UNTIL)

    assert before == [("outlet", [])]
    assert credited(store) == [("wire", ["outlet"])]


def test_a_copy_under_an_embargo_is_held_for_that(line: Line) -> None:
    _, held = admit(line, OUTLET, under_embargo(WIRE))

    assert held.reason.startswith("under embargo until")


def test_copies_of_one_embargo_are_one_story_when_it_ends(line: Line, store: Store) -> None:
    held = admit(line, under_embargo(OUTLET), under_embargo(WIRE))
    before = credited(store)

    line.keep_time(UNTIL)

    assert ([one.verdict for one in held], before) == ([Verdict.HELD, Verdict.HELD], [])
    assert credited(store) == [("wire", ["outlet"])]


def test_a_split_article_has_an_entry_of_its_own_for_good(line: Line, store: Store) -> None:
    admit(line, WIRE, OUTLET)
    [copied] = admit(line, OUTLET)

    assert store.grouping.split(copied.id or "", "a person", NOW)
    admit(line, replace(OUTLET, content_html=paragraphs(*TEXT[:10])))
    assert {one.article.source for one in shown(store).values()} == {"wire", "outlet"}


def test_later_copies_follow_a_split(line: Line, store: Store) -> None:
    report = sentences(7, 4)
    admit(line, WIRE, copy("outlet", *TEXT[:9], *report))
    [copied] = admit(line, copy("outlet", *TEXT[:9], *report))
    store.grouping.split(copied.id or "", "a person", NOW)

    [late] = admit(line, copy("late", *TEXT[:9], *report))

    assert late.id == copied.id


def test_later_copies_follow_a_merge(line: Line, store: Store) -> None:
    wire, other = admit(line, WIRE, OTHER)
    store.grouping.merge(other.id or "", wire.id or "", "a person", NOW)

    [late] = admit(line, copy("late", *sentences(2)[:10]))

    assert late.id == wire.id
    assert len(shown(store)) == 1


def test_a_merge_outlives_edits(line: Line, store: Store) -> None:
    wire, other = admit(line, WIRE, OTHER)
    store.grouping.merge(other.id or "", wire.id or "", "a person", NOW)
    admit(line, replace(OTHER, content_html=paragraphs(*sentences(3))))
    admit(line, replace(WIRE, content_html=paragraphs(*sentences(4))))

    assert len(shown(store)) == 1


def test_a_purged_story_stays_gone(line: Line, store: Store) -> None:
    first, _ = admit(line, WIRE, OUTLET)
    store.shelf.forget([first.id or ""], NOW + timedelta(1), NOW)

    again, copied, late = admit(line, WIRE, OUTLET, copy("late", *TEXT[:10]))

    assert {again.verdict, copied.verdict, late.verdict} == {Verdict.STALE}
    assert shown(store) == {}


def test_copies_days_apart_are_one_story_when_they_are_whole(line: Line, store: Store) -> None:
    later = Stamp(at=NOW + timedelta(days=5))
    admit(line, WIRE, copy("late", *TEXT, published=later), now=NOW)

    assert len(shown(store)) == 1


def _feeds(store: Store) -> dict[str, list[str]]:
    names = list(store.shelf.feeds())
    return dict(zip(names, store.shelf.newest(names, 100), strict=True))
