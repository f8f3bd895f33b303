"""The wall in a real terminal: it proves first, then shows; few keys do anything, and locked none."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.pty.conftest import fill
from tests.pty.terminal import Terminal
from tests.pty.walls import proven, server, wall
from tests.servers import Server, free_port


@pytest.fixture(scope="module")
def redis() -> Iterator[Server]:
    """Three tenants, and a user that reads."""
    with server() as running:
        fill(running)
        yield running


def test_a_user_that_could_write_gets_no_wall(redis: Server) -> None:
    with Terminal("wallboard", "--redis", redis.url, size=(120, 40)) as terminal:
        assert terminal.end() == 4
        text = terminal.text
    assert "Not read-only: the Redis user default could write: " in text
    assert "ACL SETUSER kx_mon reset" in text
    assert "hint: --accept-writable-user" in text
    assert "Hit rate" not in text


def test_unless_that_is_accepted(redis: Server) -> None:
    with Terminal("wallboard", "--redis", redis.url, "--accept-writable-user", size=(120, 40)) as terminal:
        terminal.until("NOT READ-ONLY: the Redis user default could write (accepted)")
        terminal.press("q")
        assert terminal.end() == 0


def test_it_goes_on_and_back_and_quits(redis: Server) -> None:
    with wall(redis, size=(80, 24)) as terminal:
        terminal.until(lambda text: proven(text) and "✖ gama" in text)
        terminal.press("n")
        terminal.until("Overview 1/2")
        terminal.press("n")
        terminal.until("Hit rate over time")
        terminal.press("p")
        terminal.until("Overview 1/2")
        terminal.resize(50, 30)
        terminal.until("Overview 1/3")
        terminal.press("?", ":", "x", "7", "\x10", "\x1a")
        terminal.until(proven)
        assert "Overview" in terminal.text
        terminal.press("q")
        assert terminal.end() == 0


def test_locked_only_a_signal_ends_it(redis: Server) -> None:
    with wall(redis, "--lock") as terminal:
        terminal.until(proven)
        terminal.press("q", "\x11", "\x03")
        terminal.until("This wall is locked. To end it: kill ")
        terminal.signal(signal.SIGINT)
        terminal.press("n")
        terminal.until(proven)
        terminal.signal(signal.SIGTERM)
        assert terminal.end() == 0


def test_a_server_that_comes_later_is_waited_for_and_nothing_shown_before() -> None:
    with server() as late:
        late.stop()
        with wall(late) as terminal:
            terminal.until("Proving that this wall cannot write")
            terminal.until("nobody listens")
            assert "Hit rate" not in terminal.text
            late.start()
            terminal.until(proven)
            terminal.until(lambda text: "╭─ Latency" in text and "█" in text)
            terminal.press("\x03")
            assert terminal.end() == 0


def test_a_mistake_in_the_rotation_is_told_before_anything_starts() -> None:
    nobody = f"redis://127.0.0.1:{free_port()}"
    screens = {"KRYONIX_WALLBOARD_SCREENS": '[{"screen": "overveiw"}]'}
    with Terminal("wallboard", "--redis", nobody, size=(120, 40), environment=screens) as terminal:
        assert terminal.end() == 2
        assert "wallboard.screens[0].screen: there is no screen overveiw" in terminal.text
