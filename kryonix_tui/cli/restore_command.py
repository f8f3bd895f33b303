"""`kryonix restore`: write a backup back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kryonix_tui.cli import completing
from kryonix_tui.cli.operations import carried_out, operating
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.maintenance.backup.restore.operation import Restore
    from kryonix_tui.maintenance.service import Maintenance


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
@operating
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
    **flags: Any,
) -> int:
    """Plan, ask, restore."""

    def make(at: Maintenance) -> Restore:
        from kryonix_tui.maintenance.backup.restore.operation import Policy
        from kryonix_tui.model.operation import Scope

        return at.restore(
            archive,
            Scope(tenants, databases),
            policy=Policy(policy),
            into=into,
            trusted=trust_unsigned,
            convert=convert,
            skip_unrestorable=skip_unrestorable,
        )

    return carried_out(context, make, "restore", "restore", **flags)
