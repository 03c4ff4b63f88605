"""RSS, RDF and Atom documents: what is read, that two readers agree, and that nothing harms."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import syndication
from feeds.formats.decoding import decode
from feeds.formats.syndication import cdata, tolerant
from feeds.formats.syndication import document as reading
from feeds.model import Document, Entry, Image, Rejection, Source, Text

DATA = Path(__file__).parent / "data" / "syndication"
SAMPLES = sorted(path for path in DATA.iterdir() if path.suffix != ".json")
SHARED = Path(__file__).parents[2] / "shared"
CORPORA = SHARED / "corpora"
NOW = datetime(2025, 9, 9, tzinfo=UTC)
URL = "https://feeds.example/a/feed.xml"
SIZE = 200_000
BOUND = 1.0  # seconds of CPU that a hostile document of SIZE bytes may cost

FIRST_PATH = {"weblog.rss", "podcast.rss", "weather.rdf", "planet.atom", "old.atom", "gaps.rss"}
"""Samples that the fast path must take; the others are broken on purpose or in other charsets."""


RELATIVE_BASE = re.compile(rb"""xml:base=["'](?!https?:)""")


def _document(data: bytes | str, **known: Any) -> Document:
    data = data.encode() if isinstance(data, str) else data
    return Document(data, "feed.xml", Source(id="test"), NOW, **known)


def _recognised(data: bytes | str) -> bool:
    document = _document(data)
    return syndication.recognises(document, decode(document.data[:8192]).lstrip("\ufeff \t\r\n"))


def _parse(data: bytes | str, **known: Any) -> list[Entry | Rejection]:
    return list(syndication.parse(_document(data, **known)))


def _entry(data: bytes | str, **known: Any) -> Entry:
    (entry,) = _parse(data, **known)
    assert isinstance(entry, Entry)
    return entry


def _item(inside: str) -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Feed</title>'
        f"<item>{inside}</item></channel></rss>"
    )


def _plain(found: list[Entry | Rejection]) -> list[Any]:
    default = msgspec.to_builtins(Entry(format=""))
    return [
        {key: value for key, value in msgspec.to_builtins(one).items() if value != default.get(key)}
        for one in found
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    expected = json.loads(path.with_suffix(path.suffix + ".json").read_text("utf-8"))

    assert _plain(_parse(path.read_bytes())) == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_recognised(path: Path) -> None:
    assert _recognised(path.read_bytes())


@pytest.mark.parametrize("name", sorted(FIRST_PATH))
def test_the_fast_path_takes_what_is_well_made(name: str) -> None:
    data = reading._utf8(_document((DATA / name).read_bytes()))

    assert syndication.strict(data, None) is not None


# --- the two readers ---------------------------------------------------------------------------


def _without_words(entry: Entry) -> list[Image]:
    return [Image(image.url, width=image.width, height=image.height) for image in entry.images]


def _differences(data: bytes) -> list[str]:
    """Name the fields in which the two readers differ, but for the differences that are meant."""
    fast = syndication.strict(data, URL)
    if fast is None:
        return []
    slow = list(tolerant.read(data, URL))
    if len(fast) != len(slow):
        return ["number of entries"]
    found = []
    for mine, reference in zip(fast, slow, strict=True):
        if not (isinstance(mine, Entry) and isinstance(reference, Entry)):
            found += [] if type(mine) is type(reference) else ["rejection"]
            continue
        meant = {"images"}  # feedparser keeps no tie between one of several pictures and its words
        if b'href=""' in data and b"xml:base" in data:
            meant.add("link")  # an empty href is the feed itself, by xml:base: no article's page
        if RELATIVE_BASE.search(data):
            meant.add("base")  # without an address, feedparser does not leave a relative base
        found += [
            f"{name}: {getattr(mine, name)!r} != {getattr(reference, name)!r}"
            for name in mine.__struct_fields__
            if name not in meant and getattr(mine, name) != getattr(reference, name)
        ]
        if _without_words(mine) != _without_words(reference):
            found.append(f"images: {mine.images} != {reference.images}")
    return found


def _corpus() -> Iterator[Path]:
    for path in CORPORA.glob("**/*"):
        if path.is_file() and path.suffix not in {".json", ".html", ".gz", ".z", ".md", ".opml"}:
            yield path


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_fast_path_and_feedparser_agree_on_every_feed_of_the_corpora() -> None:
    compared, differences = 0, {}
    for path in _corpus():
        data = path.read_bytes()
        if not _recognised(data):
            continue
        try:
            utf8 = reading._utf8(_document(data))
            compared += syndication.strict(utf8, URL) is not None
            found = _differences(utf8)
        except BrokenDocument as error:
            found = [str(error)]
        if found:
            differences[str(path.relative_to(CORPORA))] = found

    assert differences == {}
    assert compared > 1_500


@pytest.mark.parametrize("name", sorted(FIRST_PATH))
def test_fast_path_and_feedparser_agree_on_our_own_feeds(name: str) -> None:
    data = reading._utf8(_document((DATA / name).read_bytes()))

    assert _differences(data) == []


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_readers_agree_on_any_mixture_of_elements(data: st.DataObject) -> None:
    texts = st.text(st.sampled_from("ab <&>é;/p@."), max_size=12)
    names = st.sampled_from(
        ["title", "link", "guid", "description", "content:encoded", "author", "category", "pubDate"]
    )
    children = data.draw(st.lists(st.tuples(names, texts), max_size=6))
    inside = "".join(
        f"<{name}><![CDATA[{text}]]></{name}>"
        if "é" in text
        else f"<{name}>{text.replace('&', '&amp;').replace('<', '&lt;')}</{name}>"
        for name, text in children
    )

    assert _differences(_item(inside).encode()) == []


# --- recognition -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "<rss version='2.0'><channel/></rss>",
        "\n\n  <rss><channel/></rss>",
        "\ufeff<?xml version='1.0'?><rss/><!-- end -->",
        "<?xml version='1.0'?><?xml-stylesheet href='a>b'?><!-- <html> --><rss/>",
        "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss/>",
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x/"><rss/>',
        "<feed xmlns='http://www.w3.org/2005/Atom'/>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'/>",
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'/>",
        "<feed><entry/></feed>",
        "<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/'/>",
        "<channel><item/></channel>",
        "<!--" + "x" * 20_000 + "--><rss/>",
    ],
)
def test_a_feed_is_recognised_by_its_root(data: str) -> None:
    assert _recognised(data)


@pytest.mark.parametrize(
    "data",
    [
        "<!DOCTYPE html><html><body><rss/></body></html>",
        "<html><head><link rel='alternate' type='application/rss+xml'></head></html>",
        "<nitf><body/></nitf>",
        "<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/'/>",
        "<feed xmlns='https://farm.example/animals'/>",
        "<rdf:RDF xmlns:rdf='r' xmlns:foaf='http://xmlns.com/foaf/0.1/'/>",
        "<opml/>",
        "<p>rss</p>",
        "rss",
        "<",
        "<!--",
        "<!DOCTYPE rss",
    ],
)
def test_what_is_no_feed_is_not_recognised(data: str) -> None:
    assert not _recognised(data)


# --- claims about single fields ----------------------------------------------------------------


def test_a_title_is_decoded_once_and_says_that_it_is_html() -> None:
    entry = _entry(_item("<title>Salt &amp;amp; pepper</title>"))

    assert entry.title == Text("Salt &amp; pepper", "html")


def test_a_title_with_a_bare_ampersand_is_text() -> None:
    entry = _entry(_item("<title>Salt &amp; pepper</title>"))

    assert entry.title == Text("Salt & pepper", "text")


def test_a_caption_never_becomes_the_summary() -> None:
    for order in (0, 1, 2):
        parts = ["<description>Own</description>", "<content:encoded>Body</content:encoded>"]
        parts.insert(order, "<media:description>Caption</media:description>")
        data = _item("".join(parts)).encode()
        (slow,) = tolerant.read(data, None)
        assert isinstance(slow, Entry)

        assert (slow.summary, slow.content) == (Text("Own", "html"), Text("Body", "html"))
        assert _entry(data).summary == slow.summary


def test_a_guid_stays_as_it_stood_wherever_the_feed_moves() -> None:
    entry = _entry(_item("<title>t</title><guid>story-9</guid>"), url=URL)

    assert (entry.upstream_id, entry.link) == ("story-9", None)


def test_a_guid_that_is_no_permalink_is_no_link() -> None:
    entry = _entry(_item('<guid isPermaLink="false">https://a.example/</guid><title>t</title>'))

    assert entry.link is None


def test_a_relative_link_is_joined_to_the_address_of_the_document() -> None:
    entry = _entry(_item("<link>../story</link>"), url=URL)

    assert entry.link == "https://feeds.example/story"


def test_the_original_link_goes_before_the_counting_one() -> None:
    entry = _entry(
        '<rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><item>'
        "<link>https://counter.example/~r/1</link>"
        "<feedburner:origLink>https://own.example/1</feedburner:origLink></item></channel></rss>"
    )

    assert entry.link == "https://own.example/1"


def test_a_second_source_is_the_publisher() -> None:
    entry = _entry(_item('<title>t</title><source url="https://o.example/rss">Origin</source>'))

    assert (entry.publisher, entry.publisher_link) == ("Origin", "https://o.example/rss")


def test_the_charset_of_http_decides_what_the_bytes_leave_open() -> None:
    data = _item("<title>Żółw</title>").encode("iso-8859-2")

    assert _entry(data, content_type="text/xml; charset=iso-8859-2").title == Text("Żółw")


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "zlib", "no-such"])
def test_a_codec_that_is_no_charset_decodes_nothing(name: str) -> None:
    data = f"<?xml version='1.0' encoding='{name}'?>".encode() + _item("<title>é</title>").encode(
        "latin-1"
    )

    assert isinstance(_entry(data).title, Text)


def test_windows_1252_among_references_is_read_as_it_was_meant() -> None:
    assert _entry(_item("<title>It&#146;s</title>")).title == Text("It\u2019s")


def test_utf8_that_was_encoded_twice_is_mended() -> None:
    twice = "Før".encode().decode("latin-1")

    assert _entry(_item(f"<title>{twice}</title>")).title == Text("Før")


def test_a_valid_feed_without_items_gives_nothing() -> None:
    for data in ("<rss version='2.0'><channel><title>t</title></channel></rss>", "<feed/>"):
        assert _parse(data, content_type="text/plain") == []


def test_a_document_that_cannot_be_read_names_line_and_column() -> None:
    with pytest.raises(BrokenDocument) as caught:
        _parse("<rss>\n<channel>\n<<</channel></rss>")

    assert (caught.value.line, caught.value.column) == (3, 2)


def test_what_is_broken_after_an_item_costs_only_what_is_behind() -> None:
    found = _parse(_item("<title>Whole</title></item><item><title>Cut").replace("</item></ch", ""))

    assert isinstance(found[0], Entry)
    assert found[0].title == Text("Whole")


def test_an_empty_item_is_rejected_by_its_place() -> None:
    found = _parse("<rss><channel>\n<item/>\n<item><title>t</title></item></channel></rss>")

    assert [type(one) for one in found] == [Rejection, Entry]
    assert found[0].line == 2


# --- texts that are taken out before parsing ---------------------------------------------------


@pytest.mark.parametrize(
    "inside",
    [
        "<content:encoded><![CDATA[<p>x</p>]]></content:encoded>",
        "<content:encoded><![CDATA[]]></content:encoded><title>t</title>",
        "<content:encoded><![CDATA[a\r\nb\rc]]></content:encoded>",
        "<content:encoded><![CDATA[a]]>&gt;<![CDATA[b]]></content:encoded>",
        "<content:encoded><![CDATA[a]]]]><![CDATA[>b]]></content:encoded>",
        "<content:encoded>\uf8ff0</content:encoded>",
        "<!-- <content:encoded><![CDATA[ --><title>seen</title><!-- ]]></content:encoded> -->",
        "<?x <content:encoded><![CDATA[ ?><title>seen</title><?y ]]></content:encoded> ?>",
        "<title>t</title><description><![CDATA[<content:encoded><![CDATA[x]]></description>",
        "<content:encoded><![CDATA[a <content:encoded><![CDATA[ b]]></content:encoded>",
    ],
)
def test_taking_texts_out_changes_nothing(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _item(inside).encode()
    with_it = _parse(data)
    monkeypatch.setattr(cdata, "take_out", lambda data: (data, {}))

    assert with_it == _parse(data)


# --- attacks -----------------------------------------------------------------------------------

LAUGHS = (
    "<!DOCTYPE rss [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)
QUADRATIC = f"<!DOCTYPE rss [<!ENTITY a '{'x' * 100_000}'>]>"


def _cpu(data: bytes | str) -> float:
    start = time.process_time()
    try:
        _recognised(data)
        _parse(data)
    except BrokenDocument as error:
        assert error.problem  # noqa: PT017 - that one or the other happens is the claim
    return time.process_time() - start


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS + _item("<title>&j;</title>"),
        QUADRATIC + _item(f"<title>{'&a;' * 20_000}</title>"),
        "<rss><channel>" + "<a>" * 100_000,
        "<rss><channel><item><title>t</title>" + "<a>" * 100_000,
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>" + "<b>" * 100_000,
        "<rss>&x;<channel>" + "<a>" * 1_000_000,
    ],
    ids=["billion laughs", "quadratic", "depth", "depth in an item", "depth in XHTML", "many tags"],
)
def test_no_document_blows_up(data: str) -> None:
    assert _cpu(data) < BOUND


def test_no_entity_reads_a_file_or_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the-secret", "utf-8")
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: asked.append(args))
    monkeypatch.setattr(socket.socket, "connect", lambda *args: asked.append(args))
    for entity in (
        f"<!ENTITY x SYSTEM 'file://{secret}'>",
        "<!ENTITY x SYSTEM 'http://127.0.0.1/'>",
    ):
        found = _parse(f"<!DOCTYPE rss [{entity}]>" + _item("<title>t &x;</title>"))

        assert "the-secret" not in repr(found)
    found = _parse("<!DOCTYPE rss SYSTEM 'http://127.0.0.1/x.dtd'>" + _item("<title>t</title>"))

    assert [type(one) for one in found] == [Entry]
    assert asked == []


def test_bytes_that_name_a_file_do_not_open_it(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(_item("<title>inside</title>"), "utf-8")

    with pytest.raises(BrokenDocument):
        _parse(str(feed))


def _repeated(unit: str) -> str:
    return unit * (SIZE // len(unit))


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "<a x='", "<!", "<![CDATA[", "&", "&#", "<!--", "</", "<media:title ", " "]
)
def test_markup_without_an_end_is_read_in_bounded_time(unit: str) -> None:
    data = "<rss><channel><item><title>&x;</title>" + _repeated(unit)

    assert _cpu(data) < BOUND


@pytest.mark.parametrize(
    "prologue",
    [
        _repeated("\n"),
        "<?xml " + _repeated("encoding='"),
        _repeated("\n<!DOCTYPE"),
        "<!DOCTYPE a [" + _repeated("\n<!ENTITY"),
        "<!--" + _repeated("-"),
    ],
    ids=["empty lines", "encodings", "doctypes", "entities", "comment"],
)
def test_a_prologue_is_read_in_bounded_time(prologue: str) -> None:
    assert _cpu(prologue + _item("<title>&x;</title>")) < BOUND


def test_a_document_over_the_limit_is_refused() -> None:
    with pytest.raises(BrokenDocument, match="at most 8000000 are read"):
        _parse(b"<rss>" + b" " * reading.MAX_BYTES)


@pytest.mark.parametrize("broken", ["", "&nbsp;"], ids=["fast path", "feedparser"])
def test_entries_over_the_limit_are_counted_and_left_out(broken: str) -> None:
    item = "<item><title>t</title></item>"
    found = _parse(f"<rss><channel>{broken}{item * 2_003}</channel></rss>")

    assert len(found) == 2_001
    assert isinstance(found[-1], Rejection)
    assert found[-1].problem.startswith("3 entries were left out")


# --- anything at all ---------------------------------------------------------------------------


def _must_not_raise(data: bytes) -> None:
    try:
        found = _parse(data)
    except BrokenDocument:
        return
    assert all(isinstance(one, Entry | Rejection) for one in found)


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _recognised(data)
    _must_not_raise(data)


SEEDS = st.sampled_from(SAMPLES).map(Path.read_bytes)


@given(SEEDS, st.lists(st.tuples(st.integers(0, 4_000), st.binary(max_size=6)), max_size=4))
@settings(max_examples=120, deadline=None)
def test_any_damaged_feed_is_read_or_refused(data: bytes, wounds: list[tuple[int, bytes]]) -> None:
    for at, what in wounds:
        data = data[:at] + what + data[at + len(what) :]
    _must_not_raise(data)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_head_is_recognised_or_not(head: str) -> None:
    assert syndication.recognises(_document(head.encode("utf-8", "replace")), head) in {True, False}
