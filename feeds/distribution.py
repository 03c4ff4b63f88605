"""What was published is told: to the subscribers of our hub, and to foreign hubs.

A publish pass leaves a mark in the store before it takes its own marks away, so that none is lost
with a process. Here the mark becomes a debt: the version of each changed document is owed to each
of its subscribers (the bytes, signed) and to each foreign hub (a ping). A debt is paid, tried again
more and more seldom, or given up after ``HubTerms.give_up_hours``; who comes back gets the latest
version, once. A worker that dies in the middle leaves debts, and some are then paid twice.
"""

from __future__ import annotations

import hmac
import logging
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from urllib.parse import urlencode

from .model import HubTerms
from .read.fetch import Fetcher, Request, Response
from .read.freshness import retry_after
from .store.hub import Audience, Delivered, Owed
from .topics import Document, Topics

log = logging.getLogger("wireroom.hub")

_AT_ONCE = 100
_OF_ONE_HOST = 50
_FEEDS_AT_ONCE = 100
_FIRST_WAIT = 15.0
_LONGEST_WAIT = 3_600.0
_LOOK_SECONDS = 0.25


class Distribution:
    """Tells of *topics*. *hub* is the address of our own hub, or None; *foreign* are the others."""

    def __init__(
        self,
        audience: Audience,
        topics: Topics,
        terms: HubTerms,
        hub: str | None,
        foreign: Sequence[str],
    ) -> None:
        self._audience = audience
        self._topics = topics
        self._terms = terms
        self._hub = hub
        self._foreign = foreign

    @property
    def host_at_once(self) -> int:
        """How many deliveries to one host may be under way."""
        return self._terms.host_at_once

    def announce(self, now: datetime) -> int:
        """Owe what was published to whom it concerns; return how many debts were made.

        A topic that changes again soon waits for its turn, so that a burst is told of once.

        Raises:
            StoreUnavailable: the marks stand, and it is done at the next look.
        """
        marks = list(self._audience.marks().items())
        made = 0
        for at in range(0, len(marks), _FEEDS_AT_ONCE):
            some = dict(marks[at : at + _FEEDS_AT_ONCE])
            stand = {feed: self._topics.versions(feed) for feed in some}
            versions = {path: one for found in stand.values() for path, one in found.items()}
            owed = self._audience.announce(versions, self._foreign, self._terms.every_seconds, now)
            made += sum(max(0, one) for one in owed.values())
            told = {feed for feed, found in stand.items() if all(owed[path] >= 0 for path in found)}
            self._audience.settle_marks({feed: some[feed] for feed in told}, now)
        return made

    def deliver(
        self, fetcher: Fetcher, clock: Callable[[], datetime], seconds: float, longest: float
    ) -> Counter[Delivered]:
        """Pay what is due; return what it came to. Claims nothing more after *seconds*.

        What was begun then has *longest* seconds more, the time that one delivery may take; what
        had to wait for its host is put off.

        Raises:
            StoreUnavailable: what was claimed is due again when the claim ends.
        """
        began = time.monotonic()
        run = _Run(self, clock, began + seconds, seconds + 2 * longest)
        tally: Counter[Delivered] = Counter()
        with closing(fetcher.batches((), run.more)) as batches:
            for batch in batches:
                results = [run.result(response) for response in batch]
                tally.update(outcome for _, _, outcome, _ in results)
                self._settle(results, clock())
                if time.monotonic() > began + seconds + longest:
                    break
        self._settle([(item, "-", "put_off", 0.0) for item in run.left()], clock())
        return tally

    def _settle(self, results: Sequence[tuple[str, str, Delivered, float]], now: datetime) -> None:
        self._audience.settle(results, self._terms.give_up_hours * 3_600, now)

    def claim(
        self, lease: float, held: Mapping[str, int], now: datetime
    ) -> list[tuple[Owed, Request, str]]:
        """Claim what is due, for *lease* seconds: each with its request and the version sent.

        *held* is host -> what is claimed of it already. Those of one topic share its bytes.
        """
        claimed = self._audience.claim(_AT_ONCE, _OF_ONE_HOST, lease, held, now)
        documents: dict[str, Document | None] = {}
        found, lacking = [], []
        for owed in claimed:
            path = owed.subscriber.path if owed.subscriber else owed.ping[1]
            if path not in documents:
                documents[path] = self._topics.read(path)
            document = documents[path]
            if document is None:
                lacking.append(owed)
            elif owed.subscriber:
                found.append((owed, self._delivery(owed, path, document), document.version))
            else:
                found.append((owed, self._ping(owed), document.version))
        # The tree is being built anew, or the feed is gone: in the end that is given up.
        self._settle([(one.item, "-", "failed", _wait(one.tries)) for one in lacking], now)
        return found

    def _delivery(self, owed: Owed, path: str, document: Document) -> Request:
        """Return the request that brings *document* to a subscriber (7)."""
        assert owed.subscriber is not None
        links = f'<{self._hub}>; rel="hub", <{self._topics.address(path)}>; rel="self"'
        headers = [("Link", links)]
        if secret := owed.subscriber.secret:
            method = self._terms.signature
            digest = hmac.new(secret.encode(), document.data, method).hexdigest()
            headers.append(("X-Hub-Signature", f"{method}={digest}"))
        return Request(
            source=owed.item,
            url=owed.subscriber.callback,
            headers=tuple(headers),
            form=document.data,
            form_type=document.content_type,
        )

    def _ping(self, owed: Owed) -> Request:
        """Return the ping of a foreign hub: some read ``hub.url``, the others ``hub.topic``.

        One topic a ping: not all hubs read a name that is repeated.
        """
        hub, path = owed.ping
        address = self._topics.address(path)
        said = {"hub.mode": "publish", "hub.url": address, "hub.topic": address}
        return Request(source=owed.item, url=hub, form=urlencode(said).encode())


class _Run:
    """One call of ``deliver``: what it has claimed, by host, and what is under way.

    The client is handed what it can begin at once, so that a slow host fills no place in it.
    """

    def __init__(
        self, told: Distribution, clock: Callable[[], datetime], until: float, lease: float
    ) -> None:
        self._told = told
        self._clock = clock
        self._until = until
        self._lease = lease
        self._look = 0.0
        self._waiting: defaultdict[str, deque[tuple[Owed, Request, str]]] = defaultdict(deque)
        self._begun: dict[str, tuple[Owed, str]] = {}
        self._active: Counter[str] = Counter()

    def more(self, room: int) -> Iterator[Request]:
        """Yield up to *room* requests, claiming what is due while there is time."""
        held = {host: len(queue) for host, queue in self._waiting.items() if queue}
        if self._look <= time.monotonic() < self._until and sum(held.values()) < _AT_ONCE:
            fresh = self._told.claim(self._lease, held, self._clock())
            self._look = 0.0 if fresh else time.monotonic() + _LOOK_SECONDS
            for one in fresh:
                self._waiting[one[0].host].append(one)
        for host, queue in self._waiting.items():
            while queue and room and self._active[host] < self._told.host_at_once:
                owed, request, version = queue.popleft()
                self._begun[owed.item] = owed, version
                self._active[host] += 1
                room -= 1
                yield request

    def result(self, response: Response) -> tuple[str, str, Delivered, float]:
        """Return item, version, what *response* says of it, and when to try again."""
        owed, version = self._begun.pop(response.source)
        self._active[owed.host] -= 1
        outcome = _outcome(response, owed)
        wait = 0.0
        if outcome == "failed":
            asked = retry_after(response.headers, self._clock()) or 0.0
            wait = max(_wait(owed.tries), min(asked, _LONGEST_WAIT))
            why = response.sentence or f"it answers {response.status}"
            log.info("not delivered, again in %.0f s: %s", wait, why)
        return owed.item, version, outcome, wait

    def left(self) -> Iterable[str]:
        """Return what was claimed and not begun, or cut short."""
        waiting = chain.from_iterable(self._waiting.values())
        return [*self._begun, *(owed.item for owed, _, _ in waiting)]


def _outcome(response: Response, owed: Owed) -> Delivered:
    if not response.problem and 200 <= response.status < 300:  # noqa: PLR2004
        return "delivered"
    if response.status == HTTPStatus.GONE and owed.subscriber:
        return "gone"  # it wants no more (7)
    return "failed"


def _wait(tries: int) -> float:
    """Return in how many seconds to try again, after so many failures: apart from each other."""
    longest = min(_FIRST_WAIT * 2.0 ** min(tries, 20), _LONGEST_WAIT)
    return longest * random.uniform(0.75, 1.0)  # noqa: S311 - no secret
