"""The first start in a terminal says three keys, once; what was chosen there is remembered."""

from __future__ import annotations

import json
from pathlib import Path

from tests.pty.terminal import Terminal

NOBODY = ("--redis", "redis://127.0.0.1:1", "--read-only")
HINT = "Three keys to begin with"
WHITE = b"48;2;255;255;255"


def overview(**options: object) -> Terminal:
    """A console without a server."""
    terminal = Terminal(*NOBODY, **options)  # type: ignore[arg-type]
    terminal.until("Overview")
    return terminal


def test_three_keys_are_said_once_and_the_theme_is_remembered(home: Path) -> None:
    state = home / ".local" / "state" / "kryonix" / "tui.json"
    with overview() as terminal:
        terminal.until(lambda text: HINT in text and "? help   : command   / filter" in text)
        terminal.press(":theme kryonix-light", "enter")
        terminal.until(lambda _text: WHITE in terminal.raw)
        terminal.press("q")
        assert terminal.end() == 0
    assert json.loads(state.read_text()) == {"said": ["three keys"], "theme": "kryonix-light"}
    assert state.stat().st_mode & 0o777 == 0o600
    with overview() as terminal:
        terminal.press("2")
        terminal.until("Tenants")
        terminal.until(lambda _text: WHITE in terminal.raw)
        assert HINT.encode() not in terminal.raw
        terminal.press("q")
        assert terminal.end() == 0


def test_a_folder_that_cannot_be_written_is_no_matter(home: Path) -> None:
    (home / ".local").write_text("a file, no folder")
    with overview(size=(50, 30)) as terminal:
        terminal.press(":theme kryonix-light", "enter")
        terminal.until(lambda _text: WHITE in terminal.raw)
        assert HINT.encode() not in terminal.raw
        terminal.press("q")
        assert terminal.end() == 0
