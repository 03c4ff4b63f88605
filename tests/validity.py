"""What the W3C feed validator reports, as far as it can be told without asking it.

``faults`` names each rule that a document breaks; the names are those of the validator's messages.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from lxml import etree, html

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
NAMESPACES = {
    "",
    "http://www.w3.org/2005/Atom",
    "http://www.w3.org/XML/1998/namespace",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/rss/1.0/modules/content/",
    "http://purl.org/rss/1.0/modules/syndication/",
    "http://purl.org/syndication/history/1.0",
    "http://search.yahoo.com/mrss/",
}
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # "Use of unknown namespace": documented
RFC_822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d\d:\d\d:\d\d [+-]\d{4}\Z"
)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
URI = re.compile(r"[a-z][a-z0-9+.-]*:[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#\[\]]+\Z", re.IGNORECASE)
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
MEDIA_TYPE = re.compile(r"[\w!#$&.+^-]+/[\w!#$&.+^-]+(;.*)?\Z")
HARMFUL = {
    *("applet", "base", "basefont", "embed", "form", "frame", "frameset", "html", "iframe"),
    *("input", "link", "meta", "object", "plaintext", "script", "style", "textarea", "title"),
}
RELATIONS = {  # of those that IANA knows, the ones that we have a use for
    *("alternate", "current", "enclosure", "hub", "next-archive", "prev-archive", "related"),
    *("self", "via"),
}
_ADDRESSES = {"href", "src", "poster", "cite", "action", "data"}


def faults(name: str, data: bytes) -> list[str]:
    """Return what is wrong with the document *data*, whose *name* ends in .rss, .atom or .json."""
    if name.endswith(".json"):
        return list(_json_feed(json.loads(data)))
    root = etree.fromstring(data)
    found = list(_any_xml(root))
    return found + list(_rss(root[0]) if name.endswith(".rss") else _atom(root))


def _any_xml(root: etree._Element) -> Iterator[str]:
    used = {etree.QName(element).namespace or "" for element in root.iter(etree.Element)}
    yield from (f"UnknownNamespace {space}" for space in used - NAMESPACES - {TOMBSTONES})
    for element in root.iter(etree.Element):
        for attribute in ("href", "url"):
            value = element.get(attribute)
            if value is not None and not URI.match(value):
                yield f"InvalidFullLink {element.tag} {value!r}"
        language = element.get("{http://www.w3.org/XML/1998/namespace}lang")
        if language is not None and not LANGUAGE.match(language):
            yield f"InvalidLanguage {language!r}"
    for element in root.iter("language", f"{DC}language"):
        if not LANGUAGE.match(element.text or ""):
            yield f"InvalidLanguage {element.text!r}"
    for link in root.iter(f"{ATOM}link"):
        if link.get("rel", "alternate") not in RELATIONS:
            yield f"UnregisteredAtomLinkRel {link.get('rel')!r}"


def _rss(channel: etree._Element) -> Iterator[str]:
    yield from (
        f"Missing {tag}" for tag in ("title", "link", "description") if not channel.findtext(tag)
    )
    if channel.find(f"{ATOM}link[@rel='self']") is None:
        yield "MissingAtomSelfLink"
    image = channel.find("image")
    if image is not None:
        same = [image.findtext(tag) == channel.findtext(tag) for tag in ("title", "link")]
        if not all(same) or int(image.findtext("width") or 88) > 144:
            yield "ImageTitleOrLinkDoesNotMatch"
    once = Counter(child.tag for child in channel if child.tag not in {"item", f"{ATOM}link"})
    yield from (f"DuplicateElement {tag}" for tag, count in once.items() if count > 1)
    guids = Counter(guid.text for guid in channel.findall("item/guid"))
    yield from (f"DuplicateValue {guid}" for guid, count in guids.items() if count > 1)
    yield from _date(channel.findtext("lastBuildDate") or "", RFC_822)
    for item in channel.findall("item"):
        yield from _item(item)


def _item(item: etree._Element) -> Iterator[str]:
    tags = [child.tag for child in item]
    if tags.count("guid") != 1 or tags.count("title") != 1 or tags.count("enclosure") > 1:
        yield "MissingGuid or DuplicateElement"
    if f"{CONTENT}encoded" in tags and tags.index(f"{CONTENT}encoded") < tags.index("description"):
        yield "NeedDescriptionBeforeContent"
    if "author" in tags or f"{DC}date" in tags:
        yield "author or dc:date"
    if not URI.match(item.findtext("link") or ""):
        yield f"InvalidFullLink {item.findtext('link')!r}"
    if item.find("guid").get("isPermaLink") != "false" and not URI.match(
        item.findtext("guid") or ""
    ):
        yield "InvalidHttpGUID"
    yield from _date(item.findtext("pubDate") or "", RFC_822)
    yield from _date(item.findtext(f"{ATOM}updated") or "", RFC_3339)
    for enclosure in item.findall("enclosure"):
        if not (enclosure.get("length") or "").isdigit() or not MEDIA_TYPE.match(
            enclosure.get("type") or ""
        ):
            yield "MissingAttribute or InvalidMIMEType of an enclosure"
    if not all(category.text for category in item.findall("category")):
        yield "NotBlank category"
    for tag in ("description", f"{CONTENT}encoded"):
        yield from _markup(item.findtext(tag) or "")


def _atom(feed: etree._Element) -> Iterator[str]:
    yield from (
        f"Missing {tag}" for tag in ("id", "title", "updated") if not feed.findtext(f"{ATOM}{tag}")
    )
    if feed.find(f"{ATOM}link[@rel='self']") is None:
        yield "MissingSelf"
    ids = Counter(one.text for one in feed.findall(f"{ATOM}entry/{ATOM}id"))
    yield from (f"DuplicateEntries {one}" for one, count in ids.items() if count > 1)
    for entry in feed.findall(f"{ATOM}entry"):
        alternates = Counter(
            (link.get("type"), link.get("hreflang"))
            for link in entry.findall(f"{ATOM}link")
            if link.get("rel", "alternate") == "alternate"
        )
        if any(count > 1 for count in alternates.values()):
            yield "DuplicateAtomLink"
        if not URI.match(entry.findtext(f"{ATOM}id") or ""):
            yield "InvalidFullLink id"
        if entry.find(f"{ATOM}author") is None and feed.find(f"{ATOM}author") is None:
            yield "MissingElement author"
        yield from _markup(entry.findtext(f"{ATOM}content") or "")
    for date in feed.iter(f"{ATOM}updated", f"{ATOM}published"):
        yield from _date(date.text or "", RFC_3339)
    for name in feed.iter(f"{ATOM}name"):
        if not (name.text or "").strip():
            yield "NotBlank name"


def _json_feed(feed: dict[str, object]) -> Iterator[str]:
    items = feed["items"]
    assert isinstance(items, list)
    if not feed["title"] or feed.get("next_url") == feed["feed_url"]:
        yield "a feed has a title, and leads on to another document"
    ids = Counter(item["id"] for item in items)
    yield from (f"twice {one}" for one, count in ids.items() if count > 1)
    for item in items:
        if not isinstance(item["id"], str) or not item.get("content_html"):
            yield f"an item has an id and a body: {item['id']}"
        for key in ("url", "external_url", "image"):
            if key in item and not URI.match(item[key]):
                yield f"not an address: {item[key]!r}"
        for key in ("date_published", "date_modified"):
            yield from _date(item[key], RFC_3339)
        yield from _markup(item["content_html"])


def _date(date: str, form: re.Pattern[str]) -> Iterator[str]:
    if not form.match(date):
        yield f"InvalidDate {date!r}"
        return
    moment = parsedate_to_datetime(date) if form is RFC_822 else datetime.fromisoformat(date)
    if not 1990 <= moment.year <= 2100:
        yield f"ImplausibleDate {date!r}"


def _markup(text: str) -> Iterator[str]:
    """What is unsafe or relative in HTML: "should not contain ... tag", "relative URL references"."""
    if not text.strip() or "<" not in text:
        return
    for element in html.fragment_fromstring(text, create_parent="div").iter(etree.Element):
        if element.tag in HARMFUL:
            yield f"SecurityRisk {element.tag}"
        for name, value in element.attrib.items():
            if name.startswith("on") or name == "style":
                yield f"SecurityRiskAttr {name}"
            if name in _ADDRESSES and not urlsplit(value).scheme and not value.startswith("#"):
                yield f"ContainsRelRef {value!r}"
            if name in _ADDRESSES and urlsplit(value).scheme.lower() in {
                "javascript",
                "vbscript",
                "data",
            }:
                yield f"SecurityRisk {value[:40]!r}"
