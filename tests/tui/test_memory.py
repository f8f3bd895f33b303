"""What is remembered from one run to the next, and what is not."""

from __future__ import annotations

import msgspec
import pytest

from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import Config, Ui
from kryonix_tui.i18n import use_language
from kryonix_tui.paths import state_folder, write_private
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.first_hint import text
from kryonix_tui.tui.memory import first_time, remember_sort, remember_theme, remembered_sort, remembered_theme
from tests.tui.console import NORMAL, console
from tests.tui.updates import Stage


def started(theme: str, origin: str) -> str:
    """The theme of a console whose configuration says so."""
    config = msgspec.structs.replace(Config(), ui=Ui(theme=theme))
    return ConsoleApp(Loaded(config, {"ui.theme": origin}, None, ""), lambda: None).theme  # type: ignore[arg-type, return-value]


def test_the_configuration_counts_more_than_what_was_chosen() -> None:
    remember_theme("nord")
    assert started("kryonix-dark", "default") == "nord"
    assert started("kryonix-light", "config.yaml:2") == "kryonix-light"
    remember_theme("of another version")
    assert started("kryonix-dark", "default") == "kryonix-dark"


async def test_a_choice_is_remembered_unless_the_configuration_names_one() -> None:
    async with console(NORMAL, Stage().update()) as running:
        await running.enter_command("theme kryonix-contrast")
        assert (running.app.theme, remembered_theme(), running.said) == ("kryonix-contrast", "kryonix-contrast", [])
        running.app.loaded.origins["ui.theme"] = "config.yaml:2"  # type: ignore[index]
        await running.enter_command("theme kryonix-light")
        assert (running.app.theme, remembered_theme()) == ("kryonix-light", "kryonix-contrast")
        assert running.said == ["until the console is left: ui.theme names another one"]


def test_things_are_kept_side_by_side_and_said_once() -> None:
    assert first_time("hello")
    remember_sort("tenants", ("hit", True))
    remember_theme("nord")
    assert not first_time("hello")
    assert first_time("something else")
    assert (remembered_sort("tenants"), remembered_theme()) == (("hit", True), "nord")
    for nonsense in ("", "[]", '{"said": 1, "theme": 2, "sort": 3}', "\x00", "[" * 100_000):
        write_private(state_folder() / "tui.json", nonsense)
        assert (remembered_sort("tenants"), remembered_theme()) == (None, "")
        assert first_time("hello")


def test_in_a_browser_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    assert not first_time("hello")
    remember_theme("nord")
    remember_sort("tenants", ("hit", True))
    assert not state_folder().exists()


@pytest.mark.parametrize(("language", "words"), [("en", ("help", "filter")), ("pt_BR", ("ajuda", "filtro"))])
async def test_the_hint_names_the_keys_in_force(language: str, words: tuple[str, str]) -> None:
    use_language(language)
    async with console(NORMAL, ui=Ui(keys={"help": "F1", "filter": "ctrl+f"})) as running:
        assert text(running.app).startswith(f"F1 {words[0]}   : ")
        assert f"Ctrl+F {words[1]}"[:8] in text(running.app)
        assert running.said == []  # nobody sits before a console in a test
