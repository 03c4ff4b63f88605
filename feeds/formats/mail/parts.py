"""The MIME tree of a message to what a reader sees: one body, its pictures, and what is enclosed.

RFC 2046: of alternatives the richest that we read, of related parts the first with the pictures
that it shows, of mixed parts the first text and everything else beside it.
"""

from __future__ import annotations

import binascii
import re
from email.message import Message

import msgspec

from .header import in_charset, text_of

_TEXT_TYPES = frozenset({"text/plain", "text/html", "application/xhtml+xml"})
# What is in a mail for its machinery and never a document of its own.
_MACHINERY = re.compile(
    r"application/(?:(?:x-)?pkcs7-signature|pgp-(?:signature|keys|encrypted)|ms-tnef)|text/(?:x-vcard|vcard|calendar|rfc822-headers)"
    r"|message/(?:delivery-status|disposition-notification|partial|external-body)",
    re.IGNORECASE,
)
_TNEF = "application/ms-tnef"
_MOST_PARTS = 500
_DEEPEST = 30
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} \S.*$", re.MULTILINE)


class Part(msgspec.Struct, frozen=True):
    """A leaf of the tree: its name, its media type and its bytes, or an enclosed *message*."""

    name: str
    kind: str
    data: bytes
    cid: str = ""
    location: str = ""
    message: Message | None = None


class Content(msgspec.Struct):
    """A message taken apart: HTML or text, pictures, enclosed documents and messages.

    *unread* says why there is no text where there might be one: it is encrypted, or in TNEF.
    """

    html: str = ""
    html_location: str = ""
    text: str = ""
    flowed: bool = False
    delsp: bool = False
    pictures: list[Part] = []
    enclosed: list[Part] = []
    unread: str = ""
    parts: int = 0


def content_of(message: Message) -> Content:
    """Return what *message* holds."""
    content = Content()
    _walk(message, content, 0)
    return content


def _walk(part: Message, content: Content, depth: int) -> None:
    content.parts += 1
    if content.parts > _MOST_PARTS or depth > _DEEPEST:
        return
    kind = part.get_content_type()
    children = part.get_payload() if part.is_multipart() else None
    if kind == "message/rfc822" and isinstance(children, list):
        content.enclosed += [
            Part("message.eml", kind, b"", message=child)
            for child in children[:1]
            if isinstance(child, Message)
        ]
    elif kind in {"multipart/encrypted", "application/pkcs7-mime"}:
        content.unread = "it is encrypted"
    elif isinstance(children, list):
        _branch(kind, [one for one in children if isinstance(one, Message)], content, depth)
    else:
        _leaf(part, kind, content)


def _branch(kind: str, children: list[Message], content: Content, depth: int) -> None:
    if kind != "multipart/alternative":
        for child in children:
            _walk(child, content, depth + 1)
        return
    chosen = Content(parts=content.parts)
    for child in children:
        inner = Content(parts=chosen.parts)
        _walk(child, inner, depth + 1)
        chosen.parts = inner.parts
        if inner.html.strip():  # each says the same, the last the most
            chosen.html, chosen.html_location = inner.html, inner.html_location
        if not chosen.text.strip():
            chosen.text, chosen.flowed, chosen.delsp = inner.text, inner.flowed, inner.delsp
        chosen.pictures += inner.pictures
        chosen.enclosed += inner.enclosed
        chosen.unread = chosen.unread or inner.unread
    content.parts = chosen.parts
    content.pictures += chosen.pictures
    content.enclosed += chosen.enclosed
    content.unread = content.unread or chosen.unread
    # Text before the alternatives is a server's warning, or the mail itself and they its footer.
    if max(len(chosen.html), len(chosen.text)) > max(len(content.html), len(content.text)):
        content.html, content.html_location = chosen.html, chosen.html_location
        content.text, content.flowed, content.delsp = chosen.text, chosen.flowed, chosen.delsp


def _leaf(part: Message, kind: str, content: Content) -> None:
    name = _name(part)
    disposition = (part.get_content_disposition() or "").lower()
    if _MACHINERY.fullmatch(kind):
        content.unread = content.unread or (
            "its text is in TNEF, which is not read" if kind == _TNEF else ""
        )
        return
    data = payload(part)
    if kind in _TEXT_TYPES and not (disposition == "attachment" or (name and content.text)):
        _body(part, kind, data, content)
    elif kind.startswith("image/"):
        cid = str(part.get("Content-ID") or "").strip(" <>\r\n\t")
        location = text_of(str(part.get("Content-Location") or ""))
        content.pictures.append(Part(name, kind, data, cid, location))
    elif name.lower() == "winmail.dat":
        content.unread = content.unread or "its text is in TNEF, which is not read"
    elif data.strip():
        content.enclosed.append(Part(name or f"part.{kind.rpartition('/')[2]}", kind, data))


def _body(part: Message, kind: str, data: bytes, content: Content) -> None:
    """Take a text of the message itself; a second one goes on with the first."""
    written = in_charset(data, _parameter(part, "charset"))
    if kind != "text/plain":
        content.html = f"{content.html}\n{written}" if content.html else written
        content.html_location = content.html_location or text_of(
            str(part.get("Content-Location") or "")
        )
        return
    written = _UUENCODED.split(written.encode("utf-8", "replace"), maxsplit=1)[0].decode("utf-8")
    content.flowed = content.flowed or _parameter(part, "format").lower() == "flowed"
    content.delsp = content.delsp or _parameter(part, "delsp").lower() == "yes"
    content.text = f"{content.text.rstrip()}\n\n{written}" if content.text.strip() else written


def payload(part: Message) -> bytes:
    """Return the bytes of a leaf, as much as its transfer encoding lets be read."""
    try:
        data = part.get_payload(decode=True)
    except (ValueError, binascii.Error, LookupError, AssertionError, TypeError):
        data = None
    if isinstance(data, bytes):
        return data
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name)
    except (ValueError, TypeError, IndexError):
        return ""
    return str(value[2] if isinstance(value, tuple) else value or "").strip("\"' \t")


def _name(part: Message) -> str:
    """Return the file name of a part, without folders that it claims to be in."""
    try:
        name = part.get_filename() or ""
    except (ValueError, TypeError, IndexError, LookupError, AttributeError):
        name = ""
    return text_of(str(name)).replace("\\", "/").rpartition("/")[2].replace("\0", "")[:200]
