"""The HTML page: what it says of itself in its metadata, and the text of its article."""

from .page import NAME, parse, recognises

__all__ = ["NAME", "parse", "recognises"]
