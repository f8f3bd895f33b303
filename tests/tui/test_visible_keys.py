"""A console limited to some tenants looks into single keys of a real server: nobody else's name, however one gets there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

import pytest

from kryonix_tui import bootstrap
from kryonix_tui.clock import now
from kryonix_tui.config.schema import HttpServer, Intervals, Prometheus, Redis
from kryonix_tui.model.keys import Ground
from kryonix_tui.tui import browsing
from kryonix_tui.tui.app import ConsoleApp
from tests.servers import Server, seed
from tests.tui.conftest import Clock
from tests.tui.console import WIDE, Console, FakeMonitor, loaded

MINE, OTHER = "minha_clinica", "alheia"
"""A tenant that is seen, and a part of the name of all that are not."""


@pytest.fixture(autouse=True)
def _real_time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    for place in ("app.now", "view.clock", "starting.now"):
        monkeypatch.setattr(f"kryonix_tui.tui.{place}", now)


@pytest.fixture
def server(one_redis: Server) -> Server:
    """A server with keys of the visible tenant, of others, and of others in keys that belong to nobody."""
    for tenant in (MINE, "alheia_1", f"x{MINE}_alheia"):
        seed(
            one_redis,
            [
                *((0, f"HSET tenant:{tenant}:mobile:session:{tenant}-{n} platform ios") for n in range(3)),
                (1, f"SET tenant:{tenant}:api:crm:{tenant}_clients 1"),
                (2, f"RPUSH queue:tenant:{tenant}:{tenant}_jobs a"),
                (3, f"HSET metrics:tenant:{tenant} cache_hit_rate 50"),
            ],
        )
    seed(one_redis, [(8, "SET backup-of-alheia_1 y"), (1, "SET alheia_1 y"), (8, f"SET {MINE}:alheia_1 y")])
    return one_redis


async def until(running: Console, holds: Callable[[str], bool]) -> str:
    """Wait until the screen is as it should be; whatever it shows meanwhile names nobody else."""
    end = time.monotonic() + 60
    while True:
        await running.pilot.pause(0.02)
        text = running.text
        assert OTHER not in text, text
        if holds(text):
            return text
        assert time.monotonic() < end, text


async def test_the_keys_screen_names_nobody_else(server: Server) -> None:
    start = loaded(
        tenants=("minha_*",),
        redis=Redis(url=server.url),
        prometheus=Prometheus(),
        alertmanager=HttpServer(),
        intervals=Intervals(redis=0.3, census=0.5, tenants=0.3),
    )
    monitor = bootstrap.monitor_of(start.config)
    app = ConsoleApp(start, lambda: monitor)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        running = Console(app, pilot, cast("FakeMonitor", monitor))
        await until(running, lambda _text: app.shown.platform.complete and MINE in app.shown.snapshot.facts)
        # From a tenant, by way of the menu of its kinds, and into a key.
        app.navigation.open_tenant(MINE)
        await until(running, lambda text: MINE in text)
        await running.press("K")
        await until(running, lambda text: f"Keys of {MINE}" in text and "mobile_session" in text)
        await running.press("enter")
        await until(running, lambda text: running.mode == "keys" and "that is all" in text)
        assert len(running.rows()) == 3
        await running.press("enter")
        await until(running, lambda text: "platform" in text and "ios" in text)
        # All its keys of a database, whatever their kind: no others that hold its name, and none that are nobody's.
        browsing.show(app, Ground(1, MINE, None))
        await until(running, lambda text: "db 1" in text and "that is all" in text)
        assert len(running.rows()) == 1
        await running.press("x")
        await until(running, lambda text: "Copy the names" in text)
        await running.press("escape", "slash", "tab", "escape")
        browsing.show(app, Ground(8, MINE, None))
        await until(running, lambda text: "db 8" in text and "that is all" in text)
        assert running.rows() == []
        # Who asks for everybody's keys, or for another's by name, is refused and learns nothing.
        app.run_command("keys", "1")
        await until(running, lambda text: "does not see those keys" in text)
        assert running.rows() == []
        browsing.show(app, Ground(0, "alheia_1", "mobile_session"))
        await until_refused(running)
        assert running.rows() == []
        app.exit(0)


async def until_refused(running: Console) -> None:
    """Wait for the refusal. The line above the list repeats what was asked for; no key of it is shown."""
    async with asyncio.timeout(60):
        while "alheia_1" not in running.text or "does not see those keys" not in running.text:
            await running.pilot.pause(0.02)
    assert "session:" not in running.text
