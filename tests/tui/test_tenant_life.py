"""The end of a tenant, and of its sessions, from the screens: planned, the name typed, carried out, and told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.menu import Menu
from tests.servers import Server, seed
from tests.tui.console import NORMAL, WIDE, Console, console
from tests.tui.operations import one_redis_speaks_at_once, until_job
from tests.tui.updates import Stage


@pytest.fixture
async def running(one_redis: Server) -> AsyncIterator[Console]:
    one_redis_speaks_at_once(one_redis)
    seed(
        one_redis,
        [
            *((0, f"HSET tenant:{name}:mobile:session:1 platform ios") for name in ("alfa", "alfa2")),
            *((3, f"HSET metrics:tenant:{name} cache_hit_rate 90") for name in ("alfa", "alfa2")),
        ],
    )
    async with console(WIDE, Stage().update(), redis=Redis(url=one_redis.url)) as running:
        yield running


async def choose(running: Console, name: str) -> None:
    """Choose an action from the menu in front."""
    menu = running.app.screen
    assert isinstance(menu, Menu)
    menu.dismiss(name)
    await running.settle()


async def test_a_tenant_is_purged_from_its_screen_once_its_name_was_typed(running: Console, one_redis: Server) -> None:
    running.app.tenant = "alfa"
    running.app.run_command("tenant")
    await running.settle()
    await running.press("x")
    assert "Remove everything of it (purge)" in running.text
    await choose(running, "purge")
    await until_job(running, Phase.ASKING)
    assert "All 2 keys of alfa are removed, from 2 databases." in running.text
    assert "It is in use: 1 session is open." in running.text
    # A y is a letter of the name here, and no consent.
    await running.press("y", "enter")
    assert isinstance(running.app.screen, Confirm)
    assert "That is not alfa" in running.text
    await running.press("backspace")
    await running.type("alfa")
    before = running.monitor.refreshed
    await running.press("enter")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert job.outcome.figures["keys"] == 2
    assert running.monitor.refreshed > before, "the keys are counted again"
    assert [one_redis.client(db).dbsize() for db in (0, 3)] == [1, 1]


async def test_sessions_are_ended_from_the_list(running: Console, one_redis: Server) -> None:
    running.app.run_command("tenants")
    await running.settle()
    tenants = running.rows()
    await running.press("space", "space", "x")
    assert "for one row at a time" in running.text
    await choose(running, "end_sessions")
    assert running.app.work.jobs.all == []
    await running.press("escape")
    await running.enter_command("end_sessions alfa2")
    await until_job(running, Phase.ASKING)
    assert "no lock-out" in running.text
    await running.press("escape")
    await until_job(running, Phase.ENDED)
    assert one_redis.client(0).dbsize() == 2
    assert len(tenants) > 1


async def test_a_viewer_has_none_of_it(one_redis: Server) -> None:
    async with console(NORMAL, Stage().update(), redis=Redis(url=one_redis.url), role="viewer") as running:
        running.app.run_command("tenants")
        await running.settle()
        await running.press("x")
        assert "purge" not in running.text
        assert "sessions …" not in running.text
        await running.press("escape")
        await running.enter_command("purge alfa")
        assert running.app.work.jobs.all == []
