"""Places where archives lie: a folder. Object stores are in `object_store`; `destination_at` tells them apart.

An archive and its sidecar are published so that nothing without a sidecar is ever taken for good, and deleted so that
a half-deleted one is never listed: sidecar before archive, archive before sidecar.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive import part
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError, reason_of
from kryonix_tui.maintenance.backup.archive.naming import SIDECAR, ArchiveName
from kryonix_tui.maintenance.backup.archive.writer import Staged
from kryonix_tui.paths import state_folder
from kryonix_tui.safetext import safe


class Stored(NamedTuple):
    """A file at a destination. `size` is -1 where it is no ordinary file."""

    name: str
    size: int


class Destination(Protocol):
    """Where archives lie.

    `place` is printable. All methods raise ArchiveError, and where a network lies between SourceError.
    """

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    @property
    def staging(self) -> Path:
        """Where `publish` wants new archives to be written."""
        ...

    def stored(self) -> list[Stored]:
        """Return all files there, archives or not."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading, with seek. Raises ArchiveError where there is none."""
        ...

    def publish(self, staged: Staged) -> None:
        """Give a verified archive its name there. Never replaces anything; what fails leaves nothing."""
        ...

    def delete(self, name: ArchiveName) -> None:
        """Delete an archive and its sidecar."""
        ...

    def sweep(self) -> int:
        """Remove what killed processes left there; return how many files."""
        ...


def scratch_folder() -> Path:
    """Return a private folder of this machine for what is decrypted or unpacked for a moment. Raises ArchiveError."""
    folder = state_folder() / "staging"
    with part.writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def destination_at(text: str = "", *, instance_credentials: bool = False) -> Destination:
    """Return the destination that `backup.destination` or `--to` names; without text, the state folder's.

    `instance_credentials`: a store may ask the machine's cloud who we are, where the environment does not say it.

    Raises:
        ArchiveError: it cannot be used.
        AuthenticationError: a store, and nothing says who we are.
    """
    if "://" in text and not text.startswith("file://"):
        from kryonix_tui.maintenance.backup.object_store import ObjectStore

        return ObjectStore.at(text, scratch_folder(), instance_credentials=instance_credentials)
    folder = Path(unquote(urlsplit(text).path)) if text.startswith("file://") else Path(text).expanduser()
    return Folder(folder if text else state_folder() / "backups")


class Folder:
    """A folder of this machine (or one that is mounted on it)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def place(self) -> str:
        """The path."""
        return safe(str(self.path))

    @property
    def staging(self) -> Path:
        """The folder itself, made (0700) where it is missing: a name can only be given within a file system."""
        with part.writing_to(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.path

    def stored(self) -> list[Stored]:
        """Return all files; a folder that does not exist has none."""
        try:
            with os.scandir(self.path) as entries:
                return [Stored(entry.name, _size(entry)) for entry in entries]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unreadable(error) from error

    def open(self, name: str) -> BinaryIO:
        """Open an ordinary file; links are not followed."""
        try:
            # Without waiting: a FIFO in its place must not hold us.
            descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError as error:
            raise ArchiveError(_("{name} is not there").format(name=safe(name))) from error
        except OSError as error:
            raise self._unreadable(error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ArchiveError(_("{name} is no ordinary file").format(name=safe(name)))
        return os.fdopen(descriptor, "rb")

    def publish(self, staged: Staged) -> None:
        """Link the sidecar, then the archive."""
        name = staged.sidecar.name
        with part.writing_to(self.path):
            part.write_new(self.path / name.sidecar, staged.sidecar.encode())
            try:
                staged.part.publish(self.path / str(name))
            except BaseException:
                (self.path / name.sidecar).unlink(missing_ok=True)
                raise

    def delete(self, name: ArchiveName) -> None:
        """Delete the archive, then its sidecar."""
        try:
            (self.path / str(name)).unlink(missing_ok=True)
            (self.path / name.sidecar).unlink(missing_ok=True)
            part.sync_folder(self.path)
        except OSError as error:
            raise self._unreadable(error) from error

    def sweep(self) -> int:
        """Remove parts of dead writers, and sidecars without an archive unless somebody is writing."""
        removed, busy = part.sweep(self.path)
        removed += part.sweep(scratch_folder())[0]
        if busy:
            return removed
        names = {stored.name for stored in self.stored()}
        for name in orphans(names):
            (self.path / name).unlink(missing_ok=True)
            removed += 1
        return removed

    def _unreadable(self, error: OSError) -> ArchiveError:
        return ArchiveError(_("{folder}: {reason}").format(folder=self.place, reason=reason_of(error)))


def orphans(names: set[str]) -> Iterator[str]:
    """Yield the sidecars among `names` whose archive is not there."""
    for name in names:
        archive = name.removesuffix(SIDECAR)
        if archive != name and archive not in names and ArchiveName.parse(archive):
            yield name


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else -1
    except OSError:
        return -1
