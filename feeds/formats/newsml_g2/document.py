"""A NewsML-G2 document to its articles: one item, or a message of several.

A package says which items belong together: it is no article, and gives its pictures to its texts.
Concepts, knowledge, catalogues and plans are about news and not news; each says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import BrokenDocument
from ...model import Document, Entry, Image, Rejection
from ..newscodes import status, without_version
from ..wire_content import namespace_prefix
from ..xml_tree import Element, attribute, child, children, line_of, root_of, trees, words
from .concepts import LANGUAGE, Concepts
from .item import NAME, entry_of
from .pictures import TEXTS, is_picture, kind_of, picture

_NO_ARTICLES = {
    "packageItem": "a package refers to items and has no text of its own",
    "conceptItem": "a concept is knowledge about a thing and no news",
    "knowledgeItem": "knowledge about things is no news",
    "catalogItem": "a catalogue of schemes is no news",
    "planningItem": "a plan of coverage is no news yet",
}
_ITEMS = frozenset({"newsItem", *_NO_ARTICLES})
_ROOTS = frozenset({"newsMessage", *_ITEMS})


def recognises(document: Document, head: str) -> bool:
    """Tell by the root element: a message or an item, whatever its namespace."""
    return root_of(document, head)[0] in _ROOTS


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry for each article in *document*, and a rejection for each item that is none.

    Raises:
        BrokenDocument: (while iterating) it is too large, not well formed, or holds no item.
    """
    for root in trees(document, NAME, _ITEMS, namespace_prefix):
        if isinstance(root, Rejection):
            yield root
        else:
            yield from _message(root)


def _message(root: Element) -> Iterator[Entry | Rejection]:
    items = [root] if root.tag in _ITEMS else _items(root)
    if not items:
        raise BrokenDocument(NAME, "the message holds no item", line_of(root), 1)
    texts = [one for one in items if one.tag == "newsItem" and kind_of(one) in TEXTS]
    pictures = {_id(one): one for one in items if one.tag == "newsItem" and is_picture(one)}
    shown = _pictures_of(items, texts, pictures)
    told = {guid for guids in shown.values() for guid in guids}
    priority = words(child(root, "header", "priority"))
    for item in items:
        if item.tag == "newsItem":
            if _id(item) not in told or _id(item) not in pictures:
                images = [pictures[guid] for guid in shown.get(_id(item), ())]
                yield entry_of(item, _images(images), priority)
        elif item.tag != "packageItem" or not texts:
            yield _no_article(item)


def _items(message: Element) -> list[Element]:
    return [one for items in children(message, "itemSet") for one in children(items, *_ITEMS)]


def _id(item: Element) -> str:
    return without_version(attribute(item, "guid"), item.get("version"))


def _pictures_of(
    items: list[Element], texts: list[Element], pictures: dict[str, Element]
) -> dict[str, list[str]]:
    """Return which of *pictures* belong to each text, by their ids.

    A text links to a picture, or stands in one group of a package with it; in a message with one
    text, all pictures are its own.
    """
    found = {_id(text): _references(child(text, "itemMeta"), "link") for text in texts}
    for package in items:
        for group in children(child(package, "groupSet"), "group"):
            members = _references(group, "itemRef")
            if first := next((one for one in members if one in found), None):
                found[first] += members
    if len(found) == 1:
        found = {text: [*linked, *pictures] for text, linked in found.items()}
    return {
        text: [one for one in dict.fromkeys(linked) if one in pictures]
        for text, linked in found.items()
    }


def _references(holder: Element | None, name: str) -> list[str]:
    refs = children(holder, name)
    return [
        without_version(attribute(one, "residref", "guidref"), one.get("version")) for one in refs
    ]


def _images(items: list[Element]) -> list[Image]:
    """Return the pictures in *items* that may be shown."""
    found: list[Image | None] = []
    for item in items:
        says = status(attribute(child(item, "itemMeta", "pubStatus"), "qcode", "uri"))
        contents = child(item, "contentSet")
        if contents is not None and says in {None, "usable"}:
            concepts = Concepts(item, item.get(LANGUAGE) or "")
            found.append(picture(contents, child(item, "contentMeta"), concepts))
    return [image for image in found if image]


def _no_article(item: Element) -> Rejection:
    guid = attribute(item, "guid") or "without a guid"
    problem = f"{guid}: {_NO_ARTICLES[str(item.tag)]}"
    return Rejection("InvalidArticle", problem, NAME, line_of(item))
