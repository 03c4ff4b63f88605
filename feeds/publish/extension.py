"""What feedgen 1.0 gets wrong or cannot say, mended through its own extension interface.

feedgen loses ``rel``, ``type`` and ``length`` of an entry's links, writes ``type="CDATA"`` on Atom
content, knows no credit, caption, language or hub, and drops authors without an e-mail address.
The order of what is added is that of the RSS profile: text first, everything media last, for
feedparser takes a ``media:description`` that stands before the text for the summary.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from ..model import Image
from .body import plain_as_html
from .item import Item, as_uri

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}
"""Declared once at the root of a feed, by the prefixes that readers and validators expect."""

RSS_NAMESPACES = {
    **NAMESPACES,
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
}

_ATOM = f"{{{RSS_NAMESPACES['atom']}}}"
_ENCODED = f"{{{RSS_NAMESPACES['content']}}}encoded"
_DC = f"{{{NAMESPACES['dc']}}}"
_MEDIA = f"{{{NAMESPACES['media']}}}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
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


class HeadExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The head of a feed: namespaces, hubs, and no logo that is only our icon again."""

    hubs: tuple[str, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that the root declares for all its items."""
        return NAMESPACES

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        """Name the hubs, for which feedgen has a place in Atom alone (WebSub, 4)."""
        for hub in self.hubs:
            etree.SubElement(feed[0], f"{_ATOM}link", rel="hub", href=hub)
        return feed

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Take out the logo that came with the RSS image: RFC 4287, 4.2.8 wants one of 2:1."""
        for logo in feed.findall("logo"):
            feed.remove(logo)
        return feed


class ItemExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen cannot say of one story. Who adds the entry sets *item*."""

    item: Item

    def extend_rss(self, entry: etree._Element) -> etree._Element:
        """Add authors, publisher, rights, language, correction, one enclosure and the pictures."""
        item, article = self.item, self.item.article
        if entry.find(_ENCODED) is not None:  # then description is the summary, and it is HTML
            entry.find("description").text = plain_as_html(article.summary)  # type: ignore[union-attr]
        for author in entry.findall("author"):  # those with an e-mail address; all are dc:creator
            entry.remove(author)
        for person in item.authors:
            _add(entry, f"{_DC}creator", person.name)
        _add(entry, f"{_DC}publisher", article.publisher)
        _add(entry, f"{_DC}rights", article.rights)
        _add(entry, f"{_DC}language", item.language)
        _add(entry, f"{_ATOM}updated", item.updated.isoformat())
        for enclosure in article.enclosures[:1]:  # the RSS profile: at most one
            etree.SubElement(
                entry,
                "enclosure",
                url=as_uri(enclosure.url),
                length=str(enclosure.length or 0),  # the profile: 0 where it is not known
                type=enclosure.type or _ANY_TYPE,
            )
        _add_media(entry, article.images)
        return entry

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Mend content and links; add language, publisher, the source's id and the pictures."""
        item, article = self.item, self.item.article
        if item.language:
            entry.set(_LANG, item.language)
        for content in entry.iterchildren("content"):
            content.set("type", "html")
        for link in entry.iterchildren("link"):  # feedgen was given the alternate one only
            link.set("rel", "alternate")
            link.set("type", "text/html")
        if item.link != item.page:
            etree.SubElement(entry, "link", rel="via", href=item.link)
        for enclosure in article.enclosures:
            link = etree.SubElement(entry, "link", rel="enclosure", href=as_uri(enclosure.url))
            if enclosure.type:
                link.set("type", enclosure.type)
            if enclosure.length:
                link.set("length", str(enclosure.length))
        for source in entry.iterchildren("source"):
            self._complete(source)
        _add(entry, f"{_DC}publisher", article.publisher)
        _add_media(entry, article.images)
        return entry

    def _complete(self, source: etree._Element) -> None:
        """Add what RFC 4287, 4.2.11 asks of ``source``: id and updated, as far as we know them."""
        item, article = self.item, self.item.article
        source[-1].set("rel", "self")
        if article.source_link:
            etree.SubElement(source, "link", rel="alternate", href=as_uri(article.source_link))
        _add(source, "id", item.upstream)
        changed = article.updated.at if article.updated else item.published
        _add(source, "updated", changed.replace(microsecond=0).isoformat())


def _add(parent: etree._Element, tag: str, words: str | None) -> etree._Element | None:
    """Add an element that says *words*, if there are any."""
    if not words:
        return None
    element = etree.SubElement(parent, tag)
    element.text = words
    return element


def _add_media(entry: etree._Element, images: Iterable[Image]) -> None:
    """Add ``media:content`` for each picture with an address, and the first as thumbnail."""
    thumbnail = True
    for image in images:
        if not image.url:
            continue
        url = as_uri(image.url)
        content = etree.SubElement(entry, f"{_MEDIA}content", url=url)
        kind = _IMAGE_TYPES.get(urlsplit(url).path.rpartition(".")[2].lower())
        if kind:
            content.set("type", kind)
        content.set("medium", "image")
        _set_size(content, image)
        _add(content, f"{_MEDIA}credit", image.credit)
        caption = _add(
            content, f"{_MEDIA}description", escape(image.caption or image.alt, quote=False)
        )
        if caption is not None:
            caption.set("type", "html")  # as plain text, rss2email mails it in the article's place
        if thumbnail:
            _set_size(etree.SubElement(entry, f"{_MEDIA}thumbnail", url=url), image)
            thumbnail = False


def _set_size(element: etree._Element, image: Image) -> None:
    for side, pixels in (("width", image.width), ("height", image.height)):
        if pixels:
            element.set(side, str(pixels))
