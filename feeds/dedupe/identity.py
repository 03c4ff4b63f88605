"""Identities of an article: the names under which it is known, strongest first.

Identity is never guessed from likeness. In order: (source, upstream id); canonical link; for
articles that have neither, (publisher, headline, date); and the text itself, letter by letter.
"""

from __future__ import annotations

import base64
import html
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from xxhash import xxh3_128_digest

from ..model import DROP, Article, Identity, Named, Precision

UPSTREAM_ID = "upstream id"
LINK = "link"
HEADLINE = "headline"
CONTENT = "content"

_LONG_TEXT_WORDS = 80
"""From so many words on, equal text is the same story whatever its date; below, recurring notices
("policies unchanged") would merge, so the day belongs to the identity (near-duplicates.md, 4)."""

_TAG = re.compile(r"<[^>]*>")
_NO_WORD = re.compile(r"[\W_]+")


def named_in(articles: Sequence[Article], origin: str) -> list[Named]:
    """Return the *articles* of one document with their identities.

    An upstream id or a link that several articles of the document share names none of them.
    *origin* (the document's name) tells undated, unnamed articles apart.
    """
    ids = Counter(article.upstream_id for article in articles)
    links = Counter(article.link for article in articles)
    return [
        _named(article, ids[article.upstream_id] == 1, links[article.link] == 1, origin)
        for article in articles
    ]


def link_key(link: str) -> bytes:
    """Return the key of a canonical *link*; http and https are one, and a final slash is none."""
    return xxh3_128_digest(b"l" + link.partition("://")[2].rstrip("/").encode())


def _named(article: Article, own_id: bool, own_link: bool, origin: str) -> Named:
    words = _words(article)
    identities = []
    if article.upstream_id and own_id:
        scope = f"{article.source}\0{_scope(article)}\0{article.upstream_id}"
        identities.append(Identity(UPSTREAM_ID, xxh3_128_digest(b"u" + scope.encode())))
    if article.link and own_link and _leads_to_a_page(article.link):
        identities.append(Identity(LINK, link_key(article.link)))
    if not identities:
        key = f"{article.source}\0{article.publisher}\0{article.title}\0{_day(article) or origin}"
        identities.append(Identity(HEADLINE, xxh3_128_digest(b"h" + key.encode())))
    if words.count(" ") >= _LONG_TEXT_WORDS:
        identities.append(Identity(CONTENT, xxh3_128_digest(b"c" + words.encode())))
    elif words:
        key = f"{article.title}\0{words}\0{_day(article)}"
        identities.append(Identity(CONTENT, xxh3_128_digest(b"c" + key.encode())))
    first = identities[0].key
    return Named(
        article=article,
        owner=_owner(article),
        id=base64.b32encode(first[:10]).decode().lower(),
        identities=tuple(identities),
        digest=_digest(article, stamps=False),
        stamped=_digest(article, stamps=True),
    )


def _scope(article: Article) -> str:
    """Return what an upstream id is unique in: a URI everywhere, else its publisher."""
    return "" if ":" in (article.upstream_id or "") else article.publisher or ""


def _owner(article: Article) -> str:
    """Return who may change *article*: its source, and in the drop folder its publisher too."""
    publisher = article.publisher or "" if article.source == DROP else ""
    return "\t".join(" ".join(part.split()) for part in (article.source, publisher))


def _leads_to_a_page(link: str) -> bool:
    """Tell whether *link* can name an article: a bare host is a home page."""
    parts = urlsplit(link)
    return bool(parts.path.strip("/") or parts.query)


def _day(article: Article) -> str:
    """Return the day of publication, or nothing where only our own clock or the file's tells."""
    if article.published.origin in ("file", "received"):
        return ""
    if article.published.precision is Precision.MONTH:
        return f"{article.published.at:%Y-%m}"
    return f"{article.published.at:%Y-%m-%d}"


def _words(article: Article) -> str:
    """Return the words of the text, folded, with single spaces."""
    text = html.unescape(_TAG.sub(" ", article.content_html or article.summary))
    return _NO_WORD.sub(" ", text).strip().casefold()


def _digest(article: Article, *, stamps: bool) -> bytes:
    seen = (
        article.title,
        article.summary,
        article.content_html,
        article.link,
        article.authors,
        article.categories,
        article.images,
        article.enclosures,
        article.language,
        article.publisher,
        article.dateline,
        article.wire_source,
        article.rights,
        article.status,
    )
    dates = (article.published, article.updated, article.embargoed, article.expires)
    return xxh3_128_digest(_ENCODE((seen, dates, article.version) if stamps else seen))


_ENCODE = msgspec.msgpack.Encoder().encode
