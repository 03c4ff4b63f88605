"""WordPress's own export, WXR 1.0 to 1.2: its posts and pages that are published."""

from .document import NAME, parse, recognises

__all__ = ["NAME", "parse", "recognises"]
