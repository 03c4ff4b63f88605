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

from ..model import Article, Image, Precision, Published, Site, Stamp
from .body import attribute, correction, figures, source_of, text, wire_line
from .credits import copies, named
from .item import WITHDRAWN_TEXT, WITHDRAWN_TITLE, updated
from .select import feed_name

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)  # not strftime's, which speaks the locale of whoever started us
_RTL_LANGUAGES = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}
_RTL_SCRIPTS = {"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"}
_SCRIPT_LETTERS = 4  # RFC 5646, 2.2.3: a subtag of four letters is the script
_TAG = re.compile(r"<[^<>]*>")
_HEADING = re.compile(r"(</?)h1\b")
_TABLE = re.compile(r"<table\b|</table>")
_SCROLLING = {"<table": '<div class="wide" tabindex="0"><table', "</table>": "</table></div>"}
_OPENING = 60  # characters of a summary: if the text begins with them, it is no deck


class Moment(msgspec.Struct, frozen=True):
    """A time, which stands in a page as ``<time>``."""

    iso: str
    words: str

    def html(self) -> str:
        """Return it as it stands in a page."""
        return f'<time datetime="{self.iso}">{self.words}</time>'

    __html__ = html  # templates escape nothing that has this method


class Link(msgspec.Struct, frozen=True):
    """A name, and where it leads, if anywhere."""

    name: str
    address: str | None = None

    def html(self) -> str:
        """Return it as it stands in a page: a link, or the name alone."""
        name = escape(self.name, quote=False)
        return f'<a href="{attribute(self.address)}">{name}</a>' if self.address else name


class Story(msgspec.Struct, frozen=True):
    """A story on a page. *url* and the addresses of *sections* are paths on our own site.

    *flow* is the attributes of each element that holds its own words: their direction and language.
    *also* are the other copies of the story that are named, *also_more* how many are not.
    """

    url: str
    title: str
    published: Moment
    flow: str = 'dir="ltr"'
    withdrawn: bool = False
    updated: Moment | None = None
    corrected: bool = False
    summary: str = ""
    authors: tuple[Link, ...] = ()
    sections: tuple[Link, ...] = ()
    dateline: str | None = None
    source: Link | None = None
    also: tuple[Link, ...] = ()
    also_more: int = 0
    wire: str = ""
    rights: str | None = None
    picture: Image | None = None

    @property
    def side(self) -> str:
        """The attribute of the element around it all: text in Arabic stands on the right."""
        return ' dir="rtl"' if self.flow.startswith('dir="rtl"') else ""


def story_of(item: Published, article: Article, site: Site, root: str) -> Story:
    """Return what pages show of *item*; of a withdrawn one no word, name or picture is left.

    *article* is its presentable article, *root* the path of the public URL.
    """
    changed = updated(item)
    url = f"{root}/articles/{quote(item.id)}/"
    published = moment(article.published)
    later = moment_of(changed) if changed > article.published.at else None
    if item.withdrawn is not None:
        return Story(
            url,
            WITHDRAWN_TITLE,
            published,
            updated=later,
            summary=WITHDRAWN_TEXT,
            withdrawn=True,
        )
    name, link = source_of(article)
    link_to = _section if site.category_feeds else _label
    also, more = named(copies(item.also), but=name) if item.also else ([], 0)
    return Story(
        url,
        article.title or "Untitled",
        published,
        flow=_flow(article.language),
        updated=later,
        corrected=article.correction is not None,
        summary=article.summary,
        authors=tuple([Link(person.name, person.uri) for person in article.authors]),
        sections=tuple([link_to(label, root) for label in article.categories]),
        dateline=article.dateline,
        source=Link(name, link) if name else None,
        also=tuple([Link(copy.name, copy.link) for copy in also]),
        also_more=more,
        wire=wire_line(article),
        rights=article.rights,
        picture=next((image for image in article.images if image.url), None),
    )


def story_html(article: Article) -> str:
    """Return figures and text for the story's page, whose one ``h1`` is the title.

    What may be wider than the page scrolls by itself, and can be reached by the keyboard to do so
    (WCAG 2.2, 2.1.1).
    """
    html = correction(article) + figures(article) + text(article)
    if "<h1" in html:
        html = _HEADING.sub(r"\1h2", html)
    if "<pre" in html:
        html = html.replace("<pre>", '<pre tabindex="0">')
    if "<table" in html:
        html = _TABLE.sub(lambda tag: _SCROLLING[tag[0]], html)
    return html


def has_deck(article: Article) -> bool:
    """Return whether the summary says what the text does not begin with."""
    if not article.summary or not article.content_html:
        return False
    beginning = _squeezed(unescape(_TAG.sub("", article.content_html[: 20 * _OPENING])))
    return not beginning.startswith(_squeezed(article.summary).rstrip("….- "))


def moment(stamp: Stamp) -> Moment:
    """Return *stamp* as exactly as it is known, and no more exactly."""
    at, iso = stamp.at, stamp.at.isoformat()
    month = f"{_MONTHS[at.month - 1]} {at.year}"
    if stamp.precision is Precision.MONTH:
        return Moment(iso[:7], f"{month} (approximate)")
    if stamp.precision is Precision.DAY:
        return Moment(iso[:10], f"{at.day} {month}")
    return Moment(f"{iso[:19]}Z", f"{at.day} {month}, {iso[11:16]} UTC")


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


@lru_cache(maxsize=256)
def _flow(language: str | None) -> str:
    tag = f' lang="{attribute(language)}"' if language else ""
    return f'dir="{direction(language)}"{tag}'


@lru_cache(maxsize=4096)  # as many as feed_name keeps
def _section(label: str, root: str) -> Link:
    return Link(label, f"{root}/feeds/{quote(feed_name(label))}/")


def _label(label: str, _root: str) -> Link:
    return Link(label)


def _squeezed(plain: str) -> str:
    """Return the beginning of *plain* without white space, up to ``_OPENING`` characters."""
    squeezed = "".join(plain[: 2 * _OPENING].split())
    if len(squeezed) < _OPENING:
        squeezed = "".join(plain.split())
    return squeezed[:_OPENING]
