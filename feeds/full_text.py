"""The text of the linked page in the place of a feed's excerpt, for sources that ask for it.

A page is fetched once for each entry that is new or edited, and never again: what is new is decided
by the feed's own entry, whose names and digest stay what they are. So the stored text does not go
back and forth when a page cannot be fetched, and an edit in the feed is the only thing that fetches
it anew. Whatever goes wrong, the feed's own text is admitted.

Pages go through the gate of their host as feeds do. A source at which a poller died is admitted
without its pages, for one of them may have been the end of it.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import pairwise

import msgspec

from .dedupe.identity import folded, leads_to_a_page, words_in
from .errors import Transient, WireroomError
from .formats import HEAD_CHARACTERS
from .formats.decoding import decode
from .formats.html import page
from .model import Arrival, Article, Document, Named, Rejection, Status
from .normalise import normalise
from .pipeline import Line
from .read.fetch import Fetcher, Request, Response
from .read.freshness import retry_after
from .store.sources import host_of
from .upstream import Registered

log = logging.getLogger("wireroom.full_text")

_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_BARE_PAUSE = 900.0
_HOLD_SECONDS = 60.0
_FEW_WORDS = 8
"""A feed's text of fewer tells nothing; then the headline must be found on the page."""

_SHARE = 0.5
_SHORTEST_WORD = 4
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff]"
)
"""Scripts that write no space between words: pairs of letters are compared instead."""


class FullText:
    """Fetches linked pages and takes their text.

    *rest* is the seconds between two requests to one host; of one poll *most* pages are fetched,
    for *seconds* at most, and the other entries keep the feed's text.
    """

    def __init__(
        self, line: Line, fetcher: Fetcher, *, rest: float, most: int, seconds: float
    ) -> None:
        self._line = line
        self._fetcher = fetcher
        self._hosts = line.store.hosts
        self._rest = rest
        self._most = most
        self._seconds = seconds

    def fill(self, one: Registered, arrivals: Sequence[Arrival], now: datetime) -> list[Arrival]:
        """Return *arrivals* of *one*, with the text of their pages where that is to be had.

        Raises:
            StoreUnavailable: another try can help.
        """
        filled = list(arrivals)
        if not one.source.full_text or one.deaths:
            return filled
        wanted = self._wanted(arrivals, now)
        if wanted:  # the feed's host was asked just now
            self._hosts.leave(host_of(one.poll.address), one.source.id, self._rest)
        until = time.monotonic() + self._seconds
        for number, named in wanted[: self._most]:
            link = named.article.link or ""
            try:
                found = self._read(one, self._fetch(one, link, until), now)
                article = filled_from(named.article, found)
            except Transient:
                raise
            except WireroomError as error:
                log.info("%s keeps the text of its feed: %s", link, error)
            except Exception:  # foreign bytes found a fault of ours: one entry goes without
                log.exception("a fault in reading %s", link)
            else:  # names and digest stay those of the feed's entry: see the top
                what = msgspec.structs.replace(named, article=article)
                filled[number] = msgspec.structs.replace(arrivals[number], what=what)
        if (left := len(wanted) - self._most) > 0:
            log.info("%s: %d new entries beyond %d keep its text", one.source.id, left, self._most)
        return filled

    def _wanted(self, arrivals: Sequence[Arrival], now: datetime) -> list[tuple[int, Named]]:
        """Return what is new or edited, is shown, and has a page of its own; with its number."""
        links = Counter(one.what.article.link for one in arrivals if isinstance(one.what, Named))
        own = [
            (number, one.what)
            for number, one in enumerate(arrivals)
            if isinstance(one.what, Named)
            and not one.backlog
            and one.what.article.status is Status.USABLE
            and one.what.article.embargoed is None
            and links[one.what.article.link] == 1
            and leads_to_a_page(one.what.article.link or "")
        ]
        news = self._line.store.admission.news([what for _, what in own], now)
        return [pair for pair, is_new in zip(own, news, strict=True) if is_new]

    def _fetch(self, one: Registered, link: str, until: float) -> Response:
        """Return the page at *link*, once its host may be asked.

        Raises:
            _Kept: it is not to be had, or not in time.
        """
        host, name = host_of(link), one.source.id
        while wait := self._hosts.take(host, name, _HOLD_SECONDS):
            if time.monotonic() + wait > until:
                raise _Kept("its host could not be asked in time")
            time.sleep(wait)
        at_home = host == host_of(name)
        request = Request(name, link, headers=one.source.headers if at_home else ())
        [response] = self._fetcher.fetch([request])
        if response.status in _BUSY:
            asked = retry_after(response.headers, datetime.now(UTC))
            self._hosts.leave(host, name, asked or _BARE_PAUSE, paused=True)
        else:
            self._hosts.leave(host, name, self._rest)
        if response.problem or response.status != HTTPStatus.OK:
            raise _Kept(response.sentence or f"its page answers {response.status}")
        if not leads_to_a_page(response.url):
            raise _Kept("its link leads to a home page")
        return response

    def _read(self, one: Registered, response: Response, now: datetime) -> Article:
        """Return the page in *response* as an article.

        Raises:
            _Kept, BrokenDocument, InvalidArticle: it is none.
        """
        kind = response.headers.get("content-type", "")
        document = Document(
            data=response.body,
            name=response.url,
            source=one.source,
            received=now,
            url=response.url,
            content_type=kind,
        )
        if not page.recognises(document, decode(response.body)[:HEAD_CHARACTERS].lstrip()):
            raise _Kept(f"its link leads to no web page ({kind or 'of no known type'})")
        [entry] = page.parse(document)
        if isinstance(entry, Rejection):
            raise _Kept(entry.problem)
        return normalise(entry, document, self._line.rules)


class _Kept(WireroomError):
    """Why an entry keeps the text of its feed."""


def filled_from(article: Article, found: Article) -> Article:
    """Return *article* with the text of its page *found*, and its pictures if it has none.

    Raises:
        _Kept: that is not longer, or is not this article: a login, a home page, an advertisement.
    """
    own = words_in(article.content_html) or folded(article.summary)
    text = words_in(found.content_html)
    if len(text) <= len(own):
        raise _Kept("the text of its page is not longer")
    told = _marks(own)
    share = _shared(told, _marks(text))
    if len(told) < _FEW_WORDS:
        share = max(share, _shared(_marks(article.title), _marks(f"{found.title} {text}")))
    if share < _SHARE:
        raise _Kept(f"its page tells something else: {share:.0%} of the words are there")
    return msgspec.structs.replace(
        article, content_html=found.content_html, images=article.images or found.images
    )


def _marks(text: str) -> set[str]:
    """Return what tells one text from another: its longer words, or pairs of letters."""
    found: set[str] = set()
    for word in folded(text).split():
        if _NO_SPACES.search(word):
            found.update(map("".join, pairwise(word)))
        elif len(word) >= _SHORTEST_WORD:
            found.add(word)
    return found


def _shared(told: set[str], there: set[str]) -> float:
    return len(told & there) / len(told) if told else 0.0
