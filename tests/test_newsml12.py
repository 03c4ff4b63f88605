"""NewsML 1.2: trees of components to articles, one for each NewsItem."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import formats
from feeds.errors import BrokenDocument
from feeds.formats import newsml12
from feeds.model import Entry, Rejection
from tests.factories import document
from tests.pairs import expected, plain, read, samples
from tests.pairs import one as entry

SAMPLES = samples("newsml12")
CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
_TEXT = "<ContentItem><DataContent><p>Words.</p></DataContent></ContentItem>"


def _newsml(management: str = "", component: str = "", number: int = 7) -> str:
    identifier = (
        "<NewsIdentifier><ProviderId>w.example</ProviderId><DateId>20240502</DateId>"
        f"<NewsItemId>{number}</NewsItemId><RevisionId>3</RevisionId></NewsIdentifier>"
    )
    lines = "<NewsLines><HeadLine>Title</HeadLine></NewsLines>"
    return (
        f"<NewsItem><Identification>{identifier}</Identification>"
        f"<NewsManagement>{management}</NewsManagement>"
        f"<NewsComponent>{lines}{component or _TEXT}</NewsComponent></NewsItem>"
    )


def _one(management: str = "", component: str = "") -> Entry:
    return entry(newsml12, f"<NewsML>{_newsml(management, component)}</NewsML>")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    data = path.read_bytes()

    assert formats.parse(document(data, path.name))[0] == "newsml"
    assert plain(read(newsml12, data)) == expected(path)


def test_the_revision_is_the_version_and_no_part_of_the_id() -> None:
    found = _one()

    assert (found.upstream_id, found.version) == ("urn:newsml:w.example:20240502:7", "3")
    assert found.provider == "w.example"


@pytest.mark.parametrize("revision", ["3", "3N", "3U", "03"])
def test_a_public_identifier_alone_gives_the_same_id(revision: str) -> None:
    identifier = (
        "<NewsIdentifier><RevisionId>3</RevisionId><PublicIdentifier>"
        f"urn:newsml:w.example:20240502:7:{revision}</PublicIdentifier></NewsIdentifier>"
    )
    component = f"<NewsComponent>{_TEXT}</NewsComponent>"
    item = f"<NewsItem><Identification>{identifier}</Identification>{component}</NewsItem>"

    assert entry(newsml12, f"<NewsML>{item}</NewsML>").upstream_id == _one().upstream_id


@pytest.mark.parametrize("word", ["Cancel", "Kill", "Delete", "WITHDRAW"])
def test_an_instruction_to_kill_is_obeyed(word: str) -> None:
    assert _one(f'<Instruction FormalName="{word}"/>').status == "canceled"


def test_an_embargo_without_an_announced_end_has_none() -> None:
    assert _one('<Status FormalName="Embargoed"/>').embargoed == ""


def test_a_status_that_will_change_to_canceled_is_an_expiry() -> None:
    future = '<FutureStatus FormalName="Canceled"/><DateAndTime>20240601T00Z</DateAndTime>'
    found = _one(f'<Status FormalName="Usable"/><StatusWillChange>{future}</StatusWillChange>')

    assert found.expires == "20240601T00Z"


def test_an_unknown_status_is_no_permission() -> None:
    assert _one('<Status FormalName="Draft"/>').status == "withheld"


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("<DataContent><p>Words.</p></DataContent>", "<p>Words.</p>"),
        (
            (
                '<Format FormalName="XHTML"/><DataContent><html xmlns="http://www.w3.org/1999/xhtml">'
                "<head><title/></head><body><p>Words.</p></body></html></DataContent>"
            ),
            "<p>Words.</p>",
        ),
        (
            '<MimeType FormalName="text/html"/><DataContent><![CDATA[<p>Words.</p>]]></DataContent>',
            "<p>Words.</p>",
        ),
        (
            (
                '<Format FormalName="NITF"/><DataContent><![CDATA[<nitf><body><body.content><p>Words.</p>'
                "</body.content></body></nitf>]]></DataContent>"
            ),
            "<p>Words.</p>",
        ),
        ('<MimeType FormalName="text/plain"/><DataContent>Words.</DataContent>', "Words."),
        (
            (
                '<MimeType FormalName="text/html"/><Encoding Notation="Base64">'
                "<DataContent>PHA+V29yZHMuPC9wPg==</DataContent></Encoding>"
            ),
            "<p>Words.</p>",
        ),
    ],
)
def test_the_text_is_found_in_each_way_of_carrying_it(content: str, html: str) -> None:
    found = _one(component=f"<ContentItem>{content}</ContentItem>")

    assert found.content
    assert found.content.value == html


def test_the_body_is_told_from_the_other_parts_by_its_role() -> None:
    parts = "".join(
        f'<NewsComponent><Role FormalName="{role}"/><ContentItem><DataContent><p>{role}</p>'
        "</DataContent></ContentItem></NewsComponent>"
        for role in ("Contact", "HeadLine", "Abstract", "Sidebar", "Body")
    )
    found = _one(component=parts)

    assert found.content
    assert found.content.value == "<p>Body</p>"
    assert found.summary
    assert found.summary.value == "Abstract"


def test_a_broken_item_is_named_and_its_neighbours_pass() -> None:
    items = [_newsml(number=1), "<NewsItem>\n <a></b></NewsItem>", _newsml(number=3)]
    found = read(newsml12, "<NewsML>\n" + "\n".join(items) + "\n</NewsML>")

    assert [type(one) for one in found] == [Entry, Rejection, Entry]
    assert isinstance(found[1], Rejection)
    assert (found[1].line, found[1].column) == (4, 9)


@pytest.mark.parametrize(
    ("component", "problem"),
    [
        ("<TopicSet/>", "topics"),
        ("<Update/>", "Update"),
        ("<NewsComponent><NewsItemRef NewsItem='x'/></NewsComponent>", "package"),
        ("", "no news component"),
        (
            "<NewsComponent><ContentItem Href='a.jpg'><MediaType FormalName='Photo'/></ContentItem></NewsComponent>",
            "pictures",
        ),
        (
            "<NewsComponent><ContentItem><MimeType FormalName='application/x'/><DataContent>x</DataContent></ContentItem></NewsComponent>",
            "application/x",
        ),
    ],
)
def test_what_is_no_article_says_why(component: str, problem: str) -> None:
    [found] = read(newsml12, f"<NewsML><NewsItem>{component}</NewsItem></NewsML>")

    assert isinstance(found, Rejection)
    assert problem in found.problem


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_press_releases_of_an_agency_are_articles() -> None:
    for path in sorted((CORPORA / "ninjs" / "examples" / "NewsML").glob("*.xml")):
        found = entry(newsml12, path.read_bytes())

        assert found.title
        assert found.content
        assert len(found.content.value) > 1_000
        assert found.published


_WHOLE = SAMPLES[-1].read_bytes()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(_WHOLE)), st.integers(0, 40), st.binary(max_size=12))
def test_damage_raises_nothing_but_broken_document(start: int, length: int, put: bytes) -> None:
    data = _WHOLE[:start] + put + _WHOLE[start + length :]
    with contextlib.suppress(BrokenDocument):
        for one in read(newsml12, data):
            assert isinstance(one, Entry | Rejection)
