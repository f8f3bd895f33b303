"""Questions with yes or no take the answers of the language in which they are asked, and those of English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import kryonix_tui
from kryonix_tui.cli.questions import confirmed
from kryonix_tui.i18n import agrees, use_language


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("language", "yes", "no", "neither"),
    [
        ("en", ["y", "YES", " Yes "], ["n", "No"], ["s", "sim", "", "ye", "1", "yn"]),
        ("pt_BR", ["s", "S", "sim", " SIM ", "y", "yes"], ["n", "não", "NAO", "no"], ["", "si", "talvez", "ç"]),
    ],
)
def test_yes_and_no(language: str, yes: list[str], no: list[str], neither: list[str]) -> None:
    use_language(language)
    assert [agrees(answer) for answer in (*yes, *no, *neither)] == [
        *(True for _yes in yes),
        *(False for _no in no),
        *(None for _neither in neither),
    ]


def asked(typed: str) -> tuple[bool | None, str]:
    """What somebody who types this answers, None where they leave, and what they see."""
    with CliRunner().isolation(typed) as (out, err, _both):
        try:
            answer = confirmed("Prosseguir?", err=True)
        except click.Abort:
            answer = None
        assert out.getvalue() == b""
        return answer, err.getvalue().decode()


def test_a_question_is_asked_until_it_is_answered() -> None:
    use_language("pt_BR")
    assert asked("s\n") == (True, "Prosseguir? [s/N]: s\n")
    assert asked("\n") == (False, "Prosseguir? [s/N]: \n")
    again = "Prosseguir? [s/N]: talvez\nresponda sim ou não\nProsseguir? [s/N]: "
    assert asked("talvez\nNÃO\n") == (False, f"{again}NÃO\n")
    assert asked("talvez\n")[0] is None
    use_language("en")
    assert asked("s\ny\n") == (True, "Prosseguir? [y/N]: s\nplease answer yes or no\nProsseguir? [y/N]: y\n")


def test_nobody_asks_in_another_way() -> None:
    package = Path(kryonix_tui.__file__).parent
    asking = [path.name for path in package.rglob("*.py") if re.search(r"\bclick\.confirm\b", path.read_text("utf-8"))]
    assert asking == []
