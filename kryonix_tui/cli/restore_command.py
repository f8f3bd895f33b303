"""`kryonix restore`: write a backup back."""

from __future__ import annotations

import click

from kryonix_tui.cli import completing
from kryonix_tui.cli.operations import JSON, PLAN, YES, carry_out
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import _


@click.command("restore", help=_("Restore ARCHIVE, a path or a name of `kryonix backup list`, or a part of it."))
@click.argument("archive", metavar="ARCHIVE", shell_complete=completing.paths)
@click.option("--tenant", "tenants", multiple=True, metavar="T", help=_("Only this tenant's keys."))
@click.option("--db", "databases", multiple=True, type=click.IntRange(0), metavar="N", help=_("Only this database."))
@click.option("--into", default="", metavar="URL", help=_("Another server than the configured one."))
@click.option(
    "--policy",
    type=click.Choice(["fail", "skip", "replace"]),
    default="fail",
    show_default=True,
    help=_("Where a key exists: refuse everything, leave it, or overwrite it."),
)
@click.option("--trust-unsigned", is_flag=True, help=_("Restore an archive that was not signed with our key."))
@click.option("--convert", is_flag=True, help=_("Write values in an older format that the server reads."))
@click.option(
    "--skip-unrestorable", is_flag=True, help=_("With --convert: go without the values that the server cannot hold.")
)
@YES
@PLAN
@JSON
@shared_flags
@click.pass_context
def command(
    context: click.Context,
    *,
    archive: str,
    tenants: tuple[str, ...],
    databases: tuple[int, ...],
    into: str,
    policy: str,
    trust_unsigned: bool,
    convert: bool,
    skip_unrestorable: bool,
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
) -> int:
    """Plan, ask, restore."""
    loaded = shared_of(context).load()
    from kryonix_tui.maintenance.backup.restore.operation import Policy, Restore
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.operation import Purpose, Scope

    maintenance = Maintenance(loaded.config)

    async def make() -> Restore:
        return maintenance.restore(
            archive,
            Scope(tenants, databases),
            policy=Policy(policy),
            into=into,
            trusted=trust_unsigned,
            convert=convert,
            skip_unrestorable=skip_unrestorable,
        )

    return carry_out(
        maintenance,
        make,
        action="restore",
        purpose=Purpose.RESTORE,
        yes=yes,
        plan_hash=plan_hash,
        json_output=json_output,
    )
