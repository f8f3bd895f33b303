"""Help speaks the language that the flag, else the environment, asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program import run

ENGLISH, PORTUGUESE = (
    ("Usage: kryonix", "Show this message and exit."),
    ("Uso: kryonix", "Mostrar esta mensagem e sair."),
)


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        (["--help"], {"LANG": "pt_BR.UTF-8"}, PORTUGUESE),
        (["--help"], {"LC_ALL": "C", "LANG": "pt_BR.UTF-8"}, ENGLISH),
        (["--lang", "pt_BR", "status", "-h"], {"LANG": "en_US.UTF-8"}, PORTUGUESE),
        (["backup", "verify", "--help", "--lang=en"], {"LANG": "pt_BR.UTF-8"}, ENGLISH),
        (["tune", "plan", "--help"], {"KRYONIX_LANG": "pt_BR"}, PORTUGUESE),
    ],
)
def test_help_follows_flag_then_variable_then_locale(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], expected: tuple[str, str]
) -> None:
    shown = run(*arguments, env={"HOME": str(tmp_path), **environ}, cwd=tmp_path)
    assert shown.returncode == 0
    assert all(text in shown.stdout for text in expected)
