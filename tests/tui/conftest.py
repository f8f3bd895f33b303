"""The console in tests remembers nothing of other runs, and its clock stands still unless a test moves it.

The pilot goes on as soon as the console is at rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kryonix_tui.clock import Instant
from kryonix_tui.i18n import use_language
from tests.tui.rest import watch_rest
from tests.tui.updates import START, later


class Clock:
    """What the console takes for the present."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> Instant:
        """As `clock.now`."""
        return self.moment

    def advance(self, seconds: float) -> Instant:
        """Let time pass, and return the present."""
        self.moment = later(seconds, self.moment)
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still at START."""
    stopped = Clock()
    for place in ("app.now", "view.clock", "starting.now"):
        monkeypatch.setattr(f"kryonix_tui.tui.{place}", stopped)
    return stopped


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: Clock) -> Iterator[None]:
    watch_rest(monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("NO_COLOR", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    use_language("en")
    yield
    use_language("en")
