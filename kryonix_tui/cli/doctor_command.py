"""`kryonix doctor`: what works, what is allowed, what to do."""

from __future__ import annotations

import click

from kryonix_tui.cli.operations import Teller
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import _


@click.command("doctor", help=_("Check configuration, servers, permissions and terminal."))
@click.option(
    "--deep",
    is_flag=True,
    help=_("Also look at all keys, within the budget, at latency for a while, and at the rights of the Redis users."),
)
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.doctor/1)."))
@shared_flags
@click.pass_context
def command(context: click.Context, *, deep: bool, json_output: bool) -> int:
    """Run all checks. A deep examination tells on stderr how far it is, and ends with 1 where it finds something."""
    loaded = shared_of(context).load()
    from kryonix_tui import bootstrap

    return bootstrap.run_doctor(loaded, json_output=json_output, deep=deep, teller=Teller())
