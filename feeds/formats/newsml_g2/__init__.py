"""NewsML-G2, IPTC's items of news: alone, in messages and in packages."""

from .document import parse, recognises
from .item import NAME

__all__ = ["NAME", "parse", "recognises"]
