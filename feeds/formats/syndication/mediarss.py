"""Media RSS 1.5.1: which pictures an entry has, and the words that belong to them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from lxml import etree

from ...model import Enclosure, Image
from .found import Link
from .vocabulary import FIELDS, address

_EXTENSIONS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg")
_PIXEL_DIGITS = 5  # a width of 100,000 pixels is no width
_LENGTH_DIGITS = 15  # a petabyte
_WORDS = {"media:title": "alt", "media:description": "caption", "media:credit": "credit"}
_THUMBNAIL = "media:thumbnail"
_SHOWN = ("media:content", "media:group", _THUMBNAIL)
LISTS_OF_MEDIA = dict.fromkeys((*_WORDS, *_SHOWN), "media")


class Pictures(msgspec.Struct):
    """What was found: *shown* (content, enclosures, cover) and the small *thumbnails* of it."""

    shown: list[Image] = []
    thumbnails: list[Image] = []

    def chosen(self) -> list[Image]:
        """Return each picture once, in its widest form; a thumbnail only where nothing else is.

        Sizes of one picture differ in the query of the address (Guardian: ``?width=140``).
        """
        if len(self.shown) == 1:
            return self.shown
        by_address: dict[str, Image] = {}
        for image in self.shown or self.thumbnails[:1]:
            key = (image.url or "").partition("?")[0]
            other = by_address.get(key)
            if other is None or (image.width or 0) > (other.width or 0):
                by_address[key] = image
        return list(by_address.values())


def media_of(
    elements: list[etree._Element] | None,
    links: list[Link],
    covers: list[etree._Element] | None,
    base: str | None,
) -> tuple[list[Image], list[Enclosure]]:
    """Return the pictures and the other files of one entry.

    *elements* are its children in the namespace of Media RSS, *covers* are ``itunes:image``; *base*
    is what the links are relative to.
    """
    pictures = Pictures()
    if elements:
        small: list[etree._Element] = []
        gather(elements, pictures, small, {})
        if not pictures.shown:
            pictures.thumbnails = _thumbnails(small)
    files = enclosures(links, pictures, base)
    if covers and (href := covers[-1].get("href") or covers[-1].get("url")):
        pictures.shown.append(Image(href))
    return pictures.chosen(), files


def enclosures(links: Iterable[Link], pictures: Pictures, base: str | None) -> list[Enclosure]:
    """Return the enclosures among *links*; those that are images go to *pictures* instead.

    A picture that readers show must not be offered as a download as well.
    """
    files: dict[str, Enclosure] = {}
    for link in links:
        if link.rel != "enclosure" or not link.href:
            continue
        url = address(link.href, base) or link.href
        if is_image(url, link.type):
            pictures.shown.append(Image(url))
        elif url not in files:
            length = link.length if len(link.length) <= _LENGTH_DIGITS else ""
            size = int(length) if length.isascii() and length.isdigit() else 0
            # feedparser makes up that a link without a type is a page, which no enclosure is.
            media_type = "" if link.type == "text/html" else link.type
            files[url] = Enclosure(url, media_type, size or None)
    return list(files.values())


def is_image(url: str, media_type: str, medium: str = "") -> bool:
    """Tell by medium, then by media type, then by the name in the address whether it is one.

    The faces that WordPress.com adds to each item are of the author, not of the story.
    """
    if not url or "gravatar.com/avatar/" in url:
        return False
    if medium or media_type:
        return medium == "image" or media_type.startswith("image/")
    return url.partition("?")[0].lower().endswith(_EXTENSIONS)


def pixels(text: str | None) -> int | None:
    """Read a width or a height; what is no plain positive number is unknown."""
    if text and len(text) <= _PIXEL_DIGITS and text.isascii() and text.isdigit():
        return int(text) or None
    return None


def gather(
    elements: Iterable[etree._Element],
    pictures: Pictures,
    small: list[etree._Element],
    above: dict[str, str],
) -> dict[str, str]:
    """Add the pictures among *elements* to *pictures*, the thumbnails to *small*, as they stand.

    "Elements at a higher level apply to what stands below" (Media RSS, optional elements): a
    description beside ``media:content`` is its caption unless it has one inside. *above* are the
    words of the higher levels; those that hold at this one are returned.
    """
    words = dict(above)
    shown: list[tuple[str, etree._Element]] = []
    for element in elements:
        field = FIELDS[element.tag]
        if field in _WORDS:
            if text := (element.text or "").strip():
                words[_WORDS[field]] = text
        elif field in _SHOWN:
            shown.append((field, element))
    for field, element in shown:
        if field == _THUMBNAIL:
            small.append(element)
            continue
        inside = gather(element, pictures, small, words) if len(element) else words
        url = element.get("url", "")  # a group has none
        if is_image(url, element.get("type", "").lower(), element.get("medium", "")):
            pictures.shown.append(_image(element, url, inside))
    return words


def _thumbnails(elements: list[etree._Element]) -> list[Image]:
    found = [(one, one.get("url") or (one.text or "").strip()) for one in elements]
    return [_image(element, url, {}) for element, url in found if url]


def _image(element: etree._Element, url: str, words: dict[str, str]) -> Image:
    width, height = element.get("width"), element.get("height")
    return Image(
        url,
        width=pixels(width) if width else None,
        height=pixels(height) if height else None,
        **words,
    )
