"""Terminals that can little, or nothing: the Linux console, the locale C, a dumb one, a pipe. And what all others are sent."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from kryonix_tui.tui.linux_console import CLEARED, understood
from kryonix_tui.tui.plain_glyphs import MEASURE
from tests.pty.conftest import TENANTS, fill
from tests.pty.terminal import Terminal
from tests.servers import Server, running

ESCAPE = b"\x1b"
RATE = re.compile(r"[0-9]{2}\.0m")
"""A hit rate in the list of tenants."""
NOWHERE = "redis://127.0.0.1:1"
PASSED_ON = ("sh", "-c", '"$0" -m kryonix_tui "$@" {how}; exit $?', sys.executable)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """A small platform for all tests here: none of them does anything to it."""
    for server in running("redis"):
        fill(server)
        yield server


@pytest.mark.parametrize("command", [(), ("wallboard",), ("demo",)], ids=["console", "wallboard", "demo"])
@pytest.mark.parametrize("name", ["dumb", ""])
def test_a_terminal_that_cannot_move_its_cursor_is_refused(name: str, command: tuple[str, ...]) -> None:
    with Terminal("--redis", NOWHERE, *command, environment={"TERM": name}) as terminal:
        assert terminal.end() == 2
        assert ESCAPE not in terminal.raw
        first, hint = terminal.raw.decode().splitlines()
        assert first == f"Usage: this terminal cannot be drawn on (TERM is {name or 'not set'})"
        assert hint.startswith("hint: `kryonix ")


@pytest.mark.parametrize("how", ["</dev/null", "<&-", ">/dev/null", ">&-"])
def test_what_is_no_terminal_is_refused(how: str) -> None:
    program = (*PASSED_ON[:2], PASSED_ON[2].format(how=how), PASSED_ON[3])
    with Terminal("--redis", NOWHERE, program=program) as terminal:
        assert terminal.end() == 2
        assert ESCAPE not in terminal.raw
        assert terminal.raw.decode().splitlines() == [
            "Usage: the console needs a terminal",
            "hint: `kryonix status` prints one snapshot, also into a pipe.",
        ]


def test_the_linux_console_is_sent_what_it_understands(shared: Server, home: Path) -> None:
    with Terminal("--redis", shared.url, environment={"TERM": "linux", "COLORTERM": ""}) as terminal:
        terminal.until("gama")
        terminal.press("2")
        terminal.until("3 tenants")
        terminal.press("c")
        terminal.until("no clipboard here")
        terminal.press("q")
        assert terminal.end() == 0
        sent = terminal.raw.decode()
    # Which row comes first depends on what has been read by then.
    assert (home / ".local/state/kryonix/copied.txt").read_text() in {f"{tenant}\n" for tenant in TENANTS}
    assert understood(sent) == sent, "nothing of which it would print the end"
    for codes in re.findall(r"\x1b\[([0-9;]*)m", sent):
        numbers = {int(number) for number in codes.split(";") if number}
        assert not numbers & {38, 48, *range(100, 108)}, f"colours that it does not have: {codes}"
    text = re.sub(r"\x1b\[[^@-~]*[@-~]|[\r\n]", "", sent)
    assert all(character.isprintable() and cell_len(character) == 1 for character in text)
    assert not re.search("[●╭⠀-⣿…✖]", text), "its font has others"
    assert CLEARED in sent, "what it has no second screen for is wiped"


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "", "LANG": "", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1"},
    ],
    ids=["C", "none", "latin-1"],
)
def test_utf_8_is_sent_whatever_the_locale_says(shared: Server, environment: dict[str, str]) -> None:
    with Terminal("--redis", shared.url, environment=environment) as terminal:
        terminal.press("2")
        text = terminal.until(lambda text: "3 tenants" in text and len(RATE.findall(text)) == 3)
        assert "●" in text
        assert "▲" in text
        assert len({found.start() for line in text.splitlines() if (found := RATE.search(line))}) == 1
        terminal.press("q")
        assert terminal.end() == 0
        sent = terminal.raw.decode("utf-8", "strict")
    assert not re.search(r"\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\?{3}", sent)


def test_a_terminal_that_turns_text_around_is_told_not_to_and_the_wheel_scrolls(shared: Server) -> None:
    with Terminal("--redis", shared.url) as terminal:
        terminal.until("gama")
        terminal.press("?")
        before = terminal.until("Keys and commands")
        terminal.press("\x1b[<65;40;12M" * 5)
        terminal.until(lambda text: text.splitlines()[8:16] != before.splitlines()[8:16])
        terminal.press("escape")
        terminal.until(lambda text: "Keys and commands" not in text)
        terminal.press("q")
        assert terminal.end() == 0
        raw = bytes(terminal.raw)
    assert raw.index(b"\x1b[?1049h") < raw.index(b"\x1b[8l") < raw.index(b"\x1b[8h")
    assert b"\x1b[8l" not in raw[raw.index(b"\x1b[8h") :]


def test_a_terminal_that_draws_ambiguous_characters_wide_gets_none(shared: Server) -> None:
    answers = iter(["\x1b[1;3R"])  # the circle took two cells
    with Terminal("--redis", shared.url) as terminal:
        terminal._screen.write_process_input = lambda data: terminal.press(next(answers, data))  # type: ignore[method-assign]
        terminal.until("gama")
        text = terminal.until(lambda text: "*" in text and "●" not in text and "│" not in text)
        assert terminal.raw.index(MEASURE.encode() + b"\x1b") < terminal.raw.index(b"\x1b[6n")
        assert {character for character in text if unicodedata.east_asian_width(character) == "A"} == set()
        assert re.search("^[+][-]+ *Tenants that need attention", text, re.MULTILINE)
        terminal.press("2")
        text = terminal.until(lambda text: "3 tenants" in text and len(RATE.findall(text)) == 3)
        assert {character for character in text if unicodedata.east_asian_width(character) == "A"} == set()
        terminal.press("q")
        assert terminal.end() == 0
