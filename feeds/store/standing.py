"""What may be done with an article now: shown, kept aside, or taken back; and until when."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..model import Article, Status


class Standing(NamedTuple):
    """How an article stands, why (a sentence; "" where it is shown), and until when that holds."""

    state: str
    reason: str = ""
    until: datetime | None = None


def standing(  # noqa: PLR0911 - one rule a line
    article: Article, now: datetime, *, placed: bool
) -> Standing:
    """Return how *article* stands at *now*; *placed* says whether any feed may hold it.

    What its provider takes back is never shown (IPTC pubStatus ``canceled``); what it withholds,
    what a person must decide, what has expired and what no feed may hold are kept aside; an embargo
    ends by itself, a moment that the provider did not name does not.
    """
    if article.status is Status.CANCELED:
        return Standing("withdrawn", "withdrawn by its source")
    if article.advisory:
        return Standing("held", f"a person must decide: {article.advisory}")
    if article.status is Status.WITHHELD:
        return Standing("held", "its source withholds it")
    if article.restricted and not placed:
        return Standing("held", f"its terms of use restrict it: {article.usage}")
    ends = article.expires.at if article.expires else None
    if ends and ends <= now:
        return Standing("held", f"it expired at {ends:%Y-%m-%d %H:%M} UTC")
    embargo = article.embargoed.at if article.embargoed else None
    if embargo and embargo > now:
        return Standing("held", f"under embargo until {embargo:%Y-%m-%d %H:%M} UTC", embargo)
    return Standing("live", until=ends)
