"""The process that seeds the embedded server and keeps the platform alive until it is killed.

It announces its progress in two lists on which the console waits (`settings`): `READY` when the documented tenants stand,
`SEEDED` when all others do.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import Final

from redis import ConnectionError as RedisConnectionError

from kryonix_tui.demo.cast import Profile, cast
from kryonix_tui.demo.documented import documented
from kryonix_tui.demo.exporter import PlatformMetrics
from kryonix_tui.demo.figures import FigureRounds
from kryonix_tui.demo.queues import Queues
from kryonix_tui.demo.reports import Reports
from kryonix_tui.demo.rhythm import figures
from kryonix_tui.demo.seed import platform_keys, strays, tenant_keys
from kryonix_tui.demo.sessions import Visitors
from kryonix_tui.demo.settings import DB, READY, SEEDED, SOCKET, Settings
from kryonix_tui.demo.writer import Write, Writer

_TICK: Final = 1.0
_FIGURES_EVERY: Final = 2
_READS_PER_SECOND: Final = 30


class Platform:
    """The simulated platform: its tenants, what they have, and how time passes for it."""

    def __init__(self, settings: Settings, writer: Writer) -> None:
        self._writer = writer
        self._rng = Random(settings.seed)
        self._profiles: tuple[Profile, ...] = cast(settings.tenants, settings.keys, settings.seed)
        self._traffic = [profile.requests_per_second for profile in self._profiles]
        self._queues = Queues(self._profiles, writer, self._rng)
        self._reports = Reports(self._profiles, self._queues.all, writer)
        self._visitors = Visitors(self._profiles, writer, self._rng)
        self._figures = FigureRounds(self._profiles, writer)
        self.metrics = PlatformMetrics(self._profiles)
        self._tenants = settings.tenants
        self._ticks = 0

    def seed(self) -> Iterator[None]:
        """Write everything but the documented tenants; after each step the caller may do something else."""
        rng = Random(self._rng.random())
        everything: Iterator[Write] = chain(
            platform_keys(rng, self._tenants),
            strays(self._profiles[-1].tenant),
            self._queues.seed(),
            self._reports.seed(),
            *(tenant_keys(profile, rng) for profile in self._profiles),
        )
        for write in everything:
            self._writer.send(write)
            self._visitors.noticed(write)
            yield
        self._writer.flush()
        self._announce(SEEDED)

    def seed_documented(self) -> None:
        """Write the three documented tenants."""
        for write in documented():
            self._writer.send(write)
        self._writer.flush()
        self._announce(READY)

    def tick(self, elapsed: float, seconds: float) -> None:
        """Let `seconds` pass."""
        self._queues.play(elapsed, seconds)
        self._reports.play(seconds)
        self._visitors.play(elapsed, seconds)
        if self._ticks % _FIGURES_EVERY == 0:
            self._figures.play(elapsed)
        self._read(elapsed, seconds)
        self._ticks += 1
        self._writer.flush()

    def _read(self, elapsed: float, seconds: float) -> None:
        """Look up keys as the services do, so that the server has hits and misses of its own."""
        for profile in self._rng.choices(self._profiles, self._traffic, k=round(_READS_PER_SECOND * seconds)):
            if self._rng.random() * 100 < figures(profile, elapsed).hit_rate:
                self._writer.send((3, ("HGET", f"metrics:tenant:{profile.tenant}", "subscription_tier")))
            else:
                self._writer.send((1, ("GET", f"tenant:{profile.tenant}:api:crm:absent")))

    def _announce(self, key: str) -> None:
        self._writer.send((DB, ("RPUSH", key, "1")))
        self._writer.flush()


def run(settings: Settings) -> None:
    """Seed, then let time pass for ever. The current folder is the demo's.

    Raises:
        OSError: the exporter's port is taken.
        redis.ConnectionError: the server is gone.
    """
    writer = Writer(SOCKET)
    platform = Platform(settings, writer)
    if settings.exporter_port:
        platform.metrics.serve(settings.exporter_port)
    _await_server(writer)
    platform.seed_documented()
    seeding: Iterator[None] | None = platform.seed()
    started = last = time.monotonic()
    while True:
        seeding = _seed_until(seeding, last + _TICK)
        time.sleep(max(0.0, last + _TICK - time.monotonic()))
        now = time.monotonic()
        # After a suspended laptop wakes up, the platform goes on as if nothing had been.
        elapsed, seconds = now - started, min(now - last, 5 * _TICK)
        last = now
        if settings.exporter_port:
            platform.metrics.advance(elapsed, seconds)
        if seeding is None:
            platform.tick(elapsed, seconds)


def _seed_until(seeding: Iterator[None] | None, deadline: float) -> Iterator[None] | None:
    """Go on seeding until `deadline`; return what remains to be done, None when it is complete."""
    if seeding is None:
        return None
    for _ in seeding:
        if time.monotonic() >= deadline:
            return seeding
    return None


def _await_server(writer: Writer, patience: float = 15.0) -> None:
    """Wait until the server answers.

    Raises:
        redis.ConnectionError: it does not, in all that time.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            writer.client(DB).ping()
        except RedisConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


if __name__ == "__main__":
    os.nice(5)
    run(Settings.from_json(sys.argv[1]))
