"""The exporter as a program: it runs until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from typing import Final

from kryonix_tui.config.listening import Listening, listening
from kryonix_tui.config.schema import Config, Exporter
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import ConfigError, KryonixError
from kryonix_tui.exporter.exposition import Exposition
from kryonix_tui.exporter.serving import MOST_HEAD_BYTES, Door, Pages
from kryonix_tui.i18n import _
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.safetext import safe

log = logging.getLogger(__name__)

REUSE_SECONDS: Final = 1.0
"""An answer serves whoever else asks in the meantime, so that asking often costs little."""


class Writer:
    """Writes the monitor's newest update in a thread, once at a time, and keeps what was written for a moment."""

    def __init__(self, monitor: Monitor, exposition: Exposition) -> None:
        self._monitor = monitor
        self._exposition = exposition
        self._one = asyncio.Lock()
        self._written: tuple[float, bytes] | None = None

    async def figures(self) -> bytes:
        """Return the page of figures."""
        async with self._one:
            if self._written is None or time.monotonic() - self._written[0] > REUSE_SECONDS:
                page = await asyncio.to_thread(self._exposition.text, self._monitor.update)
                self._written = time.monotonic(), page
                # As for a screen: their queues and hashes are read at every round, everybody else's in turn.
                self._monitor.look_at(self._exposition.members)
            return self._written[1]


async def serve(config: Config, monitor: Monitor) -> None:
    """Read and answer until SIGTERM or SIGINT. Prints where it listens when it does.

    Raises:
        ConfigError: the address or the token cannot be used.
        KryonixError: somebody else listens there.
    """
    settings = config.exporter
    address, token = _address(settings), _token(settings)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    writer = Writer(monitor, Exposition(settings, config.intervals))
    door = Door(Pages(writer.figures, token))
    server = await _listen(door, address)
    host, port = server.sockets[0].getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"exporter=http://{shown}:{port}/metrics", flush=True)  # noqa: T201 - the command's output
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(monitor.run())
        await ended.wait()
        server.close()
        await door.close()
        reading.cancel()
    log.info("ended by a signal")
    sys.stdout.flush()


def _address(settings: Exporter) -> Listening:
    address = listening(settings.listen)
    if address is None:
        text = _('exporter.listen: expected host:port, got "{value}"')
        raise ConfigError(text.format(value=safe(settings.listen, 60)))
    return address


def _token(settings: Exporter) -> str:
    token = secret_text(settings.token, "exporter.token")
    address = _address(settings)
    if settings.token and not token:
        raise ConfigError(_("exporter.token: the secret is empty"))
    if not token.isascii() or not token.isprintable():
        raise ConfigError(_("exporter.token: a token has printable ASCII characters only"))
    if not token and not address.loopback:
        raise ConfigError(
            _("exporter.token: whoever listens beyond this machine needs a token"),
            hint=_("Name a file with one: --token-file, or exporter.token in the configuration."),
        )
    return token


async def _listen(door: Door, address: Listening) -> asyncio.Server:
    try:
        return await asyncio.start_server(door.enter, address.host, address.port, limit=MOST_HEAD_BYTES)
    except OSError as error:
        place = f"{address.host}:{address.port}"
        raise KryonixError(
            _("{place} cannot be listened on: {reason}").format(
                place=safe(place), reason=safe(error.strerror or str(error))
            ),
            title=_("The exporter cannot start"),
            hint=_("--listen HOST:PORT takes another address."),
        ) from error
