"""Records -> RDB stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from kryonix_tui.maintenance.backup.rdb.checksum import SIZE as CHECKSUM_SIZE
from kryonix_tui.maintenance.backup.rdb.checksum import crc64
from kryonix_tui.maintenance.backup.rdb.encoding import INT64, length_bytes, string_bytes
from kryonix_tui.maintenance.backup.rdb.errors import UnknownTypeError
from kryonix_tui.maintenance.backup.rdb.header import Header
from kryonix_tui.maintenance.backup.rdb.record import Record
from kryonix_tui.maintenance.backup.rdb.types import Opcode, known_types

_BUFFER: Final = 256 * 1024
"""Bytes collected before they are written."""


class ByteSink(Protocol):
    """Any binary stream that takes all it is given: a buffered file, a compressor."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""
        ...


class RdbWriter:
    """Writes one RDB: `function` for each library, `write` for each record, `close` at the end.

    The records of a database should follow each other. `sizes` announces, by database, its keys and how many of them
    expire: a loading server then makes room once. They may be left out; they must not be guessed.
    """

    def __init__(
        self,
        sink: ByteSink,
        version: int,
        *,
        aux: Mapping[bytes, bytes] | None = None,
        sizes: Mapping[int, tuple[int, int]] | None = None,
    ) -> None:
        self._sink = sink
        self._known = known_types(version)
        self._sizes = dict(sizes or {})
        self._db: int | None = None
        self._checksum = 0
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self.keys = 0
        self.size = 0
        self._put(Header(version).raw)
        for name, value in (aux or {}).items():
            self._put(bytes((Opcode.AUX,)) + string_bytes(name) + string_bytes(value))

    def function(self, code: bytes) -> None:
        """Write the code of a function library. Before the first record."""
        self._put(bytes((Opcode.FUNCTION,)) + string_bytes(code))

    def write(self, record: Record) -> None:
        """Write one record.

        Raises:
            UnknownTypeError: the format version of this file does not have its type; nothing of it was written.
            OSError: what the sink raises.
        """
        if record.type not in self._known:
            raise UnknownTypeError(record.type, record.db, self.size)
        if record.db != self._db:
            self._select(record.db)
        entry = b"" if record.expires_at_ms is None else bytes((Opcode.EXPIRE_MS,)) + INT64.pack(record.expires_at_ms)
        if record.idle_s is not None:
            entry += bytes((Opcode.IDLE,)) + length_bytes(record.idle_s)
        if record.frequency is not None:
            entry += bytes((Opcode.FREQUENCY, record.frequency))
        self._put(entry + bytes((record.type,)) + string_bytes(record.key))
        self._put(record.value)
        self.keys += 1

    def close(self) -> None:
        """Write the end mark and the checksum, and hand everything to the sink, which stays open."""
        self._put(bytes((Opcode.EOF,)))
        self._flush()
        self._put(self._checksum.to_bytes(CHECKSUM_SIZE, "little"))
        self._flush()

    def _select(self, db: int) -> None:
        self._db = db
        self._put(bytes((Opcode.SELECT_DB,)) + length_bytes(db))
        size = self._sizes.pop(db, None)
        if size is not None:
            keys, expires = size
            self._put(bytes((Opcode.RESIZE_DB,)) + length_bytes(keys) + length_bytes(expires))

    def _put(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_size += len(data)
        self.size += len(data)
        if self._waiting_size >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._waiting)
        self._checksum = crc64(data, self._checksum)
        self._sink.write(data)
        self._waiting.clear()
        self._waiting_size = 0
