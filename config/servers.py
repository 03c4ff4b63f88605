"""What may be said of servers: where broker and store are, and what their keys begin with."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from redis.connection import parse_url

from feeds.errors import SettingsError
from feeds.store.connection import DEFAULT_NAMESPACE, client_url, cluster_nodes, is_cluster

_SERVERS = ("redis", "rediss", "unix", "redis+socket", "valkey", "valkeys")
_CLUSTERS = ("redis+cluster", "rediss+cluster", "valkey+cluster", "valkeys+cluster")
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_NAMESPACE = re.compile(rf"{_NAME}|\{{{_NAME}\}}")


def check(redis_url: str, store_url: str, namespace: str) -> None:
    """Look at the three settings.

    Raises:
        SettingsError: one of them, which is named, cannot be.
    """
    if is_cluster(redis_url):
        problem = "cannot be a cluster, for Celery's queues cannot stand on one: set store_url"
        raise SettingsError("settings", "redis_url", problem)
    _check_address("redis_url", redis_url, _SERVERS)
    _check_address("store_url", store_url, _SERVERS + _CLUSTERS)
    if not _NAMESPACE.fullmatch(namespace):
        problem = "must be up to 64 letters, digits, points, hyphens and underscores"
        raise SettingsError("settings", "namespace", problem)
    if is_cluster(store_url) and namespace == DEFAULT_NAMESPACE:
        problem = 'must be another one on a cluster, for all keys stand in one slot: "{wireroom}"'
        raise SettingsError("settings", "namespace", problem)


def _check_address(key: str, url: str, schemes: tuple[str, ...]) -> None:
    if not url:
        return
    try:
        if urlsplit(url).scheme not in schemes:
            raise SettingsError("settings", key, f"must start with one of {', '.join(schemes)}")
        if not is_cluster(url):
            parse_url(client_url(url))  # type: ignore[no-untyped-call]
        elif parse_url(cluster_nodes(url)[0]).get("db"):  # type: ignore[no-untyped-call]
            raise SettingsError("settings", key, "names a database, and a cluster has only one")
    except ValueError as error:
        raise SettingsError("settings", key, str(error)) from error
