"""How the console is started: servers and screens beside each other, and no look for garbage meanwhile."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import pytest

from kryonix_tui import bootstrap, logs
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.options import RunOptions
from kryonix_tui.config.schema import Config
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.tui import app
from tests.unit.monitor.fakes import World

PATIENCE = 60.0


@pytest.fixture
def collecting() -> Iterator[None]:
    """Leave the collector of cycles as it was."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("collecting")
def test_the_monitor_is_made_while_the_screens_are(monkeypatch: pytest.MonkeyPatch) -> None:
    made = threading.Event()
    monitor = World().monitor()

    def monitor_of(_config: Config) -> Monitor:
        made.set()
        return monitor

    def run(_loaded: Loaded, _options: RunOptions, make_monitor: Callable[[], Monitor]) -> int:
        assert made.wait(PATIENCE), "nobody has asked for it yet"
        assert not gc.isenabled()
        assert make_monitor() is monitor
        for listener in monitor._listeners:
            listener(monitor.update)
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        return 7

    monkeypatch.setattr(bootstrap, "monitor_of", monitor_of)
    monkeypatch.setattr(app, "run", run)
    monkeypatch.setattr(logs, "to_file", lambda *, verbose: None)
    assert bootstrap.run_tui(Loaded(Config(), {}, None, ""), RunOptions()) == 7
