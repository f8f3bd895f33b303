"""Retention as it is configured: list, verify the newest of each scope, and say what may go."""

from __future__ import annotations

from datetime import UTC, datetime

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.backup import holdings, retention
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.signature import SignatureState
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.retention import Pruning
from kryonix_tui.maintenance.backup.verification import Level, verify
from kryonix_tui.model.keyspace import KeyspaceMap


def planned(destination: Destination, config: Config, keyspace: KeyspaceMap) -> Pruning:
    """Return what may be deleted at `destination` now; nothing is deleted.

    The newest whole archive of each scope is read again completely; one that cannot be decrypted here is compared with
    its checksum, which our key signed after all data had been verified. Only where something is old enough to go is anything read.

    Raises:
        ArchiveError, SourceError: the destination cannot be listed or read.
    """
    found = holdings.entries(destination, config)
    rules = config.backup
    now = datetime.now(UTC)
    optimistic = retention.plan(
        found,
        days=rules.keep_days,
        keep_at_least=rules.keep_at_least,
        now=now,
        verified=[entry.name for entry in found],
    )
    if not optimistic.prune:
        return optimistic
    newest = retention.newest_whole(found)
    verified = [name for name in newest if _sound(destination, name, config, keyspace)]
    return retention.plan(found, days=rules.keep_days, keep_at_least=rules.keep_at_least, now=now, verified=verified)


def _sound(destination: Destination, name: ArchiveName, config: Config, keyspace: KeyspaceMap) -> bool:
    """Tell whether an archive is, now that it was read, what our key says."""
    report = verify(destination, name, Level.DATA, config=config, keyspace=keyspace)
    return report.sound and report.signature is SignatureState.OURS
