"""Names and values that want to be more than text: nothing of them acts, and every screen still draws."""

from __future__ import annotations

from typing import Any

import pytest
from textual.screen import Screen

from kryonix_tui.model.alert import Severity
from tests.tui.console import NARROW, WIDE, console
from tests.tui.updates import Stage, alert

HOSTILE = {
    "escape": "\x1b]52;c;aGFjaw==\x07 \x1b[2J\x1b[31mred",
    "markup": "[/foo] [@click=app.quit]x[/] [bold",
    "override": "gro\u202egnp.exe",
    "long": "x" * 10_000,
    "nothing": "",
    "not text": "caf\udce9 \x00\x9b31m",
    "wide": "日本語" * 50 + "\u0300" * 60,
}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_hostile_names_are_only_shown(size: tuple[int, int]) -> None:
    alerts = [
        alert(name, name, Severity.CRITICAL, {"instance": name, "[/foo]": name, name: "x"}) for name in HOSTILE.values()
    ]
    async with console(size, Stage(dict.fromkeys(HOSTILE.values(), 40.0), alerts).update()) as running:
        for key in "12468":
            await running.press(key, "enter")
            assert_printable(running.app.screen)
            await running.press("escape")
        for name in HOSTILE.values():
            running.app.navigation.open_tenant(name)
            running.app.run_command("copy")
            running.app.run_command("tenant", name + "?")
            await running.settle()
            assert_printable(running.app.screen)
            assert running.app.clipboard.isprintable()
            running.app.navigation.open_alerts_of(name)
            await running.settle()
            assert_printable(running.app.screen)
            assert running.said
            assert all(note.isprintable() for note in running.said)


def assert_printable(screen: Screen[Any]) -> None:
    """Every line on screen is printable, and exactly as wide as the screen."""
    for strip in screen._compositor.render_strips():
        assert strip.text.isprintable(), ascii(strip.text)
        assert strip.cell_length == screen.size.width


async def test_markup_in_notes_and_the_prompt_is_text() -> None:
    async with console(WIDE, Stage({"[/foo]": 40.0}).update()) as running:
        running.app.run_command("tenant", "[/bar][bold")
        running.app.run_command("theme", "")
        await running.press("escape", "colon")
        await running.type("[/x]")
        await running.press("enter")
        assert "[/x]" in running.text
        assert any("[/bar][bold" in note for note in running.said)
