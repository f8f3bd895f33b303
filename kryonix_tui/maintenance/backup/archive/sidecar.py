"""The file beside an archive: its size and SHA-256, in a form that `sha256sum -c` reads.

# kryonix archive, 12345 bytes
<64 hexadecimal digits>  kryonix-full-20260102T030000Z-1a2b3c4d.tar
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName

LARGEST: Final = 1000
_FORM = re.compile(r"# kryonix archive, ([0-9]{1,19}) bytes\n([0-9a-f]{64})  ([ -~]+)\n")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What is said of the file `name`."""

    name: ArchiveName
    size: int
    sha256: str

    def encode(self) -> bytes:
        """Return the content of the file."""
        return f"# kryonix archive, {self.size} bytes\n{self.sha256}  {self.name}\n".encode("ascii")

    @classmethod
    def decode(cls, raw: bytes, name: ArchiveName) -> Self:
        """Read the sidecar of `name`.

        Raises:
            DamagedArchiveError: it is none, or that of another archive.
        """
        match = _FORM.fullmatch(raw.decode("latin-1"))
        if match is None or match[1] != str(int(match[1])):
            raise DamagedArchiveError(_("the checksum file cannot be read"))
        if match[3] != str(name):
            raise DamagedArchiveError(_("the checksum file is that of another archive"))
        return cls(name, int(match[1]), match[2])
