"""A newsroom that hubs can reach: a poller, a web server and a store, all real, under one clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from feeds import pings
from feeds.model import Report, Rules, Site
from feeds.pipeline import Line
from feeds.polling import Poller
from feeds.push import Pushes
from feeds.store import Store
from feeds.upstream import Subscription
from tests.hub import Hub
from tests.polled import Desk
from tests.served import serving
from worker.web.application import WebApplication, application
from worker.web.callback import Callback

LEASE = 864_000


@dataclass
class Newsroom(Desk):
    """A polling desk with a callback address. *told* counts the deliveries that were announced."""

    callback: str = ""
    told: int = 0

    @property
    def pushes(self) -> Pushes:
        """The way to hubs."""
        return Pushes(self.store, self.callback, LEASE)

    @property
    def poller(self) -> Poller:
        """A poller as a process that has just started has it."""
        line = Line(self.store, Rules(), Site())
        return Poller(line, self.client, self.terms, self.clock, lambda: 0, pushes=self.pushes)

    def renew(self) -> int:
        """Ask the hubs that are to be asked now."""
        return self.pushes.renew(self.client, self.clock(), 30)

    def read(self) -> list[Report]:
        """Admit what was delivered."""
        found = self.store.subscriptions.pings.take(20, 0)
        return [
            pings.admit(self.store, self.poller, self.pushes, ping, self.clock()) for ping in found
        ]

    def subscription(self, address: str) -> Subscription:
        """Return what was agreed with the hub of a source."""
        return self.store.subscriptions.of([address])[address]

    def state(self, address: str) -> str:
        """Return in a word how it stands with the hub of a source."""
        found = self.store.subscriptions.of([address]).get(address)
        return found.state(self.clock()) if found else "none"

    def subscribe(self, address: str, hub: Hub) -> Subscription:
        """Add a source that names *hub*, poll it, and have the subscription verified."""
        before = len(hub.asked)
        self.add(address)
        self.poll(address)
        self.renew()
        hub.wait(before + 1)
        return self.subscription(address)

    def hours(self, address: str) -> float:
        """Return in how many hours a source is polled next."""
        [due] = self.store.sources.next_due([address]).values()
        return (due / 1000 - self.clock().timestamp()) / 3600

    def counted(self, what: str) -> int:
        """Return how many requests of hubs had this end."""
        return self.store.subscriptions.figures(self.clock())[what]


@contextmanager
def newsroom(store: Store, public: Path, most_bytes: int = 1_000_000) -> Iterator[Newsroom]:
    """Yield a newsroom whose web server runs on loopback."""
    room = Newsroom(store)

    def told() -> None:
        room.told += 1

    def app_at(address: str) -> WebApplication:
        room.callback = f"{address}/websub/"
        return application(
            public,
            public_url=address,
            max_age=300,
            ready=lambda: True,
            callback=Callback(room.pushes, most_bytes, told, room.clock),
        )

    with serving(app_at):
        yield room
