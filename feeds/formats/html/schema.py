"""What a page says of its article in schema.org's words: JSON-LD blocks and microdata, one reading.

Both become the same plain nodes. Publishers break JSON-LD in a few usual ways (line breaks inside
strings, a comma too many, HTML entities, several blocks, ``@graph``, references by ``@id``), which
are mended; a block that stays unreadable is passed over, for the page has other words left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import msgspec
from lxml.html import HtmlElement

from ...model import Image, Person
from ..byline import people, person
from .facts import Facts, clean, one_of_each, pixels

Node = dict[str, object]

_NODES = 1_000  # a page describes itself in fewer; a list of links can have thousands
_NEWS = re.compile(r"(?:^|[/:#])\w{0,40}NewsArticle$")
_ARTICLE = re.compile(r"(?:^|[/:#])(?:\w{0,40}Article|\w{0,40}Posting|Report)$")
_PAGE = re.compile(r"(?:^|[/:#])(?:Item|About|Web)Page$")
_COMMA = re.compile(r",(?=\s*[}\]])")
_VALUE = {"meta": "content", "time": "datetime", "a": "href", "link": "href", "img": "src"}
_VALUE |= {"data": "value", "object": "data", "source": "src", "video": "src", "audio": "src"}


def facts(root: HtmlElement, canonical: str | None) -> tuple[Facts, Facts]:
    """Return what the page's article node says, and what its WebPage node says."""
    nodes = [*_json_ld(root), *_microdata(root)]
    if not nodes:
        return Facts(), Facts()
    known = {str(node["@id"]): node for node in nodes if node.get("@id") and len(node) > 1}
    articles = [node for node in nodes if _is(node, _ARTICLE)]
    # The one that says it is this page, then the one that says it is news, then the first.
    article = min(
        articles,
        key=lambda node: (not _is_at(node, canonical), not _is(node, _NEWS)),
        default={},
    )
    page = next((node for node in nodes if _is(node, _PAGE)), {})
    return _facts(article, known), _facts(page, known)


def _is(node: Node, kind: re.Pattern[str]) -> bool:
    return any(kind.search(name) for name in _list(node.get("@type")) if isinstance(name, str))


def _is_at(node: Node, canonical: str | None) -> bool:
    addresses = (_address(node.get(key)) for key in ("mainEntityOfPage", "url", "@id"))
    return canonical is not None and canonical in addresses


def _json_ld(root: HtmlElement) -> Iterator[Node]:
    """Yield the nodes of each JSON-LD block: its roots, their @graph and their mainEntity."""
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        waiting, seen = [_decoded(script.text)], 0
        while waiting and seen < _NODES:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting[:0] = value[:_NODES]
            elif isinstance(value, dict):
                seen += 1
                yield value
                waiting += [value[key] for key in ("@graph", "mainEntity") if key in value]


def _decoded(text: str) -> object:
    """Return the JSON in a block, mended where it can be, or None."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    if '"' not in text and "&quot;" in text:
        text = unescape(text)
    start = text.find("{")
    if text.lstrip().startswith("["):
        start = text.find("[")
    if start < 0:
        return None
    try:
        # Not strict: line breaks and tabs inside strings pass. Raw: what follows is no matter.
        return json.JSONDecoder(strict=False).raw_decode(_COMMA.sub("", text), start)[0]
    except (ValueError, RecursionError):
        return None


def _microdata(root: HtmlElement) -> Iterator[Node]:
    """Yield the first article that is marked up as microdata."""
    for scope in root.iterfind(".//*[@itemscope]"):
        if _ARTICLE.search((scope.get("itemtype") or "").strip()):
            yield _item(scope)
            return


def _item(scope: HtmlElement) -> Node:
    """Return an itemscope as a node: HTML standard, 5.3, without itemref."""
    node: Node = {"@type": (scope.get("itemtype") or "").strip(), "@id": scope.get("itemid")}
    waiting = list(scope)[::-1]
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        inner = element.get("itemscope") is not None
        for name in (element.get("itemprop") or "").split():
            if name != "articleBody":  # the body is read from the page, with its markup
                value = _item(element) if inner else _value(element)
                node[name] = [*_list(node.get(name)), value]
        if not inner:
            waiting += list(element)[::-1]
    return node


def _value(element: HtmlElement) -> str:
    written = element.get(_VALUE.get(element.tag, "content")) or element.get("content")
    return written if written is not None else str(element.text_content())


def _facts(node: Node, known: dict[str, Node]) -> Facts:
    def named(key: str) -> str | None:
        names = (clean(_resolved(one, known)) for one in _list(node.get(key)))
        return next((name for name in names if name), None)

    publisher = next(iter(_list(node.get("publisher"))), None)
    return Facts(
        title=named("headline") or named("name"),
        summary=named("description") or named("alternativeHeadline"),
        body=_body(node.get("articleBody")),
        link=_address(node.get("url")) or _address(node.get("mainEntityOfPage")),
        authors=_persons(node.get("author"), known) or _persons(node.get("creator"), known),
        categories=_terms(node.get("articleSection")) + _terms(node.get("keywords")),
        published=named("datePublished") or named("dateCreated"),
        updated=named("dateModified"),
        expires=named("expires"),
        language=named("inLanguage"),
        images=_pictures(node.get("image") or node.get("primaryImageOfPage"), known),
        publisher=named("publisher"),
        publisher_link=_address(_node(publisher, known).get("url")),
        dateline=named("dateline"),
        wire_source=named("sourceOrganization"),
        rights=named("copyrightNotice"),
    )


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _node(value: object, known: dict[str, Node]) -> Node:
    """Return an object, following a reference by @id."""
    if not isinstance(value, dict):
        return {}
    return known.get(str(value.get("@id")), value) if len(value) == 1 else value


def _resolved(value: object, known: dict[str, Node]) -> object:
    """Return the text that a value is, or that an object is named by."""
    if isinstance(value, dict):
        value = _node(value, known)
        value = next(
            (value[key] for key in ("name", "@value", "alternateName") if value.get(key)), None
        )
    return _list(value)[0] if _list(value) else None


def _address(value: object) -> str | None:
    for one in _list(value):
        address = one.get("@id") or one.get("url") if isinstance(one, dict) else one
        if isinstance(address, str) and address.strip():
            return address.strip()
    return None


def _body(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _terms(value: object) -> list[str]:
    """Return names from a list, or from text with commas."""
    terms: list[str] = []
    for one in _list(value):
        text = clean(_resolved(one, {})) or ""
        terms += [part.strip() for part in text.split(",") if part.strip()]
    return list(dict.fromkeys(terms))


def _persons(value: object, known: dict[str, Node]) -> list[Person]:
    persons: list[Person] = []
    for one in _list(value):
        if isinstance(one, str):
            if "://" not in one:
                persons += people(unescape(one))
            continue
        node = _node(one, known)
        for name in _list(node.get("name")):
            found = person(clean(name) or "", clean(node.get("email")), _address(node.get("url")))
            persons += [found] if found else []
    return list({someone.name: someone for someone in persons}.values())


def _pictures(value: object, known: dict[str, Node]) -> list[Image]:
    """Return the images; several without words are crops of one picture, as Google asks for."""
    images: list[Image] = []
    for one in _list(value):
        node = _node(one, known) if isinstance(one, dict) else {"url": one}
        url = _address(node.get("url")) or _address(node.get("contentUrl"))
        if url:
            credit = next(
                (
                    name
                    for key in ("creditText", "creator", "copyrightHolder", "author")
                    if (name := clean(_resolved(next(iter(_list(node.get(key))), None), known)))
                ),
                "",
            )
            caption = clean(_resolved(node.get("caption"), known)) or ""
            width, height = pixels(node.get("width")), pixels(node.get("height"))
            images.append(Image(url, "", caption, credit, width, height))
    return one_of_each(images)
