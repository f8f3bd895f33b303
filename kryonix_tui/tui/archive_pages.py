"""What can be read about an archive without changing anything: is it sound, and what is in it.

Imported when an operator asks for it, for it needs `kryonix_tui.maintenance`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from kryonix_tui.i18n import N_, _, ngettext
from kryonix_tui.maintenance.analyse import analyse
from kryonix_tui.maintenance.backup.archive.encryption import configured_identities
from kryonix_tui.maintenance.backup.archive.manifest import tenant_identity
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.catalogue import Entry
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.holdings import keys_of
from kryonix_tui.maintenance.backup.opening import opened
from kryonix_tui.maintenance.backup.verification import Level, Report, verify
from kryonix_tui.maintenance.backup.watched import Watched, told
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.key_statistics import KeyStatistics
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Outcome, Result
from kryonix_tui.safetext import safe
from kryonix_tui.tui.jobs import Page
from kryonix_tui.tui.screens.restore_form import Inside
from kryonix_tui.tui.widgets.toned import cut
from kryonix_tui.view import formats
from kryonix_tui.view import key_statistics as view
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.columns import Column, Placed, fit

T = TypeVar("T")

_TENANTS_SHOWN: Final = 50
_PASSES: Final = {Level.QUICK: None, Level.DATA: 2, Level.DRILL: 3}
"""How often the file of an archive is read through."""


def title(entry: Entry) -> str:
    """Return an archive in a few words: its scope, and when it was made (UTC)."""
    return f"{safe(entry.name.scope, 40)} {entry.name.made_at:%Y-%m-%d %H:%M} UTC"


def inside(entry: Entry) -> Inside | None:
    """Return what is known to be in an archive; None where it is sealed, or was not counted."""
    if entry.manifest is None or entry.manifest.contents is None:
        return None
    tenants = [tenant_identity(text) for text in entry.manifest.contents.tenants]
    return Inside({safe(tenant): tenant for tenant in tenants}, sorted(entry.manifest.contents.databases))


def holding_line(entry: Entry, tenant: str, now: float) -> str:
    """Return an archive as a choice: how old, of what, with how many keys of the tenant; `now` in epoch seconds."""
    keys = keys_of(entry, tenant)
    held = (
        _("sealed: may hold it")
        if keys is None
        else ngettext("{count} key", "{count} keys", keys).format(count=formats.count(keys))
    )
    age = formats.age(max(0.0, now - entry.name.made_at.timestamp()))
    return f"{age:>4}  {safe(entry.name.scope, 24):<12} {held}"


def verified(maintenance: Maintenance, archive: ArchiveName, level: str, run: Run) -> tuple[Outcome, Page]:
    """Verify an archive. Raises KryonixError where it cannot be looked at, StoppedError."""
    wanted = Level(level)
    place, name = maintenance.located(archive)
    passes = _PASSES[wanted]
    watched = Watched(place, run, _("reading"), passes * _size(place, name) if passes else None)
    report = verify(watched, name, wanted, config=maintenance.config, keyspace=maintenance.keyspace, tell=told(run))
    summary = _("it is what was written") if report.sound else "; ".join(report.findings)
    if report.drilled is not None:
        summary += f"; {report.drilled.sentence}"
    result = Result.DONE if report.sound else Result.FAILED
    return Outcome(result, summary, notices=tuple(report.notes)), lambda _width: list(_report_lines(report))


def analysed(maintenance: Maintenance, archive: ArchiveName, run: Run) -> tuple[Outcome, Page]:
    """Count what is in an archive. Raises KryonixError where it cannot be read, StoppedError."""
    place, name = maintenance.located(archive)
    identities = configured_identities(maintenance.config.backup.identity_file) if name.encrypted else ()
    with opened(Watched(place, run, _("reading"), _size(place, name)), name, identities) as found:
        payload = found.payload()
        statistics = analyse(payload, maintenance.keyspace)
        payload.drain()
    total = statistics.total
    summary = f"{formats.keys(total.keys)}, {formats.size(total.bytes)}"
    return Outcome(Result.DONE, summary), lambda width: list(_contents_lines(statistics, maintenance.keyspace, width))


def _size(place: Destination, name: ArchiveName) -> int:
    return next((stored.size for stored in place.stored() if stored.name == str(name)), 0)


def _report_lines(report: Report) -> Iterator[Line]:
    state = Cell(f"● {_('sound')}", Tone.OK) if report.sound else Cell(f"✖ {_('DAMAGED')}", Tone.CRITICAL)
    yield line(state, Cell(f"  {report.name}  ({report.level.value})", Tone.MUTED))
    yield from (line(Cell(f"✖ {text}", Tone.CRITICAL)) for text in report.findings)
    yield from (line(Cell(f"▲ {text}", Tone.WARNING)) for text in report.notes)
    drilled = report.drilled
    if drilled is not None:
        yield line(drilled.sentence)


def _contents_lines(found: KeyStatistics, keyspace: KeyspaceMap, width: int) -> Iterator[Line]:
    yield from (line(text) for text in view.summary(found))
    tenants = view.tenants(found)
    yield line()
    yield from _table(view.columns(N_("Database")), view.databases(found, keyspace), width)
    yield line()
    yield from _table(view.columns(N_("Tenant")), tenants[:_TENANTS_SHOWN], width)
    if len(tenants) > _TENANTS_SHOWN:
        yield line(
            Cell(
                ngettext(
                    "… and {count} smaller one", "… and {count} smaller ones", len(tenants) - _TENANTS_SHOWN
                ).format(count=len(tenants) - _TENANTS_SHOWN),
                Tone.MUTED,
            )
        )
    yield line()
    yield from _table(view.columns(N_("Kind")), view.kinds(found), width)
    yield line()
    yield line(Cell(_("The largest values"), Tone.ACCENT))
    yield from _table(view.big_columns(), found.biggest, width)


def _table(columns: Sequence[Column[T]], items: Iterable[T], width: int) -> Iterator[Line]:
    """Yield a list as lines: the titles, then a line per item."""
    placed = fit(columns, width)
    yield _spaced((Cell(_(place.column.title), Tone.ACCENT), place) for place in placed)
    for item in items:
        yield _spaced((place.column.cell(item), place) for place in placed)


def _spaced(cells: Iterable[tuple[Cell, Placed[T]]]) -> Line:
    parts: list[Cell] = []
    for cell, place in cells:
        text = cut(cell.text, place.width)
        if place.column.numeric:
            text = text.rstrip().rjust(place.width)
        parts += [Cell(text, cell.tone), Cell(" ")]
    return tuple(parts[:-1])
