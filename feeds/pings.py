"""What hubs deliver, down the same line as a poll: read, admit, learn, let go.

A ping leaves its stream only after its entries are durable: cut short anywhere, it is read again,
and what was admitted is known. One that cannot be read as a feed, or that killed its reader, is
still the news that there is something: its source is polled.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from .model import Report
from .polling import Poller
from .push import Pushes
from .read.exchange import Response
from .read.politeness import Seen, flags, learn_pushed
from .store import Store
from .store.subscriptions import Ping
from .upstream import Registered

_MOST_ATTEMPTS = 3
_TRIES = 3


def admit(store: Store, poller: Poller, pushes: Pushes, ping: Ping, now: datetime) -> Report:
    """Admit what *ping* holds and take it out of the stream; return the report.

    Raises:
        StoreUnavailable: it stays in the stream and is read again.
    """
    report = Report(ping.source)
    one = store.sources.get([ping.source]).get(ping.source)
    if one is not None and not one.source.paused:
        seen = _read(poller, one, ping, report, now)
        if seen is not None and seen.ids:
            _learn(store, one, seen, now)
        whole = seen is not None and seen.whole and not seen.problem
        pushes.came(ping, now, hint=not whole)
    store.subscriptions.pings.finish(ping)
    return report


def _read(
    poller: Poller, one: Registered, ping: Ping, report: Report, now: datetime
) -> Seen | None:
    if not ping.body.strip() or ping.attempts > _MOST_ATTEMPTS:
        return None
    delivered = Response(
        source=ping.source,
        url=one.poll.address,
        status=HTTPStatus.OK,
        headers={"content-type": ping.content_type} if ping.content_type else {},
        body=ping.body,
    )
    # The whole document that the last poll brought is no hint to poll again.
    return poller.read(one, delivered, report, now) or Seen()


def _learn(store: Store, one: Registered, seen: Seen, now: datetime) -> None:
    """Store what *seen* taught. If polls are faster each time, they have taught the same."""
    for _ in range(_TRIES):
        poll = learn_pushed(one.poll, seen, now)
        if store.sources.learn(one, poll, now, flags(poll, now)):
            return
        found = store.sources.get([one.source.id]).get(one.source.id)
        if found is None:
            return
        one = found
