"""Every screen draws in every size, whatever is known; and the three layouts really differ."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult

from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.screens import MODES
from kryonix_tui.tui.widgets.scrolling import Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.tui.widgets.toned import cut_front
from kryonix_tui.view.cells import line
from tests.tui.console import NARROW, NORMAL, TINY, WIDE, Console, console
from tests.tui.updates import HIT_RATES, START, Stage, failing, states


async def visit(running: Console) -> None:
    """Show every screen."""
    for name in MODES:
        running.app.navigation.go(name)
        await running.settle()
        assert running.mode == name
        assert running.text.strip(), name


SITUATIONS = {
    "all is there": Stage().update(),
    "no tenant": Stage({}, []).update(),
    "all sources fail": Stage().update(sources=states(START, *(failing(name) for name in SourceName))),
}


@pytest.mark.parametrize("size", [NORMAL, TINY], ids=str)
async def test_every_screen_draws_whatever_is_known(size: tuple[int, int]) -> None:
    async with console(size) as running:
        await visit(running)
        for update in SITUATIONS.values():
            await running.tell(update)
            await visit(running)
        await running.press("4", "enter", "escape", "6", "enter", "escape", "question_mark", "escape", "ctrl+p")


async def test_first_paint_needs_no_answer() -> None:
    async with console(NORMAL) as running:
        assert "waiting" in running.text
        await running.press("2")
        assert "looking for tenants" in running.text
        await running.press("6")
        assert "no answer yet" in running.text


async def test_what_is_not_configured_says_so() -> None:
    from kryonix_tui.config.schema import HttpServer

    nowhere = HttpServer()
    async with console(WIDE, prometheus=nowhere, alertmanager=nowhere) as running:
        assert "not configured" in running.text
        await running.press("6")
        assert "alertmanager.url" in running.text


async def test_tenants_have_fewer_columns_where_there_is_less_room() -> None:
    shown = {}
    for size in (WIDE, NORMAL, NARROW):
        async with console(size, Stage().update()) as running:
            await running.press("2")
            shown[size] = running.titles()
            assert running.app.screen.query_one("#row-why").display is (size == NARROW)
            assert all(tenant in running.text for tenant in HIT_RATES)
    assert {"sector", "trend", "databases", "why"} <= set(shown[WIDE])
    assert set(shown[NARROW]) < set(shown[NORMAL]) < set(shown[WIDE])
    assert {"health", "tenant", "hit"} <= set(shown[NARROW])


async def test_overview_has_three_layouts() -> None:
    regions: dict[str, dict[str, Any]] = {}
    for name, size in (("wide", WIDE), ("normal", NORMAL), ("narrow", NARROW)):
        async with console(size, Stage().update()) as running:
            screen = running.app.screen
            regions[name] = {
                widget: screen.query_one(f"#{widget}").region if screen.query_one(f"#{widget}").display else None
                for widget in ("attention", "feed", "charts", "tile-tenants")
            }
            assert f"-{name}" in screen.classes
    wide, normal, narrow = regions["wide"], regions["normal"], regions["narrow"]
    assert wide["attention"].y == wide["feed"].y, "side by side"
    assert narrow["attention"].y < narrow["feed"].y, "one below the other"
    assert wide["charts"] is not None
    assert normal["charts"] is None
    assert narrow["charts"] is None
    assert (wide["tile-tenants"].height, narrow["tile-tenants"].height) == (3, 1)


async def test_the_layout_follows_the_terminal() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        wide = running.titles()
        await running.resize(*NARROW)
        assert "-narrow" in running.app.screen.classes
        assert len(running.titles()) < len(wide)
        await running.resize(*WIDE)
        assert running.titles() == wide


async def test_alerts_show_the_detail_beside_the_list_only_where_there_is_room() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("6")
        assert running.app.screen.query_one("#detail").display
        assert "QueueBacklog of gama" in running.line("detail")
        await running.resize(*NORMAL)
        assert not running.app.screen.query_one("#detail").display
        await running.press("enter")
        assert running.app.screen.query_one("#detail").display
        assert "Labels" in running.text
        await running.press("escape")
        assert not running.app.screen.query_one("#detail").display


@pytest.mark.parametrize("size", [NORMAL, NARROW])
async def test_hints_are_never_cut(size: tuple[int, int]) -> None:
    async with console(size, Stage().update()) as running:
        for name in MODES:
            running.app.run_command(name)
            await running.settle()
            hints = running.text.splitlines()[-1]
            assert "…" not in hints, name
            assert "? help" in hints, name
            assert "q quit" in hints, name


@pytest.mark.parametrize("size", [NORMAL, NARROW])
async def test_columns_that_stay_fit(size: tuple[int, int]) -> None:
    async with console(size, Stage().update()) as running:
        for table in running.app.screen.query(Table):
            placed = table.placed
            assert sum(place.width for place in placed) + len(placed) - 1 <= table.scrollable_content_region.width


async def test_a_terminal_too_small_gets_a_notice_until_it_grows() -> None:
    async with console(TINY, Stage().update()) as running:
        for name in MODES:
            running.app.run_command(name)
            await running.settle()
            assert "40 x 12" in running.text
            assert "30 x 8" in running.text
            assert "gama" not in running.text
        await running.resize(40, 12)
        assert "too small" not in running.text
        await running.resize(39, 12)
        assert "too small" in running.text
        await running.resize(80, 11)
        assert "too small" in running.text
        await running.resize(*NORMAL)
        assert "too small" not in running.text
        await running.press("1")
        assert "gama" in running.text


async def test_what_says_that_columns_are_hidden_covers_no_title() -> None:
    async with console(NARROW, Stage().update()) as running:
        for name in ("tenants", "databases", "queues", "alerts", "silences"):
            running.app.navigation.go(name)
            await running.settle()
            table = running.table()
            titles = table.render_line(0).text
            assert titles.rstrip().endswith("›"), name
            for place in table.placed:
                assert table._title(place).rstrip("▲▼") in titles, name


def test_keys_that_begin_alike_are_told_apart_by_their_ends() -> None:
    assert cut_front("tenant:alfa:mobile:session:7f", 12) == "…:session:7f"
    assert cut_front("short", 12) == "short       "
    assert cut_front("会議室の予約", 6) == "…予約 "


async def test_why_a_tenant_is_not_well_stands_before_ages_and_charts() -> None:
    for size in (NORMAL, NARROW):
        async with console(size, Stage().update()) as running:
            running.app.navigation.open_tenant("gama")
            await running.settle()
            text = running.line("heading")
            assert text.index("hit rate 40") < text.index("facts")
            assert running.app.screen.query_one("#heading").max_scroll_y == 0, "none of it is scrolled away"


async def test_alerts_have_a_place_beside_tenants_on_80_columns_too() -> None:
    async with console(NORMAL, Stage().update()) as running:
        assert "QueueBacklog" in running.text
        assert "gama" in running.text
        assert "…" not in "".join(running.line(f"tile-{name}") for name in ("tenants", "sessions", "alerts", "memory"))


async def test_lines_are_broken_beside_a_scrollbar() -> None:
    class Pages(App[None]):
        def compose(self) -> ComposeResult:
            yield Text(wrap=True, id="text")

    app = Pages()
    async with app.run_test(size=(30, 6)) as pilot:
        text = app.query_one(Text)
        text.styles.height = 6
        text.show([line("word " * 60)])
        for _round in range(4):
            await pilot.pause()
        assert text.show_vertical_scrollbar
        assert all("…" not in text.render_line(y).text for y in range(6))
