"""Filter, sort, and a cursor that stays on its row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from kryonix_tui.analysis.update import Update
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.view.ordering import SETTLE
from tests.tui.conftest import Clock
from tests.tui.console import NORMAL, WIDE, Console, console
from tests.tui.updates import Stage


def prompt(running: Console) -> Prompt:
    """The prompt of the screen in front."""
    return running.app.screen.query_one(Prompt)


async def test_the_filter_works_while_it_is_typed() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "slash")
        await running.type("hit<8")
        assert running.rows() == []
        await running.type("5")
        assert set(running.rows()) == {"beta", "gama"}
        await running.press("enter")
        assert not prompt(running).is_open
        assert running.table().has_focus
        assert "hit<85" in running.line("filter-line")
        assert "2 of 4" in running.line("filter-line")
        await running.press("escape")
        assert len(running.rows()) == 4
        assert "hit<85" not in running.line("filter-line")


async def test_a_mistake_is_shown_and_the_last_good_filter_stays() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "slash")
        await running.type("gam")
        prompt(running).query_one(Input).value = "gam size>3"
        await running.settle()
        assert "no column size" in running.text
        assert running.rows() == ["gama"]
        await running.press("enter")
        assert prompt(running).is_open
        assert "no column size" in running.text
        assert "no command" not in running.text
        await running.press("escape")
        assert len(running.rows()) == 4


async def test_typing_in_the_same_breath_reaches_the_prompt() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        await running.pilot.press("slash", "q", "s", "p", "2")
        await running.settle()
        assert prompt(running).query_one(Input).value == "qsp2"
        assert running.mode == "tenants"
        assert not running.app.paused


async def test_typing_in_the_same_breath_reaches_a_screen_that_is_yet_to_come() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.pilot.press("2", "slash", "g", "a", "m")
        await running.settle()
        assert running.rows() == ["gama"]


async def test_a_filter_holds_through_updates_and_says_when_nothing_matches(clock: Clock) -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        await running.press("2")
        running.app.run_command("filter", "health=critical")
        stage.hit_rates["beta"] = 30.0
        clock.advance(SETTLE)
        await running.tell(stage.update())
        assert set(running.rows()) == {"beta", "gama"}
        running.app.run_command("filter", "nobody")
        await running.settle()
        assert "no row matches; Esc clears the filter" in running.text


async def test_the_sort_menu() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "s", "j", "enter")
        assert running.rows() == ["alfa", "beta", "delta", "gama"]
        await running.press("r")
        assert running.rows() == ["gama", "delta", "beta", "alfa"]
        assert "Tenant▼" in running.text
        await running.press("greater_than_sign")
        assert running.rows() == ["gama", "beta", "alfa", "delta"]
        await running.press("less_than_sign")
        assert running.rows() == ["alfa", "beta", "delta", "gama"]


async def test_sort_by_name_and_a_name_that_does_not_exist() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        running.app.run_command("sort", "tenant")
        assert running.rows()[0] == "alfa"
        running.app.run_command("sort", "colour")
        await running.settle()
        assert "no column colour" in running.said[-1]


async def test_the_order_is_remembered_from_run_to_run() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        running.app.run_command("sort", "hit")
        await running.press("r")
        assert running.rows() == ["delta", "alfa", "beta", "gama"]
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        assert running.rows() == ["delta", "alfa", "beta", "gama"]
        await running.press("4")
        assert running.rows()[0] == "0"


async def test_the_cursor_stays_on_its_tenant() -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        await running.press("2")
        assert running.table().move_to("beta")
        for name in ("tenant", "hit", "queue"):
            running.app.run_command("sort", name)
            await running.settle()
            assert running.current() == "beta"
        stage.hit_rates = {"aaa": 10.0, **stage.hit_rates, "beta": 99.5, "zzz": 20.0}
        await running.tell(stage.update())
        assert running.current() == "beta"
        await running.press("enter")
        assert running.app.tenant == "beta"


async def test_while_the_list_fills_the_cursor_is_at_its_top_until_somebody_moves_it() -> None:
    stage = Stage()
    whole = stage.update()
    async with console(WIDE, filling(whole)) as running:
        await running.press("2")
        running.app.run_command("sort", "tenant")
        await running.settle()
        assert running.current() == "alfa"
        stage.hit_rates = {"aaa": 10.0, **stage.hit_rates}
        await running.tell(stage.update())
        assert running.current() == "aaa"
        stage.hit_rates = {"a": 10.0, **stage.hit_rates}
        await running.tell(stage.update())
        assert running.current() == "aaa", "it is complete: the cursor stays where it is"
    async with console(WIDE, filling(whole)) as running:
        await running.press("2", "j", "k")
        chosen = running.current()
        stage.hit_rates = {"a0": 10.0, **stage.hit_rates}
        await running.tell(stage.update())
        assert running.current() == chosen


async def test_the_cursor_is_at_the_top_of_all_rows_also_where_their_order_takes_longer_than_the_census(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kryonix_tui.tui.list_view.AT_ONCE", 0.0)
    stage = Stage()
    async with console(WIDE, filling(stage.update())) as running:
        await running.press("2")
        running.app.run_command("sort", "tenant")
        await running.settle()
        assert running.current() == "alfa"
        stage.hit_rates = {"aaa": 10.0, **stage.hit_rates}
        running.monitor.tell(stage.update())
        assert running.rows()[0] == "alfa", "the order is being made"
        await running.settle()
        assert running.rows()[0] == running.current() == "aaa"
        stage.hit_rates = {"a": 10.0, **stage.hit_rates}
        await running.tell(stage.update())
        assert running.rows()[0] == "a"
        assert running.current() == "aaa", "from now on it stays where it is"


def filling(update: Update) -> Update:
    """Return an update while the first pass of the census is under way."""
    census = update.snapshot.census
    assert census is not None
    begun = replace(census, value=replace(census.value, complete=False))
    return replace(update, snapshot=replace(update.snapshot, census=begun))


async def test_where_the_row_is_gone_the_cursor_stays_in_its_place() -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        await running.press("2")
        running.app.run_command("sort", "tenant")
        running.table().move_to("gama")
        del stage.hit_rates["gama"]
        await running.tell(stage.update())
        assert running.rows() == ["alfa", "beta", "delta"]
        assert running.current() == "delta"


async def test_a_long_list_scrolls_with_its_cursor() -> None:
    many = {f"t{number:03}": 90.0 for number in range(200)}
    async with console(NORMAL, Stage(many, []).update()) as running:
        await running.press("2", "G")
        assert running.current() == "t199"
        assert "t199" in running.text
        assert "t000" not in running.text
        running.app.tick()
        assert "t199" in running.monitor.looked_at
        await running.press("ctrl+u", "pageup", "up", "g")
        assert running.current() == "t000"
        assert "t000" in running.text
        await running.press("pagedown", "ctrl+d", "down", "k")
        assert running.current() is not None
        assert str(running.current()) in running.text


async def test_a_click_moves_and_a_second_one_opens() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        await running.pilot.click("#list", offset=(5, 3))
        await running.settle()
        assert running.current() == running.rows()[2]
        assert running.mode == "tenants"
        await running.pilot.click("#list", offset=(5, 3))
        await running.settle()
        assert running.mode == "tenant"
