"""NITF: what docdata, the head lines and the body say, and nothing that was for the desk."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import formats
from feeds.errors import BrokenDocument
from feeds.formats import nitf
from feeds.model import Entry, Rejection
from tests.factories import document
from tests.pairs import expected, plain, read, samples
from tests.pairs import one as entry

SAMPLES = samples("nitf")
SECONDS = 5.0


def _nitf(docdata: str = "", head: str = "", body: str = "<p>Words.</p>") -> str:
    return (
        f"<nitf><head>{docdata}</head><body><body.head><hedline><hl1>Title</hl1></hedline>{head}"
        f"</body.head><body.content>{body}</body.content></body></nitf>"
    )


def _content(body: str) -> str:
    found = entry(nitf, _nitf(body=body)).content
    assert found
    return found.value


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    data = path.read_bytes()

    assert formats.parse(document(data, path.name))[0] == "nitf"
    assert plain(read(nitf, data)) == expected(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_no_note_to_the_desk_leaves(path: Path) -> None:
    found = repr(read(nitf, path.read_bytes()))

    for note in (
        "DESK",
        "must not be named",
        "Pictures to follow",
        "Check the figure",
        "the trust'",
    ):
        assert note not in found


@pytest.mark.parametrize(
    ("written", "status", "embargoed"),
    [
        ("usable", "usable", None),
        ("embargoed", "usable", ""),
        ("withheld", "withheld", None),
        ("canceled", "canceled", None),
        ("Cancelled", "canceled", None),
        ("replaced", "withheld", None),
    ],
)
def test_the_management_status_is_obeyed(written: str, status: str, embargoed: str | None) -> None:
    found = entry(nitf, _nitf(f'<docdata management-status="{written}"/>'))

    assert (found.status, found.embargoed) == (status, embargoed)


def test_a_document_cancels_another_by_its_id() -> None:
    found = entry(
        nitf,
        _nitf('<docdata management-doc-idref="a-1" management-idref-status="canceled"/>'),
    )

    assert found.cancels == ["a-1"]


def test_a_reference_that_does_not_cancel_takes_nothing_back() -> None:
    found = entry(
        nitf, _nitf('<docdata management-doc-idref="a-1" management-idref-status="usable"/>')
    )

    assert found.cancels == []


def test_a_release_after_the_issue_is_an_embargo() -> None:
    dates = '<date.issue norm="20240502T07"/><date.release norm="20240503T05"/>'

    assert entry(nitf, _nitf(f"<docdata>{dates}</docdata>")).embargoed == "20240503T05"


def test_a_key_is_an_id_of_its_day_where_there_is_no_other() -> None:
    data = '<docdata><date.issue norm="20240502T070000Z"/><du-key key="otters" generation="4"/></docdata>'
    found = entry(nitf, _nitf(data))

    assert (found.upstream_id, found.version) == ("20240502:otters", "4")


def test_subject_codes_without_a_name_give_their_first_level() -> None:
    subjects = '<tobject><tobject.subject tobject.subject.refnum="15054000"/></tobject>'

    assert entry(nitf, _nitf(subjects)).categories == ["sport"]


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        (
            "<byline>By <person>Ann Lee</person> and <person>Bo Katz</person></byline>",
            "Ann Lee|Bo Katz",
        ),
        ("<byline>By ANN LEE, <byttl>Staff Writer</byttl></byline>", "ANN LEE"),
        ("<byline><org>The Courier</org></byline>", "The Courier"),
        ("<byline>By Ann Lee</byline><byline>By Bo Katz</byline>", "Ann Lee|Bo Katz"),
        ("", ""),
    ],
)
def test_a_byline_names_its_persons(byline: str, names: str) -> None:
    found = entry(nitf, _nitf(head=byline))

    assert "|".join(one.name for one in found.authors) == names


@pytest.mark.parametrize(
    ("dateline", "place"),
    [
        ("<dateline><location>LONDON</location></dateline>", "LONDON"),
        ("<dateline>PARIS, <story.date>May 2</story.date> (AFP) -</dateline>", "PARIS"),
        ("<dateline>ROUND ROCK, Texas (AP) _</dateline>", "ROUND ROCK, Texas"),
        ("", None),
    ],
)
def test_a_dateline_is_its_place(dateline: str, place: str | None) -> None:
    assert entry(nitf, _nitf(head=dateline)).dateline == place


def test_what_is_marked_for_machines_is_plain_text() -> None:
    html = _content("<p><person idsrc='x'>Ann</person> paid <money unit='EUR'>4 euros</money>.</p>")

    assert html == "<p>Ann paid 4 euros.</p>"


def test_a_fraction_keeps_its_stroke() -> None:
    assert (
        _content("<p><frac><numer>1</numer><denom>2</denom></frac> a mile</p>")
        == "<p>1/2 a mile</p>"
    )


def test_deep_nesting_is_read_as_far_as_xml_is() -> None:
    deep = 240
    html = _content("<block>" * deep + "<p>x</p>" + "</block>" * deep)

    assert html.count("<div>") == deep


def test_two_paragraphs_of_an_abstract_are_two_sentences() -> None:
    found = entry(nitf, _nitf(head="<abstract><p>One.</p><p>Two.</p></abstract>"))

    assert found.summary
    assert found.summary.value == "One. Two."


def test_text_cannot_become_markup() -> None:
    assert _content("<p>a &lt;script&gt; &amp; b</p>") == "<p>a &lt;script&gt; &amp; b</p>"


def test_a_table_of_the_nitf_kind_keeps_its_cells() -> None:
    table = "<table><tr><td rowspan='2'>1</td></tr></table>"
    html = _content(f"<nitf-table><nitf-table-metadata>m</nitf-table-metadata>{table}</nitf-table>")

    assert html == '<table><tr><td rowspan="2">1</td></tr></table>'


def test_a_picture_without_an_address_keeps_its_words() -> None:
    media = '<media media-type="image"><media-caption>The weir</media-caption></media>'
    [image] = entry(nitf, _nitf(body=f"<p>x</p>{media}")).images

    assert (image.url, image.caption) == (None, "The weir")


def test_documents_in_a_row_are_all_read_and_the_broken_one_named() -> None:
    broken = "<nitf><head>\n<title>x</head></nitf>"
    found = read(nitf, f"{_nitf()}\n{broken}\n<?xml version='1.0'?>\n{_nitf()}")

    assert [type(one) for one in found] == [Entry, Rejection, Entry]
    assert isinstance(found[1], Rejection)
    assert (found[1].error, found[1].line) == ("BrokenDocument", 3)


def test_a_document_that_says_nothing_is_turned_away() -> None:
    [found] = read(nitf, "<nitf><head/><body/></nitf>")

    assert isinstance(found, Rejection)


@pytest.mark.parametrize(("urgency", "kind"), [("1", Entry), ("5", Rejection)])
def test_a_headline_alone_is_a_flash_or_no_article(urgency: str, kind: type) -> None:
    [found] = read(nitf, _nitf(f'<docdata><urgency ed-urg="{urgency}"/></docdata>', body=""))

    assert isinstance(found, kind)


def test_names_of_characters_are_read_without_a_dtd() -> None:
    assert _content("<p>caf&eacute; &mdash; &#8364; &#x1a;&amp;</p>") == "<p>café — € &amp;</p>"


def test_control_codes_of_a_wire_do_no_harm() -> None:
    assert _content("<p>a\x0b\x1ab\x00</p>") == "<p>ab</p>"


@pytest.mark.parametrize(
    "dtd",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY lol "&b;&b;&b;">',
        '<!ENTITY lol SYSTEM "file:///etc/passwd">',
        '<!ENTITY lol PUBLIC "x" "http://127.0.0.1:9/x">',
        '<!ENTITY % lol SYSTEM "http://127.0.0.1:9/x"> %lol;',
    ],
)
def test_an_entity_is_never_resolved(dtd: str) -> None:
    with pytest.raises(BrokenDocument):
        read(nitf, f"<!DOCTYPE nitf [{dtd}]>" + _nitf(body="<p>&lol;</p>"))


@pytest.mark.parametrize(
    "bomb",
    [
        "<nitf><body><body.content>" + "<block>" * 100_000,
        "<nitf " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>",
        "<nitf><head>" * 20_000,
        "<nitf></nitf" * 20_000,
        "<!DOCTYPE nitf [" + "<!--" * 50_000,
        "<nitf>" + "&a" * 100_000 + "</nitf>",
        "<nitf><![CDATA[" * 20_000,
        "<nitf>" + "<nitf>&x;</nitf>" * 5_000,
    ],
)
def test_a_bomb_is_refused_in_time(bomb: str) -> None:
    started = time.process_time()
    with contextlib.suppress(BrokenDocument):
        found = read(nitf, bomb)
        assert not [one for one in found if isinstance(one, Entry) and one.content]

    assert time.process_time() - started < SECONDS


def test_broken_xml_is_named_with_its_place() -> None:
    with pytest.raises(BrokenDocument) as caught:
        read(nitf, "<nitf>\n <head></hed>\n</nitf>")

    assert (caught.value.line, caught.value.column) == (2, 14)


_WHOLE = SAMPLES[0].read_bytes()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(_WHOLE)), st.integers(0, 40), st.binary(max_size=12))
def test_damage_raises_nothing_but_broken_document(start: int, length: int, put: bytes) -> None:
    data = _WHOLE[:start] + put + _WHOLE[start + length :]
    with contextlib.suppress(BrokenDocument):
        for one in read(nitf, data):
            assert isinstance(one, Entry | Rejection)
