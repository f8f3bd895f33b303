"""Help: what the screen in front can do comes first, what cannot be done says why, and anything is found by how it is called."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Label

from kryonix_tui.config.schema import Ui
from kryonix_tui.i18n import use_language
from kryonix_tui.tui.commands import COMMANDS, Scope
from kryonix_tui.tui.help_page import Entry, Place, page
from kryonix_tui.view.cells import Tone, plain
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.updates import Stage

EVERYTHING = [Entry(command, command.keys) for command in COMMANDS]


def found(wanted: str, width: int = 100) -> list[str]:
    """The names of the commands that are found, in the order of the page."""
    lines = [plain(line) for line in page(EVERYTHING, "Tenants", wanted, width).lines]
    typed = {entry.typed: entry.command.name for entry in EVERYTHING if entry.typed}
    return [typed[text] for line in lines for text in [line[14:].split("  ")[0].strip()] if text in typed]


@pytest.mark.parametrize("written", ["Ctrl+P", "ctrl+p", "^p", " C-P ", "control+p"])
def test_a_key_is_found_as_people_write_it(written: str) -> None:
    assert found(written) == ["palette"]


def test_a_sign_or_a_letter_finds_its_command_first() -> None:
    assert found("?") == ["help"]
    assert found("PgDn") == found("page down") == []  # a move: it has no name to type
    lines = [plain(line).split() for line in page(EVERYTHING, "", "PgDn", 100).lines]
    assert lines[:2] == [["Key", "PgDn"], ["PgDn", "A", "page", "down"]]
    assert (found("K")[0], found("E")[0], found("e")[0]) == ("keys", "extend", "expire")


def test_several_words_in_any_order_all_count() -> None:
    assert found("sort column left") == found("left column  SORT") == ["sort_left"]
    assert found("backup  TENANT") == found("tenant backup") == ["backup", "restore", "purge"]
    assert found("no such words") == []
    assert page(EVERYTHING, "", "no such words", 100).count == 0
    assert "nothing found" in plain(page(EVERYTHING, "", "no such words", 100).lines[0])


def test_accents_make_no_difference() -> None:
    use_language("pt_BR")
    assert found("silencios") == found("silêncios") != []


@pytest.mark.parametrize("width", [44, 46, 72, 88, 150])
@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_no_line_is_wider_than_the_page(width: int, language: str) -> None:
    use_language(language)
    entries = [Entry(command, command.keys, Place.HERE, "for a reason") for command in COMMANDS]
    lines = page(entries, "Tenants", "", width).lines
    assert max(len(plain(line)) for line in lines) <= width
    text = " ".join(" ".join(plain(line) for line in lines).split())
    for entry in entries:
        assert f":{entry.command.name}" in text or entry.command.scope is Scope.LIST


def title(running: Console) -> str:
    """The title of the help page."""
    return str(running.app.screen.query_one(".dialog-title", Label).content)


async def test_the_screen_in_front_comes_first_and_what_cannot_be_done_says_why() -> None:
    async with console(WIDE, Stage().update(), ui=Ui(keys={"mark": "F2"})) as running:
        await running.press("2", "question_mark")
        lines = running.line("page").splitlines()
        sections = [line for line in lines if line and not line.startswith(" ")]
        assert sections == [
            "On this screen: Tenants",
            "Moving in lists",
            "Screens",
            "Everywhere",
            "On other screens",
            "Signs",
        ]
        here = lines[: lines.index("Moving in lists")]
        assert any(line.split()[:2] == ["F2", ":mark"] for line in here)
        assert not any(":restore" in line or ":earlier" in line for line in here)
        (stop,) = [cells for cells in running.app.screen.query_one("#page")._lines if ":stop" in plain(cells)]  # type: ignore[attr-defined]
        assert "(nothing runs)" in plain(stop)
        assert {cell.tone for cell in stop if cell.text.strip()} == {Tone.MUTED}


async def test_esc_clears_the_search_before_it_closes() -> None:
    async with console(NORMAL, Stage().update()) as running:
        await running.press("question_mark", "slash")
        await running.type("no such thing")
        assert "0 of" in title(running)
        assert "nothing found" in running.line("page")
        await running.press("escape")
        assert type(running.app.screen).__name__ == "Help"
        assert "Esc close" in title(running)
        assert "On this screen: Overview" in running.line("page")
        await running.press("slash")
        assert running.app.screen.query_one(Input).value == ""
        await running.type("quit")
        await running.press("enter", "j", "escape", "escape")
        assert running.mode == "overview"
        assert type(running.app.screen).__name__ == "OverviewView"


async def test_a_narrow_terminal_has_it_all_and_the_page_moves_while_one_types() -> None:
    async with console(NARROW, Stage().update()) as running:
        await running.press("2", "question_mark", "slash")
        text = running.app.screen.query_one("#page")
        assert (text.outer_size.width, text.region.x) == (NARROW[0], 0)
        assert ":filter" in running.text
        await running.press("pagedown")
        assert text.scroll_offset.y > 10
        await running.type("q")
        assert text.scroll_offset.y == 0
        await running.resize(*WIDE)
        assert ":quit" in running.text
