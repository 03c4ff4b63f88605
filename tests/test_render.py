"""Feeds as bytes: the rules of the formats, and hostile text. Whole documents: test_golden.py."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import feedparser
import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.errors import PublishError
from feeds.model import (
    Article,
    Enclosure,
    Feed,
    Image,
    Person,
    Precision,
    Published,
    Site,
    Stamp,
)
from feeds.publish.extension import PLACE
from feeds.publish.fragments import attribute_value, character_data
from feeds.publish.render import Fragments, Renderer
from feeds.publish.select import feed_for_all, last_change

SITE = Site(
    public_url="https://desk.example",
    title="The Harbour Desk",
    description="News from the coast & the council.",
    tag_authority="desk.example",
    hubs=("https://hub.example/",),
)
NOON = datetime(2026, 3, 4, 12, 0, 30, 250_000, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


def published(number: int = 1, **changes: Any) -> Published:
    facts = {
        name: changes.pop(name) for name in ("revision", "withdrawn", "changed") if name in changes
    }
    fields: dict[str, Any] = {
        "source": "https://courier.example/feed.xml",
        "source_title": "The Saltmarsh Courier",
        "format": "rss",
        "title": "Council closes the gates",
        "summary": "Seven voted for it, five against.",
        "content_html": "<p>The gates close on Sunday.</p>",
        "link": "https://courier.example/gates",
        "published": Stamp(NOON),
    }
    return Published(
        **{
            "id": f"a{number}",
            "entry_id": f"tag:desk.example,2026:articles/a{number}",
            "revision": 1,
            "admitted": NOON,
            "changed": NOON + timedelta(minutes=5),
            "article": Article(**fields | changes),
        }
        | facts
    )


def documents(*items: Published, site: Site = SITE) -> dict[str, bytes]:
    renderer = Renderer(site)
    fragments = renderer.fragments(items)
    feeds = renderer.feed(feed_for_all(site), last_change(items), fragments)
    return {suffix: bytes(data) for suffix, data in feeds.items()}


def rss_item(**changes: Any) -> etree._Element:
    return etree.fromstring(documents(published(**changes))["rss"]).find("channel/item")


def atom_entry(**changes: Any) -> etree._Element:
    return etree.fromstring(documents(published(**changes))["atom"]).find(f"{ATOM}entry")


def json_item(**changes: Any) -> dict[str, Any]:
    item: dict[str, Any] = json.loads(documents(published(**changes))["json"])["items"][0]
    return item


def test_the_same_stories_give_the_same_bytes_at_any_time() -> None:
    stories = [published(number) for number in range(5)]

    assert documents(*stories) == documents(*stories)


def test_a_feed_is_dated_by_its_last_change() -> None:
    root = etree.fromstring(documents(published())["rss"])

    assert root.findtext("channel/lastBuildDate") == "Wed, 04 Mar 2026 12:05:30 +0000"


def test_an_empty_feed_is_a_feed() -> None:
    feeds = documents()

    assert not feedparser.parse(io.BytesIO(feeds["rss"])).bozo
    assert not feedparser.parse(io.BytesIO(feeds["atom"])).bozo
    assert json.loads(feeds["json"])["items"] == []


def test_the_channel_links_to_its_page_and_to_itself() -> None:
    channel = etree.fromstring(documents()["rss"]).find("channel")
    links = {link.get("rel"): link.get("href") for link in channel.findall(f"{ATOM}link")}

    assert channel.findtext("link") == "https://desk.example/feeds/all/"
    assert links == {"self": "https://desk.example/feeds/all.rss", "hub": "https://hub.example/"}


def test_the_image_repeats_title_and_link_of_its_channel() -> None:
    channel = etree.fromstring(documents()["rss"]).find("channel")

    assert channel.findtext("image/title") == channel.findtext("title")
    assert channel.findtext("image/link") == channel.findtext("link")


def test_ttl_agrees_with_the_cache_time() -> None:
    feeds = documents(site=Site(max_age_seconds=900))

    assert etree.fromstring(feeds["rss"]).findtext("channel/ttl") == "15"


def test_a_feed_has_an_id_of_its_own_that_is_no_address() -> None:
    renderer = Renderer(SITE)
    atom = bytes(renderer.feed(Feed("économie", "É"), NOON, [])["atom"])

    assert (
        etree.fromstring(atom).findtext(f"{ATOM}id") == "tag:desk.example,2026:feeds/%C3%A9conomie"
    )


def test_the_generator_is_ours_and_no_logo_is_pretended() -> None:
    root = etree.fromstring(documents()["atom"])

    assert root.findtext(f"{ATOM}generator") == "Wireroom"
    assert root.find(f"{ATOM}logo") is None


def test_text_comes_before_media_and_the_summary_first() -> None:
    picture = Image(url="https://c.example/p.jpg", caption="A caption", credit="Jo Lens")
    tags = [child.tag for child in rss_item(images=(picture,))]

    assert tags.index("description") < tags.index(f"{CONTENT}encoded")
    assert tags.index(f"{CONTENT}encoded") < tags.index(f"{MEDIA}content")
    assert tags[-1] == f"{MEDIA}thumbnail"


def test_the_caption_never_becomes_the_summary() -> None:
    picture = Image(url="https://c.example/p.jpg", caption="A caption", credit="Jo Lens")
    rss = documents(published(images=(picture,)))["rss"]

    assert feedparser.parse(io.BytesIO(rss)).entries[0].summary.startswith("Seven voted")


def test_credit_and_caption_travel_with_the_picture() -> None:
    picture = Image("https://c.example/p.webp", "Alt", "A <b> caption", "Jo Lens", 640, 480)
    media = rss_item(images=(picture,)).find(f"{MEDIA}content")

    assert media.attrib == {
        "url": "https://c.example/p.webp",
        "type": "image/webp",
        "medium": "image",
        "width": "640",
        "height": "480",
    }
    assert media.findtext(f"{MEDIA}credit") == "Jo Lens"
    assert media.find(f"{MEDIA}description").attrib == {"type": "html"}
    assert media.findtext(f"{MEDIA}description") == "A &lt;b&gt; caption"


def test_a_picture_stands_first_in_the_body_with_caption_and_credit() -> None:
    picture = Image("https://c.example/p.jpg", 'A "gate"', "The gate.", "Jo Lens", 640, 480)

    assert json_item(images=(picture,))["content_html"].startswith(
        '<figure><img src="https://c.example/p.jpg" alt="A &quot;gate&quot;" width="640" '
        'height="480"><figcaption>The gate. <span>Jo Lens</span></figcaption></figure><p>The gates'
    )


def test_a_picture_that_stands_in_the_text_is_not_shown_twice() -> None:
    body = '<p>x</p><img src="https://c.example/p.jpg?a=1&amp;b=2" alt="">'
    picture = Image(url="https://c.example/p.jpg?a=1&b=2")

    assert json_item(images=(picture,), content_html=body)["content_html"].count("<img") == 1


def test_a_figure_without_a_picture_keeps_its_words() -> None:
    figure = Image(None, "A leader touring a plant", "Photo: X, via Y", "Photo: X, via Y")

    assert json_item(images=(figure,))["content_html"].startswith(
        "<figure><figcaption>A leader touring a plant. <span>Photo: X, via Y</span></figcaption>"
    )


def test_a_figure_without_a_picture_is_no_media() -> None:
    item = rss_item(images=(Image(None, "Alt", "Caption"),))

    assert item.find(f"{MEDIA}content") is None


def test_the_source_is_named_where_a_person_sees_it() -> None:
    body = json_item(publisher="The Courier", wire_source="Associated Press")["content_html"]

    assert body.endswith(
        '<p>Source: <a href="https://courier.example/gates">The Courier</a>. '
        "First filed by the Associated Press.</p>"
    )


@pytest.mark.parametrize(
    ("wire", "words"),
    [("Reuters", "First filed by Reuters"), ("Isle Press", "First filed by the Isle Press")],
)
def test_agencies_are_named_as_english_names_them(wire: str, words: str) -> None:
    assert words in json_item(wire_source=wire)["content_html"]


def test_a_story_of_our_own_names_no_source() -> None:
    body = json_item(link=None, source="drop", source_title="")["content_html"]

    assert body == "<p>The gates close on Sunday.</p>"


def test_without_a_link_of_its_own_a_story_leads_to_our_page() -> None:
    assert rss_item(link=None).findtext("link") == "https://desk.example/articles/a1/"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x"])
def test_only_links_of_the_web_get_out(link: str) -> None:
    story = published(link=link, source_link=link, authors=(Person("Ada", uri=link),))
    feeds = documents(story)

    assert not any(link.encode() in feed for feed in feeds.values())


def test_a_link_is_a_uri_even_where_the_article_has_an_iri() -> None:
    item = rss_item(link="https://courier.example/été?q=a b")

    assert item.findtext("link") == "https://courier.example/%C3%A9t%C3%A9?q=a%20b"


def test_the_guid_is_the_entry_id_and_no_link() -> None:
    guid = rss_item().find("guid")

    assert (guid.text, guid.get("isPermaLink")) == ("tag:desk.example,2026:articles/a1", "false")


def test_the_atom_link_says_what_it_is() -> None:
    links = [dict(link.attrib) for link in atom_entry().findall(f"{ATOM}link")]

    assert links == [
        {"href": "https://courier.example/gates", "rel": "alternate", "type": "text/html"},
        {"rel": "via", "href": "https://courier.example/gates"},
    ]


def test_atom_carries_every_enclosure_whole() -> None:
    sounds = (
        Enclosure("https://c.example/a.mp3", "audio/mpeg", 123),
        Enclosure("https://c.example/b"),
    )
    links = atom_entry(enclosures=sounds).findall(f"{ATOM}link[@rel='enclosure']")

    assert [dict(link.attrib) for link in links] == [
        {
            "rel": "enclosure",
            "href": "https://c.example/a.mp3",
            "type": "audio/mpeg",
            "length": "123",
        },
        {"rel": "enclosure", "href": "https://c.example/b"},
    ]


def test_rss_carries_one_enclosure_with_its_three_attributes() -> None:
    sounds = (Enclosure("https://c.example/b"), Enclosure("https://c.example/a.mp3"))
    found = rss_item(enclosures=sounds).findall("enclosure")

    assert [dict(each.attrib) for each in found] == [
        {"url": "https://c.example/b", "length": "0", "type": "application/octet-stream"}
    ]


def test_authors_are_creators_and_never_the_author_element() -> None:
    item = rss_item(authors=(Person("Ada Quill", "ada@c.example"), Person("Bo Nib")))

    assert [each.text for each in item.findall(f"{DC}creator")] == ["Ada Quill", "Bo Nib"]
    assert item.find("author") is None


def test_without_authors_the_publisher_is_the_author() -> None:
    assert atom_entry(publisher="The Courier").findtext(f"{ATOM}author/{ATOM}name") == "The Courier"


def test_the_source_has_what_atom_asks_of_it() -> None:
    source = atom_entry(source_link="https://courier.example/").find(f"{ATOM}source")

    assert source.findtext(f"{ATOM}id") == "https://courier.example/feed.xml"
    assert source.findtext(f"{ATOM}title") == "The Saltmarsh Courier"
    assert source.findtext(f"{ATOM}updated") == "2026-03-04T12:00:30+00:00"


def test_a_dropped_file_has_no_source_feed() -> None:
    assert rss_item(source="drop").find("source") is None
    assert atom_entry(source="drop").find(f"{ATOM}source") is None


def test_publication_and_correction_are_two_dates() -> None:
    item = rss_item(updated=Stamp(NOON + timedelta(hours=2)))

    assert item.findtext("pubDate") == "Wed, 04 Mar 2026 12:00:30 +0000"
    assert item.findtext(f"{ATOM}updated") == "2026-03-04T14:00:30+00:00"


def test_an_edit_without_a_date_is_dated_when_it_came() -> None:
    assert json_item(revision=2)["date_modified"] == "2026-03-04T12:05:30+00:00"


def test_a_declared_update_before_publication_is_not_believed() -> None:
    earlier = Stamp(NOON - timedelta(days=1))

    assert json_item(updated=earlier)["date_modified"] == "2026-03-04T12:00:30+00:00"


def test_the_language_of_a_story_is_said_in_each_format() -> None:
    xml_lang = "{http://www.w3.org/XML/1998/namespace}lang"

    assert rss_item(language="pt-BR").findtext(f"{DC}language") == "pt-BR"
    assert atom_entry(language="pt-BR").get(xml_lang) == "pt-BR"
    assert json_item(language="pt-BR")["language"] == "pt-BR"


def test_what_is_no_language_tag_is_left_out() -> None:
    assert "language" not in json_item(language="English (UK)")


def test_json_says_what_the_others_cannot() -> None:
    own = json_item(
        published=Stamp(NOON, Precision.MONTH, "relative"),
        publisher="The Courier",
        wire_source="Reuters",
        dateline="SALTMARSH",
        upstream_id="c-17",
        images=(Image(None, "Alt", "Caption", "Credit"),),
    )["_wireroom"]

    assert own == {
        "about": "https://desk.example/",
        "page": "https://desk.example/articles/a1/",
        "source": {"id": "https://courier.example/feed.xml", "title": "The Saltmarsh Courier"},
        "publisher": "The Courier",
        "wire_source": "Reuters",
        "dateline": "SALTMARSH",
        "published_precision": "month",
        "published_origin": "relative",
        "upstream_id": "c-17",
        "images": [{"alt": "Alt", "caption": "Caption", "credit": "Credit"}],
    }


def test_a_withdrawn_story_keeps_its_id_and_nothing_else() -> None:
    story = published(
        withdrawn="a reason for us alone",
        publisher="The Courier",
        images=(Image("https://c.example/p.jpg", caption="A caption"),),
        authors=(Person("Ada Quill"),),
    )
    feeds = documents(story)
    secrets = (
        b"reason",
        b"Courier",
        b"p.jpg",
        b"caption",
        b"Quill",
        b"gates",
        b"Seven",
        b"Council",
    )

    assert all(b"tag:desk.example,2026:articles/a1" in feed for feed in feeds.values())
    assert not [word for word in secrets if any(word in feed for feed in feeds.values())]
    assert rss_item(withdrawn="").findtext("title").startswith("Withdrawn: ")
    assert json_item(withdrawn="")["_wireroom"]["withdrawn"] is True


def test_a_withdrawal_is_a_change_of_now_and_a_publication_of_then() -> None:
    item = json_item(withdrawn="x", updated=Stamp(NOON + timedelta(minutes=1)))

    assert item["date_published"] == "2026-03-04T12:00:30+00:00"
    assert item["date_modified"] == "2026-03-04T12:05:30+00:00"


def test_atom_has_a_tombstone_before_its_entries() -> None:
    root = etree.fromstring(documents(published(1), published(2, withdrawn="x"))["atom"])
    tags = [child.tag for child in root]

    assert root.find(TOMBSTONE).attrib == {
        "ref": "tag:desk.example,2026:articles/a2",
        "when": "2026-03-04T12:05:30+00:00",
    }
    assert tags.index(TOMBSTONE) < tags.index(f"{ATOM}entry")


def test_without_withdrawals_no_foreign_namespace_is_declared() -> None:
    assert b"tombstones" not in documents(published())["atom"]


def test_fragments_declare_no_namespace() -> None:
    picture = Image("https://c.example/p.jpg", caption="A caption")
    [fragment] = Renderer(SITE).fragments([published(images=(picture,), language="en")])

    assert fragment.rss.startswith(b"<item><title>")
    assert fragment.atom.startswith(b'<entry xml:lang="en"><id>')
    assert b"xmlns" not in fragment.rss + fragment.atom


def test_fragments_survive_the_store() -> None:
    [fragment] = Renderer(SITE).fragments([published(withdrawn="x")])
    kept = msgspec.msgpack.encode(fragment)

    assert msgspec.msgpack.decode(kept, type=Fragments) == fragment


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("fish & chips", "fish & chips"),
        ("AT&T", "AT&amp;T"),
        ("5 < 6", "5 < 6"),
        ("a <b> tag", "a &lt;b> tag"),
        ("say &amp;", "say &amp;amp;"),
    ],
)
def test_an_rss_description_is_html_with_the_fewest_references(plain: str, html: str) -> None:
    assert rss_item(summary=plain).findtext("description") == html


def test_an_atom_summary_and_every_title_are_plain_text() -> None:
    words = "Fish &amp; <b>chips</b>"

    assert atom_entry(summary=words).findtext(f"{ATOM}summary") == words
    assert rss_item(title=words).findtext("title") == words


def test_a_story_without_a_summary_has_its_body_as_description() -> None:
    item = rss_item(summary="")

    assert item.findtext("description").startswith("<p>The gates close")
    assert item.find(f"{CONTENT}encoded") is None


def test_a_story_without_text_still_has_a_body() -> None:
    assert json_item(content_html="")["content_html"].startswith("<p>Seven voted for it")


ODD = (
    "]]> & < > \u202bשלום\u202c مرحبا 🗞️ \U0001f5de e\u0301 \x00\x08\x1f\ufffe \ud800 <!-- -- --> ]]"
)


def test_odd_characters_survive_and_forbidden_ones_go() -> None:
    item = rss_item(title=ODD, content_html=f"<p>{ODD}</p>", summary="", link=None, source_title="")
    sound = re.sub("[\x00\x08\x1f\ufffe]", "", ODD).replace("\ud800", "\ufffd")

    assert item.findtext("title") == sound
    assert item.findtext("description") == f"<p>{sound}</p>".replace("]]>", "]]&gt;")


def test_text_that_looks_like_our_own_markup_stays_text() -> None:
    body = '<p xmlns:dc="http://purl.org/dc/elements/1.1/"></item></channel></feed>x</p>'
    feeds = documents(published(content_html=body), published(2))

    assert b"xmlns:dc=" in feeds["rss"].partition(b"<item>")[2]
    assert len(feedparser.parse(io.BytesIO(feeds["rss"])).entries) == 2


def test_a_feed_that_cannot_be_named_is_a_publish_error() -> None:
    with pytest.raises(PublishError, match="nameless"):
        Renderer(SITE).feed(Feed("nameless", ""), NOON, [])


TEXT = st.text(st.characters(codec=None), max_size=60)


@settings(max_examples=60, deadline=None)
@given(title=TEXT, summary=TEXT, body=TEXT, name=TEXT, link=TEXT, label=TEXT)
def test_no_text_breaks_a_feed(  # noqa: PLR0913, PLR0917  # six kinds of text
    title: str, summary: str, body: str, name: str, link: str, label: str
) -> None:
    feeds = documents(
        published(
            title=title,
            summary=summary,
            content_html=body,
            link=f"https://c.example/{link}",
            publisher=name,
            wire_source=name,
            rights=label,
            authors=(Person(name, email=label, uri=link),),
            categories=(label,),
            language=label,
            images=(Image(f"https://c.example/{link}", label, summary, name),),
            enclosures=(Enclosure(link, label),),
        )
    )

    assert not feedparser.parse(io.BytesIO(feeds["atom"])).bozo
    assert len(etree.fromstring(feeds["rss"]).findall("channel/item")) == 1
    assert len(json.loads(feeds["json"])["items"]) == 1


def sound(text: str) -> str:
    """Return *text* without what XML forbids (XML 1.0, 2.2), lone surrogates replaced."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", whole)


@settings(max_examples=200, deadline=None)
@given(title=TEXT, name=TEXT, label=TEXT)
def test_text_comes_out_of_the_xml_as_it_went_in(title: str, name: str, label: str) -> None:
    story = published(title=title, authors=(Person(name),), categories=(label,), publisher=label)
    feeds = documents(story)
    item = etree.fromstring(feeds["rss"]).find("channel/item")
    entry = etree.fromstring(feeds["atom"]).find(f"{ATOM}entry")

    assert item.findtext("title") == (sound(title) or "Untitled")
    assert item.findtext(f"{DC}creator", "") == sound(name)
    assert [each.text for each in item.findall("category")] == [sound(label)] * bool(sound(label))
    assert entry.findtext(f"{ATOM}title") == (sound(title) or "Untitled")
    assert entry.findtext(f"{DC}publisher", "") == sound(label)
    assert [each.get("term") for each in entry.findall(f"{ATOM}category")] == [
        each.text for each in item.findall("category")
    ]


def mistaken_for_bytes(text: str) -> bool:
    """Tell whether feedparser takes *text* for UTF-8 that was read as Latin-1, and mends it."""
    try:
        return text.encode("latin-1").decode() != text
    except UnicodeError:
        return False


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1))
def test_feedparser_reads_any_title_as_it_was_written(title: str) -> None:
    # Atom says that a title is plain text; an RSS title is what each reader takes it for.
    assume(not mistaken_for_bytes(title))
    atom = documents(published(title=title))["atom"]

    assert feedparser.parse(io.BytesIO(atom)).entries[0].title == (sound(title) or "Untitled")


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])) | st.text("\r\n\t<>&\"' "))
def test_text_is_escaped_as_lxml_escapes_it(text: str) -> None:
    element = etree.Element("e", a=sound(text))
    element.text = sound(text)
    written = f'<e a="{attribute_value(sound(text))}">{character_data(sound(text))}</e>'

    assert written.encode() == etree.tostring(element, encoding="utf-8").replace(b"/>", b"></e>")


@pytest.mark.parametrize("number", [*range(0x20), 0xFFFE, 0xFFFF, 0xD800, 0xDFFF])
def test_a_character_that_xml_forbids_is_found_wherever_it_stands(number: int) -> None:
    story = published(title="gate", rights=f"the{chr(number)}courier", source_title=chr(number))
    feeds = documents(story)

    assert not feedparser.parse(io.BytesIO(feeds["rss"])).bozo
    assert not feedparser.parse(io.BytesIO(feeds["atom"])).bozo


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_text_of_a_feed_cannot_pass_for_the_place_of_its_items(suffix: str) -> None:
    feed = Feed("all", PLACE.decode(), PLACE.decode(), PLACE.decode())
    renderer = Renderer(SITE)
    document = bytes(renderer.feed(feed, NOON, renderer.fragments([published()]))[suffix])

    assert PLACE not in document
    assert len(feedparser.parse(io.BytesIO(document)).entries) == 1


@pytest.mark.parametrize("month", range(1, 13))
def test_dates_are_written_in_english_with_a_numeric_zone(month: int) -> None:
    at = NOON.replace(month=month)

    assert rss_item(published=Stamp(at)).findtext("pubDate") == format_datetime(at)


@pytest.mark.parametrize("text", ["<" * 200_000, "&" * 200_000, "]]>" * 70_000, "\x00" * 200_000])
def test_hostile_text_takes_no_time(text: str) -> None:
    [fragment] = Renderer(SITE).fragments([published(summary=text, content_html=text)])

    assert etree.fromstring(fragment.atom.replace(b"media:", b"")) is not None


def test_plain_text_in_rss_has_the_references_that_its_profile_asks_for() -> None:
    feed = documents(published(title="Fish & <chips>", categories=("R&D",)))["rss"]

    assert b"<title>Fish &#x26; &#x3C;chips&gt;</title>" in feed
    assert b"<category>R&#x26;D</category>" in feed
    assert b"<description>News from the coast &#x26; the council.</description>" in feed


@pytest.mark.parametrize(
    ("seconds", "period", "frequency"),
    [(300, "hourly", "12"), (7200, "daily", "12"), (10**6, "daily", "1")],
)
def test_rss_says_its_rhythm_in_the_words_of_mod_syndication_too(
    seconds: int, period: str, frequency: str
) -> None:
    site = msgspec.structs.replace(SITE, max_age_seconds=seconds)
    channel = etree.fromstring(documents(published(), site=site)["rss"])[0]
    syndication = "{http://purl.org/rss/1.0/modules/syndication/}"

    assert channel.findtext(f"{syndication}updatePeriod") == period
    assert channel.findtext(f"{syndication}updateFrequency") == frequency


def test_json_has_the_first_author_for_readers_of_version_1_0() -> None:
    assert json_item(authors=(Person("Ada"), Person("Bo")))["author"] == {"name": "Ada"}
