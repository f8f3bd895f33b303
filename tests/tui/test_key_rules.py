"""Keys that the configuration gives to commands: how they may be written, what is refused, and where they are shown."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from textual.keys import Keys, _character_to_key

from kryonix_tui import bootstrap
from kryonix_tui.config.load import Loaded, load
from kryonix_tui.config.options import RunOptions
from kryonix_tui.config.schema import Ui
from kryonix_tui.errors import ConfigError
from kryonix_tui.tui.commands import COMMANDS
from kryonix_tui.tui.key_rules import checked, key_mistakes, key_warnings
from kryonix_tui.tui.keyboard import KNOWN, key_called, key_name
from tests.program import run
from tests.tui.console import WIDE, console
from tests.tui.updates import Stage


def of_file(folder: Path, *keys: str) -> Loaded:
    """A configuration whose file gives these keys, the first of them in line 3."""
    path = folder / "c.yaml"
    path.write_text("ui:\n  keys:\n" + "".join(f"    {entry}\n" for entry in keys))
    return load(path, environ={})


def test_every_key_is_known_by_each_of_its_names() -> None:
    known_to_textual = {key.value for key in Keys}
    for command in COMMANDS:
        assert set(command.keys) <= KNOWN
    for key in KNOWN:
        assert key_called(key) == key
        assert key_called(key_name(key)) == key
        one = len(key_name(key)) == 1
        assert key in known_to_textual or key.startswith(("ctrl+", "shift+", "f")) or one
    for sign in string.punctuation + string.ascii_letters + string.digits:
        assert key_called(sign) == _character_to_key(sign)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        *((" ^p ", "ctrl+p"), ("C-p", "ctrl+p"), ("Ctrl P", "ctrl+p"), ("control+p", "ctrl+p"), ("CTRL+P", "ctrl+p")),
        *(("Esc", "escape"), ("page down", "pagedown"), ("PgDn", "pagedown"), ("shift+a", "A"), ("↑", "up")),
        *(("ctrl+i", "tab"), ("ctrl+m", "enter"), ("Ctrl+[", "escape"), ("ç", "ç")),
        *(
            ("", None),
            ("f25", None),
            ("hyper+x", None),
            ("ctrl++", None),
            ("ctrl+", None),
            ("\x1b", None),
            ("ctrl+@", None),
        ),
    ],
)
def test_keys_as_people_write_them(written: str, key: str | None) -> None:
    assert key_called(written) == key


def test_a_clash_names_file_line_key_and_both_commands(tmp_path: Path) -> None:
    loaded = of_file(tmp_path, 'pause: "1"', "refresh: F9", "copy: f9")
    file = f"{tmp_path}/c.yaml"
    pause, refresh = (
        "pause (Hold what is shown; reading goes on)",
        f"refresh (Read all sources now; {file}:4: ui.keys.refresh)",
    )
    copy = "copy (Send the name of this row, or of the marked ones, to the clipboard (OSC 52))"
    assert key_mistakes(loaded) == [
        f"{file}:3: ui.keys.pause: 1 would be {pause} and overview (The platform at a glance)",
        f"{file}:5: ui.keys.copy: F9 would be {copy} and {refresh}",
    ]


@pytest.mark.parametrize("other", COMMANDS, ids=lambda command: command.name)
def test_no_command_of_any_scope_loses_its_key_silently(tmp_path: Path, other: object) -> None:
    (command,) = [one for one in COMMANDS if one is other]
    taker = "pause" if command.name != "pause" else "quit"
    for key in command.keys:
        (mistake,) = key_mistakes(of_file(tmp_path, f"{taker}: {json.dumps(key_name(key))}"))
        assert f"{key_name(key)} would be {taker} (" in mistake
        assert f") and {command.name} (" in mistake


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("paus: f9", "there is no command paus; did you mean pause?"),
        ("pause: f99", "there is no key f99; did you mean f9"),
        ('pause: "p,"', "no key is given"),
        ("pause: tab", "Tab moves between the parts of a screen"),
        ("pause: ctrl+i", "Tab moves between the parts of a screen"),
        ("pause: ^C", "Ctrl+C copies"),
        ("pause: Ctrl+Q", "Ctrl+Q always leaves the console"),
        ("pause: ctrl+m", "Enter would be pause (Hold what is shown; reading goes on) and open (Open the row)"),
        ("pause: ctrl+p", "Ctrl+P would be pause (Hold what is shown; reading goes on) and palette (Find a command)"),
        (r'"pa\e[2Juse": f9', "ui.keys.pa␛[2Juse: there is no command pa␛[2Juse; did you mean pause?"),
    ],
)
def test_what_cannot_be_is_said_with_what_was_meant(tmp_path: Path, entry: str, expected: str) -> None:
    (mistake,) = key_mistakes(of_file(tmp_path, entry))
    assert mistake.startswith(f"{tmp_path}/c.yaml:3: ui.keys.")
    assert expected in mistake


def test_keys_that_are_swapped_do_not_clash(tmp_path: Path) -> None:
    loaded = of_file(tmp_path, 'tenants: "3"', 'tenant: "2"', "back: q", "quit: Esc", "up: up,w", "peek: k")
    assert (key_mistakes(loaded), key_warnings(loaded)) == ([], [])


def test_keys_that_may_not_arrive_are_a_warning(tmp_path: Path) -> None:
    loaded = of_file(tmp_path, "pause: p,ctrl+b", "refresh: ^s")
    assert key_mistakes(loaded) == []
    assert checked(loaded).notes == (
        f"{tmp_path}/c.yaml:3: ui.keys.pause: Ctrl+B: tmux takes it for itself",
        f"{tmp_path}/c.yaml:4: ui.keys.refresh: Ctrl+S: terminals with flow control stop at it",
    )


def test_the_console_does_not_start_with_a_clash(tmp_path: Path) -> None:
    loaded = of_file(tmp_path, "pause: q", "copy: nokey")
    with pytest.raises(ConfigError) as refused:
        bootstrap.run_tui(loaded, RunOptions())
    assert refused.value.message.splitlines() == key_mistakes(loaded)
    assert "docs/keys.md" in refused.value.hint


def test_the_check_finds_it_wherever_it_stands(tmp_path: Path) -> None:
    of_file(tmp_path, "pause: q", "copy: c,ctrl+a")
    checked_file = run("config", "check", "--config", tmp_path / "c.yaml")
    assert checked_file.returncode == 2
    assert f"{tmp_path}/c.yaml:3: ui.keys.pause: q would be pause" in checked_file.stderr
    assert "Ctrl+A: screen takes it for itself" in checked_file.stderr
    variable = run("config", "check", env={"KRYONIX_UI_KEYS": "{pause: q}", "HOME": str(tmp_path)}, cwd=tmp_path / "..")
    assert variable.returncode == 2
    assert "env KRYONIX_UI_KEYS: ui.keys.pause: q would be pause" in variable.stderr


async def test_the_key_in_force_is_shown_and_the_one_that_was_does_nothing() -> None:
    keys = {"palette": "f4", "server": "f8", "back": "q", "quit": "Esc", "down": "w", "peek": "ctrl+w"}
    async with console(WIDE, Stage().update(), ui=Ui(keys=keys)) as running:
        assert "F8 Server" in running.line("hints")
        await running.press("8", "ctrl+p")
        assert (running.mode, type(running.app.screen).__name__) == ("overview", "OverviewView")
        await running.press("f4")
        assert ":server  F8" in running.text
        await running.press("escape", "2")
        first = running.current()
        await running.press("w")
        assert running.current() != first
        await running.press("q")
        assert running.mode == "overview"
        await running.pilot.press("escape")
        assert running.app.return_code == 0


async def test_sentences_that_name_a_key_name_the_one_in_force() -> None:
    keys = {"keys": "f1", "quit": "f2", "back": "f3", "backup": "f4", "open": "f6", "help": "f7"}
    async with console(WIDE, Stage().update(), ui=Ui(keys=keys)) as running:
        running.app.navigation.go("keys")
        await running.settle()
        assert "F1 on a tenant or a database shows keys" in running.text
        running.app.navigation.go("maintenance")
        await running.settle()
        assert "no backup yet: F4 makes one" in running.text
        running.app.navigation.go("queues")
        await running.settle()
        assert "F6 looks at what waits" in running.text
        running.app.run_command("filter", "nobody")
        await running.settle()
        assert "no row matches; F3 clears the filter" in running.text
        await running.enter_command("nonsense")
        assert "no command nonsense; F7 lists them" in running.text
        await running.resize(30, 8)
        assert "F2 quits" in running.text
