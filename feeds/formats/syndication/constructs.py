"""Text constructs of Atom (RFC 4287, 3.1): plain text, escaped HTML, and XHTML made HTML again."""

from __future__ import annotations

import re
from typing import Literal
from xml.sax.saxutils import escape

from lxml import etree

from ...model import Text
from .vocabulary import ATOM, Unsure, text_of

_TYPES: dict[str, Literal["text", "html"]] = {
    "": "text",
    "text": "text",
    "text/plain": "text",
    "html": "html",
    "text/html": "html",
}
_XML = "{http://www.w3.org/XML/1998/namespace}"
_HTML_NAMESPACES = ("{http://www.w3.org/1999/xhtml", "", "{" + ATOM.lower())
_XHTML = ("xhtml", "application/xhtml+xml")
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr").fullmatch
"""HTML, 13.1.2: the elements that have no end tag."""


def text_construct(element: etree._Element | None) -> Text | None:
    """Read a text construct (RFC 4287, 3.1), or ``content`` where it is text (4.1.3)."""
    if element is None or not (element.text or len(element)):
        return None  # 4.1.3.2: with src, the content stands elsewhere
    if element.get("mode") == "base64":  # Atom 0.3
        raise Unsure
    declared = element.get("type", "").lower()
    if not declared and any(key.lower() == "type" for key in element.keys()):  # noqa: SIM118
        raise Unsure  # a feed that writes tYpe
    if declared in _XHTML:
        value = _markup(element)
    elif declared in _TYPES:
        value = text_of(element)
    else:
        raise Unsure
    return Text(value, _TYPES.get(declared, "html")) if value else None


def plain(element: etree._Element | None) -> str | None:
    """Read a text construct of which only the words are wanted."""
    text = text_construct(element)
    return text.value if text else None


def _markup(element: etree._Element) -> str:
    """Serialise inline XHTML as HTML, without the ``div`` that only wraps it (3.1.1.3)."""
    inside = element
    if element.tag.startswith("{" + ATOM) and len(element) == 1:
        (only,) = element
        wraps = only.tag.rpartition("}")[2].lower() == "div"
        if wraps and not (element.text or "").strip() and not (only.tail or "").strip():
            inside = only
    pieces = [escape(inside.text or "")]
    for child in inside:
        _serialise(child, pieces)
    return "".join(pieces).strip()


def _serialise(element: etree._Element, pieces: list[str]) -> None:
    """Add *element* and its tail; lxml stops at a depth of 256, so this one ends as well."""
    namespace, _, name = element.tag.lower().rpartition("}")
    if namespace not in _HTML_NAMESPACES:
        raise Unsure  # SVG, MathML
    pieces.append(f"<{name}")
    for key, value in element.items():
        attribute = str(key).replace(_XML, "xml:").lower()
        if attribute[0] == "{":
            raise Unsure
        quoted = escape(str(value), {'"': "&quot;"})
        pieces.append(f' {attribute}="{quoted}"')
    if _VOID(name):
        pieces.append("/>")
    else:
        pieces += (">", escape(element.text or ""))
        for child in element:
            _serialise(child, pieces)
        pieces.append(f"</{name}>")
    pieces.append(escape(element.tail or ""))
