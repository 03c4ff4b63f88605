"""Pictures of a NewsML-G2 item: its renditions, and what is said of them."""

from __future__ import annotations

import base64
import binascii

from ...model import Enclosure, Image
from ..newscodes import bare
from ..xml_tree import Element, attribute, child, children, words
from .concepts import Concepts

_CAPTIONS = frozenset({"caption", "summary", "description", ""})
_ALTERNATIVES = frozenset({"alt", "alttext", "accessibility", "altdescription"})
_PICTURES = frozenset({"picture", "graphic", "photo", "image"})
TEXTS = frozenset({"", "text", "composite"})
"""The natures of an item that may be an article."""
_PIXELS = range(1, 100_000)


def kind_of(item: Element) -> str:
    """Return the nature of *item* in one word ("text", "picture"), "" where it does not say."""
    code = child(item, "itemMeta", "itemClass")
    return bare(attribute(code if code is not None else child(item, "itemClass"), "qcode", "uri"))


def is_picture(item: Element) -> bool:
    """Tell whether *item* is a still picture."""
    return kind_of(item) in _PICTURES


def picture(holder: Element, meta: Element | None, concepts: Concepts) -> Image | None:
    """Return the largest rendition in *holder* that is an image, with the words in *meta*.

    *holder* is a ``contentSet`` or a ``link``; *meta* a ``contentMeta`` or a ``partMeta``.
    """
    best = max(_images(holder), key=_area, default=None)
    words_on_it = descriptions(meta, concepts)
    caption = next((words_on_it[role] for role in _CAPTIONS if role in words_on_it), "")
    if best is None and not caption:
        return None
    return Image(
        local(attribute(best, "href")) or None,
        alt=next((words_on_it[role] for role in _ALTERNATIVES if role in words_on_it), "")
        or words(child(meta, "headline")),
        caption=caption,
        credit=words(child(meta, "creditline")) or concepts.name(child(meta, "creator")),
        width=_pixels(best, "width"),
        height=_pixels(best, "height"),
    )


def descriptions(meta: Element | None, concepts: Concepts) -> dict[str, str]:
    """Return the descriptions by their roles, in the item's language where there are several."""
    roles: dict[str, list[Element]] = {}
    for one in children(meta, "description"):
        roles.setdefault(bare(attribute(one, "role")), []).append(one)
    said = {role: concepts.text(ones) for role, ones in roles.items()}
    return {role: text for role, text in said.items() if text}


def enclosures(contents: Element | None) -> list[Enclosure]:
    """Return the sounds and films of a text: the first rendition of each that has an address."""
    found: dict[str, Enclosure] = {}
    for one in children(contents, "remoteContent"):
        media, href = attribute(one, "contenttype").lower(), attribute(one, "href")
        if media.startswith(("audio/", "video/")) and "://" in href:
            size = attribute(one, "size")
            length = int(size) if size.isdecimal() and len(size) < 16 else None  # noqa: PLR2004
            found.setdefault(media.partition("/")[0], Enclosure(href, media, length))
    return list(found.values())


def carried(contents: Element | None) -> dict[str, bytes]:
    """Return the pictures whose bytes stand in the item (``inlineData``), by a name of ours."""
    found: dict[str, bytes] = {}
    for one in children(contents, "inlineData"):
        media = attribute(one, "contenttype").lower()
        if media.startswith("image/"):
            try:
                data = base64.b64decode(words(one).replace(" ", ""), validate=True)
            except (binascii.Error, ValueError):
                continue
            found[f"inline-{len(found) + 1}.{media.partition('/')[2][:8]}"] = data
    return found


def local(href: str) -> str:
    """Return *href*; of a file on the sender's disk its name, as it may lie beside the item."""
    if href.lower().startswith("file:"):
        return href.replace("\\", "/").rpartition("/")[2].strip()
    return href.removeprefix("./")


def _images(holder: Element) -> list[Element]:
    return [
        one
        for one in children(holder, "remoteContent")
        if attribute(one, "href")
        and (attribute(one, "contenttype") or "image/").lower().startswith("image/")
    ]


def _area(content: Element) -> int:
    return (_pixels(content, "width") or 1) * (_pixels(content, "height") or 1)


def _pixels(content: Element | None, name: str) -> int | None:
    value = attribute(content, name)
    number = int(value) if value.isdecimal() and len(value) < 6 else 0  # noqa: PLR2004  # 99,999
    return number if number in _PIXELS else None
