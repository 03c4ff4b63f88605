"""A NewsML-G2 ``newsItem`` to an Entry.

The envelope (``itemMeta``, ``contentMeta``) goes before what the content says of itself, and fills
up from it. ``edNote`` is for the desk and is not read at all.
"""

from __future__ import annotations

from typing import Any

from ...model import Entry, Image, Person, Rejection, Text
from ..byline import people, person
from ..datelines import place_in
from ..newscodes import (
    CORRECTED,
    NO_TEXT,
    bare,
    is_correction,
    is_flash,
    is_recall,
    issuer,
    status,
    urgency,
    without_version,
)
from ..wire_content import filled, from_element, from_text, judged
from ..xml_tree import Element, attribute, child, children, line_of, words
from .concepts import LANGUAGE, Concepts
from .pictures import TEXTS, carried, descriptions, enclosures, kind_of, local, picture

NAME = "newsml-g2"

_SUMMARIES = ("summary", "abstract", "teaser", "lead", "deck", "standfirst", "description", "")
_MAIN_HEADLINES = frozenset({"", "main", "headline", "title", "full"})
_AUTHORS = frozenset({"", "author", "writer", "reporter", "byline", "creator", "correspondent"})
_PAGES = frozenset({"isa", "canonical", "permalink", "alternate", "hasrepresentation"})
_ORGANISATIONS = frozenset({"organisation", "organization"})


def entry_of(item: Element, pictures: list[Image], priority: str) -> Entry | Rejection:
    """Return the article in *item*, or why there is none.

    *pictures* are those of other items that belong to it; *priority* is the message's, which holds
    where the item has no urgency.
    """
    meta, contents = child(item, "contentMeta"), child(item, "contentSet")
    language = attribute(child(meta, "language"), "tag") or item.get(LANGUAGE) or ""
    concepts = Concepts(item, language)
    inner, unread = _inner(contents)
    permissions = _permissions(child(item, "itemMeta"))
    descriptions_ = descriptions(meta, concepts)
    headline = _headline(meta, concepts)
    summary = next((descriptions_[role] for role in _SUMMARIES if role in descriptions_), "")
    upstream_id = without_version(item.get("guid", "").strip(), item.get("version"))
    entry = Entry(
        format=NAME,
        upstream_id=upstream_id or None,
        version=item.get("version"),
        title=Text(headline) if headline else None,
        summary=Text(summary) if summary else None,
        authors=_authors(meta, concepts),
        categories=concepts.topics(meta),
        language=language or None,
        images=_images(item, concepts) + pictures,
        enclosures=enclosures(contents),
        dateline=place_in(words(child(meta, "dateline")) or concepts.name(child(meta, "located"))),
        urgency=urgency(words(child(meta, "urgency")) or priority),
        attachments=carried(contents),
        **permissions,
        **_dates(item),
        **_parties(item, upstream_id, concepts),
        **_rights(item, concepts),
    )
    entry.images += [Image(name) for name in entry.attachments]
    entry.link = _link(item)
    filled(entry, inner)
    if entry.status != "canceled" and (problem := _no_article(item, entry, unread)):
        return Rejection("InvalidArticle", problem, NAME, line_of(item))
    return judged(entry, words(child(meta, "slugline")))


def _no_article(item: Element, entry: Entry, unread: str) -> str | None:
    """Return why *entry* is no article, in a sentence; None if it is one."""
    kind = kind_of(item)
    problem = None
    if kind not in TEXTS:
        problem = f"an item of the kind {kind!r} is no article of text"
    elif entry.content:
        return None
    elif unread:
        problem = f"its content is {unread}, which is no text to be read"
    elif kind == "composite":
        problem = "a composite without a text of its own is no article"
    elif not (entry.title or entry.summary):
        problem = "has neither a headline nor a body nor a description"
    elif not (entry.summary or is_flash(entry.urgency) or entry.status == "withheld"):
        problem = NO_TEXT
    return f"{item.get('guid', 'without a guid')}: {problem}" if problem else None


def _inner(contents: Element | None) -> tuple[Entry | None, str]:
    """Return the first content that can be read, and else what kind could not be."""
    unread = ""
    for one in children(contents, "inlineXML", "inlineData"):
        kind = attribute(one, "contenttype")
        if not words(one) or kind.lower().startswith("image/"):
            continue
        found = from_element(one) if len(one) else from_text(one.text or "", kind)
        if found is not None and (found.content or found.title):
            return found, ""
        unread = unread or kind or (f"<{one[0].tag}>" if len(one) else "empty")
    return None, unread


def _permissions(meta: Element | None) -> dict[str, Any]:
    """Return status, embargo and expiry, and what the signals say.

    ``embargoed`` is DateTimeOrNull: an empty element is an embargo without a known end. A usable
    item with a signal that takes it back contradicts itself, and a person must decide.
    """
    signals = [
        attribute(one, "qcode", "uri", "literal") for one in children(meta, "signal", "role")
    ]
    embargo = child(meta, "embargoed")
    recall = next((signal for signal in signals if is_recall(signal)), None)
    return {
        "status": status(attribute(child(meta, "pubStatus"), "qcode", "uri", "literal")),
        "embargoed": None if embargo is None else words(embargo),
        "expires": words(child(meta, "expires")) or None,
        "correction": CORRECTED if any(map(is_correction, signals)) else None,
        "advisory": f"it carries the signal {recall}" if recall else None,
    }


def _headline(meta: Element | None, concepts: Concepts) -> str:
    headlines = children(meta, "headline")
    main = [one for one in headlines if bare(attribute(one, "role")) in _MAIN_HEADLINES]
    return concepts.text(main) or concepts.text(headlines)


def _dates(item: Element) -> dict[str, Any]:
    """Return the first creation that is known, and that of this version."""
    places = (("itemMeta", "firstCreated"), ("contentMeta", "contentCreated"))
    version = words(child(item, "itemMeta", "versionCreated")) or None
    first = (words(child(item, *place)) for place in places)
    return {"published": next(filter(None, first), version), "updated": version}


def _parties(item: Element, upstream_id: str, concepts: Concepts) -> dict[str, Any]:
    """Return who provides the item, and whom the provider has it from."""
    provider = child(item, "itemMeta", "provider")
    holder = child(item, "rightsInfo", "copyrightHolder")
    meta = child(item, "contentMeta")
    publisher = concepts.party(provider) or concepts.name(holder)
    sources = children(meta, "infoSource")
    sources.sort(key=lambda one: bare(attribute(one, "role")) != "origprov")
    source = next(filter(None, map(concepts.party, sources)), words(child(meta, "creditline")))
    address = attribute(provider, "uri")
    return {
        "publisher": publisher or None,
        "publisher_link": address if "://" in address else None,
        "wire_source": source if source and source.casefold() != publisher.casefold() else None,
        "provider": issuer(upstream_id, concepts.party(provider) or address),
    }


def _authors(meta: Element | None, concepts: Concepts) -> list[Person]:
    """Return whom the byline names, else the creators; a creator that is only a code is nobody."""
    by = people(concepts.text(children(meta, "by")))
    if by:
        return by
    creators = [
        one for one in children(meta, "creator") if bare(attribute(one, "role")) in _AUTHORS
    ]
    people_first = sorted(creators, key=lambda one: bare(attribute(one, "type")) in _ORGANISATIONS)
    sources = {concepts.party(one).casefold() for one in children(meta, "infoSource")}
    named = [
        person(name, None, uri if (uri := attribute(one, "uri")).startswith("http") else None)
        for one in people_first
        if (name := concepts.name(one))
        and name.casefold() != bare(attribute(one, "qcode"))
        and name.casefold() not in sources
    ]
    return [someone for someone in named if someone]


def _rights(item: Element, concepts: Concepts) -> dict[str, Any]:
    infos = children(item, "rightsInfo")
    notices = [one for info in infos for one in children(info, "copyrightNotice")]
    terms = [one for info in infos for one in children(info, "usageTerms")]
    holders = (concepts.party(child(info, "copyrightHolder")) for info in infos)
    holder = next(filter(None, holders), "")
    return {
        "rights": concepts.text(notices) or (f"© {holder}" if holder else None),
        "usage": concepts.text(terms) or None,
    }


def _images(item: Element, concepts: Concepts) -> list[Image]:
    """Return the pictures in the item and in its links, with the words of their ``partMeta``."""
    contents = child(item, "contentSet")
    parts = {
        ref: part
        for part in children(item, "partMeta")
        for ref in attribute(part, "contentrefs").split()
    }
    of_parts = {attribute(one, "id"): one for one in children(contents, "remoteContent")}
    links = children(child(item, "itemMeta"), "link")
    images = [
        picture(link, link, concepts) for link in links if child(link, "remoteContent") is not None
    ]
    told = [parts[name] for name in of_parts if name in parts]
    if contents is not None and kind_of(item) in TEXTS:
        images.append(picture(contents, told[0] if told else None, concepts))
    return [image for image in images if image and (image.url or image.caption)]


def _link(item: Element) -> str | None:
    """Return the address of the article's own page, where the item links to it."""
    for one in children(child(item, "itemMeta"), "link"):
        if bare(attribute(one, "rel")) in _PAGES and "://" in attribute(one, "href"):
            return attribute(one, "href")
    for one in children(child(item, "contentSet"), "remoteContent"):
        if attribute(one, "contenttype").lower().startswith("text/html"):
            return local(attribute(one, "href")) or None
    return None
