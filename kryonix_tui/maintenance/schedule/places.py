"""Which place keeps the schedule, and where else something of ours is left."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

from kryonix_tui.errors import KryonixError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.schedule.cron import Crontab
from kryonix_tui.maintenance.schedule.folder import OutputFolder
from kryonix_tui.maintenance.schedule.place import Place
from kryonix_tui.maintenance.schedule.systemd import SystemdUser, unreachable

Form = Literal["", "systemd", "cron"]


def holding(form: Form = "", output: Path | None = None) -> tuple[Place, ...]:
    """Return the places that have something of ours; of all that `form` and `output` leave.

    A place that nobody can look into without having asked for it counts as empty.

    Raises:
        KryonixError: the place that was asked for cannot be read.
    """
    asked = _asked(form, output)
    found: list[Place] = []
    for place in asked or (SystemdUser(), Crontab()):
        with contextlib.nullcontext() if asked else contextlib.suppress(KryonixError):
            if place.installed().texts:
                found.append(place)
    return tuple(found)


def keeper(form: Form = "", output: Path | None = None) -> Place:
    """Return the place to install into: the one that was asked for, else the one that is in use, else what is there.

    Raises:
        KryonixError: there is none.
    """
    asked = _asked(form, output)
    if asked:
        return asked[0]
    systemd, cron = SystemdUser(), Crontab()
    usable: list[Place] = [place for place in (systemd, cron) if place.reachable()]
    in_use = {place.name for place in holding()}
    usable.sort(key=lambda place: place.name not in in_use)
    if not usable:
        raise KryonixError(
            _("neither a systemd of this user nor a crontab is there"), title=_("Schedule"), hint=unreachable().hint
        )
    return usable[0]


def _asked(form: Form, output: Path | None) -> tuple[Place, ...]:
    if output is not None:
        if output.exists() and not output.is_dir():
            raise UsageError(_("--output: {path} is no folder").format(path=output))
        return (OutputFolder(output, cron=form == "cron"),)
    if form == "systemd":
        return (SystemdUser(),)
    return (Crontab(),) if form == "cron" else ()
