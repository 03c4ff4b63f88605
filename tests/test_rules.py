"""Feeds by rule: which stories meet a rule, what a mistake in one is told, and how long it may take."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import load
from config.tables import feed_rules
from feeds.errors import SettingsError
from feeds.model import Article, Condition, FeedRule, Person, Site, Stamp
from feeds.publish.rules import Rulebook
from feeds.publish.select import feed_name, feed_named, feeds_of, permitted, site_for, window
from tests.factories import article

STORY = article(
    source_title="The Wire",
    title="Ferries sail again in Ærø",
    summary="The O’Brien quay is open; 大地震が発生.",
    content_html="<p>The fog <b>lif</b>ted at R&amp;D quay.</p><p>Sailors were glad.</p>",
    language="en-GB",
    categories=("World", "Arts & Culture"),
    authors=(Person("Ann  Lee"), Person("Bo Ek")),
    publisher="The Express Gazette",
    wire_source="Associated Press",
    urgency=3,
    published=Stamp(datetime(2026, 3, 4, 9, 30, tzinfo=UTC)),
)


def meets(story: Article = STORY, exclude: Condition | None = None, **include: Any) -> bool:
    rule = FeedRule("x", include=Condition(**include), exclude=exclude)
    return Rulebook([rule], feed_name).feeds(story) == ["x"]


@pytest.mark.parametrize(
    ("kind", "value", "met"),
    [
        ("sources", "https://wire.example/feed", True),
        ("sources", "the wire", True),
        ("sources", "https://wire.example/*", True),
        ("sources", "https://wire.example", False),
        ("categories", "WORLD", True),
        ("categories", "arts culture", True),
        ("categories", "arts*", True),
        ("categories", "Art", False),
        ("languages", "en", True),
        ("languages", "EN-gb", True),
        ("languages", "en-US", False),
        ("languages", "e", False),
        ("authors", "ann lee", True),
        ("authors", "* ek", True),
        ("authors", "ann", False),
        ("publishers", "The express gazette", True),
        ("publishers", "*Herald*", False),
        ("wire_sources", "associated press", True),
        ("wire_sources", "Reuters", False),
        ("urgency", 3, True),
        ("urgency", 4, False),
        ("words", "ferries", True),
        ("words", "ferr", False),
        ("words", "ferr*", True),
        ("words", "sail again", True),
        ("words", "sail  in", False),
        ("words", "ærø", True),
        ("words", "o'brien quay", True),
        ("words", "lifted", True),
        ("words", "quay sailors", False),
        ("words", "R&D quay", True),
        ("words", "地震", True),
        ("words", "/f.[gh]\\b/", True),
        ("words", "/(?-i)FOG/", False),
        ("words", "bold", False),
        ("title_words", "ferries", True),
        ("title_words", "fog", False),
    ],
)
def test_a_line_of_a_rule_is_met_or_not(kind: str, value: str | int, *, met: bool) -> None:
    assert meets(**{kind: (value,)}) is met


@pytest.mark.parametrize(
    ("after", "before", "met"),
    [
        (datetime(2026, 3, 4, 9, 30, tzinfo=UTC), None, True),
        (None, datetime(2026, 3, 4, 9, 30, tzinfo=UTC), False),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), True),
    ],
)
def test_the_first_moment_is_inside_and_the_last_is_not(
    after: datetime | None, before: datetime | None, *, met: bool
) -> None:
    assert meets(published_after=after, published_before=before) is met


def test_a_story_in_no_language_is_in_the_unknown_one() -> None:
    assert meets(msgspec.structs.replace(STORY, language=None), languages=("und",))


def test_a_story_of_no_urgency_meets_none() -> None:
    assert not meets(msgspec.structs.replace(STORY, urgency=None), urgency=(3,))


def test_every_line_of_an_include_must_be_met() -> None:
    assert meets(words=("fog", "snow"), languages=("en",))
    assert not meets(words=("fog",), languages=("de",))


def test_one_line_of_an_exclude_is_enough() -> None:
    assert not meets(exclude=Condition(words=("fog",), languages=("de",)), languages=("en",))


def test_one_table_of_any_of_is_enough() -> None:
    snow, fog = Condition(words=("snow",)), Condition(words=("fog",), languages=("en",))

    assert meets(any_of=(snow, fog))
    assert not meets(any_of=(snow,))


def test_each_table_of_all_of_is_needed() -> None:
    quay, snow = Condition(words=("quay",)), Condition(words=("snow",))

    assert meets(all_of=(quay, Condition(words=("fog",))))
    assert not meets(all_of=(quay, snow))


def test_an_exclude_of_all_of_needs_them_all() -> None:
    both = Condition(all_of=(Condition(words=("fog",)), Condition(words=("snow",))))

    assert meets(exclude=both, languages=("en",))


def test_conditions_nest() -> None:
    inner = Condition(any_of=(Condition(words=("snow",)), Condition(urgency=(3,))))

    assert meets(all_of=(inner, Condition(any_of=(inner,))))


CONDITIONS = st.recursive(
    st.builds(
        Condition,
        words=st.sampled_from([(), ("fog",), ("snow",), ("fog", "snow")]),
        languages=st.sampled_from([(), ("en",), ("de",)]),
        urgency=st.sampled_from([(), (3,), (4,)]),
    ),
    lambda inner: st.builds(
        Condition,
        words=st.sampled_from([(), ("fog",), ("snow",)]),
        all_of=st.lists(inner, max_size=2).map(tuple),
        any_of=st.lists(inner, max_size=2).map(tuple),
    ),
    max_leaves=6,
)


def holds(one: Condition) -> bool:
    """Say the rule in plain words: every line, each of all_of, one of any_of."""
    return (
        (not one.words or "fog" in one.words)
        and (not one.languages or "en" in one.languages)
        and (not one.urgency or 3 in one.urgency)
        and all(map(holds, one.all_of))
        and (not one.any_of or any(map(holds, one.any_of)))
    )


@given(include=CONDITIONS, exclude=CONDITIONS)
def test_bits_say_what_the_words_of_the_rule_say(include: Condition, exclude: Condition) -> None:
    one_line = (
        "fog" in exclude.words
        or "en" in exclude.languages
        or 3 in exclude.urgency
        or any(map(holds, exclude.any_of))
        or (bool(exclude.all_of) and all(map(holds, exclude.all_of)))
    )
    rule = FeedRule("x", include=include, exclude=exclude)

    assert bool(Rulebook([rule], feed_name).feeds(STORY)) is (holds(include) and not one_line)


HOSTILE = ("(a+)+$", "(a|a)*b", "(.*a){20}", "([a-z]+)*x", "a{0,900}a{900}", "(?:a?){400}b")


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_expression_takes_more_than_its_time(pattern: str) -> None:
    story = msgspec.structs.replace(STORY, content_html="a" * 500_000 + "!")
    book = Rulebook([FeedRule("x", include=Condition(words=(f"/{pattern}/",)))], feed_name)
    begun = time.process_time()

    book.feeds(story)

    assert time.process_time() - begun < 5  # backtracking would take longer than the universe


@given(pattern=st.text(max_size=30), text=st.text(max_size=200))
def test_any_expression_is_taken_or_refused_and_any_text_is_searched(
    pattern: str, text: str
) -> None:
    rule = FeedRule("x", include=Condition(words=(f"/{pattern}/",), title_words=(pattern,)))
    try:
        book = Rulebook([rule], feed_name)
        found = book.feeds(msgspec.structs.replace(STORY, title=text, content_html=text))
    except SettingsError as error:
        found = [error.key]

    keys = [f"feeds.x.include.{kind}" for kind in ("words", "title_words")]
    assert found in ([], ["x"], *([key] for key in keys))


@given(
    words=st.lists(st.text(st.sampled_from("aAbéßſКк地 '-*"), min_size=1, max_size=6), max_size=8),
    text=st.text(st.sampled_from("aAbéßſКк地 ’-.\u2014"), max_size=60),
)
def test_words_are_found_together_as_each_alone(words: list[str], text: str) -> None:
    words = [word for word in words if word.strip("* ")]
    story = msgspec.structs.replace(STORY, title=text)

    together = Rulebook(
        [FeedRule(f"n{n}", include=Condition(title_words=(w,))) for n, w in enumerate(words)],
        feed_name,
    ).feeds(story)
    alone = [
        f"n{n}"
        for n, word in enumerate(words)
        if Rulebook([FeedRule("x", include=Condition(title_words=(word,)))], feed_name).feeds(story)
    ]

    assert together == alone


def site(*rules: FeedRule, **changes: Any) -> Site:
    return Site(feeds=rules, **changes)


def test_a_story_stands_in_all_in_those_by_rule_and_in_its_categories() -> None:
    rule = FeedRule("fog", include=Condition(words=("fog",)))

    assert [feed.name for feed in feeds_of(STORY, site(rule))] == [
        *("all", "fog", "world", "arts-culture")
    ]


def test_a_table_without_rules_is_the_feed_of_its_category() -> None:
    rule = FeedRule("world", title="The World")

    assert [feed.title for feed in feeds_of(STORY, site(rule, category_feeds=False))] == [
        *("Wireroom", "The World")
    ]


def test_a_table_with_a_rule_has_nothing_of_the_category_of_its_name() -> None:
    rule = FeedRule("world", include=Condition(words=("snow",)))

    assert "world" not in [feed.name for feed in feeds_of(STORY, site(rule))]


def test_the_feed_of_everything_can_leave_something_out() -> None:
    rule = FeedRule("all", exclude=Condition(words=("fog",)))

    assert "all" not in [feed.name for feed in feeds_of(STORY, site(rule))]


def test_what_is_restricted_stands_in_no_other_feed_by_rule_either() -> None:
    rule = FeedRule("fog", include=Condition(words=("fog",)))
    restricted = msgspec.structs.replace(STORY, restricted=True)

    assert permitted(restricted, site(rule)) == []
    assert [feed.name for feed in permitted(restricted, site(rule, restricted_feeds=("fog",)))] == [
        "fog"
    ]


def test_a_head_says_what_its_table_says_and_the_rest_as_usual() -> None:
    rule = FeedRule("fog", title="Fog", language="da", include=Condition(words=("fog",)))
    head = feed_named("fog", [], site(rule))

    assert (head.title, head.language, head.description) == ("Fog", "da", "Fog, from Wireroom.")


def test_a_window_is_the_site_s_but_for_what_its_table_says() -> None:
    ours = site(FeedRule("fog", window_max_items=5, window_order="changed"), window_bytes=9)
    own = site_for("fog", ours)

    assert (own.window_max_items, own.window_order, own.window_bytes) == (5, "changed", 9)
    assert site_for("other", ours) == ours
    assert window([], own) == []


def told(tmp_path: Path, text: str) -> SettingsError:
    path = tmp_path / "wireroom.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path, environ={})
    assert caught.value.where == str(path)
    return caught.value


@pytest.mark.parametrize(
    ("line", "key", "mend"),
    [
        ("tilte = 'x'", "feeds.fog.tilte", "did you mean title?"),
        ("include = { word = ['x'] }", "feeds.fog.include.word", "did you mean words?"),
        ("include = { words = ['/(/'] }", "feeds.fog.include.words", "docs/feeds.md"),
        ("include = { words = ['/a*/'] }", "feeds.fog.include.words", "must ask for a letter"),
        ("include = { words = ['*'] }", "feeds.fog.include.words", "leave it out"),
        ("include = { words = ['/\\pL{1,99}/'] }", "feeds.fog.include.words", "large"),
        ("include = { urgency = 'high' }", "feeds.fog.include.urgency[0]", "Expected `int`"),
        ("include = {}", "feeds.fog.include", "says nothing"),
        ("include = { any_of = [{}] }", "feeds.fog.include.any_of[0]", "says nothing"),
        ("include = { any_of = [{ x = 1 }] }", "feeds.fog.include.any_of[0].x", "no setting"),
        ("window_hours = 0", "feeds.fog.window_hours", "1 or more"),
        ("window_order = 'title'", "feeds.fog.window_order", "Invalid enum value"),
        ("image = 'x.png'", "feeds.fog.image", "http"),
        ("language = 'en GB'", "feeds.fog.language", "language tag"),
        ("renamed = 'all'", "feeds.fog.renamed", "another feed"),
        ("full_text = 'no'", "feeds.fog.full_text", "Expected `bool`"),
    ],
)
def test_a_mistake_names_the_table_the_line_and_what_mends_it(
    tmp_path: Path, line: str, key: str, mend: str
) -> None:
    error = told(tmp_path, f'[[feeds]]\nname = "fog"\n{line}\n')

    assert error.key == key
    assert mend in error.problem


@pytest.mark.parametrize(
    ("text", "key", "mend"),
    [
        ('[[feeds]]\ntitle = "x"', "feeds[1]", "name"),
        ('[[feeds]]\nname = "Fog & Sea"', "feeds.Fog & Sea.name", "write 'fog-sea'"),
        ('[[feeds]]\nname = " "', "feeds. .name", "write a word"),
        ('[[feeds]]\nname = "a"\n[[feeds]]\nname = "a"', "feeds.a.name", "another feed"),
        ('[[feeds]]\nname = "a"\n[[feeds]]\nname = "b"\nrenamed = "a"', "feeds.b.renamed", "other"),
        ('feeds = "fog"', "feeds", "[[feeds]]"),
    ],
)
def test_a_table_without_a_name_of_its_own_is_refused(
    tmp_path: Path, text: str, key: str, mend: str
) -> None:
    error = told(tmp_path, text)

    assert error.key == key
    assert mend in error.problem


def test_a_value_alone_and_a_day_stand_for_a_list_and_its_midnight(tmp_path: Path) -> None:
    path = tmp_path / "wireroom.toml"
    path.write_text(
        '[[feeds]]\nname = "fog"\nrenamed = "mist"\n'
        'include = { words = "fog", urgency = 3, published_after = 2026-01-01 }\n',
        "utf-8",
    )

    [rule] = load(path, environ={}).feeds

    assert rule.renamed == ("mist",)
    assert rule.include == Condition(
        words=("fog",), urgency=(3,), published_after=datetime(2026, 1, 1, tzinfo=UTC)
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["name", "include", "exclude", "words", "any_of", "renamed", "urgency", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_tables_are_taken_or_refused_by_name(tables: Any) -> None:
    try:
        rules = feed_rules(tables, "a file")
        told = [rule.name for rule in rules]
    except SettingsError as error:
        told = [error.key.partition(".")[0].partition("[")[0]]

    assert told == ["feeds"] or all(name == feed_name(name) for name in told)


EXAMPLES = re.findall(
    r"```toml\n(.*?)```\n\n```json\n(.*?)```",
    (Path(__file__).parents[1] / "docs" / "feeds.md").read_text("utf-8"),
    re.DOTALL,
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize(("text", "stories"), EXAMPLES)
def test_the_examples_in_the_documents_do_what_is_said_of_them(
    tmp_path: Path, text: str, stories: str
) -> None:
    path = tmp_path / "wireroom.toml"
    path.write_text(text, "utf-8")
    book = Rulebook(load(path, environ={}).feeds, feed_name)

    for line in stories.splitlines():
        told = json.loads(line)
        expected = told.pop("feeds")
        story = article(**{"categories": (), "summary": "", **told})

        assert book.feeds(story) == expected, line
