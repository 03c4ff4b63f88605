"""The words of RSS, RDF and Atom documents: many names in many namespaces, one field.

feedparser's own table of synonyms is followed, because it is the reference for tolerance: an
``atom:updated`` inside an RSS item, ``dc:date`` and ``dcterms:modified`` are the same field.
"""

from __future__ import annotations

import html.entities
import re
from urllib.parse import urljoin

from lxml import etree

from ...model import Person
from .found import Link

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ATOM = "http://www.w3.org/2005/Atom"

_CORE = (
    "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
    "http://purl.org/rss/1.0/modules/rss091#",
    "http://blogs.law.harvard.edu/tech/rss",
)
_PREFIXES = dict.fromkeys(_CORE, "") | {
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://search.yahoo.com/mrss": "media:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
}
_USUAL = frozenset((None, *(prefix[:-1] for prefix in _PREFIXES.values() if prefix)))
_SYNONYMS = {
    "guid": "id",
    "pubdate": "published",
    "issued": "published",
    "dcterms:issued": "published",
    "modified": "updated",
    "lastbuilddate": "updated",
    "dc:date": "updated",
    "dcterms:modified": "updated",
    "dcterms:created": "created",
    "copyright": "rights",
    "dc:rights": "rights",
    "dc:language": "language",
    "dc:subject": "category",
    "keywords": "category",
    "managingeditor": "author",
    "dc:creator": "author",
    "dc:author": "author",
    "fullitem": "content:encoded",
    "abstract": "description",
    "tagline": "subtitle",
}

# Every element that a browser would take for markup when it stands in a title or a description.
_HTML_ELEMENTS = frozenset(
    """a abbr acronym address area article aside audio b big blockquote br button canvas caption
    center cite code col colgroup datalist dd del details dfn dialog dir div dl dt em embed
    fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input
    ins kbd label legend li link map mark menu meter nav nobr noscript object ol optgroup option
    output p param picture pre progress q rp rt ruby s samp script section select small source
    span strike strong style sub summary sup table tbody td textarea tfoot th thead time tr track
    tt u ul var video wbr""".split()  # noqa: SIM905 - as a list it would be 110 lines
)
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|([A-Za-z][A-Za-z0-9]{1,31}));")
MAIL = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z0-9-]{2,63}")
_MAIL_CHARACTERS = 320  # RFC 5321, 4.5.3.1: 64 before the @, 255 after it; longer is no author
_PAGE_TYPES = ("", "html", "text/html", "xhtml", "application/xhtml+xml")
_MISREAD_REFERENCE = re.compile(r"&([A-Za-z0-9_]{1,64});")


class Unsure(Exception):
    """A document holds what the fast path cannot promise to read as feedparser would."""


class _Fields(dict[str, str]):
    """From the tags of lxml to fields, each worked out once: ``dc:date`` is ``updated``.

    "" is foreign. A feed has some 30 names; the bound is against one with invented names.
    """

    def __missing__(self, tag: str) -> str:
        if len(self) >= _MAX_NAMES:
            self.clear()
        self[tag] = field = _field(tag)
        return field


FIELDS = _Fields()
_MAX_NAMES = 4_096


def _field(tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    namespace = namespace[1:].lower()
    if namespace and "backend.userland.com/rss" not in namespace:
        prefix = _PREFIXES.get(namespace)
        if prefix is None:
            return ""
        local = prefix + local
    local = local.lower()
    return _SYNONYMS.get(local, local)


def pass_over(foreign: etree._Element) -> None:
    """Look at an element of no namespace that we know before it is passed over.

    Raises:
        Unsure: it has no prefix, or a usual one for an unusual namespace. feedparser, which does
            not know the namespace either, goes by the prefix.
    """
    if foreign.prefix in _USUAL:
        raise Unsure


def text_of(element: etree._Element | None) -> str:
    """Return the element's own text without the blanks around it, "" for none.

    Raises:
        Unsure: it holds elements: markup that somebody forgot to escape.
    """
    if element is None:
        return ""
    if len(element):
        raise Unsure
    return (element.text or "").strip()


def language_of(
    element: etree._Element,
    text: etree._Element | None = None,
    declared: str | None = None,
) -> str | None:
    """Return *declared* (dc:language), or xml:lang of *text*, or of *element*."""
    found = declared
    if not found and text is not None:
        found = text.get(XML_LANG)
    found = found or element.get(XML_LANG)
    return found.replace("_", "-") if found else None


def looks_like_html(text: str) -> bool:
    """Tell whether RSS, which never says, means HTML by *text*.

    It must close a tag or name a character, and neither an invented tag nor an invented name may
    occur: "x < y" and "if (a<b) AT&T;" are text. feedparser decides on the same grounds.
    """
    if "<" not in text and "&" not in text:
        return False
    names = _REFERENCE.findall(text)
    if not names and "</" not in text:
        return False
    return all(not name or name in html.entities.name2codepoint for name in names) and all(
        tag.lower() in _HTML_ELEMENTS for tag in _TAG.findall(text)
    )


def line_of(element: etree._Element) -> int:
    """Return the line where *element* begins, from 1; 0 where it is not known."""
    return getattr(element, "sourceline", None) or 0


def link_of(element: etree._Element, href: str) -> Link:
    """Read the attributes of an Atom ``link`` (RFC 4287, 4.2.7) that leads to *href*."""
    get = element.get
    rel, media_type = get("rel", "alternate").lower(), get("type", "").lower()
    length, title, language = get("length", ""), get("title", ""), get("hreflang", "")
    return Link(rel, href.strip(), media_type, length, title, language)


def person(text: str, uri: str | None = None) -> Person:
    """Read "mail@host (Name)", "Name <mail@host>", a bare name or a bare address."""
    if "@" in text and len(text) <= _MAIL_CHARACTERS and (mail := MAIL.search(text)):
        name = text.replace(mail[0], "").replace("()", "").replace("<>", "").strip()
        name = name.removeprefix("(").removesuffix(")").strip()
        return Person(name or mail[0], mail[0], uri)
    return Person(text, None, uri)


def persons(found: list[Person]) -> list[Person]:
    """Name each person once; the one who is known with a mail address stays.

    Feeds carry ``author`` (an address) and ``dc:creator`` (a name) for the same person.
    """
    if len(found) == 1 and found[0].name:
        return found
    by_name: dict[str, Person] = {}
    for one in found:
        key = one.name.casefold() or one.uri
        if key and (key not in by_name or (one.email and not by_name[key].email)):
            by_name[key] = one
    return list(by_name.values())


def unique(words: list[str]) -> list[str]:
    """Drop the empty and the repeated, keep the order."""
    return [word for word in dict.fromkeys(words) if word]


def alternate(links: list[Link]) -> str | None:
    """Return the address of the page that the entry or the feed is about: HTML before the rest."""
    if len(links) == 1 and links[0].rel == "alternate":
        return links[0].href or None
    pages = [link for link in links if link.rel == "alternate" and link.href]
    html_pages = [link for link in pages if link.type in _PAGE_TYPES]
    return (html_pages or pages)[0].href if pages else None


def mended(link: str) -> str:
    """Undo what spoils a ``<link>``: ``&`` escaped twice, ``?a=1&b;``. feedparser does the same."""
    if "&" in link and ";" in link:
        return _MISREAD_REFERENCE.sub(r"&\1", link.replace("&amp;", "&"))
    return link


def address(link: str | None, base: str | None) -> str | None:
    """Return *link*, joined to *base* if it is relative and there is a base."""
    if not link or not base or link.startswith(("http://", "https://")):
        return link or None
    try:
        return urljoin(base, link)
    except ValueError:  # a host in broken square brackets
        return link


def web_address(text: str) -> str | None:
    """Return *text* if it is an address of the web, as a guid may be."""
    return text if text.startswith(("http://", "https://")) else None
