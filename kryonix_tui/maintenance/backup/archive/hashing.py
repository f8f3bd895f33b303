"""SHA-256 of whole files, and of what passes on its way into one."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CHUNK: Final = 1 << 20
"""Bytes read at once."""


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Take in `data`."""
        ...

    def hexdigest(self) -> str:
        """Return the hash so far."""
        ...


def hashed(file: BinaryIO) -> tuple[int, str]:
    """Return the number of bytes that are left in `file`, and their SHA-256."""
    found, size = hashlib.sha256(), 0
    while part := file.read(CHUNK):
        found.update(part)
        size += len(part)
    return size, found.hexdigest()


class HashingSink(io.RawIOBase):
    """Writes to `file` and hashes on the way. `failure` keeps what went wrong: who writes may not pass it on."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.hash: Hash = hashlib.sha256()
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Say that this can be written."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`."""
        content = bytes(data)
        self.hash.update(content)
        try:
            self._file.write(content)
        except OSError as error:
            self.failure = error
            raise
        return len(content)
