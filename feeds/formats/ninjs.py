"""ninjs 1, 2 and 3: IPTC's news item in JSON, read liberally in any of its spellings.

Property names are compared in lower case, which is most of what parts 1.x and 2.x from 3.x. Only
items of text become articles. ``edNote`` is a note to the desk and never leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Document, Enclosure, Entry, Image, Person, Rejection, Text
from .byline import people, person
from .json_articles import entries, found, opens_as_json, path
from .newscodes import (
    CORRECTED,
    NO_TEXT,
    is_correction,
    is_flash,
    is_recall,
    issuer,
    status,
    without_version,
)
from .ninjs_properties import Item, by_role, lower, name_in, names, objects, text, words
from .wire_content import filled, from_text, judged, text_or_html

NAME = "ninjs"

# Property names that no other JSON article has. "uri" is no such mark inside a document (authors
# have one elsewhere), but it is at the top of an item.
_MARKS = (
    "$standard|standard|pubstatus|versioncreated|firstcreated|contentcreated|representationtype|"
    "headlines|bodies|body_xhtml|infosources"
)
_MARK_NAMES = frozenset({"uri", *_MARKS.split("|")})
_MARK = re.compile(
    r'"(?:%s)"\s*:|\A\[?\s*\{\s*"uri"\s*:' % _MARKS.replace("$", r"\$"),  # noqa: UP031  # the pattern is full of braces
    re.IGNORECASE,
)
_AUTHOR_RELATIONS = frozenset({"author", "creator", "writer", "byline", "reporter"})
_SUMMARY_ROLES = ("summary", "abstract", "lead", "deck", "text", "main", "")
_CAPTION_ROLES = ("caption", "summary", "text", "main", "")
_ALT_ROLES = ("alt", "alttext", "alternativetext", "accessibility")
_BYTES = 1 << 50  # no film is longer
_BODY_KINDS = ("html", "nitf", "")  # the best first; "" is plain text


def recognises(document: Document, head: str) -> bool:
    """Tell whether *document* is JSON whose head holds a property that only ninjs has."""
    return opens_as_json(document, head) and bool(_MARK.search(head))


def looks_like(item: object) -> bool:
    """Tell whether *item*, a decoded JSON value, is a ninjs item and no short form."""
    return isinstance(item, dict) and any(
        isinstance(key, str) and key.lower() in _MARK_NAMES for key in item
    )


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield an entry or a rejection for each item in *document*.

    Raises:
        BrokenDocument: the JSON cannot be read, or holds no item.
    """
    return entries(document, NAME, entry_of)


def entry_of(item: object, where: str) -> Entry | Rejection:
    """Return the entry in *item*, a decoded JSON value that stands at the JSON path *where*."""
    if not isinstance(item, dict):
        problem = f"{where or 'the document'}: {found(item)}, a ninjs object is expected"
        return Rejection("InvalidArticle", problem, NAME)
    fields = lower(item)
    says = status(text(fields, "pubstatus") or "")
    title = by_role(fields, "headline", ("main", ""))
    inner = _body(fields)
    summary = by_role(fields, "description", _SUMMARY_ROLES)
    kind = _kind(fields, inner.content if inner else None)
    if kind != "text":
        problem = f"{path(where, 'type')}: an item of the kind {kind!r} is no article of text"
        return Rejection("InvalidArticle", problem, NAME)
    if says != "canceled" and not (title or inner or summary):
        problem = f"{where or 'the item'}: has neither a headline nor a body nor a description"
        return Rejection("InvalidArticle", problem, NAME)
    if says in {None, "usable"} and not (inner or summary or is_flash(_urgency(fields))):
        return Rejection("InvalidArticle", f"{where or 'the item'}: {NO_TEXT}", NAME)
    version = text(fields, "version")
    upstream_id = without_version(text(fields, "uri") or "", version) or None
    publisher = name_in(fields.get("provider")) or text(fields, "source")
    signals = words(fields, "signals", "signal")
    recall = next((signal for signal in signals if is_recall(signal)), None)
    entry = Entry(
        format=NAME,
        upstream_id=upstream_id,
        version=version,
        title=Text(title) if title else None,
        summary=text_or_html(summary) if summary else None,
        link=_link(fields),
        authors=_authors(fields),
        categories=_categories(fields),
        published=text(fields, "firstcreated", "contentcreated", "versioncreated"),
        updated=text(fields, "versioncreated"),
        language=text(fields, "language"),
        images=_images(fields),
        enclosures=_enclosures(fields),
        publisher=publisher,
        dateline=text(fields, "dateline") or name_in(fields.get("located")),
        wire_source=next(iter(names(fields, "infosources", "infosource")), None),
        rights=text(fields, "copyrightnotice", "copyrightholder"),
        usage=text(fields, "usageterms"),
        status=says,
        embargoed=_embargo(fields),
        expires=text(fields, "expires"),
        urgency=_urgency(fields),
        provider=issuer(upstream_id, publisher),
        correction=CORRECTED if any(map(is_correction, signals)) else None,
        advisory=f"it carries the signal {recall}" if recall else None,
    )
    return judged(filled(entry, inner), text(fields, "slugline") or "")


def _body(item: Item) -> Entry | None:
    """Return what is in the body: the HTML one where there is one, else NITF, else plain."""
    for wanted in _BODY_KINDS:
        for kind, value in _bodies(item):
            if wanted in kind and (wanted or not ("nitf" in kind or "xml" in kind)):
                inner = from_text(value, wanted)
                if inner and inner.content:
                    return inner
    return None


def _bodies(item: Item) -> Iterator[tuple[str, str]]:
    """Yield each body with its kind: role and media type, or in 1.x the end of ``body_ROLE``."""
    for one in objects(item, "bodies"):
        if value := text(one, "value"):
            media = text(one, "contenttype", "mimetype") or ""
            yield f"{text(one, 'role') or ''} {media}".lower(), value
    for key in item:
        if key.startswith("body") and isinstance(item[key], str) and (value := text(item, key)):
            yield key, value


def _kind(item: Item, content: Text | None) -> str:
    """Return "text" for what can be an article, else the kind of item in one word.

    An item without a type is taken by what it has. A composite with a body of its own (a press
    release and its logo) is an article; without one it only refers to others.
    """
    kind = (text(item, "type") or "").lower().rpartition(":")[2]
    if kind == "composite" and content:
        return "text"
    if kind:
        return kind
    if "eventdetails" in item:
        return "event"
    return "picture" if objects(item, "renditions") and not content else "text"


def _embargo(item: Item) -> str | None:
    """Return the end of the embargo; "" is one without a known end, as IPTC has it."""
    ends = (item.get(name) for name in ("embargoed", "embargoeduntil"))
    return next((end.strip() for end in ends if isinstance(end, str)), None)


def _link(item: Item) -> str | None:
    """Return the address of the article's own page. The uri is an identifier, and no address."""
    altids = item.get("altids")
    if isinstance(altids, dict):
        altids = [{"role": role, "value": value} for role, value in altids.items()]
    for altid in altids if isinstance(altids, list) else ():
        if isinstance(altid, dict) and str(altid.get("role")).lower() in {
            "url",
            "link",
            "canonical",
        }:
            return text(altid, "value")
    return text(item, "url", "link", "canonical_url")


def _authors(item: Item) -> list[Person]:
    """Return the persons who are said to be authors, else those that the byline names."""
    named = [
        someone
        for one in objects(item, "people", "person")
        if (text(one, "rel") or "").lower().rpartition(":")[2] in _AUTHOR_RELATIONS
        and (someone := person(text(one, "name") or ""))
    ]
    return named or people(text(item, "byline", "by") or "")


def _categories(item: Item) -> list[str]:
    """Return the desk (Superdesk's service), then the subjects, each once."""
    return list(dict.fromkeys(names(item, "service") + names(item, "subjects", "subject")))


def _urgency(item: Item) -> int | None:
    value = item.get("urgency")
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value[:3])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 1 <= value <= 9 else None  # noqa: PLR2004  # IPTC: 1 to 9


def _images(item: Item) -> list[Image]:
    images = (_image(one) for one in objects(item, "associations"))
    return [image for image in images if image]


def _enclosures(item: Item) -> list[Enclosure]:
    """Return the sound or the film of each association, in its first rendition of that kind."""
    found: list[Enclosure] = []
    for one in objects(item, "associations"):
        if status(text(one, "pubstatus") or "") in {"withheld", "canceled"}:
            continue
        for rendition in objects(one, "renditions"):
            kind = (text(rendition, "contenttype", "mimetype") or "").lower()
            href = text(rendition, "href") or ""
            if kind.startswith(("audio/", "video/")) and "://" in href:
                size = rendition.get("sizeinbytes")
                length = size if isinstance(size, int) and 1 < size < _BYTES else None
                found.append(Enclosure(href, kind, length))
                break
    return found


def _image(item: Item) -> Image | None:
    """Return the picture in an association; killed pictures and other kinds are none."""
    if (text(item, "type") or "picture").lower() not in {"picture", "graphic"}:
        return None
    if status(text(item, "pubstatus") or "") in {"withheld", "canceled"}:
        return None
    largest = max(
        _renditions(item),
        key=lambda one: _pixels(one, "width") * _pixels(one, "height"),
        default={},
    )
    caption = by_role(item, "description", _CAPTION_ROLES) or ""
    if not largest and not caption:
        return None
    return Image(
        text(largest, "href"),
        alt=by_role(item, "description", _ALT_ROLES) or text(item, "body_text", "headline") or "",
        caption=caption,
        credit=by_role(item, "description", ("creditline",))
        or text(item, "creditline", "byline", "by", "copyrightholder")
        or "",
        width=_pixels(largest, "width") or None,
        height=_pixels(largest, "height") or None,
    )


def _renditions(item: Item) -> list[Item]:
    """Return the renditions that have an address and are, as far as they say, images."""
    return [
        one
        for one in objects(item, "renditions")
        if text(one, "href")
        and (text(one, "contenttype", "mimetype") or "image/").lower().startswith("image/")
    ]


def _pixels(item: Item, name: str) -> int:
    value = item.get(name)
    return value if isinstance(value, int) and 0 < value < 1_000_000 else 0  # noqa: PLR2004  # no picture is wider
