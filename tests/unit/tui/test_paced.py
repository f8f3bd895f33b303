"""Who leaves a terminal leaves no answer on its way: a shell would take it for something typed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.driver import Driver
from textual.message import Message

from kryonix_tui.tui import paced
from kryonix_tui.tui.paced import ASK, PacedDriver


class Platform(Driver):
    """Stands for Textual's driver, and for the loop: what it is told to call is called when the program gets to it."""

    def __init__(self) -> None:
        self.written = list[str]()
        self.later = list[Callable[[], object]]()
        self._app: Any = object()
        self._loop: Any = self

    def call_soon_threadsafe(self, call: Callable[..., object], *given: object) -> None:
        """Call it later."""
        self.later.append(lambda: call(*given))

    def start_application_mode(self) -> None:
        """Begin."""

    def disable_input(self) -> None:
        """Hear nothing more."""

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self.write("left")

    def write(self, data: str) -> None:
        """Send."""
        self.written.append(data)

    def process_message(self, message: Message) -> None:
        """Take what is no answer."""
        raise AssertionError(message)


@pytest.mark.parametrize("answered", [False, True], ids=["nothing yet", "before"])
def test_no_answer_is_left_for_the_shell(answered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    driver: Any = type("Paced", (PacedDriver, Platform), {"threaded": False})()
    driver.start_application_mode()
    if answered:
        driver.process_message(events.CursorPosition(1, 0))
        driver.later.pop()()
        driver.ask()
    asked = driver.written.count(ASK)
    heard = list[bool]()

    def wait(_seconds: float) -> None:
        heard.append("left" not in driver.written)
        driver.process_message(events.CursorPosition(1, 0))

    monkeypatch.setattr(time, "sleep", wait)
    driver.stop_application_mode()
    assert heard == [True], "it waits for the answer, and no longer"
    for call in driver.later:
        call()
    assert driver.written.count(ASK) == asked, "and asks nothing more"


def test_a_terminal_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    driver: Any = type("Paced", (PacedDriver, Platform), {"threaded": False})()
    driver.start_application_mode()
    driver._asked_at -= paced.FAREWELL
    monkeypatch.setattr(time, "sleep", pytest.fail)
    driver.stop_application_mode()
    assert driver.written[-1] == "left"
