"""Plain text with a headline: the last format to be asked, for what has no form at all.

The rule: the file is text, its first lines hold a headline (no sentence, at most 25 words), a
sentence stands beneath it, and nearly all of it is words. Source code, logs, tables, messages,
keys and binaries break one of these. A notice to editors is taken whatever its form, so that it
is held for a person and not merely turned away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from ..errors import BrokenDocument
from ..model import Document, Entry, Rejection, Text
from . import advisories
from .byline import people
from .captured.blocks import Block, blocks_of, ends_sentence
from .captured.dateline import read_dateline
from .captured.page import is_machine_text
from .decoding import decode

NAME = "plain text"

_NO_TEXT = re.compile(r"[\0\x01-\x06\x0e-\x1a\x7f]")
_MARKUP = re.compile(r"\s*(?:[{\[<]|---\s*\n|\+\+\+\s*\n|%PDF|%!PS|#!|BEGIN:|-----BEGIN )")
_MACHINE_NAMES = re.compile(
    r"\.(?:c|cc|cfg|conf|cpp|cs|css|csv|diff|env|go|h|ini|ipynb|java|js|json|key|lock|log|patch|pem"
    r"|php|properties|ps1|py|rb|rs|sh|sql|svg|swift|toml|ts|tsv|vcf|xml|ya?ml)$",
    re.IGNORECASE,
)
# RFC 5322, 3.6, and the settings of programs: a message is read as one, or not at all.
_FIELD = re.compile(
    r"(?:return-path|received|delivered-to|message-id|mime-version|content-[a-z-]+|reply-to|sender|from"
    r"|to|cc|subject|dkim-signature|list-[a-z-]+|x-[a-z0-9-]+)[ \t]*:\s",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\w\(\S*\)|\w\(['\"]|[{};]\s*$|^\s*(?:import|from) [\w.]+$|[:=!]=|->|^\s*[@$#]\w"
)
_SHARE_OF_CODE = 0.3
_SETTING = re.compile(r"[a-z_][\w-]*\s*[:=]\s?")  # "title: x"; a newspaper's label has a capital
_LONGEST_HEADLINE = 200  # characters
_HEADLINE_WORDS = 25
_SENTENCE_WORDS = 4
_SHARE_OF_WORDS = 0.75  # of all between blanks: figures and signs are the rest in a table or a log
_SHARE_OF_LETTERS = 0.7
_MOST_LINES = 5_000
_HEAD_LINES = 6
_WORD = re.compile(r"[^\w\s]{0,3}(?:[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*|\d[\d.,:]*)[^\w\s]{0,4}")
_BYLINE = re.compile(r"(?:by|von|par|por|di|door|av|af|text)\s*:?\s+\S", re.IGNORECASE)
_BYLINE_CHARACTERS = 100
_DATE = re.compile(
    r"(?=.{4,40}$)(?=.*\d)(?=.*(?:(?:19|20)\d\d|\d[./]\d))(?:[^\W\d_]{1,12}|[\d.,:/+-]{1,25}|\s)+"
)
_LABELLED = re.compile(
    r"(?P<label>title|headline|summary|deck|byline|by|author|date|published|category|section|dateline)"
    r"\s*:\s*(?P<value>\S.*)",
    re.IGNORECASE,
)


def recognises(document: Document, head: str) -> bool:
    """Tell whether *head* is words with a headline above a sentence, or a notice to editors."""
    if _NO_TEXT.search(head) or head.count("\ufffd") * 50 > len(head) or _MARKUP.match(head):
        return False
    rows = [row for row in head.split("\n") if row.strip()]
    if len(rows) < 2 or _is_program(rows):  # noqa: PLR2004  # a headline and a sentence
        return False
    if _MACHINE_NAMES.search(document.name) or is_machine_text(rows) or not _is_words(head):
        return False
    text, notices = advisories.take(head.replace("\r\n", "\n"))
    if notices.advisory:
        return True
    texts = [block.text for block in blocks_of(text)]
    return len(texts) > 1 and _is_headline(texts[0]) and any(map(_is_sentence, texts[1:]))


def parse(document: Document) -> Iterator[Entry | Rejection]:
    """Yield the one article of the text.

    Raises:
        BrokenDocument: there is nothing beneath the headline.
    """
    written = decode(document.data).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text, notices = advisories.take(written)
    blocks = blocks_of(text)[:_MOST_LINES]
    if not blocks:
        raise BrokenDocument(NAME, "there is no text beside notices to editors")
    entry = Entry(format=NAME)
    body = _without_head(blocks, entry)
    if not body and not notices.advisory:
        raise BrokenDocument(NAME, "there is a headline and no text")
    entry.content = Text(
        "\n".join(f"<p>{escape(block.text, quote=False)}</p>" for block in body), "html"
    )
    dateline = read_dateline(body[0].text) if body else None
    if dateline:
        entry.dateline, entry.wire_source = dateline.place, dateline.wire
    notices.put_on(entry)
    yield entry


def _without_head(blocks: list[Block], entry: Entry) -> list[Block]:
    """Return the blocks of the text, and put on *entry* what stands above them."""
    at = 0
    for block in blocks[:_HEAD_LINES]:
        labelled = _LABELLED.fullmatch(block.text)
        label = labelled["label"].lower() if labelled else ""
        value = labelled["value"] if labelled else block.text
        if label in {"", "title", "headline"} and not entry.title:
            title, said = advisories.title_without(value)
            entry.title = Text(title)
            said.put_on(entry)
        elif label in {"by", "byline", "author"} or (
            _BYLINE.match(value) and len(value) <= _BYLINE_CHARACTERS and not ends_sentence(value)
        ):
            entry.authors = entry.authors or people(value)
        elif label in {"date", "published"} or _DATE.fullmatch(value):
            entry.published = entry.published or value
        elif label in {"category", "section"}:
            entry.categories = [one.strip() for one in value.split(",") if one.strip()]
        elif label in {"summary", "deck"}:
            entry.summary = Text(value)
        elif label == "dateline":
            entry.dateline = value
        else:
            break
        at += 1
    return blocks[at:]


def _is_program(rows: list[str]) -> bool:
    """Tell whether *rows* are a message with its fields, or code."""
    fields = sum(bool(_FIELD.match(row)) for row in rows[:12])
    code = sum(bool(_CODE.search(row)) for row in rows)
    return fields > 1 or (code > 1 and code >= len(rows) * _SHARE_OF_CODE)


def _is_words(head: str) -> bool:
    """Tell whether nearly all of *head* is words; a script without spaces has its letters."""
    parts = head.split()
    letters = sum(character.isalpha() for character in head)
    signs = sum(not character.isspace() for character in head)
    words = sum(bool(_WORD.fullmatch(part)) for part in parts)
    return words >= len(parts) * _SHARE_OF_WORDS and letters >= signs * _SHARE_OF_LETTERS


def _is_headline(text: str) -> bool:
    words = text.split()
    return (
        len(text) <= _LONGEST_HEADLINE
        and len(words) <= _HEADLINE_WORDS
        and not text.endswith((".", ";", ","))
        and not _SETTING.match(text)
        and sum(character.isalpha() for character in text) > 2  # noqa: PLR2004  # "---", "1."
    )


def _is_sentence(text: str) -> bool:
    spaced = len(text.split()) >= _SENTENCE_WORDS
    return ends_sentence(text) and (
        spaced or (not text.isascii() and len(text) >= 3 * _SENTENCE_WORDS)
    )
