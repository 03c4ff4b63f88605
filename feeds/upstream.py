"""An upstream source: what its operator says of it, and what polling it has taught us.

The two are stored apart, so that a command and a poll that run at once never undo each other.
"""

from __future__ import annotations

from datetime import datetime

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


class Poll(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a source from polling it.

    *etag* and *last_modified* are the validators of the last good document, byte for byte, and
    *digest* is that of its body. *gaps* are the seconds between the last new entries, *newest* is
    the date of the latest one; *seen* names the entries of the last document, and *overlap* is the
    share of them that the document before had as well: 0 says that some were probably missed.
    *suspended* is the reason why it is polled no more. *addresses* are those it had before.
    """

    address: str
    title: str = ""
    etag: str | None = None
    last_modified: str | None = None
    digest: str = ""
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


class Registered(msgspec.Struct, frozen=True):
    """A source with both its sides. *deaths* counts the workers that began to poll it and died."""

    source: Upstream
    poll: Poll
    deaths: int = 0
