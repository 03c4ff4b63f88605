"""The short form: a JSON object with a title and some text is an article, and needs nothing more.

docs/formats.md is its reference. Unknown fields are ignored; a field of the wrong type turns the
article away with its JSON path, what was found and what is expected. A ninjs item among the
articles is read as ninjs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Document, Entry, Image, Person, Rejection, Text
from . import ninjs
from .byline import people, person
from .json_articles import Fields, WrongField, entries, found, opens_as_json, path

NAME = "short"

_TAG = re.compile(
    r"</?(?:p|br|div|h[1-6]|ul|ol|li|blockquote|a|b|i|em|strong|img|figure)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_HTML_FIELDS = ("body_html", "content_html", "html")
_TEXT_FIELDS = ("body_text", "content_text", "text")
_EITHER_FIELDS = ("body", "content")
_STATUSES = {
    "usable": "usable",
    "publish": "usable",
    "published": "usable",
    "draft": "withheld",
    "withheld": "withheld",
    "canceled": "canceled",
    "cancelled": "canceled",
}


def recognises(document: Document, head: str) -> bool:
    """Tell whether *document* is JSON; what kind of JSON only its fields can tell."""
    return opens_as_json(document, head)


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry or a rejection for each article in *document*.

    Raises:
        BrokenDocument: the JSON cannot be read, or holds no article.
    """
    return entries(
        document,
        NAME,
        lambda item, where: (
            ninjs.entry_of(item, where) if ninjs.looks_like(item) else entry_of(item, where)
        ),
    )


def entry_of(item: object, where: str) -> Entry | Rejection:
    """Return the entry in *item*, a decoded JSON value that stands at the JSON path *where*."""
    try:
        return _entry(Fields(item, where))
    except WrongField as wrong:
        return Rejection("InvalidArticle", str(wrong), NAME)


def _entry(fields: Fields) -> Entry:
    if fields.first("$schema")[1] is not None and fields.first("properties")[1] is not None:
        raise WrongField(f"{fields.where}: a JSON Schema, which describes articles and is none")
    status = _status(fields)
    title = fields.text("title", "headline")
    content = _content(fields)
    summary = fields.text("summary", "description")
    if not title and status != "canceled":  # to take an article back its id is enough
        raise WrongField(f"{path(fields.where, 'title')}: missing, an article needs a title")
    if not content and not summary and status != "canceled":
        place = path(fields.where, "content_html")
        raise WrongField(
            f"{place}: missing, an article needs content_html, content_text or a summary"
        )
    publisher = _publisher(fields)
    return Entry(
        format=NAME,
        upstream_id=fields.text("id", numbers=True),
        version=fields.text("version", numbers=True),
        title=Text(title) if title else None,
        summary=_text(summary) if summary else None,
        content=content,
        link=fields.text("url", "link"),
        authors=_authors(fields),
        categories=_categories(fields),
        published=fields.text("published", "date_published", "published_at", "date"),
        updated=fields.text("updated", "date_modified", "updated_at"),
        language=fields.text("language", "lang"),
        images=_images(fields),
        publisher=publisher.name if publisher else None,
        publisher_link=publisher.uri if publisher else None,
        dateline=fields.text("dateline"),
        wire_source=fields.text("wire_source", "credit"),
        rights=fields.text("rights", "copyright"),
        status=status,
        embargoed=fields.text("embargoed"),
        expires=fields.text("expires"),
        urgency=fields.number("urgency"),
        correction=fields.text("correction"),
        usage=fields.text("usage", "usage_terms"),
    )


def _text(value: str) -> Text:
    """Return *value* as HTML where it holds a tag that articles use, else as plain text."""
    return Text(value, "html" if _TAG.search(value) else "text")


def _content(fields: Fields) -> Text | None:
    if html := fields.text(*_HTML_FIELDS):
        return Text(html, "html")
    if text := fields.text(*_TEXT_FIELDS):
        return Text(text)
    either = fields.text(*_EITHER_FIELDS)
    return _text(either) if either else None


def _status(fields: Fields) -> str | None:
    word = fields.text("status")
    if word is None:
        return None
    try:
        return _STATUSES[word.lower()]
    except KeyError:
        problem = f"{found(word)}, usable, withheld or canceled is expected"
        raise WrongField(f"{path(fields.where, 'status')}: {problem}") from None


def _authors(fields: Fields) -> list[Person]:
    place, value = fields.first("authors", "author", "byline")
    if value is None:
        return []
    if isinstance(value, str):
        return people(value)
    if isinstance(value, dict) and place.endswith("author"):
        value = [value]
    if not isinstance(value, list):
        raise WrongField(f"{place}: {found(value)}, a string or a list is expected")
    authors = [_author(item, f"{place}[{number}]") for number, item in enumerate(value)]
    return [author for author in authors if author]


def _author(value: object, where: str) -> Person | None:
    if isinstance(value, str):
        return person(value)
    fields = Fields(value, where)
    return person(fields.text("name") or "", fields.text("email"), fields.text("url", "uri"))


def _categories(fields: Fields) -> list[str]:
    """Return section, categories and tags, each once, in this order."""
    names: dict[str, None] = {}
    for key in ("section", "category", "categories", "tags"):
        place, value = fields.first(key)
        if isinstance(value, str):
            value = value.split(",")
        elif value is not None and not isinstance(value, list):
            raise WrongField(f"{place}: {found(value)}, a list of strings is expected")
        for number, name in enumerate(value or ()):
            if not isinstance(name, str):
                raise WrongField(f"{place}[{number}]: {found(name)}, a string is expected")
            if name.strip():
                names[name.strip()] = None
    return list(names)


def _images(fields: Fields) -> list[Image]:
    place, value = fields.first("images", "image")
    if value is None:
        return []
    if not isinstance(value, list):
        return [_image(value, place)]
    return [_image(item, f"{place}[{number}]") for number, item in enumerate(value)]


def _image(value: object, where: str) -> Image:
    if isinstance(value, str):
        return Image(value.strip() or None)
    fields = Fields(value, where)
    return Image(
        fields.text("url", "src"),
        alt=fields.text("alt") or "",
        caption=fields.text("caption") or "",
        credit=fields.text("credit") or "",
        width=fields.number("width"),
        height=fields.number("height"),
    )


def _publisher(fields: Fields) -> Person | None:
    """Return who publishes the article: a name, or an object with name and url."""
    place, value = fields.first("publisher", "source")
    if value is None:
        return None
    return person(value) if isinstance(value, str) else _author(value, place)
