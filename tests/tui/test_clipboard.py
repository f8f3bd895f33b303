"""Where `c` sends text, in each kind of terminal, and what is said of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from kryonix_tui.paths import state_folder
from kryonix_tui.tui import clipboard
from kryonix_tui.tui.clipboard import LONGEST, sequence, taken
from tests.tui.console import NORMAL, Console, console
from tests.tui.updates import Stage

XTERM = {"TERM": "xterm-256color"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent to the terminal in order to copy."""
    found: list[str] = []
    monkeypatch.setattr("textual.drivers.headless_driver.HeadlessDriver.write", lambda _self, data: found.append(data))
    return found


def copies(sent: list[str]) -> list[str]:
    """Those of what was sent that are about a clipboard."""
    return [data for data in sent if "52;" in data]


@pytest.mark.parametrize(
    ("environ", "text", "expected"),
    [
        (XTERM, "alfa", True),
        ({"TERM": "screen-256color"}, "alfa", True),  # a tmux at the other end of SSH calls itself so
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, "alfa", True),
        ({"TERM": "linux"}, "alfa", False),
        ({"TERM": "screen", "STY": "1.pts-0"}, "alfa", False),
        ({**XTERM, "TEXTUAL_DRIVER": "a.browser:Driver"}, "alfa", False),
        (XTERM, "a" * LONGEST, True),
        (XTERM, "a" * (LONGEST + 1), False),
        (XTERM, "é" * (LONGEST // 2 + 1), False),
    ],
)
def test_which_terminal_can_be_expected_to_take_it(environ: dict[str, str], text: str, expected: bool) -> None:
    assert taken(text, environ) is expected


def test_the_sequence_and_how_it_passes_through_tmux() -> None:
    osc = "\x1b]52;c;w6k=\x07"
    assert sequence("é", XTERM) == osc
    assert sequence("é", {**XTERM, "TMUX": "x"}) == osc + "\x1bPtmux;\x1b" + osc + "\x1b\\"
    assert len(sequence("a" * LONGEST, XTERM)) <= 100_000


async def copied(running: Console) -> list[str]:
    """Copy the first row of the list, and return what was said."""
    await running.press("2")
    await running.press("c")
    await copying(running)
    await running.settle()
    return running.said


async def copying(running: Console) -> None:
    """Wait until what is copied was sent."""
    workers = [worker for worker in running.app.workers if worker.name == "copy"]
    if workers:
        await running.app.workers.wait_for_complete(workers)


async def test_a_terminal_gets_it(sent: list[str]) -> None:
    async with console(NORMAL, Stage().update()) as running:
        assert "sent to the clipboard: gama" in await copied(running)
        assert copies(sent) == ["\x1b]52;c;" + base64.b64encode(b"gama").decode() + "\x07"]
        assert not (state_folder() / clipboard.FILE).exists()


async def test_what_is_hard_to_draw_is_copied_as_it_is_called_and_what_acts_is_not(sent: list[str]) -> None:
    async with console(NORMAL, Stage().update()) as running:
        running.app.copy("हिन्दी", "a\nrm")
        await copying(running)
        assert copies(sent) == ["\x1b]52;c;" + base64.b64encode("हिन्दी\na␊rm".encode()).decode() + "\x07"]


@pytest.mark.parametrize("variables", [{"TERM": "linux"}, {"STY": "1.pts-0"}])
async def test_a_terminal_without_clipboard_has_a_file(
    variables: dict[str, str], sent: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file, elsewhere = state_folder() / clipboard.FILE, tmp_path / "of-somebody-else"
    elsewhere.write_text("untouched")
    file.parent.mkdir(parents=True)
    file.symlink_to(elsewhere)
    async with console(NORMAL, Stage().update()) as running:
        (said,) = [text for text in await copied(running) if "copied.txt" in text]
        assert said == f"no clipboard here; written to {file}: gama"
        assert copies(sent) == []
    assert file.read_text() == "gama\n"
    assert file.stat(follow_symlinks=False).st_mode & 0o7777 == 0o600
    assert not file.is_symlink()
    assert elsewhere.read_text() == "untouched"


async def test_a_file_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    state_folder().parent.mkdir(parents=True)
    state_folder().touch()
    async with console(NORMAL, Stage().update()) as running:
        assert any(text.startswith("cannot be copied: ") for text in await copied(running))


TMUX = """#!/bin/sh
echo "$@" >"{folder}/arguments"
cat >"{folder}/buffer"
exit {code}
"""


@pytest.mark.parametrize(("code", "said"), [(0, "sent to tmux"), (1, "sent to the clipboard: gama")])
async def test_tmux_gets_it_as_a_buffer_and_an_old_one_as_a_sequence(
    code: int, said: str, sent: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "tmux").write_text(TMUX.format(folder=tmp_path, code=code))
    (programs / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with console(NORMAL, Stage().update()) as running:
        assert any(text.startswith(said) for text in await copied(running))
    assert (tmp_path / "buffer").read_text() == "gama"
    assert (tmp_path / "arguments").read_text() == "load-buffer -w -\n"
    assert len(copies(sent)) == code, "an old tmux knows no -w: then it gets the sequence"
