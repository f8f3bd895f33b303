"""The snapshot of what a restore overwrites, taken before the first key is written. It restores like any archive.

It lies apart from the backups (`maintenance/undo` in the state folder): it holds some keys of a scope, not the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.backup.archive import encryption, signature
from kryonix_tui.maintenance.backup.archive.writer import ArchiveWriter, Description
from kryonix_tui.maintenance.backup.described import server_of
from kryonix_tui.maintenance.backup.destination import Folder
from kryonix_tui.maintenance.backup.dumps import dumped
from kryonix_tui.maintenance.backup.rdb import RdbWriter
from kryonix_tui.maintenance.backup.restore.preview import Diff
from kryonix_tui.maintenance.backup.restore.target import by_size
from kryonix_tui.maintenance.backup.restore.values import state_of
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.folders import maintenance_folder
from kryonix_tui.maintenance.overview import Overview
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Scope


def undo_folder() -> Folder:
    """Return where such snapshots lie."""
    return Folder(maintenance_folder() / "undo")


async def save(
    diff: Diff,
    clients: PurposeClients,
    config: Config,
    keyspace: KeyspaceMap,
    seen: Overview,
    scope: Scope,
    progress: Callable[[int], object],
) -> str:
    """Save the keys that `diff` overwrites as they are now, and bring their states up to date; return the archive's path.

    `progress` gets the number of keys so far before each batch; what it raises ends this, and nothing is left. Keys that are
    gone are taken out of `overwritten`; where all are, there is nothing to save and no path.

    Raises:
        SourceError, ArchiveError, VerificationError: it could not be saved; then nothing may be overwritten.
    """
    key = signature.load_or_make_key(signature.key_file(config.backup.signing_key_file))
    recipients = encryption.recipients_of(config.backup.recipients)
    folder = undo_folder()
    folder.sweep()
    with ArchiveWriter(
        folder.staging, keyspace, level=config.backup.compression_level, recipients=recipients
    ) as archive:
        if not await _copied(diff, clients, archive, progress):
            return ""
        staged = archive.finish(Description(server_of(seen), scope, "fuzzy"), key)
        folder.publish(staged)
    return str(folder.path / str(staged.sidecar.name))


async def _copied(
    diff: Diff, clients: PurposeClients, archive: ArchiveWriter, progress: Callable[[int], object]
) -> bool:
    """Write the keys that are overwritten into the archive; False where none of them is there any more."""
    part: RdbWriter | None = None
    done = 0
    for db, keys in _batches(diff):
        progress(done)
        done += len(keys)
        there, version = await dumped(clients, db, keys)
        if part is None and there:
            # In the server's own format, which need not be that of the backup.
            part = RdbWriter(archive, version)
        for name in keys:
            record = there.get(name)
            if record is None:
                del diff.overwritten[db, name]
            elif part is not None:
                diff.overwritten[db, name] = state_of(record)
                part.write(record)
    if part is not None:
        part.close()
    return part is not None


def _batches(diff: Diff) -> Iterator[tuple[int, list[bytes]]]:
    """Yield what is overwritten by database, in batches."""
    by_db: dict[int, list[bytes]] = {}
    for db, key in diff.overwritten:
        by_db.setdefault(db, []).append(key)
    for db, names in sorted(by_db.items()):
        for batch in by_size(db, names, diff.large):
            yield db, batch
