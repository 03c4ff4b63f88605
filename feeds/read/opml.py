"""Lists of feeds as OPML: what other readers export is read liberally, what we export is 2.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

import msgspec
from lxml import etree

from ..errors import BrokenDocument

_MOST_DEPTH = 20
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_OUTLINE = re.compile(r"<outline\s", re.IGNORECASE)
_URL = re.compile(r"""\bxmlUrl\s*=\s*(["'])\s*([^"'<>\s]+)""", re.IGNORECASE)
_TITLE = re.compile(r"""\b(?:title|text)\s*=\s*(["'])(.*?)\1""", re.IGNORECASE)


class Outline(msgspec.Struct, frozen=True):
    """A feed in a list. *folders* are the titles of what it stands in, the outermost first."""

    url: str
    title: str = ""
    link: str = ""
    folders: tuple[str, ...] = ()


def read(data: bytes) -> list[Outline]:
    """Return the feeds of an OPML document, each address once, in its order.

    Names of elements and attributes may be in any case, and what follows a fault is still read.

    Raises:
        BrokenDocument: it is no OPML.
    """
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenDocument("opml", f"it cannot be read as XML: {error}") from error
    if root is None or _name(root) not in {"opml", "outline", "body"}:
        raise BrokenDocument("opml", "it is no OPML document")
    found: dict[str, Outline] = {}
    for outline in (*_outlines(root, ()), *_spoilt(data)):
        found.setdefault(outline.url, outline)
    return list(found.values())


def write(outlines: Iterable[Outline], title: str) -> bytes:
    """Return *outlines* as an OPML 2.0 document, in folders, sorted."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for outline in sorted(outlines, key=lambda one: (one.folders, one.title, one.url)):
        place = body
        for depth in range(len(outline.folders)):
            path = outline.folders[: depth + 1]
            if path not in folders:
                name = path[-1]
                folders[path] = etree.SubElement(place, "outline", text=name, title=name)
            place = folders[path]
        name = outline.title or outline.url
        feed = etree.SubElement(
            place, "outline", type="rss", text=name, title=name, xmlUrl=outline.url
        )
        if outline.link:
            feed.set("htmlUrl", outline.link)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _outlines(element: etree._Element, folders: tuple[str, ...]) -> Iterator[Outline]:
    if len(folders) > _MOST_DEPTH:
        return
    for child in element.iterchildren(tag=etree.Element):
        said = {_local(name): " ".join(str(value).split()) for name, value in child.items()}
        title = said.get("title") or said.get("text") or ""
        url = said.get("xmlurl", "")
        if _name(child) == "outline" and url:
            yield Outline(url, title, said.get("htmlurl", ""), folders or _categories(said))
        inside = (*folders, title) if _name(child) == "outline" and title and not url else folders
        yield from _outlines(child, inside)


def _spoilt(data: bytes) -> Iterator[Outline]:
    """Yield every feed that the text of *data* names: quotes in a description spoil an outline."""
    text = _COMMENT.sub("", data.decode("utf-8", "replace"))
    for outline in _OUTLINE.split(text)[1:]:
        url = _URL.search(outline)
        title = _TITLE.search(outline)
        if url:
            yield Outline(unescape(url[2]).strip(), unescape(title[2]).strip() if title else "")


def _categories(said: dict[str, str]) -> tuple[str, ...]:
    """Return the first of the ``category`` attribute's slash-separated paths (OPML 2.0)."""
    first = said.get("category", "").partition(",")[0]
    return tuple(part.strip() for part in first.split("/") if part.strip())


def _name(element: etree._Element) -> str:
    return _local(str(element.tag))


def _local(name: object) -> str:
    return str(name).rpartition("}")[2].lower()
