"""Keys that are typed in one breath, before a dialog came or went."""

from __future__ import annotations

from textual import events
from textual.command import CommandList

from kryonix_tui.tui.screens.menu import Menu
from tests.tui.console import WIDE, Console, console
from tests.tui.updates import Stage


def breathe(running: Console, *keys: str) -> None:
    """Type keys while nothing else has its turn."""
    for key in keys:
        running.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_a_dialog_that_is_answered_twice_in_a_breath_is_answered_once() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "s")
        under = running.app.screen_stack[0]
        breathe(running, "enter", "enter")
        await running.settle()
        assert running.app.screen_stack == [under]
        await running.press("s", "enter")
        assert running.app.screen is under


async def test_no_screen_goes_from_under_a_dialog_that_has_just_come() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        running.app.run_command("sort")
        assert isinstance(running.app.screen, Menu)
        running.app.run_command("last")
        running.app.run_command("databases")
        await running.settle()
        assert running.mode == "tenants"
        await running.press("enter")
        assert running.app.screen_stack == [running.app.screen]


async def test_a_palette_that_is_answered_twice_in_a_breath_is_answered_once() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "ctrl+p", "n", "down", "down")
        breathe(running, "backspace", "enter", "enter")
        await running.settle()
        await running.press("escape", "escape", "1")
        assert running.mode == "overview"


async def test_a_palette_has_no_pages_before_its_list_is_laid_out() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "ctrl+p", "n")
        running.app.screen.query_one(CommandList).styles.height = 0
        await running.press("e", "down", "pagedown", "pageup", "escape")
        assert running.mode == "tenants"
