"""Addresses as feeds and pages may carry them: of the web alone, and as URIs."""

from __future__ import annotations

import re
from urllib.parse import quote

WEB = ("http://", "https://")

_URI = re.compile(r"[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#\[\]]*\Z")
_URI_SAFE = ";/?:@&=+$.-_!~*'()%,#[]"


def as_uri(address: str) -> str:
    """Return *address* as a URI: RSS knows no IRI, and the W3C validator reports one."""
    return address if _URI.match(address) else quote(address, safe=_URI_SAFE)


def web(address: str | None) -> str | None:
    """Return *address* if it is one of the web; no ``javascript:`` link gets out."""
    return address if address and address.lower().startswith(WEB) else None
