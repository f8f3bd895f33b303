"""SHA-256 of whole files, and of what passes on its way into one."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CHUNK: Final = 1 << 20
"""Bytes read at once."""

THREAD: Final = "hash-beside"
"""How the names of threads that hash begin."""

_SMALL: Final = 64 * 1024
"""Bytes that are hashed in less time than it takes to hand them over."""


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Take in `data`."""
        ...

    def hexdigest(self) -> str:
        """Return the hash so far."""
        ...


class HashBeside:
    """A SHA-256 that is computed in a thread of its own, while the next block is read or decompressed.

    One block is held, which whoever reads in a loop holds, too: this takes no memory.
    The thread ends with `hexdigest`, or when nobody has this any more.
    """

    def __init__(self) -> None:
        self._hash: Hash = hashlib.sha256()
        self._thread: ThreadPoolExecutor | None = None
        self._block = b""
        self._done: Future[None] | None = None

    def update(self, data: bytes, /) -> None:
        """Take in `data`, once the block before is done."""
        self._settle()
        if len(data) < _SMALL:
            self._hash.update(data)
            return
        self._thread = self._thread or ThreadPoolExecutor(1, THREAD)
        self._block = data
        try:
            self._done = self._thread.submit(self._take)
        except RuntimeError:
            # There may be no more threads, or the program ends and its jobs with it: neither is a fault of the archive.
            self._take()

    def hexdigest(self) -> str:
        """Return the hash of all blocks so far."""
        self._settle()
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
        return self._hash.hexdigest()

    def _settle(self) -> None:
        if self._done is not None:
            self._done.result()
            self._done = None

    def _take(self) -> None:
        self._hash.update(self._block)
        self._block = b""  # not to be held for as long as the thread needs to say that it is done


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
