"""An archive that can be read: its structure and manifest have been checked, its data is checked while it is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import manifest as manifests
from kryonix_tui.maintenance.backup.archive.container import Layout, read_layout
from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError
from kryonix_tui.maintenance.backup.archive.manifest import ArchiveScope, Manifest, tenant_identity
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName, scope_label
from kryonix_tui.maintenance.backup.archive.payload import PayloadReader
from kryonix_tui.model.operation import Scope


@dataclass(frozen=True, slots=True)
class OpenArchive:
    """A plain (decrypted) archive. `file` belongs to whoever opened it, and has one position for all its readers."""

    file: BinaryIO
    layout: Layout
    manifest: Manifest

    def payload(self) -> PayloadReader:
        """Return the RDB from its beginning."""
        return PayloadReader(self.file, self.layout.payload_at, self.manifest.payload)


def read_archive(file: BinaryIO, size: int, name: ArchiveName) -> OpenArchive:
    """Read the structure and the manifest of the plain archive in `file`, `size` bytes long, that is called `name`.

    Raises:
        NewerFormatError: a later version of this program wrote it.
        DamagedArchiveError: it is not what was written, or not under its own name.
    """
    file.seek(0)
    layout = read_layout(file, size)
    manifest = manifests.decode(layout.manifest)
    if hashlib.sha256(layout.readme).hexdigest() != manifest.readme_sha256:
        raise DamagedArchiveError(_("README.txt is not what the manifest says"))
    if layout.payload_bytes != manifest.payload.stored_bytes:
        raise DamagedArchiveError(_("the size of the data is not what the manifest says"))
    if layout.time != manifest.created:
        raise DamagedArchiveError(_("the time of the files is not what the manifest says"))
    own_name = (scope_label(model_scope(manifest.scope)), manifest.created, manifest.id[: len(name.id)])
    if own_name != (name.scope, int(name.made_at.timestamp()), name.id):
        raise DamagedArchiveError(_("the file was renamed: its manifest is that of another archive"))
    return OpenArchive(file, layout, manifest)


def model_scope(scope: ArchiveScope) -> Scope:
    """Return a manifest's scope as the rest of the program knows it."""
    return Scope(tuple(tenant_identity(text) for text in scope.tenants), scope.databases)
