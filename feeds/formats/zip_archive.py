"""A ZIP archive: each member read as if it had been dropped, pictures given to their articles.

Nothing is written to a disk. Names that lead out of the archive, links, encrypted members and
bombs (by ratio, size, number and depth) are turned away one by one, and their neighbours pass.
"""

from __future__ import annotations

import re
import stat
import zlib
from collections.abc import Iterator
from io import BytesIO
from lzma import LZMAError
from posixpath import basename, dirname, join, normpath, splitext
from urllib.parse import unquote
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

import msgspec

from ..errors import BrokenDocument
from ..model import Document, Entry, Image, Rejection
from .enclosed import Budget, entries_in

NAME = "zip"

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK00PK\x03\x04")
_CENTRAL = b"PK\x01\x02"
_MOST_RECORDS = 20_000  # of the central directory: reading it takes 10 us each
_MOST_MEMBERS = 1_000
_MOST_BYTES = 16_000_000  # of one member, as of a dropped file
_MOST_RATIO = 200  # news text packs 3 to 20 times, a bomb 1,000 times
_ALWAYS_TAKEN = 1_000_000  # bytes: below, a ratio is no danger
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff")
_LEFT_ASIDE = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_OFFICE = {
    "[content_types].xml": "an Office document (DOCX, XLSX, PPTX)",
    "mimetype": "an OpenDocument or EPUB file",
    "meta-inf/manifest.mf": "a Java archive",
    "androidmanifest.xml": "an Android package",
}
_DRIVE = re.compile(r"[A-Za-z]:")
_REFERENCE = re.compile(r"""(?:src|href|poster)\s*=\s*["']?([^"'\s>]{1,500})""", re.IGNORECASE)


class _Refused(Exception):
    """A member is not opened; the text says why."""


def recognises(document: Document, head: str) -> bool:  # noqa: ARG001  # the bytes tell, not the text
    """Tell whether *document* opens as a ZIP archive does."""
    return document.data.startswith(_MAGIC)


def parse(document: Document, budget: Budget | None = None) -> Iterator[Entry | Rejection]:
    """Yield the entries of each member of *document*, and a rejection for each that is not read.

    Raises:
        BrokenDocument: the archive cannot be opened, holds too much, or is a document of an office.
    """
    budget = budget or Budget()
    if document.data.count(_CENTRAL) > _MOST_RECORDS:
        raise BrokenDocument(NAME, f"the archive holds more than {_MOST_RECORDS:,} records")
    try:
        with ZipFile(BytesIO(document.data)) as archive:
            yield from _members(document, archive, budget)
    except (BadZipFile, LargeZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BrokenDocument(NAME, f"the archive cannot be opened: {error}") from error


def _members(document: Document, archive: ZipFile, budget: Budget) -> Iterator[Entry | Rejection]:
    members = _documents(archive)
    pictures: dict[str, bytes] = {}
    texts: list[tuple[str, bytes]] = []
    refused = 0
    for member in members:
        try:
            name = _safe_name(member)
            data = _data(archive, member, budget)
        except _Refused as reason:
            refused += 1
            yield Rejection("RefusedFile", f"{_legible(member)}: {reason}", NAME)
            continue
        if name.lower().endswith(_PICTURES):
            pictures[name] = data
        else:
            texts.append((name, data))
    if not texts and not refused:
        raise BrokenDocument(NAME, "the archive holds pictures and no text")
    for name, data in texts:
        inner = msgspec.structs.replace(
            document, data=data, name=f"{document.name}/{name}", content_type=None, receipt=None
        )
        for found in entries_in(inner, budget):
            if isinstance(found, Entry):
                _illustrate(found, name, pictures, alone=len(texts) == 1)
            yield found


def _documents(archive: ZipFile) -> list[ZipInfo]:
    """Return the members that somebody put there.

    Raises:
        BrokenDocument: there are none or too many, or the archive is a document of an office.
    """
    members = [
        one
        for one in archive.infolist()
        if not one.filename.endswith("/") and not _aside(one.filename)
    ]
    office = [kind for one in members if (kind := _OFFICE.get(one.filename.lower()))]
    if office:
        raise BrokenDocument(NAME, f"{office[0]} is not read")
    if not members:
        raise BrokenDocument(NAME, "the archive is empty")
    if len(members) > _MOST_MEMBERS:
        raise BrokenDocument(
            NAME, f"the archive holds {len(members):,} files; at most {_MOST_MEMBERS:,} are read"
        )
    return members


def _aside(name: str) -> bool:
    """Tell whether *name* is what a system leaves in archives, and no document of anybody."""
    parts = name.replace("\\", "/").lower().split("/")
    return any(part in _LEFT_ASIDE or (part.startswith(".") and part.strip(".")) for part in parts)


def _safe_name(member: ZipInfo) -> str:
    """Return the path of *member* inside the archive.

    Raises:
        _Refused: it is no file, or its name leads out.
    """
    name = member.filename.replace("\\", "/")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _Refused("a symbolic link is never followed")
    if not name.strip("."):
        raise _Refused("it has no name")
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise _Refused("its name leads out of the archive")
    if member.flag_bits & 1:
        raise _Refused("it is encrypted")
    return normpath(name)


def _data(archive: ZipFile, member: ZipInfo, budget: Budget) -> bytes:
    """Return the bytes of *member*, never more than may be taken, whatever its header says.

    Raises:
        _Refused: it is too large, packed too tight, damaged or packed in a way that is not read.
    """
    budget.documents -= 1
    most = min(_MOST_BYTES, budget.bytes)
    if budget.documents < 0 or most <= 0:
        raise _Refused("the archive unpacks to more than is taken from one file")
    most = min(most, max(_ALWAYS_TAKEN, member.compress_size * _MOST_RATIO))
    try:
        with archive.open(member) as file:
            data = file.read(most + 1)
    except NotImplementedError as error:
        raise _Refused("it is packed in a way that is not read") from error
    except (
        BadZipFile,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        zlib.error,
        LZMAError,
    ) as error:
        raise _Refused(f"it is damaged: {error}") from error
    if len(data) > most:
        raise _Refused(f"it unpacks to more than {most:,} bytes")
    budget.bytes -= len(data)
    return data


def _illustrate(entry: Entry, name: str, pictures: dict[str, bytes], *, alone: bool) -> None:
    """Give *entry*, read from the member *name*, the pictures that are its own.

    They are those that it refers to (by path, or by a name that only one has) and those that share
    its stem; if it is the only document, all of them.
    """
    wanted = dict.fromkeys(image.url for image in entry.images if image.url)
    wanted |= dict.fromkeys(_REFERENCE.findall(entry.content.value) if entry.content else ())
    taken: set[str] = set()
    for reference in wanted:
        path = _resolved(reference, name, pictures)
        if path:
            entry.attachments = {**entry.attachments, reference: pictures[path]}
            taken.add(path)
    stem = splitext(name)[0]
    for path, data in pictures.items():
        beside = splitext(path)[0] == stem or re.match(rf"{re.escape(stem)}[-_. ]?\d+\.", path)
        if path not in taken and (beside or alone):
            entry.attachments = {**entry.attachments, path: data}
            entry.images = [*entry.images, Image(path)]


def _resolved(reference: str, name: str, pictures: dict[str, bytes]) -> str | None:
    """Return the member that *reference* in the member *name* means."""
    path = unquote(reference.partition("?")[0].partition("#")[0])
    if "://" in path or path.startswith("data:"):
        return None
    here = normpath(join(dirname(name), path.lstrip("/")))
    for candidate in (here, normpath(path.lstrip("/"))):
        if candidate in pictures:
            return candidate
    same = [one for one in pictures if basename(one) == basename(path)]
    return same[0] if len(same) == 1 else None


def _legible(member: ZipInfo) -> str:
    return member.filename.encode("utf-8", "backslashreplace").decode()[:200]
