"""Completion in shells: commands, flags, choices, contexts of the configuration. No server is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from kryonix_tui.cli.program import program

CONTEXTS = 'contexts:\n  production: {production: true}\n  staging: {}\n  "st\\eop": {}\n'


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def offered(line: str) -> list[str]:
    """What is offered for the last word of a line."""
    *before, incomplete = line.split(" ")[1:]
    found = ShellComplete(program, {}, "kryonix", "_KRYONIX_COMPLETE").get_completions(before, incomplete)
    return [f"<{item.type}>" if item.type != "plain" else item.value for item in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kryonix re", ["restore"]),
        ("kryonix backup ver", ["verify"]),
        ("kryonix backup verify --level d", ["data", "drill"]),
        ("kryonix tune plan --profile ", ["kryonix", "conservative"]),
        ("kryonix --lang ", ["pt_BR", "en"]),
        ("kryonix status --fail-on c", ["critical"]),
        ("kryonix completion ", ["bash", "zsh", "fish"]),
        ("kryonix screens show ten", ["tenant"]),
        ("kryonix --config ", ["<file>"]),
        ("kryonix restore ", ["<file>"]),
        ("kryonix analyse ", ["<file>"]),
    ],
)
def test_what_is_offered(line: str, expected: list[str]) -> None:
    assert offered(line) == expected


def test_contexts_are_those_of_the_file_that_the_line_names(tmp_path: Path) -> None:
    assert offered("kryonix --context ") == []
    (tmp_path / "other.yaml").write_text(CONTEXTS)
    for line in ("kryonix --config other.yaml --context ", "kryonix status --config other.yaml --context "):
        assert offered(line) == ["production", "staging"]
    (tmp_path / "config.yaml").write_text("contexts:\n  local: {}\n")
    (tmp_path / "config.yaml").chmod(0o600)
    assert offered("kryonix --context l") == ["local"]
    for broken in ("contexts: 3", "contexts: [", "\x00"):
        (tmp_path / "config.yaml").write_text(broken)
        assert offered("kryonix --context ") == []
    assert offered("kryonix --config nowhere.yaml --context ") == []


def test_a_real_bash_completes(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONTEXTS)
    program_file = tmp_path / "kryonix"
    program_file.write_text(f'#!/bin/sh\nexec {sys.executable} -m kryonix_tui "$@"\n')
    program_file.chmod(0o755)
    script = """
        eval "$(kryonix completion bash)"
        complete -p kryonix
        try() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=(); _kryonix_completion kryonix; echo "${COMPREPLY[*]}"; }
        try kryonix sta
        try kryonix --config c.yaml --context ""
    """
    root = Path(__file__).parents[2]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "PYTHONPATH": str(root)}
    run = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert run.stdout.splitlines() == [
        "complete -o nosort -F _kryonix_completion kryonix",
        "status",
        "production staging",
    ]
    assert run.stderr == ""


def test_a_zsh_that_has_loaded_no_completion_loads_it() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "kryonix_tui", "completion", "zsh"], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith(
        "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }\n#compdef kryonix\n"
    )
