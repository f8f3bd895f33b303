"""Retention as it is configured: list, verify the newest of each scope, and say what may go."""

from __future__ import annotations

from datetime import UTC, datetime

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.backup import holdings, retention
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.retention import Pruning
from kryonix_tui.maintenance.backup.verification import Level, verify
from kryonix_tui.model.keyspace import KeyspaceMap


def planned(destination: Destination, config: Config, keyspace: KeyspaceMap) -> Pruning:
    """Return what may be deleted at `destination` now; nothing is deleted.

    The newest whole archive of each scope is read again completely; one that cannot be decrypted here is compared with
    its checksum. Only where something is old enough to go is anything read.

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
    verified = [
        name for name in newest if verify(destination, name, Level.DATA, config=config, keyspace=keyspace).sound
    ]
    return retention.plan(found, days=rules.keep_days, keep_at_least=rules.keep_at_least, now=now, verified=verified)
