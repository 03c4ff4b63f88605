"""The id that an entry carries for ever (RFC 4287, 4.2.6): ours, or safely its source's.

A reader keeps what it knows under an id, newsboat for all feeds together. So the id of a source is
taken over only if the operator wants that, and a feed's only if it lies on the feed's own ground:
else one bad feed could name its entries as another's, and overwrite them.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from ..model import Named, Site
from .address import web

_URI = re.compile(r"(?:https?://|tag:|urn:[a-z0-9][a-z0-9-]+:)[!-~]+\Z", re.IGNORECASE)
_TAG = re.compile(r"tag:([^\s,:@]+),\d{4}(?:-\d\d){0,2}:", re.IGNORECASE)  # RFC 4151, 2.1
_LONGEST = 500  # what is longer is data, not a name


def entry_id(named: Named, site: Site, now: datetime) -> str:
    """Return the id for an article that is new *now*: a ``tag:`` URI of our own (RFC 4151).

    With ``id_policy`` "upstream" it is what its source calls it, if that is a web address or a
    ``tag:`` or ``urn:`` URI and came by a file or a program; a feed may name what is on its host.
    """
    article = named.article
    given = article.upstream_id or ""
    if site.id_policy == "upstream" and len(given) <= _LONGEST and _URI.match(given):
        ground = _host(article.source)
        if web(article.source) is None or (ground and _host(given) == ground):
            return given
    return f"tag:{site.tag_authority},{now:%Y}:{named.id}"


def _host(address: str) -> str:
    """Return the host that answers for *address*, a ``tag:`` or web URI; empty where none does."""
    tag = _TAG.match(address)
    try:
        host = tag[1] if tag else urlsplit(web(address) or "").hostname or ""
    except ValueError:  # "http://[": an address of brackets
        return ""
    return host.lower().removeprefix("www.")
