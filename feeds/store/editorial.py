"""What a person does and asks: take back, restore, and what happened to an article."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import UnknownArticle
from .connection import Connection, line, moment


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to an article."""

    at: datetime
    verdict: str
    rule: str
    source: str
    place: str
    reason: str


class Editorial:
    """Decisions of people about single articles, each written to the article's journal."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def withdraw(self, article_id: str, reason: str, who: str, now: datetime) -> bool:
        """Take the article back: every feed that held it shows a stub under its id from now on.

        Returns whether that changed anything.

        Raises:
            UnknownArticle: there is none of this id.
        """
        return self._decide("withdraw", article_id, reason, who, now)

    def restore(self, article_id: str, who: str, now: datetime) -> bool:
        """Undo a withdrawal; return whether that changed anything. Raises as ``withdraw``."""
        return self._decide("restore", article_id, "", who, now)

    def journal(self, article_id: str) -> list[Event]:
        """Return what happened to the article, the oldest first (at most the last 50 events)."""
        with self._connection.doing("reading a journal") as client:
            lines = client.lrange(self._connection.key("journal", article_id), 0, -1)
        events = []
        for text in lines:
            at, verdict, rule, source, place, reason = text.decode().split("\t")
            events.append(Event(moment(at), verdict, rule, source, place, reason))
        return events

    def _decide(self, verb: str, article_id: str, reason: str, who: str, now: datetime) -> bool:
        answer = self._connection.script(
            "editorial", f"deciding to {verb}", now, verb, article_id, line(reason), line(who)
        )
        if answer == b"unknown":
            raise UnknownArticle(article_id)
        return bool(answer != b"already")
