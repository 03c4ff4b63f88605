"""A newspaper page as captured text: select-all and copy, or a text browser. The last one asked.

Such a page has no marks, only habits: ``lines`` says what each line is by itself,
``head`` and ``body`` what it is in its place, ``words`` knows the
languages. A page must show a headline and prose beneath it; a table, code or a log has neither.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import BrokenDocument
from ...model import Document, Entry, Image, Person, Rejection, Text
from .. import advisories
from ..decoding import decode
from .agencies import copyright_owner, credited
from .blocks import blocks_of, is_prose, same
from .body import captions_above, is_paragraph, read_body, take_figures
from .dateline import Dateline, read_dateline
from .facts import Facts, lone_author, read_facts
from .head import could_be_title, deck_lines, split_kickers, title_lines
from .lines import Line, address, classify
from .masthead import take_masthead
from .noise import COPYRIGHT, footer, noise

NAME = "captured"

_MOST_LINES = 5_000
"""A page of so many lines is no article; the longest reportages have some 500 paragraphs."""

_NEAR = 12
"""Lines behind the headline in which a browser's title may say it again."""

_BINARY = re.compile(r"[\0\x01-\x06\x0e-\x1a]")  # also the envelope of IPTC 7901 and ANPA 1312
_MARKUP = re.compile(r"\s*(?:[{\[]\s*[\"{\[\]}]|<[!?A-Za-z]|---\s*\n|\+\+\+\s*\n|%PDF|%!PS|#!)")
# Keys begin small: "published: true" is a setting, "Published: 2 days ago" a newspaper's line.
_CODE = re.compile(
    r"""\s*(?:
      (?:import|from|def|class|return|public|private|static|const|let|var|func|function|package
        |using|if|for
        |while|end|fn|impl|struct|namespace|module|require|export|async|elif|else|try|except
        |SELECT|INSERT|CREATE|UPDATE)\b.*[({:;}=]
    | (?:import|from)\s[\w.]+(?:\s(?:import|as)\s.*)?
    | [\[\](){};,]+ | \#include.* | // .* | /\*.* | \*/ | .*[{};] | </?\w.*> | @\w+.* | \$\ .*
      | >>>\ .*
    | [\"']?[a-z_][\w.\[\]-]*[\"']?\s?(?::?=|\+=|:)\s?\S.*
    )\s*""",
    re.VERBOSE,
)
_LOG = re.compile(
    r"\s*\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d"
    r"|[A-Z][a-z]{2}\s+\d{1,2} \d\d:\d\d:\d\d|\d{1,3}(?:\.\d{1,3}){3}\s|(?:DEBUG|INFO|WARN"
    r"|WARNING|ERROR|TRACE|FATAL)\b)"
)
_MAIL = re.compile(  # RFC 5322, 3.6: a message opens with its fields
    r"(?:return-path|received|delivered-to|message-id|mime-version|content-[a-z-]+|reply-to|sender"
    r"|from|to|cc|subject|date|dkim-signature|list-[a-z-]+|x-[a-z0-9-]+):\s",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:Headline|Title)\s?:\s", re.IGNORECASE)  # a text with fields, no page
_SHARE_OF_LINES = 0.3
"""Of all lines: so many in code or in a log's form are no accident in a page."""


def recognises(document: Document, head: str) -> bool:  # noqa: ARG001 - the name of a page says nothing
    """Say whether *head* is text with a headline and at least one paragraph of prose."""
    if _BINARY.search(head) or head.count("\ufffd") * 50 > len(head) or _MARKUP.match(head):
        return False
    rows = [row for row in head.split("\n") if row.strip()]
    if len(rows) < 2 or _LABEL.match(rows[0]) or is_machine_text(rows):  # noqa: PLR2004 - a headline and a paragraph
        return False
    texts = [block.text for block in blocks_of(head)]
    first = next((i for i, text in enumerate(texts) if is_prose(text) and not noise(text)), 0)
    return any(map(could_be_title, texts[:first]))


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield the one article of the page.

    Raises:
        BrokenDocument: no line can be its headline, or nothing stands beneath it.
    """
    written = decode(document.data).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text, notices = advisories.take(written)
    blocks = blocks_of(text)[:_MOST_LINES]
    lines = [classify(block) for block in blocks]
    titles = title_lines(lines)
    if not titles:
        raise BrokenDocument(NAME, "no line of the page can be its headline")
    publisher, titles = take_masthead(lines, titles)
    above = captions_above(lines, titles)
    kickers, headline = split_kickers(lines, [i for i in titles if i not in above])
    facts = Facts(publisher=publisher, sections=kickers)
    images, used = take_figures(lines, headline, above)
    used |= _repeated_headline(lines, headline)
    if facts.publisher is not None:
        used |= {i for i, line in enumerate(lines) if same(line.text, facts.publisher)}
    author = lone_author(lines, headline, used)
    if author is not None:
        facts.authors = [Person(name=lines[author].text)]
        used.add(author)
    deck = deck_lines(lines, headline, used)
    used.update(deck)
    body = next(
        (i for i in range(headline + 1, len(lines)) if i not in used and is_paragraph(lines[i])),
        None,
    )
    if body is None:
        raise BrokenDocument(NAME, "the page has a headline and no text")
    read_facts(lines, headline, body, facts)
    entry = _entry(lines, headline, deck, body, used, facts, images)
    notices.put_on(entry)
    yield entry


def _entry(  # noqa: PLR0913, PLR0917 - what the page was taken apart into
    lines: list[Line],
    headline: int,
    deck: list[int],
    body: int,
    used: set[int],
    facts: Facts,
    images: list[Image],
) -> Entry:
    parts = read_body(lines, body, used, facts.authors)
    dateline = read_dateline(lines[body].text) or Dateline()
    links = (address(line.text) for line in lines if line.kind == "address")
    footers = (line.text for line in lines[body:] if line.kind == "noise" and footer(line.text))
    return Entry(
        format=NAME,
        title=Text(lines[headline].text),
        summary=Text(" ".join(lines[i].text for i in deck)) if deck else None,
        content=Text("\n".join(part.html() for part in parts), "html"),
        link=next(filter(None, links), None),
        authors=facts.authors,
        categories=facts.sections,
        published=facts.published,
        updated=facts.updated,
        page_date=facts.page_date,
        images=images,
        publisher=facts.publisher or _footer_owner(lines),
        dateline=dateline.place,
        wire_source=dateline.wire or facts.wire or _wire(lines, body),
        rights=next(footers, None),
    )


def _repeated_headline(lines: list[Line], headline: int) -> set[int]:
    """Return the lines near the headline that say it again, as a browser's title does."""
    near = range(headline + 1, min(len(lines), headline + _NEAR))
    return {i for i in near if same(lines[i].text, lines[headline].text)}


def is_machine_text(rows: list[str]) -> bool:
    """Say whether *rows* are a message, code, a log or a table rather than lines of a page."""
    if _MAIL.match(rows[0]) and any(_MAIL.match(row) for row in rows[1:5]):
        return True
    limit = max(2, len(rows) * _SHARE_OF_LINES)
    if sum(bool(_CODE.fullmatch(row[:300])) for row in rows) > limit:
        return True
    if sum(bool(_LOG.match(row)) for row in rows) > limit:
        return True
    for mark in ("\t", ";", ",", "|"):
        counts = {row.count(mark) for row in rows}
        if len(rows) > 2 and len(counts) == 1 and counts != {0}:  # noqa: PLR2004 - two rows agree by chance
            return True
    return False


def _footer_owner(lines: list[Line]) -> str | None:
    """Return the paper that the copyright line names, where no masthead does."""
    for line in reversed(lines):
        sign = COPYRIGHT.match(line.text) if line.kind == "noise" else None
        if sign and sign["year"] and sign["owner"] and not copyright_owner(line.text):
            return sign["owner"].strip(" ,;–—-") or None
    return None


def _wire(lines: list[Line], body: int) -> str | None:
    """Return the agency that the text or its copyright line credits with the story."""
    last = max((i for i, line in enumerate(lines) if line.prose), default=body)
    for i, line in enumerate(lines[body:], body):
        if line.kind == "noise":
            name = copyright_owner(line.text) if footer(line.text) else None
        else:
            name = credited(line.text, last=i == last) if line.kind == "text" else None
        if name:
            return name
    return None
