"""Tuning on screen: the comparison as a page, the plan behind it, and the way back; nothing of it for viewers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from textual.widgets import Input

from kryonix_tui.config.schema import Redis
from kryonix_tui.maintenance.tuning.comparison import Comparison
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.proposal import Proposal
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.view.cells import Line
from tests.servers import Server, running
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.operations import until, until_job
from tests.tui.updates import Stage


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    yield from running("redis", maxmemory="64mb", maxmemory_policy="allkeys-lru", save='"900 1"')


async def paged(shown: Console) -> None:
    """Wait until the comparison is on the screen."""
    await until(shown, "Profile conservative")
    assert isinstance(shown.app.screen, Proposal)


@pytest.mark.parametrize("size", [WIDE, NORMAL, NARROW])
async def test_the_comparison_is_a_page_that_says_what_is_critical(own: Server, size: tuple[int, int]) -> None:
    async with console(size, Stage().update(), redis=Redis(url=own.url)) as shown:
        await shown.press("7")
        shown.app.tuning.choose("conservative")
        await paged(shown)
        assert "✖ maxmemory-policy" in shown.text
        assert "volatile-lru" in shown.text
        assert "c: plan 2 changes   ↑ ↓: move   Esc: clo" in shown.text
        await shown.press("escape")
        assert not shown.app.work.jobs.all


async def test_it_is_planned_confirmed_applied_and_taken_back(own: Server) -> None:
    async with console(WIDE, Stage().update(), redis=Redis(url=own.url)) as shown:
        await shown.press("7", "U", "down", "enter")
        await paged(shown)
        await shown.press("c")
        await until_job(shown, Phase.ASKING)
        assert isinstance(shown.app.screen, Confirm)
        assert "allkeys-lru → volatile-lru" in shown.text
        await shown.press("y")
        job = await until_job(shown, Phase.ENDED)
        assert job.outcome is not None, job.trouble
        with own.client() as client:
            assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "volatile-lru"
        # From the Server screen, too.
        await shown.press("8", "U", "end", "enter")
        await until_job(shown, Phase.ASKING)
        assert "volatile-lru → allkeys-lru" in shown.text
        await shown.press("y")
        await until_job(shown, Phase.ENDED)
        with own.client() as client:
            assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "allkeys-lru"


async def test_a_comparison_that_comes_while_somebody_types_waits_and_takes_no_key(own: Server) -> None:
    async with console(NORMAL, Stage().update(), redis=Redis(url=own.url)) as shown:
        compared, here = asyncio.Event(), asyncio.get_running_loop()
        compare = shown.app.tuning._compared

        def told(profile: str) -> tuple[Comparison, list[Line]]:
            found = compare(profile)
            here.call_soon_threadsafe(compared.set)
            return found

        shown.app.tuning._compared = told  # type: ignore[method-assign]
        await shown.press("2", "slash")
        shown.app.tuning.choose("conservative")
        await compared.wait()
        await shown.settle()
        await shown.type("cacau")
        assert shown.app.screen.query_one(Prompt).query_one(Input).value == "cacau"
        await shown.press("escape")
        await paged(shown)


async def test_trouble_is_said_and_shows_no_page() -> None:
    async with console(NORMAL, Stage().update(), redis=Redis(url="redis://127.0.0.1:1")) as shown:
        await shown.press("7")
        shown.app.tuning.choose("kryonix")
        await until(shown, "nobody listens")
        assert not isinstance(shown.app.screen, Proposal)


async def test_viewers_have_no_such_command(own: Server) -> None:
    async with console(NORMAL, Stage().update(), redis=Redis(url=own.url), role="viewer") as shown:
        await shown.press("8", "U")
        assert all(command.name != "tune" for command in shown.app.offered)
        assert "Tune the server" not in shown.text
