"""Kills, corrections, embargoes, expiry and terms of use: from what an agency sends to what is shown."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import feedparser
import msgspec
import pytest

from feeds.errors import UnknownArticle
from feeds.model import Document, Entry, Outcome, Rules, Site, Stamp, Status, Text, Verdict
from feeds.normalise import normalise
from feeds.normalise.terms import restricted
from feeds.pipeline import Line, Press
from feeds.reading import cancellations
from feeds.store import Store
from feeds.store.standing import standing
from tests.factories import NOW, arrival, article, document

SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(hours=2)
SITE = Site(public_url="https://news.example", tag_authority="news.example")


@pytest.fixture
def line(store: Store) -> Line:
    return Line(store, Rules(), SITE)


@pytest.fixture
def press(store: Store, tmp_path: Path) -> Press:
    return Press(store, SITE, tmp_path / "public")


def story(**fields: object) -> bytes:
    """Return a ninjs item with an id, a version and a body."""
    item: dict[str, object] = {
        "uri": "urn:agency:1",
        "type": "text",
        "versioncreated": "2026-03-04T09:00:00Z",
        "headline": "Ferries sail again",
        "body_html": "<p>The first ferry left at seven with four hundred passengers.</p>",
    }
    return msgspec.json.encode(item | fields)


def take(line: Line, data: bytes, now: datetime = NOW) -> Outcome:
    [report] = line.ingest([document(data, "item.json", receipt=None)], now)
    [outcome] = report.outcomes
    return outcome


def shown(press: Press, now: datetime) -> str:
    press.publish(now)
    return (press.public / "feeds/all.atom").read_text("utf-8")


def page(press: Press, one: str | None) -> Path:
    return press.public / "articles" / (one or "") / "index.html"


def test_an_embargoed_story_is_not_shown_and_then_it_is(line: Line, press: Press) -> None:
    outcome = take(line, story(embargoed=f"{SOON:%Y-%m-%dT%H:%M:%SZ}"))
    before = shown(press, NOW)

    released = line.keep_time(SOON)

    assert outcome.verdict is Verdict.HELD
    assert outcome.reason == "under embargo until 2026-03-04 13:00 UTC"
    assert "Ferries sail again" not in before
    assert released == [outcome.id]
    assert "Ferries sail again" in shown(press, SOON)
    assert page(press, outcome.id).exists()


def test_an_embargo_does_not_end_a_moment_too_early(line: Line) -> None:
    take(line, story(embargoed=f"{SOON:%Y-%m-%dT%H:%M:%SZ}"))

    assert line.keep_time(SOON - timedelta(milliseconds=1)) == []


def test_an_embargo_that_is_over_when_the_story_comes_holds_nothing(line: Line) -> None:
    outcome = take(line, story(embargoed="2026-03-04T08:00:00Z"))

    assert outcome.verdict is Verdict.NEW


def test_an_embargo_ends_once_however_many_look(line: Line) -> None:
    take(line, story(embargoed=f"{SOON:%Y-%m-%dT%H:%M:%SZ}"))
    line.keep_time(LATER)

    assert line.keep_time(LATER) == []


def test_a_story_leaves_the_feeds_when_it_expires(line: Line, press: Press) -> None:
    outcome = take(line, story(expires=f"{SOON:%Y-%m-%dT%H:%M:%SZ}"))
    before = shown(press, NOW)

    gone = line.keep_time(SOON)
    after = shown(press, SOON)

    assert outcome.verdict is Verdict.NEW
    assert "Ferries sail again" in before
    assert gone == [outcome.id]
    assert "Ferries sail again" not in after
    assert not page(press, outcome.id).exists()


def test_what_has_expired_already_is_held(line: Line) -> None:
    outcome = take(line, story(expires="2026-03-04T08:00:00Z"))

    assert (outcome.verdict, outcome.reason) == (
        Verdict.HELD,
        "it expired at 2026-03-04 08:00 UTC",
    )


def test_an_embargoed_story_that_expires_is_shown_between_the_two(line: Line) -> None:
    outcome = take(
        line,
        story(embargoed=f"{SOON:%Y-%m-%dT%H:%M:%SZ}", expires=f"{LATER:%Y-%m-%dT%H:%M:%SZ}"),
    )

    assert line.keep_time(SOON) == [outcome.id]
    assert line.keep_time(LATER) == [outcome.id]


def test_a_withdrawn_story_does_not_come_back_when_its_embargo_ends(line: Line) -> None:
    outcome = take(line, story(embargoed=f"{SOON:%Y-%m-%dT%H:%M:%SZ}"))
    line.store.editorial.withdraw(outcome.id or "", "it was wrong", "a test", NOW)

    assert line.keep_time(SOON) == []


def test_a_person_may_show_a_story_before_its_embargo_ends(line: Line, press: Press) -> None:
    outcome = take(line, story(embargoed=f"{SOON:%Y-%m-%dT%H:%M:%SZ}"))

    done = line.restore(outcome.id or "", "an editor", NOW)

    assert done
    assert "Ferries sail again" in shown(press, NOW)
    assert line.keep_time(SOON) == []


def test_what_nobody_knows_cannot_be_restored(line: Line) -> None:
    with pytest.raises(UnknownArticle):
        line.restore("nothing", "an editor", NOW)


def test_a_kill_overwrites_the_story_and_takes_its_page(line: Line, press: Press) -> None:
    first = take(line, story(version="1"))
    shown(press, NOW)

    kill = take(line, story(version="2", pubstatus="canceled"), SOON)
    atom = shown(press, SOON)

    assert (kill.verdict, kill.id) == (Verdict.WITHDRAWN, first.id)
    assert "Ferries sail again" not in atom
    assert "This story has been withdrawn by the source" in atom
    assert "deleted-entry" in atom
    assert not page(press, first.id).exists()
    assert page(press, first.id).with_name("index.410.html").exists()


def test_a_kill_that_comes_first_refuses_the_late_original(line: Line, press: Press) -> None:
    take(line, story(version="2", pubstatus="canceled"))

    late = take(line, story(version="1"), SOON)

    assert late.verdict is Verdict.WITHDRAWN
    assert "Ferries sail again" not in shown(press, SOON)


def test_a_story_that_its_source_withholds_leaves_without_a_word(line: Line, press: Press) -> None:
    take(line, story(version="1"))
    shown(press, NOW)

    take(line, story(version="2", pubstatus="withheld", headline="Not yet"), SOON)
    atom = shown(press, SOON)

    assert "Ferries" not in atom
    assert "withdrawn" not in atom


def test_one_document_takes_back_another_of_its_provider(store: Store) -> None:
    store.admission.admit([arrival(article(provider="The Wire"))], NOW)
    notice = Entry(
        format="nitf", upstream_id="harbour-2", provider="The Wire", cancels=["harbour-1"]
    )

    [cancelled] = cancellations(notice)
    taken_back = normalise(cancelled, document(b""), Rules())
    [outcome] = store.admission.admit([arrival(taken_back)], SOON)

    assert taken_back.status is Status.CANCELED
    assert outcome.verdict is Verdict.WITHDRAWN


def test_a_provider_updates_its_story_whatever_way_it_comes(store: Store) -> None:
    first = article(provider="The Wire", link=None)
    second = article(
        provider="the wire", source="submit:desk", link=None, title="Harbour closes", version="2"
    )

    outcomes = store.admission.admit([arrival(first), arrival(second)], NOW)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.NEW, Verdict.UPDATED]


def test_another_provider_changes_nothing_under_the_same_id(store: Store) -> None:
    first = article(provider="The Wire", link=None)
    other = article(
        provider="Another", link=None, title="Elsewhere", content_html="<p>Other words.</p>"
    )

    outcomes = store.admission.admit([arrival(first), arrival(other)], NOW)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.NEW, Verdict.NEW]


def test_an_advisory_is_held_for_a_person(store: Store) -> None:
    [outcome] = store.admission.admit([arrival(article(advisory="a mandatory kill"))], NOW)

    assert (outcome.verdict, outcome.reason) == (
        Verdict.HELD,
        "a person must decide: a mandatory kill",
    )


def test_a_correction_says_so_in_place(line: Line, press: Press) -> None:
    store = line.store
    [first] = store.admission.admit([arrival(article())], NOW)
    corrected = article(correction="CORRECTION: An earlier version misspelt <Hull>.")
    [second] = store.admission.admit([arrival(corrected)], SOON)

    atom = shown(press, SOON)

    assert (second.verdict, second.id) == (Verdict.UPDATED, first.id)
    [entry] = feedparser.parse(io.BytesIO(atom.encode())).entries
    assert "Corrected:</strong> An earlier version misspelt &lt;Hull" in entry.content[0].value
    assert "<strong>Corrected:</strong> An earlier version misspelt &lt;Hull" in page(
        press, first.id
    ).read_text("utf-8")


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ("NO SALES. NOT FOR USE IN GERMANY", True),
        ("UK OUT", True),
        ("France out; Germany out", True),
        ("Online use prohibited", True),
        ("FOR EDITORIAL USE ONLY. NO RESALES. NO ARCHIVES", True),
        ("For editorial use only", False),
        ("MANDATORY CREDIT: The Wire", False),
        ("This material may not be published, broadcast, rewritten or redistributed.", False),
        ("It may not be reproduced without the written permission of The Wire.", False),
        ("Available without any restrictions", False),
        ("", False),
    ],
)
def test_terms_of_use_restrict_or_do_not(usage: str, *, expected: bool) -> None:
    assert restricted(usage) is expected


def test_a_restricted_story_is_held_and_says_why(line: Line) -> None:
    outcome = take(line, story(usageterms="NOT FOR USE IN GERMANY"))

    assert (outcome.verdict, outcome.reason) == (
        Verdict.HELD,
        "its terms of use restrict it: NOT FOR USE IN GERMANY",
    )


def test_a_restricted_story_stands_in_the_feeds_that_may_hold_it(
    store: Store, tmp_path: Path
) -> None:
    site = msgspec.structs.replace(SITE, restricted_feeds=("all",))
    line, press = Line(store, Rules(), site), Press(store, site, tmp_path / "public")

    outcome = take(line, story(usageterms="NOT FOR USE IN GERMANY"))

    assert outcome.verdict is Verdict.NEW
    assert "Ferries sail again" in shown(press, NOW)


def test_only_time_and_status_decide_how_a_usable_story_stands() -> None:
    usable = article(embargoed=Stamp(SOON), expires=Stamp(LATER))

    states = [standing(usable, at, placed=True).state for at in (NOW, SOON, LATER)]

    assert states == ["held", "live", "held"]


def test_a_note_to_the_desk_reaches_nobody(line: Line, press: Press) -> None:
    take(line, story(ednote="Editors: call the desk before use"))
    atom = shown(press, NOW)

    text = atom + "".join(
        path.read_text("utf-8")
        for path in press.public.rglob("*")
        if path.suffix in (".html", ".json")
    )

    assert "call the desk" not in text


def test_a_title_is_not_needed_to_take_back(line: Line) -> None:
    notice = Entry(format="x", upstream_id="u", status="canceled", summary=Text(""))

    taken_back = normalise(notice, Document(b"", "x", arrival().source, NOW), line.rules)

    assert taken_back.title == "u"


def test_what_is_held_is_listed_until_it_is_shown(line: Line) -> None:
    held = take(line, story(embargoed=f"{SOON:%Y-%m-%dT%H:%M:%SZ}"))
    take(line, story(uri="urn:agency:2", headline="Another", body_html="<p>Other words.</p>"))
    before = line.store.editorial.held(10)
    line.keep_time(SOON)

    assert before == [held.id]
    assert line.store.editorial.held(10) == []


def test_what_is_taken_back_is_held_no_more(line: Line) -> None:
    take(line, story(pubstatus="withheld", version="1"))
    take(line, story(pubstatus="canceled", version="2"), SOON)

    assert line.store.editorial.held(10) == []
