"""The console with its real monitor on a real server: what is seeded is what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from kryonix_tui import bootstrap
from kryonix_tui.clock import now
from kryonix_tui.config.schema import HttpServer, Prometheus, Redis
from kryonix_tui.tui.app import ConsoleApp
from tests.servers import Server, seed
from tests.tui.conftest import Clock
from tests.tui.console import WIDE, loaded

SECONDS = 60.0


async def until(app: ConsoleApp, pilot: Pilot[int], holds: Callable[[ConsoleApp], bool]) -> None:
    """Let the monitor work until what the console shows fulfils a condition."""
    async with asyncio.timeout(SECONDS):
        while not holds(app):
            await pilot.pause(0.02)
    await pilot.pause()


@pytest.fixture(autouse=True)
def _real_time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Readings of a real monitor carry real times."""
    for place in ("app.now", "view.clock", "starting.now"):
        monkeypatch.setattr(f"kryonix_tui.tui.{place}", now)


async def test_tenants_of_a_real_server(one_redis: Server) -> None:
    seed(
        one_redis,
        [
            (0, "HSET tenant:alfa:mobile:session:1 platform ios"),
            (1, "SET tenant:alfa:api:crm:clients {}"),
            (2, "RPUSH queue:tenant:alfa:whatsapp a b c"),
            (3, "HSET metrics:tenant:alfa cache_hit_rate 71.5"),
            (3, "HSET metrics:tenant:beta cache_hit_rate nonsense"),
            (4, "SET stray 1"),
        ],
    )
    nowhere = HttpServer()
    start = loaded(redis=Redis(url=one_redis.url), prometheus=Prometheus(), alertmanager=nowhere)
    app = ConsoleApp(replace(start, path=None), lambda: bootstrap.monitor_of(start.config))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(app, pilot, lambda app: app.shown.platform.complete and len(app.shown.snapshot.facts) == 2)
        await pilot.press("2")
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        [alfa] = [line for line in lines if " alfa " in line]
        assert "71.5m" in alfa
        assert "hit rate 71.5 % < 85 %" in alfa
        [beta] = [line for line in lines if " beta " in line]
        assert "–" in beta
        seed(one_redis, [(3, "HSET metrics:tenant:alfa cache_hit_rate 99")])
        await pilot.press("f5")
        await until(app, pilot, lambda app: app.shown.snapshot.facts["alfa"].hit_rates == {"metrics": 99.0})
        app.exit(0)
