"""Hosts that are asked for something besides a source's feed, through the gate of the schedule."""

from __future__ import annotations

from .connection import Connection


class Hosts:
    """One request at a time goes to a host, from whatever worker: ``poll:busy:HOST`` says whose."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, host: str, holder: str, seconds: float) -> float:
        """Take *host* for *holder* (a source that may have it already) for *seconds* at most.

        Returns 0 if it is ours, else for how many seconds others have it or it rests.
        """
        key = self._connection.key("poll", "busy", host)
        with self._connection.doing("taking a host") as client:
            if client.set(key, holder, nx=True, px=int(seconds * 1000)):
                return 0.0
            if client.get(key) == holder.encode():
                return 0.0
            return max(0.01, float(client.pttl(key)) / 1000)

    def leave(self, host: str, holder: str, seconds: float, *, paused: bool = False) -> None:
        """Let *host* rest for *seconds*; if it asked for that (*paused*), whoever has it by now."""
        key = self._connection.key("poll", "busy", host)
        with self._connection.doing("leaving a host") as client:
            if paused or client.get(key) == holder.encode():
                client.set(key, "pause" if paused else "rest", px=max(1, int(seconds * 1000)))
