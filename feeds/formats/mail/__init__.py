"""Mail: messages, mailboxes and saved pages (RFC 5322, 2045 to 2049, 2557, 3676)."""

from .mailbox import parse, recognises
from .message import NAME

__all__ = ["NAME", "parse", "recognises"]
