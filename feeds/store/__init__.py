"""What Redis remembers: one table of keys, and the steps that change them.

Every change of an article is one Lua script, so that a worker that dies leaves all of it or
nothing.

Bytes an article of 3 KB of HTML, on Valkey 9.1 (``benchmarks/memory.py``): ``article`` 1,720, each
of its ``names`` 40, its places in ``articles`` and in each ``feed`` 80, ``journal`` 150: 2.3 KB in
all, some 200,000 articles in 512 MB. ``fragments``, 2.3 KB more, only those have that a feed shows.

============================  ======  ===========================================================
key (after the prefix)        type    holds
============================  ======  ===========================================================
``article:ID``                string  head (entry id, revision, times, digests, state, feeds) and
                                      the article (zstd of MessagePack); removed by ``prune``
``copy:ID``                   string  the same of an article that is one copy of a story of several;
                                      ``article:ID`` is then what its story shows
``story:ID``                  zset    ID of each copy by its rank, the best first; +inf may not be
                                      shown
``apart:ID``                  set     stories that it is not, for a person said so; expires as
                                      identities do
``prints:LEN``                hash    last, floor: numbers of the prints of that length, and
``prints:LEN:BLOCK``          string  64 of them each, with ids and times; expires with the window
``bands:LEN``                 table   band -> numbers of the prints that share it, swept with those
``paragraphs``                table   paragraph of a source -> day, and the articles that had it
``names``                     table   10 bytes of a name -> the day on which it is forgotten, ID;
                                      two or three an article; ``identity_days`` after it was seen
``articles``                  zset    ID by time of last change: what ``prune`` goes through
``feed:NAME``                 zset    ID by time of last change: what a feed is selected from
``archive:NAME``              zset    ID by the page of the feed's archive that holds it
``filed``                     hash    NAME -> last page, and the score up to which all is in one
``archives``                  hash    "NAME PAGE" -> changes since that page was last written
``feeds``                     hash    NAME -> title of each feed that exists
``ruling``                    hash    digest: the rules that hold; since; ruled: their feeds;
                                      claimed, begun, judged: what is being applied, and how far
``moved``                     hash    NAME -> the name that the feed has now; "" if it is no more
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
``memory:samples``            list    "ms bytes": the memory in use, every ten minutes of a day
``memory:alarm``              string  somebody was told that memory runs short; expires after a day
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
``hub:...``                   some    the audience of our own hub, and foreign hubs: see ``hub``
``events``                    stream  the last 1,000 stories that were published, for programs
``poll:clock``                string  the time at the last claim, to tell a clock that was set back
``publish:pending``           string  a publish task is on its way; expires after ten seconds
``publish:recent``            string  one ran just now; expires with the pause between two
============================  ======  ===========================================================

A table is a hash of its counts and small packed hashes NAME:0, NAME:1 and so on (table.lua).

The prefix is ``wireroom:``, or ``{NAME}:`` in a namespace of another NAME (``Connection``).

Celery's own keys stand beside these, unless the store has an address of its own: the three queues
``wireroom.ingest``, ``wireroom.poll`` and ``wireroom.publish`` (lists), ``unacked*``, ``_kombu.*``
and ``celery-task-meta-*``.
"""

from __future__ import annotations

from ..model import Stories
from .admission import Admission
from .archives import Archives
from .connection import Connection
from .editorial import Editorial
from .events import Events
from .filing import Filing
from .grouping import Grouping
from .hosts import Hosts
from .hub import Audience
from .inbox import Inbox
from .memory import Memory
from .pulse import Pulse
from .shelf import Shelf
from .sources import Sources
from .subscriptions import Subscriptions

_STORIES = Stories()


class Store:
    """The store by its rooms, over one connection; Celery's queues may stand on *broker*."""

    def __init__(  # noqa: PLR0913 - the terms on which things are kept
        self,
        connection: Connection,
        *,
        article_days: int,
        identity_days: int,
        outcome_days: int,
        category_limit: int = 500,
        stories: Stories = _STORIES,
        broker: Connection | None = None,
        memory_bytes: int = 0,
    ) -> None:
        self.connection = connection
        self.memory = Memory(connection, memory_bytes)
        connection.before_growth = self.memory.keep_reserve
        self.admission = Admission(
            connection,
            article_days=article_days,
            identity_days=identity_days,
            outcome_days=outcome_days,
            category_limit=category_limit,
            stories=stories,
        )
        self.shelf = Shelf(connection)
        self.archives = Archives(connection)
        self.editorial = Editorial(connection, category_limit=category_limit)
        self.grouping = Grouping(connection, identity_days=identity_days, stories=stories)
        self.filing = Filing(connection, category_limit=category_limit)
        self.inbox = Inbox(connection, outcome_days=outcome_days)
        self.pulse = Pulse(connection, broker)
        self.sources = Sources(connection)
        self.hosts = Hosts(connection)
        self.subscriptions = Subscriptions(connection)
        self.audience = Audience(connection)
        self.events = Events(connection)
