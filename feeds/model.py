"""The nouns of the line: Source, Document, Entry, Article, Feed, and what is said of them.

A *Source* is what we read, a *Feed* only ever what we publish. An *Entry* is untrusted text as a
format module found it; an *Article* is what we stand for. Only ``normalise`` makes an Article, and
only an Article can be admitted, so a wrong state cannot be written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

DROP = "drop"
"""The id of the source that is the drop folder."""


class Verdict(StrEnum):
    """What became of an entry. The law: read = the sum of the verdicts."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    STALE = "stale"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Precision(StrEnum):
    """How exactly a moment is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"


class Status(StrEnum):
    """IPTC's pubStatus: may this be shown?"""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


class Stamp(msgspec.Struct, frozen=True, omit_defaults=True):
    """A moment (aware, UTC), how exactly it is known, and where it was read.

    *origin* is ``declared`` (the entry's own field), ``relative`` ("2 months ago", counted from the
    page's own date or, without one, the file's), ``page`` (the masthead), ``file`` (its
    modification time) or ``received`` (our own clock).
    """

    at: datetime
    precision: Precision = Precision.SECOND
    origin: Literal["declared", "relative", "page", "file", "received"] = "declared"


class Text(msgspec.Struct, frozen=True):
    """RFC 4287, 3.1: a text construct. *type* says whether *value* is plain text or HTML."""

    value: str
    type: Literal["text", "html"] = "text"


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 4287, 3.2: somebody who wrote it."""

    name: str
    email: str | None = None
    uri: str | None = None


class Image(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture, or a figure whose picture has no address (*url* is None)."""

    url: str | None = None
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None


class Enclosure(msgspec.Struct, frozen=True, omit_defaults=True):
    """RSS 2.0 enclosure, Atom link rel=enclosure, JSON Feed attachment. *length* is in bytes."""

    url: str
    type: str = ""
    length: int | None = None


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """What we read, and what its operator says of it.

    *id* names it for ever (``drop``, ``submit:desk``, an address). *repeat* is the verdict on an
    entry that arrives again unaltered: ``duplicate`` for files, which somebody dropped twice,
    ``unchanged`` for feeds and programs, which say the same thing again as a matter of course.
    *timezone* and *day_first* (05/06 is the fifth of June) overrule the Rules for this source;
    *categories* are added to those of each entry.
    """

    id: str
    title: str = ""
    link: str | None = None
    repeat: Verdict = Verdict.UNCHANGED
    timezone: str | None = None
    day_first: bool | None = None
    language: str | None = None
    categories: tuple[str, ...] = ()


class Document(msgspec.Struct, frozen=True):
    """Bytes from a source, and what is known of them besides.

    *name* is a file name or an address, *url* the address they came from (the base of relative
    links), *modified* the file's own time, *received* the moment we took them. *receipt* names
    this arrival: the same receipt shown twice gets the first answer again, so that work which was
    cut short can be done again. *beside* are the pictures that came with it, by file name.
    """

    data: bytes
    name: str
    source: Source
    received: datetime
    modified: datetime | None = None
    url: str | None = None
    content_type: str | None = None
    receipt: str | None = None
    beside: dict[str, bytes] = {}


class Entry(msgspec.Struct, kw_only=True):
    """One article as a format module found it: untrusted, unresolved, dates as they were written.

    *published* and *updated* are the text as it stood (or an aware datetime where the format has
    typed dates); *page_date* is the date that the page itself carries, which relative dates count
    from. *base* is what relative links are resolved against.

    *provider* issued *upstream_id* (an agency's id is its own on whatever way it comes to us), and
    *cancels* names other documents of its that this one takes back. *correction* is a note for
    readers; notes to the desk have no place here. *advisory* says why a person must decide before
    anything is shown. *usage* is the terms of use. *attachments* are what arrived beside the text,
    by the name that *content* or an image refers to.
    """

    format: str
    upstream_id: str | None = None
    version: str | None = None
    title: Text | None = None
    summary: Text | None = None
    content: Text | None = None
    link: str | None = None
    base: str | None = None
    authors: list[Person] = []
    categories: list[str] = []
    published: str | datetime | None = None
    updated: str | datetime | None = None
    page_date: str | datetime | None = None
    language: str | None = None
    images: list[Image] = []
    enclosures: list[Enclosure] = []
    publisher: str | None = None
    publisher_link: str | None = None
    dateline: str | None = None
    wire_source: str | None = None
    rights: str | None = None
    status: str | None = None
    embargoed: str | datetime | None = None
    expires: str | datetime | None = None
    urgency: int | None = None
    provider: str | None = None
    cancels: list[str] = []
    correction: str | None = None
    advisory: str | None = None
    usage: str | None = None
    attachments: dict[str, bytes] = {}


class Article(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One article as we stand for it: complete, clean, UTC.

    *title* and *summary* are plain text, *content_html* is clean HTML with absolute links;
    *published* is the first publication, *updated* the last change that was declared. *provider*,
    *correction*, *advisory* and *usage* are as in Entry; *restricted* says that the terms of use
    are not those of every feed.
    """

    source: str
    format: str
    title: str
    published: Stamp
    source_title: str = ""
    source_link: str | None = None
    upstream_id: str | None = None
    version: str | None = None
    summary: str = ""
    content_html: str = ""
    link: str | None = None
    authors: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    updated: Stamp | None = None
    language: str | None = None
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    publisher: str | None = None
    dateline: str | None = None
    wire_source: str | None = None
    rights: str | None = None
    status: Status = Status.USABLE
    embargoed: Stamp | None = None
    expires: Stamp | None = None
    urgency: int | None = None
    provider: str | None = None
    correction: str | None = None
    advisory: str | None = None
    usage: str | None = None
    restricted: bool = False


class Identity(msgspec.Struct, frozen=True, array_like=True):
    """One name of an article: the rule it comes from, and 16 bytes."""

    rule: str
    key: bytes


class Named(msgspec.Struct, frozen=True):
    """An article with its names. *id* is what it gets if it is new, made of its names alone.

    *owner* is who may change it: the source and, in the drop folder, the publisher; where there is
    a provider, that alone, whatever way its copy came. *digest* covers all that a reader sees,
    *stamped* the dates and the version too: an equal *digest* under another *stamped* is a bare
    change of timestamps. *words* is the length of its text, *rank* orders the copies
    of a story, the lowest is shown; *bands* and *print* are what near-duplicates are found and
    known by, empty where it is not to be compared.
    """

    article: Article
    id: str
    owner: str
    identities: tuple[Identity, ...]
    digest: bytes
    stamped: bytes
    words: int = 0
    rank: int = 0
    bands: bytes = b""
    print: bytes = b""


class Rejection(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something was turned away: class of error, a sentence, and the place where there is one.

    *line* and *column* count from 1; 0 says that there is no such place.
    """

    error: str
    problem: str
    format: str | None = None
    line: int = 0
    column: int = 0


class Feed(msgspec.Struct, frozen=True):
    """A feed that we publish: its name in the address, and what its head says.

    *image* is the address of a picture that stands for it; "" is our own icon.
    """

    name: str
    title: str
    description: str = ""
    language: str = "en"
    image: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """One thing that arrived, ready to be admitted: an article with its names, or a rejection.

    *feeds* are those that it belongs to, *entry_id* is the one it gets if it is new, *place* says
    where it was read (a file name, an address) and *receipt* names this arrival, so that the same
    one shown again gets its first answer again. *backlog* says that it was there before its source
    was: if it is new, it is known from now on, but neither kept nor shown.
    """

    what: Named | Rejection
    source: Source
    place: str
    feeds: tuple[Feed, ...] = ()
    entry_id: str = ""
    receipt: str = ""
    backlog: bool = False


class Credit(msgspec.Struct, frozen=True, array_like=True):
    """Another copy of a story, which is credited beside the one that is shown.

    *id* is the copy's own, *source* the id of what brought it; *link* leads to its page, where it
    has one.
    """

    id: str
    source: str
    publisher: str | None
    title: str
    link: str | None = None


class Published(msgspec.Struct, frozen=True):
    """An admitted article as the store keeps it: a story, shown by the best of its copies.

    *id* is for ever (also in ``/articles/ID/``), *entry_id* the ``tag:`` URI that feeds carry.
    *revision* counts from 1 and grows with each change; *admitted* is when it first came, *changed*
    when its latest revision came. *withdrawn* says why it was taken back (it is shown as a stub),
    *held* why it is not shown yet. *also* are the other copies of the story, the best first.
    """

    id: str
    entry_id: str
    revision: int
    admitted: datetime
    changed: datetime
    article: Article
    withdrawn: str | None = None
    held: str | None = None
    also: tuple[Credit, ...] = ()


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """A verdict on one entry, and why.

    *id* is the article's (for a duplicate: of the article it repeats); *rule* is the identity that
    decided (``upstream id``, ``link``, ``content``, ...), *reason* a sentence for a person.
    """

    verdict: Verdict
    id: str | None = None
    title: str = ""
    rule: str = ""
    reason: str = ""
    rejection: Rejection | None = None


def legible(name: str) -> str:
    r"""Return the file name *name* as text: bytes of it that are none are spelt ``\udcNN``."""
    return name.encode("utf-8", "backslashreplace").decode()


class Report(msgspec.Struct):
    """What became of everything that was read: a verdict for each entry, in order."""

    source: str
    outcomes: list[Outcome] = []

    @property
    def tally(self) -> Counter[Verdict]:
        """How many entries got each verdict; the values sum up to what was read."""
        return Counter(outcome.verdict for outcome in self.outcomes)

    def extend(self, outcomes: Iterable[Outcome]) -> None:
        """Add *outcomes* at the end."""
        self.outcomes.extend(outcomes)


class Rules(msgspec.Struct, frozen=True):
    """What the operator decides about normalising. Every field is a setting of the same name."""

    future_hours: int = 24
    earliest_year: int = 1990
    timezone: str = "UTC"
    day_first: bool | None = None
    summary_characters: int = 300
    tracking_parameters: tuple[str, ...] = ()
    field_bytes: int = 512_000


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a story must be like, a line for each kind; of the values in a line one is enough.

    *sources* are ids or titles of sources, *languages* BCP 47 ranges ("en" is every English, "und"
    an unknown language; RFC 4647, 3.3.1), *urgency* IPTC's (1 the most urgent). *words* stand in
    the title, summary or text, *title_words* in the title: words or phrases in any case, ``*`` for
    the rest of a word, ``/.../`` for a regular expression. *published_after* is inclusive,
    *published_before* not; both are aware. *all_of* and *any_of* are conditions in their turn.
    """

    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    wire_sources: tuple[str, ...] = ()
    urgency: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    title_words: tuple[str, ...] = ()
    published_after: datetime | None = None
    published_before: datetime | None = None
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()


Order = Literal["published", "admitted", "changed"]
"""What a feed is ordered by, the latest first: publication, when it came, or its last change."""


class FeedRule(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A feed as its operator describes it: one table ``[[feeds]]``.

    It holds the stories that meet every line of *include* and no line of *exclude*. Without an
    *include* it is the feed of the category that gives its *name* (``all``: of every story). What
    is left out of head and window is as the Site says. *renamed* are names that it had.
    """

    name: str
    title: str = ""
    description: str = ""
    language: str = ""
    image: str = ""
    full_text: bool = True
    include: Condition | None = None
    exclude: Condition | None = None
    window_hours: int | None = None
    window_min_items: int | None = None
    window_max_items: int | None = None
    window_bytes: int | None = None
    window_order: Order | None = None
    renamed: tuple[str, ...] = ()


class Thresholds(msgspec.Struct, frozen=True):
    """How alike two articles must be to be one story. Every field is a setting of the same name.

    *containment* is the share of the shorter text's runs of words that the other has too;
    *headline_containment* is asked where the share *headline* of the words of one headline stands
    in the other. A text of fewer than *short_shingles* runs is short: then it is
    *short_containment* and *short_headline_containment*, and *unproven_containment* where hardly
    any number or name (fewer than *few*) has the same words around it in both, so that nothing else
    tells a copy from another report of the same form.

    Where both texts have the same words around a number, the share *numbers* of these places must
    have the same number (one in a text that is not short may have been corrected); the share
    *names* of at least *few* such places, the same name. Half of either is enough for a text that
    is not short and of which the share *contained* stands in the other: it was cut. Then the one
    may speak for the other as well: four numbers that all agree for the names, and of both together
    the share *numbers* for up to three numbers that differ.

    Of two articles that are more than *apart_days* days apart *apart_containment* is asked, the
    longer must not have more than *apart_ratio* times the runs of the shorter, and neither may be
    short: notices come again. Two articles of one source are so already when they are more than
    *own_days* days apart; and if less than *own_headline* of one headline stands in the other,
    *own_containment* is asked of them: a source has phrases and footers that it repeats, and
    rarely tells a story twice. *leader* is the containment that is asked of an article and the
    first of its story, which need not be the one that it is likest to.
    """

    containment: float = 0.58
    headline_containment: float = 0.5
    headline: float = 0.8
    short_shingles: int = 80
    short_containment: float = 0.7
    short_headline_containment: float = 0.6
    unproven_containment: float = 0.9
    few: int = 2
    numbers: float = 0.7
    names: float = 0.71
    contained: float = 0.85
    apart_days: float = 3
    apart_containment: float = 0.8
    apart_ratio: float = 3
    own_days: float = 1.5
    own_headline: float = 0.5
    own_containment: float = 0.75
    leader: float = 0.35


class Stories(msgspec.Struct, frozen=True):
    """What the operator decides about stories. Every field is a setting of the same name.

    *compare* turns the search for the same text in other words on. Articles of the sources in
    *off* are never compared, and those of a group in *groups* (name -> sources) only with each
    other. A source is named by its id, or by the publisher that its articles name; ``*`` stands
    for any letters. *face* is the order of the rules by which the copy that is shown is chosen:
    ``preferred`` (the first of *preferred*), ``wire`` (an agency's own), ``fullest``, ``first``.
    """

    compare: bool = True
    window_days: int = 30
    off: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    face: tuple[str, ...] = ("preferred", "wire", "fullest", "first")
    preferred: tuple[str, ...] = ()
    thresholds: Thresholds = Thresholds()


class Site(msgspec.Struct, frozen=True):
    """What the operator decides about publishing. Every field is a setting of the same name.

    *public_url* has no slash at its end. *tag_authority* is the host in entry ids (RFC 4151),
    *id_policy* says whether an id of the source's own is taken over where that is safe; the store
    keeps the id of each article, so another policy or authority holds for new articles only.
    """

    public_url: str = "http://127.0.0.1:8080"
    title: str = "Wireroom"
    description: str = "The latest stories from this newsroom."
    language: str = "en"
    tag_authority: str = "localhost"
    id_policy: Literal["own", "upstream"] = "own"
    window_hours: int = 48
    window_min_items: int = 30
    window_max_items: int = 200
    window_bytes: int = 500_000
    window_order: Order = "published"
    category_feeds: bool = True
    category_limit: int = 500
    max_age_seconds: int = 300
    hubs: tuple[str, ...] = ()
    restricted_feeds: tuple[str, ...] = ()
    feeds: tuple[FeedRule, ...] = ()


class HubTerms(msgspec.Struct, frozen=True):
    """What the operator decides about the hub. Every field is a setting of the same name."""

    lease_seconds: int = 864_000
    min_lease_seconds: int = 3_600
    max_lease_seconds: int = 2_592_000
    topic_subscribers: int = 1_000
    host_subscriptions: int = 1_000
    callback_topics: int = 100
    verify_seconds: float = 1.0
    every_seconds: float = 5.0
    host_at_once: int = 2
    give_up_hours: float = 24.0
    signature: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"
