"""Dialogs take the yes of the console's language, and still that of English."""

from __future__ import annotations

import pytest

from kryonix_tui.i18n import use_language
from kryonix_tui.model.operation import Plan, Scope, Target
from kryonix_tui.tui.screens.confirm import Ask, Confirm
from tests.tui.console import NORMAL, console
from tests.tui.updates import START, Stage


@pytest.mark.parametrize(
    ("language", "key", "answer"),
    [
        ("pt_BR", "s", True),
        ("pt_BR", "y", True),
        ("pt_BR", "n", False),
        ("en", "y", True),
        ("en", "s", None),
        ("en", "n", False),
    ],
)
async def test_a_question_takes_the_keys_of_its_language(language: str, key: str, answer: bool | None) -> None:
    use_language(language)
    async with console(NORMAL, Stage().update()) as running:
        given: list[object] = []
        running.app.push_screen(Ask("?"), given.append)
        await running.settle()
        assert f"{'s' if language == 'pt_BR' else 'y'}: " in running.text
        await running.press(key)
        assert given == ([] if answer is None else [answer])
        plan = Plan("prune", None, Target("here"), Scope(), {"keys": 1}, START.wall, START.wall + 60)
        running.app.push_screen(Confirm(plan), given.append)
        await running.settle()
        await running.press(key)
        assert given[1:] == ([] if answer is None else ["" if answer else None])
