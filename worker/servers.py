"""Which servers a desk works on: Celery's queues stand on one, and the store on it or elsewhere."""

from __future__ import annotations

from config.settings import Settings
from feeds.store.connection import Connection
from feeds.store.pulse import Pulse

from .valkey import socket_path


def broker_address(settings: Settings) -> str:
    """Return the configured server, else the embedded one of the data directory."""
    return settings.redis_url or f"unix://{socket_path(settings.data)}"


def store_address(settings: Settings) -> str:
    """Return where the store is: an address of its own, or the broker's."""
    return settings.store_url or broker_address(settings)


def apart(settings: Settings) -> bool:
    """Tell whether store and broker have an address each."""
    return store_address(settings) != broker_address(settings)


def connections(settings: Settings, **options: float) -> tuple[Connection, Connection]:
    """Return the connections to the store and to the broker: one and the same, or two."""
    store = Connection(store_address(settings), settings.namespace, **options)
    if not apart(settings):
        return store, store
    return store, Connection(broker_address(settings), settings.namespace, **options)


def pulse(settings: Settings, **options: float) -> Pulse:
    """Return the signs of life, for those who need no more of the store."""
    return Pulse(*connections(settings, **options))
