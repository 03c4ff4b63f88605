"""A NewsML 1.2 document to its articles: one for each ``NewsItem``.

Identity is ProviderId, DateId and NewsItemId; the RevisionId is the version (NewsML 1.2, 5.3).
Comments and ``edNote``-like components are for the desk and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...errors import BrokenDocument
from ...model import Document, Entry, Person, Rejection, Text
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
    subject,
    urgency,
    without_version,
)
from ..wire_content import filled, judged, namespace_prefix
from ..xml_tree import Element, attribute, child, children, line_of, root_of, trees, words
from .components import LANGUAGE, components, lines, media_of, summary_of, text_of

NAME = "newsml"

_EMBARGOED = "embargoed"
_TOPICS = re.compile(r"keyword|subject|category|topic", re.IGNORECASE)
_PLACES = re.compile(r"country|region|state|city|location", re.IGNORECASE)


def recognises(document: Document, head: str) -> bool:
    """Tell by the root element, ``NewsML``, whether *document* is of the first generation."""
    return root_of(document, head)[0] == "NewsML"


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry or a rejection for each NewsItem in *document*.

    Raises:
        BrokenDocument: (while iterating) it is too large, not well formed, or holds no item.
    """
    for root in trees(document, NAME, frozenset({"NewsItem"}), _prefix):
        if isinstance(root, Rejection):
            yield root
            continue
        items = children(root, "NewsItem")
        if not items:
            raise BrokenDocument(NAME, "the document holds no NewsItem", line_of(root), 1)
        names = _topic_names(root)
        for item in items:
            yield _entry(item, child(root, "NewsEnvelope"), names)


def _prefix(namespace: str) -> str | None:
    return "" if "newsml" in namespace.lower() else namespace_prefix(namespace)


def _entry(item: Element, envelope: Element | None, names: dict[str, str]) -> Entry | Rejection:
    """Return the article in *item*, or why there is none."""
    management = child(item, "NewsManagement")
    upstream_id, version = _identity(item)
    component, inner, unread = text_of(item, item.get(LANGUAGE) or "")
    if component is None:
        component = next(components(item), item)
    headlines = lines(component, "HeadLine") or _any_headline(item)
    summary = summary_of(item) or " ".join(lines(component, "SubHeadLine"))
    images, files, carried = media_of(item)
    entry = Entry(
        format=NAME,
        upstream_id=upstream_id,
        version=version,
        title=Text(headlines[0]) if headlines else None,
        summary=Text(summary) if summary else None,
        authors=_authors(component),
        categories=_categories(item, component, names),
        published=words(child(management, "FirstCreated")) or None,
        updated=words(child(management, "ThisRevisionCreated")) or None,
        language=_language(component) or item.get(LANGUAGE) or None,
        images=images,
        enclosures=files,
        dateline=place_in(" ".join(lines(component, "DateLine")[:1])),
        urgency=urgency(attribute(child(management, "Urgency"), "FormalName")),
        attachments=carried,
        **_permissions(management),
        **_parties(item, component, envelope, upstream_id),
        **_rights(component),
    )
    filled(entry, inner)
    if entry.status != "canceled" and (problem := _no_article(item, entry, unread)):
        problem = f"{upstream_id or 'an item without an id'}: {problem}"
        return Rejection("InvalidArticle", problem, NAME, line_of(item))
    return judged(entry, " ".join(lines(component, "SlugLine")))


def _no_article(item: Element, entry: Entry, unread: str) -> str | None:
    """Return why *entry* is no article; None if it is one."""
    if entry.content or entry.summary or entry.status == "withheld":
        return None
    if entry.title and is_flash(entry.urgency):
        return None
    empty = not any(True for _ in components(item))
    reasons = (
        (child(item, "Update"), "it changes parts of another revision (Update), which is not read"),
        (child(item, "TopicSet"), "a set of topics is knowledge about things and no news"),
        (child(item, "Catalog"), "a catalogue is knowledge about things and no news"),
        (unread or None, f"its content is {unread}, which is no text to be read"),
        (empty or None, "it has no news component"),
        (entry.images or entry.enclosures or None, "pictures, sounds and films are no article"),
        (child(item, "NewsComponent", "NewsItemRef"), "a package refers to items, and has no text"),
    )
    return next((said for reason, said in reasons if reason is not None), NO_TEXT)


def _identity(item: Element) -> tuple[str | None, str | None]:
    """Return the id without the revision, and the revision."""
    named = child(item, "Identification", "NewsIdentifier")
    parts = [words(child(named, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    revision = words(child(named, "RevisionId")) or None
    public = without_version(words(child(named, "PublicIdentifier")), revision)
    if all(parts):
        return f"urn:newsml:{':'.join(parts)}", revision
    return public or ":".join(filter(None, parts)) or None, revision


def _any_headline(item: Element) -> list[str]:
    return [one for component in components(item) for one in lines(component, "HeadLine")][:1]


def _authors(component: Element) -> list[Person]:
    """Return whom the byline names, else the creators of the text."""
    named = [someone for line in lines(component, "ByLine") for someone in people(line)]
    creators = _administered(component, "Creator")
    return named or [one for one in map(person, creators) if one]


def _administered(component: Element, name: str) -> list[str]:
    """Return the parties in a field of the administrative metadata, the nearest component's."""
    at: Element | None = component
    while at is not None and at.tag == "NewsComponent":
        fields = children(child(at, "AdministrativeMetadata"), name)
        parties = [attribute(one, "FormalName") for field in fields for one in field.iter("Party")]
        if any(parties):
            return [party for party in parties if party]
        at = at.getparent()
    return []


def _language(component: Element) -> str:
    at: Element | None = component
    while at is not None and at.tag == "NewsComponent":
        told = attribute(child(at, "DescriptiveMetadata", "Language"), "FormalName")
        if told or at.get(LANGUAGE):
            return told or attribute(at, LANGUAGE)
        at = at.getparent()
    return ""


def _topic_names(root: Element) -> dict[str, str]:
    """Return what the document itself calls its codes: a topic's formal name to its description."""
    return {
        words(child(topic, "FormalName")): words(child(topic, "Description"))
        for topic in root.iter("Topic")
        if words(child(topic, "Description"))
    }


def _categories(item: Element, component: Element, names: dict[str, str]) -> list[str]:
    """Return subjects by name, then keywords; the first level of the codes if there are none."""
    codes = [
        attribute(one, "FormalName")
        for described in item.iter("DescriptiveMetadata")
        for code in children(described, "SubjectCode")
        for one in children(code, "Subject", "SubjectMatter", "SubjectDetail")
    ]
    found = [names.get(code, "") for code in codes]
    found += [word.strip() for line in lines(component, "KeywordLine") for word in _split(line)]
    for one in item.iter("Property"):
        kind = attribute(one, "FormalName")
        around = one.getparent()
        within = around is not None and around.tag in {
            "DescriptiveMetadata",
            "Metadata",
            "Property",
        }
        if within and _TOPICS.search(kind) and not _PLACES.search(kind):
            value = attribute(one, "Value")
            found.append(names.get(value, "" if value.isdigit() else value))
    if not any(found):
        found = [subject(code) or "" for code in codes]
    return list(dict.fromkeys(filter(None, found)))


def _split(line: str) -> list[str]:
    return re.split(r"[;/|]", line)


def _permissions(management: Element | None) -> dict[str, Any]:
    """Return status, embargo and expiry: what it is, and what it will be from a date on."""
    written = attribute(child(management, "Status"), "FormalName")
    future = child(management, "StatusWillChange")
    then = status(attribute(child(future, "FutureStatus"), "FormalName"))
    date = words(child(future, "DateAndTime"))
    instructions = [attribute(one, "FormalName") for one in children(management, "Instruction")]
    recalled = any(map(is_recall, instructions))
    return {
        "status": "canceled" if recalled else status(written),
        "embargoed": (date if then == "usable" else "") if bare(written) == _EMBARGOED else None,
        "expires": date if date and then in {"withheld", "canceled"} else None,
        "correction": CORRECTED if any(map(is_correction, instructions)) else None,
    }


def _parties(
    item: Element, component: Element, envelope: Element | None, upstream_id: str | None
) -> dict[str, Any]:
    """Return who provides the item, and whom it comes from."""
    sender = attribute(child(envelope, "SentFrom", "Party"), "FormalName")
    publisher = next(iter(_administered(component, "Provider")), sender)
    sources = _administered(component, "Source") + lines(component, "CreditLine")
    source = next(iter(sources), None)
    declared = words(child(item, "Identification", "NewsIdentifier", "ProviderId"))
    return {
        "publisher": publisher or None,
        "wire_source": source if source != publisher else None,
        "provider": issuer(upstream_id, declared or publisher),
    }


def _rights(component: Element) -> dict[str, Any]:
    """Return the copyright, and the terms of use that stand in lines or in metadata."""
    notice = " ".join(lines(component, "CopyrightLine"))
    terms = lines(component, "RightsLine")
    at: Element | None = component
    while at is not None and at.tag == "NewsComponent":
        metadata = child(at, "RightsMetadata")
        holder = [
            words(child(metadata, "Copyright", name))
            for name in ("CopyrightDate", "CopyrightHolder")
        ]
        notice = notice or (f"© {' '.join(filter(None, holder))}" if any(holder) else "")
        for usage in children(metadata, "UsageRights"):
            terms += [words(one) for one in usage if words(one)]
        at = at.getparent()
    return {"rights": notice or None, "usage": "; ".join(terms) or None}
