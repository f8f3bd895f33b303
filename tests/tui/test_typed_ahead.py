"""Keys that were typed ahead are worked off one after the other, and nothing else has to wait until all are."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Key

from tests.tui.console import WIDE, console
from tests.tui.updates import Stage

TYPED = 40


async def test_what_the_loop_has_to_do_comes_between_two_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a signal that stops the console does."""
    async with console(WIDE, Stage().update()) as running:
        done: list[str] = []
        meanwhile: list[int] = []

        def command(name: str) -> None:
            if not done:
                asyncio.get_running_loop().call_soon(lambda: meanwhile.append(len(done)))
            done.append(name)

        monkeypatch.setattr(running.app, "action_suspend_process", lambda: command("suspend"))
        for _ in range(TYPED):
            running.app.post_message(Key("ctrl+z", None))
        await running.settle()
        assert len(done) == TYPED
        (worked_off,) = meanwhile
        assert worked_off < TYPED / 2
