"""The console in other languages: no text that was forgotten, and Portuguese where an operator sees it."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator

import pytest

from kryonix_tui import i18n
from kryonix_tui.config.schema import Redis
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.commands import COMMANDS
from kryonix_tui.tui.screens import MODES
from kryonix_tui.view.own_cost import full_census
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.updates import START, Stage, failing, states

_KEPT = re.compile(r"\{[^{}]*\}|%\w|[A-Za-z]")
_DATA = """
    alfa beta gama delta ltda medicina premium whatsapp android noeviction hgetall scan standalone unknown session
    cachehitratelow queuebacklog watchdog none platform team summary alertname alerts mobile websocket sdk queue api cache
    metrics config other sdk mob
"""
_NAMES = "kryonix operator redis prometheus alertmanager kib websocket"
_KEYS = "ctrl end enter esc home pgdn pgup space keys"
_ALLOWED = set(f"{_DATA} {_NAMES} {_KEYS}".split()) | {word for one in COMMANDS for word in one.name.split("_")}
"""What is said alike in every language: names of tenants, alerts, metrics and products, of keys and of commands."""


class Disguise(gettext.NullTranslations):
    """A language of Cyrillic letters alone: what can still be read on screen was never translated."""

    def gettext(self, message: str) -> str:
        return _KEPT.sub(
            lambda found: found[0] if len(found[0]) > 1 else chr(ord(found[0].lower()) - 97 + 0x430), message
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def disguised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_active", Disguise())


@pytest.fixture
def portuguese() -> Iterator[None]:
    i18n.use_language("pt_BR")
    yield
    i18n.use_language("en")


async def words(running: Console) -> set[tuple[str, str]]:
    """The readable words of every screen, of the help and of a menu."""
    seen = set()
    for name in (*MODES, "question_mark", "escape", "2", "x"):
        if name in MODES:
            running.app.navigation.go(name)
            await running.settle()
        else:
            await running.press(name)
        seen |= {(name, word) for word in re.findall(r"[A-Za-z]{3,}", running.text) if word.lower() not in _ALLOWED}
    return seen


@pytest.mark.usefixtures("disguised")
async def test_no_text_of_the_console_is_in_english_alone() -> None:
    async with console(WIDE, Stage().update()) as running:
        assert await words(running) == set()


@pytest.mark.usefixtures("portuguese")
async def test_a_preposition_and_an_article_are_one_word() -> None:
    async with console(NORMAL, Stage().update(), redis=Redis(url="redis://127.0.0.1:1")) as running:
        running.app.archiving.back_up(Scope())
        assert running.app.work.jobs.all[-1].title == "Backup do servidor inteiro"
        assert "Ocupa o servidor por cerca de" in full_census(running.app.shown)


@pytest.mark.usefixtures("portuguese")
@pytest.mark.parametrize("size", [NORMAL, NARROW])
async def test_portuguese_where_there_is_little_room(size: tuple[int, int]) -> None:
    async with console(size, Stage().update()) as running:
        assert "Visão geral" in running.text
        assert "Tenants que pedem atenção" in running.text
        assert "STALE" not in running.text
        await running.tell(Stage().update(sources=states(START, *(failing(name) for name in SourceName))))
        await running.press("2")
        assert "Acer%" in running.text
        assert "70,0" in running.text
        assert "70.0" not in running.text
        running.app.run_command("filter", "hit<85,5")
        await running.settle()
        assert set(running.rows()) == {"beta", "gama"}
