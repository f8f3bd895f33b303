"""A private state folder for every test, and an Alertmanager of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.metrics_servers import RunningServer, alertmanager


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in [name for name in os.environ if name.startswith("KRYONIX_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """An Alertmanager that nobody else uses."""
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    with alertmanager(folder) as running:
        yield running
