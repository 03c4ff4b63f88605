"""What an envelope carries: NITF, XHTML, HTML or plain text, in elements or written into a text.

NewsML 1.2, NewsML-G2 and ninjs put one format into another. What is inside becomes an Entry of its
own, with no more in it than the inside says; ``filled`` lets the envelope have the first word.
"""

from __future__ import annotations

import re
from html import unescape

from lxml import etree

from ..model import Entry, Text
from . import advisories, nitf
from .nitf.document import namespace_prefix
from .xml_tree import Element, attribute, fragment, words

__all__ = ["filled", "from_element", "from_text", "judged", "namespace_prefix", "text_or_html"]

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_HTML = frozenset(
    {"html", "body", "article", "section", "div", "p", "ul", "ol", "table", "blockquote", "pre"}
    | {"h1", "h2", "h3", "h4", "figure", "dl", "hr", "span", "main", "em", "strong", "b", "i", "a"}
)
_TAG = re.compile(
    r"<(?:p|div|section|article|br|h[1-6]|ul|ol|blockquote|body|table)\b", re.IGNORECASE
)
_HEADING = re.compile(r"<h1(?:\s[^<>]*)?>([^<>]*)</h1\s*>", re.IGNORECASE)
_BODY_OPENS = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_TITLE = re.compile(r"<title(?:\s[^<>]*)?>([^<>]*)</title", re.IGNORECASE)
_INNER_FIELDS = (
    *("title", "summary", "content", "authors", "categories", "published", "updated", "language"),
    *("images", "enclosures", "dateline", "wire_source", "rights", "usage", "status", "embargoed"),
    *("expires", "urgency", "cancels", "correction", "advisory", "attachments", "link"),
)


def from_element(holder: Element) -> Entry | None:
    """Return what the children of *holder* are: an Entry, or None for XML of another kind.

    An Entry without content says that there is no text at all.
    """
    inner = list(holder)
    for one in inner:
        if one.tag == "nitf":
            return nitf.entry_of(one)
    if not inner:
        text = (holder.text or "").strip()
        return Entry(format="", content=text_or_html(text) if text else None)
    pages = [one for one in inner if one.tag == "html"]
    if not pages and not any(one.tag in _HTML for one in inner):
        return None
    root = pages[0] if pages else holder
    page = root.find("body") if pages else holder
    title = words(root.find("head/title")) if pages else ""
    return _of_html(
        _inside(page) if page is not None else "", title, attribute(root, _LANGUAGE, "lang")
    )


def from_text(text: str, kind: str) -> Entry | None:
    """Return what *text* is by *kind*, a media type or a format's name; None if it is not read."""
    kind = kind.lower()
    if "nitf" in kind or re.match(r"\s*(?:<\?xml[^<>]*>\s*)?<nitf\b", text):
        root = fragment(text, namespace_prefix)
        return nitf.entry_of(root) if root is not None and root.tag == "nitf" else None
    if "html" in kind:
        return _of_html(text, "", "")
    if kind.endswith("xml") or kind.startswith(("image/", "video/", "audio/", "application/")):
        return None
    return Entry(format="", content=text_or_html(text.strip()) if text.strip() else None)


def filled(entry: Entry, inner: Entry | None) -> Entry:
    """Return *entry* with what it does not say itself taken from *inner*."""
    for name in _INNER_FIELDS if inner is not None else ():
        if getattr(entry, name) in (None, [], {}):
            setattr(entry, name, getattr(inner, name))
    if entry.content and entry.content.type == "html" and entry.title:
        entry.content = Text(_without_headline(entry.content.value, entry.title.value), "html")
    return entry


def judged(entry: Entry, slug: str = "") -> Entry:
    """Return *entry* without the notices to editors in its text, with what they say of it."""
    entry.advisory = entry.advisory or advisories.of_slug(slug)
    if entry.content and entry.content.type == "text":
        text, notices = advisories.take(entry.content.value)
        entry.content = Text(text)
        notices.put_on(entry)
    advisories.mark(entry)
    return entry


def text_or_html(value: str) -> Text:
    """Return *value* as HTML if there are blocks of HTML in it, else as plain text."""
    return Text(value, "html" if _TAG.search(value) else "text")


def _of_html(html: str, title: str, language: str) -> Entry:
    if opening := _BODY_OPENS.search(html):
        named = _TITLE.search(html, 0, opening.start())
        title = title or (unescape(named[1]).strip() if named else "")
        html = html[opening.end() :]
        end = html.lower().rfind("</body")
        html = html[:end] if end >= 0 else html
    heading = _HEADING.search(html)
    title = (unescape(heading[1]).strip() if heading else "") or title
    html = html.strip()
    return Entry(
        format="",
        title=Text(title) if title else None,
        content=Text(html, "html") if html else None,
        language=language or None,
    )


def _inside(element: Element) -> str:
    """Return what is in *element* as HTML, without elements of other vocabularies."""
    foreign = {str(one.tag) for one in element.iter() if str(one.tag).startswith("{")}
    if foreign:
        etree.strip_elements(element, *foreign, with_tail=False)
    start = (element.text or "").replace("&", "&amp;").replace("<", "&lt;")
    alone = etree.Element("body")  # elsewhere the namespaces of the envelope would be told
    alone.extend(list(element))
    etree.cleanup_namespaces(alone)
    pieces = (etree.tostring(one, encoding="unicode", method="html") for one in alone)
    return start + "".join(pieces)


def _without_headline(html: str, title: str) -> str:
    """Return *html* without the headline, which would stand there a second time."""
    heading = _HEADING.search(html)
    if heading and " ".join(unescape(heading[1]).split()) == " ".join(title.split()):
        return html[: heading.start()] + html[heading.end() :]
    return html
