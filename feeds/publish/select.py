"""Which feeds a story stands in, and which stories a feed holds: pure functions of the items.

A feed is a window, not an archive: JSON Feed 1.1 calls 250 KB fine and 1 MB a burden, and readers
poll between every few minutes and once a day. Nothing here reads a clock: "recent" is counted from
the newest item, so that the same items always make the same feed.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from ..model import Article, Feed, Precision, Published, Site

ALL = "all"
"""The feed that always exists."""

TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
"""The formats of a feed and their media types, in the order of autodiscovery."""

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When a feed that never held a story changed last. Not 1970, which readers take for a bad clock
and the W3C validator calls implausible."""

_NAME_CHARACTERS = 60  # four bytes each at most, and with ".json.br" still a file name (255 bytes)
_STUB_TIME = timedelta(days=14)  # slow pollers must meet a withdrawal: some come once in 12 days
_PRECISE = {Precision.SECOND, Precision.MINUTE, Precision.DAY}


def order_time(item: Published) -> datetime:
    """Return the moment that *item* is ordered by.

    That is its publication where it is known to the day or better. A month, or a date that is only
    our own clock, must not outrank a real one: such items are ordered by when they came.
    """
    published = item.article.published
    if published.precision in _PRECISE and published.origin != "received":
        return published.at
    return item.admitted


def window(
    items: Sequence[Published], site: Site, sizes: Mapping[str, int] | None = None
) -> list[Published]:
    """Return the *items* that a feed shows, newest first; equal times are ordered by id.

    What is shown goes by when it came or changed last, so that an old story that is dropped today
    and a correction of an old one reach the readers; what is shown is then ordered by its dates.
    Everything from the last ``window_hours`` before the latest change, at least
    ``window_min_items``, at most ``window_max_items``; then the oldest are cut until the rendered
    items, whose bytes *sizes* gives by id, fit in ``window_bytes``. Down to the minimum they may
    take twice that, so that one giant does not empty the feed; the latest always stays. A withdrawn
    item stays for two weeks of news, whatever the limits: only an overwritten entry takes a story
    back from a reader.
    """
    dated = sorted(items, key=lambda item: item.id)
    dated.sort(key=order_time, reverse=True)
    latest = sorted(dated, key=lambda item: item.changed, reverse=True)
    if not latest:
        return []
    oldest = latest[0].changed - timedelta(hours=site.window_hours)
    stub_since = latest[0].changed - _STUB_TIME
    chosen: set[str] = set()
    spent, stories, full = 0, 0, False
    for item in latest:
        if sizes is not None and not full:  # looked up no further: it may render what it measures
            spent += sizes[item.id]
        few = stories < site.window_min_items
        full = full or (
            stories >= site.window_max_items
            or not (few or item.changed >= oldest)
            or (stories > 0 and spent > site.window_bytes * (2 if few else 1))
        )
        if not full:
            stories += 1
            chosen.add(item.id)
        elif item.withdrawn is not None and item.changed >= stub_since:
            chosen.add(item.id)
    return [item for item in dated if item.id in chosen]


def last_change(items: Iterable[Published]) -> datetime:
    """Return when the latest revision among *items* came: a feed's ``updated``, never now."""
    return max((item.changed for item in items), default=NEVER)


@lru_cache(maxsize=4096)  # a newsroom has some hundred categories, and each story names a few
def feed_name(category: str) -> str:
    """Return the name of the feed for *category*, as it stands in addresses.

    Lower case, runs of anything but letters and digits become one hyphen. Accents go where ASCII is
    left (``Économie`` -> ``economie``); other scripts, and letters such as ``ø`` that are no
    accented ASCII, are kept. Categories that give the same name share the feed.
    """
    lowered = unicodedata.normalize("NFKD", category.lower().replace("ß", "ss"))
    plain = "".join(c for c in lowered if not unicodedata.combining(c))
    if any(c.isalnum() and not c.isascii() for c in plain):
        plain = unicodedata.normalize("NFKC", lowered)
    # "M": vowel signs belong to their letter in Devanagari, Thai and others
    kept = (c if unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    name = "-".join("".join(kept).split())[:_NAME_CHARACTERS].rstrip("-")
    if not name:  # "★" has neither letter nor digit: it is named by its code points
        points = "-".join(f"{ord(c):x}" for c in category if not c.isspace())
        name = f"category-{points}"[:_NAME_CHARACTERS].rstrip("-")
    return f"category-{ALL}" if name == ALL else name


def feeds_of(article: Article, site: Site) -> list[Feed]:
    """Return the feeds that *article* belongs to: ``all``, then one for each of its categories."""
    feeds = {ALL: feed_for_all(site)}
    if site.category_feeds:
        for category in article.categories:
            name = feed_name(category)
            if name not in feeds:
                feeds[name] = _category_feed(name, category, site)
    return list(feeds.values())


def permitted(article: Article, site: Site) -> list[Feed]:
    """Return those of its feeds that may hold *article*: not all may hold what is restricted."""
    feeds = feeds_of(article, site)
    if not article.restricted:
        return feeds
    return [feed for feed in feeds if feed.name in site.restricted_feeds]


def feed_for_all(site: Site) -> Feed:
    """Return the feed of all stories."""
    return Feed(name=ALL, title=site.title, description=site.description, language=site.language)


def feed_named(name: str, items: Iterable[Published], site: Site) -> Feed:
    """Return the feed *name*, with the title that its *items* give it.

    Categories that share a feed may be spelt differently ("World", "WORLD"). The spelling that most
    items use wins, then the first in code point order, so that the title does not hang on which
    story came last.
    """
    if name == ALL:
        return feed_for_all(site)
    spellings = Counter(
        category
        for item in items
        for category in item.article.categories
        if feed_name(category) == name
    )
    title = min(spellings, key=lambda label: (-spellings[label], label), default=name)
    return _category_feed(name, title, site)


def _category_feed(name: str, category: str, site: Site) -> Feed:
    return Feed(
        name=name,
        title=f"{site.title}: {category}",
        description=f"The latest stories in {category} from {site.title}.",
        language=site.language,
    )


def feed_address(site: Site, name: str, suffix: str) -> str:
    """Return the address of a feed: *suffix* ``.rss``, ``.atom`` or ``.json``, ``/`` for its page.

    Built on the configured public URL alone, never on what a request says (RFC 4287, 4.2.7.2:
    ``self`` is the preferred address).
    """
    return f"{site.public_url}/feeds/{quoted(name)}{suffix}"


@lru_cache(maxsize=4096)  # as many as feed_name keeps
def quoted(name: str) -> str:
    """Return the *name* of a feed as it stands in an address."""
    return quote(name)
