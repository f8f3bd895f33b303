"""Optimisation on screen: the analysis as a page, the plan behind it, and the way back; nothing of it for viewers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.screens.page import Reader
from tests.servers import Server
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.operations import until, until_job
from tests.tui.updates import Stage


def fill(server: Server) -> None:
    pipeline = server.client(1).pipeline(transaction=False)
    for number in range(5):
        pipeline.set(f"tenant:alfa:api:crm:{number}", "x", ex=600)
    pipeline.execute()
    server.client(3).hset("metrics:tenant:alfa", "cache_hit_rate", "71")


@pytest.fixture
async def running(one_redis: Server) -> AsyncIterator[Console]:
    fill(one_redis)
    async with console(WIDE, Stage().update(), redis=Redis(url=one_redis.url)) as running:
        yield running


def left(server: Server) -> list[int]:
    return sorted(server.client(1).ttl(f"tenant:alfa:api:crm:{number}") for number in range(5))


async def test_a_tenant_is_analysed_optimised_and_the_optimisation_undone(running: Console, one_redis: Server) -> None:
    running.app.navigation.open_tenant("alfa")
    await running.press("O")
    await until(running, "Analysis of alfa")
    assert "hit 71.0 % < 85 % (redis:metrics), 0 of 5 sampled keys expire within 5 min" in running.text
    assert "c: plan 5 changes" in running.text
    await running.press("c")
    await until_job(running, Phase.ASKING)
    assert isinstance(running.app.screen, Confirm)
    assert "longer_ttl" in running.text
    await running.press("y")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert job.outcome.summary == "5 keys got another expiry"
    assert left(one_redis)[0] > 800
    await running.press("7", "O")
    assert isinstance(running.app.screen, Menu)
    await running.press("end", "enter")
    await until(running, "5 changed")
    assert isinstance(running.app.screen, Reader)
    await running.press("escape")
    running.app.optimizing.choose("undo")
    await until_job(running, Phase.ASKING)
    assert "5 keys get their old expiry back." in running.text
    await running.press("y")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert left(one_redis)[-1] <= 600


async def test_a_page_that_is_closed_changes_nothing(running: Console, one_redis: Server) -> None:
    running.app.optimizing.optimize(None)
    await until(running, "Analysis of all tenants")
    await running.press("escape")
    assert not running.app.work.jobs.all
    assert left(one_redis)[-1] <= 600


@pytest.mark.parametrize("size", [NORMAL, NARROW])
async def test_the_page_fits_smaller_screens(one_redis: Server, size: tuple[int, int]) -> None:
    fill(one_redis)
    async with console(size, Stage().update(), redis=Redis(url=one_redis.url)) as shown:
        shown.app.optimizing.optimize(("alfa",))
        await until(shown, "Analysis of alfa")
        assert "hit rate" in shown.text
        assert "c: plan 5 changes" in shown.text


async def test_an_unknown_tenant_and_nothing_to_undo_are_told(running: Console) -> None:
    running.app.optimizing.optimize(("nobody",))
    await until(running, "there is nothing of nobody")
    running.app.optimizing.choose("undo")
    await until(running, "nothing was optimised yet")


async def test_a_viewer_has_no_such_command(one_redis: Server) -> None:
    async with console(WIDE, Stage().update(), role="viewer", redis=Redis(url=one_redis.url)) as shown:
        assert "optimize" not in {command.name for command in shown.app.offered}
        assert not shown.app.optimizing.action(["alfa"])
