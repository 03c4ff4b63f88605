"""The order of a poll: claim, fetch, read, admit, judge, settle.

A source is settled only after its entries are durable: cut short anywhere, its lease ends, it is
polled again under the validators that it had, and what was admitted is known. The queue holds no
source; the schedule is the sorted set in the store.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from xxhash import xxh3_128_hexdigest

from . import delivery
from .errors import NoFeed, Transient
from .full_text import FullText
from .known import Reading
from .model import Arrival, Named, Outcome, Report, Verdict
from .pipeline import Line
from .push import Pushes
from .read.discover import Link, feeds_named_in
from .read.document import hints_of, is_page, is_whole
from .read.fetch import Fetcher, Response
from .read.politeness import Judgement, Manners, Seen, flags, judge, postpone
from .rounds import Round, request_for
from .store.sources import Settled, host_of
from .upstream import Poll, Registered, Upstream

log = logging.getLogger("wireroom.polling")

_UNREACHABLE = ("dns", "connect")
_SEVERAL = 3
"""So many hosts that cannot be reached, and none that answers: it is our own network."""

_SOON = 60.0
_OK = 200
_ID_CHARACTERS = 8
"""Of an article's id: 40 bits tell the hundred entries of one feed apart."""


class Terms(msgspec.Struct, frozen=True):
    """How polling goes. Every field is a setting of the same name.

    *lease_seconds* is longer than any task may run; *host_seconds* is the rest between two
    requests to one host; *first_entries* of a new source are shown, the others are known. What a
    round has not done after *round_seconds* is put back. Up to *full_text_pages* linked pages are
    fetched in one poll of a source that wants them.
    """

    manners: Manners = Manners()
    at_once: int = 50
    lease_seconds: float = 150.0
    round_seconds: float = 30.0
    host_seconds: float = 2.0
    first_entries: int = 10
    full_text_pages: int = 10


class Polled(msgspec.Struct, frozen=True):
    """What one poll of one source brought."""

    source: str
    poll: Poll
    report: Report


class _Ended(NamedTuple):
    """A source whose entries are durable, and which may be settled."""

    one: Registered
    judged: Judgement
    report: Report


class Poller:
    """Polls what is due. *clock* tells the time, *chance* a number between -1 and 1.

    *pushes* is told of each poll; without it no hub is asked to push.
    """

    def __init__(  # noqa: PLR0913 - its parts
        self,
        line: Line,
        fetcher: Fetcher,
        terms: Terms,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = lambda: random.uniform(-1, 1),  # noqa: S311 - spreads the load
        *,
        pushes: Pushes | None = None,
    ) -> None:
        self._line = line
        self._sources = line.store.sources
        self._fetcher = fetcher
        self._terms = terms
        self._clock = clock
        self._chance = chance
        self._pushes = pushes
        self._full_text = FullText(
            line,
            fetcher,
            rest=terms.host_seconds,
            most=terms.full_text_pages,
            seconds=terms.round_seconds * 2 / 3,
        )

    def round(self, only: Sequence[str] = ()) -> Iterator[Polled]:
        """Poll a batch of what is due (of *only*, if any); yield each source as it is settled.

        Yields nothing when nothing is due.

        Raises:
            StoreUnavailable: what is not settled is polled again when its lease ends.
        """
        terms = self._terms
        spans = terms.lease_seconds, terms.host_seconds
        this = Round(self._sources, self._clock, terms.at_once, *spans, only)
        unreachable: list[Response] = []
        linked: list[Response] = []
        answered = False
        half = time.monotonic() + terms.round_seconds / 2
        with closing(this.responses(self._fetcher, terms.round_seconds)) as batches:
            for batch in batches:
                reached = [one for one in batch if one.problem not in _UNREACHABLE]
                unreachable += (one for one in batch if one.problem in _UNREACHABLE)
                if not answered and any(one.status for one in reached):
                    answered = True
                    self._sources.reached()
                linked += (
                    one
                    for one in reached
                    if one.status == _OK and this.claimed[one.source].source.full_text
                )
                yield from self._settle(
                    [
                        self._finish(this.claimed.pop(one.source), one)
                        for one in reached
                        if one not in linked
                    ]
                )
        for number, one in enumerate(linked):  # their pages are fetched by the same client
            if number and time.monotonic() > half:
                break  # put off, but one is always read
            yield from self._settle([self._finish(this.claimed.pop(one.source), one)])
        if unreachable and not answered and self._network_is_down(unreachable):
            unreachable = []
        ended = [self._finish(this.claimed.pop(one.source), one) for one in unreachable]
        ended += map(self._put_off, this.claimed.values())
        yield from self._settle(ended)

    def add(self, source: Upstream) -> Polled | list[Link]:
        """Register *source* if its address leads to a feed, and admit what that holds.

        If it leads to a web page, nothing is registered: returns the feeds that the page names.

        Raises:
            NoFeed: it leads to neither.
            StoreUnavailable: as ``round``.
        """
        now = self._clock()
        found = Registered(source, Poll(address=source.id, title=source.title))
        [response] = self._fetcher.fetch([request_for(found)])
        if response.problem or response.status != _OK:
            raise NoFeed(source.id, response.sentence or f"it answers {response.status}")
        if not delivery.is_feed(delivery.document_of(found, response, now)):
            if not is_page(response.body):
                raise NoFeed(source.id, delivery.instead(response))
            return feeds_named_in(response.body, response.url)
        self._sources.add([(source, now + timedelta(seconds=self._terms.lease_seconds))], now)
        [polled] = self._settle([self._finish(self._sources.get([source.id])[source.id], response)])
        return polled

    def _network_is_down(self, responses: Sequence[Response]) -> bool:
        before, count = self._sources.unreachable({host_of(one.url) for one in responses})
        if before < _SEVERAL <= count:
            log.warning("no upstream can be reached; is the network down? None is blamed for it")
        return count >= _SEVERAL

    def _put_off(self, one: Registered) -> _Ended:
        """Give *one* back for a while, with nothing held against it."""
        poll = postpone(one.poll, _SOON, self._clock())
        return _Ended(one, Judgement(poll), Report(one.source.id))

    def _finish(self, one: Registered, response: Response) -> _Ended:
        """Read, admit and judge one response."""
        report, now = Report(one.source.id), self._clock()
        seen = self.read(one, response, report, now)
        pushed = self._pushes is not None and self._pushes.heard(one, response, seen, now)
        judged = judge(
            one.poll,
            response,
            seen,
            now,
            self._terms.manners,
            least=one.source.interval,
            spread=self._chance(),
            pushed=pushed,
        )
        return _Ended(one, judged, report)

    def read(
        self, one: Registered, response: Response, report: Report, now: datetime
    ) -> Seen | None:
        """Admit what a good *response* holds; None if there is nothing in it that we do not know.

        Raises:
            StoreUnavailable: some of it may be admitted; the same again completes the work.
        """
        if response.status != _OK or response.problem:
            return None
        digest = xxh3_128_hexdigest(response.body)
        if digest == one.poll.digest:
            return None
        try:
            return self._take(one, response, digest, report, now)
        except Transient:
            raise
        except Exception as error:  # foreign bytes found a fault of ours: one source pays
            log.exception("a fault in polling %s", one.source.id)
            return Seen(problem=f"a fault in Wireroom, please report it: {error}")

    def _take(
        self, one: Registered, response: Response, digest: str, report: Report, now: datetime
    ) -> Seen:
        """Admit what *response* holds, and return what that was."""
        document = delivery.document_of(one, response, now)
        if not delivery.is_feed(document):
            return Seen(problem=delivery.instead(response))
        reading = Reading(one, document, self._line.rules, now)
        arrivals, passed = self._arrivals(one, reading, now)
        unreadable = delivery.unreadable(arrivals)
        if unreadable:
            return Seen(problem=unreadable)
        whole = is_whole(response.body)
        if not whole:  # the last entry may be cut in its middle
            arrivals = arrivals[:-1]
        first = one.poll.succeeded is None
        if first:
            arrivals = delivery.without_flood(arrivals, self._terms.first_entries)
        arrivals = self._full_text.fill(one, arrivals, now)
        outcomes = self._line.admit(arrivals, now)
        report.extend(reading.outcomes(passed, outcomes))
        fresh = [
            delivery.date(arrival.what, now)
            for arrival, outcome in zip(arrivals, outcomes, strict=True)
            if isinstance(arrival.what, Named) and (first or outcome.verdict is Verdict.NEW)
        ]
        return Seen(
            ids=tuple(outcome.id[:_ID_CHARACTERS] for outcome in report.outcomes if outcome.id),
            new=tuple(date for date in fresh if date is not None) or ((now,) if fresh else ()),
            title=delivery.title(arrivals),
            digest=digest,
            known=reading.known(arrivals, report.outcomes),
            hints=hints_of(response.body),
            whole=whole,
        )

    def _arrivals(
        self, one: Registered, reading: Reading, now: datetime
    ) -> tuple[list[Arrival], list[Outcome]]:
        """Return what was read of a document, and what became of the entries passed over."""
        rest = reading.rest
        arrivals = list(self._line.arrivals(rest, now)) if rest else []
        if not reading.passed:
            return arrivals, []
        if reading.agrees(arrivals):
            passed = self._line.store.admission.pass_over(
                one.source.id,
                [record.article for record in reading.passed.values()],
                reading.since,
                now,
            )
            if passed is not None:
                return arrivals, passed
        return list(self._line.arrivals(reading.read_whole(), now)), []

    def _settle(self, ended: Sequence[_Ended]) -> Iterator[Polled]:
        """Settle what has come to its end, in one step, and yield what it was."""
        now = self._clock()
        self._sources.settle(
            [
                Settled(one, judged.poll, judged.pause, flags(judged.poll, now))
                for one, judged, _ in ended
            ],
            now,
            rest=self._terms.host_seconds,
        )
        for one, judged, report in ended:
            poll = judged.poll
            if poll.suspended:
                log.warning("%s is polled no more: %s", one.source.id, poll.suspended)
            if poll.address != one.poll.address:
                log.warning("%s has moved for good to %s", one.source.id, poll.address)
            yield Polled(one.source.id, poll, report)
