"""A page's metadata in its order of trust: JSON-LD, microdata, OpenGraph, Dublin Core, the page.

OpenGraph, Dublin Core and the names that news systems made up are all <meta> elements, so that the
order of trust among them is the order of the names in the tables below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from ...model import Image, Person
from ..byline import people
from . import schema
from .facts import Facts, clean, most_trusted, pixels, without_site

_TITLE = (
    "og:title",
    "dc.title",
    "dcterms.title",
    "parsely-title",
    "sailthru.title",
    "twitter:title",
)
_SUMMARY = (
    *("og:description", "dc.description", "dcterms.description", "dcterms.abstract"),
    *("description", "sailthru.description", "twitter:description"),
)
_PUBLISHED = (
    *("article:published_time", "og:published_time", "og:article:published_time"),
    *(
        "dcterms.issued",
        "dc.date.issued",
        "dcterms.created",
        "dc.date.created",
        "dc.date",
        "dcterms.date",
    ),
    *("parsely-pub-date", "sailthru.date", "datepublished", "article.published", "pubdate"),
    *("publish-date", "publishdate", "publication_date", "citation_publication_date", "date"),
)
_UPDATED = (
    *("article:modified_time", "og:updated_time", "og:modified_time", "dcterms.modified"),
    *("dc.date.modified", "datemodified", "article.updated", "last-modified", "lastmod"),
)
_AUTHORS = (
    *("article:author", "og:article:author", "dc.creator", "dcterms.creator", "author"),
    *("parsely-author", "sailthru.author", "byl", "citation_author"),
)
_SECTIONS = ("article:section", "parsely-section", "dc.subject", "dcterms.subject")
_TAGS = ("article:tag", "parsely-tags", "sailthru.tags", "news_keywords", "keywords")
_PUBLISHER = ("og:site_name", "dc.publisher", "dcterms.publisher", "application-name")
_RIGHTS = ("dc.rights", "dcterms.rights", "copyright")
_KEYWORDS = 20  # more of them in one <meta> were written for search engines

_DUBLIN = re.compile(r"^(dc|dcterms):")  # as RDFa writes it

_CLASS_WORDS = re.compile(r"[^\s_-]+")
BYLINE_WORDS = frozenset({"byline", "author", "authors", "bylines", "writer"})
DATE_WORDS = frozenset(
    {"date", "datetime", "time", "timestamp", "published", "pubdate", "posted", "updated"}
)
DECK_WORDS = frozenset({"deck", "dek", "standfirst", "subtitle", "subheadline", "subhed"})
_BYLINE = re.compile(r"(?:By|BY):? [^\W\d_a-z][^.!?]{1,100}")
_READERS_WORDS = frozenset({"comment", "comments", "commentlist", "respond", "reply", "replies"})
_LINE_CHARACTERS = 200  # a byline or a date is a line, not a paragraph
_DATE_CHARACTERS = 80
_CANDIDATES = 20  # what stands behind so many is another article's


def class_words(element: HtmlElement) -> set[str]:
    """Return the words of an element's class and itemprop: "article__byline-name" has three."""
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
    return set(_CLASS_WORDS.findall(names))


def metadata(root: HtmlElement) -> Facts:
    """Return all that the page says of its article, each fact from where it is trusted most."""
    metas = _metas(root)
    canonical = _canonical(root, metas)
    article, page = schema.facts(root, canonical)
    facts = most_trusted((article, _of_metas(metas), page))
    facts.title = _title(root, facts)
    facts.authors = facts.authors or _bylines(root)
    facts.published = facts.published or _date(root)
    facts.link = canonical or facts.link
    # The author of a page knows its language better than the one who fills in its metadata.
    facts.language = _language(root, metas) or facts.language
    return facts


def _title(root: HtmlElement, facts: Facts) -> str | None:
    """Return the title without the site's name, and in full where metadata cut it short."""
    declared = without_site(facts.title or "", facts.publisher)
    cut = declared.endswith(("...", "\u2026"))
    if declared and not cut:
        return declared
    headline = without_site(_headline(root) or "", facts.publisher)
    if cut and not headline.startswith(declared.rstrip(".\u2026 ")):
        return declared
    return headline or None


def _metas(root: HtmlElement) -> dict[str, list[str]]:
    """Return the contents of the page's <meta> elements by name, property or itemprop."""
    metas: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        content = clean(element.get("content"))
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if content and (names := element.get(attribute)):
                for name in names.lower().split():
                    metas.setdefault(_DUBLIN.sub(r"\1.", name), []).append(content)
    return metas


def _first(metas: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _of_metas(metas: dict[str, list[str]]) -> Facts:
    image = _first(metas, ("og:image", "og:image:url", "og:image:secure_url", "twitter:image"))
    image = image or _first(
        metas, ("twitter:image:src", "parsely-image-url", "sailthru.image.full")
    )
    picture = Image(
        image,
        alt=_first(metas, ("og:image:alt", "twitter:image:alt")) or "",
        width=pixels(_first(metas, ("og:image:width",))),
        height=pixels(_first(metas, ("og:image:height",))),
    )
    return Facts(
        title=_first(metas, _TITLE),
        summary=_first(metas, _SUMMARY),
        authors=_authors(metas),
        categories=_categories(metas),
        published=_first(metas, _PUBLISHED),
        updated=_first(metas, _UPDATED),
        expires=_first(metas, ("article:expiration_time",)),
        images=[picture] if image else [],
        publisher=_first(metas, _PUBLISHER),
        rights=_first(metas, _RIGHTS),
    )


def _authors(metas: dict[str, list[str]]) -> list[Person]:
    for name in _AUTHORS:
        # article:author is the address of a profile by its rules, and a name in practice.
        lines = (line for line in metas.get(name, ()) if "://" not in line)
        if persons := [person for line in lines for person in people(line)]:
            return list({person.name: person for person in persons}.values())
    return []


def _categories(metas: dict[str, list[str]]) -> list[str]:
    """Return the first names of a section there are, then the first names of tags."""
    categories: dict[str, None] = {}
    for names in (_SECTIONS, _TAGS):
        for name in names:
            terms = [part.strip() for one in metas.get(name, ()) for part in one.split(",")]
            terms = [term for term in terms if term]
            if terms and (len(terms) <= _KEYWORDS or name != "keywords"):
                categories |= dict.fromkeys(terms)
                break
    return list(categories)


def _canonical(root: HtmlElement, metas: dict[str, list[str]]) -> str | None:
    """Return the page's own address: rel=canonical, but for one that names the whole site."""
    address = _first(metas, ("og:url",))
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            href = (link.get("href") or "").strip()
            if href and not (address and _is_a_site(href) and not _is_a_site(address)):
                return href
    return address


def _is_a_site(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.path in {"", "/"} and not parts.query


def _language(root: HtmlElement, metas: dict[str, list[str]]) -> str | None:
    declared = root.get("lang") or root.get("xml:lang") or ""
    declared = declared or _first(metas, ("content-language", "og:locale", "dc.language")) or ""
    return declared.strip().replace("_", "-") or None


def _headline(root: HtmlElement) -> str | None:
    """Return the <h1> that the page's title repeats, else the title, else the first heading.

    An <h1> can be the site's name as well: then the title goes on with what an <h2> says.
    """
    title = clean(root.findtext(".//title"))
    headings = [text for h1 in root.iter("h1") if (text := clean(h1.text_content()))][:_CANDIDATES]
    if not title:
        return headings[0] if headings else _first_text(root, "h2")
    folded = title.casefold()
    headline = max((text for text in headings if text.casefold() in folded), key=len, default=None)
    if headline is None:
        return title
    rest = without_site(title, headline)
    if rest not in (title, headline) and any(
        clean(h2.text_content()) == rest for h2 in root.iter("h2")
    ):
        return rest
    return headline


def _first_text(root: HtmlElement, tag: str) -> str | None:
    return next((text for e in root.iter(tag) if (text := clean(e.text_content()))), None)


def _bylines(root: HtmlElement) -> list[Person]:
    links = [clean(a.text_content()) or "" for a in _limited(root.iterfind(".//a[@rel='author']"))]
    if persons := [person for link in links for person in people(link)]:
        return list({person.name: person for person in persons}.values())
    for element in _named(root, BYLINE_WORDS):
        if (line := _line(element)) and (persons := people(line)):
            return persons
    lines = (_line(p) or "" for p in _limited(root.iter("p")))
    return next((people(line) for line in lines if is_byline(line)), [])


def _date(root: HtmlElement) -> str | None:
    for element in root.iter("time"):
        if written := clean(element.get("datetime")) or clean(element.text_content()):
            return written[:_DATE_CHARACTERS]
    for element in _named(root, DATE_WORDS):
        line = _line(element) or ""
        if len(line) <= _DATE_CHARACTERS and any(character.isdigit() for character in line):
            return line
    return None


def _named(root: HtmlElement, words: frozenset[str]) -> Iterator[HtmlElement]:
    """Yield the first elements that one of *words* is in the class of, but for those of readers."""
    return _limited(
        element
        for element in root.iterfind(".//*[@class]")
        if words & class_words(element) and not _is_of_readers(element)
    )


def _is_of_readers(element: HtmlElement) -> bool:
    """Tell whether an element is in a comment, or in the form for one."""
    return element.tag in {"input", "label"} or any(
        ancestor.tag == "form" or _READERS_WORDS & class_words(ancestor)
        for ancestor in (element, *element.iterancestors())
    )


def _limited(elements: Iterator[HtmlElement]) -> Iterator[HtmlElement]:
    return (element for element, _ in zip(elements, range(_CANDIDATES), strict=False))


def _line(element: HtmlElement) -> str | None:
    text = clean(element.text_content())
    return text if text and len(text) <= _LINE_CHARACTERS else None


def is_byline(line: str) -> bool:
    """Tell whether a line of its own says "By Somebody"."""
    return bool(_BYLINE.fullmatch(line))
