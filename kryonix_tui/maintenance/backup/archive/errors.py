"""What can be wrong with an archive.

KryonixError
└── ArchiveError              it cannot be used; exit code 1
    ├── DamagedArchiveError   it is not what was written: cut, changed, forged, or no archive at all
    ├── NewerFormatError      it was written by a later version of this program
    └── SealedArchiveError    it is encrypted, and no identity opens it here
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe


class ArchiveError(KryonixError):
    """An archive cannot be used."""

    default_title = "Archive"


class DamagedArchiveError(ArchiveError):
    """An archive is not what was written."""

    default_title = "Damaged archive"


class NewerFormatError(ArchiveError):
    """An archive has a format that this version does not know."""

    default_title = "Newer archive"


class SealedArchiveError(ArchiveError):
    """An archive is encrypted, and there is no identity for it here."""

    default_title = "Encrypted archive"


def reason_of(error: OSError) -> str:
    """Return what the operating system says, printable."""
    return safe(error.strerror or str(error) or type(error).__name__, 200)


@contextmanager
def reading() -> Iterator[None]:
    """Say in our words what the operating system reports while an archive is read."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(_("it cannot be read: {reason}").format(reason=reason_of(error))) from error
