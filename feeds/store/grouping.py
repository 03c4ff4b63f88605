"""Which articles are one story, once they were admitted: what people say, and judging anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..errors import UnknownArticle
from ..model import Named, Stories
from .connection import Connection, line, milliseconds, texts
from .likeness import Likest, terms

_DAY = 86_400
_AT_ONCE = 500


class Judgement(msgspec.Struct, frozen=True):
    """What likeness says of an article: *number* is its place in the index, 0 where it has none.

    *story* is the one it belongs to now, "" if it stands alone; *by_hand* says that a person put
    it there. *earlier* are those that it is likest to of what came before it.
    """

    number: int
    story: str
    by_hand: bool
    earlier: tuple[Likest, ...]

    @property
    def best(self) -> Likest | None:
        """The likest whose story it is of; None if there is none."""
        same = (one for one in self.earlier if not one.veto and one.story)
        return max(same, key=lambda one: one.containment, default=None)

    @property
    def nearest(self) -> Likest | None:
        """The likest of all; None if there is none."""
        return self.best or max(self.earlier, key=lambda one: one.containment, default=None)


class Grouping:
    """Stories of several copies: their corrections, and judging them anew."""

    def __init__(self, connection: Connection, *, identity_days: int, stories: Stories) -> None:
        self._connection = connection
        self._remembered = identity_days * _DAY
        self._stories = stories

    def split(self, article_id: str, who: str, now: datetime) -> bool:
        """Let the article have an entry of its own: it is no copy of its story, now and later.

        If it came first, it keeps the entry that readers know, and the other copies get one.
        Returns whether that changed anything. Raises as ``withdraw``.
        """
        return self._regroup("split", article_id, who, now)

    def merge(self, article_id: str, into: str, who: str, now: datetime) -> bool:
        """Let the story of *article_id* be one with that of *into*, whatever likeness says.

        Its entry leaves the feeds, and its page leads to the other. Returns whether that changed
        anything. Raises as ``withdraw``.
        """
        return self._regroup("merge", article_id, who, now, into)

    def part(self, article_id: str, who: str, now: datetime) -> bool:
        """Take the article out of its story, as ``split`` does, but for now. Raises as that."""
        return self._regroup("part", article_id, who, now)

    def join(self, article_id: str, into: str, who: str, now: datetime) -> bool:
        """Let the article join a story, as ``merge`` does, but for now. Raises as that."""
        return self._regroup("join", article_id, who, now, into)

    def admitted(self, since: datetime, until: datetime) -> list[str]:
        """Return the ids of all articles, copies too, that were admitted in this time, in order."""
        with self._connection.doing("looking for articles") as client:
            changed = self._connection.key("articles")
            ids = texts(client.zrangebyscore(changed, milliseconds(since), "+inf"))
        found: list[tuple[int, str]] = []
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            lines = texts(self._connection.script("admitted", "reading articles", since, *some))
            found += [(int(when), one) for when, _, one in (line.partition(" ") for line in lines)]
        first, last = milliseconds(since), milliseconds(until)
        return [one for when, one in sorted(found) if first <= when <= last]

    def judge(self, named: Sequence[Named], stories: Stories, now: datetime) -> list[Judgement]:
        """Return what likeness says of *named* by the thresholds of *stories*; changes nothing."""
        length = max((len(what.print) for what in named), default=0)
        window = stories.window_days * _DAY
        values: list[bytes | str | int] = [window, length, terms(stories.thresholds)]
        for what in named:
            published = max(0, int(what.article.published.at.timestamp()))
            values += [what.id, published, what.bands, what.print]
        replies = self._connection.script("judge", "judging articles", now, *values)
        return [_judgement(reply.decode()) for reply in replies]

    def _regroup(self, verb: str, article_id: str, who: str, now: datetime, *into: str) -> bool:
        what = f"deciding to {verb}"
        answer = self._connection.script(
            "regroup", what, now, verb, article_id, line(who), self._remembered, *into
        )
        if answer == b"unknown":
            raise UnknownArticle(article_id)
        return bool(answer != b"already")


def _judgement(reply: str) -> Judgement:
    own, *others = reply.split("\n")
    number, story, hand = own.split("\t")
    likest = (other.split(" ", 1) for other in others)
    place = int(number or 0)
    return Judgement(
        number=place,
        story=story,
        by_hand=bool(hand),
        earlier=tuple(Likest.read(told) for at, told in likest if int(at) < place),
    )
