"""NewsML-G2: items, messages and packages to articles; what is no article says why."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import formats
from feeds.errors import BrokenDocument, UnknownFormat
from feeds.formats import newsml_g2
from feeds.formats.newscodes import issuer, without_version
from feeds.model import Article, Entry, Rejection, Rules
from feeds.reading import read as read_whole
from tests.factories import document
from tests.pairs import expected, plain, read, samples
from tests.pairs import one as entry

SAMPLES = samples("newsml_g2")
CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
SETS = ("newsml-g2", "newsml-g2-py", "newsmlvalidator", "ninjs")
_TEXT = '<inlineData contenttype="text/plain">Words.</inlineData>'


def _item(
    item_meta: str = "", content_meta: str = "", contents: str = _TEXT, more: str = ""
) -> str:
    return (
        '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1" version="2" xml:lang="en">'
        f'<itemMeta><itemClass qcode="ninat:text"/>{item_meta}</itemMeta><contentMeta>'
        f"<headline>Title</headline>{content_meta}</contentMeta>{more}"
        f"<contentSet>{contents}</contentSet></newsItem>"
    )


def _message(*items: str) -> str:
    return f"<newsMessage><itemSet>{''.join(items)}</itemSet></newsMessage>"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    data = path.read_bytes()

    assert formats.parse(document(data, path.name))[0] == "newsml-g2"
    assert plain(read(newsml_g2, data)) == expected(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_no_note_to_the_desk_leaves(path: Path) -> None:
    found = repr(read(newsml_g2, path.read_bytes()))

    for note in ("Corrects the number", "555", "Autor"):
        assert note not in found


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ('qcode="stat:usable"', "usable"),
        ('qcode="withheld"', "withheld"),
        ('uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"', "canceled"),
        ('qcode="STAT:Cancelled"', "canceled"),
        ('qcode="stat:odd"', "withheld"),
    ],
)
def test_a_status_is_one_of_three_words(written: str, status: str) -> None:
    assert entry(newsml_g2, _item(f"<pubStatus {written}/>")).status == status


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("<embargoed/>", ""),
        ("<embargoed>2024-05-03T05:00:00Z</embargoed>", "2024-05-03T05:00:00Z"),
        ("", None),
    ],
)
def test_an_empty_embargo_is_one_without_an_end(written: str, end: str | None) -> None:
    assert entry(newsml_g2, _item(written)).embargoed == end


def test_a_headline_without_a_role_goes_before_one_with() -> None:
    item = _item("", '<headline role="hld:short">Short</headline>')
    found = entry(newsml_g2, item.replace("<headline>Title</headline>", ""))
    main = entry(newsml_g2, item)

    assert found.title
    assert found.title.value == "Short"
    assert main.title
    assert main.title.value == "Title"


def test_a_picture_of_a_link_is_the_largest_that_it_has() -> None:
    link = (
        '<link rel="irel:dependsOn"><itemClass qcode="ninat:picture"/>'
        '<remoteContent href="https://x.example/s.jpg" contenttype="image/jpeg" width="9" height="9"/>'
        '<remoteContent href="https://x.example/l.jpg" contenttype="image/jpeg" width="90" height="90"/>'
        "</link>"
    )
    [image] = entry(newsml_g2, _item(link)).images

    assert (image.url, image.width) == ("https://x.example/l.jpg", 90)


def test_a_killed_picture_goes_with_no_text() -> None:
    killed = (
        '<newsItem guid="urn:x:2"><itemMeta><itemClass qcode="ninat:picture"/>'
        '<pubStatus qcode="stat:canceled"/></itemMeta><contentSet>'
        '<remoteContent href="https://x.example/killed.jpg" contenttype="image/jpeg"/></contentSet></newsItem>'
    )
    [found] = read(newsml_g2, _message(_item(), killed))

    assert isinstance(found, Entry)
    assert found.images == []


def test_a_picture_in_the_item_comes_along() -> None:
    data = '<inlineData contenttype="image/png" encoding="base64">iVBORw0KGgo=</inlineData>'
    found = entry(newsml_g2, _item(contents=_TEXT + data))

    assert found.attachments == {"inline-1.png": b"\x89PNG\r\n\x1a\n"}
    assert [image.url for image in found.images] == ["inline-1.png"]


def test_what_is_about_places_and_persons_is_no_category() -> None:
    subjects = (
        '<subject type="cpnat:person"><name>Ann Lee</name></subject>'
        '<subject type="cpnat:geoArea"><name>Hallin</name></subject>'
        '<subject type="cpnat:abstract"><name>Rivers</name></subject>'
    )

    assert entry(newsml_g2, _item("", subjects)).categories == ["Rivers"]


def test_a_code_is_named_by_the_assertion_of_the_item() -> None:
    asserted = '<assert uri="https://x.example/c/1"><name>Conservation</name></assert>'
    subject = '<subject uri="https://x.example/c/1"/>'

    assert entry(newsml_g2, _item("", subject, more=asserted)).categories == ["Conservation"]


def test_a_creator_that_is_only_a_code_is_no_author() -> None:
    creators = (
        '<creator qcode="ad:kraff"><name>kraff</name></creator>'
        '<creator role="crol:photographer"><name>Pia Holm</name></creator>'
        "<creator><name>Mirel Tasko</name></creator>"
    )
    found = entry(newsml_g2, _item("", creators))

    assert [one.name for one in found.authors] == ["Mirel Tasko"]


def test_a_prefix_that_nobody_declared_does_no_harm() -> None:
    found = entry(newsml_g2, _item().replace("<newsItem ", '<newsItem xsi:schemaLocation="a b" '))

    assert found.content


def test_a_broken_item_is_named_and_its_neighbours_pass() -> None:
    found = read(newsml_g2, _message(_item(), "<newsItem><a></b></newsItem>", _item()))

    assert [type(one) for one in found] == [Entry, Rejection, Entry]


@pytest.mark.parametrize(
    "name", ["conceptItem", "knowledgeItem", "catalogItem", "planningItem", "packageItem"]
)
def test_what_is_no_article_says_why(name: str) -> None:
    [found] = read(newsml_g2, f'<{name} guid="urn:x:9"/>')

    assert isinstance(found, Rejection)
    assert found.problem.startswith("urn:x:9: ")


def test_a_message_without_items_is_refused() -> None:
    with pytest.raises(BrokenDocument):
        read(newsml_g2, _message())


@pytest.mark.parametrize(
    ("upstream_id", "version", "bare"),
    [
        ("urn:newsml:x.example:20240502:A1:4", "4", "urn:newsml:x.example:20240502:A1"),
        ("urn:newsml:x.example:20240502:A1:4N", "4", "urn:newsml:x.example:20240502:A1"),
        ("urn:newsml:x.example:20240502:4", "4", "urn:newsml:x.example:20240502:4"),
        ("urn:newsml:x.example:20240502:A1:3", "4", "urn:newsml:x.example:20240502:A1:3"),
        ("tag:reuters.com,2024:newsml_L1N3:12", "12", "tag:reuters.com,2024:newsml_L1N3"),
        ("tag:x.example,2024:12", "12", "tag:x.example,2024:12"),
        ("x", None, "x"),
    ],
)
def test_a_version_in_an_id_is_no_part_of_it(
    upstream_id: str, version: str | None, bare: str
) -> None:
    assert without_version(upstream_id, version) == bare


@pytest.mark.parametrize(
    ("upstream_id", "provider"),
    [
        ("urn:newsml:dpa.com:20090101:130821", "dpa.com"),
        ("tag:reuters.com,2024:newsml_L1N3", "reuters.com"),
        ("https://www.x.example/items/1", "x.example"),
        ("A-1", "Wend Wire"),
        (None, "Wend Wire"),
    ],
)
def test_an_id_that_names_its_issuer_says_who_provides(
    upstream_id: str | None, provider: str
) -> None:
    assert issuer(upstream_id, "Wend Wire") == provider


def _outcome(path: Path) -> str:
    """Return what becomes of the file at *path* in one word; fail for half an article."""
    asked = document(path.read_bytes(), path.name)
    try:
        formats.parse(asked)
    except UnknownFormat:
        return "in no format"
    found = read_whole(asked, Rules())
    assert found, path
    for one in found:
        assert isinstance(one, Article) or (one.problem and "a fault in" not in one.problem), path
        if isinstance(one, Article):
            assert one.title, path
            assert one.published, path
            assert one.upstream_id or one.format in {"html", "markdown", "captured", "short"}, path
            says_all = one.content_html or one.summary or one.status != "usable"
            assert says_all or (one.urgency or 9) <= 2, path  # a flash is its headline
    articles = sum(isinstance(one, Article) for one in found)
    return "articles" if articles else "a stated reason"


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_every_file_of_the_corpora_is_an_article_or_has_a_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = {
        name: Counter(
            _outcome(path)
            for path in sorted((CORPORA / name).rglob("*"))
            if path.is_file() and path.stat().st_size
        )
        for name in SETS
    }
    with capsys.disabled():
        for name, outcomes in table.items():
            print(f"\n{name}: {', '.join(f'{n} {what}' for what, n in sorted(outcomes.items()))}")

    assert all(outcomes["articles"] for outcomes in table.values())


_WHOLE = SAMPLES[0].read_bytes()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(_WHOLE)), st.integers(0, 40), st.binary(max_size=12))
def test_damage_raises_nothing_but_broken_document(start: int, length: int, put: bytes) -> None:
    data = _WHOLE[:start] + put + _WHOLE[start + length :]
    with contextlib.suppress(BrokenDocument):
        for one in read(newsml_g2, data):
            assert isinstance(one, Entry | Rejection)
