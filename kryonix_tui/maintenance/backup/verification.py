"""Is an archive what was written? Three levels, each with all that the one before it does.

quick   sizes, structure of the tar, manifest, signature: no data is read
data    SHA-256 of the file, decryption, decompression, a walk over the RDB with its CRC64, and all counts
drill   a server loads it (`drill`)
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import contents
from kryonix_tui.maintenance.backup.archive.encryption import configured_identities
from kryonix_tui.maintenance.backup.archive.errors import (
    ArchiveError,
    DamagedArchiveError,
    SealedArchiveError,
    reading,
)
from kryonix_tui.maintenance.backup.archive.hashing import hashed
from kryonix_tui.maintenance.backup.archive.manifest import Contents, Manifest
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.opened import OpenArchive
from kryonix_tui.maintenance.backup.archive.sidecar import Sidecar
from kryonix_tui.maintenance.backup.archive.signature import SignatureState, SigningKey, judge, key_file, load_key
from kryonix_tui.maintenance.backup.destination import Destination, scratch_folder
from kryonix_tui.maintenance.backup.drill import DrillResult, Tell, drill, unheard
from kryonix_tui.maintenance.backup.opening import opened, read_sidecar
from kryonix_tui.maintenance.backup.rdb import CorruptRdbError, UnknownTypeError
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.view import formats


class Level(StrEnum):
    """How thoroughly to look."""

    QUICK = "quick"
    DATA = "data"
    DRILL = "drill"


@dataclass(slots=True)
class Report:
    """What was found: `findings` are damages, `notes` are not; both are sentences.

    `sealed`: it is encrypted and could not be opened here, so only the file as such was checked; `signature` then is
    that of the file beside it.
    """

    name: ArchiveName
    level: Level
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sealed: bool = False
    manifest: Manifest | None = None
    signature: SignatureState | None = None
    drilled: DrillResult | None = None

    @property
    def sound(self) -> bool:
        """Whether it is what was written, as far as this level looks."""
        return not self.findings


def verify(
    destination: Destination,
    name: ArchiveName,
    level: Level,
    *,
    config: Config,
    keyspace: KeyspaceMap,
    tell: Tell = unheard,
) -> Report:
    """Verify one archive, with the keys that `config` names. What is wrong with the archive is in the report.

    `tell` hears how far a drill is; what it raises ends it. Reading is watched where `destination` is (`Watched`).

    Raises:
        ConfigError: a key cannot be read.
        ArchiveError: it is not there.
        SourceError: the destination does not answer.
        KryonixError: a drill was wanted, and there is no server for it here.
    """
    key = load_key(key_file(config.backup.signing_key_file))
    identities = configured_identities(config.backup.identity_file) if name.encrypted else []
    destination.open(str(name)).close()
    report = Report(name, level)
    beside = None
    try:
        beside = _check_file(destination, report, key)
    except ArchiveError as error:
        report.findings.append(error.message)
    try:
        with opened(destination, name, identities) as archive:
            if beside is not None and not beside.speaks_of(archive.manifest):
                report.findings.append(_("its checksum file was made for another archive"))
            _check_archive(archive, report, key, keyspace)
            if level is Level.DRILL and report.sound:
                _drill(archive, report, tell)
    except SealedArchiveError as error:
        report.sealed = True
        report.notes.append(_("only the file was checked: {reason}").format(reason=error.message))
        _note_signature(report)
    except (ArchiveError, CorruptRdbError, VerificationError) as error:
        report.findings.append(error.message)
    return report


def _check_file(destination: Destination, report: Report, key: SigningKey | None) -> Sidecar:
    """Compare the file with what its sidecar says, and that with its signature; return it."""
    said = read_sidecar(destination, report.name)
    report.signature = judge(said, key)
    if report.signature is SignatureState.BAD:
        raise DamagedArchiveError(_("the signature of its checksum file is wrong: somebody changed it"))
    with destination.open(str(report.name)) as file, reading():
        if report.level is Level.QUICK:
            if file.seek(0, os.SEEK_END) != said.size:
                raise DamagedArchiveError(_("the file has not the size that its checksum file says"))
        elif hashed(file) != (said.size, said.sha256):
            raise DamagedArchiveError(_("the file is not what its checksum file says"))
    return said


def _check_archive(archive: OpenArchive, report: Report, key: SigningKey | None, keyspace: KeyspaceMap) -> None:
    report.manifest = archive.manifest
    report.signature = judge(archive.manifest, key)
    if report.signature is SignatureState.BAD:
        report.findings.append(_("the signature is wrong: somebody changed it"))
    _note_signature(report)
    if report.level is not Level.QUICK:
        _check_data(archive, report, keyspace)


def _note_signature(report: Report) -> None:
    if report.signature is SignatureState.UNSIGNED:
        report.notes.append(_("it is not signed: nothing says who made it"))
    elif report.signature is SignatureState.UNKNOWN_KEY:
        report.notes.append(_("it is signed with a key that is not here"))


def _check_data(archive: OpenArchive, report: Report, keyspace: KeyspaceMap) -> None:
    said = archive.manifest.contents
    if said is None:
        if not contents.checksum_holds(archive.payload()):
            raise DamagedArchiveError(_("the checksum at the end of the RDB is wrong"))
        report.notes.append(_("its keys were not counted: it holds a type that is not known"))
        return
    stored = archive.payload()
    try:
        found = contents.count(stored, keyspace)
        stored.drain()
    except UnknownTypeError as error:
        raise DamagedArchiveError(error.message) from error
    report.findings.extend(_count_differences(said, found))
    if said.keyspace != found.keyspace:
        report.notes.append(_("tenants were not compared: the keyspace map is another one than then"))
    elif said.tenants != found.tenants:
        report.findings.append(_("the keys of the tenants are not those that the manifest says"))


def _count_differences(said: Contents, found: Contents) -> list[str]:
    text = _("database {db}: {found}, the manifest says {said}")
    differences = [
        text.format(db=db, found=_shown(found, db), said=_shown(said, db))
        for db in sorted(said.databases.keys() | found.databases.keys())
        if said.databases.get(db) != found.databases.get(db)
    ]
    if (said.keys, said.functions) != (found.keys, found.functions):
        differences.append(_("the number of keys or functions is not what the manifest says"))
    return differences


def _shown(counted: Contents, db: int) -> str:
    keys = counted.databases.get(db)
    return f"{formats.keys(keys.keys)} ({formats.expiring(keys.expires)})" if keys else formats.keys(0)


def _drill(archive: OpenArchive, report: Report, tell: Tell) -> None:
    report.drilled = drill(archive, scratch_folder(), tell=tell)
    report.findings.extend(report.drilled.differences)
    report.notes.extend(report.drilled.notes)
