"""XML to trees, for the wire formats: no network, no entities, no DTD, and a fault costs one item.

The text is decoded as everywhere else, and rid of what XML forbids and wires send all the same:
control codes and HTML's names of characters (``&eacute;``). A DOCTYPE never reaches the parser, so
there is nothing that an entity could expand to.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from html.entities import html5
from typing import Any

from lxml import etree

from ..errors import BrokenDocument
from ..model import Document, Rejection
from .decoding import decode

Element = etree._Element  # noqa: SLF001  # lxml's type has no other name

MAX_BYTES = 64_000_000
"""The whole export of a large blog; a wire's message has some kilobytes."""
MAX_PARTS = 10_000
"""Items of one document; what is beyond is said in one Rejection."""

_HEAD_BYTES = 65_536
_PREAMBLE_CHARACTERS = 65_536
_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]{0,400}>")
# Anchored where the last section ended, so that each character is looked at once.
_PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)((?:[\s/][^<>]*)?)>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*)|&(?:#(\d{1,9})|#[xX]([0-9A-Fa-f]{1,8})|([A-Za-z][A-Za-z0-9]{1,31}));",
    re.DOTALL,
)
_PARTING = frozenset({"br", "p", "div", "li", "tr", "td", "line", "hl2"})
_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "collect_ids": False,
    "remove_comments": True,
    "remove_pis": True,
}
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def root_of(document: Document, head: str) -> tuple[str, str]:
    """Return the name of the root element without its prefix, and its attributes as written.

    Both are "" where the document does not open as XML. *head* is its beginning; where that ends
    inside a long comment, more of the document is looked at.
    """
    if not head.startswith("<"):
        return "", ""
    root = _opening(head) or _opening(decode(document.data[:_HEAD_BYTES]).lstrip("\ufeff \t\r\n"))
    return (root[2], root[3]) if root else ("", "")


def trees(
    document: Document, name: str, parts: frozenset[str], prefix: Callable[[str], str | None]
) -> Iterator[Element | Rejection]:
    """Yield the root of *document*; if it is not well formed, one root for each sound part of it.

    *parts* are the names of the elements that stand for themselves (``newsItem``). A root of a
    sound part holds what stood before the first part, and that part; a broken part is a Rejection
    in its place. Elements lose their namespace, or are called ``prefix.name``, as *prefix* says of
    the namespace; where it returns None they keep it, and are as good as absent.

    Raises:
        BrokenDocument: it is too large, or not well formed and without two parts.
    """
    if len(document.data) > MAX_BYTES:
        size = len(document.data)
        raise BrokenDocument(name, f"the XML has {size} bytes; at most {MAX_BYTES} are read")
    text = _sound(decode(document.data))
    try:
        root = _root(text)
    except etree.XMLSyntaxError as error:
        broken = BrokenDocument(name, _problem(error), *error.position)
        places = _places(text, parts)
        found = _parts(text, name, places[:MAX_PARTS]) if len(places) > 1 else None
        if found is None:  # a part without neighbours is the document
            raise broken from error
        for tree in found:
            yield tree if isinstance(tree, Rejection) else _renamed(tree, prefix)
        if len(places) > MAX_PARTS:
            problem = f"{len(places) - MAX_PARTS} items were left out; {MAX_PARTS} are read"
            yield Rejection("InvalidArticle", problem, name)
    else:
        yield _renamed(root, prefix)


def fragment(text: str, prefix: Callable[[str], str | None]) -> Element | None:
    """Return the root of XML that is written into a text, None if it is none."""
    try:
        return _renamed(_root(_sound(text)), prefix)
    except etree.XMLSyntaxError:
        return None


def children(element: Element | None, *names: str) -> list[Element]:
    """Return the children of *element* that are called one of *names*, in their order."""
    return [] if element is None else [one for one in element if one.tag in names]


def child(element: Element | None, *names: str) -> Element | None:
    """Return the child at the end of the path *names*, through the first child of each name."""
    for name in names:
        element = None if element is None else element.find(name)
    return element


def words(element: Element | None) -> str:
    """Return all text in *element* on one line; "" for None. Paragraphs are parted by a space."""
    if element is None:
        return ""
    return " ".join("".join(_texts(element)).split())


def attribute(element: Element | None, *names: str) -> str:
    """Return the first of the attributes *names* that says something, stripped; "" for none."""
    if element is None:
        return ""
    return next((value for name in names if (value := (element.get(name) or "").strip())), "")


def line_of(element: Element) -> int:
    """Return the line where *element* begins, 0 where it is not known."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def _opening(text: str) -> re.Match[str] | None:
    position = 0
    while section := _PROLOGUE.match(text, position) or _DOCTYPE.match(text, position):
        position = section.end()
    return _ROOT.match(text, position)


def _texts(element: Element) -> Iterator[str]:
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if one.tag in _PARTING:
            yield " "
        if event == "start":
            yield one.text or ""
        elif one is not element:
            yield one.tail or ""


def _sound(text: str) -> str:
    """Return *text* without declaration, DOCTYPE and what XML forbids; lines keep their numbers."""
    text = text.replace("\0", "").lstrip("\ufeff")
    declaration = _DECLARATION.match(text)
    if declaration:
        text = _blank(declaration) + text[declaration.end() :]
    position = 0
    while section := _PROLOGUE.match(text, position):
        position = section.end()
    if doctype := _DOCTYPE.match(text, position):
        text = text[:position] + _blank(doctype) + text[doctype.end() :]
    if "&" in text:
        text = _REFERENCE.sub(_resolved, text)
    return _FORBIDDEN.sub("", text)


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _resolved(found: re.Match[str]) -> str:
    """Return a character for a name of HTML's, nothing for a number that names no character."""
    decimal, hexadecimal, name = found.groups()
    if name:
        known = html5.get(f"{name};") if name not in _XML_NAMES else None
        return known.replace("&", "&amp;").replace("<", "&lt;") if known else found[0]
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        if code > sys.maxunicode or _FORBIDDEN.match(chr(code)):
            return ""
    return found[0]


def _root(text: str) -> Element:
    """Return the root of *text*; a prefix that nobody declared (``xsi:`` is common) does no harm.

    Raises:
        etree.XMLSyntaxError: it is not well formed.
    """
    data = text.encode("utf-8")
    try:
        return etree.fromstring(data, etree.XMLParser(encoding="utf-8", **_OPTIONS))
    except etree.XMLSyntaxError as error:
        if "amespace prefix" not in str(error):
            raise
        parser = etree.XMLParser(encoding="utf-8", recover=True, **_OPTIONS)
        root = etree.fromstring(data, parser)
        if any(one.domain != etree.ErrorDomains.NAMESPACE for one in parser.error_log):
            raise
        return root


def _renamed(root: Element, prefix: Callable[[str], str | None]) -> Element:
    """Return *root* with the names of its elements as *prefix* says of their namespaces."""
    known: dict[str, str | None] = {}
    for element in root.iter():
        namespace, brace, name = str(element.tag)[1:].rpartition("}")
        if brace:
            if namespace not in known:
                known[namespace] = prefix(namespace)
            before = known[namespace]
            if before is not None:
                element.tag = f"{before}.{name}" if before else name
    etree.cleanup_namespaces(root)
    return root


def _problem(error: etree.XMLSyntaxError) -> str:
    message = (error.msg or "").rpartition(", line ")[0] or error.msg or "it is no XML"
    return f"the XML cannot be read: {message}"


def _places(text: str, parts: frozenset[str]) -> list[tuple[int, int]]:
    """Return start and end of each outermost element of *parts*, as far as tags can tell."""
    names = "|".join(sorted(parts))
    tag = re.compile(rf"<(/?)(?:[A-Za-z_][\w.-]*:)?(?:{names})(?=[\s/>])(?:[^<>]*(/)>)?")
    places: list[tuple[int, int]] = []
    depth = start = 0
    for found in tag.finditer(text):
        if found[1]:
            depth -= 1
        elif not found[2]:
            start = start if depth else found.start()
            depth += 1
        if depth == 0 and found[1]:
            end = text.find(">", found.end()) + 1
            places.append((start, end or len(text)))
        depth = max(depth, 0)
    return places


def _parts(
    text: str, name: str, places: list[tuple[int, int]]
) -> Iterator[Element | Rejection] | None:
    """Return a root for each of *places* in *text*, or a Rejection; None if none can be read."""
    preamble = text[: places[0][0]]
    if len(preamble) > _PREAMBLE_CHARACTERS:
        root = _opening(preamble)
        preamble = preamble[: root.end()] if root else ""
    closing = _closing(preamble)
    return None if closing is None else _read(preamble, closing, text, name, places)


def _read(
    preamble: str, closing: str, text: str, name: str, places: list[tuple[int, int]]
) -> Iterator[Element | Rejection]:
    lines_before = preamble.count("\n")
    margin = len(preamble) - preamble.rfind("\n") - 1
    line, counted = 0, 0
    for start, end in places:
        line, counted = line + text.count("\n", counted, start), start
        try:
            yield _root(preamble + text[start:end] + closing)
        except etree.XMLSyntaxError as error:
            down, column = error.position[0] - lines_before - 1, error.position[1]
            if down <= 0:  # on the line where the part begins
                column += start - text.rfind("\n", 0, start) - 1 - margin
            problem = _problem(error)
            yield Rejection("BrokenDocument", problem, name, line + down + 1, max(column, 1))


def _closing(preamble: str) -> str | None:
    """Return the end tags that *preamble* lacks; None if it is not well formed so far."""
    parser = etree.XMLPullParser(events=("start", "end"), **_OPTIONS)
    try:
        parser.feed(preamble.encode("utf-8"))
    except etree.XMLSyntaxError:
        return None
    if any(one.domain != etree.ErrorDomains.NAMESPACE for one in parser.feed_error_log):
        return None
    names: list[str] = []
    for event, element in parser.read_events():
        if event == "start" and isinstance(element, Element):
            tag = str(element.tag).rpartition("}")[2]
            names.append(f"{element.prefix}:{tag}" if element.prefix else tag)
        else:
            names.pop()
    return "".join(f"</{name}>" for name in reversed(names))
