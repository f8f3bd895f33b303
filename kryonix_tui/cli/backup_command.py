"""`kryonix backup`: make archives, look at them, verify them, let old ones go."""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kryonix_tui.cli import completing
from kryonix_tui.cli.exits import FAILED, FINE
from kryonix_tui.cli.operations import PLAN, YES, Teller, carried_out, maintenance_of, operating
from kryonix_tui.cli.shared import shared_flags
from kryonix_tui.i18n import _, ngettext

if TYPE_CHECKING:
    from kryonix_tui.maintenance.backup.archive.manifest import Manifest
    from kryonix_tui.maintenance.backup.create import BackupCreate
    from kryonix_tui.maintenance.backup.pruning import Planned
    from kryonix_tui.maintenance.backup.verification import Report
    from kryonix_tui.maintenance.service import Maintenance

_JSON = click.option("--json", "json_output", is_flag=True, help=_("Print JSON."))
_AT = click.option("--at", default="", metavar="DEST", help=_("Another destination than the configured one."))
_ARCHIVE = click.argument("archive", metavar="ARCHIVE", shell_complete=completing.paths)


@click.group("backup", no_args_is_help=False, help=_("Archives of the server, of tenants, of databases."))
@shared_flags
def command() -> None:
    """Hold the commands on backups."""


@command.command("create", help=_("Back up the whole server, or the tenants and databases that are named."))
@click.option("--tenant", "tenants", multiple=True, metavar="T", help=_("Only this tenant's keys."))
@click.option("--db", "databases", multiple=True, type=click.IntRange(0), metavar="N", help=_("Only this database."))
@click.option("--to", default="", metavar="DEST", help=_("Another destination than the configured one."))
@operating
def create_command(
    context: click.Context, *, tenants: tuple[str, ...], databases: tuple[int, ...], to: str, **flags: Any
) -> int:
    """Plan, ask, back up."""

    def make(at: Maintenance) -> Awaitable[BackupCreate]:
        from kryonix_tui.model.operation import Scope

        return at.backup(Scope(tenants, databases), to=to)

    return carried_out(context, make, "backup.create", "backup", **flags)


@command.command("list", help=_("List the archives, the newest first."))
@_AT
@_JSON
@shared_flags
@click.pass_context
def list_command(context: click.Context, *, at: str, json_output: bool) -> int:
    """Print the catalogue."""
    maintenance = maintenance_of(context)
    entries = maintenance.archives(at)
    from kryonix_tui.maintenance.backup import documents

    if json_output:
        place = maintenance.destination(at).place
        listed = {"destination": place, "archives": [documents.entry(entry) for entry in entries]}
        click.echo(documents.encode("backups", listed))
        return FINE
    from kryonix_tui.headless import table
    from kryonix_tui.maintenance.backup.columns import columns

    for line in table(columns(time.time()), entries, shutil.get_terminal_size((120, 24)).columns):
        click.echo(line.rstrip())
    return FINE


@command.command("show", help=_("Show what ARCHIVE says of itself. Its data is not read."))
@_ARCHIVE
@_JSON
@shared_flags
@click.pass_context
def show_command(context: click.Context, *, archive: str, json_output: bool) -> int:
    """Print the manifest."""
    maintenance = maintenance_of(context)
    import msgspec

    from kryonix_tui.maintenance.backup import documents
    from kryonix_tui.maintenance.backup.archive.encryption import configured_identities
    from kryonix_tui.maintenance.backup.opening import opened

    destination, name = maintenance.located(archive)
    identities = configured_identities(maintenance.config.backup.identity_file) if name.encrypted else []
    with opened(destination, name, identities) as found:
        manifest = found.manifest
    if json_output:
        shown = {
            "name": str(name),
            "place": destination.place,
            "manifest": msgspec.to_builtins(manifest, str_keys=True),
        }
        click.echo(documents.encode("backup", shown))
    else:
        click.echo("\n".join(_manifest_lines(destination.place, manifest)))
    return FINE


@command.command("verify", help=_("Check ARCHIVE, or all of them; exits with 1 where one is damaged."))
@click.argument("archives", nargs=-1, metavar="[ARCHIVE]...", shell_complete=completing.paths)
@click.option(
    "--level",
    type=click.Choice(["quick", "data", "drill"]),
    default="data",
    show_default=True,
    help=_("Sizes and signature; all data; or loaded into a server that is thrown away."),
)
@_AT
@_JSON
@shared_flags
@click.pass_context
def verify_command(context: click.Context, *, archives: tuple[str, ...], level: str, at: str, json_output: bool) -> int:
    """Verify and report."""
    maintenance = maintenance_of(context)
    from kryonix_tui.maintenance.backup import documents
    from kryonix_tui.maintenance.backup.verification import Level, verify
    from kryonix_tui.model.operation import Progress

    if archives:
        wanted = [maintenance.located(archive, at) for archive in archives]
    else:
        wanted = [(maintenance.destination(at), entry.name) for entry in maintenance.archives(at)]
    teller = Teller()

    def tell(done: int, total: int) -> None:
        teller.tell(Progress(done, total or None, "keys", _("comparing") if done else _("loading")))

    reports = []
    for destination, name in wanted:
        try:
            report = verify(
                destination, name, Level(level), config=maintenance.config, keyspace=maintenance.keyspace, tell=tell
            )
        finally:
            teller.end()
        reports.append((destination.place, report))
        if not json_output:
            click.echo("\n".join(_report_lines(destination.place, report)))
    if json_output:
        listed = [{"place": place, **documents.report(report)} for place, report in reports]
        click.echo(documents.encode("verification", {"archives": listed}))
    return FINE if all(report.sound for _place, report in reports) else FAILED


@command.command("prune", help=_("Delete the archives that are old enough to go; says why the others stay."))
@click.option("--dry-run", is_flag=True, help=_("Only say it."))
@_AT
@YES
@PLAN
@_JSON
@shared_flags
@click.pass_context
def prune_command(
    context: click.Context, *, dry_run: bool, at: str, yes: bool, plan_hash: str | None, json_output: bool
) -> int:
    """Print the plan of the retention, or carry it out."""
    if not dry_run:
        return carried_out(
            context,
            lambda maintenance: maintenance.prune(at=at),
            "backup.prune",
            "backup",
            yes=yes,
            plan_hash=plan_hash,
            json_output=json_output,
        )
    maintenance = maintenance_of(context)
    from kryonix_tui.maintenance.backup import documents
    from kryonix_tui.maintenance.backup.pruning import planned

    maintenance.see_everybody()
    found = planned(maintenance.destination(at), maintenance.config, maintenance.keyspace, undo=not at)
    if json_output:
        click.echo(documents.encode("pruning", documents.pruning(found)))
    else:
        click.echo("\n".join(_pruning_lines(found, maintenance.config.backup.undo_days)))
    return FAILED if found.stopped else FINE


@command.command("export", help=_("Write the RDB of ARCHIVE to FILE, which must not exist."))
@_ARCHIVE
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@shared_flags
@click.pass_context
def export_command(context: click.Context, *, archive: str, file: Path) -> int:
    """Write the RDB."""
    maintenance = maintenance_of(context)
    from kryonix_tui.maintenance.backup.archive.encryption import configured_identities
    from kryonix_tui.maintenance.backup.export import export
    from kryonix_tui.maintenance.backup.opening import opened
    from kryonix_tui.view import formats

    destination, name = maintenance.located(archive)
    identities = configured_identities(maintenance.config.backup.identity_file) if name.encrypted else []
    with opened(destination, name, identities) as found:
        size = export(found, file.expanduser().absolute())
    click.echo(_("{size} written").format(size=formats.size(size)))
    return FINE


def _manifest_lines(place: str, manifest: Manifest) -> Iterator[str]:
    from datetime import UTC, datetime

    from kryonix_tui.safetext import safe
    from kryonix_tui.view import formats

    server, payload, contents = manifest.server, manifest.payload, manifest.contents
    facts = {
        _("Where"): place,
        _("Made"): datetime.fromtimestamp(manifest.created, UTC).isoformat(),
        _("With"): manifest.tool,
        _("Server"): f"{server.flavour} {server.version}  {server.place}  {server.role}",
        _("Run id"): server.run_id,
        _("Tenants"): ", ".join(manifest.scope.tenants) or _("all"),
        _("Databases"): ", ".join(map(str, manifest.scope.databases)) or _("all"),
        _("Consistency"): manifest.consistency,
        _("Data"): f"{payload.magic} {payload.version}, {formats.size(payload.raw_bytes)}",
        _("Stored"): formats.size(payload.stored_bytes),
    }
    for title, text in facts.items():
        yield f"{title:<12} {safe(text, 200)}"
    if contents is None:
        yield _("Keys were not counted: the RDB holds a type that is not known.")
        return
    for db, keys in contents.databases.items():
        yield f"db {db:<9} " + f"{formats.keys(keys.keys)}, {formats.expiring(keys.expires)}"
    largest = sorted(contents.tenants.items(), key=lambda item: (-item[1].keys, item[0]))
    for tenant, keys in largest[:20]:
        yield f"{safe(tenant, 40):<12} {formats.keys(keys.keys)}, {formats.expiring(keys.expires)}"
    if len(largest) > 20:
        more = len(largest) - 20
        text = ngettext(
            "… and {count} smaller one (--json has it)", "… and {count} smaller ones (--json has them all)", more
        )
        yield text.format(count=more)


def _report_lines(place: str, report: Report) -> Iterator[str]:
    word = _("sound") if report.sound else _("DAMAGED")
    yield f"{report.name}: {word} ({report.level.value})"
    yield f"  {place}"
    for text in (*report.findings, *report.notes):
        yield f"  {text}"
    if report.drilled is not None:
        yield f"  {report.drilled.sentence}"


def _pruning_lines(planned: Planned, undo_days: int) -> Iterator[str]:
    from kryonix_tui.maintenance.backup.abandoned import sentences

    if planned.stopped:
        yield planned.stopped
    found = [(planned.backups, ""), (planned.undo, "undo/")]
    for pruning, folder in found:
        for entry in pruning.prune:
            yield _("goes   {name}").format(name=f"{folder}{entry.name}")
        for kept in pruning.keep:
            yield _("stays  {name}: {reason}").format(name=f"{folder}{kept.entry.name}", reason=kept.reason)
    if not any(pruning.prune or pruning.keep for pruning, _folder in found):
        yield _("There are no archives.")
    yield from sentences(planned, undo_days)
