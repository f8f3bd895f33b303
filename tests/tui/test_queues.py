"""Screen 5: a row per queue, what waits in it, and from there to the operations on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from textual.widgets import Input

from kryonix_tui import bootstrap
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import now
from kryonix_tui.config.schema import HttpServer, Prometheus, Redis
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.queues import QueuePage, WaitingItem
from kryonix_tui.model.source import Reading
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.confirm import Ask, Confirm
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.screens.queue_form import QueueForm
from tests.servers import Server
from tests.tui.conftest import Clock
from tests.tui.console import NARROW, NORMAL, WIDE, Console, FakeMonitor, console, loaded
from tests.tui.operations import until, until_job
from tests.tui.updates import START, Stage

SECRET = b'{"phone": "+5511987654321", "n": %d}'


@dataclass
class FakeQueues:
    """A port that knows 120 items, and which were asked for."""

    asked: list[tuple[bytes, int]] = field(default_factory=list)
    place: str = "127.0.0.1:1"

    async def items(self, queue: QueueKey, start: int = 0, count: int = 0, kept: int = 0) -> QueuePage:
        self.asked.append((queue.key, start))
        places = range(start, min(start + 50, 120))
        return QueuePage(120, tuple(WaitingItem(n, SECRET % n, len(SECRET % n), START.wall - 60) for n in places))

    async def close(self) -> None:
        """Nothing is open."""


def with_queues(update: Update, *modules: str) -> Update:
    """Return an update whose census knows the keys of these queues of every tenant."""
    census = update.snapshot.census
    assert census is not None
    found = tuple(
        QueueKey(2, f"queue:tenant:{tenant}:{module}".encode(), module, tenant)
        for tenant in update.platform.tenants
        for module in modules
    )
    value = replace(census.value, queues=found)
    return replace(update, snapshot=replace(update.snapshot, census=Reading(value, census.at)))


def looking(running: Console) -> FakeQueues:
    """Give the console's monitor a port."""
    port = FakeQueues()
    running.monitor.queues = port
    return port


async def test_every_queue_has_a_row_and_can_be_filtered() -> None:
    async with console(WIDE, with_queues(Stage().update(), "whatsapp")) as running:
        await running.press("5")
        assert set(running.rows()) == {f"{name}/whatsapp" for name in ("alfa", "beta", "gama", "delta")}
        await running.enter_command("filter tenant=beta depth>1")
        assert running.rows() == ["beta/whatsapp"]
        await running.tell(running.app.shown)
        assert running.monitor.looked_at == ["beta"]


@pytest.mark.parametrize("size", [WIDE, NORMAL, NARROW])
async def test_enter_looks_at_items_and_shows_nothing_of_them(size: tuple[int, int]) -> None:
    async with console(size, with_queues(Stage().update(), "whatsapp")) as running:
        port = looking(running)
        await running.press("5", "enter")
        await running.settle()
        assert [start for _key, start in port.asked] == [0]
        assert "phone" in running.text
        assert "98765" not in running.text
        await running.press("n")
        await running.settle()
        assert [start for _key, start in port.asked] == [0, 50]
        assert "20 more" in running.line("detail")
        await running.press("escape")
        assert "phone" not in running.text
        assert running.mode == "queues"


async def test_revealing_asks_and_is_written_down() -> None:
    async with console(WIDE, with_queues(Stage().update(), "whatsapp")) as running:
        looking(running)
        await running.press("5", "enter")
        await running.settle()
        await running.press("i")
        assert isinstance(running.app.screen, Ask)
        await running.press("n")
        assert "98765" not in running.text
        await running.press("i", "y")
        await until(running, "98765")
        (line,) = Maintenance(running.app.config).audited()
        assert (line.event, line.details["items"]) == ("revealed", 50)
        await running.press("escape")
        assert "98765" not in running.text


async def test_a_viewer_reveals_and_moves_nothing() -> None:
    async with console(WIDE, with_queues(Stage().update(), "whatsapp"), role="viewer") as running:
        looking(running)
        await running.press("5", "enter")
        await running.settle()
        await running.press("i")
        assert not isinstance(running.app.screen, Ask)
        await running.press("escape", "x")
        assert isinstance(running.app.screen, Menu)
        assert "Drain" not in running.text


@pytest.mark.parametrize("command", ["move", "requeue", "drain", "drop"])
async def test_an_operation_first_asks_what_it_needs(command: str) -> None:
    async with console(NORMAL, with_queues(Stage().update(), "whatsapp")) as running:
        await running.press("5")
        await running.enter_command(command)
        assert isinstance(running.app.screen, QueueForm)
        running.app.screen.query_one(Input).value = "nonsense" if command != "move" else ""
        await running.press("enter")
        assert isinstance(running.app.screen, QueueForm)
        assert running.app.screen.query("#mistake.wrong")
        await running.press("escape")
        assert running.mode == "queues"
        assert not running.app.work.jobs.all


async def test_what_is_done_with_a_marked_queue_is_done_with_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(WIDE, with_queues(Stage().update(), "whatsapp")) as running:
        looking(running)
        drained: list[QueueKey] = []
        monkeypatch.setattr(running.app.queueing, "ask_drain", drained.append)
        await running.press("5")
        first, second = running.rows()[:2]
        # The cursor goes on to the next one.
        await running.press("space")
        await running.enter_command("drain")
        # What is open is what is meant.
        await running.press("enter")
        await running.enter_command("drain")
        await running.press("escape", "space")
        await running.enter_command("drain")
        await running.enter_command("replay")
        assert [f"{queue.tenant}/{queue.module}" for queue in drained] == [first, second]
        assert running.said[-1].endswith("for one row at a time")


async def test_what_is_typed_goes_on_with_the_tenant_and_replaces_a_number() -> None:
    async with console(WIDE, with_queues(Stage().update(), "whatsapp")) as running:
        await running.press("5")
        tenant = running.rows()[0].partition("/")[0]
        await running.enter_command("move")
        await running.type("crm")
        assert running.app.screen.query_one("#to", Input).value == f"{tenant}/crm"
        await running.press("escape")
        await running.enter_command("requeue")
        await running.type("7")
        assert running.app.screen.query_one("#count", Input).value == "7"


async def test_two_lists_that_are_shown_as_one_are_told_apart() -> None:
    update = with_queues(Stage().update(), "whatsapp", "whatsapp")
    async with console(NORMAL, update) as running:
        port = looking(running)
        await running.press("5", "enter")
        assert isinstance(running.app.screen, Menu)
        assert not port.asked
        await running.press("enter")
        await running.settle()
        assert len(port.asked) == 1


async def test_one_key_leads_from_a_tenant_to_what_waits() -> None:
    async with console(WIDE, with_queues(Stage().update(), "whatsapp")) as running:
        port = looking(running)
        running.app.navigation.open_tenant("beta")
        await running.settle()
        await running.press("w")
        await running.settle()
        assert running.mode == "queues"
        assert running.rows() == ["beta/whatsapp"]
        assert port.asked == [(b"queue:tenant:beta:whatsapp", 0)]


@pytest.fixture
def _real_time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    for place in ("app.now", "view.clock", "starting.now"):
        monkeypatch.setattr(f"kryonix_tui.tui.{place}", now)


async def holds(running: Console, true: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await running.pilot.pause(0.02)
    await running.settle()


@pytest.mark.usefixtures("_real_time")
async def test_drained_and_replayed_on_a_real_server(one_redis: Server) -> None:
    jobs = one_redis.client(2)
    # What else there is of the tenant: without any key it would be gone.
    one_redis.client().set("tenant:alfa:x", "1")
    jobs.lpush("queue:tenant:alfa:crm", *(f'{{"n": {n}}}' for n in range(9)))
    start = loaded(redis=Redis(url=one_redis.url), prometheus=Prometheus(), alertmanager=HttpServer(), role="operator")
    app = ConsoleApp(start, lambda: bootstrap.monitor_of(start.config))
    async with app.run_test(size=NORMAL, notifications=True) as pilot:
        running = Console(app, pilot, FakeMonitor())
        await running.press("5")
        await holds(running, lambda: running.rows() == ["alfa/crm"])
        await running.press("enter")
        await until(running, "{n: •••}")
        await running.press("escape")
        await running.enter_command("drain")
        await running.press("enter")
        await until_job(running, Phase.ASKING)
        assert isinstance(app.screen, Confirm)
        await running.press("y")
        job = await until_job(running, Phase.ENDED)
        assert job.outcome is not None, job.trouble
        # Now it is no key any more, and still a queue.
        assert not jobs.exists("queue:tenant:alfa:crm")
        app.monitor.refresh() if app.monitor is not None else None
        await holds(running, lambda: not app.shown.snapshot.census.value.queues)  # type: ignore[union-attr]  # there is one
        assert running.rows() == ["alfa/crm"]
        app.clear_notifications()
        await running.enter_command("replay")
        await holds(running, lambda: isinstance(app.screen, Menu))
        await running.press("enter")
        await until_job(running, Phase.ASKING)
        await running.press("y")
        job = await until_job(running, Phase.ENDED)
        assert job.outcome is not None, job.trouble
        assert jobs.llen("queue:tenant:alfa:crm") == 9
