"""One round of polling: what it claims, what it asks for at a time, and when it has had its time.

A host that is slow costs its own source time and nobody else: while it is waited for, the places of
those that have answered go to whatever has become due.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from datetime import datetime

from .read.fetch import Fetcher, Request, Response
from .store.sources import Sources, host_of
from .upstream import Registered

_ASK_SECONDS = 0.5
_SUSPECT = 2
_DEATHS = 3


class Round:
    """Claims sources, *at_once* at most, for *lease* seconds, and fetches them.

    *claimed* are ours and not settled yet, by their ids. *rest* is what a host has between two
    requests, in seconds; of *only*, if any, are the sources.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the terms of a claim
        self,
        sources: Sources,
        clock: Callable[[], datetime],
        at_once: int,
        lease: float,
        rest: float,
        only: Sequence[str] = (),
    ) -> None:
        self.claimed: dict[str, Registered] = {}
        self._sources = sources
        self._clock = clock
        self._at_once = at_once
        self._lease = lease
        self._rest = rest
        self._only = only
        self._asked = 0.0
        self._more = False

    def responses(self, fetcher: Fetcher, seconds: float) -> Generator[list[Response]]:
        """Yield the responses to what is due, as they come together, for some *seconds*.

        What becomes due in the first half of that is claimed as well.

        Raises:
            StoreUnavailable: what is not settled is polled again when its lease ends.
        """
        begun = time.monotonic()
        first = self._claim(self._at_once)
        dead = [_dead(one) for one in first if one.deaths >= _DEATHS]
        if dead:
            yield dead
        suspect = any(one.deaths >= _SUSPECT for one in first)  # no other is to pay for it

        def more(room: int) -> list[Request]:
            passed = time.monotonic() - begun
            if suspect or passed >= seconds / 2 or not self._worth_asking(room):
                return []
            return list(map(request_for, self._claim(room)))

        requests = [request_for(one) for one in first if one.deaths < _DEATHS]
        with closing(fetcher.batches(requests, more)) as batches:
            for batch in batches:
                yield batch
                if time.monotonic() - begun > seconds:
                    return

    def _worth_asking(self, room: int) -> bool:
        """Tell whether something is likely to be due: there was more than room, or it is time."""
        if self._more and 2 * room >= self._at_once:
            return True
        return time.monotonic() - self._asked >= _ASK_SECONDS

    def _claim(self, most: int) -> list[Registered]:
        found = self._sources.claim(
            most,
            self._clock(),
            lease=self._lease,
            rest=self._rest,
            only=self._only,
            beside=len(self.claimed),
        )
        self.claimed |= {one.source.id: one for one in found}
        self._asked, self._more = time.monotonic(), len(found) == most
        return found


def _dead(one: Registered) -> Response:
    problem = f"{one.deaths} polls of it did not come to an end"
    return Response(one.source.id, one.poll.address, sentence=problem)


def request_for(one: Registered) -> Request:
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
