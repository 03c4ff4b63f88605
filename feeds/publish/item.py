"""What a feed says of one story, whatever the format: decided here once, written down by three.

A withdrawn story is said to be just that under its old id: readers overwrite the text they hold,
while none of them understands that an entry is gone (no reader was found that knows RFC 6721).
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from ..model import Article, Person, Published, Site
from .address import WEB, as_uri, web
from .body import body
from .credits import Copy, copies, listed
from .pictures import at_home

WITHDRAWN_TITLE = "Withdrawn: this story has been withdrawn by the source"
WITHDRAWN_TEXT = "This story has been withdrawn by the source and must no longer be used."

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\Z")  # RFC 4287, atomLanguageTag
_XML_FORBIDS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


class Item(msgspec.Struct, frozen=True):
    """A story as every feed format tells it: plain title and summary, HTML body, RFC 3339 dates.

    *link* is where a person reads it, *page* its page on our site, *upstream* the address of the
    feed that it came from; *also* are the other copies that are told of, the best first.
    """

    id: str
    title: str
    link: str
    page: str
    body: str
    published: str
    updated: str
    article: Article
    authors: tuple[Person, ...] = ()
    language: str | None = None
    upstream: str | None = None
    withdrawn: bool = False
    also: tuple[Copy, ...] = ()


def item_of(story: Published, site: Site) -> Item:
    """Return what feeds say of *story*."""
    gone = story.withdrawn is not None
    article = _stub(story.article) if gone else presentable(story.article, site)
    also = copies(story.also) if story.also and not gone else ()
    page = article_address(site, story.id)
    return Item(
        id=story.entry_id,
        title=article.title or "Untitled",  # RFC 4287, 4.1.2: an entry must have one
        link=as_uri(article.link) if article.link else page,
        page=page,
        body=body(article, also),
        published=iso(article.published.at),
        updated=iso(updated(story)),
        article=article,
        authors=_authors(article),
        language=article.language if _LANGUAGE.match(article.language or "") else None,
        upstream=_upstream(article),
        withdrawn=gone,
        also=listed(also),
    )


def updated(story: Published) -> datetime:
    """Return RFC 4287's ``updated``: the change that the source declares, else the one we saw."""
    published = story.article.published.at
    declared = story.article.updated
    if story.withdrawn is not None:
        return story.changed
    if declared is not None and declared.at > published:
        return declared.at
    return max(story.changed, published) if story.revision > 1 else published


def iso(moment: datetime) -> str:
    """Return *moment* as RFC 3339 writes it, to the second."""
    return moment.isoformat(timespec="seconds")


def article_address(site: Site, article_id: str) -> str:
    """Return the address of an article's page on our site."""
    return f"{site.public_url}/articles/{quote(article_id)}/"


def presentable(article: Article, site: Site) -> Article:
    """Return *article* with no address but those of the web: no ``javascript:`` link gets out.

    Normalising sees to that already; this is the last door, and it costs a microsecond. Pictures
    that we keep are at their place on our *site*.
    """
    addresses = [article.link, article.source_link]
    addresses += [person.uri for person in article.authors]
    addresses += [image.url for image in article.images]
    addresses += [enclosure.url for enclosure in article.enclosures]
    for address in addresses:
        if address is not None and not address.startswith(WEB):
            article = _without_other_addresses(article)
            break
    return at_home(article, site)


def legible(story: Published) -> Published:
    """Return *story* without characters that XML forbids, U+FFFD in place of lone surrogates."""
    return msgspec.convert(_legible(msgspec.to_builtins(story)), Published)


def _legible(value: object) -> object:
    if isinstance(value, str):
        sound = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return _XML_FORBIDS.sub("", sound)
    if isinstance(value, list | tuple):
        return [_legible(each) for each in value]
    if isinstance(value, dict):
        return {key: _legible(each) for key, each in value.items()}
    return value


def _without_other_addresses(article: Article) -> Article:
    return replace(
        article,
        link=web(article.link),
        source_link=web(article.source_link),
        authors=tuple(replace(person, uri=web(person.uri)) for person in article.authors),
        images=tuple(replace(image, url=web(image.url)) for image in article.images),
        enclosures=tuple(each for each in article.enclosures if web(each.url)),
    )


def _stub(article: Article) -> Article:
    """Return what is left of a withdrawn *article*: nothing of it but its date and its sections."""
    return Article(
        source="",
        format=article.format,
        title=WITHDRAWN_TITLE,
        published=article.published,
        content_html=f"<p>{WITHDRAWN_TEXT}</p>",
        categories=article.categories,
    )


def _authors(article: Article) -> tuple[Person, ...]:
    """Return who wrote it, else the publisher: RFC 4287, 3.2: a person may be a corporation."""
    if article.authors or not article.publisher:
        return article.authors
    return (Person(name=article.publisher),)


def _upstream(article: Article) -> str | None:
    """Return the address of the feed that *article* came from; files and programs have none."""
    if article.source.startswith(("http://", "https://")):
        return as_uri(article.source)
    return None
