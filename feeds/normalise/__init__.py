"""Entry to Article: the one place where untrusted text becomes what we stand for.

Pure: no clock, no network, no store; the same entry gives the same article. What is missing falls
back, and only then is an entry turned away. Title: first heading, first sentence of the summary, of
the content. Summary: beginning of the content. Content: a summary that says more than its words.
Published: updated, the page's date, the file's time, arrival. Language: the source's, detection.
Source's title: the publisher.
"""

from __future__ import annotations

import re
from hashlib import sha256
from html import unescape

from ..errors import InvalidArticle
from ..model import Article, Document, Enclosure, Entry, Image, Rules, Stamp, Status, Text
from .dates import Calendar, calendar, published, stamp, updated
from .language import SAMPLE_CHARACTERS, detect, tag
from .links import absolute, canonical
from .markup import (
    clean,
    first_heading,
    from_text,
    has_blocks,
    opening,
    paragraphs,
    without_inline_data,
)
from .people import authors
from .pictures import first_images, shown
from .terms import restricted
from .text import cut, first_sentence, line, one_line, plain, printable

__all__ = ["normalise"]

_TITLE_FROM_TEXT = 100  # characters: what a feed reader's list shows of a title
_LONGEST_TITLE = 1_000  # a title that goes on is the article
_LONGEST_SUMMARY = 1_000  # an RSS description that goes on is the article
_SUMMARY_SOURCE = 12_000  # characters of HTML that a summary is made from; 40 times its length
_LONGEST_ID = 2_000
_MOST_CATEGORIES = 50
_MOST_IMAGES = 50
_LONGEST_NAME = 200  # characters, of a category and other names
_MEANINGLESS = frozenset({"uncategorized", "uncategorised"})  # WordPress's default
# How feeds end an excerpt: "[...]", "[&#8230;]", "… Continue reading".
_EXCERPT_END = re.compile(r"\s*(?:\[\s*(?:…|\.{3})\s*\]|(?:…|\.{3})\s*Continue reading\b.{0,200})$")
_URGENCIES = range(1, 10)  # IPTC: 1 most urgent, 9 user-defined

_STATUSES = {
    # "stat:canceled", ".../pubstatusg2/canceled" and other sources' words for the same
    **dict.fromkeys(("canceled", "cancelled", "killed", "kill", "withdrawn"), Status.CANCELED),
    **dict.fromkeys(("deleted", "retracted", "removed"), Status.CANCELED),
    **dict.fromkeys(("withheld", "draft", "embargoed", "hold", "held"), Status.WITHHELD),
    **dict.fromkeys(("pending", "private", "unpublished"), Status.WITHHELD),
}


def normalise(entry: Entry, document: Document, rules: Rules) -> Article:
    """Return the article that *entry*, found in *document*, stands for.

    Raises:
        InvalidArticle: it has neither title nor text, or a field beyond ``rules.field_bytes``.
    """
    source = document.source
    home = absolute(source.link, None)
    address = absolute(document.url, None)
    base = absolute(entry.base, address)
    page = base or address or home
    link = _link(entry.link, page, rules)
    content_html = _content(entry, base or link or page, rules)
    title = _title(entry, content_html)
    summary = _summary(entry, content_html, rules)
    status = _status(entry.status)
    if not title:
        if status is not Status.CANCELED:
            raise InvalidArticle("it has neither title nor text")
        title = _upstream_id(entry.upstream_id) or link or "-"  # a notice that takes back says less
    language = _language(entry, document, title, summary, content_html)
    dates = calendar(entry, document, language, rules)
    first = published(entry, document, dates, rules)
    embargoed, withheld = _embargo(entry, dates)
    publisher = _name(entry.publisher)
    usage = _note(entry.usage)
    return Article(
        source=source.id,
        format=entry.format,
        title=title,
        published=first,
        source_title=line(source.title) or publisher or "",
        source_link=_link(source.link or entry.publisher_link, page, rules),
        upstream_id=_upstream_id(entry.upstream_id),
        version=line(entry.version)[:_LONGEST_NAME] or None,
        summary=summary,
        content_html=content_html,
        link=link,
        authors=authors(entry.authors),
        categories=_categories(entry.categories),
        updated=updated(entry, document, dates, first, rules),
        language=language,
        images=_images(entry.images, page, content_html),
        enclosures=_enclosures(entry.enclosures, page),
        publisher=publisher,
        dateline=_name(entry.dateline),
        wire_source=_name(entry.wire_source),
        rights=_note(entry.rights),
        status=Status.WITHHELD if withheld and status is Status.USABLE else status,
        embargoed=embargoed,
        expires=stamp(entry.expires, dates),
        urgency=entry.urgency if entry.urgency in _URGENCIES else None,
        provider=_name(entry.provider),
        correction=_note(entry.correction),
        advisory=_note(entry.advisory),
        usage=usage,
        restricted=usage is not None and restricted(usage),
    )


def _link(link: str | None, base: str | None, rules: Rules) -> str | None:
    address = absolute(link, base)
    return canonical(address, rules.tracking_parameters) if address else None


def _content(entry: Entry, base: str | None, rules: Rules) -> str:
    """Return the clean body: of the content, else of a summary that says more than its words.

    Raises:
        InvalidArticle: it is larger than ``rules.field_bytes``.
    """
    written = entry.content
    if written is None or not written.value.strip():
        written = entry.summary
        if written is None or not _is_article(written):
            return ""
    html = _within(written, rules)
    if written.type == "text":
        return from_text(html)
    if "<" not in html:
        return from_text(unescape(html))
    html = clean(html, base)
    return html if not html or has_blocks(html) else f"<p>{html}</p>"


def _is_article(summary: Text) -> bool:
    return len(summary.value) > _LONGEST_SUMMARY or (
        summary.type == "html" and "<" in summary.value
    )


def _within(text: Text, rules: Rules) -> str:
    """Return the value of *text*.

    Raises:
        InvalidArticle: it is larger than ``rules.field_bytes``, pictures written into it aside.
    """
    value = text.value
    if len(value) * 4 <= rules.field_bytes:  # UTF-8 takes four bytes at most
        return value
    if (size := len(value.encode("utf-8", "replace"))) > rules.field_bytes:
        value = without_inline_data(value)
        if (size := len(value.encode("utf-8", "replace"))) > rules.field_bytes:
            raise InvalidArticle(
                f"its text has {size:,} bytes; field_bytes allows {rules.field_bytes:,}"
            )
    return value


def _title(entry: Entry, content_html: str) -> str:
    """Return the title, else the first heading, else the first sentence of summary or content."""
    title = plain(entry.title) if entry.title else ""
    if title:
        return cut(title, _LONGEST_TITLE)
    words = first_heading(content_html)
    if not words and entry.summary:
        words = first_sentence(plain(entry.summary))
    if not words:
        words = first_sentence(next(iter(_opening(content_html)), ""))
    return cut(one_line(words), _TITLE_FROM_TEXT)


def _summary(entry: Entry, content_html: str, rules: Rules) -> str:
    """Return the declared summary, else the beginning of the content."""
    summary = plain(entry.summary) if entry.summary else ""
    if summary:
        summary = _EXCERPT_END.sub("…", summary)
        return (
            summary if len(summary) <= _LONGEST_SUMMARY else cut(summary, rules.summary_characters)
        )
    return cut(one_line(" ".join(_opening(content_html))), rules.summary_characters)


def _opening(content_html: str) -> list[str]:
    return paragraphs(opening(content_html, _SUMMARY_SOURCE))


def _language(
    entry: Entry, document: Document, title: str, summary: str, content_html: str
) -> str | None:
    """Return the entry's declared language, else its source's, else the one it is written in."""
    declared = tag(entry.language) or tag(document.source.language)
    if declared:
        return declared
    text = " ".join(paragraphs(opening(content_html, 4 * SAMPLE_CHARACTERS)))
    return detect(f"{title}. {summary if len(text) < len(summary) else text}")


def _status(status: str | None) -> Status:
    """Return what *status* says; words that nobody knows do not hold an article back."""
    if not status:
        return Status.USABLE
    word = re.split(r"[:/]", status.strip().rstrip(":/"))[-1].strip().lower()
    return _STATUSES.get(word, Status.USABLE)


def _embargo(entry: Entry, dates: Calendar) -> tuple[Stamp | None, bool]:
    """Return the end of the embargo, and whether there is one with no known end.

    IPTC's DateTimeOrNull: an empty value is an embargo until further notice. One that cannot be
    read is taken for the same: publishing too early cannot be undone.
    """
    if entry.embargoed is None:
        return None, False
    end = stamp(entry.embargoed, dates)
    return end, end is None


def _upstream_id(upstream_id: str | None) -> str | None:
    """Return the id without blanks around it; the tail of an endless one becomes its digest."""
    if not upstream_id:
        return None
    identity = printable(upstream_id).strip()
    if len(identity) > _LONGEST_ID:
        digest = sha256(identity.encode()).hexdigest()
        identity = identity[: _LONGEST_ID - len(digest)] + digest
    return identity or None


def _note(text: str | None) -> str | None:
    """Return *text*, which may be a few sentences, on one line; no words are no note."""
    return line(text)[:_LONGEST_TITLE] or None


def _name(value: str | None) -> str | None:
    return line(value)[:_LONGEST_NAME].rstrip() or None


def _categories(categories: list[str]) -> tuple[str, ...]:
    """Return the names, each once whatever its case, in order."""
    known: dict[str, str] = {}
    for category in categories[: 4 * _MOST_CATEGORIES]:
        name = _name(category)
        if name and name.casefold() not in _MEANINGLESS:
            known.setdefault(name.casefold(), name)
    return tuple(known.values())[:_MOST_CATEGORIES]


def _images(declared: list[Image], base: str | None, content_html: str) -> tuple[Image, ...]:
    """Return the declared pictures, then those of the content, each address once.

    A picture without an address keeps its words: a captured page tells of it and no more.
    """
    images: dict[object, Image] = {}
    for image in declared[:_MOST_IMAGES]:
        address = absolute(image.url, base)
        alt, caption, credit = line(image.alt), line(image.caption), line(image.credit)
        if (address and shown(address)) or (not address and (alt or caption or credit)):
            images.setdefault(
                address or (alt, caption, credit),
                Image(address, alt, caption, credit, _size(image.width), _size(image.height)),
            )
    for image in first_images(content_html) if "<img" in content_html else ():
        images.setdefault(image.url, image)
    return tuple(images.values())[:_MOST_IMAGES]


def _size(pixels: int | None) -> int | None:
    return pixels if pixels and pixels > 0 else None


def _enclosures(declared: list[Enclosure], base: str | None) -> tuple[Enclosure, ...]:
    enclosures: dict[str, Enclosure] = {}
    for enclosure in declared[:_MOST_IMAGES]:
        address = absolute(enclosure.url, base)
        if address:
            length = enclosure.length if (enclosure.length or 0) > 0 else None
            kind = line(enclosure.type).lower()[:_LONGEST_NAME]
            enclosures.setdefault(address, Enclosure(address, kind, length))
    return tuple(enclosures.values())
