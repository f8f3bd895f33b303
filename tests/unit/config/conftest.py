"""A place of its own for every test: an empty home, an empty current folder, no KRYONIX_* variable."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

WriteConfig = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    for name in os.environ:
        if name.startswith("KRYONIX_"):
            monkeypatch.delenv(name)


@pytest.fixture
def write_config() -> WriteConfig:
    """Write `./config.yaml`, private to its owner."""

    def write(text: str) -> Path:
        path = Path("config.yaml")
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write
