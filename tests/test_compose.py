"""docker-compose.yml: judged by Docker's own Compose, and run service by service without Docker."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis

from config.settings import load
from worker.health import PATIENCE
from worker.valkey import Server, answers, binary

ROOT = Path(__file__).parents[1]
ARTICLE = """---
title: Harbour opens to ferries again
date: 2026-03-04T09:30:00Z
---
The first ferry left at seven with four hundred passengers and a brass band on board.
"""
PROGRAMS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
SERVICES = ("valkey", "worker", "beat", "web")
OURS = ("worker", "beat", "web")


def tool(name: str) -> str:
    """Return the program *name*; skip where it is missing, but not in CI, which installs it."""
    found = shutil.which(name, path=PROGRAMS)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


def composed(**environment: str) -> Any:
    """Return the file as Compose understands it, everything filled in; it refuses a wrong one."""
    done = subprocess.run(
        [
            tool("docker-compose"),
            "--file",
            str(ROOT / "docker-compose.yml"),
            "config",
            "--format=json",
        ],
        env={
            "PATH": PROGRAMS,
            "HOME": "/nonexistent",
            "COMPOSE_DISABLE_ENV_FILE": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", name="file")
def _file() -> Any:
    return composed()


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions of the last stage, in order."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    found = [
        (word, rest.strip()) for word, _, rest in (one.partition(" ") for one in lines) if word
    ]
    last = max(number for number, (word, _) in enumerate(found) if word == "FROM")
    return found[last:]


def image() -> dict[str, Any]:
    """Return what the image adds to a service: entrypoint, user, environment, volume."""
    told = dict(dockerfile())
    return {
        "entrypoint": json.loads(told["ENTRYPOINT"]),
        "command": json.loads(told["CMD"]),
        "user": told["USER"],
        "volume": told["VOLUME"],
        "environment": dict(pair.split("=", 1) for pair in shlex.split(told["ENV"])),
    }


def test_compose_itself_accepts_the_file(file: Any) -> None:
    assert set(file["services"]) == set(SERVICES)


def test_the_queues_may_stand_on_a_server_of_their_own() -> None:
    services = composed(COMPOSE_PROFILES="apart", BROKER="broker")["services"]
    told = services["worker"]["environment"]

    assert set(services) == {*SERVICES, "broker"}
    assert told["WIREROOM_REDIS_URL"] == "redis://:@broker:6379/0"
    assert told["WIREROOM_STORE_URL"] == "redis://:@valkey:6379/0"
    assert services["broker"].get("volumes", []) == []
    assert "noeviction" in " ".join(services["broker"]["command"])


def test_hadolint_accepts_the_dockerfile() -> None:
    done = subprocess.run(
        [tool("hadolint"), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_every_image_is_pinned(file: Any) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    images = {name: service["image"] for name, service in file["services"].items()}

    assert re.fullmatch(r"valkey/valkey:9\.1\.\d+", images.pop("valkey"))
    assert set(images.values()) == {f"wireroom:{version}"}


def test_the_image_is_of_one_python_on_one_debian() -> None:
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)

    assert set(bases) == {"python:3.11-slim-bookworm"}


def test_only_the_web_port_is_published_and_only_on_this_machine(file: Any) -> None:
    published = {
        name: [(port["host_ip"], port["published"], port["target"]) for port in service["ports"]]
        for name, service in file["services"].items()
        if "ports" in service
    }

    assert published == {"web": [("127.0.0.1", "8080", load(environ={}).web.port)]}


def test_valkey_is_reached_by_the_inside_alone(file: Any) -> None:
    assert set(file["services"]["valkey"]["networks"]) == {"inside"}
    assert file["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(file: Any, name: str) -> None:
    service = file["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].split(":")[0] not in {"", "0", "root"}
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_kept_within_bounds(file: Any, name: str) -> None:
    service = file["services"][name]

    assert int(service["mem_limit"]) > 0
    assert service["pids_limit"] > 0
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_started_again_and_given_time_to_end(file: Any, name: str) -> None:
    service = file["services"][name]

    assert service["restart"] == "unless-stopped"
    assert seconds(service["stop_grace_period"]) > load(environ={}).worker.stop_seconds


@pytest.mark.parametrize("name", OURS)
def test_a_service_waits_for_a_healthy_valkey(file: Any, name: str) -> None:
    assert file["services"][name]["depends_on"]["valkey"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", SERVICES)
def test_a_health_check_has_the_time_that_it_takes(file: Any, name: str) -> None:
    check = file["services"][name]["healthcheck"]

    assert check["test"][0] == "CMD"
    assert seconds(check["timeout"]) > PATIENCE


def test_the_web_server_cannot_write_what_it_serves(file: Any) -> None:
    volumes = {name: file["services"][name]["volumes"] for name in OURS}

    assert {name: one[0].get("read_only", False) for name, one in volumes.items()} == {
        "worker": False,
        "beat": False,
        "web": True,
    }


def test_all_parts_share_the_folder_that_the_image_keeps_its_data_in(file: Any) -> None:
    mounted = {
        (v["source"], v["target"]) for name in OURS for v in file["services"][name]["volumes"]
    }

    assert mounted == {("data", image()["volume"])}
    assert image()["environment"]["WIREROOM_DATA_DIR"] == image()["volume"]


def test_the_file_runs_as_the_user_that_owns_the_folder_in_the_image(file: Any) -> None:
    users = {file["services"][name]["user"] for name in OURS}

    assert users == {image()["user"]}
    assert f"--owner={image()['user'].split(':')[0]}" in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_image_run_by_itself_is_the_whole_of_wireroom() -> None:
    assert [*image()["entrypoint"], *image()["command"]] == ["wireroom", "up"]


def test_a_folder_of_the_host_and_its_owner_can_be_named() -> None:
    service = composed(DATA_FOLDER="./articles", DATA_OWNER="1000:1000")["services"]["worker"]

    assert service["user"] == "1000:1000"
    assert (service["volumes"][0]["type"], service["volumes"][0]["source"]) == (
        "bind",
        str(ROOT / "articles"),
    )


def seconds(duration: str) -> float:
    """Return a duration as Compose prints it (``1m0s``) in seconds."""
    return sum(
        float(number) * {"h": 3600, "m": 60, "s": 1}[unit]
        for number, unit in re.findall(r"([\d.]+)([hms])", duration)
    )


class Machine:
    """Runs services of the file as processes: its hosts and folders mapped to free ports and *root*."""

    def __init__(self, root: Path) -> None:
        self.valkey_port, self.web_port = free_ports(2)
        self.data, self.kept, self.programs = (root / name for name in ("data", "valkey", "bin"))
        for folder in (self.data, self.kept, self.programs):
            folder.mkdir()
        (self.programs / "valkey-server").symlink_to(binary())
        client = self.programs / "valkey-cli"  # Redis' own client is the same program
        client.write_text(f'#!/bin/sh\nexec {tool("redis-cli")} -p {self.valkey_port} "$@"\n')
        client.chmod(0o755)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.log = (root / "log").open("ab")

    def mapped(self, text: str) -> str:
        """Return *text* with what names a host or a folder of the containers mapped."""
        return text.replace("@valkey:6379", f"@127.0.0.1:{self.valkey_port}").replace(
            "/data", str(self.data)
        )

    def environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        """Return the environment of *service*: the image's, then the file's, and nothing else."""
        ours = {} if service["image"].startswith("valkey") else image()["environment"]
        told = {**ours, **service["environment"]}
        mapped = {name: self.mapped(value) for name, value in told.items()}
        path = f"{self.programs}{os.pathsep}{PROGRAMS}"
        return {**mapped, "PATH": path, "WIREROOM_WEB_PORT": str(self.web_port)}

    def start(self, name: str, service: Mapping[str, Any]) -> None:
        """Start *service* by the command that Docker would run."""
        if name == "valkey":
            command = [*service["command"], "--port", str(self.valkey_port), "--bind", "127.0.0.1"]
        else:
            command = [*image()["entrypoint"], *service["command"]]
        environment = self.environment(service)
        self.running[name] = subprocess.Popen(
            [str(shutil.which(command[0], path=environment["PATH"])), *command[1:]],
            cwd=self.kept if name == "valkey" else self.data,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def healthy(self, service: Mapping[str, Any]) -> bool:
        """Run the health check of *service* once."""
        check = service["healthcheck"]
        environment = self.environment(service)
        done = subprocess.run(
            [str(shutil.which(check["test"][1], path=environment["PATH"])), *check["test"][2:]],
            env=environment,
            stdout=self.log,
            stderr=self.log,
            check=False,
            timeout=60,
        )
        return done.returncode == 0

    def wait(self, name: str, service: Mapping[str, Any]) -> None:
        """Wait until *service* is healthy."""
        end = time.monotonic() + 90
        while not self.healthy(service):
            assert self.running[name].poll() is None, f"{name} has ended: {self.said()}"
            assert time.monotonic() < end, f"{name} is not healthy: {self.said()}"
            time.sleep(0.3)

    def said(self) -> str:
        """Return what was logged."""
        return Path(self.log.name).read_text("utf-8", "replace")[-4000:]

    def stop(self) -> dict[str, int]:
        """End all services as Docker does, the last started first; return their exit codes."""
        codes = {}
        for name, process in reversed(self.running.items()):
            process.send_signal(signal.SIGTERM)
            try:
                codes[name] = process.wait(60)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        self.log.close()
        return codes


def free_ports(count: int) -> list[int]:
    """Return *count* ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="module", name="machine")
def _machine(file: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Yield the whole file, running; at the end each part must have ended in order."""
    machine = Machine(tmp_path_factory.mktemp("compose"))
    try:
        machine.start("valkey", file["services"]["valkey"])
        machine.wait("valkey", file["services"]["valkey"])
        for name in OURS:
            machine.start(name, file["services"][name])
        yield machine
    finally:
        codes = machine.stop()
    assert codes == dict.fromkeys(machine.running, 0), machine.said()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_started_by_its_command_becomes_healthy_by_its_check(
    machine: Machine, file: Any, name: str
) -> None:
    machine.wait(name, file["services"][name])

    assert machine.running[name].poll() is None


def test_a_file_dropped_for_the_worker_is_read_from_the_web_server(
    machine: Machine, file: Any
) -> None:
    for name in OURS:
        machine.wait(name, file["services"][name])
    (machine.data / "drop" / "harbour.md").write_text(ARTICLE, "utf-8")
    feed = f"http://127.0.0.1:{machine.web_port}/feeds/all.rss"

    assert eventually(lambda: "Harbour opens to ferries again" in fetched(feed)), machine.said()


def test_valkey_is_configured_as_the_embedded_one_is(
    machine: Machine, file: Any, tmp_path: Path
) -> None:
    machine.wait("valkey", file["services"]["valkey"])
    defaults = load(environ={}).server
    embedded = Server(tmp_path, maxmemory=defaults.maxmemory, appendfsync=defaults.appendfsync)
    process = embedded.start()
    asked = (
        "appendonly",
        "appendfsync",
        "save",
        "maxmemory",
        "maxmemory-policy",
        "aof-load-truncated",
    )
    with (
        redis.Redis(port=machine.valkey_port) as theirs,
        redis.Redis.from_url(embedded.url) as ours,
    ):
        configured = [client.config_get(*asked) for client in (theirs, ours)]
    process.terminate()
    process.wait()
    embedded.leave()

    assert configured[0] == configured[1]


def test_a_password_closes_valkey_and_opens_it_to_the_services(tmp_path: Path) -> None:
    services = composed(VALKEY_PASSWORD="letmein9")["services"]
    machine = Machine(tmp_path)
    try:
        machine.start("valkey", services["valkey"])
        machine.wait("valkey", services["valkey"])
        url = machine.environment(services["worker"])["WIREROOM_REDIS_URL"]
        opened = answers(url), answers(f"redis://127.0.0.1:{machine.valkey_port}")
    finally:
        machine.stop()

    assert opened == (True, False)


def fetched(url: str) -> str:
    """Return what stands at *url*, empty while there is nothing."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return str(response.read().decode())
    except OSError:
        return ""


def eventually(condition: Any, patience: float = 60) -> bool:
    """Return whether *condition* came true within *patience* seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False
