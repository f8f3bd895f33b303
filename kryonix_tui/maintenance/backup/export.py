"""The RDB of an archive as a file, for other tools and for restoring by hand."""

from __future__ import annotations

from pathlib import Path

from kryonix_tui.maintenance.backup.archive.hashing import CHUNK
from kryonix_tui.maintenance.backup.archive.opened import OpenArchive
from kryonix_tui.maintenance.backup.archive.part import Part, writing_to


def export(archive: OpenArchive, target: Path) -> int:
    """Write the RDB to `target`, 0600, and return its bytes. It appears when all of it has been checked.

    Raises:
        ArchiveError: the archive is damaged, `target` exists, or it cannot be written.
    """
    size = 0
    with writing_to(target.parent), Part.create(target.parent) as part, archive.payload() as stored:
        while content := stored.read(CHUNK):
            part.file.write(content)
            size += len(content)
        part.publish(target)
    return size
