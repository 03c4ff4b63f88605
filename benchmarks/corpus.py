"""Made articles, the same on every machine: stories in sentences, told in every format we read.

A story is 2 KB of text and about 3 KB of HTML. Sentences come from templates and word lists, so
that language detection, summaries and compression meet something like prose; it still compresses
better than real news does, and no sentence means anything.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import NamedTuple

from benchmarks import words

FIRST = datetime(2025, 9, 9, 10, 4, tzinfo=UTC)
SECTIONS = ("World", "Politics", "Business", "Science", "Health", "Sport", "Culture", "Local")


class Story(NamedTuple):
    """One made article."""

    number: int
    key: str
    title: str
    summary: str
    paragraphs: tuple[str, ...]
    author: str
    section: str
    published: datetime

    @property
    def address(self) -> str:
        """Its own address, as its publisher gives it."""
        return f"https://gazette.example/{self.published:%Y/%m}/{self.key}?utm_source=feed"


class Dropped(NamedTuple):
    """A file to drop: its name, its bytes, and the titles that it must come out as."""

    name: str
    data: bytes
    titles: tuple[str, ...]


class Newsroom:
    """Writes stories; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._seed = seed

    def story(self, number: int) -> Story:
        """Write the story *number*; the next call writes another text."""
        pick = self._random.choice
        place = pick(words.PLACES)
        what = pick(words.WHAT)
        return Story(
            number=number,
            key=f"{self._seed}-{number}",
            title=f"{place} row grows over {what.removeprefix('the ')}, case {self._seed}-{number}",
            summary=self._sentence(place),
            paragraphs=tuple(
                " ".join(self._sentence(place) for _ in range(self._random.randint(2, 3)))
                for _ in range(6)
            ),
            author=pick(words.PEOPLE),
            section=pick(SECTIONS),
            published=FIRST + timedelta(minutes=7 * number),
        )

    def stories(self, count: int, first: int = 0) -> list[Story]:
        """Write *count* stories, numbered from *first*."""
        return [self.story(number) for number in range(first, first + count)]

    def _sentence(self, place: str) -> str:
        pick, amount = self._random.choice, self._random.randint(12, 990)
        sentence = (
            f"{pick(words.WHO)} in {place} {pick(words.DID)} {pick(words.WHAT)} "
            f"{pick(words.HAPPENED)}, {pick(words.LINKS)}."
        ).format(year=1900 + amount % 120, amount=amount, less=amount // 2)
        return sentence[0].upper() + sentence[1:]


def html_body(story: Story) -> str:
    """Tell *story* as blogs do: links, emphasis, a figure, a list, a script, a pixel, a frame."""
    image = f'<img src="/img/{story.key}.jpg" srcset="/s.jpg 600w, /l.jpg 1200w" alt="The quay">'
    parts = [f"<figure>{image}<figcaption>The quay, as it was last week</figcaption></figure>"]
    for number, paragraph in enumerate(story.paragraphs):
        start, strong, link, *rest = paragraph.split(" ", 3)
        parts.append(
            f"<p>{start} <strong>{strong}</strong>&nbsp;"
            f'<a href="/story/{story.number + number}?utm_medium=rss&amp;page=1">{link}</a> '
            f"&#8220;{' '.join(rest)}&#8221;</p>"
        )
    parts.append("<h2>What comes next</h2><ul><li>A hearing</li><li>A second vote</li></ul>")
    parts.append('<script>var a = 1 < 2 && "x";</script><img src="/p.gif" width="1" height="1">')
    parts.append('<iframe src="https://video.example/embed/1" width="560"></iframe>')
    return "\n".join(parts)


def rss(stories: Sequence[Story], title: str = "Gazette") -> bytes:
    """Tell *stories* as an RSS 2.0 feed as WordPress writes it."""
    items = "".join(
        f"<item>\n<title>{escape(one.title)}</title>\n<link>{escape(one.address)}</link>\n"
        f"<comments>https://gazette.example/{one.key}/#comments</comments>\n"
        f"<dc:creator><![CDATA[{one.author}]]></dc:creator>\n"
        f"<pubDate>{one.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>\n"
        f"<category><![CDATA[{one.section}]]></category>\n"
        f'<guid isPermaLink="false">{title}-{one.key}</guid>\n'
        f"<description><![CDATA[{one.summary} [&#8230;]]]></description>\n"
        f"<content:encoded><![CDATA[{html_body(one)}]]></content:encoded>\n"
        f"<wfw:commentRss>https://gazette.example/{one.key}/feed/</wfw:commentRss>\n"
        f"<slash:comments>{one.number % 9}</slash:comments>\n"
        f'<media:thumbnail url="https://gazette.example/t/{one.key}.jpg" />\n'
        f'<media:content url="https://gazette.example/f/{one.key}.jpg" medium="image" width="1200" '
        'height="800"><media:description type="html">The quay, as it was last week'
        "</media:description><media:credit>Staff</media:credit></media:content>\n</item>\n"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
        'xmlns:media="http://search.yahoo.com/mrss/">\n<channel>'
        f"<title>{title}</title><link>https://gazette.example/</link>"
        f"<description>News</description>\n<language>en-GB</language>\n{items}</channel></rss>\n"
    ).encode()


def atom(stories: Sequence[Story], title: str = "Gazette") -> bytes:
    """Tell *stories* as an Atom 1.0 feed."""
    entries = "".join(
        f'<entry>\n<title>{escape(one.title)}</title>\n<link href="{escape(one.address)}"/>\n'
        f"<id>tag:gazette.example,2025:{title}-{one.key}</id>\n"
        f"<published>{one.published.isoformat()}</published>\n"
        f"<updated>{one.published.isoformat()}</updated>\n"
        f'<author><name>{one.author}</name></author>\n<category term="{one.section}"/>\n'
        f'<summary>{escape(one.summary)}</summary>\n<content type="html">'
        f"{escape(html_body(one))}</content>\n</entry>\n"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="en-GB">\n<title>{title}</title><link href="https://gazette.example/"/>'
        f"<id>tag:gazette.example,2025:{title}</id><updated>{FIRST.isoformat()}</updated>\n"
        f"{entries}</feed>\n"
    ).encode()


def ninjs(story: Story) -> bytes:
    """Tell *story* as an agency's ninjs 3."""
    return json.dumps(
        {
            "uri": f"tag:agency.example,2025:{story.key}",
            "standard": {"name": "ninjs", "version": "3.0"},
            "type": "text",
            "pubstatus": "usable",
            "language": "en-GB",
            "versioncreated": story.published.isoformat(),
            "headlines": [{"value": story.title}],
            "descriptions": [{"value": story.summary}],
            "by": f"By {story.author}",
            "subjects": [{"name": story.section}],
            "bodies": [{"contenttype": "text/html", "value": html_body(story)}],
        }
    ).encode()


def short(story: Story) -> bytes:
    """Tell *story* in Wireroom's own short form."""
    return json.dumps(
        {
            "id": f"desk-{story.key}",
            "title": story.title,
            "summary": story.summary,
            "body_html": html_body(story),
            "author": story.author,
            "categories": [story.section],
            "published": story.published.isoformat(),
            "language": "en",
        }
    ).encode()


def markdown(story: Story) -> bytes:
    """Tell *story* in Markdown with YAML front matter."""
    text = "\n\n".join(story.paragraphs)
    return (
        f'---\ntitle: "{story.title}"\nauthor: {story.author}\ndate: {story.published}\n'
        f'categories: [{story.section}]\nsummary: "{story.summary}"\n---\n\n{text}\n\n'
        "## What comes next\n\n* A hearing\n* A [second vote](https://gazette.example/vote)\n"
    ).encode()


def html_page(story: Story) -> bytes:
    """Tell *story* as a newspaper's page with its metadata and what stands around the text."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "description": story.summary,
        "datePublished": story.published.isoformat(),
        "author": {"@type": "Person", "name": story.author},
        "articleSection": story.section,
        "publisher": {"@type": "Organization", "name": "The Gazette"},
    }
    links = "".join(f'<li><a href="/{name.lower()}/">{name}</a></li>' for name in SECTIONS)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(story.title)}'
        f' | The Gazette</title><link rel="canonical" href="{escape(story.address)}">'
        f'<meta property="og:type" content="article"><meta property="og:title" '
        f'content="{escape(story.title)}"><script type="application/ld+json">{json.dumps(data)}'
        f"</script></head><body><nav><ul>{links}</ul></nav><main><article>"
        f"<h1>{escape(story.title)}</h1><p>By {story.author}</p>{html_body(story)}</article></main>"
        f"<footer><p>The Gazette. All rights reserved.</p><ul>{links}</ul></footer></body></html>\n"
    ).encode()


def captured(story: Story) -> bytes:
    """Tell *story* as the text that is left when a page is selected and copied."""
    text = "\n\n".join(story.paragraphs)
    return (
        f"The Harbour Gazette\n\n{story.section}\n\n{story.title}\n\n{story.summary}\n\n"
        f"By {story.author}\n\n{story.published:%B} {story.published.day}, {story.published.year}"
        f"\n\n{text}\n"
    ).encode()


FORMATS: dict[str, tuple[str, Callable[[Story], bytes]]] = {
    "ninjs": ("json", ninjs),
    "short": ("json", short),
    "markdown": ("md", markdown),
    "html": ("html", html_page),
    "captured": ("txt", captured),
    "rss": ("rss", lambda story: rss([story])),
    "atom": ("atom", lambda story: atom([story])),
}
"""Format -> the ending of its file names, and who writes a file of one story in it."""


def mixed(seed: int, count: int) -> list[Dropped]:
    """Return *count* files of one story each, the formats taking turns."""
    kinds = list(FORMATS.items())
    files = []
    for story in Newsroom(seed).stories(count):
        kind, (ending, write) = kinds[story.number % len(kinds)]
        files.append(Dropped(f"{kind}-{story.key}.{ending}", write(story), (story.title,)))
    return files


def feed_files(seed: int, feeds: int, entries: int) -> list[Dropped]:
    """Return *feeds* files of *entries* stories each, every third one Atom, the others RSS."""
    newsroom = Newsroom(seed)
    files = []
    for number in range(feeds):
        stories = newsroom.stories(entries, number * entries)
        kind, write = ("atom", atom) if number % 3 == 2 else ("rss", rss)
        files.append(
            Dropped(
                f"feed-{number:04}.{kind}",
                write(stories, f"Gazette {number}"),
                tuple(story.title for story in stories),
            )
        )
    return files


def broken(count: int) -> list[Dropped]:
    """Return *count* files that nothing can be read from, of every kind in turn."""
    kinds = (
        ("empty.txt", b""),
        ("cut.json", b'{"title": "A story that was cut off", "body": "and he sa'),
        ("list.json", b"[17]"),
        ("untitled.json", b'{"colour": "green", "size": 4}'),
        ("picture.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 8),
        ("page.xml", b'<?xml version="1.0"?><invoice><line>12</line></invoice>'),
        ("front.md", b"---\ntitle: [no end\n---\n"),
        ("zeros.txt", bytes(2_000)),
        ("log.txt", b"2026-03-04 12:00:01 ERROR 17 no such device\n" * 30),
        ("table.csv", b"a;b;c\n1;2;3\n4;5;6\n"),
    )
    return [
        Dropped(f"broken-{number:03}-{name}", data + b" " * (number // len(kinds)), ())
        for number in range(count)
        for name, data in [kinds[number % len(kinds)]]
    ]
