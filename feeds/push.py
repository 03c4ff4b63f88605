"""The order of a push (WebSub): a poll finds a hub, a worker asks it, the web server answers it.

What a hub will push is still polled once a day, for a hub may fail and nobody is told. A poll that
finds an entry which was not pushed brings the source back to its own rhythm, and the hub is asked
anew; so does a lease that ended, and a denial. What a hub delivers goes down the line in ``pings``.

Each change is made from what is stored and put in its place only if that still stands: a hub may
answer by our callback before it has answered our request.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

import msgspec

from .read.fetch import Fetcher, Request, Response
from .read.freshness import retry_after
from .read.politeness import Seen
from .read.websub import LONGEST_LEASE, Intent, Offer, form, offered, plain, refusal, signed
from .store import Store
from .store.subscriptions import Ping
from .upstream import Registered, Subscription

log = logging.getLogger("wireroom.push")

Delivery = Literal["delivered", "unknown", "unsigned", "forged", "full"]

_AT_ONCE = 50
_CLAIM_SECONDS = 300.0
_TRIES = 5
_VERIFY_SECONDS = 900
"""So long a hub has to come back to us before it is asked again; most take a second."""

_PENDING_SECONDS = 86_400
"""So long after we asked a hub may come back, also once more: our answer may not have arrived."""

_SHORTEST_LEASE = 60
_DENIED_SECONDS = 7 * 86_400
_FIRST_WAIT = 600
_LONGEST_WAIT = 86_400
_MOST_ERRORS = 3
_HINT_SECONDS = 60
"""A hub that pushes nothing but the news that there is some has the source polled so often."""


class Pushes:
    """Subscriptions at hubs. *callback* is the address that tokens are added to.

    *lease_seconds* is how long a hub is asked to push; it may decide otherwise.
    """

    def __init__(self, store: Store, callback: str, lease_seconds: int) -> None:
        self._store = store
        self._all = store.subscriptions
        self._callback = callback
        self._lease_seconds = lease_seconds

    def heard(self, one: Registered, response: Response, seen: Seen | None, now: datetime) -> bool:
        """Learn from a poll which hub to ask; tell whether what is new in *one* is pushed to us."""
        reliable = one.pushed is not None and one.pushed > now
        if response.problem or response.status != HTTPStatus.OK or (seen and seen.problem):
            return reliable
        offer = offered(response)
        if offer is not None:
            reliable = self._has(one.source.id, offer, now) and reliable
        elif one.pushed is not None and (seen is None or seen.whole):
            end(self._store, [one.source.id], now)
            return False
        return reliable and not (seen and seen.new and self._missed(one, now))

    def renew(self, fetcher: Fetcher, now: datetime, seconds: float) -> int:
        """Take the next step of each subscription that is due; return how many hubs were asked.

        Begins no wait for a hub after *seconds*: who was not asked by then is asked next time.

        Raises:
            StoreUnavailable: what was claimed is due again in a few minutes.
        """
        claimed = self._all.claim(_AT_ONCE, now, _CLAIM_SECONDS)
        sources = self._store.sources.get(sorted({one.source for one in claimed}))
        steps = (self._step(one, sources.get(one.source), now) for one in claimed)
        asked = {one.token: one for one in steps if one is not None}
        count, until = len(asked), time.monotonic() + seconds
        with closing(fetcher.fetch([self._request(one) for one in asked.values()])) as responses:
            for response in responses:
                self._answered(asked.pop(response.source), response, now)
                if time.monotonic() > until:
                    break
        for one in asked.values():
            self._all.swap(one, _changed(one, waiting=False), now, due=now)
        return count - len(asked)

    def verify(self, token: str, said: Intent, now: datetime) -> str | None:
        """Return what to answer a hub that asks whether it is us who asked (5.3); None is a 404."""
        for _ in range(_TRIES):
            one = self._all.with_token(token)
            if one is None or one.asked is None or one.topic != said.topic:
                break
            if said.mode == "denied":
                if one.mode == "unsubscribe" or self._denied(one, said.reason, now):
                    self._all.count("denied")
                    return ""
                continue
            recent = now - one.asked <= timedelta(seconds=_PENDING_SECONDS)
            if said.mode != one.mode or not recent or not said.challenge:
                break
            if one.mode == "unsubscribe" or self._confirm(one, said.lease_seconds, now):
                self._all.count("verified")
                return said.challenge
        self._all.count("refused")
        return None

    def expects(self, token: str) -> bool:
        """Tell whether a delivery to *token* is worth reading: 410 tells the hub to stop."""
        one = self._all.with_token(token)
        if one is None or one.mode == "unsubscribe":
            self._all.count("unknown")
            return False
        return True

    def deliver(
        self, token: str, signature: str | None, content_type: str, body: bytes
    ) -> Delivery:
        """Keep what a hub delivered, if it is signed as we asked; tell what came of it (8).

        A body that cannot be kept now is one that the hub is to deliver again.
        """
        one = self._all.with_token(token)
        result: Delivery
        if one is None or one.mode == "unsubscribe":
            result = "unknown"
        elif signature is None:
            result = "unsigned"
        elif not signed(signature, one.secret, body):
            result = "forged"
        else:
            kept = self._all.pings.add(one.source, plain(content_type), body)
            result = "delivered" if kept else "full"
        self._all.count(result)
        return result

    def too_large(self) -> None:
        """Count a delivery that was not read for its size."""
        self._all.count("too_large")

    def came(self, ping: Ping, now: datetime, *, hint: bool) -> None:
        """Note that *ping* came, and have its source polled if it was no more than a *hint*."""
        for _ in range(_TRIES):
            one = self._all.of([ping.source]).get(ping.source)
            if one is None:
                break
            said = {"pinged": now, "missed": False, **({"hinted": now} if hint else {})}
            if self._all.swap(one, _changed(one, **said), now):
                break
        if hint:
            known = self._store.sources.get([ping.source]).get(ping.source)
            polled = known.poll.polled if known else None
            soonest = polled + timedelta(seconds=_HINT_SECONDS) if polled else now
            self._store.sources.hurry([ping.source], max(now, soonest))

    def _has(self, source: str, offer: Offer, now: datetime) -> bool:
        """Tell whether *offer* is what we have or have asked for; ask for it soon if not."""
        known = self._all.of([source]).get(source)
        if known is not None:
            if known.topic == offer.topic and set(known.hubs) == set(offer.hubs):
                return True
            if not _end(self._store, known, now):
                return False  # something happened to it just now: the next poll sees to it
        fresh = Subscription(1, source, _token(), _token(), offer.topic, offer.hubs)
        self._all.swap(None, fresh, now, due=now)
        return False

    def _missed(self, one: Registered, now: datetime) -> bool:
        """Tell whether entries that only a poll found ought to have been pushed; ask anew if so."""
        known = self._all.of([one.source.id]).get(one.source.id)
        if known is None:
            return True
        if known.hinted and one.poll.polled and known.hinted >= one.poll.polled:
            return False  # it told us that there was something, and that is why we polled
        due = None if known.waiting else now
        self._all.swap(known, _changed(known, missed=True), now, due=due)
        return True

    def _step(
        self, one: Subscription, source: Registered | None, now: datetime
    ) -> Subscription | None:
        """Take the next step of *one*; return it as it is now if its hub is to be asked."""
        if one.mode == "unsubscribe":
            if one.waiting or (one.asked is None and one.errors >= _MOST_ERRORS):
                self._all.swap(one, None, now)
                return None
        elif source is None or source.source.paused or source.poll.suspended:
            _end(self._store, one, now)
            return None
        elif one.until is not None and one.until <= now:
            lapsed = _changed(one, until=None, waiting=False)
            self._all.swap(one, lapsed, now, due=now, hurry=True)
            return None
        elif one.waiting:
            self._failed(one, "the hub has not come back to verify what we asked", now)
            return None
        asked = _changed(one, asked=now, waiting=True)
        seconds = _PENDING_SECONDS if one.mode == "unsubscribe" else _VERIFY_SECONDS
        due = now + timedelta(seconds=seconds)
        return asked if self._all.swap(one, asked, now, due=due) else None

    def _request(self, one: Subscription) -> Request:
        callback = self._callback + one.token
        body = form(one.mode, one.topic, callback, one.secret, self._lease_seconds)
        return Request(source=one.token, url=one.hub, form=body)

    def _answered(self, asked: Subscription, response: Response, now: datetime) -> None:
        reason = refusal(response, (asked.token, asked.secret))
        one = self._all.with_token(asked.token) if reason else None
        if one is not None and one.waiting:  # else it has verified it, whatever it answers
            wait = retry_after(response.headers, now) or 0.0
            self._failed(one, reason, now, wait)

    def _confirm(self, one: Subscription, lease: int | None, now: datetime) -> bool:
        seconds = min(max(lease or self._lease_seconds, _SHORTEST_LEASE), LONGEST_LEASE)
        until = now + timedelta(seconds=seconds)
        new = _changed(one, waiting=False, until=until, denied=False, reason="", errors=0)
        return self._all.swap(one, new, now, due=_renewal(new, now))

    def _denied(self, one: Subscription, reason: str, now: datetime) -> bool:
        """Let the next hub be asked, or the first again in a week; the source is polled at once."""
        reason = reason or "the hub gives no reason"
        log.warning("%s: its hub denies to push: %s", one.source, reason)
        new = _changed(_next_hub(one), denied=True, until=None, reason=reason)
        wait = 0 if new.turn else _DENIED_SECONDS
        return self._all.swap(one, new, now, due=now + timedelta(seconds=wait), hurry=True)

    def _failed(self, one: Subscription, reason: str, now: datetime, wait: float = 0.0) -> None:
        """Ask again later; another hub, unless this one pushes still."""
        failed = _changed(one, waiting=False, errors=one.errors + 1, reason=reason)
        later = min(_FIRST_WAIT * 2.0 ** min(one.errors, 20), _LONGEST_WAIT)
        log.warning("%s is not pushed by its hub: %s", one.source, reason)
        due = now + timedelta(seconds=max(later, min(wait, _LONGEST_WAIT)))
        if one.mode == "unsubscribe":
            new = msgspec.structs.replace(failed, asked=None)
            self._all.swap(one, new, now, due=due)
        elif one.until is not None and one.until > now:
            self._all.swap(one, failed, now, due=min(due, one.until))
        else:
            new = msgspec.structs.replace(_next_hub(failed), until=None)
            soon = now if new.turn else due
            self._all.swap(one, new, now, due=soon, hurry=one.until is not None)


def end(store: Store, sources: Sequence[str], now: datetime) -> None:
    """Have hubs asked to push *sources* no more; the worker does it, when it runs."""
    for source in sources:
        for _ in range(_TRIES):
            one = store.subscriptions.of([source]).get(source)
            if one is None or _end(store, one, now):
                break


def _end(store: Store, one: Subscription, now: datetime) -> bool:
    """Have *one* ended at its hub, or forgotten if it was never asked."""
    if one.asked is None:
        return store.subscriptions.swap(one, None, now)
    ending = _changed(one, mode="unsubscribe", asked=None, waiting=False, errors=0)
    return store.subscriptions.swap(one, ending, now, due=now)


def _changed(one: Subscription, **fields: object) -> Subscription:
    return msgspec.structs.replace(one, revision=one.revision + 1, **fields)


def _next_hub(one: Subscription) -> Subscription:
    """Return *one* at the next of its hubs, under another address: the last may still know this."""
    turn = (one.turn + 1) % len(one.hubs)
    return msgspec.structs.replace(
        one, turn=turn, token=_token(), secret=_token(), asked=None, waiting=False
    )


def _renewal(one: Subscription, now: datetime) -> datetime:
    """Return when to renew: a fifth of the lease before its end, a day at most of a short one."""
    if one.until is None:
        return now
    left = (one.until - now).total_seconds()
    early = max(left / 5, min(left / 2, _LONGEST_WAIT))
    return one.until - timedelta(seconds=early)


def _token() -> str:
    """Return what nobody can guess: 256 bits, as the end of an address."""
    return secrets.token_urlsafe(32)
