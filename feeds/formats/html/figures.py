"""Pictures of a page with their words, and where in the text they stand.

Extraction keeps an <img> and loses what makes a figure of it. So each image is marked with a number
before the text is cut out, its caption is put aside, and both are put back after.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement, builder

from ...model import Image
from .facts import clean, pixels

NUMBERED = re.compile(r"/wireroom-(\d+)\.jpg")
"""The address that an image bears while the text is cut out: its number."""

_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-url")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_CREDIT_WORDS = ("credit", "copyright", "photographer", "creditline")
_CREDIT = re.compile(
    r"[\s(\[|]*\b(?:photo(?:graph)?|image|picture|foto|illustration|credit)s?(?: credit)?"
    r"\s?(?::|\bby\b)\s?([^()\[\]]{2,120})[)\]]?\.?$",
    re.IGNORECASE,
)
_PIXEL = 2  # an image this wide or high counts readers
_ANCESTORS = 6  # figure > a > picture > img, and a wrapper or two
_INSIDE_BLOCKS = frozenset({"p", "a", "span", "em", "strong", "b", "i", "picture"})


def mark(root: HtmlElement) -> dict[int, Image]:
    """Replace each image in *root* by a numbered mark; return the images by their numbers."""
    images: dict[int, Image] = {}
    for number, element in enumerate(list(root.iter("img"))):
        figure = ancestor(element, "figure")
        caption, credit = _words(figure) if figure is not None else ("", "")
        width, height = pixels(element.get("width")), pixels(element.get("height"))
        url = _address(element)
        alt = clean(element.get("alt")) or ""
        if not url or min(width or _PIXEL + 1, height or _PIXEL + 1) <= _PIXEL:
            element.drop_tree()
            continue
        images[number] = Image(url, alt, caption, credit, width, height)
        element.attrib.clear()
        element.set("src", f"/wireroom-{number}.jpg")
    return images


def restore(root: HtmlElement, images: dict[int, Image]) -> list[Image]:
    """Put the images whose marks are in *root* back, as figures where they have words."""
    shown: list[Image] = []
    for element in list(root.iter("img")):
        number = NUMBERED.fullmatch(element.get("src") or "")
        image = images.get(int(number[1])) if number else None
        if image is None or not image.url:
            element.drop_tree()
            continue
        shown.append(image)
        element.set("src", image.url)
        element.set("alt", image.alt)
        if image.width and image.height:
            element.set("width", str(image.width))
            element.set("height", str(image.height))
        words = f"{image.caption} ({image.credit})" if image.caption and image.credit else ""
        if words or image.caption or image.credit:
            _wrap(element, words or image.caption or image.credit)
    return shown


def _wrap(element: HtmlElement, words: str) -> None:
    """Make a figure of an image, outside of the paragraph that it may stand in."""
    figure = ancestor(element, "figure")
    if figure is None:
        block = element
        while (parent := block.getparent()) is not None and parent.tag in _INSIDE_BLOCKS:
            block = parent
        figure = builder.E.figure()
        block.addnext(figure)
        element.drop_tree()
        element.tail = None
        figure.append(element)
    figure.append(builder.E.figcaption(words))


def ancestor(element: HtmlElement, tag: str) -> HtmlElement | None:
    """Return the element of this *tag* that *element* stands in, if one is near."""
    for depth, outer in enumerate(element.iterancestors()):
        if outer.tag == tag:
            return outer
        if depth == _ANCESTORS:
            break
    return None


def _words(figure: HtmlElement) -> tuple[str, str]:
    """Return caption and credit of a figure, and take them out of it."""
    caption = figure.find(".//figcaption")
    if caption is None:
        return "", ""
    credit = ""
    for part in caption.iterdescendants():
        names = f"{part.get('class') or ''} {part.get('itemprop') or ''}".lower()
        if any(word in names for word in _CREDIT_WORDS):
            credit = clean(part.text_content()) or ""
            part.drop_tree()
            break
    text = clean(caption.text_content()) or ""
    caption.drop_tree()
    if found := _CREDIT.search(f" {credit or text}"):
        if not credit:
            text = text[: max(found.start() - 1, 0)].rstrip(" ([|")
        credit = found[1].strip()
    return text, credit


def _address(element: HtmlElement) -> str | None:
    """Return where the image is, also where a script would have filled it in."""
    url = (element.get("src") or "").strip()
    if url and not url.startswith("data:"):
        for name in _SOURCES:  # src is then a placeholder
            if later := (element.get(name) or "").strip():
                return later
        return url
    candidates = [element.get(name) for name in (*_SOURCES, *_SETS)]
    picture = ancestor(element, "picture")  # not the parent: libxml2 puts <img> into <source>
    if picture is not None:
        candidates += [source.get(name) for source in picture.iter("source") for name in _SETS]
    return next((_largest(value) for value in candidates if value and _largest(value)), None)


def _largest(srcset: str) -> str | None:
    """Return the last address of a srcset, by custom the largest; a plain address is itself."""
    last = srcset.replace(",\n", ", ").split(", ")[-1].split()
    return last[0] if last and not last[0].startswith("data:") else None
