"""What Redis remembers: one table of keys, and the steps that change them.

Every change of an article is one Lua script, so that a worker that dies leaves all of it or
nothing. Sizes: ``benchmarks/memory.py``, on Valkey 9.1, for articles of 3 KB of HTML.

============================  ======  ===========================================================
key (after ``wireroom:``)     type    holds
============================  ======  ===========================================================
``article:ID``                string  head (entry id, revision, times, digests, state, feeds) and
                                      the article (zstd of MessagePack); removed by ``prune``
``identity:KEY``              string  16 bytes of name -> ID; two or three an article; expires
                                      after ``identity_days`` without being seen again
``articles``                  zset    ID by time of last change: what ``prune`` goes through
``feed:NAME``                 zset    ID by time of last change: what a feed is selected from
``feeds``                     hash    NAME -> title of each feed that exists
``dirty``                     hash    NAME -> changes since it was last published
``pages``                     hash    ID -> revision of each article page to be written
``fragments:ID``              string  the article rendered for RSS, Atom and JSON Feed (zstd), until
                                      it changes or three days have passed
``journal:ID``                list    the last 50 things that happened to it
``receipt:RECEIPT``           hash    field -> first answer to each entry of one arrival; expires
                                      after ``outcome_days``; a settled file's is deleted at once
``outcome:ENTRY``             string  JSON: what became of one entry of the inbox, for whoever sent
                                      it (docs/tasks.md); expires after ``outcome_days``
``tally``                     hash    "SOURCE-KIND VERDICT" -> how many, since ever
``inbox``                     stream  articles that programs submitted and no worker has read yet
``tick:NAME:SLOT``            string  a beat tick that was taken; expires after two intervals
``pulse``                     hash    PROCESS -> a number that grows while it lives and works
``publish:pending``           string  a publish task is on its way; expires after ten seconds
``publish:recent``            string  one ran just now; expires with the pause between two
============================  ======  ===========================================================

Celery's own keys stand beside these in the same database: the three queues ``wireroom.ingest``,
``wireroom.poll`` and ``wireroom.publish`` (lists), ``unacked*``, ``_kombu.*`` and
``celery-task-meta-*``.
"""

from __future__ import annotations

from .admission import Admission
from .connection import Connection
from .editorial import Editorial
from .inbox import Inbox
from .pulse import Pulse
from .shelf import Shelf


class Store:
    """The store by its rooms, over one connection."""

    def __init__(
        self,
        connection: Connection,
        *,
        article_days: int,
        identity_days: int,
        outcome_days: int,
        category_limit: int = 500,
    ) -> None:
        self.connection = connection
        self.admission = Admission(
            connection,
            article_days=article_days,
            identity_days=identity_days,
            outcome_days=outcome_days,
            category_limit=category_limit,
        )
        self.shelf = Shelf(connection)
        self.editorial = Editorial(connection)
        self.inbox = Inbox(connection, outcome_days=outcome_days)
        self.pulse = Pulse(connection)
