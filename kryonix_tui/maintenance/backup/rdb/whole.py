"""A whole RDB proven without looking into it: header, end mark and checksum. It holds whatever types are inside."""

from __future__ import annotations

from typing import Final

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb import checksum
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError
from kryonix_tui.maintenance.backup.rdb.header import SIZE as HEADER_SIZE
from kryonix_tui.maintenance.backup.rdb.header import Header
from kryonix_tui.maintenance.backup.rdb.types import Opcode

_TAIL: Final = 1 + checksum.SIZE
"""The end mark and the checksum."""


class PassingRdb:
    """Watches an RDB pass by, block after block."""

    def __init__(self) -> None:
        self.header: Header | None = None
        """Known after the first nine bytes."""
        self.size = 0
        self._start = b""
        self._tail = b""
        self._checksum = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            CorruptRdbError: the stream does not begin like an RDB.
        """
        if self.header is None:
            self._start += data[:HEADER_SIZE]
            if len(self._start) >= HEADER_SIZE:
                self.header = Header.of(self._start[:HEADER_SIZE])
                self._start = b""
        self.size += len(data)
        joined = self._tail + data
        settled = max(0, len(joined) - _TAIL)
        self._checksum = checksum.crc64(memoryview(joined)[:settled], self._checksum)
        self._tail = joined[settled:]

    def end(self) -> bool:
        """Tell whether a checksum proves that all of it passed unchanged; False: the server writes none.

        Raises:
            CorruptRdbError: it was cut short or changed.
        """
        if self.header is None or len(self._tail) < _TAIL or self._tail[0] != Opcode.EOF:
            raise CorruptRdbError(self.size, N_("the end mark, but the file is cut off here"))
        stored = int.from_bytes(self._tail[1:], "little")
        if stored and stored != checksum.crc64(self._tail[:1], self._checksum):
            raise CorruptRdbError(self.size - checksum.SIZE, N_("the checksum of what stands before"))
        return bool(stored)
