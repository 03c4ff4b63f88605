"""A small site to look at: every kind of page, showing the stories of the golden cases."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path

from msgspec.structs import replace
from PIL import Image, ImageDraw

from feeds.model import Feed, Site
from feeds.publish.archive import Chain
from feeds.publish.pack import Joined
from feeds.publish.pages import Pages
from feeds.publish.select import feed_for_all, order_time
from tests.golden import CASES, stories

SITE = Site(
    public_url="https://desk.example",
    title="The Harbour Desk",
    description="News from the coast, the council and the sea, as it comes over the wire.",
)
PAGES = {
    "home": "/",
    "feed": "/feeds/all/",
    "archive": "/feeds/all/archive/2/",
    "article": "/articles/a22/",
    "credits": "/articles/a24/",
    "correction": "/articles/a23/",
    "right-to-left": "/articles/a25/",
    "east-asian": "/articles/a27/",
    "table": "/articles/table/",
    "withdrawn": "/articles/a7/",
    "moved": "/articles/old/still/",
    "empty": "/empty/",
}
"""Every kind of page, by its path."""

_THEIRS, _OURS = b"https://courier.example/pictures/", b"/pictures/"
_SIZE = 1200, 800
_TEXT = """<p>The gates on the <a href="https://courier.example/calendar">calendar</a> shut at dusk.</p>
<h2>What changes for the boats</h2><p>Boats under eight metres may pass at slack water.</p>
<blockquote><p>The sea takes what it is owed.</p></blockquote>
<ul><li>Gates shut at dusk</li><li>Pilots from six</li></ul>
<table><thead><tr><th>Gate</th><th>Height</th></tr></thead>
<tbody><tr><td>North</td><td>4.2 m</td></tr><tr><td>South</td><td>3.9 m</td></tr></tbody></table>
<pre><code>HW 06:12  4.1 m   LW 12:30  0.4 m   HW 18:41  4.3 m   LW 00:55  0.3 m   HW 07:02  4.4 m</code></pre>
<h3>And on Sundays</h3><p>As on any other day.</p>"""


def build(public: Path, but: Collection[str] = ()) -> None:
    """Write the site into the folder *public*, without the stories of the cases *but*."""
    pages, feed = Pages(SITE), feed_for_all(SITE)
    shown = [story for case in CASES if case.name not in but for story in stories(case)]
    shown.sort(key=order_time, reverse=True)
    feeds = [(feed, len(shown))] + [
        (Feed(label.lower(), f"{SITE.title}: {label}"), count)
        for label, count in (
            ("Coast", 2),
            ("Council", 1),
            ("Culture", 1),
            ("Économie", 1),
            ("العالم", 1),
        )
    ]
    _put(public, "/", pages.home(feeds, shown))
    _put(public, "/empty/", pages.home(feeds[:1], []))
    _put(public, "/feeds/all/", pages.feed(feed, shown, chain=Chain(older=2)))
    _put(public, "/feeds/all/archive/2/", pages.feed(feed, shown[5:], chain=Chain(2, 1, 3)))
    _put(public, "/articles/old/still/", _still(pages.moved("old", "a22")))
    for story in shown:
        _put(public, f"/articles/{story.id}/", pages.article(story))
    article = replace(shown[0].article, content_html=_TEXT, images=())
    _put(public, "/articles/table/", pages.article(replace(shown[0], article=article)))
    for name, data in pages.statics().items():
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_bytes(data)
    (public / "pictures").mkdir()
    for number, name in enumerate(("lanterns.jpg", "maker.webp", "gate.jpg")):
        (public / "pictures" / name).write_bytes(_picture(number))


def _put(public: Path, path: str, page: bytes | Joined) -> None:
    folder = public / path.strip("/")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_bytes(bytes(page).replace(_THEIRS, _OURS))


def _still(page: bytes) -> bytes:
    """Return *page* without the refresh, which would lead away from it."""
    return page.replace(b'http-equiv="refresh"', b'name="moved-to"')


def _picture(number: int) -> bytes:
    """Return a sea at dusk as a picture; a second and third one in other colours."""
    low, high = [
        ((24, 44, 66), (214, 140, 96)),
        ((40, 62, 58), (226, 206, 160)),
        ((46, 34, 62), (190, 110, 120)),
    ][number]
    width, height = _SIZE
    image = Image.new("RGB", _SIZE)
    draw = ImageDraw.Draw(image)
    for y in range(height):
        part = abs(1 - 2 * y / height) if y < height / 2 else (y / height - 0.5) * 1.4
        part = 1 - min(1.0, part)
        draw.line(
            [(0, y), (width, y)],
            fill=tuple(int(a + (b - a) * part) for a, b in zip(low, high, strict=True)),
        )
    for n in range(60):  # lights on the water
        x, y = (n * 379 + number * 97) % width, height // 2 + 30 + (n * n * 13) % (height // 2 - 40)
        size = 3 + (y - height // 2) // 40
        draw.ellipse([x, y, x + 3 * size, y + size], fill=(255, 226, 160))
    data = io.BytesIO()
    image.save(data, "WEBP" if number == 1 else "JPEG", quality=70)
    return data.getvalue()
