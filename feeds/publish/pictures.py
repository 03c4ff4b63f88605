"""Pictures that arrived with their articles: where they stand, and which of them may be seen.

An article names such a picture by an address that leads nowhere (RFC 2606: ``.invalid``); what is
published has our own in its place, so that a new public address moves them along.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from ..model import Article, Site
from .select import NEVER
from .write import remove, write

KEPT = "https://pictures.invalid/"
"""What the address of a picture that we keep begins with; its file name follows."""

_NAME = re.compile(re.escape(KEPT) + r"([0-9a-f]{32}\.(?:jpg|png))")


def names_in(article: Article) -> set[str]:
    """Return the file names of the kept pictures that *article* shows."""
    addresses = [image.url for image in article.images if image.url and KEPT in image.url]
    if not addresses and KEPT not in article.content_html:
        return set()
    return set(_NAME.findall(" ".join((article.content_html, *addresses))))


def at_home(article: Article, site: Site) -> Article:
    """Return *article* with its kept pictures at their public address."""
    if not names_in(article):  # most have none, and this is asked of every story
        return article
    home = f"{site.public_url}/pictures/"
    return replace(
        article,
        content_html=article.content_html.replace(KEPT, home),
        images=tuple(
            replace(image, url=image.url and image.url.replace(KEPT, home))
            for image in article.images
        ),
    )


def show(names: Iterable[str], kept: Path, public: Path) -> None:
    """Put the pictures *names* of the folder *kept* into the published tree.

    Raises:
        DiskTrouble: the disk is full or refuses.
    """
    for name in names:
        source, target = kept / name, public / "pictures" / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target)
        except FileExistsError:
            continue
        except FileNotFoundError:  # its file was taken away by hand: the article still stands
            continue
        except OSError:  # a file system without links, or the two on two of them
            write(target, source.read_bytes(), NEVER, twins=False)


def hide(names: Iterable[str], public: Path) -> None:
    """Take the pictures *names* out of the published tree. Raises as ``show``."""
    for name in names:
        remove(public / "pictures" / name)
