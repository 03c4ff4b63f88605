"""Markdown with front matter: an article of a static site, in the many spellings of its names.

The front matter is YAML, TOML or JSON; without one, the file's name or a heading on top tells. Raw
HTML passes: cleaning comes later. Template tags (Liquid, Hugo) go, the text between them stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from ..errors import BrokenDocument
from ..model import Document, Entry, Image, Person, Rejection, Text
from . import front_matter
from .byline import people, person
from .decoding import decode
from .front_matter import Values
from .template_tags import without_template_tags

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

NAME = "markdown"

_NAMES = (".md", ".markdown", ".mdown", ".mkd", ".mdwn")
_HEADING = re.compile(r"#[ \t]+[^\s#][^\n]*(?:\n|$)|[^\n]{1,300}\n={3,}[ \t]*(?:\n|$)")
_DATED_NAME = re.compile(r"(?:^|/)(\d{4}-\d\d-\d\d)-[^/]+$")  # Jekyll: the date is in the name
_SHORT_ZONE = re.compile(r"(?<=:\d\d)\s*([-+])(\d\d?)$")
_PUBLISHED = (
    *("published", "publishedat", "publisheddate", "publishdate", "pubdate", "datepublished"),
    *("date", "createdat", "created"),
)
_MARKUP = re.compile(r"[*_`<\[]")
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_STATUSES = {
    "publish": "usable",
    "published": "usable",
    "usable": "usable",
    "canceled": "canceled",
    "cancelled": "canceled",
}
# Themes keep their own names in a table of their own: Hugo's params, Zola's extra and taxonomies.
_TABLES = ("taxonomies", "extra", "params")


def recognises(document: Document, head: str) -> bool:
    """Tell whether *document* has front matter, a heading on top, or the name of Markdown."""
    return (
        front_matter.opens(head)
        or bool(_HEADING.match(head))
        or document.name.lower().endswith(_NAMES)
    )


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield the one entry in *document*.

    Raises:
        BrokenDocument: the front matter cannot be read, or there is neither a title nor text.
    """
    text = decode(document.data).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    values, body = front_matter.read(text, NAME)
    for table in _TABLES:
        if isinstance(inner := values.get(table), dict):
            values = inner | values
    title, html = _render(body, _text(values, "title", "headline"))
    if not title and not html:
        raise BrokenDocument(NAME, "the file has neither a title nor text")
    yield _entry(document, values, title, html)


def _entry(document: Document, values: Values, title: str, html: str) -> Entry:
    summary = _text(
        values,
        "summary",
        "description",
        "excerpt",
        "deck",
        "dek",
        "standfirst",
        "subtitle",
        "abstract",
    )
    publisher = _person(_first(values, "publisher", "source", "sitename"))
    dated = _DATED_NAME.search(document.name)
    return Entry(
        format=NAME,
        upstream_id=_text(values, "id", "guid", "uid", "uuid", "slug"),
        version=_text(values, "version", "revision"),
        title=Text(title) if title else None,
        summary=_inline(summary) if summary else None,
        content=Text(html, "html") if html else None,
        link=_link(values),
        base=document.url,
        authors=_authors(values),
        categories=_categories(values),
        published=_date(values, *_PUBLISHED) or (dated[1] if dated else None),
        updated=_date(
            values, "updated", "updatedat", "lastmod", "modified", "lastmodified", "datemodified"
        ),
        language=(_text(values, "lang", "language", "locale") or "").replace("_", "-") or None,
        images=_images(values),
        publisher=publisher.name if publisher else None,
        publisher_link=publisher.uri if publisher else None,
        dateline=_text(values, "dateline"),
        wire_source=_text(values, "wiresource", "credit", "agency"),
        rights=_text(values, "rights", "copyright", "license"),
        status=_status(values),
        embargoed=_date(values, "embargoed", "embargo", "embargoeduntil", "embargountil"),
        expires=_date(values, "expires", "expirydate", "expirationdate"),
    )


def _first(values: Values, *names: str) -> object:
    """Return the first of *names* that says something, or None."""
    return next((value for name in names if (value := values.get(name))), None)


def _text(values: Values, *names: str) -> str | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def _texts(value: object) -> list[str]:
    """Return a list of names from a list, or from text with commas."""
    if isinstance(value, str):
        return [part for piece in value.split(",") if (part := piece.strip())]
    texts: list[str] = []
    for one in value if isinstance(value, list) else ():
        name = _text(one, "name", "title", "label") if isinstance(one, dict) else one
        if isinstance(name, str) and name:
            texts.append(name)
    return texts


def _date(values: Values, *names: str) -> str | None:
    """Return the first of *names* that is a date, its zone written in full.

    Jekyll also has ``published: true``, and YAML 1.1 writes "14:00:00 -4".
    """
    for name in names:
        value = _text(values, name)
        if value and value.lower() not in _YES | _NO:
            return _SHORT_ZONE.sub(lambda zone: f"{zone[1]}{zone[2]:0>2}:00", value)
    return None


def _status(values: Values) -> str | None:
    if str(values.get("draft")).lower() in _YES or str(values.get("published")).lower() in _NO:
        return "withheld"
    word = _text(values, "status", "pubstatus")
    return _STATUSES.get(word.lower(), "withheld") if word else None


def _link(values: Values) -> str | None:
    for name in ("canonicalurl", "canonical", "url", "link", "permalink"):
        value = _text(values, name)
        if value and "/" in value and "/:" not in value:  # Jekyll: "pretty", "/:year/:title/"
            return value
    return None


def _categories(values: Values) -> list[str]:
    """Return section, categories and tags, each once; keywords only where there is none of them."""
    names: dict[str, None] = {}
    for key in ("section", "category", "categories", "tag", "tags", "topic", "topics"):
        names |= dict.fromkeys(_texts(values.get(key)))
    return list(names) or list(dict.fromkeys(_texts(values.get("keywords"))))


def _authors(values: Values) -> list[Person]:
    value = _first(values, "author", "authors", "byline", "by", "creator")
    if isinstance(value, str):
        return people(value)
    found = (_person(one) for one in (value if isinstance(value, list) else [value]))
    return [someone for someone in found if someone]


def _person(value: object) -> Person | None:
    if isinstance(value, str):
        return person(value)
    if isinstance(value, dict):
        name = _text(value, "name", "title", "displayname") or ""
        return person(name, _text(value, "email"), _text(value, "url", "uri", "link", "website"))
    return None


def _images(values: Values) -> list[Image]:
    key = next(
        (
            name
            for name in (
                "images",
                "image",
                "coverimage",
                "cover",
                "featuredimage",
                "heroimage",
                "thumbnail",
            )
            if values.get(name)
        ),
        None,
    )
    if key is None:
        return []
    value = values[key]
    images = [
        image for one in (value if isinstance(value, list) else [value]) if (image := _image(one))
    ]
    if len(images) == 1 and isinstance(images[0].url, str):  # `image_alt:` beside `image:`
        only = images[0]
        images = [
            Image(
                only.url,
                only.alt or _text(values, f"{key}alt", "imagealt") or "",
                only.caption
                or _text(values, f"{key}caption", "imagecaption", "imagefigcaption")
                or "",
                only.credit or _text(values, f"{key}credit", "imagecredit") or "",
            )
        ]
    return images


def _image(value: object) -> Image | None:
    if isinstance(value, str) and value:
        return Image(value)
    if not isinstance(value, dict):
        return None
    image = Image(
        _text(value, "url", "src", "image", "path", "href", "file"),
        _text(value, "alt", "alttext", "imagealt") or "",
        _text(value, "caption", "figcaption", "title") or "",
        _text(value, "credit", "creditline", "attribution", "photographer") or "",
    )
    return image if image.url or image.caption else None


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  # 20 ms that other formats need not wait for

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _inline(text: str) -> Text:
    """Return *text* as HTML where it has markup, else as it is."""
    if not _MARKUP.search(text):
        return Text(text)
    return Text(_markdown().renderInline(text), "html")


def _render(body: str, title: str | None) -> tuple[str, str]:
    """Return the title, and the HTML of *body* without the heading that is the title."""
    markdown = _markdown()
    tokens = markdown.parse(without_template_tags(body))
    at = _title_heading(tokens, title)
    if at is not None:
        title = title or _plain(tokens[at + 1])
        del tokens[at : at + 3]  # heading_open, inline, heading_close
    return title or "", markdown.renderer.render(tokens, markdown.options, {}).strip()


def _title_heading(tokens: list[Token], title: str | None) -> int | None:
    """Return where the heading is that says the title; without a *title*, that is the title."""
    headings = [
        at for at, token in enumerate(tokens) if token.type == "heading_open" and not token.level
    ]
    if not headings:
        return None
    if title:
        same = _plain(tokens[headings[0] + 1]).casefold() == title.casefold()
        return 0 if same and headings[0] == 0 else None
    first = next((at for at in headings if tokens[at].tag == "h1"), None)
    return 0 if first is None and headings[0] == 0 else first


def _plain(inline: Token) -> str:
    parts = (
        " " if child.type.endswith("break") else child.content for child in inline.children or ()
    )
    return " ".join("".join(parts).split())
