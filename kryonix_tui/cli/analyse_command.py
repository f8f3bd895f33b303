"""`kryonix analyse`: what an RDB holds, offline."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from kryonix_tui.cli import completing
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.i18n import N_, _, ngettext
from kryonix_tui.model.keyspace import KeyspaceMap

if TYPE_CHECKING:
    from kryonix_tui.model.key_statistics import KeyStatistics

_TENANTS_SHOWN: Final = 50


@click.command(
    "analyse", help=_("Count keys, bytes, types and expiry in an RDB, by tenant and kind. No server is asked.")
)
@click.argument("file", metavar="ARCHIVE|FILE.rdb", shell_complete=completing.paths)
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.analysis/1)."))
@shared_flags
@click.pass_context
def command(context: click.Context, *, file: str, json_output: bool) -> int:
    """Analyse one file."""
    loaded = shared_of(context).load()
    from kryonix_tui.config.keyspace import keyspace_map
    from kryonix_tui.maintenance.analyse import analyse, opened_source
    from kryonix_tui.view.key_statistics import as_json

    keyspace = keyspace_map(loaded.config.keyspace)
    with opened_source(file, loaded.config) as source:
        found = analyse(source, keyspace)
    if json_output:
        click.echo(as_json(found, keyspace), nl=False)
    else:
        width = shutil.get_terminal_size((120, 24)).columns
        click.echo("\n".join(line.rstrip() for line in _lines(found, keyspace, width)))
    return 0


def _lines(found: KeyStatistics, keyspace: KeyspaceMap, width: int) -> Iterator[str]:
    from kryonix_tui.headless import table
    from kryonix_tui.view import key_statistics as view

    yield from view.summary(found)
    yield ""
    yield from table(view.columns(N_("Database")), view.databases(found, keyspace), width)
    yield ""
    tenants = view.tenants(found)
    yield from table(view.columns(N_("Tenant")), tenants[:_TENANTS_SHOWN], width)
    if len(tenants) > _TENANTS_SHOWN:
        more = len(tenants) - _TENANTS_SHOWN
        text = ngettext(
            "… and {count} smaller one (--json has it)", "… and {count} smaller ones (--json has them all)", more
        )
        yield text.format(count=more)
    yield ""
    yield from table(view.columns(N_("Kind")), view.kinds(found), width)
    yield ""
    yield _("The largest values")
    yield from table(view.big_columns(), found.biggest, width)
