"""The tree of ``NewsComponent`` in a NewsML 1.2 item: which part is the text, which a picture.

A component has a role, lines (``NewsLines``), metadata, and either components or content items in
it. Providers nest them as they like: what a component does not say, the one around it says.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from ...model import Enclosure, Entry, Image
from ..newscodes import bare
from ..wire_content import from_element, from_text
from ..xml_tree import Element, attribute, child, children, words

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_BODIES = ("main", "body", "maintext", "bodytext", "story", "text", "article", "content", "")
_SUMMARIES = frozenset({"abstract", "summary", "lead", "teaser", "standfirst", "subheadline"})
_CAPTIONS = frozenset({"caption", "legend", "photocaption", "description"})
_SMALL = frozenset({"thumbnail", "thumb", "quicklook", "icon", "logo"})
_NO_TEXTS = frozenset(
    {"stylesheet", "contact", "headline", "logo", "keywords", "metadata", "usagerights", "ednote"}
    | {"editorsnote", "slugline", "advisory", "byline", "credit", "copyright"}
)
_PIXELS = range(1, 100_000)


def components(item: Element) -> Iterator[Element]:
    """Yield the components of *item*, the outer before what is in it."""
    for top in children(item, "NewsComponent"):
        yield from top.iter("NewsComponent")


def lines(component: Element, name: str) -> list[str]:
    """Return the lines *name* (``HeadLine``) of *component*, or of the next around it."""
    at: Element | None = component
    while at is not None and at.tag == "NewsComponent":
        found = [words(one) for one in children(child(at, "NewsLines"), name)]
        if any(found):
            return [text for text in found if text]
        at = at.getparent()
    return []


def text_of(item: Element, language: str) -> tuple[Element | None, Entry | None, str]:
    """Return the component with the text of *item*, what is in it, and else what is not read.

    Of several the one with the best role is taken; between those, one in *language*: alternatives
    are the same story again.
    """
    best: tuple[tuple[int, bool], Element, Entry] | None = None
    unread = ""
    for component in components(item):
        role = _role(component)
        if role in _NO_TEXTS | _SUMMARIES | _CAPTIONS or _is_picture(component):
            continue
        for content in children(component, "ContentItem"):
            entry, kind = _read(content)
            unread = unread or kind
            if entry is None or not entry.content:
                continue
            place = _BODIES.index(role) if role in _BODIES else len(_BODIES)
            rank = (place, not _is_in(component, language))
            if best is None or rank < best[0]:
                best = (rank, component, entry)
    return (best[1], best[2], "") if best else (None, None, unread)


def summary_of(item: Element) -> str:
    """Return the words of the component, or of the line, that is the summary of *item*."""
    said: list[str] = []
    for component in components(item):
        if _role(component) in _SUMMARIES - {"subheadline"}:
            said += [words(_data(one)) for one in children(component, "ContentItem")]
        for line in children(child(component, "NewsLines"), "NewsLine"):
            if bare(attribute(child(line, "NewsLineType"), "FormalName")) in _SUMMARIES:
                said.append(words(child(line, "NewsLineText")))
    return next(filter(None, said), "")


def media_of(item: Element) -> tuple[list[Image], list[Enclosure], dict[str, bytes]]:
    """Return pictures, sounds and films of *item*, and the bytes of those that it carries."""
    images: list[Image] = []
    files: list[Enclosure] = []
    carried: dict[str, bytes] = {}
    for component in components(item):
        renditions = children(component, "ContentItem")
        pictures = [one for one in renditions if _media(one) == "image"]
        if _role(component) not in _SMALL and pictures:
            best = max(pictures, key=_area)
            href = attribute(best, "Href") or _bytes_of(best, carried)
            images.append(_image(component, best, href))
        films = [one for one in renditions if _media(one) in {"audio", "video"}]
        for one in [one for one in films if "://" in attribute(one, "Href")][:1]:
            mime = attribute(child(one, "MimeType"), "FormalName")
            files.append(Enclosure(attribute(one, "Href"), mime))
    return [one for one in images if one.url or one.caption], files, carried


def _read(content: Element) -> tuple[Entry | None, str]:
    """Return what a content item holds, or what kind it is of that is not read."""
    data = _data(content)
    named = [attribute(child(content, name), "FormalName") for name in ("MimeType", "Format")]
    kind = next((one for one in named if one), "")
    if data is None or not words(data) or _media(content) in {"image", "audio", "video"}:
        return None, ""
    text = data.text or ""
    if child(content, "Encoding") is not None:
        raw = _decoded(data)
        text = raw.decode("utf-8", "replace") if raw else ""
    found = from_element(data) if len(data) else from_text(text, " ".join(named))
    return (found, "") if found is not None else (None, kind or "unknown")


def _data(content: Element) -> Element | None:
    """Return the element that holds the data: an encoding may be around it."""
    encoded = child(content, "Encoding", "DataContent")
    return encoded if encoded is not None else child(content, "DataContent")


def _decoded(data: Element) -> bytes | None:
    around = data.getparent()
    notation = attribute(around, "Notation", "FormalName").lower()
    try:
        return (
            base64.b64decode(words(data).replace(" ", ""), validate=True)
            if "64" in notation
            else None
        )
    except (binascii.Error, ValueError):
        return None


def _bytes_of(content: Element, carried: dict[str, bytes]) -> str | None:
    data = _data(content)
    raw = _decoded(data) if data is not None else None
    if not raw:
        return None
    name = f"content-{len(carried) + 1}"
    carried[name] = raw
    return name


def _media(content: Element) -> str:
    """Return the first half of the media type: "image" for ``image/jpeg`` and for ``Photo``."""
    mime = attribute(child(content, "MimeType"), "FormalName").lower()
    kind = mime.partition("/")[0] or bare(attribute(child(content, "MediaType"), "FormalName"))
    return {"photo": "image", "picture": "image", "graphic": "image"}.get(kind, kind)


def _is_picture(component: Element) -> bool:
    items = children(component, "ContentItem")
    return bool(items) and all(_media(one) in {"image", "audio", "video"} for one in items)


def _image(component: Element, best: Element, href: str | None) -> Image:
    captions = [
        " ".join(words(_data(content)) for content in children(one, "ContentItem"))
        for one in component.iter("NewsComponent")
        if _role(one) in _CAPTIONS
    ]
    own = [words(one) for one in children(child(component, "NewsLines"), "HeadLine")]
    thanks = lines(component, "CreditLine") or lines(component, "ByLine")
    return Image(
        href,
        caption=next(filter(None, captions), "") or next(filter(None, own), ""),
        credit=thanks[0] if thanks and child(component, "NewsLines") is not None else "",
        width=_pixels(best, "Width"),
        height=_pixels(best, "Height"),
    )


def _area(content: Element) -> int:
    return (_pixels(content, "Width") or 1) * (_pixels(content, "Height") or 1)


def _pixels(content: Element, side: str) -> int | None:
    """Return a size, which providers write as a property: ``PixelWidth``, ``Width``."""
    for one in children(child(content, "Characteristics"), "Property"):
        value = attribute(one, "Value")
        if attribute(one, "FormalName").endswith(side) and value.isdecimal() and len(value) < 6:  # noqa: PLR2004  # 99,999
            return int(value) if int(value) in _PIXELS else None
    return None


def _role(component: Element) -> str:
    return bare(attribute(child(component, "Role"), "FormalName")).replace(" ", "")


def _is_in(component: Element, language: str) -> bool:
    at: Element | None = component
    while at is not None and at.tag == "NewsComponent":
        own = attribute(child(at, "DescriptiveMetadata", "Language"), "FormalName") or at.get(
            LANGUAGE
        )
        if own:
            return own.lower() == language.lower()
        at = at.getparent()
    return True
