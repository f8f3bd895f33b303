"""The RDB inside an archive, as a stream that checks itself.

What is read is limited by what the manifest promises, and compared with it at the end: sizes and SHA-256 of the stored
and of the raw bytes. zstd alone is not enough: its reader ends silently where a stream was cut.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, Final

import zstandard

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.errors import DamagedArchiveError, reading
from kryonix_tui.maintenance.backup.archive.hashing import CHUNK, HashBeside
from kryonix_tui.maintenance.backup.archive.manifest import Payload

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_WINDOW: Final = 1 << 23
"""Bytes that zstd may ask us to hold: those of level 19, the highest that can be configured."""


class _Stored:
    """The payload's bytes inside the tar, hashed as they pass."""

    def __init__(self, file: BinaryIO, begin: int, size: int) -> None:
        self._file = file
        self._left = size
        self.hash = HashBeside()
        file.seek(begin)

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        with reading():
            content = self._file.read(wanted)
        self._left -= len(content)
        self.hash.update(content)
        return content

    def drained(self) -> bool:
        """Read what zstd did not ask for; False where bytes are missing."""
        while self._left and self.read(CHUNK):
            pass
        return not self._left


class PayloadReader(io.RawIOBase):
    """The raw RDB. Reading to the end checks everything; until then nothing is certain.

    `file` is a plain archive with its payload at `begin`. Reading moves its position.

    Raises (while reading):
        DamagedArchiveError: it is not what the manifest says.
    """

    def __init__(self, file: BinaryIO, begin: int, payload: Payload) -> None:
        super().__init__()
        self._payload = payload
        self._stored = _Stored(file, begin, payload.stored_bytes)
        zstd = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW)
        # Across frames: a second one must not hide behind the first.
        self._frames = zstd.stream_reader(self._stored, read_size=CHUNK, read_across_frames=True)  # type: ignore[arg-type]  # reads, nothing else
        self._hash = HashBeside()
        self._count = 0
        self._ended = False

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, or all; none at the end, which has then been checked."""
        return self._next(size) if size >= 0 else self.readall()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer`; 0 at the end, which has then been checked."""
        view = memoryview(buffer).cast("B")
        content = self._next(len(view))
        view[: len(content)] = content
        return len(content)

    def _next(self, size: int) -> bytes:
        try:
            content = self._frames.read(min(size, CHUNK))
        except zstandard.ZstdError as error:
            raise DamagedArchiveError(_("the data cannot be decompressed")) from error
        self._count += len(content)
        if self._count > self._payload.raw_bytes:
            raise DamagedArchiveError(_("there is more data than the manifest says"))
        self._hash.update(content)
        if size and not content and not self._ended:
            self._check()
        return content

    def drain(self) -> None:
        """Read and check all that is left."""
        while self.read(CHUNK):
            pass

    def _check(self) -> None:
        if not self._stored.drained() or self._stored.hash.hexdigest() != self._payload.stored_sha256:
            raise DamagedArchiveError(_("the stored data is not what the manifest says"))
        if self._count != self._payload.raw_bytes or self._hash.hexdigest() != self._payload.raw_sha256:
            raise DamagedArchiveError(_("the data is not what the manifest says"))
        self._ended = True
