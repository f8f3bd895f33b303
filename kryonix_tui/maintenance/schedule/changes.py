"""The two operations as a configuration makes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.backup import holdings
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.schedule import places
from kryonix_tui.maintenance.schedule.job import job_of, left_out
from kryonix_tui.maintenance.schedule.operation import ScheduleChange
from kryonix_tui.maintenance.schedule.place import Place
from kryonix_tui.model.operation import Scope


def installing(loaded: Loaded, form: places.Form = "", output: Path | None = None) -> ScheduleChange:
    """Return the operation that installs the schedule, or brings it up to date.

    Raises:
        KryonixError: it cannot be said, or there is no place for it.
    """
    job, keeper = job_of(loaded), places.keeper(form, output)
    # Two schedules of one backup would get into each other's way; files for other means are no schedule.
    holding = places.holding if output is None else _nowhere
    return ScheduleChange(keeper, job, holding, (*keeper.notes(), *left_out(loaded)), _age(loaded.config))


def removing(loaded: Loaded, form: places.Form = "", output: Path | None = None) -> ScheduleChange:
    """Return the operation that removes the schedule from wherever it is, or only from where it was asked to."""
    return ScheduleChange(None, None, lambda: places.holding(form, output), backup_age=_age(loaded.config))


def _nowhere() -> tuple[Place, ...]:
    return ()


def _age(config: Config) -> Callable[[], float | None]:
    def age() -> float | None:
        try:
            backup = config.backup
            place = destination_at(backup.destination, instance_credentials=backup.instance_credentials)
            return holdings.age(place, config, Scope(), time.time())
        except KryonixError:
            # The schedule can be changed without knowing.
            return None

    return age
