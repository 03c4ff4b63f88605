"""The one door to Redis: its address, its keys, its scripts and its errors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import ExponentialBackoff
from redis.cluster import ClusterNode
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ClusterError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    SlotNotCoveredError,
    TryAgainError,
)
from redis.retry import Retry

from ..errors import StoreFull, StoreUnavailable

DEFAULT_NAMESPACE = "wireroom"

_PORT = 6379
"""Where a node of a cluster listens whose port is not named."""

_NOT_NOW = (
    redis.ConnectionError,
    redis.TimeoutError,
    OSError,
    ReadOnlyError,
    ClusterError,
    SlotNotCoveredError,
    TryAgainError,
)
_ASTRAY = (MovedError, ClusterDownError, redis.ConnectionError, redis.TimeoutError)
"""What says that the map of a cluster may be an old one."""

_NOT_NOW_WORDS = ("MISCONF", "BUSY", "NOREPLICAS", "cannot be connected", "could not agree")
"""What redis-py has no class for. Whatever else is answered as an error is a fault of ours."""

_MOVING = {
    True: "the slot of our keys is being moved to another node",
    False: "the server is a node of a cluster: say redis+cluster:// in store_url",
}
"""What a node means that sends us to another one, by whether we know that it is a cluster."""

_GROWING = frozenset({"admit", "keep"})
"""The scripts that make the store larger; the others change little, or make it smaller."""

_MAKING_ROOM = {"forget": "#!lua flags=allow-oom\n"}
"""What a script begins with that must run when the memory is full, for it makes room."""

_ANSWER_SECONDS = 30
"""Longer than any script of ours and than the server's worst fsync that was measured (3 s)."""


class Connection:
    """A Redis or Valkey server, or a cluster, and the prefix of our keys.

    Cheap to make; opens at first use. In any *namespace* but the default one every key carries the
    hash tag ``{namespace}``: all of them stand in one slot of a cluster, so that a script, a
    transaction or MGET may touch any of them. *before_growth* is called with what is to be done
    before a script that makes the store larger, and may refuse it.
    """

    def __init__(
        self, url: str, namespace: str = DEFAULT_NAMESPACE, answer_seconds: float = _ANSWER_SECONDS
    ) -> None:
        self.url = url
        self.prefix = key_prefix(namespace)
        self.queue_prefix = queue_prefix(namespace)
        self.before_growth: Callable[[str], None] = lambda _what: None
        self._answer_seconds = answer_seconds

    @cached_property
    def redis(self) -> redis.Redis | redis.RedisCluster:
        """The client."""
        options: dict[str, Any] = {
            "socket_timeout": self._answer_seconds,
            "socket_connect_timeout": 5,
            "protocol": 2,  # one shape of replies, whatever redis-py takes for its default
            # Short: whoever calls has its own way to wait and to try again.
            "retry": Retry(ExponentialBackoff(cap=0.2, base=0.05), 2),
        }
        if not client_url(self.url).startswith("unix:"):
            options["socket_keepalive"] = True
        if is_cluster(self.url):
            first, others = cluster_nodes(self.url)
            # Of a cluster that has lost another slot than ours, we miss nothing.
            return _Cluster(
                url=first,
                startup_nodes=[ClusterNode(*one) for one in others],  # type: ignore[no-untyped-call]
                require_full_coverage=False,
                **options,
            )
        return redis.Redis.from_url(client_url(self.url), **options)

    def key(self, *parts: str) -> str:
        """Return the full name of a key."""
        return self.prefix + ":".join(parts)

    @contextmanager
    def doing(self, what: str) -> Iterator[Any]:
        """Hand out the client for *what* ("admitting articles").

        Typed as Any because redis-py declares each reply as bytes or text or a coroutine.

        Raises:
            StoreUnavailable: Redis did not answer or says that it cannot serve now.
            StoreFull: it has no memory for that.
        """
        try:
            yield self.redis
        except AskError as error:
            raise StoreUnavailable(what, _MOVING[is_cluster(self.url)]) from error
        except OutOfMemoryError as error:
            raise StoreFull(what) from error
        except _NOT_NOW as error:
            raise StoreUnavailable(what, str(error)) from error
        except (redis.ResponseError, RedisClusterException) as error:
            if any(word in str(error) for word in _NOT_NOW_WORDS):
                raise StoreUnavailable(what, str(error)) from error
            raise

    def script(self, name: str, what: str, now: datetime, *values: bytes | str | float) -> Any:  # noqa: ANN401 - a script answers what it likes
        """Run the script *name* (with those that it begins with) for *what*, at the moment *now*.

        Raises:
            StoreUnavailable: as ``doing``; whether the script ran is then unknown.
            StoreFull: it did not run.
        """
        if name in _GROWING:
            self.before_growth(what)
        source, digest = _source(name)
        # The key that it declares says in which slot all those are that it will touch. It never
        # exists: so a node from which they are just being moved refuses, and runs nothing.
        arguments = (1, self.prefix, self.prefix, milliseconds(now), *values)
        with self.doing(what) as client:
            if isinstance(client, _Cluster):
                return client.on_node_of(self.prefix, _evaluate, source, digest, arguments)
            return _evaluate(client, source, digest, arguments)

    def information(self, what: str) -> dict[str, Any]:
        """Return what INFO says of the server that holds our keys. Raises as ``doing``."""
        with self.doing(what) as client:
            if not is_cluster(self.url):
                return dict(client.info())
            return dict(client.on_node_of(self.prefix, redis.Redis.info))

    def close(self) -> None:
        """Close every socket; the next use opens one again."""
        if "redis" in self.__dict__:
            self.redis.close()


class _Cluster(redis.RedisCluster):
    """A cluster whose pipelines are transactions unless told otherwise, as a server's are."""

    def pipeline(self, transaction: bool | None = True, shard_hint: Any = None) -> Any:  # noqa: ANN401, FBT002 - redis-py's signature
        return super().pipeline(transaction, shard_hint)  # type: ignore[no-untyped-call]

    def on_node_of(self, key: str, call: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        """Return what *call* answers, given a client of the node that serves *key*, *arguments*.

        A slot that moved is followed. One that is just being moved, key by key, is not (AskError):
        a script would find half of its keys on either node, and take a known article for new.
        """
        for last in (False, True):
            node = self.get_node_from_key(key)  # type: ignore[no-untyped-call]
            try:
                return call(self.get_redis_connection(node), *arguments)
            except _ASTRAY as error:
                self.nodes_manager.initialize()
                if last or not isinstance(error, MovedError):
                    raise
        raise AssertionError


def key_prefix(namespace: str) -> str:
    """Return what every key in *namespace* begins with.

    The default one is bare, as it ever was; one that stands in braces is taken as it is.
    """
    if namespace == DEFAULT_NAMESPACE or namespace.startswith("{"):
        return f"{namespace}:"
    return f"{{{namespace}}}:"


def queue_prefix(namespace: str) -> str:
    """Return what Celery's keys in *namespace* begin with: nothing in the default one."""
    return "" if namespace == DEFAULT_NAMESPACE else key_prefix(namespace)


def is_cluster(url: str) -> bool:
    """Tell whether *url* is that of a cluster: ``redis+cluster://one:7000,two:7000``."""
    return url.partition("://")[0].endswith("+cluster")


def cluster_nodes(url: str) -> tuple[str, list[tuple[str, int]]]:
    """Return the address of the first node that *url* names, and host and port of the others.

    Any node that answers tells of all; the more are named, the more of them may be away.

    Raises:
        ValueError: a node has no host, or a port that is none.
    """
    scheme, _, rest = client_url(url).partition("://")
    login, at, place = rest.rpartition("@")
    hosts, slash, path = place.partition("/")
    nodes = []
    for host in hosts.split(","):
        node = urlsplit(f"//{host}")
        if not node.hostname:
            raise ValueError(f"{host!r} names no node of a cluster")
        nodes.append((node.hostname, node.port or _PORT))
    first = hosts.partition(",")[0]
    return f"{scheme.removesuffix('+cluster')}://{login}{at}{first}{slash}{path}", nodes[1:]


def client_url(url: str) -> str:
    """Return *url* as redis-py spells it: Celery's ``redis+socket://`` is its ``unix://``."""
    if url.startswith("redis+socket://"):
        return "unix://" + url.removeprefix("redis+socket://").replace("virtual_host=", "db=")
    return url.replace("valkey", "redis", 1) if url.startswith("valkey") else url


def broker_url(url: str) -> str:
    """Return *url* as Celery spells it."""
    if url.startswith("unix://"):
        return "redis+socket://" + url.removeprefix("unix://").replace("db=", "virtual_host=")
    return client_url(url) if url.startswith("valkey") else url


def milliseconds(moment: datetime) -> int:
    """Return *moment* as the store writes it: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def moment(value: bytes | str | float) -> datetime:
    """Return the moment that the store wrote as *value* milliseconds."""
    return datetime.fromtimestamp(float(value) / 1000, UTC)


def line(text: str) -> str:
    """Return *text* as it may stand in a field of a stored line: no tab, no line end, no NUL."""
    return " ".join(text.replace("\0", " ").split())


def texts(values: Sequence[bytes | None]) -> list[str]:
    """Return what Redis answered as text; nothing becomes the empty text."""
    return [(value or b"").decode("utf-8", "replace") for value in values]


def _evaluate(client: redis.Redis, source: str, digest: str, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Run a script by its digest; a server that does not know it yet is told it."""
    try:
        return client.evalsha(digest, *arguments)
    except NoScriptError:
        return client.eval(source, *arguments)


_BEGINS_WITH = re.compile(r"Begins with ([\w., ]+)")


@cache
def _source(name: str) -> tuple[str, str]:
    """Return the script *name* with those before it that it says it begins with, and its SHA-1."""
    folder = resources.files(__package__)
    own = folder.joinpath(f"{name}.lua").read_text("utf-8")
    begins = _BEGINS_WITH.search(own)
    parts = re.findall(r"\w+\.lua", begins[1]) if begins else []
    texts_before = [folder.joinpath(part).read_text("utf-8") for part in parts]
    source = _MAKING_ROOM.get(name, "") + "\n".join([*texts_before, own])
    return source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
