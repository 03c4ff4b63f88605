"""A real cluster of three nodes for a test, each with a third of the slots and no replica."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from tests.running import wait_for
from worker.valkey import answers, binary

SLOTS = 16_384
_NODES = 3


class Cluster:
    """Three nodes on loopback. *ports* are theirs, in the order of the slots that they have."""

    def __init__(self, folder: Path) -> None:
        free = _free_ports(2 * _NODES)
        self.ports = free[:_NODES]
        self.buses = free[_NODES:]
        self._folder = folder
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """The address as a setting has it."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def start(self, number: int) -> None:
        """Start a node, and wait until it answers."""
        place = self._folder / str(number)
        place.mkdir(parents=True, exist_ok=True)
        self._processes[number] = _node(place, self.ports[number], self.buses[number])
        wait_for(lambda: answers(f"redis://127.0.0.1:{self.ports[number]}"))

    def kill(self, number: int) -> None:
        """Kill a node."""
        self._processes[number].kill()
        self._processes[number].wait()

    def end(self) -> None:
        """Kill every node."""
        for number in self._processes:
            self.kill(number)

    def join(self) -> None:
        """Give each node its slots, and let them meet."""
        for number in range(_NODES):
            first = -(-number * SLOTS // _NODES)
            last = -(-(number + 1) * SLOTS // _NODES) - 1
            with self.node(number) as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
                client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        with self.node(0) as client:
            for port, bus in zip(self.ports[1:], self.buses[1:], strict=True):
                client.execute_command("CLUSTER MEET", "127.0.0.1", port, bus)
        for number in range(_NODES):
            with self.node(number) as client:
                wait_for(lambda node=client: node.cluster("info")["cluster_known_nodes"] == "3")
                wait_for(lambda node=client: node.cluster("info")["cluster_slots_ok"] == str(SLOTS))
                wait_for(lambda node=client: node.cluster("info")["cluster_state"] == "ok")

    @contextmanager
    def moving(self, slot: int, source: int, target: int) -> Iterator[None]:
        """Begin to move *slot* from node to node, key by key; it has moved when the block is left."""
        with self.node(source) as giver, self.node(target) as taker:
            names = {one: one.execute_command("CLUSTER MYID") for one in (giver, taker)}
            taker.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", names[giver])
            giver.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", names[taker])
            try:
                yield
            finally:
                _move_keys(slot, self.ports[source], self.ports[target])
                for one in (taker, giver):
                    one.execute_command("CLUSTER SETSLOT", slot, "NODE", names[taker])

    def node(self, number: int) -> redis.Redis:
        """Return a client of one node, answering in text."""
        return redis.Redis(port=self.ports[number], decode_responses=True)

    def keys(self) -> list[bytes]:
        """Return every key that stands in the cluster."""
        found: list[bytes] = []
        for port in self.ports:
            with redis.Redis(port=port) as client:
                found += client.keys("*")  # type: ignore[arg-type]
        return sorted(found)

    def count(self, number: int) -> int:
        """Return how many keys stand on a node."""
        with self.node(number) as client:
            return int(client.dbsize())  # type: ignore[arg-type]

    def slot(self, key: str) -> int:
        """Return the slot of *key*."""
        with self.node(0) as client:
            return int(client.cluster("keyslot", key))

    def holder(self, key: str) -> int:
        """Return the number of the node that has the slot of *key*."""
        slot = self.slot(key)
        return next(n for n in range(_NODES) if slot < (n + 1) * SLOTS // _NODES)


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster on *folder* and free ports; it has ended when the block is left."""
    cluster = Cluster(folder)
    try:
        for number in range(_NODES):
            cluster.start(number)
        cluster.join()
        yield cluster
    finally:
        cluster.end()


def _move_keys(slot: int, source: int, target: int) -> None:
    with redis.Redis(port=source) as giver:  # whose keys are bytes, not text
        # In two words, or redis-py would take the keys for text.
        while keys := giver.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100):
            giver.execute_command("MIGRATE", "127.0.0.1", target, "", 0, 5000, "KEYS", *keys)


def _node(place: Path, port: int, bus: int) -> subprocess.Popen[bytes]:
    options = {
        "port": port,
        "cluster-port": bus,
        "cluster-enabled": "yes",
        "cluster-node-timeout": 2000,
        "cluster-require-full-coverage": "no",
        "bind": "127.0.0.1",
        "dir": place,
        "save": "",
        "logfile": place / "log",
    }
    command = [binary(), *(str(part) for name in options for part in (f"--{name}", options[name]))]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
