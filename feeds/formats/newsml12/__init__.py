"""NewsML 1.0 to 1.2, IPTC's envelope of news components; NewsML-G2 is another format."""

from .document import NAME, parse, recognises

__all__ = ["NAME", "parse", "recognises"]
