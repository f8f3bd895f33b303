"""The wall in a real terminal: it proves first, then shows; few keys do anything, and locked none."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from redis.exceptions import ResponseError

from tests.pty.conftest import fill
from tests.pty.terminal import Terminal
from tests.pty.walls import READS, foreign_calls, proven, server, wall
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


def test_the_line_that_it_prints_is_all_that_the_administrator_needs(redis: Server) -> None:
    with Terminal("wallboard", "--redis", redis.url, size=(120, 40)) as terminal:
        assert terminal.end() == 4
        (line,) = re.findall(rb"^\s*(ACL SETUSER .*?)\r?$", terminal.raw, re.MULTILINE)
    pasted = line.replace(b"PASSWORD", b"of-our-own") + b"\n"
    done = subprocess.run(["redis-cli", "-s", redis.socket], input=pasted, capture_output=True, timeout=10, check=True)
    assert done.stdout == b"OK\n"
    credential: dict[str, Any] = {
        "KRYONIX_REDIS_CREDENTIALS_MONITOR_USERNAME": "kx_mon",
        "KRYONIX_REDIS_CREDENTIALS_MONITOR_PASSWORD": "of-our-own",
    }
    with wall(redis, **credential) as terminal:
        terminal.until(lambda text: proven(text) and "(RESTORE is refused)" in text)
        terminal.press("q")
        assert terminal.end() == 0
    with redis.client() as client:
        client.execute_command("ACL", "SETUSER", "kx_mon", "+acl|dryrun")
    with wall(redis, **credential) as terminal:
        terminal.until(lambda text: proven(text) and "RESTORE" not in text)


def test_a_server_without_users_is_said_to_be_writable() -> None:
    with (
        Server(rename_command='ACL ""') as old,
        Terminal("wallboard", "--redis", old.url, size=(120, 40)) as terminal,
    ):
        assert terminal.end() == 4
        assert "Not read-only: the Redis user default could write: RESTORE" in terminal.text
        assert "Redis 5 has no users" in terminal.text


def test_a_server_that_says_nothing_proves_nothing() -> None:
    """Neither ACL DRYRUN, which this user may not ask, nor RESTORE, which the server does not have."""
    with Server(user=READS, rename_command='RESTORE ""') as mute:
        with wall(mute) as terminal:
            terminal.until(
                "the server does not say whether its user could write; --accept-writable-user shows the wall"
            )
            assert "NOT READ-ONLY" not in terminal.text
        with wall(mute, "--accept-writable-user") as terminal:
            terminal.until(lambda text: "READ-ONLY NOT PROVEN" in text and "Hit rate" in text)


@pytest.mark.parametrize(
    ("command", "counted"),
    [
        ("SET key value", "set"),
        ("KEYS nothing*", "keys"),
        ("HGETALL key", "hgetall"),
        ("SMEMBERS key", "smembers"),
        ("LRANGE key 0 -1", "lrange"),
        ("CONFIG GET maxmemory", "config|get"),
    ],
)
@pytest.mark.parametrize("refused", [False, True])
def test_what_is_no_read_of_ours_is_seen_in_the_servers_statistics(
    redis: Server, command: str, counted: str, *, refused: bool
) -> None:
    with redis.client() as client:
        client.execute_command("ACL", "SETUSER", "someone", "on", ">pw", "~*", "-@all" if refused else "+@all")
        client.config_resetstat()
        assert foreign_calls(redis) - {"info"} == set()
        with redis.client(username="someone", password="pw", protocol=2) as other, suppress(ResponseError):
            other.execute_command(*command.split())
        assert foreign_calls(redis) == {counted}
        client.execute_command("DEL", "key")


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
