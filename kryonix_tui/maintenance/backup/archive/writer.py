"""Writing an archive: stream the RDB in, describe it, read everything again, and only then hand it over to be named.

    with ArchiveWriter(destination.staging, keyspace) as writer:
        ...                                      # the RDB, through writer.write
        staged = writer.finish(description, key)
        destination.publish(staged)

Keys are counted while the RDB passes. What is then read again from the disk must have the size, the SHA-256 and the
CRC64 of what passed: it is the same RDB, and holds the keys that were counted.

Until `publish` there is nothing but a file that `part.sweep` would remove. With recipients, plain data lies only in a
file without a name, which the system removes whatever happens.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, Self, cast

import zstandard

from kryonix_tui import __version__
from kryonix_tui.errors import VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import contents, encryption
from kryonix_tui.maintenance.backup.archive import manifest as manifests
from kryonix_tui.maintenance.backup.archive.container import END, MANIFEST, PAYLOAD, README, header, padding
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError, DamagedArchiveError
from kryonix_tui.maintenance.backup.archive.hashing import Hash, HashingSink, hashed
from kryonix_tui.maintenance.backup.archive.manifest import (
    ArchiveScope,
    Contents,
    Manifest,
    Payload,
    Server,
    tenant_text,
)
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName, scope_label
from kryonix_tui.maintenance.backup.archive.opened import OpenArchive, read_archive
from kryonix_tui.maintenance.backup.archive.part import Part, writing_to
from kryonix_tui.maintenance.backup.archive.readme import README as README_TEXT
from kryonix_tui.maintenance.backup.archive.sidecar import Facts, Sidecar
from kryonix_tui.maintenance.backup.archive.signature import SigningKey
from kryonix_tui.maintenance.backup.rdb import CorruptRdbError, Header, UnknownTypeError
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Scope

if TYPE_CHECKING:
    from pyrage.x25519 import Recipient  # type: ignore[import-untyped]

_HEADER_SIZE: Final = 9

_JOB_SIZE: Final = 1 << 20
"""Bytes that the compressing thread takes at once; it holds a few of them, and who writes more waits for it."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the writer cannot see in the data. `Server.place` must be without secrets."""

    server: Server
    scope: Scope = field(default_factory=Scope)
    consistency: Literal["snapshot", "fuzzy"] = "snapshot"


@dataclass(frozen=True, slots=True)
class Staged:
    """A verified archive that waits for its name. `part` is what will be published; `archive` can still be read.

    `notices` are sentences that the operator should see.
    """

    part: Part
    sidecar: Sidecar
    archive: OpenArchive
    notices: tuple[str, ...]


class ArchiveWriter:
    """One archive, from its first byte until it has a name. A context manager: what was not published is removed.

    Raises (everywhere):
        ArchiveError: the folder or the file cannot be written.
    """

    def __init__(
        self, folder: Path, keyspace: KeyspaceMap, *, level: int = 3, recipients: Sequence[Recipient] = ()
    ) -> None:
        self._folder = folder
        self._counting = contents.Counting(keyspace)
        self._trouble: CorruptRdbError | UnknownTypeError | None = None
        self._recipients = recipients
        self._created = int(time.time())
        self._held = ExitStack()
        self._raw_hash: Hash = hashlib.sha256()
        self._stored_hash: Hash = hashlib.sha256()
        self._raw_bytes = 0
        self._beginning = b""
        self._zstd = _compressor(level)
        readme = README_TEXT.encode()
        self._readme_sha256 = hashlib.sha256(readme).hexdigest()
        with writing_to(folder):
            self._file = self._opened()
            self._file.write(header(README, len(readme), self._created) + readme + padding(len(readme)))
            self._header_at = self._file.tell()
            self._file.write(header(PAYLOAD, 0, self._created))

    def write(self, data: bytes) -> int:
        """Take the next bytes of the RDB; return how many."""
        self._raw_hash.update(data)
        self._raw_bytes += len(data)
        if len(self._beginning) < _HEADER_SIZE:
            self._beginning = (self._beginning + data)[:_HEADER_SIZE]
        self._count(data)
        self._store(self._zstd.compress(data))
        return len(data)

    def finish(self, description: Description, key: SigningKey | None) -> Staged:
        """Complete the archive after the last `write`, and verify it.

        Raises:
            VerificationError: what was read again is not what was written, or the data is no sound RDB.
        """
        with writing_to(self._folder):
            payload = self._end_payload()
            try:
                counted = self._counted()
                manifest = self._manifest(description, payload, counted)
                name = self._name(manifest, description.scope)
                manifest = key.sign(manifest) if key else manifest
                self._append_manifest(manifest)
                archive = self._verified(name, manifest)
                part, size, sha256 = self._sealed()
                sidecar = Sidecar(name, size, sha256, Facts.of(manifest))
            except (DamagedArchiveError, CorruptRdbError) as error:
                raise VerificationError(
                    _("the new archive is not sound: {reason}").format(reason=error.message),
                    hint=_("It was removed. Try again; if it happens twice, suspect memory, disk or server."),
                ) from error
        return Staged(part, key.sign_sidecar(sidecar) if key else sidecar, archive, tuple(self._notices(counted)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._held.close()

    def _opened(self) -> BinaryIO:
        if self._recipients:
            unnamed = cast("BinaryIO", tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 - closed with the writer
            self._held.callback(_close, unnamed)
            return unnamed
        self._part = self._held.enter_context(Part.create(self._folder))
        return self._part.file

    def _store(self, data: bytes) -> None:
        if not data:
            return
        self._stored_hash.update(data)
        with writing_to(self._folder):
            self._file.write(data)

    def _end_payload(self) -> Payload:
        """End the compressed data and fill in the size that its header could not know."""
        try:
            rdb = Header.of(self._beginning)
        except CorruptRdbError as error:
            raise VerificationError(
                _("what the server sent is no RDB: {reason}").format(reason=error.message)
            ) from error
        self._store(self._zstd.flush())
        size = self._file.tell() - self._header_at - len(header(PAYLOAD, 0, 0))
        self._file.write(padding(size))
        self._file.seek(self._header_at)
        self._file.write(header(PAYLOAD, size, self._created))
        self._file.seek(0, os.SEEK_END)
        return Payload(
            magic="VALKEY" if rdb.magic == "VALKEY" else "REDIS",
            version=rdb.version,
            raw_bytes=self._raw_bytes,
            raw_sha256=self._raw_hash.hexdigest(),
            stored_bytes=size,
            stored_sha256=self._stored_hash.hexdigest(),
        )

    def _count(self, data: bytes) -> None:
        """Look for keys in what passes; what is wrong with it is told at the end."""
        if self._trouble is None:
            try:
                self._counting.feed(data)
            except (CorruptRdbError, UnknownTypeError) as error:
                self._trouble = error

    def _counted(self) -> Contents | None:
        """Return what passed; None where it cannot be walked: whether it is whole shows when it is read again."""
        try:
            if self._trouble is not None:
                raise self._trouble
            return self._counting.end()
        except UnknownTypeError:
            return None

    def _manifest(self, description: Description, payload: Payload, counted: Contents | None) -> Manifest:
        scope = description.scope
        return Manifest(
            id=secrets.token_hex(16),
            created=self._created,
            tool=f"kryonix-tui {__version__}",
            server=description.server,
            scope=ArchiveScope(
                tenants=tuple(tenant_text(tenant) for tenant in sorted(scope.tenants)),
                databases=tuple(sorted(scope.databases)),
            ),
            consistency=description.consistency,
            readme_sha256=self._readme_sha256,
            payload=payload,
            contents=counted,
        )

    def _name(self, manifest: Manifest, scope: Scope) -> ArchiveName:
        made_at = datetime.fromtimestamp(manifest.created, UTC)
        return ArchiveName(scope_label(scope), made_at, manifest.id[:8], bool(self._recipients))

    def _append_manifest(self, manifest: Manifest) -> None:
        content = manifests.encode(manifest)
        self._file.seek(0, os.SEEK_END)
        self._file.write(header(MANIFEST, len(content), self._created) + content + padding(len(content)) + END)

    def _verified(self, name: ArchiveName, manifest: Manifest) -> OpenArchive:
        """Read the whole archive again, as anybody would who has nothing but the file."""
        self._reread()
        archive = read_archive(self._file, self._file.seek(0, os.SEEK_END), name)
        if archive.manifest != manifest:
            raise DamagedArchiveError(_("the manifest was read otherwise than it was written"))
        # To its end, where all of it has been checked.
        if not contents.checksum_holds(archive.payload()):
            raise DamagedArchiveError(_("the checksum at the end of the RDB is wrong"))
        return archive

    def _sealed(self) -> tuple[Part, int, str]:
        """Encrypt where there are recipients; return what is to be published, its size, and its SHA-256."""
        if not self._recipients:
            self._file.seek(0)
            return self._part, *hashed(self._file)
        part = self._held.enter_context(Part.create(self._folder))
        sink = HashingSink(part.file)
        self._file.seek(0)
        try:
            encryption.encrypt(self._file, cast("BinaryIO", sink), self._recipients)
        except ArchiveError:
            if sink.failure is not None:
                raise sink.failure from None
            raise
        part.file.flush()
        _forget_cached(part.file.fileno())
        part.file.seek(0)
        size, sha256 = hashed(part.file)
        if sha256 != sink.hash.hexdigest():
            raise DamagedArchiveError(_("the encrypted data was read otherwise than it was written"))
        return part, size, sha256

    def _reread(self) -> None:
        self._file.flush()
        _forget_cached(self._file.fileno())

    def _notices(self, counted: Contents | None) -> list[str]:
        found = []
        if not self._recipients:
            found.append(_("This backup is not encrypted: whoever can read the file can read all data in it."))
        if counted is None:
            found.append(
                _("The RDB holds a type that this version does not know: keys were not counted, the copy is whole.")
            )
        return found


def _compressor(level: int) -> Any:
    """Return what compresses in a thread of its own, while the next bytes are received and looked into."""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        level, threads=1, job_size=_JOB_SIZE, write_checksum=True
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compressobj()


def _close(file: BinaryIO) -> None:
    """Close what is not wanted any more; on a full disk even that may fail."""
    with suppress(OSError):
        file.close()


def _forget_cached(descriptor: int) -> None:
    """Bring the file to the disk and ask the system to read it from there, where it can be asked."""
    os.fsync(descriptor)
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
