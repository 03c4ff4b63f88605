"""One event a line: a sentence for people, or JSON for machines.

What went well goes to standard output (``up`` prints it), warnings and errors to standard error.
No bodies, no secrets in addresses.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

import msgspec

from config.settings import LogSettings

log = logging.getLogger("wireroom")

_COLOURS = {
    "new": "32",
    "updated": "36",
    "duplicate": "33",
    "held": "35",
    "withdrawn": "35",
    "rejected": "31",
}


class _Text(logging.Formatter):
    """``17:45:02  new  Headline ...`` with colour where a person watches."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, "fields", {})
        text = record.getMessage()
        verdict = fields.get("verdict")
        if self._colour and verdict in _COLOURS:
            text = text.replace(verdict, f"\033[{_COLOURS[verdict]}m{verdict}\033[0m", 1)
        if record.levelno >= logging.WARNING:
            text = f"{record.levelname.lower()}: {text}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return f"{datetime.fromtimestamp(record.created).astimezone():%H:%M:%S}  {text}"


class _Json(logging.Formatter):
    """One JSON object a line: ts, level, event, message and the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def set_up(settings: LogSettings) -> None:
    """Send what this process says to its two streams, and every library's warnings with it."""
    root = logging.getLogger()
    root.handlers.clear()
    for stream, wanted in ((sys.stdout, _good), (sys.stderr, _bad)):
        handler = logging.StreamHandler(stream)
        colour = stream.isatty() and "NO_COLOR" not in os.environ
        handler.setFormatter(_Json() if settings.format == "json" else _Text(colour=colour))
        handler.addFilter(wanted)
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    log.setLevel(settings.level.upper())


def say(message: str, **fields: object) -> None:
    """Log *message* as an event that went well, with *fields* for machines."""
    log.info(message, extra={"fields": fields})


def _good(record: logging.LogRecord) -> bool:
    return record.levelno < logging.WARNING


def _bad(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
