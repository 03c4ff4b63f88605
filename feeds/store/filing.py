"""Which rules the store is filed by, and the way from one set of rules to another.

``ruling`` says whose rules are claimed, up to which article these were judged, and, written last,
whose rules hold. Rules that were read later win: a worker that was started with the old ones and
lives on neither undoes the new ones nor waits for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ..model import Feed, Published
from .connection import Connection, milliseconds, moment, texts
from .editorial import placing


class Ruling(NamedTuple):
    """Whose rules hold: their *digest*, *since* when, the feeds that are *ruled* by them.

    *claimed* is the digest of those that are being applied, which were read at *begun*.
    """

    digest: str
    since: datetime
    ruled: tuple[str, ...]
    claimed: str
    begun: datetime


class Judged(NamedTuple):
    """An article, or a copy of a story, with the feeds that the rules give it."""

    article: Published
    feeds: Sequence[Feed]


class Filing:
    """The feeds by rule, as the store holds them."""

    def __init__(self, connection: Connection, *, category_limit: int) -> None:
        self._connection = connection
        self._category_limit = category_limit

    def ruling(self) -> Ruling | None:
        """Return whose rules hold; None where none were ever applied."""
        with self._connection.doing("reading whose rules hold") as client:
            key = self._connection.key("ruling")
            fields = client.hmget(key, *Ruling._fields)
        if fields[0] is None:
            return None
        digest, since, ruled, claimed, begun = texts(fields)
        return Ruling(digest, moment(since), tuple(ruled.split()), claimed, moment(begun))

    def claim(self, digest: str, begun: datetime, feeds: Sequence[Feed], now: datetime) -> bool:
        """Claim the store for the rules *digest*, which were read at *begun*; open their *feeds*.

        Returns whether they may be applied: others that were read later are not undone.
        """
        named = [part for feed in feeds for part in (feed.name, feed.title)]
        values: list[str | int] = ["claim", digest, milliseconds(begun), *named]
        return bool(self._connection.script("rule", "claiming the feeds", now, *values))

    def unjudged(self) -> list[tuple[str, str]]:
        """Return (id, score) of what was not judged yet by the rules that are claimed.

        The article that was judged last is among them, and those that changed since.
        """
        key = self._connection.key
        with self._connection.doing("looking for what is to be judged") as client:
            judged = client.hget(key("ruling"), "judged") or b"-inf"
            found = client.zrangebyscore(key("articles"), judged, "+inf", withscores=True)
        return [(one.decode(), repr(score)) for one, score in found]

    def everything(self) -> list[str]:
        """Return the ids of all articles that are shown or held, those that changed first first."""
        with self._connection.doing("looking for all articles") as client:
            return texts(client.zrange(self._connection.key("articles"), 0, -1))

    def copies(self, ids: Sequence[str]) -> list[str]:
        """Return the ids of all copies of those of *ids* that are stories of several."""
        key = self._connection.key
        with (
            self._connection.doing("looking for copies") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for one in ids:
                pipe.zrange(key("story", one), 0, -1)
            return [copy for found in pipe.execute() for copy in texts(found)]

    def refile(
        self,
        judged: Sequence[Judged],
        leaving: Mapping[str, str],
        digest: str,
        upto: str,
        now: datetime,
    ) -> int:
        """Put *judged*, all that is ranked up to the score *upto*, into their feeds.

        *leaving* are the feeds that are to go, with their new names. Returns how many stories
        changed their feeds, -1 if other rules than *digest* were claimed meanwhile.

        Raises:
            StoreUnavailable: another try can help.
        """
        pairs = " ".join(f"{name}={new}" for name, new in leaving.items())
        values: list[str | int] = [digest, upto, self._category_limit, pairs]
        for article, feeds in judged:
            values += [article.id, article.revision, *placing(feeds)]
        return int(self._connection.script("refile", "filing by new rules", now, *values))

    def settle(
        self, digest: str, ruled: Sequence[str], leaving: Mapping[str, str], now: datetime
    ) -> bool:
        """Let the rules *digest* hold, now that all is judged by them; *leaving* as in ``refile``.

        Every feed is to be published anew. Returns whether they were claimed still.
        """
        pairs = [part for pair in leaving.items() for part in pair]
        values = ("settle", digest, " ".join(ruled), *pairs)
        return bool(self._connection.script("rule", "settling the feeds", now, *values))

    def moved(self) -> dict[str, str]:
        """Return the feeds that are no more, each with the one that it is called now, or ""."""
        with self._connection.doing("reading the feeds that were") as client:
            found = client.hgetall(self._connection.key("moved"))
        return {name.decode(): new.decode() for name, new in sorted(found.items())}
