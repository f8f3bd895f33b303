"""What backups there are of a scope, and whether a new one holds what it should."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError, VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import signature
from kryonix_tui.maintenance.backup.archive.manifest import tenant_text
from kryonix_tui.maintenance.backup.archive.naming import FULL, ArchiveName, scope_label
from kryonix_tui.maintenance.backup.catalogue import Entry, catalogue
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Scope

if TYPE_CHECKING:
    from kryonix_tui.maintenance.backup.drill import DrillResult
    from kryonix_tui.maintenance.door import Run


def entries(destination: Destination, config: Config) -> tuple[Entry, ...]:
    """Return the catalogue of `destination`, the newest first. Raises as `catalogue`."""
    return catalogue(destination, signature.load_key(signature.key_file(config.backup.signing_key_file)))


def keys_of(entry: Entry, tenant: str) -> int | None:
    """Return how many keys of a tenant an archive holds; None where that cannot be known from outside.

    It cannot of a sealed archive whose scope has the tenant, or everything.
    """
    if entry.manifest is not None and entry.manifest.contents is not None:
        keys = entry.manifest.contents.tenants.get(tenant_text(tenant))
        return keys.keys if keys is not None else 0
    may_hold = entry.manifest is None and entry.name.scope in (FULL, scope_label(Scope((tenant,))))
    return None if may_hold else 0


def holding(found: Iterable[Entry], tenant: str) -> list[Entry]:
    """Return the whole archives among `found` that hold a tenant, or may: see `keys_of`."""
    return [entry for entry in found if entry.whole and keys_of(entry, tenant) != 0]


def age(destination: Destination, config: Config, scope: Scope, now: float) -> float | None:
    """Return how many seconds old the newest whole backup of a scope is: its own, or one of everything. None: none."""
    wanted = {scope_label(scope), FULL}
    try:
        found = [entry for entry in entries(destination, config) if entry.whole and entry.name.scope in wanted]
    except KryonixError:
        # A plan can be made without knowing; the destination's trouble shows when it is written to.
        return None
    return max(0.0, now - found[0].name.made_at.timestamp()) if found else None


def prove(
    destination: Destination, config: Config, keyspace: KeyspaceMap, name: str, run: Run
) -> tuple[DrillResult | None, tuple[str, ...]]:
    """Verify the archive `name` as deep as `backup.verify` says; return its drill, and what else should be said about it.

    All data was read again, walked and counted before the archive got its name, and an object store was read back: for
    `data` a look at what was published is left. Where a drill is wanted and no server is here to do it with, all data is
    verified once more and that is said.

    Raises:
        VerificationError: it is not what it should be; it stays, and is listed for what it is.
        StoppedError: `run` was stopped during its drill; it stays.
    """
    from kryonix_tui.maintenance.backup.throwaway import NoServerError
    from kryonix_tui.maintenance.backup.verification import Level, verify
    from kryonix_tui.maintenance.backup.watched import told

    parsed = ArchiveName.parse(name)
    if parsed is None:
        raise VerificationError(_("{name} is no archive's name").format(name=name))
    notices: tuple[str, ...] = ()
    try:
        level = Level.DRILL if config.backup.verify == "drill" else Level.QUICK
        report = verify(destination, parsed, level, config=config, keyspace=keyspace, tell=told(run))
    except NoServerError as error:
        notices = (_("there was no drill, all data was verified instead: {reason}").format(reason=error.message),)
        report = verify(destination, parsed, Level.DATA, config=config, keyspace=keyspace)
    if not report.sound:
        raise VerificationError(_("{name}: {reason}").format(name=name, reason="; ".join(report.findings)))
    return report.drilled, (*notices, *report.notes)
