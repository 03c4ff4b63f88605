"""Identities of an article: the names under which it is known, strongest first.

Identity is never guessed from likeness. In order: (source, upstream id); canonical link; for
articles that have neither, (publisher, headline, date); and the text itself, letter by letter.

A query may be a token that is new at each fetch (a signature, a session). So it is part of a
link's name but not of what a reader sees: another query alone is no edit, and an article that has
such a link and no id is known by its headline, date and path as well.
"""

from __future__ import annotations

import base64
import html
import re
from collections import Counter
from collections.abc import Sequence

import msgspec
from xxhash import xxh3_128_digest

from ..model import DROP, Article, Enclosure, Identity, Image, Named, Precision

UPSTREAM_ID = "upstream id"
LINK = "link"
QUERY_LINK = "link with a query"
HEADLINE = "headline"
CONTENT = "content"

_LONG_TEXT_WORDS = 80
"""From so many words on, equal text is the same story whatever its date; below, recurring notices
("policies unchanged") would merge, so the day belongs to the identity (near-duplicates.md, 4)."""

_TAG = re.compile(r"<[^>]*>")
# The quote leads, so that it alone is looked for: a sixth of the time.
_QUERY = re.compile(r'="(?:(?<=href=")|(?<=src=")|(?<=poster="))([^"?]*+)\?[^"]*+')
_PATH_OR_QUERY = re.compile(r"[^/?#]*+/*+(?:[^/?#]|\?[^#])")
_WEB = re.compile(r"^https?(?=://)", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")
# Latin-1 and the block of typographic signs; in UTF-8, what of them is no letter or digit.
_OTHER_THAN_WESTERN = re.compile("[^\x80-\xff\u2000-\u203f]")
_SIGN = rb"\xe2\x80[\x80-\xbf]|\xc2[\x80-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf]|\xc3[\x97\xb7]"
_WESTERN_SIGNS = re.compile(_SIGN)
_NOTHING_BUT_SIGNS = re.compile(rb"(?:%b)*+" % _SIGN)
_ASCII = bytes(range(128))
_ASCII_SIGNS_BLANK = bytes(
    32 if chr(code).isascii() and not chr(code).isalnum() else code for code in range(256)
)
_ALL_SIGNS_BLANK = _ASCII_SIGNS_BLANK[:128] + b" " * 128


def named_in(articles: Sequence[Article], origin: str) -> list[Named]:
    """Return the *articles* of one document with their identities.

    An upstream id or a link that several articles of the document share names none of them; one
    that stands there twice, all alike, is one. *origin* (the document's name) tells undated,
    unnamed articles apart.
    """
    once = dict.fromkeys(articles)
    ids = Counter(article.upstream_id for article in once)
    links = Counter(article.link for article in once)
    headlines = Counter(_headline(article) for article in once)
    return [
        _named(
            article,
            own_id=ids[article.upstream_id] == 1,
            own_link=links[article.link] == 1,
            own_headline=headlines[_headline(article)] == 1,
            origin=origin,
        )
        for article in articles
    ]


def claims(named: Named) -> list[bytes]:
    """Return the names of an article that no other one of its document may have as well."""
    article = named.article
    said = ("u", article.upstream_id), ("h", _headline(article))
    return [f"{rule}{name}".encode(errors="surrogatepass") for rule, name in said if name] + [
        identity.key for identity in named.identities
    ]


def link_key(link: str) -> bytes:
    """Return the key of a canonical *link*; http and https are one, and a final slash is none."""
    return _key("l" + link.partition("://")[2].rstrip("/"))


def _named(
    article: Article, *, own_id: bool, own_link: bool, own_headline: bool, origin: str
) -> Named:
    words = _words(article)
    identities = []
    if article.upstream_id and own_id:
        identities.append(Identity(UPSTREAM_ID, _id_key(article)))
    if article.link and own_link and leads_to_a_page(article.link):
        rule = QUERY_LINK if "?" in article.link else LINK
        identities.append(Identity(rule, link_key(article.link)))
        headline = _headline(article)
        if headline and own_headline and not (article.upstream_id and own_id):
            key = f"{article.source}\0{headline}"
            identities.append(Identity(HEADLINE, _key(f"h{key}")))
    if not identities:
        key = f"{article.source}\0{article.publisher}\0{article.title}\0{_day(article) or origin}"
        identities.append(Identity(HEADLINE, _key(f"h{key}")))
    if words.count(" ") >= _LONG_TEXT_WORDS:
        identities.append(Identity(CONTENT, _key(f"c{words}")))
    elif words:
        key = f"{article.title}\0{words}\0{_day(article)}"
        identities.append(Identity(CONTENT, _key(f"c{key}")))
    first = identities[0].key
    digest, stamped = _digests(article)
    return Named(
        article=article,
        owner=_owner(article),
        id=base64.b32encode(first[:10]).decode().lower(),
        identities=tuple(identities),
        digest=digest,
        stamped=stamped,
        words=words.count(" ") + 1 if words else 0,
    )


def _key(name: str) -> bytes:
    return xxh3_128_digest(name.encode(errors="surrogatepass"))  # nobody's name is too odd


def _headline(article: Article) -> str:
    """Return headline, day and path of an article whose link may hold a token, or nothing."""
    if not article.link or "?" not in article.link or not _day(article):
        return ""
    path = article.link.partition("://")[2].partition("?")[0]
    return f"{article.publisher}\0{article.title}\0{_day(article)}\0{path}"


def _id_key(article: Article) -> bytes:
    """Return the key of (provider, id), else of (source, id); http and https are one."""
    name = _WEB.sub("", article.upstream_id or "")
    if article.provider:
        return _key(f"p{article.provider.casefold()}\0{name}")
    return _key(f"u{article.source}\0{_scope(article)}\0{name}")


def _scope(article: Article) -> str:
    """Return what an upstream id is unique in: a URI everywhere, else its publisher."""
    return "" if ":" in (article.upstream_id or "") else article.publisher or ""


def _owner(article: Article) -> str:
    """Return who may change *article*, after its source: its provider, else its publisher."""
    if article.provider:
        return f"{' '.join(article.source.split())}\t\t{article.provider.casefold()}"
    publisher = article.publisher or "" if article.source == DROP else ""
    return "\t".join(" ".join(part.split()) for part in (article.source, publisher))


def leads_to_a_page(link: str) -> bool:
    """Tell whether *link* can name an article: a bare host is a home page."""
    return bool(_PATH_OR_QUERY.match(link.partition("://")[2]))


def _day(article: Article) -> str:
    """Return the day of publication, or nothing where only our own clock or the file's tells."""
    if article.published.origin in ("file", "received"):
        return ""
    if article.published.precision is Precision.MONTH:
        return f"{article.published.at:%Y-%m}"
    return f"{article.published.at:%Y-%m-%d}"


def _words(article: Article) -> str:
    """Return the words of the text, folded, with single spaces."""
    return words_in(article.content_html or article.summary)


def words_in(markup: str) -> str:
    """Return the words of HTML, folded, with single spaces."""
    return folded(html.unescape(_TAG.sub(" ", markup)))


def folded(text: str) -> str:
    """Return the words of *text*, folded, with single spaces.

    Bytes are looked up in a table where all signs are Western ones: a third of the time of the
    pattern. What is beyond ASCII, often a few quotation marks, tells which way to go.
    """
    words = text.encode("utf-8", "surrogatepass")
    beyond = words.translate(None, _ASCII)
    if _NOTHING_BUT_SIGNS.fullmatch(beyond):
        words = words.translate(_ALL_SIGNS_BLANK)
    elif _OTHER_THAN_WESTERN.search(beyond.decode("utf-8", "surrogatepass")):
        return _NO_WORD.sub(" ", text).strip().casefold()
    else:
        words = _WESTERN_SIGNS.sub(b" ", words).translate(_ASCII_SIGNS_BLANK)
    return b" ".join(words.split()).decode().casefold()


def _digests(article: Article) -> tuple[bytes, bytes]:
    """Return the digest of all that a reader sees, and that of the dates and the version too."""
    seen = _ENCODE(
        (
            article.title,
            article.summary,
            _without_queries(article.content_html),
            (article.link or "").partition("?")[0],
            article.authors,
            article.categories,
            [_without_query(image) for image in article.images],
            [_without_query(file) for file in article.enclosures],
            article.language,
            article.publisher,
            article.dateline,
            article.wire_source,
            article.rights,
            article.status,
        )
    )
    # Told apart from the rest, so that an article without them keeps the digest that it had.
    if article.correction or article.restricted or article.advisory:
        seen += _ENCODE((article.correction, article.restricted, article.advisory))
    dates = (article.published, article.updated, article.embargoed, article.expires)
    return xxh3_128_digest(seen), xxh3_128_digest(seen + _ENCODE((dates, article.version)))


def _without_queries(html: str) -> str:
    return _QUERY.sub(r'="\1', html) if "?" in html else html


def _without_query(one: Image | Enclosure) -> Image | Enclosure:
    if not one.url or "?" not in one.url:
        return one
    return msgspec.structs.replace(one, url=one.url.partition("?")[0])


_ENCODE = msgspec.msgpack.Encoder().encode
