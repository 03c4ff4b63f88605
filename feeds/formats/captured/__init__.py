"""The captured text page: what a newspaper page becomes by select-all and copy.

What a line is, its place and its neighbours say, never its words alone.
"""

from .page import NAME, parse, recognises

__all__ = ["NAME", "parse", "recognises"]
