"""The demo as one thing to start and stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kryonix_tui.demo import server, stack
from kryonix_tui.demo.children import Children, python_module
from kryonix_tui.demo.settings import DB, READY, SEEDED, SOCKET, Settings
from kryonix_tui.errors import DeadlineError, KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

_ATTEMPTS: Final = 5
_PATIENCE: Final = 20.0
_METRICS_PATIENCE: Final = 10.0
_LOOPBACK: Final = "127.0.0.1"
_SOCKET_PATH_LIMIT: Final = 103
"""Bytes, on macOS; Linux allows four more."""


class _PortTakenError(Exception):
    """Somebody took a port between our choosing it and a server's listening on it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one attempt."""

    redis: int
    platform: int
    exporter: int
    prometheus: int
    alertmanager: int


class DemoPlatform:
    """A living platform in child processes; a context manager.

    After `start`: `redis_url`; `prometheus_url` and `alertmanager_url`, empty where they are not installed (`notes` then
    says how to get them); `pids` of all processes by name. Blocking: an event loop calls it in a thread.
    """

    def __init__(
        self,
        tenants: int = 40,
        keys: int = 20_000,
        *,
        seed: int = 7,
        metrics: bool = True,
        temp_root: Path | None = None,
    ) -> None:
        self.tenants = tenants
        self.keys = keys
        self.redis_url = ""
        self.prometheus_url = ""
        self.alertmanager_url = ""
        self.notes: tuple[str, ...] = ()
        self._seed = seed
        self._metrics = metrics
        self._temp_root = temp_root
        self._children: Children | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pids(self) -> dict[str, int]:
        """The processes of the running platform, by name."""
        return dict(self._children.pids) if self._children else {}

    @property
    def folder(self) -> Path | None:
        """The temporary folder of the running platform: configuration, logs, data of the metrics."""
        return self._children.folder if self._children else None

    def start(self) -> None:
        """Start everything; return when the server answers and the documented tenants stand. The rest follows in a second or two.

        Raises:
            KryonixError: it cannot start; nothing is left behind.
        """
        if self._children:
            return
        program = server.program()
        for _attempt in range(_ATTEMPTS):
            children = Children(self._temp_root)
            try:
                _expect_short(children.folder / SOCKET)
                self._launch(children, program)
            except _PortTakenError:
                children.close()
            except BaseException:
                children.close()
                raise
            else:
                self._children = children
                return
        raise KryonixError(
            _("Free ports were taken by others {count} times in a row.").format(count=_ATTEMPTS),
            title=_("The demo cannot start"),
            hint=_("Try again."),
        )

    def stop(self) -> None:
        """End all processes and remove everything. Harmless when nothing runs."""
        if self._children:
            self._children.close()
            self._children = None

    def wait_seeded(self, patience: float = 120.0) -> None:
        """Wait until all tenants stand, not only the documented ones.

        Raises:
            KryonixError: the platform is not running, or died.
            DeadlineError: it takes longer than `patience` seconds.
        """
        if not self._children:
            raise KryonixError(_("The demo is not running."), title=_("Demo"))
        _await_list(self._children, SEEDED, patience)

    def _launch(self, children: Children, program: Path) -> None:
        ports, folder = free_ports(), children.folder
        prometheus, alertmanager, self.notes = self._metrics_programs()
        settings = Settings(ports.platform if prometheus else 0, self.tenants, self.keys, self._seed)
        configuration = folder / "valkey.conf"
        configuration.write_text(server.configuration(ports.redis, folder, self.keys), encoding="utf-8")
        children.start("valkey", [str(program), str(configuration)])
        children.start("traffic", python_module("kryonix_tui.demo.traffic", settings.to_json()))
        if alertmanager:
            stack.write_alertmanager(folder)
            children.start("alertmanager", stack.alertmanager_command(alertmanager, ports.alertmanager, folder))
        if prometheus:
            stack.write_prometheus(
                folder,
                platform_port=ports.platform,
                exporter_port=ports.exporter,
                port=ports.prometheus,
                alertmanager_port=ports.alertmanager if alertmanager else 0,
                tenants=self.tenants,
            )
            children.start("prometheus", stack.prometheus_command(prometheus, ports.prometheus, folder))
        _await_list(children, READY, _PATIENCE)
        self.redis_url = f"redis://{_LOOPBACK}:{ports.redis}"
        if prometheus:
            exporter = stack.write_exporter(folder, redis_url=self.redis_url, port=ports.exporter)
            children.start("exporter", python_module("kryonix_tui", "exporter", "--config", str(exporter)))
        self.alertmanager_url = self._url_when_ready(children, "alertmanager", ports.alertmanager)
        self.prometheus_url = self._url_when_ready(children, "prometheus", ports.prometheus)
        self._url_when_ready(children, "exporter", ports.exporter, "/healthz")

    def _metrics_programs(self) -> tuple[str | None, str | None, tuple[str, ...]]:
        """Return the programs of Prometheus and Alertmanager, where they are wanted and installed, and what to say."""
        if not self._metrics:
            return None, None, ()
        prometheus, alertmanager, notes = stack.prometheus_program(), stack.alertmanager_program(), []
        if not prometheus:
            notes.append(_("prometheus is not installed: no rates and no rules (Debian: apt install prometheus)"))
        if not alertmanager:
            notes.append(_("alertmanager is not installed: no alerts (Debian: apt install prometheus-alertmanager)"))
        return prometheus, alertmanager, tuple(notes)

    def _url_when_ready(self, children: Children, name: str, port: int, path: str = "/-/ready") -> str:
        """Return the URL of a metrics server once it is ready; empty, with a note, where it ended instead."""
        if name not in children.pids:
            return ""
        deadline = time.monotonic() + _METRICS_PATIENCE
        while time.monotonic() < deadline:
            if name in children.ended():
                log = _log_or_port_taken(children, name)
                self.notes += (_("{name} ended: {reason}").format(name=name, reason=log.rpartition("\n")[2]),)
                return ""
            if _is_ready(port, path):
                break
            time.sleep(0.05)
        return f"http://{_LOOPBACK}:{port}"


def serve_only(platform: DemoPlatform) -> None:
    """Start `platform`, print its URLs as `name=URL` lines (its notes to standard error), wait for SIGTERM, SIGINT or SIGHUP, and remove everything.

    Only for the main thread. A signal that arrives during the start is obeyed as soon as the platform can be stopped.

    Raises:
        KryonixError: the platform cannot start.
    """
    reading, writing = os.pipe()
    with ExitStack() as undo:
        undo.callback(os.close, reading)
        undo.callback(os.close, writing)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            undo.callback(signal.signal, number, signal.signal(number, lambda *_: os.write(writing, b".")))
        with platform:
            for note in platform.notes:
                print(note, file=sys.stderr)  # noqa: T201 - the command's output
            print(f"redis={platform.redis_url}")  # noqa: T201 - the command's output
            print(f"prometheus={platform.prometheus_url}")  # noqa: T201 - the command's output
            print(f"alertmanager={platform.alertmanager_url}", flush=True)  # noqa: T201 - the command's output
            os.read(reading, 1)


def free_ports() -> Ports:
    """Return ports of the loopback interface that nobody uses at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _port in range(5)]
        for held_socket in sockets:
            held_socket.bind((_LOOPBACK, 0))
        return Ports(*(int(held_socket.getsockname()[1]) for held_socket in sockets))


def _expect_short(path: Path) -> None:
    """Raise where `path` is too long for a unix socket."""
    if len(os.fsencode(path)) > _SOCKET_PATH_LIMIT:
        raise KryonixError(
            _("The folder for temporary files has too long a path for a socket: {path}").format(path=safe(str(path))),
            title=_("The demo cannot start"),
            hint=_("Name a shorter one with TMPDIR."),
        )


def _await_list(children: Children, key: str, patience: float) -> None:
    """Wait until list `key` exists in the embedded server."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.retry import Retry

    deadline = time.monotonic() + patience
    with Redis(unix_socket_path=str(children.folder / SOCKET), db=DB, retry=Retry(NoBackoff(), 0)) as client:
        while time.monotonic() < deadline:
            _expect_alive(children)
            try:
                # Moving the only element onto itself waits for it and leaves it there.
                if client.blmove(key, key, 1, "LEFT", "LEFT") is not None:
                    return
            except RedisConnectionError:
                time.sleep(0.02)
    raise DeadlineError(
        _("The demo's platform was not ready after {seconds:.0f} s.").format(seconds=patience),
        hint=_("Fewer keys are seeded faster: --keys."),
    )


def _expect_alive(children: Children) -> None:
    """Raise where the server or the traffic process ended."""
    ended = children.ended()
    for name in ("valkey", "traffic"):
        if name in ended:
            log = _log_or_port_taken(children, name)
            raise KryonixError(
                _("{name} ended with code {code}: {reason}").format(
                    name=name, code=ended[name], reason=log.rpartition("\n")[2]
                ),
                title=_("The demo cannot start"),
            )


def _log_or_port_taken(children: Children, name: str) -> str:
    log = children.log(name)
    if "address already in use" in log.lower():
        raise _PortTakenError
    return log


def _is_ready(port: int, path: str) -> bool:
    connection = HTTPConnection(_LOOPBACK, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
