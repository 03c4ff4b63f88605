"""RSS, Atom and RDF: a strict fast path, and feedparser for all that it is not sure of."""

from .document import NAME, parse, recognises, strict

__all__ = ["NAME", "parse", "recognises", "strict"]
