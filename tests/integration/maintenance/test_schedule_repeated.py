"""The timer of the optimisation beside that of the backup: installed, seen as missing, and taken away with it."""

from __future__ import annotations

import json
from pathlib import Path

from kryonix_tui.maintenance.schedule.systemd import OPTIMIZE_SERVICE, OPTIMIZE_TIMER, SERVICE, TIMER
from tests.integration.maintenance.test_schedule import Schedule, home, schedule, schedulers, shown  # noqa: F401 - fixtures
from tests.schedulers import Schedulers


def configure(home: Path, *, wished: bool) -> None:  # noqa: F811 - the folder that the fixture made
    document = {"role": "operator", "optimize": {"schedule": wished}}
    (home / ".config" / "kryonix" / "config.yaml").write_text(json.dumps(document))


def test_the_second_timer_comes_and_goes(schedulers: Schedulers, schedule: Schedule, home: Path) -> None:  # noqa: F811 - fixtures
    schedulers.have_systemd()
    configure(home, wished=True)
    assert schedule("install", "--yes").code == 0
    assert schedulers.calls == [
        "daemon-reload",
        f"enable {TIMER}",
        f"restart {TIMER}",
        f"enable {OPTIMIZE_TIMER}",
        f"restart {OPTIMIZE_TIMER}",
    ]
    assert {path.name for path in schedulers.units.glob("*.*")} >= {SERVICE, TIMER, OPTIMIZE_SERVICE, OPTIMIZE_TIMER}
    assert (shown(schedule)["in_sync"], shown(schedule)["optimize_minutes"]) == (True, 15)
    assert "an optimisation every 15 minutes" in schedule("show").out
    configure(home, wished=False)
    assert not shown(schedule)["in_sync"]
    assert schedule("install", "--yes").code == 0
    assert f"disable --now {OPTIMIZE_TIMER}" in schedulers.calls
    assert not (schedulers.units / OPTIMIZE_TIMER).exists()
    assert shown(schedule)["in_sync"]
    assert schedule("remove", "--yes").code == 0
    assert not (schedulers.units / TIMER).exists()
