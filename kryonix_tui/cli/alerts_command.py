"""`kryonix alerts`: what is firing, and silences."""

from __future__ import annotations

import asyncio
import shutil
import time
from typing import TYPE_CHECKING, Any

import click

from kryonix_tui.cli.exits import FINE
from kryonix_tui.cli.operations import carried_out, operating
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kryonix_tui.config.schema import Config
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.alert import AlertFacts

_LISTED = click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.alerts/1)."))
_FOR = click.option("--for", "length", metavar="TIME", help=_("How long: 30m, 2h, 1d. Else as alerts.silence says."))
_TERMS = click.argument("terms", nargs=-1, metavar="[TERM]...")


@click.group(
    "alerts", no_args_is_help=False, help=_("Alerts of Alertmanager, Prometheus and the console itself, and silences.")
)
@shared_flags
def command() -> None:
    """Hold the commands on alerts."""


@command.command(
    "list",
    help=_(
        "List alerts, those that reach people first: all, or those that fit every TERM, which is a matcher"
        " (severity=critical, tenant=~'cli.*') or a predicate (@state:firing, @age>10m, @silenced)."
        " The console's own checks look once: what would have to last before it fires is pending."
    ),
)
@_TERMS
@_LISTED
@shared_flags
@click.pass_context
def list_command(context: click.Context, *, terms: tuple[str, ...], json_output: bool) -> int:
    """Print the alerts."""
    config = shared_of(context).load().config
    from kryonix_tui.bootstrap import monitor_of
    from kryonix_tui.cli.exits import note
    from kryonix_tui.clock import now
    from kryonix_tui.headless import collect_alerts, missing_alerts
    from kryonix_tui.view import alert_documents, alerts
    from kryonix_tui.view.alert_filter import alert_filter

    # Terms first: a mistake in them is said before anybody is asked.
    looked_at = now()
    passes = alert_filter(" ".join(terms), alerts.columns_at(looked_at), lambda: looked_at.wall)
    update = asyncio.run(collect_alerts(monitor_of(config)))
    for message in missing_alerts(update):
        note(message)
    columns, found = alerts.columns(update), [alert for alert in update.platform.alerts if passes(alert)]
    if json_output:
        click.echo(alert_documents.encode({"alerts": alert_documents.listed(found)}))
        return FINE
    _table(columns, found)
    return FINE


@command.command("silences", help=_("List the silences: until when, by whom, why, and what they hold back."))
@_LISTED
@shared_flags
@click.pass_context
def silences_command(context: click.Context, *, json_output: bool) -> int:
    """Print the silences."""
    config = shared_of(context).load().config
    from kryonix_tui.view import alert_documents, silences

    facts = asyncio.run(_of_alertmanager(config))
    rows = silences.rows(facts.silences, facts.alerts, time.time(), config.alerts.ending)
    if json_output:
        parts = [alert_documents.silence_part(row.silence, row.standing) for row in rows]
        click.echo(alert_documents.encode({"silences": parts}))
        return FINE
    _table(silences.columns(), rows)
    return FINE


@command.command("silence", help=_("Hold back the alerts that fit every MATCHER. Shows first which those are."))
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER...")
@click.option("--reason", required=True, metavar="TEXT", help=_("Why, for those who find it later."))
@_FOR
@operating
def silence_command(
    context: click.Context, *, matchers: tuple[str, ...], reason: str, length: str | None, **flags: Any
) -> int:
    """Plan, ask, silence."""
    from kryonix_tui.model.matchers import parse

    wanted, seconds = parse(" ".join(matchers)), _seconds(length)
    return carried_out(
        context, lambda at: at.silence(wanted, _lasting(at, seconds), reason), "alerts.silence", "", **flags
    )


@command.command("extend", help=_("Let the silence ID end later (or sooner): --for counts from now."))
@click.argument("silence_id", metavar="ID")
@_FOR
@operating
def extend_command(context: click.Context, *, silence_id: str, length: str | None, **flags: Any) -> int:
    """Plan, ask, extend."""
    seconds = _seconds(length)
    return carried_out(
        context, lambda at: at.extend_silence(silence_id, _lasting(at, seconds)), "alerts.extend", "", **flags
    )


@command.command("expire", help=_("End the silence ID now. Shows first which alerts reach people again."))
@click.argument("silence_id", metavar="ID")
@operating
def expire_command(context: click.Context, *, silence_id: str, **flags: Any) -> int:
    """Plan, ask, expire."""
    return carried_out(context, lambda at: at.expire_silence(silence_id), "alerts.expire", "", **flags)


def _lasting(at: Maintenance, seconds: float | None) -> float:
    return at.config.alerts.silence if seconds is None else seconds


def _seconds(length: str | None) -> float | None:
    """Return a length of time in seconds, None where none is given.

    Raises:
        UsageError: it is none.
    """
    if length is None:
        return None
    from kryonix_tui.view.filter_terms import number

    seconds = number(length, "seconds")
    if seconds is None:
        raise UsageError(_("{text} is no length of time").format(text=safe(length, 40)), hint=_("Write 30m, 2h or 1d."))
    return seconds


async def _of_alertmanager(config: Config) -> AlertFacts:
    """Return what Alertmanager says. Raises SourceError; ConfigError where there is none."""
    from kryonix_tui.bootstrap import alerts_of
    from kryonix_tui.errors import ConfigError

    source = alerts_of(config)
    if source is None:
        raise ConfigError(_("no Alertmanager is configured"), hint=_("Set alertmanager.url, or --alertmanager URL."))
    try:
        return await source.fetch()
    finally:
        await source.close()


def _table(columns: object, items: Iterable[object]) -> None:
    from kryonix_tui.headless import table

    width = shutil.get_terminal_size((220, 24)).columns
    for text in table(columns, items, width):  # type: ignore[arg-type]  # columns of what the items are
        click.echo(text.rstrip())
