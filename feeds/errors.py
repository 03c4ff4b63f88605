"""What can go wrong, as one tree.

WireroomError
├── Transient                 another try can help: the task is retried
│   ├── StoreUnavailable          Redis did not answer, or could not write
│   │   └── StoreFull                 its memory is, and it evicts nothing
│   ├── PublishDelayed            another process holds the published tree
│   └── DiskTrouble               the disk is full or refuses to write
├── SettingsError             the operator's: names the file and the key, stops at the start
├── AlreadyRunning            the data directory belongs to another running Wireroom
├── ServerFailed              the embedded server did not start
├── UnknownFormat             the bytes are in no format that we read
├── BrokenDocument            the format is known, the bytes break its rules
├── InvalidArticle            one entry is turned away, its neighbours pass
├── RefusedFile               the file must not be opened (link, pipe, device, too large)
├── UnknownArticle            no article has this id or address
├── UnknownFeed               no feed has this name
├── UnknownSource             no upstream source has this id or address
├── NoFeed                    an address leads to no feed
└── PublishError              a feed could not be rendered or written; the old file still stands

Celery carries errors between processes by pickling them, so each class hands *all* its arguments
to ``super().__init__`` and builds its sentence in ``__str__``.
"""

from __future__ import annotations


class WireroomError(Exception):
    """The base of every error that Wireroom raises on purpose."""


class Transient(WireroomError):
    """Something outside is unwell; the same call may succeed later."""


class StoreUnavailable(Transient):
    """Redis did not answer, was still loading, or refused to write."""

    def __init__(self, doing: str, cause: str) -> None:
        super().__init__(doing, cause)
        self.doing = doing
        self.cause = cause

    def __str__(self) -> str:
        return f"Redis is not available while {self.doing}: {self.cause}"


class StoreFull(StoreUnavailable):
    """There is no memory for what would grow; nothing was begun."""

    def __init__(self, doing: str, cause: str = "its memory is full, see wireroom doctor") -> None:
        super().__init__(doing, cause)


class PublishDelayed(Transient):
    """Another process has held the published tree for too long."""

    def __init__(self, folder: str, seconds: float) -> None:
        super().__init__(folder, seconds)
        self.folder = folder
        self.seconds = seconds

    def __str__(self) -> str:
        return f"another process has been publishing to {self.folder} for {self.seconds:.0f} s"


class DiskTrouble(Transient):
    """A file could not be written or moved: no space, no permission, an I/O error."""

    def __init__(self, path: str, cause: str) -> None:
        super().__init__(path, cause)
        self.path = path
        self.cause = cause

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.cause}"


class SettingsError(WireroomError):
    """A setting is unknown or has a value that it cannot have."""

    def __init__(self, where: str, key: str, problem: str) -> None:
        super().__init__(where, key, problem)
        self.where = where
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: {self.problem}"


class AlreadyRunning(WireroomError):
    """The lock of the data directory is held by another process."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return (
            f"Wireroom is already running on {self.folder}; stop it first, or name another --data."
        )


class ServerFailed(WireroomError):
    """The embedded Valkey server did not come up."""

    def __init__(self, problem: str, log: str) -> None:
        super().__init__(problem, log)
        self.problem = problem
        self.log = log

    def __str__(self) -> str:
        return f"the embedded Valkey server did not start: {self.problem} (its log: {self.log})"


class UnknownFormat(WireroomError):
    """No format module recognises the bytes."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name, problem)
        self.name = name
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class BrokenDocument(WireroomError):
    """A document is of a known format and breaks its rules.

    *line* and *column* count from 1 and are 0 where the format has no place to name.
    """

    def __init__(self, format_name: str, problem: str, line: int = 0, column: int = 0) -> None:
        super().__init__(format_name, problem, line, column)
        self.format_name = format_name
        self.problem = problem
        self.line = line
        self.column = column

    def __str__(self) -> str:
        where = f" (line {self.line}, column {self.column})" if self.line else ""
        return f"{self.problem}{where}"


class InvalidArticle(WireroomError):
    """An entry lacks what an article must have, whatever we fall back to."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class RefusedFile(WireroomError):
    """A file in the drop folder is of a kind that is never opened."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name, problem)
        self.name = name
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class UnknownArticle(WireroomError):
    """Nothing in the store answers to this id, address or file."""

    def __init__(self, asked: str) -> None:
        super().__init__(asked)
        self.asked = asked

    def __str__(self) -> str:
        return f"no article is known as {self.asked!r}; `wireroom status` lists the latest ones"


class UnknownFeed(WireroomError):
    """No feed has this name."""

    def __init__(self, name: str, known: str) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f"no feed is called {self.name!r}; there are: {self.known or 'none yet'}"


class UnknownSource(WireroomError):
    """No upstream source is registered under this id or address."""

    def __init__(self, asked: str) -> None:
        super().__init__(asked)
        self.asked = asked

    def __str__(self) -> str:
        return f"no source is known as {self.asked!r}; `wireroom sources list` shows all of them"


class NoFeed(WireroomError):
    """An address that was to become a source leads to no feed."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(address, problem)
        self.address = address
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.address}: {self.problem}"


class PublishError(WireroomError):
    """A feed could not be rendered; what was published before still stands."""

    def __init__(self, feed: str, cause: str) -> None:
        super().__init__(feed, cause)
        self.feed = feed
        self.cause = cause

    def __str__(self) -> str:
        return f"feed {self.feed} could not be published: {self.cause}"
