"""Passing over what stood in the last document: it must never be told from reading it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from feeds.model import Outcome, Report, Rules, Site, Verdict
from feeds.pipeline import Line
from feeds.polling import Poller, Terms
from feeds.read.fetch import Response
from feeds.read.politeness import judge
from feeds.read.split import split
from feeds.store import Store
from feeds.store.connection import Connection
from feeds.upstream import Poll, Registered, Upstream
from tests.factories import arrival, article
from tests.polled import NOW, fetcher, item, rss, stories
from worker.valkey import Server

URL = "https://wire.example/feed"
TERMS = Terms(first_entries=4)
CLIENT = fetcher()
DOCTYPE = "<!DOCTYPE rss [<!ENTITY a 'b'>]>"


@dataclass
class Reader:
    """Reads one document after the other as polls of one source; a forgetful one reads it all."""

    store: Store
    forgetful: bool = False
    rules: Rules = field(default_factory=Rules)
    source: Upstream = field(default_factory=lambda: Upstream(id=URL))
    poll: Poll = field(default_factory=lambda: Poll(address=URL))
    now: datetime = NOW
    passed: int = 0

    def read(self, body: bytes, **turn: float) -> list[Outcome]:
        """Read *body* an hour later, or when *turn* says; return what became of each entry."""
        self.now += timedelta(**(turn or {"hours": 1}))
        if self.forgetful:
            self.poll = msgspec.structs.replace(self.poll, known=None)
        one = Registered(self.source, self.poll)
        response, report = Response(URL, URL, status=200, body=body), Report(URL)
        poller = Poller(
            Line(self.store, self.rules, Site()), CLIENT, TERMS, lambda: self.now, lambda: 0
        )
        seen = poller.read(one, response, report, self.now)
        self.poll = judge(self.poll, response, seen, self.now, TERMS.manners).poll
        self.passed = sum("byte for byte" in outcome.reason for outcome in report.outcomes)
        return report.outcomes

    def kept(self) -> list[tuple[str, int, str, str]]:
        """Return what the store holds of the source."""
        [ids] = self.store.shelf.newest(["all"], 1_000)
        found = self.store.shelf.articles(sorted(ids)).values()
        return [(a.id, a.revision, a.article.title, a.article.content_html) for a in found]


def told(outcomes: list[Outcome]) -> list[tuple[Verdict, str | None]]:
    return [(outcome.verdict, outcome.id) for outcome in outcomes]


@pytest.fixture(name="reader")
def _reader(store: Store) -> Reader:
    return Reader(store)


def test_only_the_new_entry_of_a_document_is_read(reader: Reader) -> None:
    reader.read(stories(1, 2, 3))
    outcomes = reader.read(stories(2, 3, 4))

    assert [outcome.verdict for outcome in outcomes] == [
        Verdict.NEW,
        Verdict.UNCHANGED,
        Verdict.UNCHANGED,
    ]
    assert reader.passed == 2


def test_what_is_passed_over_is_counted_like_what_is_read(reader: Reader) -> None:
    reader.read(stories(1, 2, 3))
    reader.read(stories(2, 3, 4))

    assert reader.store.pulse.figures()["tally"] == {"https new": 4, "https unchanged": 2}


def test_what_is_passed_over_stays_in_mind_and_in_the_overlap(reader: Reader) -> None:
    reader.read(stories(1, 2, 3))
    reader.read(stories(2, 3, 4))
    reader.read(stories(3, 4, 5))

    assert reader.passed == 2
    assert len(reader.poll.seen) == 3
    assert reader.poll.overlap == pytest.approx(2 / 3)


def test_the_backlog_of_a_new_source_is_passed_over_as_stale(reader: Reader) -> None:
    first = reader.read(stories(*range(1, 9)))
    again = reader.read(stories(*range(1, 10)))

    assert [one.verdict for one in first].count(Verdict.STALE) == 4
    assert told(again[5:]) == told(first[4:])
    assert reader.poll.known
    assert len(reader.poll.known.entries) == 9 * 33


def test_a_date_of_the_feed_itself_changes_no_entry(reader: Reader) -> None:
    dated = [f"<lastBuildDate>{format_datetime(NOW)}</lastBuildDate><!-- {n} -->" for n in (1, 22)]
    reader.read(rss([item(1)], dated[0]))
    reader.read(rss([item(2), item(1)], dated[1].replace("2026", "2027")))

    assert reader.passed == 1


HEADS: dict[str, Callable[[Reader], bytes]] = {
    "title": lambda _: rss([item(2), item(1)], title="Another Wire"),
    "language": lambda _: rss([item(2), item(1)], "<language>fr</language>"),
    "rights": lambda _: rss([item(2), item(1)], "<copyright>Ours</copyright>"),
    "base": lambda _: stories(1, 2).replace(
        b"<channel>", b"<channel xml:base='https://b.example/'>"
    ),
    "namespace": lambda _: stories(1, 2).replace(
        b"<rss ", b"<rss xmlns='http://purl.org/rss/1.0/' "
    ),
    "behind": lambda _: stories(1, 2).replace(b"</channel>", b"<copyright>x</copyright></channel>"),
}


@pytest.mark.parametrize("change", HEADS.values(), ids=HEADS)
def test_another_head_has_everything_read(
    reader: Reader, change: Callable[[Reader], bytes]
) -> None:
    reader.read(stories(1))
    reader.read(change(reader))

    assert reader.passed == 0


OTHERS: dict[str, dict[str, Any]] = {
    "settings": {"source": Upstream(id=URL, categories=("Harbour",))},
    "language": {"source": Upstream(id=URL, language="de")},
    "rules": {"rules": Rules(summary_characters=20)},
    "full text": {"source": Upstream(id=URL, full_text=True)},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_other_settings_have_everything_read(reader: Reader, changes: dict[str, Any]) -> None:
    reader.read(stories(1, 2))
    for name, value in changes.items():
        setattr(reader, name, value)
    reader.read(stories(1, 2, 3))

    assert reader.passed == 0


def test_everything_is_read_once_a_day(reader: Reader) -> None:
    reader.read(stories(1))
    passed = []
    for number in range(2, 6):
        reader.read(stories(*range(1, number + 1)), hours=9)
        passed.append(reader.passed)

    assert passed == [1, 2, 0, 4]


def test_an_article_that_was_withdrawn_meanwhile_is_read_and_stays_so(reader: Reader) -> None:
    [outcome] = reader.read(stories(1))
    assert outcome.id
    withdrawn = reader.store.editorial.withdraw(outcome.id, "wrong", "desk", reader.now)
    outcomes = reader.read(stories(1, 2))

    assert withdrawn
    assert [one.verdict for one in outcomes] == [Verdict.NEW, Verdict.WITHDRAWN]


def test_an_article_that_was_changed_meanwhile_by_another_way_is_read(reader: Reader) -> None:
    reader.read(stories(1))
    pushed = Reader(reader.store, forgetful=True, poll=reader.poll, now=reader.now)
    pushed.read(rss([item(1, "Pushed and edited. " * 30)]), minutes=5)
    outcomes = reader.read(stories(1, 2))

    assert [one.verdict for one in outcomes] == [Verdict.NEW, Verdict.UPDATED]


def test_what_another_source_had_first_is_read_each_time(reader: Reader) -> None:
    reader.store.admission.admit(
        [arrival(article(source="other", link="https://wire.example/story-1", upstream_id="x"))],
        NOW,
    )
    first, second = reader.read(stories(1)), reader.read(stories(1, 2))

    assert (first[0].verdict, second[1].verdict) == (Verdict.DUPLICATE, Verdict.DUPLICATE)
    assert reader.passed == 0


def test_an_entry_of_the_future_is_read_each_time(reader: Reader) -> None:
    ahead = item(1, pubDate=format_datetime(NOW + timedelta(days=9)))
    reader.read(rss([ahead, item(2)]))
    reader.read(rss([item(3), ahead, item(2)]))

    assert reader.passed == 1


def test_a_rejected_entry_is_read_and_told_at_its_own_place_each_time(reader: Reader) -> None:
    empty = "<item><category>none</category></item>"
    reader.read(rss([empty, item(1)]))
    outcomes = reader.read(rss([item(2), empty, item(1)]))

    assert outcomes[1].verdict is Verdict.REJECTED
    assert "entry 2" in outcomes[1].reason


def test_a_new_entry_under_a_known_id_is_seen_beside_the_other(reader: Reader) -> None:
    forgetful = "the id of another"
    reader.read(rss([item(1, guid=forgetful)]))
    outcomes = reader.read(rss([item(2, guid=forgetful), item(1, guid=forgetful)]))

    assert [one.verdict for one in outcomes] == [Verdict.NEW, Verdict.UNCHANGED]
    assert reader.passed == 0


def json_feed(*items: dict[str, Any], **head: str) -> bytes:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "Wire", "items": items, **head}).encode()


def json_item(number: int, **said: Any) -> dict[str, Any]:
    return {
        "id": f"story {number}",
        "url": f"https://wire.example/{number}",
        "title": f"Story {number}",
        "date_published": "2026-03-01T10:00:00Z",
        **said,
    }


def test_items_of_a_json_feed_are_passed_over_as_well(reader: Reader) -> None:
    reader.read(json_feed(json_item(1), json_item(2)))
    outcomes = reader.read(json_feed(json_item(3), json_item(1), json_item(2, title="Corrected")))

    assert [one.verdict for one in outcomes] == [Verdict.NEW, Verdict.UNCHANGED, Verdict.UPDATED]
    assert reader.passed == 1


def test_another_head_of_a_json_feed_has_everything_read(reader: Reader) -> None:
    reader.read(json_feed(json_item(1)))
    reader.read(json_feed(json_item(2), json_item(1), language="de"))

    assert reader.passed == 0


_RARELY = st.sampled_from([False] * 9 + [True])

# Most entries are plain; some look like others, hold others, or break off.
_ODD = {
    "guid": ["a", "b", "https://wire.example/a", ""],
    "link": ["https://wire.example/1", "https://wire.example/2?t=1", ""],
    "title": ["Ferry", "Harbour &amp; quay", ""],
    "description": ["Short.", "A text of some length. " * 30, "1 &lt; 2", "]]&gt;", ""],
    "pubDate": [format_datetime(NOW + timedelta(days=9)), "yesterday", ""],
}
_WRAPS = [
    "{}<!-- <item> -->",
    "{}<content:encoded><![CDATA[<p>He wrote </item><item> here</p>]]></content:encoded>",
    "{}<content:encoded><![CDATA[<p>Plain</p>]]></content:encoded>",
    "{}<media:group><item/></media:group>",
    "{}<description>twice</description>",
    "{}&nbsp;",
    "{}<b>",
    "{}<?php item ?>",
    "{}<dc:creator>J&#xE4;n</dc:creator>",
]


@st.composite
def _items(draw: st.DrawFn, number: int) -> str:
    odd = draw(st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in _ODD.items()}))
    if not draw(_RARELY):
        odd = {}
    parts = {
        "guid": f"tag:{number}",
        "link": f"https://wire.example/story-{number}",
        "title": f"Story {number}",
        "description": f"What story {number} tells. " * 20,
        "pubDate": format_datetime(NOW - timedelta(days=number)),
        **odd,
    }
    wrap = draw(st.sampled_from(_WRAPS)) if draw(_RARELY) else "{}"
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text)
    return f"<item>{wrap.format(inside)}</item>"


_GAPS = st.sampled_from(["", " ", "<!-- between -->", "<image><url>x</url></image>"])
_HEADS = st.sampled_from(
    ["<pubDate>2026</pubDate>", "<language>de</language>", "<title>W2</title>"]
)
_NAMESPACES = (
    "xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
)


@st.composite
def _documents(draw: st.DrawFn) -> list[bytes]:
    """Draw a few documents of one feed, most entries of which stand in several of them."""
    pool = [draw(_items(number)) for number in range(draw(st.integers(2, 6)))]
    documents = []
    for _ in range(draw(st.integers(2, 5))):
        entries = draw(st.lists(st.sampled_from(pool), min_size=1, unique=not draw(_RARELY)))
        start = DOCTYPE if draw(_RARELY) else ""
        head = draw(_HEADS) if draw(_RARELY) else ""
        gap = draw(_GAPS) if draw(_RARELY) else "\n"
        text = f"{start}<rss version='2.0' {_NAMESPACES}><channel><title>W</title>{head}"
        text += gap.join(entries) + "</channel></rss>"
        documents.append(text.encode("utf-16" if draw(_RARELY) else "utf-8"))
    return documents


@contextmanager
def _emptied(server: Server, namespace: str) -> Iterator[Store]:
    connection = Connection(server.url, namespace)
    connection.redis.flushall()
    yield Store(connection, article_days=90, identity_days=400, outcome_days=7)
    connection.close()


@st.composite
def _json_documents(draw: st.DrawFn) -> list[bytes]:
    keys = st.sampled_from(["id", "url", "title", "content_text", "date_published"])
    values = st.sampled_from(
        [1, "1", "https://wire.example/1", "2026-03-01", None, [], "2099-01-01"]
    )
    said = st.dictionaries(keys, values, max_size=2)
    pool = [json_item(n, **(draw(said) if draw(_RARELY) else {})) for n in range(5)]
    lists = st.lists(st.sampled_from(pool), min_size=1, unique_by=str)
    return [json_feed(*draw(lists)) for _ in range(draw(st.integers(2, 4)))]


@given(documents=st.one_of(_documents(), _documents(), _json_documents()))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_passing_over_is_never_told_from_reading(server: Server, documents: list[bytes]) -> None:
    with _emptied(server, "one") as first, _emptied(server, "two") as second:
        mindful, forgetful = Reader(first), Reader(second, forgetful=True)
        for document in documents:
            expected = told(forgetful.read(document))
            ids = [one for _, one in expected if one]
            assume(len(ids) == len(set(ids)))
            assert told(mindful.read(document)) == expected

        assert mindful.kept() == forgetful.kept()
        assert mindful.poll.seen == forgetful.poll.seen


@given(body=st.binary(), text=st.text())
def test_any_bytes_are_cut_into_what_they_hold_or_not_at_all(body: bytes, text: str) -> None:
    for data in (body, b"<item>%b</item>" % body, b"<entry >%b</entry>" % escape(text).encode()):
        parts = split(data)

        assert parts is None or all(entry in data for entry in parts.entries)
