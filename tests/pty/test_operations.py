"""Backups and restores with somebody at the keyboard: what is asked, what must be typed, and how it is stopped."""

from __future__ import annotations

from pathlib import Path

from tests.pty.terminal import Terminal
from tests.servers import Server


def kryonix(server: Server, *arguments: str) -> Terminal:
    return Terminal(*arguments, "--redis", server.url, "--role", "operator", size=(140, 50))


def archives(home: Path) -> list[Path]:
    return sorted(home.glob("**/backups/*.tar"))


def test_a_backup_asks_first(platform: Server, home: Path) -> None:
    with kryonix(platform, "backup", "create") as terminal:
        terminal.until("Go on?")
        assert "not be encrypted" in terminal.text
        terminal.press("n", "enter")
        assert terminal.end() == 4
    assert archives(home) == []
    with kryonix(platform, "backup", "create") as terminal:
        terminal.until("Go on?")
        terminal.press("y", "enter")
        terminal.until("done")
        assert terminal.end() == 0
    assert len(archives(home)) == 1


def test_overwriting_asks_for_the_name(platform: Server, home: Path) -> None:
    with kryonix(platform, "backup", "create", "--tenant", "alfa", "--yes") as terminal:
        assert terminal.end() == 0
    (archive,) = archives(home)
    key = "tenant:alfa:mobile:session:1"
    platform.client().hset(key, "platform", "android")
    restore = ("restore", str(archive), "--policy", "replace")
    wanted = f"127.0.0.1:{platform.port}/alfa"
    with kryonix(platform, *restore) as terminal:
        terminal.until(f"Type {wanted}")
        terminal.press("alfa", "enter")
        assert terminal.end() == 4
    assert platform.client().hget(key, "platform") == b"android"
    with kryonix(platform, *restore) as terminal:
        terminal.until(f"Type {wanted}")
        terminal.press(wanted, "enter")
        assert terminal.end() == 0
    assert platform.client().hget(key, "platform") == b"ios"


def test_ctrl_c_at_the_question_changes_nothing(platform: Server, home: Path) -> None:
    with kryonix(platform, "backup", "create") as terminal:
        terminal.until("Go on?")
        terminal.press("\x03")
        assert terminal.end() == 130
    assert archives(home) == []


def test_ctrl_c_stops_before_the_next_batch_and_twice_at_once(platform: Server, home: Path) -> None:
    with kryonix(platform, "backup", "create", "--yes") as terminal:
        assert terminal.end() == 0
    (archive,) = archives(home)
    platform.client().flushall()
    for presses in (1, 2):
        with kryonix(platform, "restore", str(archive)) as terminal:
            terminal.until("Go on?")
            pausing(platform)
            terminal.press("y", "enter")
            for _press in range(presses):
                waiting(platform)
                terminal.press("\x03")
                terminal.until("stopping before the next batch")
            if presses == 1:
                platform.client().client_unpause()
            assert terminal.end() == (1 if presses == 1 else 130)
        platform.client().client_unpause()
        platform.client().delete("kryonix:lock:maintenance")
        assert platform.client().dbsize() == 0


def pausing(server: Server) -> None:
    """Let every write to the server wait."""
    server.client().client_pause(60_000, all=False)


def waiting(server: Server) -> None:
    """Return when somebody waits to write."""
    while not server.client().info("clients")["blocked_clients"]:
        pass


def test_a_purge_asks_for_the_name_of_the_tenant(platform: Server, home: Path) -> None:
    key = "tenant:alfa:mobile:session:1"
    with kryonix(platform, "tenant", "purge", "alfa") as terminal:
        terminal.until("Type alfa to go on")
        terminal.press("y", "enter")
        assert terminal.end() == 4
    assert platform.client().exists(key)
    assert archives(home) == []
    with kryonix(platform, "tenant", "purge", "alfa") as terminal:
        terminal.until("Type alfa to go on")
        terminal.press("alfa", "enter")
        terminal.until("To bring it back: kryonix restore")
        assert terminal.end() == 0
    assert not platform.client().exists(key)
    assert len(archives(home)) == 1
