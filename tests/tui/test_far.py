"""Over SSH nothing moves without need, unless somebody asks for it."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.tui.console import WIDE, console
from tests.tui.updates import Stage


@pytest.mark.parametrize(
    ("environment", "still"),
    [
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, True),
        ({"SSH_TTY": "/dev/pts/1"}, True),
        ({"SSH_TTY": "/dev/pts/1", "TEXTUAL_ANIMATIONS": "full"}, False),
        ({}, False),
    ],
)
async def test_no_animation_over_ssh(environment: dict[str, str], still: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_TTY", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with console(WIDE, Stage().update()) as running:
        assert (running.app.animation_level == "none") == still
        await running.press(":")
        entry = running.app.focused
        assert isinstance(entry, Input)
        assert entry.cursor_blink == (not environment)
