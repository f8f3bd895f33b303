"""From a file at a destination to an archive that can be read, decrypted where that is needed and possible."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import encryption, sidecar
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError, DamagedArchiveError, SealedArchiveError, reading
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.opened import OpenArchive, read_archive
from kryonix_tui.maintenance.backup.archive.sidecar import Sidecar
from kryonix_tui.maintenance.backup.destination import Destination, scratch_folder

if TYPE_CHECKING:
    from pyrage.x25519 import Identity  # type: ignore[import-untyped]


@contextmanager
def opened(destination: Destination, name: ArchiveName, identities: Sequence[Identity] = ()) -> Iterator[OpenArchive]:
    """Yield the archive `name`; its structure and manifest have been checked, nothing else.

    What is decrypted goes into a file without a name in the scratch folder.

    Raises:
        SealedArchiveError: it is encrypted and no identity opens it.
        ArchiveError: it is not there, damaged, or of a newer format.
    """
    with destination.open(str(name)) as file:
        if not name.encrypted:
            with reading():
                archive = read_archive(file, file.seek(0, os.SEEK_END), name)
            yield archive
            return
        if not identities:
            raise SealedArchiveError(
                _("{name} is encrypted").format(name=name),
                hint=_("Set backup.identity_file to the age secret key that opens it."),
            )
        with tempfile.TemporaryFile(dir=scratch_folder()) as unnamed:
            plain = cast("BinaryIO", unnamed)
            with reading():
                encryption.decrypt(file, plain, identities)
                archive = read_archive(plain, plain.seek(0, os.SEEK_END), name)
            yield archive


def read_sidecar(destination: Destination, name: ArchiveName) -> Sidecar:
    """Return what is said beside the archive `name`.

    Raises:
        DamagedArchiveError: nothing, or nothing that can be read.
    """
    try:
        with destination.open(name.sidecar) as file, reading():
            raw = file.read(sidecar.LARGEST)
    except ArchiveError as error:
        raise DamagedArchiveError(_("there is no checksum file beside it")) from error
    return Sidecar.decode(raw, name)
