"""What becomes of an article after it came: by a person, or because its time has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..errors import UnknownArticle
from ..model import Feed, Published
from .connection import Connection, line, milliseconds, moment, texts
from .standing import standing


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

    def __init__(self, connection: Connection, *, category_limit: int) -> None:
        self._connection = connection
        self._category_limit = category_limit

    def withdraw(self, article_id: str, reason: str, who: str, now: datetime) -> bool:
        """Take the article back: every feed that held it shows a stub under its id from now on.

        Returns whether that changed anything.

        Raises:
            UnknownArticle: there is none of this id.
        """
        return self._decide("withdraw", article_id, reason, who, now)

    def restore(self, story: Published, feeds: Sequence[Feed], who: str, now: datetime) -> bool:
        """Show *story*, which is withdrawn or held, in *feeds*; return whether that changes it.

        A person who restores it stands above its embargo, its terms and its advisory; if its time
        is over at a later moment, it goes then. Raises as ``withdraw``.
        """
        expires = story.article.expires
        due = milliseconds(expires.at) if expires and expires.at > now else ""
        values = (*placing(feeds), self._category_limit, due)
        return self._decide("restore", story.id, "", who, now, *values)

    def held(self, count: int) -> list[str]:
        """Return the ids of up to *count* articles that are held, the latest first."""
        with self._connection.doing("looking for what is held") as client:
            return texts(client.zrevrange(self._connection.key("held"), 0, count - 1))

    def due(self, now: datetime, count: int) -> list[str]:
        """Return the ids of up to *count* articles whose embargo ended or that have expired."""
        with self._connection.doing("looking for embargoes") as client:
            found = client.zrangebyscore(
                self._connection.key("timed"), "-inf", milliseconds(now), start=0, num=count
            )
        return texts(found)

    def judge_anew(
        self, stories: Sequence[tuple[Published, Sequence[Feed]]], now: datetime
    ) -> list[str]:
        """Let *stories*, each with the feeds that may hold it, stand as they are to stand at *now*.

        Returns the ids of those that are shown now and were not, or the other way.

        Raises:
            StoreUnavailable: another try can help; they are due until they were judged.
        """
        values: list[str | int] = [self._category_limit]
        for story, feeds in stories:
            state, reason, until = standing(story.article, now, placed=bool(feeds))
            values += [story.id, story.revision, state, line(reason)]
            values += [milliseconds(until) if until else "", *placing(feeds), milliseconds(now)]
        return texts(self._connection.script("judge_anew", "ending embargoes", now, *values))

    def journal(self, article_id: str) -> list[Event]:
        """Return what happened to the article, the oldest first (at most the last 50 events)."""
        with self._connection.doing("reading a journal") as client:
            lines = client.lrange(self._connection.key("journal", article_id), 0, -1)
        events = []
        for text in lines:
            at, verdict, rule, source, place, reason = text.decode().split("\t")
            events.append(Event(moment(at), verdict, rule, source, place, reason))
        return events

    def _decide(
        self, verb: str, article_id: str, reason: str, who: str, now: datetime, *values: str | int
    ) -> bool:
        what = f"deciding to {verb}"
        answer = self._connection.script(
            "editorial", what, now, verb, article_id, line(reason), line(who), *values
        )
        if answer == b"unknown":
            raise UnknownArticle(article_id)
        return bool(answer != b"already")


def placing(feeds: Sequence[Feed]) -> tuple[str, str]:
    """Return *feeds* as the scripts take them: their names, and a line for each title."""
    return " ".join(feed.name for feed in feeds), "\n".join(line(feed.title) for feed in feeds)
