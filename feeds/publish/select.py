"""Which feeds a story stands in, and which stories a feed holds: pure functions of the items.

A feed is a window, not an archive: JSON Feed 1.1 calls 250 KB fine and 1 MB a burden, and readers
poll between every few minutes and once a day. Nothing here reads a clock: "recent" is counted from
the newest item, so that the same items always make the same feed.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

import msgspec

from ..model import Article, Feed, FeedRule, Order, Precision, Published, Site
from .rules import Rulebook

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
_WINDOW = (
    *("window_hours", "window_min_items", "window_max_items", "window_bytes", "window_order"),
)
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


_ORDERS: dict[Order, Callable[[Published], datetime]] = {
    "published": order_time,
    "admitted": lambda item: item.admitted,
    "changed": lambda item: item.changed,
}


def window(
    items: Sequence[Published], site: Site, sizes: Mapping[str, int] | None = None
) -> list[Published]:
    """Return the *items* that a feed shows, newest first; equal times are ordered by id.

    What is shown goes by when it came or changed last, so that an old story that is dropped today
    and a correction of an old one reach the readers; what is shown is then ordered by its dates, or
    as ``window_order`` says.
    Everything from the last ``window_hours`` before the latest change, at least
    ``window_min_items``, at most ``window_max_items``; then the oldest are cut until the rendered
    items, whose bytes *sizes* gives by id, fit in ``window_bytes``. Down to the minimum they may
    take twice that, so that one giant does not empty the feed; the latest always stays. A withdrawn
    item stays for two weeks of news, whatever the limits: only an overwritten entry takes a story
    back from a reader.
    """
    dated = sorted(items, key=lambda item: item.id)
    dated.sort(key=_ORDERS[site.window_order], reverse=True)
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


class _Catalogue:
    """The configured feeds of a site, compiled: which of them a story is in, and what each is."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.rules = {rule.name: rule for rule in site.feeds}
        self.heads = {rule.name: _ruled_feed(rule, site) for rule in site.feeds}
        self.heads.setdefault(ALL, _everything(site))
        self.sites = {rule.name: _site_of(rule, site) for rule in site.feeds}
        # A category that has a table, under this name or an old one, is what the table says.
        self.taken = {*self.rules, *(old for rule in site.feeds for old in rule.renamed)}
        self._book = Rulebook(site.feeds, feed_name)

    def feeds(self, article: Article) -> list[Feed]:
        feeds = [] if ALL in self.rules else [self.heads[ALL]]
        feeds += [self.heads[name] for name in self._book.feeds(article)]
        if self.site.category_feeds:
            own = {feed_name(category): category for category in reversed(article.categories)}
            for name in dict.fromkeys(map(feed_name, article.categories)):
                if name not in self.taken:
                    feeds.append(_category_feed(name, own[name], self.site))
        return feeds


_latest: list[_Catalogue] = []


def _catalogue(site: Site) -> _Catalogue:
    """Return what *site* configures, compiled once: a process publishes one site."""
    if _latest and _latest[0].site is not site and _latest[0].site == site:
        _latest[0].site = site  # to compare a hundred rules takes longer than to judge by them
    if not _latest or _latest[0].site is not site:
        _latest[:] = [_Catalogue(site)]
    return _latest[0]


def feeds_of(article: Article, site: Site) -> list[Feed]:
    """Return the feeds that *article* belongs to: ``all``, those by rule, those of its categories.

    Raises:
        SettingsError: a rule of *site* cannot be, which loading the settings has told already.
    """
    return _catalogue(site).feeds(article)


def permitted(article: Article, site: Site) -> list[Feed]:
    """Return those of its feeds that may hold *article*: not all may hold what is restricted."""
    feeds = feeds_of(article, site)
    if not article.restricted:
        return feeds
    return [feed for feed in feeds if feed.name in site.restricted_feeds]


def ruled_feeds(site: Site) -> list[Feed]:
    """Return the feeds that tables of *site* describe, in their order."""
    heads = _catalogue(site).heads
    return [heads[rule.name] for rule in site.feeds]


def feed_for_all(site: Site) -> Feed:
    """Return the feed of all stories."""
    return _catalogue(site).heads[ALL]


def site_for(name: str, site: Site) -> Site:
    """Return *site* with the window that the feed *name* has."""
    return _catalogue(site).sites.get(name, site)


def in_full(name: str, site: Site) -> bool:
    """Tell whether the feed *name* gives stories in full, or their summaries only."""
    rule = _catalogue(site).rules.get(name)
    return rule is None or rule.full_text


def feed_named(name: str, items: Iterable[Published], site: Site) -> Feed:
    """Return the feed *name*, with the title that its *items* give it if it is a category's.

    Categories that share a feed may be spelt differently ("World", "WORLD"). The spelling that most
    items use wins, then the first in code point order, so that the title does not hang on which
    story came last.
    """
    if name in _catalogue(site).heads:
        return _catalogue(site).heads[name]
    spellings = Counter(
        category
        for item in items
        for category in item.article.categories
        if feed_name(category) == name
    )
    title = min(spellings, key=lambda label: (-spellings[label], label), default=name)
    return _category_feed(name, title, site)


def listed(titles: Mapping[str, str], site: Site) -> list[Feed]:
    """Return the feeds of a list: that of everything, those of *site*'s rules, then the others.

    *titles* are those of all feeds by name, as the store knows them.
    """
    heads = _catalogue(site).heads
    own = [heads[ALL], *(feed for name, feed in heads.items() if name != ALL)]
    return own + [
        Feed(name=name, title=title) for name, title in titles.items() if name not in heads
    ]


def _everything(site: Site) -> Feed:
    return Feed(name=ALL, title=site.title, description=site.description, language=site.language)


def _ruled_feed(rule: FeedRule, site: Site) -> Feed:
    """Return what the head of a configured feed says, its category's where *rule* says nothing."""
    usual = _everything(site) if rule.name == ALL else _category_feed(rule.name, rule.name, site)
    if rule.title and rule.name != ALL:
        usual = msgspec.structs.replace(usual, description=f"{rule.title}, from {site.title}.")
    return Feed(
        name=rule.name,
        title=rule.title or usual.title,
        description=rule.description or usual.description,
        language=rule.language or usual.language,
        image=rule.image,
    )


def _site_of(rule: FeedRule, site: Site) -> Site:
    """Return *site* with what *rule* says of its own window in place of the site's."""
    own = {name: getattr(rule, name) for name in _WINDOW if getattr(rule, name) is not None}
    return msgspec.structs.replace(site, **own) if own else site


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
