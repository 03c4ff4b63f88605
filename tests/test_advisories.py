"""Notices between the lines: kills, notes to the desk, embargoes, corrections, and ordinary prose."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.formats import advisories, captured
from feeds.model import Entry, Text
from tests.pairs import one

STORY = "Bridge closes\n\nBy Ann Lee\n\nThe bridge closes on Monday. It opens in June.\n"


@pytest.mark.parametrize(
    "text",
    [
        "MANDATORY KILL\n\nThe story on the bridge is wrong.",
        "*** MANDATORY KILL ***\nBC-Bridge",
        "KILL\nBC-Bridge",
        "KILL KILL KILL\n\nBridge",
        "BC-Bridge\n\nEditors: please kill the story on the bridge.",
        "URGENT\n\nPlease kill the story slugged BC-Bridge.",
        "Bridge\n\nA kill is mandatory. Make certain the story is not used.",
        "STORY WITHDRAWN: Bridge closes\n\nText.",
        "WITHDRAWAL\n\nBridge",
        "Notice of withdrawal\n\nBridge closes",
        "ATTENTION EDITORS\n\nThe story has moved.",
        "EDITORS:\n\nThe story has moved.",
        "Editors: The story on the bridge will move at 5 p.m.",
        "Note to editors: do not use the picture of the bridge.",
        "ADVISORY\n\nCoverage of the bridge starts at 5 p.m.",
        "EDITORS' ADVISORY: coverage of the bridge",
        "ATENCION REDACCIONES\n\nEliminen la noticia.",
        "Achtung Redaktionen: Bitte die Meldung nicht verwenden.",
        "АННУЛИРОВАНИЕ\n\nМост",
    ],
)
def test_what_only_a_person_can_decide_is_held(text: str) -> None:
    assert advisories.take(text)[1].advisory


@pytest.mark.parametrize(
    "text",
    [
        "Editors: A Love Story\n\nThe film opens on Friday. It is long.",
        "editors: a love story\n\nThe film opens on Friday.",
        "Mandatory kill switch law passes\n\nThe law was debated.",
        "KILL SWITCH LAW PASSES\n\nThe law was debated.",
        "KILL BILL RETURNS TO CINEMAS\n\nIt is back.",
        "Kill the lights: a city saves power\n\nThe lights go out at ten.",
        "Editors at the paper walk out\n\nThey left on Monday.",
        "Weather advisory issued for the coast\n\nStay inside.",
        "Advisory: boil water in Millbrook\n\nThe city asked people to boil water.",
        "Please kill me, she said\n\nA review.",
        "The kill\n\nA novel.",
        "A wire's worst day\n\nIn 2004 a notice said: “Please kill the story. A kill is mandatory.”",
        "Embargo: Cuba's long wait\n\nThe embargo stands.",
        "Embargoed goods seized at the port\n\nOfficers took them.",
        "Embargo lifted on beef\n\nBeef is back.",
        "Correction in house prices slows\n\nPrices fell.",
        "Correcting the record on bridges\n\nThe record is wrong.",
        "For release of hostages, talks go on\n\nTalks went on.",
        "Ends of the earth\n\nA journey.",
        "Withdrawal symptoms\n\nDoctors warn.",
        "Withdrawal: a memoir of quitting\n\nThe book is out.",
        "Hold for release, then exhale\n\nA yoga teacher explains.",
        STORY,
    ],
)
def test_prose_stays_whole_and_free(text: str) -> None:
    kept, notices = advisories.take(text)

    assert kept == text
    assert notices == advisories.Notices()


@pytest.mark.parametrize(
    "note",
    [
        "(Eds: Updates with quotes, adds byline.)",
        "Eds: APNewsNow. Will be updated.",
        "(EDS: SUBS graf 3 to fix spelling)",
        "Editors: please note the new spelling.",
        "Note to editors: a photo will follow.",
        "(Hinweis an die Redaktion: Foto folgt.)",
    ],
)
def test_a_note_to_the_desk_inside_a_story_goes_and_the_story_runs(note: str) -> None:
    kept, notices = advisories.take(f"{STORY}\n{note}\n\nThe end is near.")

    assert note not in kept
    assert "The bridge closes on Monday." in kept
    assert "The end is near." in kept
    assert notices.advisory is None


def test_a_note_on_a_new_version_above_a_story_holds_nothing_back() -> None:
    kept, notices = advisories.take(f"Eds: Updates with quotes.\n\n{STORY}")

    assert kept.strip() == STORY.strip()
    assert notices.advisory is None


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("EMBARGOED until 0600 GMT Monday 24 November 2026", "06:00 GMT Monday 24 November 2026"),
        ("Embargo: 24 Nov 2026, 06:00 GMT", "24 Nov 2026, 06:00 GMT"),
        (
            "STRICTLY EMBARGOED UNTIL 00.01 HRS TUESDAY 24 NOVEMBER 2026",
            "00:01 TUESDAY 24 NOVEMBER 2026",
        ),
        ("EMBARGOED FOR RELEASE UNTIL 2026-11-24 06:00 UTC", "2026-11-24T06:00Z"),
        ("NOT FOR PUBLICATION BEFORE 24 November 2026", "24 November 2026"),
        ("HOLD FOR RELEASE UNTIL Nov. 24, 2026, 6 a.m. EST", "Nov. 24, 2026, 6 a.m. EST"),
        ("(Embargoed until 24 November 2026)", "24 November 2026"),
        ("For release Sunday, March 8, 2026, and thereafter", "Sunday, March 8, 2026"),
        ("Sperrfrist: 24.11.2026, 6.00 Uhr", "24.11.2026, 6.00 Uhr"),
        ("Embargado hasta 24/11/2026", "24/11/2026"),
        ("EMBARGOED until Monday", ""),
        ("EMBARGOED until 24 November", ""),
        ("EMBARGOED", ""),
        ("Embargoed until further notice", ""),
    ],
)
def test_an_embargo_is_told_by_its_line_and_ends_only_on_a_day_with_a_year(
    line: str, end: str
) -> None:
    kept, notices = advisories.take(f"{line}\n\n{STORY}")

    assert notices.embargoed == end
    assert kept.strip() == STORY.strip()


@pytest.mark.parametrize("line", ["FOR IMMEDIATE RELEASE", "Embargo: none", "Embargo: lifted"])
def test_a_line_that_says_there_is_no_embargo_goes(line: str) -> None:
    kept, notices = advisories.take(f"{line}\n\n{STORY}")

    assert (kept.strip(), notices.embargoed) == (STORY.strip(), None)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("CORRECTION: The bridge has four piers.", "The bridge has four piers."),
        ("Correction: The bridge has four piers.", "The bridge has four piers."),
        ("(BERICHTIGUNG: vier Pfeiler)", "vier Pfeiler"),
        ("CORRECTION", "Correction"),
    ],
)
def test_a_correction_above_the_story_becomes_a_note_for_readers(line: str, note: str) -> None:
    kept, notices = advisories.take(f"{line}\n\n{STORY}")

    assert (kept.strip(), notices.correction) == (STORY.strip(), note)


def test_a_correction_beneath_the_story_stays_where_the_paper_put_it() -> None:
    text = f"{STORY}\nCorrection: An earlier version named the wrong month.\n"
    kept, notices = advisories.take(text)

    assert kept == text
    assert notices.correction == "An earlier version named the wrong month."


@pytest.mark.parametrize(
    "end",
    [
        "ENDS", "-ends-", "-30-", "###", "# # #", "Notes to editors:", "Media contact",
        "The following information is not intended for publication",
    ],
)  # fmt: skip
def test_what_stands_under_the_end_of_a_story_goes(end: str) -> None:
    kept, _ = advisories.take(f"{STORY}\n{end}\n\nCall Kol on 555.\n")

    assert kept.strip() == STORY.strip()


@pytest.mark.parametrize(
    ("title", "kept", "correction"),
    [
        ("CORRECTED-Oil rises", "Oil rises", "Corrected"),
        ("Correction: Oil story", "Oil story", "Correction"),
        ("Oil rises", "Oil rises", None),
        ("Self-correction: how markets heal", "Self-correction: how markets heal", None),
    ],
)
def test_a_label_in_a_headline_is_no_part_of_it(
    title: str, kept: str, correction: str | None
) -> None:
    found, notices = advisories.title_without(title)

    assert (found, notices.correction) == (kept, correction)


@pytest.mark.parametrize(
    "slug",
    ["BC-US--Fire, KILL", "BC-Fire-Kill,40", "BC-Fire,Withdrawal", "AP-News Digest", "BC-Advisory"],
)
def test_a_slug_says_what_is_not_to_be_run(slug: str) -> None:
    assert advisories.of_slug(slug)


@pytest.mark.parametrize(
    "slug", ["BC-US--Killer Whales,166", "BC-Skills Gap", "BC-Roadkill", "Halden/"]
)
def test_a_slug_is_read_in_whole_words(slug: str) -> None:
    assert advisories.of_slug(slug) is None


def test_notes_in_html_go_and_the_rest_stays() -> None:
    html = "<p>Eds: Updates.</p><p>EMBARGOED until 24 November 2026</p><p>The <b>bridge</b> closes.</p>"
    entry = Entry(format="x", title=Text("Bridge"), content=Text(html, "html"))
    advisories.mark(entry)

    assert entry.content
    assert entry.content.value == "<p>The <b>bridge</b> closes.</p>"
    assert entry.embargoed == "24 November 2026"


def test_what_a_format_declares_goes_before_what_its_text_says() -> None:
    entry = Entry(format="x", embargoed="2026-01-01")
    advisories.Notices(embargoed="", correction="c", advisory="a").put_on(entry)

    assert (entry.embargoed, entry.correction, entry.advisory) == ("2026-01-01", "c", "a")


def test_a_captured_page_with_a_kill_is_held() -> None:
    text = (
        "The Wend Gazette\n\nMANDATORY KILL\n\nBridge closes for three months\n\n"
        "The bridge closes on Monday, the city said. It opens again in June after repairs.\n"
    )

    assert one(captured, text).advisory


@pytest.mark.parametrize(
    "piece",
    ["(", "KILL ", "eds: ", "embargo ", "* ", "correction:\n", "<p>", "a\n", "-- ", "URGENT "],
)
def test_a_long_text_takes_a_bounded_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    advisories.take(text)
    advisories.mark(Entry(format="x", title=Text(text), content=Text(text, "html")))
    advisories.of_slug(text)

    assert time.process_time() - started < 2


_PIECES = st.sampled_from(
    ["KILL", "MANDATORY KILL", "Editors:", "(Eds:", "EMBARGOED", "until", " ", "\n", "\n\n", "2026",
     "CORRECTION:", ")", "ENDS", "-30-", "x", "The story.", "<p>", "</p>", "-", ":", "0600 GMT"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join) | st.text(max_size=200))
def test_taking_notices_only_takes_away(text: str) -> None:
    kept, _ = advisories.take(text)
    lines = iter(text.split("\n"))

    assert all(line in lines for line in kept.split("\n") if line)
