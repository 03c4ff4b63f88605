"""Pictures that arrive with an article: made anew without what hides in them, kept by content.

A picture file may hold the place where it was taken, a program, or a format that browsers run
(SVG). So none is passed on as it came: it is decoded, turned upright, brought to sRGB and to a size
that pages can use, and written again; what cannot be decoded is left out and its words remain.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Mapping
from hashlib import sha256
from html import unescape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec.structs import replace
from PIL import Image as Raster
from PIL import ImageCms, ImageOps

from .model import Entry, Image
from .publish.pictures import KEPT
from .publish.select import NEVER
from .publish.write import write

log = logging.getLogger("wireroom.pictures")

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
_MOST_PIXELS = 80_000_000  # a camera's; decoded it takes four bytes each
_LONGEST_SIDE = 2_000  # pixels: a page at twice the density of a screen
_QUALITY = 82
_MOST_PICTURES = 50
_SOURCE = re.compile(
    r"""(<img\b[^>]{0,2000}?\ssrc\s*=\s*)(["'])(.{1,2000}?)\2""", re.IGNORECASE | re.DOTALL
)


class Kept(NamedTuple):
    """A picture that stands in our folder: its address in an article, and its size in pixels."""

    url: str
    width: int
    height: int


class Pictures(msgspec.Struct, frozen=True):
    """The folder of the pictures that we keep, each under the digest of what arrived."""

    folder: Path

    def keep(self, data: bytes) -> Kept | None:
        """Keep the picture *data*; return where and how large, or None if it is none that we read.

        Durable when this returns. The same bytes again cost one look at the disk.

        Raises:
            DiskTrouble: the disk is full or refuses.
        """
        digest = sha256(data).hexdigest()[:32]
        for suffix in (".jpg", ".png"):
            path = self.folder / f"{digest}{suffix}"
            if path.exists():
                with Raster.open(path) as known:
                    return Kept(KEPT + path.name, *known.size)
        try:
            made, suffix, size = made_anew(data)
        except (OSError, ValueError, SyntaxError, EOFError, Raster.DecompressionBombError) as error:
            log.info("a picture of %d bytes is left out: %s", len(data), error)
            return None
        # Its name is its content: it never changes.
        write(self.folder / f"{digest}{suffix}", made, NEVER, twins=False)
        return Kept(f"{KEPT}{digest}{suffix}", *size)


def made_anew(data: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """Return the picture *data* written again, its suffix, and its width and height in pixels.

    Photographs become JPEG, what was lossless or has see-through parts PNG; of a moving picture
    the first frame is taken.

    Raises:
        OSError, ValueError: it is no picture of a kind that we read, is damaged or too large.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damage that can be passed over
        with Raster.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise ValueError(f"{opened.width} x {opened.height} pixels are too many")
            lossless = opened.format in {"PNG", "GIF", "BMP"}
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened)
            clear = upright.has_transparency_data
            picture = _in_srgb(upright, "RGBA" if clear else "RGB")
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    picture.info.clear()
    out = io.BytesIO()
    if lossless or clear:
        picture.save(out, "PNG", optimize=True)
        return out.getvalue(), ".png", picture.size
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return out.getvalue(), ".jpg", picture.size


def _in_srgb(picture: Raster.Image, mode: str) -> Raster.Image:
    """Return *picture* in *mode* with the colours of the web; an unreadable profile is none."""
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK", "L") and mode == "RGB":
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert(mode)


def illustrated(entry: Entry, beside: Mapping[str, bytes], pictures: Pictures | None) -> Entry:
    """Return *entry* with the pictures that came with it at addresses of our own.

    Those that it refers to are found by name (``cid:``, a path, a file name alone); what stood
    *beside* the document and is not referred to illustrates it all the same. Where nothing is kept
    (*pictures* is None) a reference to such a picture leads nowhere, and its words remain.

    Raises:
        DiskTrouble: as ``Pictures.keep``.
    """
    found = {**entry.attachments, **beside}
    if not found:
        return entry
    references = _References(found, pictures)
    content = entry.content
    if content is not None and content.type == "html":
        content = replace(content, value=_SOURCE.sub(references.in_markup, content.value))
    images = [references.of_image(image) for image in entry.images]
    images += [
        Image(kept.url, width=kept.width, height=kept.height)
        for name in beside
        if name not in references.used and (kept := references.kept(name))
    ]
    return replace(entry, content=content, images=images, attachments={})


class _References:
    """The pictures that came with an entry, by the names that its text may call them."""

    def __init__(self, found: Mapping[str, bytes], pictures: Pictures | None) -> None:
        self.used: set[str] = set()
        self._pictures = pictures
        self._found = dict(list(found.items())[:_MOST_PICTURES])
        self._kept: dict[str, Kept | None] = {}
        self._names: dict[str, str] = {}
        for name in found:
            for spelling in (name, name.removeprefix("cid:"), PurePosixPath(name).name):
                self._names.setdefault(spelling.lower(), name)

    def kept(self, name: str) -> Kept | None:
        if name not in self._kept:
            data = self._found.get(name)
            keep = self._pictures.keep if self._pictures and data else None
            self._kept[name] = keep(data) if keep and data else None
        return self._kept[name]

    def of_image(self, image: Image) -> Image:
        name = self._named(image.url or "")
        if name is None:
            return image
        kept = self.kept(name)
        if kept is None:
            return replace(image, url=None, width=None, height=None)
        return replace(image, url=kept.url, width=kept.width, height=kept.height)

    def in_markup(self, match: re.Match[str]) -> str:
        name = self._named(unescape(match[3]))
        if name is None:
            return match[0]
        kept = self.kept(name)
        return f"{match[1]}{match[2]}{kept.url if kept else ''}{match[2]}"

    def _named(self, reference: str) -> str | None:
        """Return the name of the picture that *reference* means, if it is one that came along."""
        plain = unquote(reference.strip()).removeprefix("cid:").removeprefix("./").lower()
        name = self._names.get(plain)
        if name is None and "://" not in plain:
            name = self._names.get(PurePosixPath(plain.replace("\\", "/")).name)
        if name is not None:
            self.used.add(name)
        return name
