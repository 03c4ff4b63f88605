"""An upstream source: what its operator says of it, and what polling it has taught us.

The two are stored apart, so that a command and a poll that run at once never undo each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from .model import Source


class Upstream(Source, frozen=True, omit_defaults=True):
    """A source that is an address, as its operator registered it.

    *id* is the address that it was added under, and stays when the feed moves. *interval* is the
    least number of seconds between two polls, *headers* are sent to the host of *id* alone and
    never shown; *full_text* asks for the text of the linked pages.
    """

    interval: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    paused: bool = False
    full_text: bool = False


class Hints(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a feed document itself says about when to come again.

    *wait* is in seconds (RSS ttl, sy:updatePeriod); hours are 0 to 23 UTC, days 0 (Monday) to 6.
    """

    wait: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


class Sighting(msgspec.Struct, frozen=True):
    """A permanent redirect that was met: where to, how often in a row, and since when."""

    url: str
    count: int
    since: datetime


class Known(msgspec.Struct, frozen=True):
    """The entries of the last document that need no reading while they stand as they did.

    *entries* has 33 bytes for each (``feeds/known.py``); *key* stands for all that they are read by
    besides their own bytes. *at* is when they were looked at last, *whole* when the last document
    was read that nothing was passed over in.
    """

    key: str
    whole: datetime
    at: datetime
    entries: bytes


class Poll(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a source from polling it.

    *etag* and *last_modified* are the validators of the last good document, byte for byte, and
    *digest* is that of its body. *gaps* are the seconds between the last new entries, *newest* is
    the date of the latest one; *seen* names the entries of the last document, and *overlap* is the
    share of them that the document before had as well: 0 says that some were probably missed.
    *pace* is the seconds between two requests that a 429 asked for, at *paced*.
    *suspended* is the reason why it is polled no more. *addresses* are those it had before.
    """

    address: str
    title: str = ""
    etag: str | None = None
    last_modified: str | None = None
    digest: str = ""
    known: Known | None = None
    hints: Hints = Hints()
    polled: datetime | None = None
    succeeded: datetime | None = None
    due: datetime | None = None
    status: int = 0
    problem: str = ""
    errors: int = 0
    gone_since: datetime | None = None
    newest: datetime | None = None
    gaps: tuple[int, ...] = ()
    seen: tuple[str, ...] = ()
    overlap: float | None = None
    moved: Sighting | None = None
    addresses: tuple[str, ...] = ()
    suspended: str = ""
    pace: int = 0
    paced: datetime | None = None


class Registered(msgspec.Struct, frozen=True):
    """A source with both its sides. *deaths* counts the workers that began to poll it and died.

    *pushed* is until when a hub pushes what is new in it; None if no hub was ever asked to.
    """

    source: Upstream
    poll: Poll
    deaths: int = 0
    pushed: datetime | None = None


class Subscription(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was agreed with a hub about a source, or was asked of it.

    *token* is the end of our callback's address, *secret* what the hub signs with: both are ours
    and the hub's alone and are never shown. Of the *hubs* that push *topic*, number *turn* is in
    use. *asked* is when *mode* was asked for last, *waiting* that the hub has not verified it yet,
    *until* the end of the lease that it gave. *denied* says that it will not push, *reason* in a
    sentence why it does not. *pinged* is when it pushed last, *hinted* when it pushed no more than
    a hint to poll; *missed* says that a poll has found since what it ought to have pushed.
    *revision* grows with each change.
    """

    revision: int
    source: str
    token: str
    secret: str
    topic: str
    hubs: tuple[str, ...]
    turn: int = 0
    mode: Literal["subscribe", "unsubscribe"] = "subscribe"
    asked: datetime | None = None
    waiting: bool = False
    until: datetime | None = None
    denied: bool = False
    reason: str = ""
    errors: int = 0
    pinged: datetime | None = None
    hinted: datetime | None = None
    missed: bool = False

    @property
    def hub(self) -> str:
        """The address of the hub in use."""
        return self.hubs[self.turn]

    def state(self, now: datetime) -> str:
        """Return how it stands: active, unreliable, pending, failing, denied or ending."""
        if self.mode == "unsubscribe":
            return "ending"
        if self.until is not None and self.until > now:
            return "unreliable" if self.missed else "active"
        if self.denied:
            return "denied"
        return "failing" if self.errors else "pending"
