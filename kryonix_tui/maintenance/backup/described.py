"""What an archive says of the server that it is from."""

from __future__ import annotations

from kryonix_tui.maintenance.backup.archive.manifest import Server
from kryonix_tui.maintenance.backup.intake import Snapshot
from kryonix_tui.maintenance.overview import Overview


def server_of(seen: Overview, snapshot: Snapshot | None = None) -> Server:
    """Return the server as it was `seen`; with the place of a `snapshot` in its history, where it is one."""
    target = seen.target
    return Server(
        place=target.place,
        flavour="valkey" if target.flavour == "valkey" else "redis",
        version=target.version,
        run_id=target.run_id,
        role=target.role,
        replication_id=(snapshot.replication_id if snapshot else None) or "",
        replication_offset=snapshot.offset if snapshot else None,
        time=seen.time_ms,
    )
