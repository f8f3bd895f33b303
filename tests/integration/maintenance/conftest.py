"""A private state folder for every test, and a destination."""

from __future__ import annotations

from pathlib import Path

import pytest

from kryonix_tui.maintenance.backup.destination import Folder


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder for archives."""
    path = tmp_path / "archives"
    path.mkdir(mode=0o700)
    return Folder(path)
