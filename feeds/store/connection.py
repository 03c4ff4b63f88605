"""The one door to Redis: its address, its keys, its scripts and its errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from ..errors import StoreUnavailable

_PASSING = (
    "OOM",
    "MISCONF",
    "LOADING",
    "READONLY",
    "BUSY",
    "NOREPLICAS",
    "MASTERDOWN",
    "CLUSTERDOWN",
)
"""Answers that say: not now. Everything else that Redis answers as an error is a fault of ours."""

_ANSWER_SECONDS = 30
"""Longer than any script of ours and than the server's worst fsync that was measured (3 s)."""


class Connection:
    """A Redis or Valkey server and the prefix of our keys. Cheap to make; opens at first use."""

    def __init__(
        self, url: str, namespace: str = "wireroom", answer_seconds: float = _ANSWER_SECONDS
    ) -> None:
        self.url = url
        self.prefix = f"{namespace}:"
        self.redis = redis.Redis.from_url(
            client_url(url),
            socket_timeout=answer_seconds,
            socket_connect_timeout=5,
            **({} if client_url(url).startswith("unix:") else {"socket_keepalive": True}),
            protocol=2,  # one shape of replies, whatever redis-py takes for its default
            # Short: whoever calls has its own way to wait and to try again.
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), 2),
        )

    def key(self, *parts: str) -> str:
        """Return the full name of a key."""
        return self.prefix + ":".join(parts)

    @contextmanager
    def doing(self, what: str) -> Iterator[Any]:
        """Hand out the client for *what* ("admitting articles").

        Typed as Any because redis-py declares each reply as bytes or text or a coroutine.

        Raises:
            StoreUnavailable: Redis did not answer or says that it cannot serve now.
        """
        try:
            yield self.redis
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            raise StoreUnavailable(what, str(error)) from error
        except redis.ResponseError as error:
            if any(word in str(error) for word in _PASSING):
                raise StoreUnavailable(what, str(error)) from error
            raise

    def script(self, name: str, what: str, now: datetime, *values: bytes | str | float) -> Any:  # noqa: ANN401 - a script answers what it likes
        """Run the script *name* (with article.lua before it) for *what*, at the moment *now*.

        Raises:
            StoreUnavailable: as ``doing``; whether the script ran is then unknown.
        """
        with self.doing(what) as client:
            return client.register_script(_source(name))(
                args=(self.prefix, milliseconds(now), *values), client=client
            )

    def close(self) -> None:
        """Close every socket; the next use opens one again."""
        self.redis.close()


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


@cache
def _source(name: str) -> str:
    folder = resources.files(__package__)
    return "\n".join(
        folder.joinpath(f"{part}.lua").read_text("utf-8") for part in ("article", name)
    )
