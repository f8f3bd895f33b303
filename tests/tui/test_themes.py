"""Themes: all of ours load, a change repaints, and an unknown one in the configuration is no reason to stop."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.css.stylesheet import Stylesheet

from kryonix_tui.config.schema import Ui
from kryonix_tui.tui import themes
from kryonix_tui.tui.line_filters import ControlFilter
from tests.tui.console import WIDE, Console, console
from tests.tui.updates import Stage


def colours(running: Console) -> set[str]:
    """The colours on screen."""
    styles = [
        segment.style for strip in running.app.screen._compositor.render_strips() for segment in strip if segment.style
    ]
    return {style.color.name for style in styles if style.color} | {s.bgcolor.name for s in styles if s.bgcolor}


async def test_all_themes_load_and_a_change_repaints() -> None:
    async with console(WIDE, Stage().update()) as running:
        seen = []
        for theme in themes.THEMES:
            running.app.run_command("theme", theme.name)
            await running.settle()
            assert running.app.theme == theme.name
            error = running.app.get_css_variables()["error"].lower()
            assert error in colours(running), "a critical tenant is on screen"
            seen.append(frozenset(colours(running)))
        assert len(set(seen)) == len(themes.THEMES)


async def test_a_start_parses_the_styles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[Stylesheet] = []
    monkeypatch.setattr(Stylesheet, "reparse", again.append)
    async with console(WIDE, Stage().update()) as running:
        assert running.app.theme == themes.DEFAULT
        assert running.app.get_css_variables()["error"].lower() in colours(running)
    assert again == []


async def test_a_light_theme_is_light_from_the_start() -> None:
    async with console(WIDE, Stage().update(), ui=Ui(theme="kryonix-light")) as running:
        assert running.app.has_class("-light-mode")
        assert not running.app.has_class("-dark-mode")
        assert {running.app.get_css_variables()[name].lower() for name in ("error", "background")} <= colours(running)


async def test_the_theme_menu() -> None:
    async with console(WIDE, Stage().update()) as running:
        running.app.run_command("theme")
        await running.settle()
        await running.press("j", "enter")
        assert running.app.theme == "kryonix-light"
        running.app.run_command("theme")
        await running.settle()
        await running.press("escape")
        assert running.app.theme == "kryonix-light"


async def test_the_configured_theme_and_one_that_does_not_exist() -> None:
    async with console(WIDE, ui=Ui(theme="nord")) as running:
        assert running.app.theme == "nord"
    async with console(WIDE, ui=Ui(theme="no-such-theme")) as running:
        await running.settle()
        assert running.app.theme == themes.DEFAULT
        assert any("no-such-theme" in note for note in running.said)


def test_the_second_net_stops_control_characters() -> None:
    segments = [Segment("fine"), Segment("a\x1b[2Jb\x9bc"), Segment("", None, [(1,)])]  # type: ignore[list-item]
    passed = ControlFilter().apply(segments, Color.parse("black"))
    assert [segment.text for segment in passed] == ["fine", "a␛[2Jb\\x9bc", ""]
    assert passed[2].control
