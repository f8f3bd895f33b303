"""Retention as it is configured: list, verify the newest of each scope, and say what may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kryonix_tui.config.schema import Config
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup import holdings, retention
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.signature import SignatureState
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.held import holds
from kryonix_tui.maintenance.backup.restore.journal import Mark, unfinished
from kryonix_tui.maintenance.backup.restore.undo import undo_folder
from kryonix_tui.maintenance.backup.retention import Needed, Pruning
from kryonix_tui.maintenance.backup.verification import Level, verify
from kryonix_tui.model.keyspace import KeyspaceMap

NOTHING = Pruning((), ())


@dataclass(frozen=True, slots=True)
class Planned:
    """What may go: of the backups of a destination, and of what restores on this machine have overwritten.

    `restores` have begun and not ended, and what they need stays. Those that are `abandoned` are given up: what they
    needed may go at the next pruning, not at this one, so that somebody can still go on after having been told.
    """

    backups: Pruning
    undo: Pruning = NOTHING
    restores: tuple[Mark, ...] = ()
    abandoned: tuple[Mark, ...] = ()

    @property
    def stopped(self) -> str:
        """Why nothing may be deleted at all, neither of the ones nor of the others."""
        return self.backups.stopped or self.undo.stopped


def planned(destination: Destination, config: Config, keyspace: KeyspaceMap, *, undo: bool = True) -> Planned:
    """Return what may be deleted now, of the snapshots before restores only where `undo` says so; nothing is deleted.

    Raises:
        ArchiveError, SourceError: the destination cannot be listed or read.
    """
    now, restores = datetime.now(UTC), unfinished()
    held = holds(now.timestamp())

    def needed(name: ArchiveName) -> str:
        return _restoring() if restores.needs(name) else held.reason(name)

    def needed_undo(name: ArchiveName) -> str:
        return _restoring() if restores.needs_undo(name) else ""

    backups = _backups(destination, config, keyspace, now, needed)
    if not undo:
        return Planned(backups)
    saved = holdings.entries(undo_folder(), config)
    days = config.backup.undo_days
    oldest = (now - timedelta(days=days)).timestamp()
    return Planned(
        backups,
        retention.plan_undo(saved, days=days, now=now, needed=needed_undo),
        tuple(mark for mark in restores.marks if mark.since >= oldest),
        tuple(mark for mark in restores.marks if mark.since < oldest),
    )


def _backups(destination: Destination, config: Config, keyspace: KeyspaceMap, now: datetime, needed: Needed) -> Pruning:
    """Judge the backups.

    The newest whole archive of each scope is read again completely; one that cannot be decrypted here is compared with
    its checksum, which our key signed after all data had been verified. Only where something is old enough to go is
    anything read.
    """
    found = holdings.entries(destination, config)
    days, keep_at_least = config.backup.keep_days, config.backup.keep_at_least

    def judged(verified: list[ArchiveName]) -> Pruning:
        return retention.plan(found, days=days, keep_at_least=keep_at_least, now=now, verified=verified, needed=needed)

    optimistic = judged([entry.name for entry in found])
    if not optimistic.prune:
        return optimistic
    newest = retention.newest_whole(found)
    return judged([name for name in newest if _sound(destination, name, config, keyspace)])


def _restoring() -> str:
    return _("a restore that has not ended needs it")


def _sound(destination: Destination, name: ArchiveName, config: Config, keyspace: KeyspaceMap) -> bool:
    """Tell whether an archive is, now that it was read, what our key says."""
    report = verify(destination, name, Level.DATA, config=config, keyspace=keyspace)
    return report.sound and report.signature is SignatureState.OURS
