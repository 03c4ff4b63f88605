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
from kombu.exceptions import OperationalError
from redis import RedisError

from config.settings import LogSettings
from feeds.errors import Transient

log = logging.getLogger("wireroom")

_COLOURS = {
    "new": "32",
    "updated": "36",
    "duplicate": "33",
    "held": "35",
    "withdrawn": "35",
    "rejected": "31",
}


_OUTAGES = (Transient, OperationalError, RedisError, OSError)
"""What comes from outside: the sentence says it all, and where we met it is of no interest."""


class _Text(logging.Formatter):
    """``17:45:02  new  Headline ...`` with colour where a person watches."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, "fields", {})
        text = record.getMessage()
        if not record.name.startswith(log.name):
            text = text.strip().partition("\n")[0]  # libraries go on with hints and whole stacks
        verdict = fields.get("verdict")
        if self._colour and verdict in _COLOURS:
            text = text.replace(verdict, f"\033[{_COLOURS[verdict]}m{verdict}\033[0m", 1)
        if record.levelno >= logging.WARNING:
            text = f"{record.levelname.lower()}: {text}"
        if record.exc_info and not _is_outage(record.exc_info[1]):
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
        if record.exc_info and not _is_outage(record.exc_info[1]):
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
    # What Python warns of is for developers, and Celery turns off every filter of warnings.
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    # Of a page in which it found no text it says that it discards None; we say what became of it.
    logging.getLogger("trafilatura").setLevel(logging.ERROR)


def say(message: str, **fields: object) -> None:
    """Log *message* as an event that went well, with *fields* for machines."""
    log.info(message, extra={"fields": fields})


def _is_outage(error: BaseException | None) -> bool:
    """Tell whether *error* is an outage, or what a library made of one."""
    while error is not None and not isinstance(error, _OUTAGES):
        error = error.__cause__ or error.__context__
    return error is not None


def _good(record: logging.LogRecord) -> bool:
    return record.levelno < logging.WARNING


def _bad(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
