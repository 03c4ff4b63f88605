"""What the pages show of a story, in the templates' words, so that templates hold no rules.

Times are in UTC and only as exact as they are known; nothing is "ago", for a page is written once
and read for days.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from html import escape, unescape
from urllib.parse import quote, urlsplit

import msgspec
from msgspec.structs import replace

from ..model import Article, Image, Precision, Published, Site, Stamp
from .body import attribute, figures, source_of, text, wire_line
from .item import WITHDRAWN_TEXT, WITHDRAWN_TITLE, presentable, updated
from .select import feed_name

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)  # not strftime's, which speaks the locale of whoever started us
_RTL_LANGUAGES = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}
_RTL_SCRIPTS = {"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"}
_SCRIPT_LETTERS = 4  # RFC 5646, 2.2.3: a subtag of four letters is the script
_TAG = re.compile(r"<[^<>]*>")
_HEADING = re.compile(r"(</?)h1\b", re.IGNORECASE)
_OPENING = 60  # characters of a summary: if the text begins with them, it is no deck


class Moment(msgspec.Struct, frozen=True):
    """A time, which stands in a page as ``<time>``."""

    iso: str
    words: str

    def __html__(self) -> str:
        """Return it as templates write it: they escape nothing that has this method."""
        return f'<time datetime="{self.iso}">{self.words}</time>'


class Link(msgspec.Struct, frozen=True):
    """A name, and where it leads, if anywhere."""

    name: str
    address: str | None = None

    def __html__(self) -> str:
        """Return it as templates write it: a link, or the name alone."""
        name = escape(self.name, quote=False)
        return f'<a href="{attribute(self.address)}">{name}</a>' if self.address else name


class Flow(msgspec.Struct, frozen=True):
    """The attributes of an element that holds a story's own words: their direction and language."""

    direction: str = "ltr"
    language: str | None = None

    def __html__(self) -> str:
        """Return them as templates write them into a start tag."""
        language = f' lang="{attribute(self.language)}"' if self.language else ""
        return f'dir="{self.direction}"{language}'


class Story(msgspec.Struct, frozen=True):
    """A story on a page. *url* and the addresses of *sections* are paths on our own site."""

    url: str
    title: str
    published: Moment
    flow: Flow = Flow()
    withdrawn: bool = False
    updated: Moment | None = None
    summary: str = ""
    authors: tuple[Link, ...] = ()
    sections: tuple[Link, ...] = ()
    dateline: str | None = None
    source: Link | None = None
    wire: str = ""
    rights: str | None = None
    picture: Image | None = None


def story_of(item: Published, site: Site) -> Story:
    """Return what pages show of *item*; of a withdrawn one no word, name or picture is left."""
    article = presentable(item.article)
    root = root_of(site)
    changed = updated(item)
    common = Story(
        url=f"{root}/articles/{quote(item.id)}/",
        title=article.title or "Untitled",
        published=moment(article.published),
        updated=moment_of(changed) if changed > article.published.at else None,
    )
    if item.withdrawn is not None:
        return replace(common, title=WITHDRAWN_TITLE, summary=WITHDRAWN_TEXT, withdrawn=True)
    name, link = source_of(article)
    return replace(
        common,
        flow=Flow(direction(article.language), article.language),
        summary=article.summary,
        authors=tuple(Link(person.name, person.uri) for person in article.authors),
        sections=tuple(_section(label, site, root) for label in article.categories),
        dateline=article.dateline,
        source=Link(name, link) if name else None,
        wire=wire_line(article),
        rights=article.rights,
        picture=next((image for image in article.images if image.url), None),
    )


def story_html(article: Article) -> str:
    """Return figures and text for the story's page, whose one ``h1`` is the title."""
    html = figures(article) + text(article)
    return _HEADING.sub(r"\1h2", html) if "<h1" in html.lower() else html


def has_deck(article: Article) -> bool:
    """Return whether the summary says what the text does not begin with."""
    if not article.summary or not article.content_html:
        return False
    opening = unescape(_TAG.sub("", article.content_html[: 20 * _OPENING]))
    return not _squeezed(opening).startswith(_squeezed(article.summary)[:_OPENING].rstrip("….- "))


def moment(stamp: Stamp) -> Moment:
    """Return *stamp* as exactly as it is known, and no more exactly."""
    at = stamp.at
    month = f"{_MONTHS[at.month - 1]} {at.year}"
    if stamp.precision is Precision.MONTH:
        return Moment(f"{at:%Y-%m}", f"{month} (approximate)")
    if stamp.precision is Precision.DAY:
        return Moment(f"{at:%Y-%m-%d}", f"{at.day} {month}")
    return Moment(f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at.day} {month}, {at:%H:%M} UTC")


def moment_of(at: datetime) -> Moment:
    """Return a time that is known to the second."""
    return moment(Stamp(at))


@lru_cache(maxsize=256)
def direction(language: str | None) -> str:
    """Return the ``dir`` of text in *language*; ``auto`` where the language is not known."""
    if not language:
        return "auto"
    tag, *subtags = language.lower().split("-")
    scripts = [subtag for subtag in subtags if len(subtag) == _SCRIPT_LETTERS]
    rtl = scripts[0] in _RTL_SCRIPTS if scripts else tag in _RTL_LANGUAGES
    return "rtl" if rtl else "ltr"


def root_of(site: Site) -> str:
    """Return the path of the public URL, which starts every path on our site; mostly empty."""
    return urlsplit(site.public_url).path.rstrip("/")


def _section(label: str, site: Site, root: str) -> Link:
    if not site.category_feeds:
        return Link(label)
    return Link(label, f"{root}/feeds/{quote(feed_name(label))}/")


def _squeezed(plain: str) -> str:
    return "".join(plain.split())
