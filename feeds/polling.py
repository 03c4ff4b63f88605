"""The order of a poll: claim, fetch, read, admit, judge, settle.

A source is settled only after its entries are durable: cut short anywhere, its lease ends, it is
polled again under the validators that it had, and what was admitted is known. The queue holds no
source; the schedule is the sorted set in the store.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import cast

import msgspec
from xxhash import xxh3_128_hexdigest

from . import delivery
from .errors import NoFeed, Transient
from .model import Named, Report, Verdict
from .pipeline import Line
from .read.discover import Link, feeds_named_in
from .read.document import hints_of, is_page, is_whole
from .read.fetch import Fetcher, Request, Response
from .read.politeness import Judgement, Manners, Seen, flags, judge, postpone
from .store.sources import host_of
from .upstream import Poll, Registered, Upstream

log = logging.getLogger("wireroom.polling")

_UNREACHABLE = ("dns", "connect")
_SEVERAL = 3
"""So many hosts that cannot be reached, and none that answers: it is our own network."""

_SOON = 60.0
_DEATHS = 3
_OK = 200
_ID_CHARACTERS = 8
"""Of an article's id: 40 bits tell the hundred entries of one feed apart."""


class Terms(msgspec.Struct, frozen=True):
    """How polling goes. Every field is a setting of the same name.

    *lease_seconds* is longer than any task may run; *host_seconds* is the rest between two
    requests to one host; *first_entries* of a new source are shown, the others are known. What a
    round has not done after *round_seconds* is put back.
    """

    manners: Manners = Manners()
    at_once: int = 50
    lease_seconds: float = 150.0
    round_seconds: float = 30.0
    host_seconds: float = 2.0
    first_entries: int = 10


class Polled(msgspec.Struct, frozen=True):
    """What one poll of one source brought."""

    source: str
    poll: Poll
    report: Report


class Poller:
    """Polls what is due. *clock* tells the time, *chance* a number between -1 and 1."""

    def __init__(
        self,
        line: Line,
        fetcher: Fetcher,
        terms: Terms,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = lambda: random.uniform(-1, 1),  # noqa: S311 - spreads the load
    ) -> None:
        self._line = line
        self._sources = line.store.sources
        self._fetcher = fetcher
        self._terms = terms
        self._clock = clock
        self._chance = chance

    def round(self, only: Sequence[str] = ()) -> Iterator[Polled]:
        """Poll a batch of what is due (of *only*, if any); yield each source as it is settled.

        Yields nothing when nothing is due.

        Raises:
            StoreUnavailable: what is not settled is polled again when its lease ends.
        """
        terms, now = self._terms, self._clock()
        claimed = {
            one.source.id: one
            for one in self._sources.claim(
                terms.at_once, now, lease=terms.lease_seconds, rest=terms.host_seconds, only=only
            )
        }
        unreachable: list[Response] = []
        answered = False
        for response in self._fetched(list(claimed.values())):
            if response.problem in _UNREACHABLE:
                unreachable.append(response)
                continue
            if response.status and not answered:
                answered = True
                self._sources.reached()
            yield self._finish(claimed.pop(response.source), response)
        if unreachable:
            down = not answered and self._network_is_down(unreachable)
            for response in unreachable:
                one = claimed.pop(response.source)
                yield self._put_off(one) if down else self._finish(one, response)
        for one in claimed.values():
            yield self._put_off(one)

    def add(self, source: Upstream) -> Polled | list[Link]:
        """Register *source* if its address leads to a feed, and admit what that holds.

        If it leads to a web page, nothing is registered: returns the feeds that the page names.

        Raises:
            NoFeed: it leads to neither.
            StoreUnavailable: as ``round``.
        """
        now = self._clock()
        found = Registered(source, Poll(address=source.id, title=source.title))
        [response] = self._fetcher.fetch([_request(found)])
        if response.problem or response.status != _OK:
            raise NoFeed(source.id, response.sentence or f"it answers {response.status}")
        if not delivery.is_feed(delivery.document_of(found, response, now)):
            if not is_page(response.body):
                raise NoFeed(source.id, delivery.instead(response))
            return feeds_named_in(response.body, response.url)
        self._sources.add([(source, now + timedelta(seconds=self._terms.lease_seconds))], now)
        return self._finish(self._sources.get([source.id])[source.id], response)

    def _fetched(self, claimed: Sequence[Registered]) -> Iterator[Response]:
        """Yield the response to each of *claimed*, until the time of a round is over."""
        until = time.monotonic() + self._terms.round_seconds
        for one in claimed:
            if one.deaths >= _DEATHS:
                problem = f"{one.deaths} polls of it did not come to an end"
                yield Response(one.source.id, one.poll.address, sentence=problem)
        requests = [_request(one) for one in claimed if one.deaths < _DEATHS]
        fetching = cast("Generator[Response]", self._fetcher.fetch(requests))
        with closing(fetching) as responses:
            for response in responses:
                yield response
                if time.monotonic() > until:
                    return

    def _network_is_down(self, responses: Sequence[Response]) -> bool:
        before, count = self._sources.unreachable({host_of(one.url) for one in responses})
        if before < _SEVERAL <= count:
            log.warning("no upstream can be reached; is the network down? None is blamed for it")
        return count >= _SEVERAL

    def _put_off(self, one: Registered) -> Polled:
        """Give *one* back for a while, with nothing held against it."""
        now = self._clock()
        poll = postpone(one.poll, _SOON, now)
        return self._settle(one, Judgement(poll), Report(one.source.id), now)

    def _finish(self, one: Registered, response: Response) -> Polled:
        """Read, admit and judge one response, and settle its source."""
        report, seen, now = Report(one.source.id), None, self._clock()
        if response.status == _OK and not response.problem:
            digest = xxh3_128_hexdigest(response.body)
            if digest != one.poll.digest:
                try:
                    seen = self._take(one, response, digest, report, now)
                except Transient:
                    raise
                except Exception as error:  # foreign bytes found a fault of ours: one source pays
                    log.exception("a fault in polling %s", one.source.id)
                    seen = Seen(problem=f"a fault in Wireroom, please report it: {error}")
        judged = judge(
            one.poll,
            response,
            seen,
            now,
            self._terms.manners,
            least=one.source.interval,
            spread=self._chance(),
        )
        return self._settle(one, judged, report, now)

    def _take(
        self, one: Registered, response: Response, digest: str, report: Report, now: datetime
    ) -> Seen:
        """Admit what *response* holds, and return what that was."""
        document = delivery.document_of(one, response, now)
        if not delivery.is_feed(document):
            return Seen(problem=delivery.instead(response))
        arrivals = list(self._line.arrivals(document, now))
        unreadable = delivery.unreadable(arrivals)
        if unreadable:
            return Seen(problem=unreadable)
        whole = is_whole(response.body)
        if not whole:  # the last entry may be cut in its middle
            arrivals = arrivals[:-1]
        first = one.poll.succeeded is None
        if first:
            arrivals = delivery.without_flood(arrivals, self._terms.first_entries)
        report.extend(self._line.admit(arrivals, now))
        fresh = [
            delivery.date(arrival.what, now)
            for arrival, outcome in zip(arrivals, report.outcomes, strict=True)
            if isinstance(arrival.what, Named) and (first or outcome.verdict is Verdict.NEW)
        ]
        return Seen(
            ids=tuple(outcome.id[:_ID_CHARACTERS] for outcome in report.outcomes if outcome.id),
            new=tuple(date for date in fresh if date is not None) or ((now,) if fresh else ()),
            title=delivery.title(arrivals),
            digest=digest,
            hints=hints_of(response.body),
            whole=whole,
        )

    def _settle(self, one: Registered, judged: Judgement, report: Report, now: datetime) -> Polled:
        poll = judged.poll
        self._sources.settle(
            one,
            poll,
            now,
            rest=self._terms.host_seconds,
            pause=judged.pause,
            flags=flags(poll, now),
        )
        if poll.suspended:
            log.warning("%s is polled no more: %s", one.source.id, poll.suspended)
        if poll.address != one.poll.address:
            log.warning("%s has moved for good to %s", one.source.id, poll.address)
        return Polled(one.source.id, poll, report)


def _request(one: Registered) -> Request:
    """Return the conditional GET for *one*; the operator's headers are for the host they name."""
    source, poll = one.source, one.poll
    at_home = host_of(poll.address) == host_of(source.id)
    return Request(
        source=source.id,
        url=poll.address,
        etag=poll.etag,
        last_modified=poll.last_modified,
        headers=source.headers if at_home else (),
    )
