"""The matrix: marks and actions, moving sideways, an order that settles, and a prompt that helps."""

from __future__ import annotations

import asyncio

from textual.widgets import Input

from kryonix_tui.model.operation import Scope
from kryonix_tui.tui.list_view import AT_ONCE, ListView
from kryonix_tui.view.ordering import SETTLE
from tests.tui.conftest import Clock
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.test_scale import platform
from tests.tui.updates import Stage, later


def marked(running: Console) -> list[str]:
    """The rows with a mark before their name."""
    return [name for name in running.rows() if f"✓{name}" in running.text]


async def test_marks_stay_on_their_tenants_and_go_with_escape() -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        await running.press("2")
        running.app.run_command("sort", "tenant")
        await running.press("g", "space", "space")
        assert marked(running) == ["alfa", "beta"]
        assert running.current() == "delta", "marking goes on to the next row"
        assert "2 marked" in running.line("filter-line")
        await running.press("r")
        assert set(marked(running)) == {"alfa", "beta"}
        del stage.hit_rates["alfa"]
        await running.tell(stage.update())
        assert marked(running) == ["beta"]
        assert "1 marked" in running.line("filter-line")
        running.app.run_command("filter", "tenant=beta")
        await running.press("escape")
        assert marked(running) == []
        assert running.rows() == ["beta"], "first the marks go, then the filter"
        await running.press("escape")
        assert len(running.rows()) == 3


async def test_a_second_press_takes_the_mark_away() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "space", "k", "space")
        assert marked(running) == []
        assert "marked" not in running.line("filter-line")


async def ordered(view: ListView[object]) -> None:
    """Wait until the list has its order."""
    while view._ordering.busy:  # noqa: ASYNC110 - its worker has its turns
        await asyncio.sleep(0)


async def choose(running: Console, text: str) -> None:
    """Choose what begins with a text in the menu."""
    names = [str(option.prompt) for option in running.app.screen.query_one("Choices")._options]  # type: ignore[attr-defined]
    at = next(index for index, name in enumerate(names) if name.startswith(text))
    await running.press("g", *(["j"] * at), "enter")


async def test_the_actions_of_marked_rows() -> None:
    async with console(WIDE, Stage().update()) as running:
        begun: list[Scope] = []
        running.app.archiving.back_up = begun.append  # type: ignore[assignment,method-assign]
        await running.press("2")
        running.app.run_command("sort", "tenant")
        await running.press("g", "space", "space", "x")
        assert "2 rows" in running.text
        assert "Open the tenant  – for one row at a time" in running.text
        await choose(running, "Back up 2 tenants")
        assert begun == [Scope(("alfa", "beta"))]
        await running.press("x")
        await choose(running, "Copy")
        assert running.app.clipboard == "alfa\nbeta"
        await running.press("x")
        await choose(running, "Open")
        assert running.mode == "tenants"
        assert running.said[-1] == "Open the tenant: for one row at a time"
        await running.press("x")
        await choose(running, "Show the alerts")
        assert running.mode == "alerts"
        assert running.rows() == ["alertmanager/CacheHitRateLow-beta"]
        assert "tenant=alfa,beta" in running.line("filter-line")


async def test_the_actions_of_one_row_and_what_a_viewer_is_told() -> None:
    async with console(WIDE, Stage().update(), role="viewer") as running:
        await running.press("2", "x")
        assert "Back up gama  – needs the role operator" in running.text
        await choose(running, "Back up")
        assert running.said[-1] == "Back up gama: needs the role operator"
        await running.press("x")
        await choose(running, "Open")
        assert (running.mode, running.app.tenant) == ("tenant", "gama")


async def test_all_rows_that_a_filter_shows_are_marked_together() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        running.app.run_command("filter", "hit<85")
        await running.press("x")
        await choose(running, "Mark all 2 rows")
        assert set(marked(running)) == {"beta", "gama"}


async def test_there_is_nothing_to_do_without_a_row() -> None:
    async with console(WIDE, Stage({}, []).update()) as running:
        await running.press("2", "space", "x")
        assert running.said[-1].endswith("there is no row")


async def test_columns_without_room_are_reached_sideways() -> None:
    async with console(NORMAL, Stage().update()) as running:
        await running.press("2")
        first = running.titles()
        hidden = sum(column.shown for column in running.table()._columns) - len(first)
        assert f"+{hidden}›" in running.text
        assert "sector" not in first
        for _press in range(20):
            await running.press("right")
            assert running.titles()[:2] == ["health", "tenant"], "these stay"
        assert running.titles()[-1] == "why"
        assert {"sector", "tier"} <= set(running.titles())
        assert "‹" in running.text
        assert "›" not in running.text
        assert all(name in running.text for name in ("alfa", "beta", "gama", "delta"))
        await running.tell(Stage().update())
        assert "sector" in running.titles(), "a refresh does not move the columns"
        await running.press(*(["h"] * 20))
        assert running.titles() == first


async def test_nothing_moves_sideways_where_all_columns_fit() -> None:
    async with console((240, 50), Stage().update()) as running:
        await running.press("2")
        first = running.titles()
        await running.press("right", "l")
        assert running.titles() == first
        assert "›" not in running.text
        assert "‹" not in running.text


async def test_figures_are_new_at_once_and_rows_move_when_they_settle(clock: Clock) -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        await running.press("2")
        running.app.run_command("sort", "hit")
        assert running.rows() == ["gama", "beta", "alfa", "delta"]
        widths = [place.width for place in running.table().placed]
        stage.hit_rates["delta"] = 1.5
        clock.advance(SETTLE / 2)
        await running.tell(stage.update())
        assert "1.5m" in running.text
        assert running.rows() == ["gama", "beta", "alfa", "delta"]
        clock.advance(SETTLE / 2)
        await running.tell(stage.update())
        assert running.rows() == ["delta", "gama", "beta", "alfa"]
        assert [place.width for place in running.table().placed] == widths


async def test_where_the_tenant_is_gone_the_cursor_goes_to_the_next_one() -> None:
    stage = Stage({f"t{number:03}": 90.0 for number in range(200)}, [])
    async with console(NORMAL, stage.update()) as running:
        await running.press("2")
        running.app.run_command("sort", "tenant")
        running.table().move_to("t150")
        await running.settle()
        for gone in (*range(20), 149, 150, 151):
            del stage.hit_rates[f"t{gone:03}"]
        await running.tell(stage.update())
        assert running.current() == "t152"
        assert "t152" in running.text


async def test_somebody_who_scrolled_away_is_not_called_back(clock: Clock) -> None:
    stage = Stage({f"t{number:03}": 90.0 for number in range(200)}, [])
    async with console(NORMAL, stage.update()) as running:
        await running.press("2")
        running.app.run_command("sort", "hit")
        running.table().scroll_to(y=100, animate=False)
        await running.settle()
        stage.hit_rates["t000"] = 99.0
        clock.advance(SETTLE)
        await running.tell(stage.update())
        assert running.current() == "t000"
        assert running.rows()[-1] == "t000"
        assert running.table().scroll_offset.y == 100


async def test_keys_are_live_while_very_many_rows_are_filtered() -> None:
    async with console(WIDE, platform(30_000)) as running:
        await running.press("2")
        view = running.app.screen
        assert isinstance(view, ListView)
        await ordered(view)
        running.app.run_command("filter", "re:_0[0-9]+7$")
        assert view._ordering.busy, "it takes longer than a key may wait"
        assert "sorting" in running.line("filter-line")
        assert len(running.rows()) == 30_000, "until it is done, the last one is shown"
        running.app.run_command("filter", "tenant_00007")
        await ordered(view)
        await running.settle()
        assert running.rows() == ["tenant_00007"], "the newest filter wins"
        assert AT_ONCE <= 0.05


async def test_tab_completes_and_goes_on() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "slash")
        entry = running.app.screen.query_one(Input)
        assert "health" in running.line("below")
        await running.type("s")
        await running.press("tab")
        assert entry.value == "sessions"
        await running.press("tab")
        assert entry.value == "sector"
        await running.press("shift+tab")
        assert entry.value == "sessions"
        entry.value = "health=cr"
        await running.press("tab", "enter")
        assert running.rows() == ["gama"]
        assert running.table().has_focus


async def test_the_likeliest_completion_is_seen_before_it_is_taken() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "slash")
        await running.type("hit<90 que")
        assert "hit<90 queue" in running.text
        assert running.app.screen.query_one(Input).value == "hit<90 que"


async def test_a_mistake_is_shown_below_its_place() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "slash")
        await running.type("hit<85 queue>abc")
        lines = running.text.splitlines()
        typed = next(index for index, text in enumerate(lines) if "queue>abc" in text and "/ hit" in text)
        assert lines[typed + 1].index("▲") == lines[typed].index("abc")
        assert "needs a number" in lines[typed + 1]


async def test_where_there_is_no_room_a_mistake_names_the_character() -> None:
    async with console(NARROW, Stage().update()) as running:
        await running.press("2", "slash")
        await running.type("tenant!=alfa tenant!=beta hit>x")
        assert "▲ character 31:" in running.text


async def test_an_expression_that_takes_too_long_is_told() -> None:
    async with console(WIDE, Stage({"a" * 5000 + "!": 90.0}, []).update()) as running:
        await running.press("2")
        running.app.run_command("filter", "re:^((a+)+)+[xy]$")
        await running.settle()
        assert "the expression takes too long" in running.line("filter-line")


async def test_a_tenant_with_blanks_in_its_name_finds_its_alerts() -> None:
    stage = Stage({"clinica norte": 40.0}, [])
    async with console(WIDE, stage.update(later(1))) as running:
        for screen in ("2", "3"):
            await running.press(screen, "a")
            assert running.mode == "alerts"
            assert 'tenant="clinica norte"' in running.line("filter-line")
            await running.press("escape")
