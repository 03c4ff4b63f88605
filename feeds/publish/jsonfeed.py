"""JSON Feed 1.1, the format that carries everything: what it has no key for is in ``_wireroom``.

Empty values are left out. The order of keys is fixed, so the same story gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..model import Enclosure, Feed, Image, Person, Site
from .address import as_uri
from .archive import HEAD, Chain, document_address
from .item import Item
from .pack import Joined

_ANY_TYPE = "application/octet-stream"  # an attachment must have a type; RFC 2046, 4.5.1

COMMA = b",\n"
"""What stands between two items."""

_encode = msgspec.json.Encoder().encode


def render_item(item: Item, site: Site) -> bytes:
    """Return *item* as the JSON object that stands in ``items``."""
    article = item.article
    authors = [_author(person) for person in item.authors]
    picture = next((image.url for image in article.images if image.url), None)
    return _encode(
        _filled(
            id=item.id,
            url=item.link,
            external_url=item.link if item.link != item.page else None,
            title=item.title,
            content_html=item.body,
            summary=article.summary,
            image=picture and as_uri(picture),
            date_published=item.published,
            date_modified=item.updated,
            author=authors and authors[0],  # for readers of version 1.0
            authors=authors,
            tags=article.categories,
            language=item.language,
            attachments=[_attachment(enclosure) for enclosure in article.enclosures],
            _wireroom=_own(item, site),
        )
    )


def render_feed(feed: Feed, site: Site, items: Sequence[bytes], chain: Chain = HEAD) -> Joined:
    """Return the document of *feed* with the rendered *items*, each with its ``COMMA``.

    Of the feed's documents (*chain*) each leads by ``next_url`` to the one of the items before.
    """
    older = chain.older and document_address(site, feed.name, chain.older, ".json")
    publisher = {"name": site.title, "url": f"{site.public_url}/"}
    head = _encode(
        _filled(
            version="https://jsonfeed.org/version/1.1",
            title=feed.title,
            home_page_url=document_address(site, feed.name, chain.number, "/"),
            feed_url=document_address(site, feed.name, chain.number, ".json"),
            next_url=older,
            description=feed.description,
            icon=feed.image or f"{site.public_url}/static/icon-512.png",
            favicon=f"{site.public_url}/static/icon-144.png",
            author=publisher,  # for readers of version 1.0
            authors=[publisher],
            language=feed.language,
            hubs=[{"type": "WebSub", "url": hub} for hub in site.hubs if not chain.number],
        )
    )
    last = [item.removesuffix(COMMA) for item in items[-1:]]
    return Joined([head[:-1] + b',"items":[\n', *items[:-1], *last, b"\n]}\n"])


def _filled(**members: object) -> dict[str, object]:
    """Return the *members* that say something."""
    return {key: value for key, value in members.items() if value}


def _own(item: Item, site: Site) -> dict[str, object]:
    about = f"{site.public_url}/"
    if item.withdrawn:
        return {"about": about, "withdrawn": True}
    article = item.article
    return _filled(
        about=about,
        page=item.page,
        source=_filled(id=article.source, title=article.source_title, url=article.source_link),
        publisher=article.publisher,
        wire_source=article.wire_source,
        dateline=article.dateline,
        published_precision=str(article.published.precision),
        published_origin=article.published.origin,
        rights=article.rights,
        usage=article.usage,
        restricted=article.restricted,
        correction=article.correction,
        upstream_id=article.upstream_id,
        version=article.version,
        urgency=article.urgency,
        images=[_image(image) for image in article.images],
        also=[_filled(name=copy.name, title=copy.title, url=copy.link) for copy in item.also],
    )


def _author(person: Person) -> dict[str, object]:
    url = as_uri(person.uri) if person.uri else person.email and f"mailto:{person.email}"
    return _filled(name=person.name, url=url)


def _attachment(enclosure: Enclosure) -> dict[str, object]:
    return _filled(
        url=as_uri(enclosure.url),
        mime_type=enclosure.type or _ANY_TYPE,
        size_in_bytes=enclosure.length,
    )


def _image(image: Image) -> dict[str, object]:
    return _filled(
        url=image.url and as_uri(image.url),
        alt=image.alt,
        caption=image.caption,
        credit=image.credit,
        width=image.width,
        height=image.height,
    )
