"""A kill, a correction, an embargo and an expiry: from the file that says so to a reader's own store.

Each is dropped as agencies send it, read by the line, published, and fetched by newsboat.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feeds import intake
from feeds.model import Rules, Site
from feeds.pipeline import Line, Press
from feeds.read.drop import DropFolder
from feeds.store import Store
from tests.clients import Newsboat
from tests.factories import NOW
from tests.served import serving
from worker.web.application import WebApplication, application

pytestmark = pytest.mark.skipif(bool(Newsboat.missing()), reason="newsboat is not installed")

SITE = Site(public_url="https://desk.example", title="The Harbour Desk")
HOUR = timedelta(hours=1)

NITF = """<?xml version="1.0" encoding="UTF-8"?>
<nitf><head><title>Ferries</title>
<docdata management-status="{status}"{other}><doc-id id-string="{id}" regsrc="Saltmarsh Wire"/>
<date.issue norm="20260304T090000Z"/>{docdata}</docdata></head>
<body><body.head><hedline><hl1>{title}</hl1></hedline></body.head>
<body.content><p>{text}</p></body.content></body></nitf>
"""
TEXT = "The first ferry left the north quay at seven with four hundred passengers and a band."

NEWSML = """<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:saltmarsh.example:20260304:f1"
 version="{version}" standard="NewsML-G2" standardversion="2.34" conformance="power" xml:lang="en">
<catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_40.xml"/>
<itemMeta><itemClass qcode="ninat:text"/><provider literal="Saltmarsh Wire"/>
<versionCreated>2026-03-04T{hour}:00:00Z</versionCreated><pubStatus qcode="stat:usable"/>{meta}</itemMeta>
<contentMeta><headline>{title}</headline></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml">
<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{text}</p></body></html></inlineXML></contentSet>
</newsItem>
"""


def nitf(one: str = "sw-1", title: str = "Ferries sail again", **parts: str) -> str:
    return NITF.format(
        **{"status": "usable", "other": "", "docdata": "", "text": TEXT, "id": one, "title": title}
        | parts
    )


def newsml(**parts: str) -> str:
    return NEWSML.format(
        **{"version": "1", "hour": "09", "meta": "", "title": "Ferries sail again", "text": TEXT}
        | parts
    )


class Walk:
    """A desk with its drop folder, and a reader that has subscribed to its feed."""

    def __init__(self, store: Store, drop: DropFolder, home: Path, address: str) -> None:
        self.line, self.drop = Line(store, Rules(), SITE), drop
        self.press = Press(store, SITE, home / "public")
        self.reader, self.address = Newsboat(home / "reader"), address
        self.count = 0

    def dropped(self, text: str, now: datetime) -> str:
        self.count += 1
        name = Path(f"{self.count}.xml")
        (self.drop.root / name).write_text(text, "utf-8")
        [(_, report)] = intake.dropped(self.line, self.drop, [name], now)
        return " ".join(str(outcome.verdict) for outcome in report.outcomes)

    def read(self, now: datetime) -> list[tuple[str, str]]:
        """Publish what is to be shown at *now*; return title and text of what the reader holds."""
        self.line.keep_time(now)
        self.press.publish(now)
        found = self.reader.read(f"{self.address}/feeds/all.atom")
        assert not found.error

        return [(one.title, one.text) for one in found.held]


@pytest.fixture
def walk(store: Store, drop: DropFolder, tmp_path: Path) -> Iterator[Walk]:
    def app_at(address: str) -> WebApplication:
        public = tmp_path / "public"
        return application(public, public_url=address, max_age=300, ready=lambda: True)

    with serving(app_at) as address:
        yield Walk(store, drop, tmp_path, address)


def test_a_kill_overwrites_what_the_reader_holds(walk: Walk) -> None:
    verdicts = [walk.dropped(nitf(), NOW)]
    before = walk.read(NOW)
    verdicts.append(walk.dropped(nitf(status="canceled", text="Please kill."), NOW + HOUR))
    after = walk.read(NOW + HOUR)

    assert verdicts == ["new", "withdrawn"]
    assert [title for title, _ in before] == ["Ferries sail again"]
    [(title, content)] = after
    assert title.startswith("Withdrawn")
    assert "four hundred passengers" not in content


def test_one_document_kills_another(walk: Walk) -> None:
    walk.dropped(nitf("sw-1"), NOW)
    before = walk.read(NOW)
    other = ' management-doc-idref="sw-1" management-idref-status="canceled"'
    verdicts = walk.dropped(
        nitf(
            "sw-2",
            "Trams run late",
            text="The trams on the quay run ten minutes late.",
            other=other,
        ),
        NOW + HOUR,
    )
    titles = sorted(title for title, _ in walk.read(NOW + HOUR))

    assert [title for title, _ in before] == ["Ferries sail again"]
    assert "withdrawn" in verdicts
    assert titles[-1].startswith("Withdrawn")
    assert "Ferries sail again" not in titles


def test_a_correction_takes_the_place_of_the_story_and_says_so(walk: Walk) -> None:
    walk.dropped(newsml(), NOW)
    walk.read(NOW)
    verdict = walk.dropped(
        newsml(
            version="2",
            hour="10",
            text=TEXT.replace("four hundred", "three hundred"),
            meta='<edNote>Editors: corrects number</edNote><signal qcode="sig:correction"/>',
        ),
        NOW + HOUR,
    )
    [(_, content)] = walk.read(NOW + HOUR)

    assert verdict == "updated"
    assert "three hundred passengers" in content
    assert "Corrected" in content
    assert "Editors" not in content


def test_a_lower_version_that_comes_late_changes_nothing(walk: Walk) -> None:
    walk.dropped(newsml(version="2", hour="10"), NOW)
    verdict = walk.dropped(newsml(text="The ferry sank."), NOW + HOUR)
    [(_, content)] = walk.read(NOW + HOUR)

    assert verdict == "stale"
    assert "sank" not in content


def test_an_embargoed_story_reaches_the_reader_when_its_time_comes(walk: Walk) -> None:
    ends = "<embargoed>2026-03-04T13:00:00Z</embargoed>"
    verdict = walk.dropped(newsml(meta=ends), NOW)
    before = walk.read(NOW + HOUR - timedelta(seconds=1))
    after = walk.read(NOW + HOUR)

    assert verdict == "held"
    assert before == []
    assert [title for title, _ in after] == ["Ferries sail again"]


def test_an_expired_story_reaches_no_new_reader(walk: Walk, tmp_path: Path) -> None:
    walk.dropped(nitf(docdata='<date.expire norm="20260304T130000Z"/>'), NOW)
    before = walk.read(NOW)
    walk.line.keep_time(NOW + HOUR)
    walk.press.publish(NOW + HOUR)
    another = Newsboat(tmp_path / "another").read(f"{walk.address}/feeds/all.atom")

    assert [title for title, _ in before] == ["Ferries sail again"]
    assert another.held == []
