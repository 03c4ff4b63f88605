"""A NITF document to an Entry: what ``docdata`` says of it, its head lines and its body.

``entry_of`` is also for the formats that carry NITF: NewsML 1.2, NewsML-G2 and ninjs. The notes to
the desk (``ed-msg``, ``note type="npa"``) never leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Document, Entry, Person, Rejection, Text
from .. import advisories
from ..byline import people, person
from ..datelines import place_in
from ..newscodes import CORRECTED, NO_TEXT, is_flash, issuer, status, subject, urgency
from ..xml_tree import Element, attribute, child, children, line_of, root_of, trees, words
from .body import body_of

NAME = "nitf"

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_EMBARGOED = "embargoed"
_CANCELED = "canceled"
_BY_AGAIN = re.compile(r"normali[sz]ed")  # "Hulse, Carl" beside "By CARL HULSE"


def recognises(document: Document, head: str) -> bool:
    """Tell by the root element, whatever its namespace, whether *document* is NITF."""
    return root_of(document, head)[0] == "nitf"


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry or a rejection for the article in *document*, or for each in a row of them.

    Raises:
        BrokenDocument: (while iterating) it is too large or not well formed.
    """
    for root in trees(document, NAME, frozenset({"nitf"}), namespace_prefix):
        if isinstance(root, Rejection):
            yield root
            continue
        entry = entry_of(root)
        if problem := _no_article(entry):
            yield Rejection("InvalidArticle", problem, NAME, line_of(root))
        else:
            advisories.mark(entry)
            yield entry


def _no_article(entry: Entry) -> str | None:
    """Return why *entry* is no article; None for one, and for what takes another back."""
    if entry.content or entry.summary or entry.cancels or entry.status in {_CANCELED, "withheld"}:
        return None
    if not entry.title:
        return "it has neither a headline (hl1) nor a text (body.content)"
    return None if is_flash(entry.urgency) else NO_TEXT


def namespace_prefix(namespace: str) -> str | None:
    """Return "" for a namespace of IPTC's or of XHTML, whose element names stand for themselves."""
    return "" if "iptc.org" in namespace or namespace.endswith("/xhtml") else None


def entry_of(root: Element) -> Entry:
    """Return what the ``nitf`` element *root*, whose names have lost their namespace, says."""
    docdata = child(root, "head", "docdata")
    head = child(root, "body", "body.head")
    upstream_id = _identity(docdata)
    body = body_of(child(root, "body", "body.content"), child(root, "body", "body.end"))
    summary = words(child(head, "abstract")) or words(child(head, "hedline", "hl2"))
    title = words(child(head, "hedline", "hl1")) or words(child(root, "head", "title"))
    published, updated = _dates(root, docdata, head)
    return Entry(
        format=NAME,
        upstream_id=upstream_id,
        version=attribute(child(docdata, "du-key"), "version", "generation") or None,
        title=Text(title) if title else None,
        summary=Text(summary) if summary else None,
        content=Text(body.html, "html") if body.html else None,
        link=_link(root),
        authors=_authors(head),
        categories=_categories(root, docdata),
        published=published,
        updated=updated,
        language=root.get(_LANGUAGE) or attribute(child(root, "body"), _LANGUAGE) or None,
        images=body.images,
        enclosures=body.enclosures,
        dateline=place_in(_dateline(head)),
        urgency=urgency(attribute(child(docdata, "urgency"), "ed-urg")),
        expires=attribute(child(docdata, "date.expire"), "norm") or None,
        correction=_correction(docdata),
        provider=issuer(upstream_id, attribute(child(docdata, "doc-id"), "regsrc")),
        attachments=body.attachments,
        advisory=advisories.of_slug(_slug(root, docdata)),
        **_permissions(docdata),
        **_rights(docdata, head),
        **_names(root, head),
    )


def _identity(docdata: Element | None) -> str | None:
    """Return the doc-id; NITF, du-key: "created daily, but is unique for that day"."""
    if identity := attribute(child(docdata, "doc-id"), "id-string"):
        return identity
    key, day = (
        attribute(child(docdata, "du-key"), "key"),
        attribute(child(docdata, "date.issue"), "norm")[:8],
    )
    return f"{day}:{key}" if key and day else None


def _dates(
    root: Element, docdata: Element | None, head: Element | None
) -> tuple[str | None, str | None]:
    """Return when it was first issued, and when it was revised last."""
    places = (
        (child(docdata, "date.issue"), "norm"),
        (child(root, "head", "pubdata"), "date.publication"),
        (child(head, "dateline", "story.date"), "norm"),
        (child(docdata, "date.release"), "norm"),
    )
    published = next((date for place, name in places if (date := attribute(place, name))), None)
    revisions = [attribute(one, "norm") for one in _revisions(root)]
    return published, max(filter(None, revisions), default=None)


def _revisions(root: Element) -> list[Element]:
    return children(child(root, "head"), "revision-history")


def _permissions(docdata: Element | None) -> dict[str, Any]:
    """Return status, embargo and what else is canceled.

    NITF, docdata: ``management-status`` is about this document, ``management-doc-idref`` names
    another that ``management-idref-status`` is about. A release after the issue is an embargo.
    """
    written = attribute(docdata, "management-status").lower()
    release = attribute(child(docdata, "date.release"), "norm")
    issue = attribute(child(docdata, "date.issue"), "norm")
    embargoed = release if written == _EMBARGOED or (release and release != issue) else None
    other = attribute(docdata, "management-doc-idref")
    says = status(attribute(docdata, "management-idref-status"))
    return {
        "status": status(written),
        "embargoed": embargoed,
        "cancels": [other] if other and says == _CANCELED else [],
    }


def _correction(docdata: Element | None) -> str | None:
    corrections = children(docdata, "correction")
    notes = [attribute(one, "info") or words(one) for one in corrections]
    return " ".join(filter(None, notes)) or (CORRECTED if corrections else None)


def _rights(docdata: Element | None, head: Element | None) -> dict[str, Any]:
    """Return the copyright, and the terms of use in the words of ``doc.rights`` and ``rights``."""
    copyrighted = child(docdata, "doc.copyright")
    said = (attribute(copyrighted, "year"), attribute(copyrighted, "holder"))
    notice = words(child(head, "rights", "copyrite")) or words(child(head, "copyrite"))
    terms = [words(one) for one in children(head, "rights")]
    for one in children(docdata, "doc.rights"):
        names = sorted(str(name) for name in one.attrib)
        terms += [f"{name}: {one.get(name)}" for name in names if not name.startswith("{")]
    return {
        "rights": notice or (f"© {' '.join(filter(None, said))}" if any(said) else None),
        "usage": "; ".join(filter(None, terms)) or None,
    }


def _names(root: Element, head: Element | None) -> dict[str, Any]:
    """Return who published it (``pubdata``), and the distributor, whom else it comes from."""
    paper = attribute(child(root, "head", "pubdata"), "name")
    distributor = words(child(head, "distributor", "org")) or words(child(head, "distributor"))
    publisher = paper or distributor
    return {
        "publisher": publisher or None,
        "wire_source": distributor if distributor and distributor != publisher else None,
    }


def _authors(head: Element | None) -> list[Person]:
    """Return the persons of the bylines, else whom their words name."""
    found: list[Person | None] = []
    bylines = [one for one in children(head, "byline") if not _BY_AGAIN.search(_class(one))]
    for byline in bylines:
        if named := [words(one) for one in byline.iter("person") if words(one)]:
            found += [person(name) for name in named]
            continue
        titles = " ".join(words(one) for one in children(byline, "byttl"))
        found += people(words(byline).removesuffix(titles).rstrip(" ,")) or [person(titles)]
    return list({one.name: one for one in found if one}.values())


def _class(element: Element) -> str:
    return attribute(element, "class")


def _categories(root: Element, docdata: Element | None) -> list[str]:
    """Return the subjects by their names, then the keywords; by their codes if there is neither."""
    subjects = children(child(root, "head", "tobject"), "tobject.subject")
    kinds = ("type", "matter", "detail")
    named = [attribute(one, f"tobject.subject.{kind}") for one in subjects for kind in kinds]
    named += [attribute(one, "key") for one in children(child(docdata, "key-list"), "keyword")]
    named += [
        (attribute(one, "value") or words(one)).rpartition("/")[2]
        for one in children(child(docdata, "identified-content"), "classifier")
    ]
    if not any(named):
        named = [subject(attribute(one, "tobject.subject.refnum")) or "" for one in subjects]
    return list(dict.fromkeys(filter(None, named)))


def _slug(root: Element, docdata: Element | None) -> str:
    """Return what a wire calls the story: the key, or the keyword line that ANPA had."""
    meta = children(child(root, "head"), "meta")
    lines = [attribute(one, "content") for one in meta if "keyword" in attribute(one, "name")]
    return " ".join([*lines, attribute(child(docdata, "fixture"), "fix-id")])


def _link(root: Element) -> str | None:
    address = attribute(child(root, "head", "pubdata"), "ex-ref")
    return address if "://" in address else None


def _dateline(head: Element | None) -> str:
    """Return the dateline without its date: its place is what a reader has to know."""
    dateline = child(head, "dateline")
    date = words(child(dateline, "story.date"))
    written = words(dateline)
    return written.replace(date, " ") if date else written
