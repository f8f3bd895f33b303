"""Files that are being written: private, locked by their writer, and given their name only when they are whole.

A writer that is killed leaves a `.part-<pid>-...` behind, but not its lock. `sweep` removes what nobody holds. The lock
and not the process id decides: two containers with the same folder know different processes.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError, reason_of
from kryonix_tui.safetext import safe

PREFIX: Final = ".part-"

_NO_LINKS: Final = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS))


class Part:
    """A file without its final name. `file` is open for writing and reading; leaving the context removes the part."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.file = file

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make one in `folder`, 0600 whatever the umask. Raises OSError."""
        while True:
            descriptor, name = tempfile.mkstemp(dir=folder, prefix=f"{PREFIX}{os.getpid()}-")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return cls(Path(name), cast("BinaryIO", os.fdopen(descriptor, "w+b")))
            os.close(descriptor)  # a sweep was faster than the lock

    def publish(self, final: Path) -> None:
        """Give the file its name, once it is on the disk. An existing file is never replaced. Raises OSError."""
        self.file.flush()
        os.fsync(self.file.fileno())
        try:
            final.hardlink_to(self.path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # A file system without links: names hold a random id, so looking first is enough.
            if os.path.lexists(final):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final)) from error
            self.path.rename(final)
        sync_folder(final.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.path.unlink(missing_ok=True)
        with suppress(OSError):  # on a full disk even closing may fail; what was published had been written before
            self.file.close()


def write_new(path: Path, content: bytes) -> None:
    """Write a small file that does not exist yet, whole or not at all. Raises OSError."""
    with Part.create(path.parent) as part:
        part.file.write(content)
        part.publish(path)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a loss of power. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> tuple[int, bool]:
    """Remove the parts that dead writers left; return how many, and whether somebody is writing now.

    What cannot be removed stays: it is in nobody's way.
    """
    removed, busy = 0, False
    for path in folder.glob(f"{PREFIX}*"):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            removed += 1
        except BlockingIOError:
            busy = True
        except OSError:
            continue
        finally:
            os.close(descriptor)
    return removed, busy


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Say in our words what the operating system refuses while a backup is written."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        hint = _("Free space there, or choose another place with --to or backup.destination. Nothing was kept.")
        raise ArchiveError(
            _("{folder}: {reason}").format(folder=safe(str(folder)), reason=reason_of(error)),
            hint=hint if full else "",
            title=_("The backup cannot be written"),
        ) from error
