"""`kryonix tenant`: the end of a tenant, and the end of its sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kryonix_tui.cli.operations import JSON, PLAN, YES, carry_out
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.maintenance.tenants.purge import TenantPurge
    from kryonix_tui.maintenance.tenants.suspend import TenantSuspend

_TENANT = click.argument("tenant", metavar="T")


@click.group("tenant", no_args_is_help=False, help=_("The life of a tenant on Redis."))
@shared_flags
def command() -> None:
    """Hold the commands on tenants."""


@command.command("purge", help=_("Remove everything of tenant T, after a verified backup of it."))
@_TENANT
@click.option("--to", default="", metavar="DEST", help=_("Another destination of the backup than the configured one."))
@YES
@PLAN
@JSON
@shared_flags
@click.pass_context
def purge_command(
    context: click.Context, *, tenant: str, to: str, yes: bool, plan_hash: str | None, json_output: bool
) -> int:
    """Plan, ask, back up, purge."""
    loaded = shared_of(context).load()
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.operation import Purpose

    maintenance = Maintenance(loaded.config)

    async def make() -> TenantPurge:
        return maintenance.purge(tenant, to=to)

    return carry_out(
        maintenance,
        make,
        action="tenant.purge",
        purpose=Purpose.MAINTAIN,
        yes=yes,
        plan_hash=plan_hash,
        json_output=json_output,
    )


@command.command("suspend", help=_("End all mobile, SDK and WebSocket sessions of tenant T. It is no lock-out."))
@_TENANT
@YES
@PLAN
@JSON
@shared_flags
@click.pass_context
def suspend_command(context: click.Context, *, tenant: str, yes: bool, plan_hash: str | None, json_output: bool) -> int:
    """Plan, ask, save, end the sessions."""
    loaded = shared_of(context).load()
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.operation import Purpose

    maintenance = Maintenance(loaded.config)

    async def make() -> TenantSuspend:
        return maintenance.suspend(tenant)

    return carry_out(
        maintenance,
        make,
        action="tenant.suspend",
        purpose=Purpose.MAINTAIN,
        yes=yes,
        plan_hash=plan_hash,
        json_output=json_output,
    )
