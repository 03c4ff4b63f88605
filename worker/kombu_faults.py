"""Mends four faults of celery/kombu 5.7.0 on Redis that were measured; nothing for other versions.

After a lost connection, stock 5.7 may (1) exit with an AttributeError while it closes a channel
whose client is gone, (2) swallow a failed acknowledgement and with it one unit of prefetch, (3) so
stop consuming for good while it looks alive. Here a failed acknowledgement is raised, which makes
the consumer reconnect, and a message of a connection that is gone is left to the visibility
timeout. Our tasks are harmless when they run twice.

And (4) an item in a queue that is no Celery message ends the worker. Programs in any language
write to our queues, so a slip of one must not stop the others: it is said and dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version
from queue import Empty
from typing import Any

from kombu.message import Message
from kombu.transport.redis import Channel, QoS

log = logging.getLogger("wireroom.worker")

MENDED = "5.7."
"""The versions of kombu that the mending was tried on."""


def mend() -> bool:
    """Replace what is at fault, if this is the kombu that has it; return whether it is."""
    if not version("kombu").startswith(MENDED):
        return False
    if QoS.restore_unacked is not _restore:
        _Original.restore = QoS.restore_unacked
        _Original.read = vars(Channel)["_brpop_read"]
        for owner, method, mended in (
            (Message, "ack_log_error", _ack),
            (Message, "reject_log_error", _reject),
            (QoS, "restore_unacked", _restore),
            (Channel, "_brpop_read", _read),
        ):
            setattr(owner, method, mended)
    return True


class _Original:
    """What was there before."""

    restore: Callable[..., Any]
    read: Callable[..., Any]


def _lost(channel: Any) -> bool:  # noqa: ANN401 - kombu's channel, in any state of ruin
    """Tell whether the connection of *channel* has been collected already."""
    connection = getattr(channel, "connection", None)
    return connection is None or getattr(connection, "client", None) is None


def _settle(message: Message, errors: Any, what: str, settle: Callable[[], object]) -> None:  # noqa: ANN401 - a tuple of exception types
    if _lost(message.channel):
        log.warning(
            "a message was not %s: its connection is gone, it will be delivered again", what
        )
        return
    try:
        settle()
    except errors as error:
        log.warning("a message could not be %s (%s): connecting again", what, error)
        raise


def _ack(self: Message, _logger: object, errors: Any, multiple: bool = False) -> None:  # noqa: ANN401, FBT002 - kombu's signature
    _settle(self, errors, "acknowledged", lambda: self.ack(multiple=multiple))


def _reject(self: Message, _logger: object, errors: Any, requeue: bool = False) -> None:  # noqa: ANN401, FBT002 - kombu's signature
    _settle(self, errors, "rejected", lambda: self.reject(requeue=requeue))


def _restore(self: Any, client: Any = None) -> Any:  # noqa: ANN401 - kombu's signature
    if client is None and _lost(self.channel):
        self._delivered.clear()
        return None
    return _Original.restore(self, client)


def _read(self: Any, **options: Any) -> Any:  # noqa: ANN401 - kombu's signature
    held = dict(self.qos._delivered)  # noqa: SLF001 - kombu has no other list of them
    try:
        return _Original.read(self, **options)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("an item in a queue was no Celery message and was dropped: %r", error)
        for tag, message in list(self.qos._delivered.items()):  # noqa: SLF001 - as above
            if held.get(tag) is not message:
                self.qos.ack(tag)  # else it would take a place of the prefetch for good
        raise Empty from error  # which kombu's loop expects at any time
