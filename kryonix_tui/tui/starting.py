"""What is shown before any source has answered."""

from __future__ import annotations

from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Config
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.model.tenant import Database, Platform


def nothing_yet(config: Config) -> Update:
    """Return an update in which every source is waiting, or not configured, and the databases are those of the map."""
    absent = {
        name
        for name, server in ((SourceName.PROMETHEUS, config.prometheus), (SourceName.ALERTMANAGER, config.alertmanager))
        if not server.url
    }
    states = {
        name: SourceState(name, Condition.NOT_CONFIGURED if name in absent else Condition.WAITING, 1.0)
        for name in SourceName
    }
    databases = tuple(Database(entry.db, entry.name, entry.purpose) for entry in config.keyspace.databases)
    return Update(Snapshot(sources=states), Platform(at=now(), databases=databases), History())
