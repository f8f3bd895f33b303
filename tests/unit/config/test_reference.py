from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kryonix_tui.config.fields import leaves
from kryonix_tui.config.load import load
from kryonix_tui.config.reference import configuration_page, example_yaml
from kryonix_tui.config.schema import Config
from kryonix_tui.paths import shipped

_TOP = Path(__file__).parents[3]


def test_the_example_equals_the_defaults_and_has_every_key() -> None:
    loaded = load(shipped("config.example.yaml"), environ={})
    assert loaded.config == Config()
    assert {key for key, origin in loaded.origins.items() if origin == "default"} == set()


def test_the_contexts_of_the_example_can_be_used(tmp_path: Path) -> None:
    text = example_yaml()
    commented = text[text.index("# contexts:") :]
    path = tmp_path / "config.yaml"
    path.write_text("\n".join(line.removeprefix("# ") for line in commented.splitlines()))
    loaded = load(path, context="production", environ={})
    assert loaded.config.production
    assert loaded.config.redis.url.startswith("rediss://")


def test_the_example_is_readable() -> None:
    lines = example_yaml().splitlines()
    assert max(map(len, lines)) <= 120
    assert "    - {db: null, pattern: 'kryonix:{name}', kind: console, type: any}" in lines


def test_the_page_has_every_key_and_variable() -> None:
    page = configuration_page()
    for leaf in leaves():
        assert f"| `{leaf.key}` |" in page
        assert f"`{leaf.variable}`" in page


@pytest.mark.timeout(400)
def test_the_generator_notices_and_repairs_what_is_out_of_date(tmp_path: Path) -> None:
    program = tmp_path / "scripts" / "generate_docs.py"
    program.parent.mkdir()
    program.write_text((_TOP / "scripts" / "generate_docs.py").read_text())

    def run(*arguments: str) -> int:
        return subprocess.run([sys.executable, program, *arguments], check=False, capture_output=True).returncode

    assert run("--check") == 1
    assert run() == 0
    assert run("--check") == 0
    example = tmp_path / "config.example.yaml"
    assert example.read_text() == (_TOP / "config.example.yaml").read_text()
    example.write_text(example.read_text() + "\n")
    assert run("--check") == 1
