"""Golden cases: published stories beside the exact bytes of everything that is made of them.

Each folder of ``data/golden`` is a case. Its ``articles.json`` is a list of stories as the store
keeps them, newest first; beside it stand the documents and the page of a feed that shows them, an
archive of that feed, and the page of each story. ``pytest tests/test_golden.py --rewrite-golden``
writes all of them anew, on purpose only: what it changed is read in the difference.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from feeds.model import Published, Site
from feeds.publish.archive import Chain
from feeds.publish.pages import Pages
from feeds.publish.render import Renderer
from feeds.publish.select import feed_for_all, last_change

CASES = sorted(
    path.parent for path in (Path(__file__).parent / "data/golden").glob("*/articles.json")
)
SITE = Site(
    public_url="https://desk.example",
    title="The Harbour Desk",
    description="News from the coast & the council.",
    tag_authority="desk.example",
    hubs=("https://hub.example/",),
)
_LATEST, _ARCHIVE = Chain(older=2), Chain(number=2, older=1)


def stories(case: Path) -> list[Published]:
    """Return the stories of a case."""
    return msgspec.json.decode((case / "articles.json").read_bytes(), type=list[Published])


def made(case: Path) -> dict[str, bytes]:
    """Return what is made of a case: name of a file -> its bytes."""
    shown, renderer, pages = stories(case), Renderer(SITE), Pages(SITE)
    feed, changed, fragments = feed_for_all(SITE), last_change(shown), renderer.fragments(shown)
    files: dict[str, bytes] = {}
    for suffix, data in renderer.feed(feed, changed, fragments, _LATEST).items():
        files[f"feed.{suffix}"] = bytes(data)
    for suffix, data in renderer.feed(feed, changed, fragments, _ARCHIVE).items():
        files[f"archive.{suffix}"] = bytes(data)
    files["feed.html"] = bytes(pages.feed(feed, shown, chain=_LATEST))
    files["archive.html"] = bytes(pages.feed(feed, shown, chain=_ARCHIVE))
    return files | {f"{story.id}.html": pages.article(story) for story in shown}
