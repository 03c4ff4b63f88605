"""NITF 3.0 to 3.6, IPTC's News Industry Text Format, with and without DTD and namespace."""

from .document import NAME, entry_of, parse, recognises

__all__ = ["NAME", "entry_of", "parse", "recognises"]
