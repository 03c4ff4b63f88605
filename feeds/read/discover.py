"""The feeds of a web page: those that it names, and the places where feeds usually stand."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import msgspec
from lxml import etree, html

USUAL_PLACES = ("/feed", "/rss", "/atom.xml", "/feed.xml", "/rss.xml", "/index.xml", "/feed.json")
"""Where the feed of a site stands if its pages do not say."""

_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/x.atom+xml",
    "application/x-atom+xml",
}
_DOUBTFUL = {"application/json", "application/xml", "text/xml"}
_FEED_WORD = re.compile(r"\b(?:rss|atom|feed|jsonfeed)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?\b", re.IGNORECASE)
_MOST_BYTES = 2_000_000
_MOST = 50


class Link(msgspec.Struct, frozen=True):
    """A feed that a page names."""

    url: str
    title: str = ""


def feeds_named_in(page: bytes, url: str) -> list[Link]:
    """Return the feeds that the web *page* at *url* names, those of its comments last.

    RSS Board, "RSS Autodiscovery", and WHATWG HTML, 4.6.7.1: ``link`` with rel="alternate" and a
    feed's type, or rel="feed".
    """
    root = _tree(page[:_MOST_BYTES])
    if root is None:
        return []
    base = urljoin(url, next((b for b in root.xpath("//base[@href]/@href")), ""))
    found: dict[str, Link] = {}
    for element in root.iter("link", "a"):
        link = _link(element, base)
        if link and len(found) < _MOST:
            found.setdefault(link.url, link)
    return sorted(found.values(), key=lambda link: bool(_COMMENTS.search(link.title + link.url)))


def usual_places(url: str) -> list[str]:
    """Return the addresses to try for the site that *url* is of."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}{place}" for place in USUAL_PLACES]


def _tree(page: bytes) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(page)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _link(element: html.HtmlElement, base: str) -> Link | None:
    rels = (element.get("rel") or "").lower().split()
    kind = (element.get("type") or "").partition(";")[0].strip().lower()
    title, href = element.get("title") or "", (element.get("href") or "").strip()
    named = "feed" in rels or (
        "alternate" in rels
        and (kind in _TYPES or (kind in _DOUBTFUL and bool(_FEED_WORD.search(f"{title} {href}"))))
    )
    if not named or not href:
        return None
    if element.tag == "a":
        title = title or " ".join(element.text_content().split())
    try:
        address = urljoin(base, href.removeprefix("feed:") if "//" in href else href)
    except ValueError:
        return None
    return Link(address, title) if address.startswith(("http://", "https://")) else None
