"""The monitor tells its listeners at once, so that no test waits for quiet."""

from __future__ import annotations

import pytest

from kryonix_tui.monitor import monitor


@pytest.fixture(autouse=True)
def _no_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "QUIET", 0.0)
