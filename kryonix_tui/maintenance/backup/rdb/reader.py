"""RDB stream -> records, in memory that the largest single value bounds.

    magic "REDIS" and 4 digits, or "VALKEY" and 3 digits: the format version
    AUX name value, FUNCTION code
    SELECT_DB n, RESIZE_DB keys expires, then keys: [EXPIRE_MS time] [IDLE seconds | FREQUENCY byte] type key value
    EOF crc64

What is found, and by what: damage to lengths, opcodes and types by the walk; any flipped byte by the CRC64 at the end;
bytes that are missing or follow by the end mark. A file written with `rdbchecksum no` has no CRC64 (`Ending.checked` is
False): damage inside a value then shows only in the hash of the archive around it, but the keys that the file announces
for its databases must all be there. Who forges a file can forge all this: authenticity is the archive's signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb.encoding import (
    INCOMPLETE,
    INT32,
    INT64,
    MalformedError,
    read_number,
    read_string,
)
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError, UnknownTypeError
from kryonix_tui.maintenance.backup.rdb.header import SIZE as HEADER_SIZE
from kryonix_tui.maintenance.backup.rdb.header import Header
from kryonix_tui.maintenance.backup.rdb.record import Record
from kryonix_tui.maintenance.backup.rdb.sections import Ending, Sections
from kryonix_tui.maintenance.backup.rdb.types import FIRST_OPCODE, Opcode
from kryonix_tui.maintenance.backup.rdb.values import skips
from kryonix_tui.maintenance.backup.rdb.window import CHUNK, LARGEST, ByteSource, Window

ATTRIBUTES = frozenset((Opcode.EXPIRE_MS, Opcode.EXPIRE_S, Opcode.IDLE, Opcode.FREQUENCY))
"""What may stand before a key and belongs to it."""

_Attributes = tuple[int | None, int | None, int | None]
"""Expiry (epoch ms), idle time (s) and frequency of a key."""


class RdbReader:
    """Reads one RDB. Iterating yields its records once, in the order of the file.

    `header` and `aux`, and the functions of current servers, are known from the start; `ending` when all was read.
    Whoever stops before the end has proof of nothing.

    Raises, here and while iterating:
        CorruptRdbError: the stream is no RDB, or a damaged one.
        UnknownTypeError: a value or section of an unknown type; what stands before it was yielded.
        OSError, or what else the stream raises.
    """

    def __init__(self, source: ByteSource, *, chunk: int = CHUNK, largest: int = LARGEST) -> None:
        self._window = Window(source, chunk=chunk, largest=largest)
        self._sections = Sections(self._window)
        self._keys = 0
        while len(self._window.data) < HEADER_SIZE:
            self._window.grow()
        self.header = Header.of(self._window.data[:HEADER_SIZE])
        self._window.forget(HEADER_SIZE)
        self._skips = skips(self.header.version)
        while not self._preamble():
            self._window.grow()

    @property
    def aux(self) -> dict[bytes, bytes]:
        """What the server noted: `redis-ver` or `valkey-ver`, `ctime` (epoch seconds), `used-mem`, `repl-id`, ..."""
        return self._sections.aux

    @property
    def functions(self) -> list[bytes]:
        """The code of the function libraries."""
        return self._sections.functions

    @property
    def ending(self) -> Ending | None:
        """What the end of the file said; None before it was reached."""
        return self._sections.ending

    def __iter__(self) -> Iterator[Record]:
        """Yield the records that are left."""
        while self.ending is None:
            batch: list[Record] = []
            at = self._take(batch)
            self._window.forget(at)
            self._keys += len(batch)
            yield from batch
            if not at:
                self._window.grow()

    def _preamble(self) -> bool:
        """Take aux fields and functions, and tell whether something else was met."""
        window, at = self._window, 0
        try:
            while window.data[at] in (Opcode.AUX, Opcode.FUNCTION):
                at = self._sections.take(at, 0)
        except INCOMPLETE:
            window.forget(at)
            return False
        except MalformedError as error:
            raise CorruptRdbError(window.base + error.at, error.expected) from error
        window.forget(at)
        return True

    def _take(self, batch: list[Record]) -> int:
        """Append the records that lie whole in the window to `batch`, and return the position after the last entry.

        Trouble is raised only where it comes first: what stands before it is handed on, and then it is met again.
        """
        window, start = self._window, 0
        data, find_end, db, add = window.data, self._skips, self._sections.db, batch.append
        end, expires, idle, frequency = len(data), None, None, None
        try:
            while start < end:
                code, at = data[start], start + 1
                if code >= FIRST_OPCODE:
                    if code not in ATTRIBUTES:
                        start = self._sections.take(start, self._keys + len(batch))
                        db = self._sections.db
                        if code == Opcode.EOF:
                            break
                        continue
                    (expires, idle, frequency), at = read_attributes(data, start)
                    code, at = data[at], at + 1
                find = find_end.get(code)
                if find is None:
                    raise UnknownTypeError(code, db, window.base + at - 1)  # noqa: TRY301 - rare, and at home here
                key, value_at = read_string(data, at)
                after = find(data, value_at)
                if after > end:
                    break
                add(Record(db, key, code, data[value_at:after], expires, idle, frequency))
                start, expires, idle, frequency = after, None, None, None
        except INCOMPLETE:
            pass
        except (UnknownTypeError, MalformedError) as error:
            if not start:
                raise _placed(error, window.base) from error
        return start


def _placed(error: UnknownTypeError | MalformedError, base: int) -> UnknownTypeError | CorruptRdbError:
    """Return `error` with its position in the stream."""
    if isinstance(error, UnknownTypeError):
        return error
    return CorruptRdbError(base + error.at, error.expected)


def read_attributes(data: bytes, at: int) -> tuple[_Attributes, int]:
    """Return what stands before a key, and the position of the key's type."""
    expires = idle = frequency = None
    code: int = data[at]
    while code in ATTRIBUTES:
        if code == Opcode.EXPIRE_MS:
            expires, at = INT64.unpack_from(data, at + 1)[0], at + 9
        elif code == Opcode.EXPIRE_S:
            expires, at = INT32.unpack_from(data, at + 1)[0] * 1000, at + 5
        elif code == Opcode.IDLE:
            idle, at = read_number(data, at + 1)
        else:
            frequency, at = data[at + 1], at + 2
        code = data[at]
    if code >= FIRST_OPCODE:
        raise MalformedError(at, N_("the key that an expiry or access time belongs to"))
    return (expires, idle, frequency), at


def chosen(records: Iterable[Record], keep: Callable[[int, bytes], bool]) -> Iterator[Record]:
    """Yield the records whose database and key `keep` accepts."""
    return (record for record in records if keep(record.db, record.key))
