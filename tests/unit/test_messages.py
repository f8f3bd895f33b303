from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from kryonix_tui import i18n
from kryonix_tui.errors import DeadlineError
from kryonix_tui.tui.commands import BY_NAME, COMMANDS, SCOPE_TITLES, describe
from kryonix_tui.view.screens import load_screen
from scripts.messages import CATALOGUE, TOP


def template() -> Catalog:
    return read_po(io.StringIO((TOP / CATALOGUE).read_text(encoding="utf-8")), locale="pt_BR")


@pytest.fixture
def portuguese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A locale folder in which every text is its own translation, in angle quotes."""
    catalogue = template()
    for message in catalogue:
        if message.id:
            forms = message.id if message.pluralizable else (message.id,)
            quoted = tuple(f"«{form}»" for form in forms)
            message.string = quoted if message.pluralizable else quoted[0]
    folder = tmp_path / "pt_BR" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "kryonix.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    i18n.use_language("pt_BR")
    yield tmp_path
    i18n.use_language("en")


def test_the_catalogue_has_what_is_translated_later() -> None:
    marked = {text for command in COMMANDS for text in (command.title, command.label, command.arguments) if text}
    titles = {panel.title for panel in load_screen("tenant").panels}
    known = {message.id for message in template() if isinstance(message.id, str)}
    assert marked | titles | set(SCOPE_TITLES.values()) | {DeadlineError.default_title} <= known


@pytest.mark.usefixtures("portuguese")
def test_a_compiled_catalogue_is_spoken() -> None:
    assert describe(BY_NAME["pause"]) == "«Hold what is shown; reading goes on»"
    assert i18n._(DeadlineError.default_title) == "«Timed out»"
    one, many = "{count} failure", "{count} failures"
    assert [i18n.ngettext(one, many, count) for count in (1, 2)] == [f"«{one}»", f"«{many}»"]
    i18n.use_language("en")
    assert describe(BY_NAME["pause"]) == "Hold what is shown; reading goes on"


def test_a_language_without_a_catalogue_is_english() -> None:
    i18n.use_language("cs_CZ")
    assert describe(BY_NAME["quit"]) == "Leave the console"
    assert i18n.language() == "en"


def test_the_command_line_speaks_before_its_texts_are_made(portuguese: Path) -> None:
    program = (
        "import pathlib, sys; from kryonix_tui import cli, i18n; i18n.LOCALE_DIR = pathlib.Path(sys.argv[1]); "
        "cli.main(['status', '--help', '--lang', 'pt_BR'])"
    )
    run = subprocess.run([sys.executable, "-c", program, portuguese], capture_output=True, text=True, check=True)
    assert "«Print one snapshot of servers, tenants and alerts.»" in run.stdout
    assert "«Only this tenant.»" in run.stdout
