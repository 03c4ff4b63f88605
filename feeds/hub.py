"""Our own WebSub hub at its door: what it is asked, and how it verifies who asked.

The clauses are those of the W3C Recommendation "WebSub". A hub talks to addresses that strangers
choose: each of them passes the guard, no redirect is followed, and a host is asked at a pace of its
own, however many requests name it. What is agreed is delivered by ``distribution``.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from .model import HubTerms
from .read.fetch import Fetcher, Request, Response
from .read.guard import Guard
from .read.websub import plain
from .store.hub import Asked, Audience, Subscriber
from .topics import Topics

log = logging.getLogger("wireroom.hub")

MOST_FORM_BYTES = 16_384
"""Of a request: topic, callback and secret at their longest, each byte as ``%XX``."""

_LONGEST_ADDRESS = 2_000
_LONGEST_SECRET = 200
_LONGEST_NUMBER = 12
_MOST_FIELDS = 50
_MOST_ASKED = 10_000
_LONGEST_WAIT = 60.0
_AT_ONCE = 50
_CLAIM_SECONDS = 60.0
_NUMBER = re.compile(r"[0-9]+")


class Refused(msgspec.Struct, frozen=True):
    """Why a request is not taken: a status and a sentence; *seconds* says when to ask again."""

    status: HTTPStatus
    sentence: str
    seconds: int = 0


class Hub:
    """The hub of *topics*. *guard* judges callbacks before anything is kept of them."""

    def __init__(self, audience: Audience, topics: Topics, terms: HubTerms, guard: Guard) -> None:
        self._audience = audience
        self._topics = topics
        self._terms = terms
        self._guard = guard

    def ask(self, body: bytes, now: datetime) -> Refused | None:
        """Take a request (5.1), ``application/x-www-form-urlencoded``; return why not, if not.

        Parameters that we do not know are not looked at. What is taken is verified later.

        Raises:
            StoreUnavailable: it is not kept; to be asked again.
        """
        asked = self._read(body)
        if isinstance(asked, Refused):
            return asked
        host = _host(asked.callback)
        wait = self._audience.ask(
            _item(asked),
            asked,
            host,
            now,
            rest=self._terms.verify_seconds,
            longest=_LONGEST_WAIT,
            most=_MOST_ASKED,
        )
        if not wait:
            return None
        sentence = f"Too many requests for callbacks at {host} wait; ask again later."
        return Refused(HTTPStatus.TOO_MANY_REQUESTS, sentence, int(wait) + 1)

    def verify(
        self, fetcher: Fetcher, clock: Callable[[], datetime], seconds: float, longest: float
    ) -> int:
        """Ask the callbacks that are to be asked (5.3); return how many answered or did not.

        Begins with none after *seconds*, and gives those that were begun *longest* seconds more.
        Who asked and does not confirm it has changed nothing.

        Raises:
            StoreUnavailable: what was taken is asked again in a minute.
        """
        count, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            taken = dict(self._audience.take(_AT_ONCE, _CLAIM_SECONDS, clock()))
            if not taken:
                break
            challenges = {item: secrets.token_urlsafe(32) for item in taken}
            requests = [
                Request(source=item, url=_question(asked, challenges[item]))
                for item, asked in taken.items()
            ]
            with closing(fetcher.fetch(requests)) as responses:
                for response in responses:
                    item = response.source
                    self._answered(item, taken[item], challenges[item], response, clock())
                    count += 1
                    if time.monotonic() > until + longest:
                        break
        return count

    def _read(self, body: bytes) -> Asked | Refused:
        try:
            said = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            sentence = "The body is not application/x-www-form-urlencoded in UTF-8."
            return Refused(HTTPStatus.BAD_REQUEST, sentence)
        mode, topic, callback, secret, lease = (
            said.get(f"hub.{name}", [""])[0]
            for name in ("mode", "topic", "callback", "secret", "lease_seconds")
        )
        if fault := self._fault(mode, callback, secret, lease):
            return Refused(HTTPStatus.BAD_REQUEST, fault)
        if len(topic) > _LONGEST_ADDRESS or (
            mode == "subscribe" and self._topics.path(topic) is None
        ):
            sentence = "hub.topic is not the address of a feed that is published here."
            return Refused(HTTPStatus.NOT_FOUND, sentence)
        return Asked(
            mode="subscribe" if mode == "subscribe" else "unsubscribe",
            topic=topic,
            callback=callback,
            nonce=secrets.token_hex(8),
            secret=secret,
            lease_seconds=self._lease(lease[:_LONGEST_NUMBER]),
        )

    def _fault(self, mode: str, callback: str, secret: str, lease: str) -> str | None:
        """Return what is wrong with a request, whatever its topic."""
        if mode not in ("subscribe", "unsubscribe"):
            return "hub.mode is subscribe or unsubscribe."
        if len(callback) > _LONGEST_ADDRESS or "#" in callback:
            return "hub.callback is too long, or has a fragment."
        if fault := self._guard.allows_url(callback):
            return f"hub.callback cannot be called: {plain(fault)}."
        if len(secret.encode()) > _LONGEST_SECRET:
            return f"hub.secret is longer than {_LONGEST_SECRET} bytes."
        if lease and not _NUMBER.fullmatch(lease):
            return "hub.lease_seconds is a whole number of seconds."
        return None

    def _lease(self, asked: str) -> int:
        """Return for how long a subscription is granted to who *asked* for so many seconds."""
        wanted = int(asked or 0) or self._terms.lease_seconds
        return min(max(wanted, self._terms.min_lease_seconds), self._terms.max_lease_seconds)

    def _answered(
        self, item: str, asked: Asked, challenge: str, response: Response, now: datetime
    ) -> None:
        if asked.mode == "denied":
            self._audience.verified(item, asked, "denied", now)
            return
        said = response.body if not response.problem and 200 <= response.status < 300 else b""  # noqa: PLR2004
        if not compare_digest(said, challenge.encode()):
            log.info("%s does not confirm: %s", _host(asked.callback), _reason(response))
            self._audience.verified(item, asked, "refused", now)
        elif asked.mode == "unsubscribe":
            self._audience.verified(item, asked, "unsubscribed", now)
        else:
            self._subscribe(item, asked, now)

    def _subscribe(self, item: str, asked: Asked, now: datetime) -> None:
        path = self._topics.path(asked.topic)
        if path is None:  # the feed was taken away meanwhile
            self._audience.verified(item, asked, "refused", now)
            return
        host = _host(asked.callback)
        until = now + timedelta(seconds=asked.lease_seconds)
        digest = sha256(asked.callback.encode()).hexdigest()[:32]
        subscriber = Subscriber(
            topic=asked.topic,
            callback=asked.callback,
            secret=asked.secret,
            until_ms=int(until.timestamp() * 1000),
            places=(f"topic:{path}", f"host:{host}", f"callback:{digest}"),
        )
        terms = self._terms
        most = terms.topic_subscribers, terms.host_subscriptions, terms.callback_topics
        if self._audience.subscribed(item, asked, subscriber, most, now):
            log.info("%s is subscribed to %s", host, path)


def _question(asked: Asked, challenge: str) -> str:
    """Return the address that is asked, or told of a denial (5.2, 5.3)."""
    said = {"hub.mode": asked.mode, "hub.topic": asked.topic}
    if asked.mode == "denied":
        said["hub.reason"] = asked.reason
    else:
        said["hub.challenge"] = challenge
        said["hub.lease_seconds"] = str(asked.lease_seconds)
    mark = "&" if "?" in asked.callback else "?"
    return asked.callback + mark + urlencode(said)


def _item(asked: Asked) -> str:
    """Return the name of the subscription: one for a topic and a callback (5.1)."""
    return sha256(f"{asked.topic} {asked.callback}".encode()).hexdigest()[:32]


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").rstrip(".")


def _reason(response: Response) -> str:
    """Return in a few words why *response* does not confirm; nothing of what it says."""
    return response.sentence or f"it answers {response.status} without the challenge"
