"""The first nine bytes of an RDB: whose it is, and of which format version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError
from kryonix_tui.maintenance.backup.rdb.types import OLDEST_VERSION, Magic, magic_of

SIZE: Final = 9


@dataclass(frozen=True, slots=True)
class Header:
    """A format version; its magic follows from it."""

    version: int

    @property
    def magic(self) -> Magic:
        """The family of servers that writes and loads this version."""
        return magic_of(self.version)

    @property
    def raw(self) -> bytes:
        """The header as it stands in a file."""
        return f"{self.magic}{self.version:0{SIZE - len(self.magic)}}".encode()

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """Read a header.

        Raises:
            CorruptRdbError: it is none, or its version belongs to the other family or to long ago.
        """
        for magic in Magic:
            digits = raw[len(magic) : SIZE]
            if raw.startswith(magic.encode()) and len(raw) >= SIZE and digits.isdigit():
                found = cls(int(digits))
                if found.magic is magic and found.version >= OLDEST_VERSION:
                    return found
                raise CorruptRdbError(len(magic), N_("a format version of this family"))
        raise CorruptRdbError(0, N_("REDIS or VALKEY and a version: this is no RDB"))
