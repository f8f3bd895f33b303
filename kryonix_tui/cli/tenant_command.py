"""`kryonix tenant`: the end of a tenant, and the end of its sessions."""

from __future__ import annotations

from typing import Any

import click

from kryonix_tui.cli.operations import carried_out, operating
from kryonix_tui.cli.shared import shared_flags
from kryonix_tui.i18n import _

_TENANT = click.argument("tenant", metavar="T")


@click.group("tenant", no_args_is_help=False, help=_("The life of a tenant on Redis."))
@shared_flags
def command() -> None:
    """Hold the commands on tenants."""


@command.command("purge", help=_("Remove everything of tenant T, after a verified backup of it."))
@_TENANT
@click.option("--to", default="", metavar="DEST", help=_("Another destination of the backup than the configured one."))
@operating
def purge_command(context: click.Context, *, tenant: str, to: str, **flags: Any) -> int:
    """Plan, ask, back up, purge."""
    return carried_out(context, lambda at: at.purge(tenant, to=to), "tenant.purge", "maintain", **flags)


@command.command("suspend", help=_("End all mobile, SDK and WebSocket sessions of tenant T. It is no lock-out."))
@_TENANT
@operating
def suspend_command(context: click.Context, *, tenant: str, **flags: Any) -> int:
    """Plan, ask, save, end the sessions."""
    return carried_out(context, lambda at: at.suspend(tenant), "tenant.suspend", "maintain", **flags)
