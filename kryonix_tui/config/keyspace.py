"""The keyspace map that a configuration describes."""

from __future__ import annotations

from kryonix_tui.config import schema
from kryonix_tui.model.keyspace import DatabaseSpec, KeyPattern, KeyspaceMap, Role


def keyspace_map(section: schema.Keyspace) -> KeyspaceMap:
    """Return the map of a checked configuration; its defaults give KRYONIX's own."""
    databases = tuple(DatabaseSpec(entry.db, entry.name, entry.purpose) for entry in section.databases)
    patterns = tuple(
        KeyPattern(
            db=entry.db,
            pattern=entry.pattern,
            kind=entry.kind,
            type=entry.type,
            role=Role(entry.role),
            queue=entry.queue,
            facts=entry.facts,
        )
        for entry in section.patterns
    )
    return KeyspaceMap(databases, patterns)
