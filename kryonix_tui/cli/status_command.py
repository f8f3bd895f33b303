"""`kryonix status`: one snapshot on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.headless import FailOn


@click.command("status", help=_("Print one snapshot of servers, tenants and alerts."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.status/1)."))
@click.option("--tenant", metavar="T", help=_("Only this tenant."))
@click.option("--fail-on", type=click.Choice(["warning", "critical"]), help=_("Exit with 1 on findings this bad."))
@click.option("--wait-census", is_flag=True, help=_("Wait for a complete census, however long it takes."))
@shared_flags
@click.pass_context
def command(
    context: click.Context,
    *,
    json_output: bool,
    tenant: str | None,
    fail_on: FailOn | None,
    wait_census: bool,
) -> int:
    """Print one snapshot."""
    loaded = shared_of(context).load()
    from kryonix_tui import bootstrap

    return bootstrap.run_status(
        loaded, json_output=json_output, tenant=tenant, fail_on=fail_on, wait_census=wait_census
    )
