"""The exporter as a program: it runs until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import Final

from kryonix_tui.config.schema import Config
from kryonix_tui.exporter.exposition import Exposition
from kryonix_tui.exporter.serving import Pages
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.serving.access import bearer_token
from kryonix_tui.serving.door import Door
from kryonix_tui.serving.start import address_of, ended_by_signal, listen, url_of

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
    address = address_of(settings.listen, "exporter.listen")
    token = bearer_token(settings.token, "exporter.token", address)
    ended = ended_by_signal()
    writer = Writer(monitor, Exposition(settings, config.intervals))
    door = Door(Pages(writer.figures, token).answer)
    server = await listen(door, address)
    print(f"exporter={url_of(server)}/metrics", flush=True)  # noqa: T201 - the command's output
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(monitor.run())
        await ended.wait()
        server.close()
        await door.close()
        reading.cancel()
    log.info("ended by a signal")
    sys.stdout.flush()
