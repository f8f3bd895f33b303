"""`kryonix schedule`: the daily backup, kept by systemd or cron."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kryonix_tui.cli.exits import FINE, note
from kryonix_tui.cli.operations import carry_out, operating
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _, ngettext

if TYPE_CHECKING:
    from kryonix_tui.config.load import Loaded
    from kryonix_tui.maintenance.schedule.operation import ScheduleChange
    from kryonix_tui.maintenance.schedule.places import Form
    from kryonix_tui.maintenance.schedule.status import Status

F = TypeVar("F", bound=Callable[..., object])

_SCHEMA: Final = "kryonix.schedule/1"


def _place_flags(command: F) -> F:
    """Give a command the flags that say where the schedule is kept."""
    for option in (
        click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help=_("Only files in this folder.")),
        click.option("--cron", is_flag=True, help=_("The user's crontab.")),
        click.option("--systemd", is_flag=True, help=_("A timer of the user's systemd.")),
    ):
        command = option(command)
    return command


@click.group(
    "schedule",
    no_args_is_help=False,
    help=_("The daily backup at backup.time, and optimisation where wished, kept by systemd or cron."),
)
@shared_flags
def command() -> None:
    """Hold the commands on the schedule."""


@command.command("show", help=_("Say what is installed, whether it is what the configuration says, and when it runs."))
@_place_flags
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.schedule/1)."))
@shared_flags
@click.pass_context
def show_command(context: click.Context, *, systemd: bool, cron: bool, output: Path | None, json_output: bool) -> int:
    """Print the status."""
    form = _form(systemd=systemd, cron=cron)
    loaded = shared_of(context).load()
    from kryonix_tui.maintenance.schedule.job import job_of, left_out
    from kryonix_tui.maintenance.schedule.status import status

    found = status(job_of(loaded), form, output)
    if json_output:
        click.echo(json.dumps({"schema": _SCHEMA, **found.as_json()}, indent=2))
    else:
        click.echo("\n".join(_lines(found)))
    for text in (*found.notes, *left_out(loaded)):
        note(text)
    return FINE


@command.command("install", help=_("Install the schedule, or bring it up to date. Shows what changes first."))
@_place_flags
@operating
def install_command(context: click.Context, *, systemd: bool, cron: bool, output: Path | None, **flags: Any) -> int:
    """Plan, ask, install."""
    form = _form(systemd=systemd, cron=cron)
    from kryonix_tui.maintenance.schedule.changes import installing

    return _carried_out(context, lambda loaded: installing(loaded, form, output), "schedule.install", **flags)


@command.command("remove", help=_("Remove what `install` has put there, wherever it is, and nothing else."))
@_place_flags
@operating
def remove_command(context: click.Context, *, systemd: bool, cron: bool, output: Path | None, **flags: Any) -> int:
    """Plan, ask, remove."""
    form = _form(systemd=systemd, cron=cron)
    from kryonix_tui.maintenance.schedule.changes import removing

    return _carried_out(context, lambda loaded: removing(loaded, form, output), "schedule.remove", **flags)


def _carried_out(context: click.Context, make: Callable[[Loaded], ScheduleChange], action: str, **flags: Any) -> int:
    """Make the operation, which is also about where the configuration is from, and take it to its end."""
    loaded = shared_of(context).load()
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.operation import Purpose

    async def made() -> ScheduleChange:
        return make(loaded)

    return carry_out(Maintenance(loaded.config), made, action=action, purpose=Purpose.BACKUP, **flags)


def _form(*, systemd: bool, cron: bool) -> Form:
    if systemd and cron:
        raise UsageError(_("--systemd and --cron: one of them"))
    if systemd:
        return "systemd"
    return "cron" if cron else ""


def _lines(found: Status) -> Iterator[str]:
    if not found.installed:
        yield _("Nothing is installed.")
    for name, place in found.installed:
        yield (_("Installed: {place}") if place.active else _("Installed, but not active: {place}")).format(place=name)
    if found.next_run:
        yield _("Next run: {time}").format(time=found.next_run.strftime("%Y-%m-%d %H:%M %Z"))
    yield _("Configured: every day at {time}").format(time=found.time)
    if found.every is not None:
        text = ngettext(
            "Configured: an optimisation every {count} minute",
            "Configured: an optimisation every {count} minutes",
            found.every,
        )
        yield text.format(count=found.every)
    if found.in_sync:
        yield _("What is installed is what the configuration says.")
        return
    yield _("`kryonix schedule install` would change, in {place}:").format(place=found.keeper)
    yield from (f"  {line}" for line in found.differences())
