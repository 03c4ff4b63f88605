"""What Redis remembers: one table of keys, and the steps that change them.

Every change of an article is one Lua script, so that a worker that dies leaves all of it or
nothing.

Bytes an article of 3 KB of HTML, on Valkey 9.1 (``benchmarks/memory.py``): ``article`` 1,720, each
``identity`` 90, its places in ``articles`` and in each ``feed`` 80, ``journal`` 150: 2.4 KB in all,
some 200,000 articles in 512 MB. ``fragments``, 2.3 KB more, only those have that a feed shows.

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
``held``                      zset    ID of each article that is held, by when that began
``timed``                     zset    ID by the moment at which it is judged anew: its embargo ends,
                                      or it expires
``pages``                     hash    ID -> revision of each article page to be written
``fragments:ID``              string  the article rendered for RSS, Atom and JSON Feed (zstd), until
                                      it changes or three days have passed
``pictures:ID``               set     file names of the kept pictures that it shows
``picture:NAME``              set     IDs of the articles that show it; with the last, it is hidden
``journal:ID``                list    the last 50 things that happened to it
``receipt:RECEIPT``           hash    field -> first answer to each entry of one arrival; expires
                                      after ``outcome_days``; a settled file's is deleted at once
``outcome:ENTRY``             string  JSON: what became of one entry of the inbox, for whoever sent
                                      it (docs/tasks.md); expires after ``outcome_days``
``tally``                     hash    "SOURCE-KIND VERDICT" -> how many, since ever
``inbox``                     stream  articles that programs submitted and no worker has read yet
``tick:NAME:SLOT``            string  a beat tick that was taken; expires after two intervals
``pulse``                     hash    PROCESS -> a number that grows while it lives and works
``sources``                   hash    ID -> JSON: what the operator says of an upstream source
``polls``                     hash    ID -> JSON: what polling it taught: some 600 bytes a source,
                                      and 44 for each entry of its last document, up to 200
``poll:due``                  zset    ID by time of its next poll: every source that is not paused
``poll:hosts``                hash    ID -> the host of its address
``poll:deaths``               hash    ID -> pollers that claimed it and did not settle it yet
``poll:busy:HOST``            string  the ID that is being fetched from the host, or ``rest`` or
                                      ``pause``: nobody else asks it until this expires
``poll:slot:HOST``            string  the last place given in the queue for the host
``poll:FLAG``                 set     the IDs that are failing, quiet, missed (entries) or suspended
``poll:unreachable``          set     hosts that could not be reached since any of them answered
``poll:turn:N``               string  a task that polls; as many at a time as ``poll.tasks`` says
``push:...``                  six     subscriptions to hubs, and what these delivered: see there
``poll:clock``                string  the time at the last claim, to tell a clock that was set back
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
from .hosts import Hosts
from .inbox import Inbox
from .pulse import Pulse
from .shelf import Shelf
from .sources import Sources
from .subscriptions import Subscriptions


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
        self.editorial = Editorial(connection, category_limit=category_limit)
        self.inbox = Inbox(connection, outcome_days=outcome_days)
        self.pulse = Pulse(connection)
        self.sources = Sources(connection)
        self.hosts = Hosts(connection)
        self.subscriptions = Subscriptions(connection)
