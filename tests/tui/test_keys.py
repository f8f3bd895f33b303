"""From a tenant to its keys and back, with the real monitor on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from kryonix_tui import bootstrap
from kryonix_tui.clock import now
from kryonix_tui.config.schema import HttpServer, Prometheus, Redis
from kryonix_tui.model.keys import FoundKey
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.screens.keys import KeysView
from kryonix_tui.tui.screens.menu import Menu
from tests.servers import Server, seed
from tests.tui.conftest import Clock
from tests.tui.console import NORMAL, WIDE, Console, FakeMonitor, console, loaded
from tests.tui.updates import Stage

SECONDS = 60.0


@pytest.fixture(autouse=True)
def _real_time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    for place in ("app.now", "view.clock", "starting.now"):
        monkeypatch.setattr(f"kryonix_tui.tui.{place}", now)


async def until(running: Console, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():
            await running.pilot.pause(0.02)
    await running.settle()


@pytest.mark.parametrize("size", [WIDE, NORMAL])
async def test_from_a_tenant_to_a_value_and_back(one_redis: Server, size: tuple[int, int]) -> None:
    seed(
        one_redis,
        [
            (0, "HSET tenant:alfa:mobile:session:1 platform ios push_token letmein"),
            (0, "HSET tenant:alfa:mobile:session:2 platform android"),
            (0, "HSET tenant:beta:mobile:session:9 platform android"),
            (3, "HSET metrics:tenant:alfa cache_hit_rate 71.5"),
        ],
    )
    start = loaded(redis=Redis(url=one_redis.url), prometheus=Prometheus(), alertmanager=HttpServer())
    app = ConsoleApp(start, lambda: bootstrap.monitor_of(start.config))
    async with app.run_test(size=size, notifications=True) as pilot:
        running = Console(app, pilot, FakeMonitor())
        await until(running, lambda: app.shown.platform.complete)
        app.navigation.open_tenant("alfa")
        await running.settle()
        await running.press("K")
        assert isinstance(app.screen, Menu)
        await running.press("enter")
        await until(running, lambda: running.mode == "keys" and len(running.rows()) == 2)
        assert set(running.rows()) == {"tenant:alfa:mobile:session:1", "tenant:alfa:mobile:session:2"}
        assert "that is all" in running.line("filter-line")
        running.table().move_to("tenant:alfa:mobile:session:1")
        await running.press("enter")
        await until(running, lambda: "platform" in running.line("detail"))
        detail = running.line("detail")
        assert "ios" in detail
        assert "push_token" in detail
        assert "letmein" not in running.text
        await running.press("escape", "escape")
        assert running.mode == "tenant"
        await running.enter_command("keys 0")
        await until(running, lambda: running.mode == "keys" and len(running.rows()) == 3)


async def test_whom_a_verification_is_for_is_shown_nowhere(one_redis: Server) -> None:
    phone, mail, code = "+5511999990000", "ana@example.test", "471199"
    seed(one_redis, [(6, f"SET verify:phone:{phone} {code} EX 300"), (6, f"SET verify:email:{mail} {code} EX 600")])
    start = loaded(redis=Redis(url=one_redis.url), prometheus=Prometheus(), alertmanager=HttpServer())
    app = ConsoleApp(start, lambda: bootstrap.monitor_of(start.config))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        running = Console(app, pilot, FakeMonitor())
        await until(running, lambda: app.shown.platform.complete)
        await running.enter_command("keys 6")
        await until(running, lambda: running.mode == "keys" and len(running.rows()) == 2)
        seen = [running.text]
        await running.press("x")
        seen.append(running.text)
        await running.press("escape", "c")
        seen.extend(running.said)
        await running.press("enter")
        await until(running, lambda: "expires in" in running.line("detail"))
        seen.append(running.text)
        await running.press("escape", "slash")
        await running.type(phone[3:9])
        await running.press("enter")
        # Who guesses at it by filtering learns nothing either.
        assert running.rows() == []
    for text in seen:
        assert "•••" in text
        assert not any(secret in text for secret in (phone[3:], mail, code))


async def test_all_marked_names_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(WIDE, Stage().update()) as running:
        copied: list[str] = []
        monkeypatch.setattr(running.app, "copy", lambda *names: copied.extend(names))
        running.app.navigation.go("keys")
        await running.settle()
        view = running.app.screen
        assert isinstance(view, KeysView)
        found = [FoundKey(0, name, "x", None) for name in (b"a", b"b", b"c")]
        view._found.update((view.key(key), key) for key in found)
        view.redraw()
        await running.press("space", "space", "c")
        assert copied == ["a", "b"]


async def test_without_a_server_it_says_so() -> None:
    async with console(WIDE, Stage().update()) as running:
        running.monitor.keys = None
        await running.press("3", "K", "enter")
        await until(running, lambda: running.mode == "keys")
        await until(running, lambda: "nothing is connected" in running.text)
        await running.press("escape")
        assert running.mode == "tenant"
