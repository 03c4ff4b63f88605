"""A story as an RSS item and as an Atom entry, written as the bytes that stand in a feed.

The documents around them are feedgen's, and its extension (extension.py) says where they stand in
it. Written directly, for elements of lxml would be made and taken apart for each story: 110 us for
both formats through feedgen, 14 us so. What feedgen's entries get wrong is right here: ``rel``,
``type`` and ``length`` of links, the type of Atom content, authors without an e-mail address,
credits, captions and languages.

In an item the text comes first and everything media last, as the RSS profile says: feedparser takes
a ``media:description`` that stands before the text for the summary.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from ..model import Article, Enclosure, Image, Person
from .address import as_uri
from .body import plain_as_html
from .credits import Copy
from .item import WITHDRAWN_TEXT, Item, iso

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)  # not strftime's, which speaks the locale of whoever started us
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721
_ANY_TYPE = "application/octet-stream"  # RSS: an enclosure must have a type; RFC 2046, 4.5.1
# Not the mimetypes module: it reads the machine's own tables, and other machines gave other bytes.
_IMAGE_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
# XML 1.0, 2.2: neither these nor U+FFFE and U+FFFF. Each is looked for alone, by memchr: a regular
# expression takes eight times as long, and this is done for every byte that is published.
_CONTROLS = bytes(sorted(set(range(0x20)) - {0x09, 0x0A, 0x0D}))
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())


class _Said(NamedTuple):
    """What both formats say in the same bytes, so that it is escaped once."""

    title: str
    id: str
    body: str
    publisher: str
    media: str
    source_title: str


def rss_and_atom(item: Item) -> tuple[bytes, bytes]:
    """Return *item* as the ``item`` of an RSS 2.0 channel, and as RFC 4287's ``entry``.

    Raises:
        ValueError: it holds a character that XML forbids.
    """
    said = _Said(
        title=f"<title>{character_data(item.title)}</title>",
        id=character_data(item.id),
        body=f"<![CDATA[{item.body}]]>",
        publisher=_element("dc:publisher", item.article.publisher),
        media=_media(item.article.images) if item.article.images else "",
        source_title=_source_title(item, item.upstream) if item.upstream else "",
    )
    return _encoded(_rss(item, said)), _encoded(_atom(item, said))


def _rss(item: Item, said: _Said) -> str:
    article = item.article
    if article.summary:  # then description is the summary, and it is HTML
        summary = character_data(plain_as_html(article.summary))
        body = f"{summary}</description><content:encoded>{said.body}</content:encoded>"
    else:
        body = f"{said.body}</description>"
    categories = "".join([_element("category", label) for label in article.categories])
    categories = plain_references(categories)
    creators = "".join([_element("dc:creator", person.name) for person in item.authors])
    return (
        f"<item>{plain_references(said.title)}<link>{character_data(item.link)}</link><description>{body}"
        f'<guid isPermaLink="false">{said.id}</guid>{categories}'
        f"<pubDate>{_rfc_822(article.published.at)}</pubDate>{_rss_source(item, said)}"
        f"{creators}{said.publisher}{_element('dc:rights', article.rights)}"
        f"{_element('dc:language', item.language)}<atom:updated>{item.updated}</atom:updated>"
        f"{_related('atom:link', item.also)}{_rss_enclosure(article)}{said.media}</item>"
    )


def _atom(item: Item, said: _Said) -> str:
    article = item.article
    language = f' xml:lang="{item.language}"' if item.language else ""
    link = attribute_value(item.link)
    authors = "".join([_author(person) for person in item.authors])
    categories = "".join(
        [f'<category term="{attribute_value(label)}"/>' for label in article.categories if label]
    )
    via = f'<link rel="via" href="{link}"/>' if item.link != item.page else ""
    enclosures = "".join([_atom_enclosure(each) for each in article.enclosures])
    return (
        f"<entry{language}><id>{said.id}</id>{said.title}<updated>{item.updated}</updated>"
        f'{authors}<content type="html">{said.body}</content>'
        f'<link href="{link}" rel="alternate" type="text/html"/>'
        f"{_element('summary', article.summary)}{categories}"
        f"<published>{item.published}</published>{_element('rights', article.rights)}"
        f"{_atom_source(item, said)}{via}{_related('link', item.also)}{enclosures}"
        f"{said.publisher}{said.media}</entry>"
    )


def tombstone(item: Item) -> bytes:
    """Return RFC 6721's sign that the entry is gone; it brings its own namespace.

    Declared at the root, the W3C validator would warn of an unknown namespace in every feed.
    """
    return _encoded(
        f'<at:deleted-entry xmlns:at="{_TOMBSTONES}" ref="{attribute_value(item.id)}" '
        f'when="{item.updated}"><at:comment>{WITHDRAWN_TEXT}</at:comment></at:deleted-entry>'
    )


def character_data(plain: str) -> str:
    """Return *plain* as the text of an element; a carriage return would be read as a line feed."""
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")


def plain_references(escaped: str) -> str:
    """Return *escaped* text as the RSS profile wants it in elements that hold no HTML.

    XML has it for the same text; who looks for text without an XML parser takes the named
    references for HTML.
    """
    if "&" not in escaped:
        return escaped
    return escaped.replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;")


def attribute_value(plain: str) -> str:
    """Return *plain* as it stands between double quotes; a tab would be read as a space."""
    escaped = character_data(plain).replace('"', "&quot;")
    return escaped.replace("\n", "&#10;").replace("\t", "&#9;")


def _encoded(markup: str) -> bytes:
    """Return *markup* as UTF-8 that may stand in XML."""
    data = markup.encode()  # UnicodeEncodeError, for a lone surrogate, is a ValueError
    for control in _CONTROLS:
        if control in data:
            raise ValueError(f"U+{control:04X} may not stand in XML")
    if _NONCHARACTERS[0][0] in data and any(each in data for each in _NONCHARACTERS):
        raise ValueError("a noncharacter may not stand in XML")
    return data


def _element(name: str, words: str | None) -> str:
    """Return an element that says *words*, if there are any."""
    return f"<{name}>{character_data(words)}</{name}>" if words else ""


def _author(person: Person) -> str:
    if not person.name:  # RFC 4287, 3.2.1: a person has a name
        return ""
    email = person.email if person.email and "@" in person.email else None
    uri = person.uri and as_uri(person.uri)
    about = _element("name", person.name) + _element("email", email) + _element("uri", uri)
    return f"<author>{about}</author>"


def _related(name: str, also: Iterable[Copy]) -> str:
    """Return a link to each other copy of the story that has a page (RFC 4287, 4.2.7.2)."""
    links = ""
    for copy in also:
        if copy.link:
            title = attribute_value(f"{copy.name}: {copy.title}" if copy.title else copy.name)
            links += f'<{name} rel="related" href="{attribute_value(copy.link)}" title="{title}"/>'
    return links


def _source_title(item: Item, address: str) -> str:
    article = item.article
    title = article.source_title or article.publisher or urlsplit(address).hostname or address
    return character_data(title)


def _rss_source(item: Item, said: _Said) -> str:
    if not item.upstream:
        return ""
    return f'<source url="{attribute_value(item.upstream)}">{said.source_title}</source>'


def _atom_source(item: Item, said: _Said) -> str:
    """Return RFC 4287, 4.2.11's ``source``: title, links, id and updated, as far as known."""
    if not item.upstream:
        return ""
    article = item.article
    page = ""
    if article.source_link:
        page = f'<link rel="alternate" href="{attribute_value(as_uri(article.source_link))}"/>'
    changed = iso(article.updated.at) if article.updated else item.published
    return (
        f"<source><title>{said.source_title}</title>"
        f'<link href="{attribute_value(item.upstream)}" rel="self"/>{page}'
        f"{_element('id', item.upstream)}<updated>{changed}</updated></source>"
    )


def _rss_enclosure(article: Article) -> str:
    """Return the first enclosure: the RSS profile allows one. Its length is 0 if not known."""
    if not article.enclosures:
        return ""
    first = article.enclosures[0]
    return (
        f'<enclosure url="{attribute_value(as_uri(first.url))}" length="{first.length or 0}" '
        f'type="{attribute_value(first.type or _ANY_TYPE)}"/>'
    )


def _atom_enclosure(enclosure: Enclosure) -> str:
    kind = f' type="{attribute_value(enclosure.type)}"' if enclosure.type else ""
    length = f' length="{enclosure.length}"' if enclosure.length else ""
    href = attribute_value(as_uri(enclosure.url))
    return f'<link rel="enclosure" href="{href}"{kind}{length}/>'


def _media(images: Iterable[Image]) -> str:
    """Return ``media:content`` for each picture with an address, and the first as thumbnail."""
    written = ""
    for image in images:
        if not image.url:
            continue
        address = as_uri(image.url)
        path = address.partition("#")[0].partition("?")[0]
        kind = _IMAGE_TYPES.get(path.rpartition(".")[2].lower())
        media_type = f' type="{kind}"' if kind else ""
        url, size = f'url="{attribute_value(address)}"', _size(image)
        about = _element("media:credit", image.credit)
        caption = escape(image.caption or image.alt, quote=False)
        if caption:  # as plain text, rss2email mails it in the article's place
            html = character_data(caption)
            about += f'<media:description type="html">{html}</media:description>'
        end = f">{about}</media:content>" if about else "/>"
        thumbnail = "" if written else f"<media:thumbnail {url}{size}/>"
        written += f'<media:content {url}{media_type} medium="image"{size}{end}{thumbnail}'
    return written


def _rfc_822(moment: datetime) -> str:
    """Return *moment*, in UTC, as RSS 2.0 writes it: always in English, with a numeric zone."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment.isoformat()[11:19]} +0000"


def _size(image: Image) -> str:
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return width + height
