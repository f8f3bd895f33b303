"""A schedule as files in a folder, for those who install it by other means. Nothing is activated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.schedule.cron import BEGIN, block_text
from kryonix_tui.maintenance.schedule.job import Job
from kryonix_tui.maintenance.schedule.marked_files import MarkedFiles
from kryonix_tui.maintenance.schedule.place import Installed, Texts
from kryonix_tui.maintenance.schedule.systemd import UNITS, unit_texts
from kryonix_tui.safetext import safe

CRONTAB_FILE: Final = "kryonix-backup.crontab"


class OutputFolder:
    """The files of --output: units, or lines for a crontab."""

    def __init__(self, folder: Path, *, cron: bool) -> None:
        absolute = folder.absolute()
        self._files = MarkedFiles(absolute, (CRONTAB_FILE,), BEGIN) if cron else MarkedFiles(absolute, UNITS)
        self._write: Callable[[Job], Texts] = _crontab_texts if cron else unit_texts
        self.name = safe(str(absolute))

    def written(self, job: Job) -> Texts:
        """Return the files."""
        return self._write(job)

    def installed(self) -> Installed:
        """Read the files."""
        texts = self._files.read()
        return Installed(texts, bool(texts))

    def put(self, texts: Texts) -> None:
        """Write the files."""
        self._files.write(texts)

    def remove(self) -> None:
        """Delete the files."""
        self._files.remove()

    def notes(self) -> Iterator[str]:
        """Say that this is not all, and that the folder is new."""
        if not self._files.folder.exists():
            yield _("the folder {path} is made (0700)").format(path=self.name)
        yield _("the files are only written: nothing runs until somebody installs them")


def _crontab_texts(job: Job) -> Texts:
    return {CRONTAB_FILE: block_text(job)}
