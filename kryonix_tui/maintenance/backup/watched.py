"""A destination that is watched: what is read from it is told, and reading can be stopped."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.writer import Staged
from kryonix_tui.maintenance.backup.destination import Destination, Stored
from kryonix_tui.maintenance.door import Run


@dataclass(slots=True)
class Watched:
    """The destination `whole`, told to `run`. `total` is the bytes that will be read, None where nobody knows."""

    whole: Destination
    run: Run
    step: str
    total: float | None = None
    done: int = field(default=0, init=False)

    @property
    def place(self) -> str:
        """Where it is."""
        return self.whole.place

    @property
    def staging(self) -> Path:
        """Where new archives are written."""
        return self.whole.staging

    def stored(self) -> list[Stored]:
        """Return all files there."""
        return self.whole.stored()

    def open(self, name: str) -> BinaryIO:
        """Open a file. Reading it raises StoppedError where the run was stopped."""
        return cast("BinaryIO", io.BufferedReader(_WatchedFile(self.whole.open(name), self), 1 << 18))

    def publish(self, staged: Staged) -> None:
        """Give a verified archive its name."""
        self.whole.publish(staged)

    def delete(self, name: ArchiveName) -> None:
        """Delete an archive."""
        self.whole.delete(name)

    def sweep(self) -> int:
        """Remove what killed processes left."""
        return self.whole.sweep()

    def passed(self, count: int) -> None:
        """So many bytes more were read. Raises StoppedError where the run was stopped."""
        self.done += count
        self.run.checkpoint()
        self.run.progress(self.done, self.total, "bytes", self.step)


def told(run: Run) -> Callable[[int, int], None]:
    """Return what tells `run` how far a drill is, and raises StoppedError where it was stopped."""

    def tell(done: int, total: int) -> None:
        run.checkpoint()
        run.progress(done, total or None, "keys", _("comparing") if done else _("loading"))

    return tell


class _WatchedFile(io.RawIOBase):
    """A file whose every read is told."""

    def __init__(self, file: BinaryIO, watched: Watched) -> None:
        super().__init__()
        self._file = file
        self._watched = watched

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        data = self._file.read(len(view))
        view[: len(data)] = data
        self._watched.passed(len(data))
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()
