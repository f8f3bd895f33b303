"""Pages and details that are longer than the screen can be read to their end, with the keys of lists."""

from __future__ import annotations

from kryonix_tui.tui.widgets.scrolling import Page
from tests.tui.console import NORMAL, WIDE, console
from tests.tui.updates import Stage, alert


async def test_the_server_page_moves_with_the_keys_of_lists() -> None:
    async with console(NORMAL, Stage().update()) as running:
        await running.press("8")
        page = running.app.screen.query_one("#page")
        assert page.has_focus
        await running.press("j", "j", "k")
        assert page.scroll_offset.y == 1
        await running.press("G")
        bottom = page.scroll_offset.y
        assert bottom == page.max_scroll_y > 1
        await running.press("ctrl+u", "g")
        assert page.scroll_offset.y == 0
        await running.press("ctrl+d")
        assert 1 < page.scroll_offset.y <= bottom


async def test_keys_in_one_breath_move_a_page_as_far_as_each_by_itself() -> None:
    async with console(NORMAL, Stage().update()) as running:
        await running.press("8")
        page = running.app.screen.query_one("#page", Page)
        page.action_down()
        page.action_down()
        assert page.scroll_offset.y == 2
        page.action_last_row()
        page.action_up()
        assert page.scroll_offset.y == page.max_scroll_y - 1
        page.action_first()
        page.action_down()
        await running.settle()
        assert page.scroll_offset.y == 1


async def test_a_long_detail_can_be_read_where_it_stands_alone() -> None:
    labels = {f"label_{number:02}": "x" * 60 for number in range(40)}
    async with console(NORMAL, Stage(alerts=[alert("Long", "gama", labels=labels)]).update()) as running:
        await running.press("6", "enter")
        assert "label_39" not in running.text
        await running.press("G")
        assert "summary" in running.text
        await running.press("enter")
        assert running.mode == "tenant"
        assert running.app.tenant == "gama"


async def test_leaving_the_detail_gives_the_keys_back_to_the_list() -> None:
    async with console(NORMAL, Stage().update()) as running:
        await running.press("6", "enter", "escape", "j")
        assert running.table().has_focus
        assert running.current() == "alertmanager/CacheHitRateLow-beta"


async def test_help_is_wrapped_beside_its_scrollbar() -> None:
    async with console((50, 30), Stage().update()) as running:
        await running.press("question_mark")
        box = running.app.screen.query_one(".dialog").region
        inside = [line[box.x : box.right] for line in running.text.splitlines()[box.y : box.bottom]]
        assert "Columns that are hidden on the left" in "".join(inside)
        assert "…" not in "".join(inside)


async def test_help_is_searched() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("question_mark", "slash")
        await running.type("reverse")
        assert "Reverse the order" in running.text
        assert "Leave the console" not in running.text
        await running.press("escape")
        assert running.mode == "overview"
        assert "Reverse the order" not in running.text


async def test_the_heading_and_panels_of_a_tenant_scroll() -> None:
    async with console((50, 20), Stage().update()) as running:
        running.app.navigation.open_tenant("gama")
        await running.settle()
        panels = running.app.screen.query_one("#panels")
        await running.press("G")
        assert panels.scroll_offset.y == panels.max_scroll_y > 0
