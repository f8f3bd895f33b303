"""One registry feeds keys, prompt, palette and help; whatever it names can be carried out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import cast

import pytest
from textual.events import Key
from textual.widgets import Input

from kryonix_tui.config.schema import Ui
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.commands import COMMANDS, Command, Scope
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.palette import RegistryCommands
from kryonix_tui.tui.screens import MODES, view_class
from kryonix_tui.tui.widgets.prompt import LONGEST, Prompt
from kryonix_tui.tui.widgets.scrolling import Page, Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view.screens import screen_names
from tests.tui.console import WIDE, FakeMonitor, console, loaded
from tests.tui.updates import Stage

CARRIED_OUT = [command for command in COMMANDS if command.scope is not Scope.LIST]
SCREENS = [command for command in COMMANDS if command.scope is Scope.SCREENS]


@pytest.fixture(scope="module")
def features() -> list[type]:
    """The features of a console."""
    return [type(part) for part in ConsoleApp(loaded(), lambda: cast("Monitor", FakeMonitor())).parts]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_somebody_carries_it_out(command: Command, features: list[type]) -> None:
    if command.scope is Scope.LIST:
        assert all(hasattr(widget, f"action_{command.name}") for widget in (Table, Page, Text))
    else:
        places = (ConsoleApp, *features, ListView, *map(view_class, MODES))
        methods = [getattr(place, f"command_{command.name}", None) for place in places]
        assert any(methods)
        for method in filter(None, methods):
            takes = len(inspect.signature(method).parameters) > 1
            # The tenant screen copies its own tenant and so on: what takes no arguments is called without any.
            assert takes is bool(command.arguments)


def test_no_two_commands_share_a_key() -> None:
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))


def test_what_is_dangerous_or_needs_a_credential_exists_for_operators_only() -> None:
    assert [c.name for c in COMMANDS if (c.danger or c.credential) and not c.operator] == []


@pytest.mark.parametrize("changes", [{"read_only": True}, {"role": "viewer"}, {"role": "operator", "read_only": True}])
async def test_readers_see_who_they_are(changes: dict[str, object]) -> None:
    async with console(WIDE, Stage().update(), **changes) as running:
        expected = "read-only" if "read_only" in changes else "viewer"
        assert expected in running.line("status")


async def test_screens_by_key_and_by_name() -> None:
    async with console(WIDE, Stage().update()) as running:
        for command in SCREENS:
            await running.press(command.keys[0])
            assert running.mode == command.name
        for command in SCREENS:
            await running.enter_command(command.name)
            assert running.mode == command.name


async def test_a_name_may_be_shortened_and_take_an_argument() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.enter_command("tenant beta")
        assert (running.mode, running.app.tenant) == ("tenant", "beta")
        await running.enter_command("data 11")
        assert (running.mode, running.current()) == ("databases", "11")
        assert running.table("inside").has_focus


async def test_an_unknown_name_stays_in_the_prompt_with_its_mistake() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.enter_command("nonsense")
        assert "no command nonsense" in running.text
        assert running.app.screen.query_one(Prompt).is_open
        await running.press("escape")
        assert not running.app.screen.query_one(Prompt).is_open


async def test_an_unknown_tenant_is_said() -> None:
    async with console(WIDE, Stage().update()) as running:
        running.app.run_command("tenant", "nobody")
        await running.settle()
        assert running.said == ["there is no tenant nobody"]
        assert running.mode == "overview"


async def test_what_cannot_be_done_now_says_why() -> None:
    async with console(WIDE) as running:
        await running.press("3")
        assert running.mode == "overview"
        assert running.said == ["One tenant, everything: no tenant has been found yet"]
        await running.press("s")
        assert running.said[-1] == "Sort by a column: not on this screen"


async def test_the_palette_lists_every_command() -> None:
    async with console(WIDE, Stage().update()) as running:
        provider = RegistryCommands(running.app.screen)
        offered = [hit async for hit in provider.discover()]
        screens = [f":screen {name}" for name in screen_names()]
        commands = [(hit.help or "").split("  ")[0] for hit in offered]
        assert commands == [*(f":{command.name}" for command in CARRIED_OUT), *screens]
        found = [hit async for hit in provider.search("alerts")]
        assert any("Alerts and their details" in str(hit.text) for hit in found)


async def test_the_palette_carries_out() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("ctrl+p")
        assert running.app.screen.query_one(Input).has_focus
        await running.type("redis server")
        await running.press("enter", "enter")
        assert running.mode == "server"


async def test_keys_are_rebound_by_the_configuration() -> None:
    async with console(WIDE, Stage().update(), ui=Ui(keys={"pause": "f9", "tenants": "T,ctrl+t"})) as running:
        held: list[bool] = []
        for key in ("p", "f9"):
            await running.press(key)
            held.append(running.app.paused)
        assert held == [False, True]
        await running.press("T")
        assert running.mode == "tenants"
        assert "F9 pause" in running.line("hints")
        assert "T Tenants" in running.line("hints")


async def test_every_key_does_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Press the key of every command on the tenants screen; `effects` says what must be seen then."""
    async with console(WIDE, Stage().update()) as running:
        app = running.app
        stopped: list[bool] = []
        monkeypatch.setattr(app, "action_suspend_process", lambda: stopped.append(True))
        effects: dict[str, Callable[[], bool]] = {
            "slash": lambda: app.screen.query_one(Prompt).sign == "/",
            "colon": lambda: app.screen.query_one(Prompt).sign == ":",
            "s": lambda: type(app.screen).__name__ == "Menu",
            "question_mark": lambda: type(app.screen).__name__ == "Help",
            "less_than_sign": lambda: app.screen._sort[0] == "why",  # type: ignore[attr-defined]
            "greater_than_sign": lambda: app.screen._sort[0] == "health",  # type: ignore[attr-defined]
            "r": lambda: app.screen._sort == ("health", False),  # type: ignore[attr-defined]
            "f5": lambda: running.monitor.refreshed == 1,
            "ctrl+r": lambda: running.monitor.refreshed == 2,
            "ctrl+z": lambda: stopped == [True],
            "c": lambda: app.clipboard == "gama" and "sent to the clipboard: gama" in running.said,
            "t": lambda: (running.mode, app.tenant) == ("tenant", "gama"),
        }
        await running.press("2")
        for key, happened in effects.items():
            await running.press(key)
            assert happened(), key
            if key in ("slash", "colon", "s", "question_mark"):
                await running.press("escape")


async def test_q_leaves_with_code_0() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.pilot.press("q")
        assert running.app.return_code == 0
        assert not running.app._exception


async def test_what_breaks_while_it_ends_is_no_defect() -> None:
    async with console(WIDE, Stage().update()) as running:
        app = running.app
        app.call_next(app.query_one, "#gone-already")
        app.exit(0)
        await running.pilot.pause()
        assert app.return_code == 0
        assert not app._exception


@pytest.mark.parametrize("typed", [":tenant beta\r2/gam", ":ten\t be\t\r2/gam", ":nix\t\x1b2/gam"])
async def test_what_is_typed_in_one_breath_goes_where_it_belongs(typed: str) -> None:
    names = {"\r": "enter", "\t": "tab", "\x1b": "escape", " ": "space", ":": "colon", "/": "slash"}
    async with console(WIDE, Stage().update()) as running:
        for sign in typed:
            running.app.post_message(Key(names.get(sign, sign), sign))
        await running.settle()
        assert (running.mode, running.rows()) == ("tenants", ["gama"])
        assert running.app.screen.query_one(Input).value == "gam"
        assert running.app.tenant == ("beta" if "\r" in typed else None)


async def test_a_prompt_that_nobody_can_see_is_left() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "colon", "x")
        await running.resize(30, 8)
        await running.pilot.press("q")
        assert running.app.return_code == 0


async def test_a_key_that_is_held_down_fills_the_line_and_no_more() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("colon")
        for _time in range(2 * LONGEST):
            running.app.post_message(Key("x", "x"))
        await running.settle()
        assert len(running.app.screen.query_one(Input).value) == LONGEST
