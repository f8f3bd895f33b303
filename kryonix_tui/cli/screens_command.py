"""`kryonix screens`: which screens there are as data, whether their files are sound, what they show."""

from __future__ import annotations

import json
import shutil
from typing import Any

import click

from kryonix_tui.cli import completing
from kryonix_tui.cli.exits import FAILED, FINE
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import _, ngettext

_JSON = click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.screens/1)."))


@click.group(
    "screens", no_args_is_help=False, help=_("Screens that are described in files: shipped ones and your own.")
)
@shared_flags
def command() -> None:
    """Hold the commands on screens."""


@command.command("list", help=_("Print all screens, with their files. Your own replace shipped ones of the same name."))
@_JSON
@shared_flags
def list_command(*, json_output: bool) -> int:
    """Print the screens."""
    from kryonix_tui.view import screen_report as report
    from kryonix_tui.view.screens import screen_names

    found = [report.entry(name) for name in screen_names()]
    if json_output:
        _print_json({"screens": [report.as_data(entry, whole=False) for entry in found]})
        return FINE
    _print_table(report.entry_columns(), found)
    return FINE


@command.command("check", help=_("Examine files of screens, all or those named; exits with 1 where one has a mistake."))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_JSON
@shared_flags
def check_command(*, names: tuple[str, ...], json_output: bool) -> int:
    """Examine screens."""
    from kryonix_tui.view import screen_report as report
    from kryonix_tui.view.screens import screen_names

    found = [report.entry(name) for name in names or screen_names()]
    mistakes = [mistake for entry in found for mistake in entry.mistakes]
    if json_output:
        _print_json({"screens": [report.as_data(entry, whole=False) for entry in found]})
    else:
        for mistake in mistakes:
            click.echo(mistake)
        if not mistakes:
            click.echo(
                ngettext("{count} screen, no mistakes", "{count} screens, no mistakes", len(found)).format(
                    count=len(found)
                )
            )
    return FAILED if mistakes else FINE


@command.command("show", help=_("Print what a screen shows: its panels, with their figures and queries."))
@click.argument("name", metavar="NAME", shell_complete=completing.screens)
@_JSON
@shared_flags
@click.pass_context
def show_command(context: click.Context, *, name: str, json_output: bool) -> int:
    """Print one screen."""
    from kryonix_tui.view import panels
    from kryonix_tui.view import screen_report as report

    entry = report.entry(name)
    if json_output:
        _print_json(report.as_data(entry, whole=True))
    elif entry.screen is not None:
        click.echo(f"{_(entry.screen.title)} · {entry.screen.subject} · {entry.file}")
        prometheus = shared_of(context).load().config.prometheus
        configured = bool(prometheus.url or prometheus.per_tenant)
        out = () if configured else panels.without_prometheus(entry.screen.panels)
        _print_table(report.panel_columns(), [panel for panel in entry.screen.panels if panel not in out])
        if out:
            click.echo(panels.left_out(out))
    if not json_output:
        for mistake in entry.mistakes:
            click.echo(f"▲ {mistake}")
    return FAILED if entry.mistakes else FINE


def _print_table(columns: Any, items: Any) -> None:
    from kryonix_tui.headless import table

    for line in table(columns, items, shutil.get_terminal_size((120, 24)).columns):
        click.echo(line.rstrip())


def _print_json(content: dict[str, Any]) -> None:
    from kryonix_tui.view.screen_report import SCHEMA

    click.echo(json.dumps({"schema": SCHEMA, **content}, indent=2, ensure_ascii=False))
