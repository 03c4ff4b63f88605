"""Real articles of every format that is read, published: valid, safe, and the same bytes anywhere."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import feedparser
import pytest
import redis
from lxml import etree, html

from feeds.model import DROP, Rules, Site, Source, Verdict
from feeds.pipeline import Line, Press
from feeds.store import Store
from feeds.store.connection import Connection
from tests.factories import NOW, document
from tests.validity import faults
from worker.valkey import Server

SHARED = Path(__file__).parents[2] / "shared"
CORPORA = SHARED / "corpora"
ATOM_SCHEMA = SHARED / "schemas" / "atom.rng"
NOT_ARTICLES = {".gz", ".z", ".xsd", ".opml", ".ini", ".jsonl", ".jsonc", ".rst"}
FROM_EACH = 12
LARGEST = 100_000
SITE = Site(public_url="https://desk.example", tag_authority="desk.example", window_hours=1)
ELSEWHERE = {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}

pytestmark = pytest.mark.skipif(not ATOM_SCHEMA.exists(), reason="needs the shared corpora")


class Published(NamedTuple):
    """Trees of one store, the third one made by another machine, and what is in it."""

    tree: dict[str, bytes]
    again: dict[str, bytes]
    elsewhere: dict[str, bytes]
    formats: set[str]
    articles: int

    def named(self, *suffixes: str) -> dict[str, bytes]:
        return {name: data for name, data in self.tree.items() if name.endswith(suffixes)}


def samples() -> Iterator[Path]:
    """Yield some files of each corpus, from all over it."""
    for corpus in sorted(CORPORA.iterdir()):
        files = [
            path
            for path in sorted(corpus.rglob("*"))
            if path.is_file()
            and not path.name.startswith("_")
            and path.suffix not in NOT_ARTICLES
            and path.stat().st_size < LARGEST
        ]
        yield from files[:: max(1, len(files) // FROM_EACH)][:FROM_EACH]


def tree(public: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(public)): path.read_bytes()
        for path in sorted(public.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def publish(store: Store, site: Site, public: Path) -> dict[str, bytes]:
    press = Press(store, site, public)
    while press.publish(NOW):
        pass
    return tree(public)


def publish_elsewhere(url: str, public: str) -> None:
    """Publish the store at *url*, in a process of another place, language and hash seed."""
    store = Store(Connection(url), article_days=90, identity_days=400, outcome_days=7)
    publish(store, SITE, Path(public))
    store.connection.close()


def published_elsewhere(server: Server, folder: Path) -> dict[str, bytes]:
    """Return the tree that another process makes of a copy of the store on another server."""
    other = Server(folder / "other", maxmemory="256mb", appendfsync="no")
    process = other.start()
    with redis.Redis.from_url(server.url) as ours, redis.Redis.from_url(other.url) as theirs:
        for key in sorted(ours.scan_iter(), reverse=True):
            theirs.restore(key, max(0, ours.pttl(key)), ours.dump(key))
    call = (
        f"from {__name__} import publish_elsewhere as publish; import sys; publish(*sys.argv[1:])"
    )
    subprocess.run(
        [sys.executable, "-c", call, other.url, folder / "three"],
        cwd=Path(__file__).parents[1],
        env=os.environ | ELSEWHERE,
        check=True,
    )
    process.terminate()
    process.wait()
    other.leave()
    return tree(folder / "three")


@pytest.fixture(name="published", scope="module")
def _published(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    store = Store(Connection(server.url), article_days=90, identity_days=400, outcome_days=7)
    store.connection.redis.flushall()
    documents = []
    for number, path in enumerate(samples()):
        name = path.relative_to(CORPORA).parts[0]
        feed = Source(
            id=f"https://{name}.example/feed", title=name, link=f"https://{name}.example/"
        )
        file = Source(id=DROP, repeat=Verdict.DUPLICATE)
        source = feed if number % 2 else file
        documents.append(document(path.read_bytes(), path.name, source=source))
    Line(store, Rules(), SITE).ingest(documents, NOW)
    folder = tmp_path_factory.mktemp("published")
    known = store.shelf.articles(store.shelf.latest(10_000)).values()
    stories = [one for one in known if one.held is None]
    trees = [publish(store, SITE, folder / name) for name in ("one", "two")]
    trees.append(published_elsewhere(server, folder))
    yield Published(*trees, {one.article.format for one in stories}, len(stories))
    store.connection.close()


def test_the_sample_is_large_and_of_many_formats(published: Published) -> None:
    assert published.articles >= 500
    assert len(published.formats) >= 10


def test_the_same_store_gives_the_same_bytes_in_another_folder(published: Published) -> None:
    assert published.tree == published.again


def test_another_machine_gives_the_same_bytes(published: Published) -> None:
    assert published.elsewhere == published.tree


def test_no_feed_or_archive_breaks_a_rule_of_the_validator(published: Published) -> None:
    found = {
        name: broken
        for name, data in published.named(".rss", ".atom", ".json").items()
        if (broken := faults(name, data))
    }

    assert found == {}


def test_every_atom_document_follows_the_grammar(published: Published) -> None:
    schema = etree.RelaxNG(etree.parse(ATOM_SCHEMA))

    assert [
        name
        for name, data in published.named(".atom").items()
        if not schema.validate(etree.fromstring(data))
    ] == []


def test_feedparser_finds_nothing_wrong_with_the_feeds_of_everything(published: Published) -> None:
    parsed = [
        feedparser.parse(io.BytesIO(data))
        for name, data in published.named(".rss", ".atom").items()
        if name.startswith(("feeds/all.", "feeds/all/archive/1."))
    ]

    assert len(parsed) == 4
    assert not [one for one in parsed if one.bozo or not one.entries]


def test_every_article_is_in_the_feed_of_everything_or_behind_it(published: Published) -> None:
    documents = published.named(".atom").items()
    ids = {
        entry.findtext("{*}id")
        for name, data in documents
        if name.startswith("feeds/all")
        for entry in etree.fromstring(data).iter("{*}entry")
    }

    assert len(ids) == published.articles


def is_foreign(script: etree._Element) -> bool:
    """Tell whether *script* is neither a data block nor the file of ours."""
    ours = script.get("src", "").startswith("/static/live.js?v=") and not script.text
    return not ours and script.get("type") != "application/ld+json"


def test_no_page_holds_a_foreign_script_or_an_inline_style(published: Published) -> None:
    pages = published.named(".html")
    bad = [
        name
        for name, data in pages.items()
        for element in html.document_fromstring(data).iter(etree.Element)
        if (element.tag == "script" and is_foreign(element))
        or element.tag in {"style", "iframe", "object", "embed", "form"}
        or any(key == "style" or key.startswith("on") for key in element.attrib)
    ]

    assert len(pages) > 500
    assert bad == []


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (b"<pubDate>", b"<pubDate>yesterday, ", "InvalidDate"),
        (b'rel="self"', b'rel="other"', "MissingAtomSelfLink"),
        (b"]]></content", b"<script>x</script>]]></content", "SecurityRisk script"),
        (b"<description>", b'<description>&lt;a href="/x"&gt;', "ContainsRelRef"),
        (b"<item>", b"<item><title>again</title>", "DuplicateElement"),
        (b"<lastBuildDate>", b'<x xmlns="urn:x"/><lastBuildDate>', "UnknownNamespace"),
        (b"<link>https://", b"<link>ftp//", "InvalidFullLink"),
        (b"<language>", b"<language>mostly ", "InvalidLanguage"),
        (b'rel="prev-archive"', b'rel="older"', "UnregisteredAtomLinkRel"),
    ],
)
def test_what_breaks_a_rule_is_found(
    published: Published, right: bytes, wrong: bytes, rule: str
) -> None:
    broken = published.tree["feeds/all.rss"].replace(right, wrong)

    assert any(rule in fault for fault in faults("all.rss", broken))
