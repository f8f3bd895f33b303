"""Keys over modal screens: those of the configuration close them, too, and Ctrl+Z stops the console there as anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from kryonix_tui.config.schema import Ui
from kryonix_tui.tui.screens.confirm import Ask
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.screens.page import Reader
from kryonix_tui.tui.screens.proposal import Proposal
from kryonix_tui.view.cells import line
from tests.tui.console import WIDE, Console, console
from tests.tui.updates import Stage

KEYS = Ui(keys={"help": "F1,H", "quit": "X", "back": "backspace"})

DIALOGS: dict[str, Any] = {
    "Menu": lambda: Menu("title", [("a", "A"), ("b", "B")]),
    "Reader": lambda: Reader("title", lambda _width: [line("text")]),
    "Proposal": lambda: Proposal("title", [line("text")], 1),
    "Ask": lambda: Ask("question?"),
}


def in_front(running: Console) -> str:
    return type(running.app.screen).__name__


@pytest.mark.parametrize("key", ["f1", "H", "X", "backspace", "q", "escape"])
async def test_help_is_closed_by_the_key_that_opens_it(key: str) -> None:
    async with console(WIDE, Stage().update(), ui=KEYS) as running:
        await running.press("f1")
        assert in_front(running) == "Help"
        await running.press("question_mark")
        assert in_front(running) == "Help"
        await running.press(key)
        assert in_front(running) == "OverviewView"


async def test_in_a_search_the_key_is_a_letter() -> None:
    async with console(WIDE, Stage().update(), ui=KEYS) as running:
        await running.press("f1", "slash", "H")
        assert in_front(running) == "Help"
        assert running.app.screen.query_one("#search").value == "H"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["Menu", "Reader", "Proposal"])
async def test_what_leaves_the_console_and_goes_back_closes_what_lies_over_it(name: str) -> None:
    async with console(WIDE, Stage().update(), ui=KEYS) as running:
        for key in ("q", "escape", "X", "backspace"):
            await running.app.push_screen(DIALOGS[name]())
            assert in_front(running) == name
            await running.press(key)
            assert in_front(running) == "OverviewView", key


async def test_the_console_can_be_stopped_over_every_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(WIDE, Stage().update()) as running:
        stopped: list[str] = []
        monkeypatch.setattr(running.app, "action_suspend_process", lambda: stopped.append(in_front(running)))
        await running.press("question_mark", "ctrl+z", "slash", "ctrl+z", "escape", "escape")
        await running.press("ctrl+p", "ctrl+z", "escape")
        for made in DIALOGS.values():
            await running.app.push_screen(made())
            await running.press("ctrl+z", "escape")
        assert stopped == ["Help", "Help", "Palette", *DIALOGS]
