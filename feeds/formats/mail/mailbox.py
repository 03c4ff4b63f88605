"""Bytes to messages: what a mail is told by, a mailbox of several, and headers that are damaged."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.message import Message
from email.policy import Compat32

from ...errors import BrokenDocument
from ...model import Document, Entry, Rejection
from ..enclosed import Budget
from .message import NAME, read

_FIELD = re.compile(r"[!-9;-~]{1,76}[ \t]*:")  # RFC 5322, 2.2
_KNOWN = re.compile(
    r"(?:return-path|received|delivered-to|message-id|mime-version|content-type|reply-to|sender|from"
    r"|content-transfer-encoding|to|cc|bcc|subject|date|in-reply-to|references|dkim-signature"
    r"|list-[a-z-]+|x-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)
_SURE = re.compile(
    r"(?:return-path|received|delivered-to|message-id|mime-version|from|subject|reply-to|sender"
    r"|x-mailer|list-id)[ \t]*:",
    re.IGNORECASE,
)
_MBOX = re.compile(r"From \S{1,200}(?:@[^\n]*|[ \t][^\n]*\d{4}[^\n]*)\n(?=[!-9;-~]{1,76}:)")
_MBOX_LINE = re.compile(
    rb"(?:\AFrom \S{1,200}(?:@[^\n]*)?|(?:^|\n\r?\n)From \S{1,200}[ \t][^\n]*\d{4})[^\n]*\r?\n"
    rb"(?=[!-9;-~]{1,76}:)"
)
_HEADER = re.compile(rb"(?:[!-9;-~]{1,76}[ \t]*:[^\n]*\n|[ \t]+[^\s][^\n]*\n)*")
# A line that is no field, before one that is in every mail.
_STRAY = re.compile(
    rb"[^\r\n:]{1,200}[^\n]{0,200}\n"
    rb"(?=(?:received|date|from|to|subject|message-id|mime-version|content-type):)",
    re.IGNORECASE,
)
_MOST_MENDED = 5
_SPACED = re.compile(rb"^([!-9;-~]{1,76})[ \t]+:", re.MULTILINE)
_STUFFED = re.compile(rb"^>(>*From )", re.MULTILINE)
_MAIL_NAMES = (".eml", ".mbox", ".mht", ".mhtml")
_MARKDOWN_NAMES = (".md", ".markdown", ".html", ".htm")
_MOST_MESSAGES = 5_000
_MOST_BOUNDARIES = 200  # each costs the parser a look at every line inside it


class _Raw(Compat32):
    """The parser's lenient policy, with foreign bytes in fields kept and not replaced."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002  # as its base has it
        """Return a field as it stood."""
        return value


def recognises(document: Document, head: str) -> bool:
    """Tell whether *head* opens with the fields of a message, or with the From line of a box."""
    if _MBOX.match(head.replace("\r\n", "\n")):
        return True
    if not _FIELD.match(head):
        return False
    name = document.name.lower()
    if name.endswith(_MAIL_NAMES):
        return True
    known, sure = 0, False
    for line in head.replace("\r\n", "\n").split("\n"):
        if not line or not (line[0] in " \t" or _FIELD.match(line)):
            break
        known += bool(_KNOWN.match(line))
        sure = sure or bool(_SURE.match(line))
    if name.endswith(_MARKDOWN_NAMES):  # MultiMarkdown has fields on top, too
        return bool(
            re.search(
                r"^(?:mime-version|message-id|received):",
                head[:4_000],
                re.IGNORECASE | re.MULTILINE,
            )
        )
    return known >= 2 and sure  # noqa: PLR2004  # "Subject:" alone is a line of a page


def parse(document: Document, budget: Budget | None = None) -> Iterator[Entry | Rejection]:
    """Yield the article of each message in *document*, and those enclosed in them.

    Raises:
        BrokenDocument: there are too many messages, or their parts are nested beyond reason.
    """
    budget = budget or Budget()
    data = document.data.lstrip(b"\xef\xbb\xbf\r\n\t ")
    starts = (
        [found.end() for found in _MBOX_LINE.finditer(data)] if data.startswith(b"From ") else []
    )
    if len(starts) > _MOST_MESSAGES:
        raise BrokenDocument(NAME, f"the mailbox holds more than {_MOST_MESSAGES:,} messages")
    if not starts:
        yield from read(_message(data), document, budget)
        return
    ends = [*(found.start() for found in _MBOX_LINE.finditer(data)), len(data)][1:]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        try:
            message = _message(_STUFFED.sub(rb"\1", data[start:end]))
            yield from read(message, document, budget)
        except BrokenDocument as error:
            yield Rejection("BrokenDocument", f"message {number}: {error.problem}", NAME)


def _message(data: bytes) -> Message:
    """Return the tree of a message.

    The lenient policy parses it: the strict one raises on some of the headers that people send.

    Raises:
        BrokenDocument: its parts are nested beyond reason.
    """
    # RFC 5322, 4.5: of old, blanks stood before the colon; the parser would end the header there.
    data = _mended(data)
    folded = data.lower()
    if folded.count(b"boundary=") + folded.count(b"message/rfc822") > _MOST_BOUNDARIES:
        raise BrokenDocument(NAME, "the message has more parts in parts than any mail needs")
    try:
        return email.message_from_bytes(data, policy=_Raw())
    except RecursionError as error:
        raise BrokenDocument(NAME, "the message is nested too deep") from error


def _mended(data: bytes) -> bytes:
    """Return a message without lines among its fields that are none: the header would end there."""
    head = _HEADER.match(data)
    for _ in range(_MOST_MENDED):
        stray = _STRAY.match(data, head.end()) if head else None
        if not head or not stray:
            break
        data = data[: head.end()] + data[stray.end() :]
        head = _HEADER.match(data)
    return _SPACED.sub(rb"\1:", head[0]) + data[head.end() :] if head else data
