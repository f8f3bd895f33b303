"""`kryonix audit`: what was done with this console on this machine, and whether its log was tampered with."""

from __future__ import annotations

import json
import shutil
from collections import deque
from dataclasses import asdict
from typing import Any

import click

from kryonix_tui.cli.exits import FAILED, FINE, tell
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import _, ngettext

_JSON = click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.audit/1)."))


@click.group("audit", no_args_is_help=False, help=_("The log of what was changed with this console."))
@shared_flags
def command() -> None:
    """Hold the commands on the audit log."""


@command.command("list", help=_("Print what was done, oldest first."))
@click.option("--last", type=click.IntRange(1), metavar="N", help=_("Only the last N lines."))
@_JSON
@shared_flags
@click.pass_context
def list_command(context: click.Context, *, last: int | None, json_output: bool) -> int:
    """Print the lines of the log that this console may see."""
    config = shared_of(context).load().config
    from kryonix_tui.maintenance.audit import AuditLog
    from kryonix_tui.maintenance.seen import lines
    from kryonix_tui.model.visible import Visible

    entries = deque(lines(AuditLog().entries(), Visible(config.tenants)), maxlen=last)
    if json_output:
        _print_json({"entries": [asdict(entry) for entry in entries]})
        return FINE
    from kryonix_tui.headless import table
    from kryonix_tui.maintenance.audit_columns import columns

    for line in table(columns(), entries, shutil.get_terminal_size((120, 24)).columns):
        click.echo(line.rstrip())
    return FINE


@command.command("verify", help=_("Check that no line was changed, removed or put in; exits with 1 where one was."))
@_JSON
@shared_flags
def verify_command(*, json_output: bool) -> int:
    """Check the chain of hashes."""
    from kryonix_tui.maintenance.audit import AuditLog

    verdict = AuditLog().verify()
    intact = verdict.broken_at is None
    if json_output:
        _print_json({"intact": intact, **asdict(verdict)})
    elif not intact:
        text = _("line {number}: {reason}").format(number=verdict.broken_at, reason=verdict.reason)
        tell(_("Audit"), text, _("Compare with the hashes in the notifications, and with a backup of the log."))
    else:
        click.echo(
            ngettext(
                "{count} line, not changed. Newest: {hash}",
                "{count} lines, none changed. Newest: {hash}",
                verdict.lines,
            ).format(count=verdict.lines, hash=verdict.newest)
        )
        for number in verdict.torn:
            text = _("line {number} is torn: a loss of power, a full disk, or somebody; the next one is chained to it")
            click.echo(text.format(number=number))
    return FINE if intact else FAILED


def _print_json(content: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": "kryonix.audit/1", **content}, indent=2))
