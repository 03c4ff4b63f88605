"""A WordPress export to its articles.

Posts and pages that are published become entries, and those that are scheduled under embargo.
Drafts and what is private or behind a password are turned away; menus, revisions, attachments and
what plugins keep are no articles at all and left aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from ...errors import BrokenDocument
from ...model import Document, Enclosure, Entry, Image, Person, Rejection, Text
from .. import advisories
from ..xml_tree import Element, child, children, line_of, root_of, trees, words
from .content import html_of

NAME = "wxr"

_EXPORT = re.compile(r"wordpress\.org/export/\d")
_ARTICLES = frozenset({"post", "page", "article", "news", "story"})
_NEVER = "0000-00-00"
_SITE = {
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
}
_WITHHELD = {
    "draft": "a draft",
    "auto-draft": "a draft",
    "pending": "waiting for review",
    "private": "private",
    "trash": "in the trash",
}
_MOST_BYTES_OF_ENCLOSURE = 15  # digits


class _Export(msgspec.Struct, frozen=True):
    """What holds for all items: the channel, names by login, the pictures by attachment."""

    title: str
    link: str
    language: str
    authors: dict[str, str]
    pictures: dict[str, Image]


def recognises(document: Document, head: str) -> bool:
    """Tell by the root: RSS that declares the namespace of WordPress's export."""
    name, attributes = root_of(document, head)
    return name == "rss" and bool(_EXPORT.search(attributes))


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry for each published post and page, a rejection for each that is not published.

    Raises:
        BrokenDocument: (while iterating) it is too large, not well formed, or without an article.
    """
    articles = 0
    export: _Export | None = None
    for root in trees(document, NAME, frozenset({"item"}), _prefix):
        if isinstance(root, Rejection):
            articles += 1
            yield root
            continue
        channel = child(root, "channel")
        export = _export(channel, export)
        for item in children(channel, "item"):
            if words(child(item, "wp.post_type")) in _ARTICLES | {""}:
                articles += 1
                yield _entry(item, export)
    if not articles:
        raise BrokenDocument(NAME, "the export holds neither posts nor pages")


def _prefix(namespace: str) -> str | None:
    """Return "wp" and "excerpt" for any version of the export's namespaces."""
    if _EXPORT.search(namespace):
        return "excerpt" if "/excerpt" in namespace else "wp"
    return _SITE.get(namespace)


def _export(channel: Element | None, known: _Export | None) -> _Export:
    """Read what stands outside the posts; of a broken export each part is read for itself."""
    authors: dict[str, str] = {}
    for one in children(channel, "wp.author"):
        names = (words(child(one, f"wp.author_{name}")) for name in ("first_name", "last_name"))
        login = words(child(one, "wp.author_login"))
        name = words(child(one, "wp.author_display_name")) or " ".join(filter(None, names))
        authors[login] = name or login
    pictures = dict(known.pictures) if known else {}
    for item in children(channel, "item"):
        if words(child(item, "wp.post_type")) == "attachment":
            pictures[words(child(item, "wp.post_id"))] = _picture(item)
    return _Export(
        words(child(channel, "title")),
        words(child(channel, "link")),
        words(child(channel, "language")),
        authors,
        pictures,
    )


def _picture(item: Element) -> Image:
    """Return an attachment; WordPress keeps its caption where a post has the excerpt."""
    return Image(
        words(child(item, "wp.attachment_url")) or None,
        alt=_meta(item, "_wp_attachment_image_alt"),
        caption=words(child(item, "excerpt.encoded")),
    )


def _entry(item: Element, export: _Export) -> Entry | Rejection:
    """Return the post or page in *item*, or why it is not for readers."""
    title = words(child(item, "title"))
    named = title or words(child(item, "wp.post_id")) or "an item"
    status = words(child(item, "wp.status")).lower() or "publish"
    problem = None
    if words(child(item, "wp.post_password")):
        problem = "is protected by a password"
    elif status not in {"publish", "future", "inherit"}:
        problem = f"is {_WITHHELD.get(status, f'of the status {status!r}')}, not published"
    stored = _raw(item, "content.encoded")
    if not problem and not (title or stored):
        problem = "has neither a title nor a text"
    if problem:
        return Rejection("InvalidArticle", f"{named}: {problem}", NAME, line_of(item))
    content = html_of(stored, export.pictures)
    summary = _raw(item, "excerpt.encoded")
    featured = export.pictures.get(_meta(item, "_thumbnail_id"))
    published = _date(item, "wp.post_date")
    entry = Entry(
        format=NAME,
        upstream_id=words(child(item, "guid")) or None,
        title=Text(title, "html") if "<" in title or "&" in title else Text(title),
        summary=Text(summary, "html" if "<" in summary else "text") if summary else None,
        content=Text(content, "html") if content else None,
        link=words(child(item, "link")) or None,
        base=export.link or None,
        authors=_authors(item, export),
        categories=_categories(item),
        published=words(child(item, "pubDate")) if published is None else published,
        updated=_date(item, "wp.post_modified"),
        language=export.language or None,
        images=[featured] if featured else [],
        enclosures=_enclosures(item),
        publisher=export.title or None,
        publisher_link=export.link or None,
        embargoed=published if status == "future" else None,
    )
    advisories.mark(entry)
    return entry


def _raw(item: Element, name: str) -> str:
    element = child(item, name)
    return "" if element is None else (element.text or "").strip()


def _date(item: Element, name: str) -> str | None:
    """Return the date in UTC, which a draft that was never published lacks, else the site's own."""
    universal, own = words(child(item, f"{name}_gmt")), words(child(item, name))
    if universal and not universal.startswith(_NEVER):
        return f"{universal.replace(' ', 'T')}Z"
    return own if own and not own.startswith(_NEVER) else None


def _authors(item: Element, export: _Export) -> list[Person]:
    """Return the creators by the names that they show."""
    logins = [words(one) for one in children(item, "dc.creator")]
    return [Person(export.authors.get(login, login)) for login in logins if login]


def _categories(item: Element) -> list[str]:
    """Return the categories, then the tags; other taxonomies are a plugin's or a theme's."""
    terms = children(item, "category")
    domains = (("category", None, ""), ("post_tag", "tag"))
    found = [words(one) for domain in domains for one in terms if one.get("domain") in domain]
    return list(dict.fromkeys(filter(None, found)))


def _meta(item: Element, key: str) -> str:
    """Return the value of a custom field, "" without one."""
    for one in children(item, "wp.postmeta"):
        if words(child(one, "wp.meta_key")) == key:
            return words(child(one, "wp.meta_value"))
    return ""


def _enclosures(item: Element) -> list[Enclosure]:
    """Return what a podcast plays: the custom field ``enclosure`` has address, bytes and type."""
    found = []
    for one in children(item, "wp.postmeta"):
        if words(child(one, "wp.meta_key")) == "enclosure":
            address, size, media, *_ = [*words(child(one, "wp.meta_value")).split(), "", "", ""]
            known = size.isdecimal() and len(size) <= _MOST_BYTES_OF_ENCLOSURE
            if "://" in address:
                found.append(Enclosure(address, media, int(size) if known else None))
    return found
