"""RSS, Atom and RDF: a strict fast path, and feedparser for all that it is not sure of."""

from .document import NAME, parse, read, recognises, strict

__all__ = ["NAME", "parse", "read", "recognises", "strict"]
