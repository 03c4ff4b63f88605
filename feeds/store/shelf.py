"""What publishing reads: dirty feeds, their newest articles, and those rendered as fragments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from ..errors import StoreFull
from ..model import Credit, Published
from .connection import Connection, milliseconds, texts
from .record import credit, expand, kin_of, squeeze, unpack

_FRAGMENT_SECONDS = 3 * 86_400
"""A feed that nothing touches for so long is rendered anew at its next change: memory for time."""

_NO_TIME = datetime.fromtimestamp(0, UTC)
"""For scripts that only read, and ask for no clock."""

_HEADS_AT_ONCE = 1_000
"""About 0.3 MB, and 1 ms of the server."""

_MOST_CREDITS = 50
"""Copies that a story may name beside the one that is shown."""

_AT_ONCE = 200
"""Articles in one reply: about 0.5 MB, so that the server never blocks long on us."""


class Shelf:
    """The published side of the store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def marks(self, kind: Literal["dirty", "pages"]) -> dict[str, int]:
        """Return what waits to be published: feed -> changes, or article id -> revision."""
        with self._connection.doing("reading what is to be published") as client:
            found = client.hgetall(self._connection.key(kind))
        return {name.decode(): int(mark) for name, mark in found.items()}

    def settle(
        self, kind: Literal["dirty", "pages"], marks: Mapping[str, int], now: datetime
    ) -> int:
        """Take *marks* away, each unless it has grown since; return how many are left."""
        pairs: list[str | int] = [part for mark in marks.items() for part in mark]
        left = self._connection.script("settle", "settling marks", now, kind, *pairs)
        return int(left)

    def mark(self, feeds: Iterable[str]) -> None:
        """Mark *feeds* dirty, so that the next pass publishes them whatever changed."""
        with (
            self._connection.doing("marking feeds") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for feed in feeds:
                pipe.hincrby(self._connection.key("dirty"), feed, 1)
            pipe.execute()

    def mark_everything(self) -> None:
        """Mark every feed and every article's page, so that the next pass writes the whole tree."""
        names = list(self.feeds())
        with self._connection.doing("marking everything") as client:
            ids = client.zrange(self._connection.key("articles"), 0, -1)
            with client.pipeline(transaction=False) as pipe:
                for at in range(0, len(ids), _AT_ONCE):
                    for one in ids[at : at + _AT_ONCE]:  # a mark of a change is worth more
                        pipe.hsetnx(self._connection.key("pages"), one, 0)
                pipe.execute()
        self.mark(names)

    def feeds(self) -> dict[str, str]:
        """Return name -> title of every feed that exists."""
        with self._connection.doing("reading the feeds") as client:
            found = client.hgetall(self._connection.key("feeds"))
        return {name.decode(): title.decode() for name, title in sorted(found.items())}

    def sizes(self, feeds: Sequence[str]) -> list[int]:
        """Return how many articles each of *feeds* holds, shown or not."""
        return list(self._connection.script("sizes", "counting articles", _NO_TIME, *feeds))

    def newest(self, feeds: Sequence[str], count: int) -> list[list[str]]:
        """Return for each of *feeds* the ids of its *count* articles that changed last."""
        with (
            self._connection.doing("selecting articles") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for feed in feeds:
                pipe.zrevrange(self._connection.key("feed", feed), 0, count - 1)
            return [texts(ids) for ids in pipe.execute()]

    def articles(self, ids: Sequence[str]) -> dict[str, Published]:
        """Return id -> article for those of *ids* that are still in the store."""
        return {one: story for one, (_, story) in self.records(ids).items()}

    def records(self, ids: Sequence[str]) -> dict[str, tuple[bytes, Published]]:
        """Return id -> (head, article) for those of *ids* that are still in the store."""
        values = dict(self._values("article", ids))
        faces = {one: kin_of(value)[1] for one, value in values.items()}
        also = self._credits({one: face for one, face in faces.items() if face})
        return {
            one: (value.partition(b"\0")[0], unpack(one, value, also.get(one, ())))
            for one, value in values.items()
        }

    def copies(self, ids: Sequence[str]) -> dict[str, tuple[str, Published]]:
        """Return id -> (id of its story, itself) for those of *ids* that are copies of a story."""
        values = self._values("copy", ids)
        return {one: (kin_of(value)[0], unpack(one, value)) for one, value in values}

    def _credits(self, faces: Mapping[str, str]) -> dict[str, list[Credit]]:
        """Return for each story of *faces* its copies but the one that is shown, the best first."""
        if not faces:
            return {}
        with (
            self._connection.doing("reading the copies of stories") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for one in faces:
                pipe.zrangebyscore(
                    self._connection.key("story", one), "-inf", "(+inf", start=0, num=_MOST_CREDITS
                )
            found = [texts(copies) for copies in pipe.execute()]
        ranked = {
            story: [one for one in copies if one != face]
            for (story, face), copies in zip(faces.items(), found, strict=True)
        }
        values = dict(self._values("copy", [copy for copies in ranked.values() for copy in copies]))
        return {
            one: [credit(copy, values[copy]) for copy in copies if copy in values]
            for one, copies in ranked.items()
        }

    def heads(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Return id -> head of the record, for those of *ids* that are still in the store.

        It holds revision, times, state and digests: while it is the same, so is the article.
        """
        heads: dict[str, bytes] = {}
        for at in range(0, len(ids), _HEADS_AT_ONCE):
            some = ids[at : at + _HEADS_AT_ONCE]
            found = self._connection.script("heads", "comparing articles", _NO_TIME, *some)
            heads.update((one, head) for one, head in zip(some, found, strict=True) if head)
        return heads

    def show_pictures(self, shown: Mapping[str, Collection[str]]) -> list[str]:
        """Note that each article (an id of *shown*) shows these pictures.

        Returns the names of those that no article shows any more. They are told again until
        ``hid_pictures`` says that they are hidden, so that a killed process leaves none in sight.
        """
        if not shown:
            return []
        key = self._connection.key
        with (
            self._connection.doing("noting pictures") as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for one in shown:
                pipe.smembers(key("pictures", one))
            gone = {
                (name, one)
                for one, known in zip(shown, pipe.execute(), strict=True)
                for name in set(texts(list(known))) - set(shown[one])
            }
            for one, names in shown.items():
                for name in names:
                    pipe.sadd(key("pictures", one), name)
                    pipe.sadd(key("picture", name), one)
            for name, one in sorted(gone):
                pipe.srem(key("picture", name), one)
            pipe.execute()
            left = sorted({name for name, _ in gone})
            for name in left:
                pipe.exists(key("picture", name))
            return [name for name, used in zip(left, pipe.execute(), strict=True) if not used]

    def hid_pictures(self, shown: Mapping[str, Collection[str]]) -> None:
        """Note that each article (an id of *shown*) shows no other pictures than these."""
        key = self._connection.key
        with (
            self._connection.doing("noting pictures") as client,
            client.pipeline() as pipe,
        ):
            for one, names in shown.items():
                pipe.delete(key("pictures", one))
                if names:
                    pipe.sadd(key("pictures", one), *sorted(names))
            pipe.execute()

    def fragments(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Return id -> what ``keep`` was given, for those that have not changed since."""
        return {one: expand(value) for one, value in self._values("fragments", ids)}

    def keep(self, fragments: Iterable[tuple[str, int, bytes]], now: datetime) -> None:
        """Keep (id, revision, rendered) unless the article has changed since."""
        values: list[str | int | bytes] = []
        for article_id, revision, rendered in fragments:
            values.extend((article_id, revision, squeeze(rendered)))
        with suppress(StoreFull):  # they save work, and no more
            for at in range(0, len(values), 3 * _AT_ONCE):
                some = values[at : at + 3 * _AT_ONCE]
                self._connection.script("keep", "keeping fragments", now, _FRAGMENT_SECONDS, *some)

    def expired(self, before: datetime) -> list[str]:
        """Return the ids of up to 200 articles that have not changed since *before*."""
        with self._connection.doing("looking for old articles") as client:
            key = self._connection.key("articles")
            limit = f"({milliseconds(before)}"
            return texts(client.zrangebyscore(key, "-inf", limit, start=0, num=_AT_ONCE))

    def forget(self, ids: Sequence[str], before: datetime, now: datetime) -> None:
        """Remove the articles *ids*, each unless it has changed since *before* after all."""
        self._connection.script("forget", "letting articles go", now, milliseconds(before), *ids)

    def find(self, key: bytes) -> str | None:
        """Return the id of the article that is known under the identity *key*."""
        found = self._connection.script("find", "finding an article", _NO_TIME, b"-" + key)
        return found.decode() if found else None

    def latest(self, count: int) -> list[str]:
        """Return the ids of the *count* articles that changed last."""
        with self._connection.doing("reading the latest articles") as client:
            return texts(client.zrevrange(self._connection.key("articles"), 0, count - 1))

    def _values(self, kind: str, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (id, value) of the keys ``kind:ID`` that exist."""
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            with self._connection.doing(f"reading {kind}") as client:
                values = client.mget([self._connection.key(kind, one) for one in some])
            yield from ((one, value) for one, value in zip(some, values, strict=True) if value)
