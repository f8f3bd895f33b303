"""A part of a stream in memory, moved along it; what it leaves behind goes into the checksum."""

from __future__ import annotations

from typing import Final, Protocol

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb.checksum import crc64
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError

CHUNK: Final = 256 * 1024
"""Bytes read at once, as long as no value is larger."""

LARGEST: Final = 2 << 30
"""Bytes that one entry may have, unless the reader is told otherwise."""


class ByteSource(Protocol):
    """Any binary stream: a file, a decompressor, a pipe."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


class Window:
    """`data` is what is in memory; its first byte is byte `base` of the stream."""

    def __init__(self, source: ByteSource, *, chunk: int = CHUNK, largest: int = LARGEST) -> None:
        self.data = b""
        self.base = 0
        self._source = source
        self._chunk = chunk
        self._largest = largest
        self._checksum = 0

    def forget(self, at: int) -> None:
        """Drop what stands before `at`."""
        self._checksum = self.checksum(at)
        self.data = self.data[at:]
        self.base += at

    def checksum(self, at: int) -> int:
        """Return the CRC64 of the stream from its beginning to position `at` of the window."""
        return crc64(memoryview(self.data)[:at], self._checksum)

    def grow(self) -> None:
        """Read more: as much again as there is, so that finding the end of a large value costs no more than reading it.

        Raises:
            CorruptRdbError: the stream has ended, or an entry is larger than allowed.
        """
        if len(self.data) >= self._largest:
            raise CorruptRdbError(self.base, N_("an entry that is not larger than allowed"))
        wanted = max(self._chunk, len(self.data))
        parts = [self.data]
        while wanted > 0 and (part := self._source.read(min(wanted, self._chunk))):
            parts.append(part)
            wanted -= len(part)
        if len(parts) == 1:
            raise CorruptRdbError(self.base + len(self.data), N_("more, but the file is cut off here"))
        self.data = b"".join(parts)

    def ends_at(self, at: int) -> bool:
        """Tell whether the stream ends at position `at` of the window."""
        if len(self.data) == at:
            self.data += self._source.read(1)
        return len(self.data) == at
