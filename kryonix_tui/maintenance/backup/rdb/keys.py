"""The keys of an RDB, found while it passes by, block after block; values are passed over and never copied.

It proves as much as `RdbReader` does (see there) and takes a fraction of its time: nothing is made of a key but its name.
Memory is bounded by the largest single value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb.encoding import INCOMPLETE, INT64, MalformedError, read_string, skip_string
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError, UnknownTypeError
from kryonix_tui.maintenance.backup.rdb.header import SIZE as HEADER_SIZE
from kryonix_tui.maintenance.backup.rdb.header import Header
from kryonix_tui.maintenance.backup.rdb.reader import ATTRIBUTES, read_attributes
from kryonix_tui.maintenance.backup.rdb.sections import Ending, Sections
from kryonix_tui.maintenance.backup.rdb.types import FIRST_OPCODE, Opcode
from kryonix_tui.maintenance.backup.rdb.values import Skip, skips
from kryonix_tui.maintenance.backup.rdb.window import CHUNK, LARGEST, Window

TakeKeys = Callable[[int, list[bytes], list[bytes]], object]
"""Called with a database, and the names of keys of it: those that stay, and those that expire."""

_SHORT: Final = 0x40
"""A string that begins with a byte below this has so many bytes after it."""

_EXPIRE_MS: Final = int(Opcode.EXPIRE_MS)
_EXPIRY_SIZE: Final = 1 + INT64.size


class PassingKeys:
    """Walks an RDB that is handed in by `feed`; `end` when that was all of it.

    Raises:
        CorruptRdbError: it is no RDB, or a damaged one.
        UnknownTypeError: a value or section of an unknown type. After either, what was told means nothing.
    """

    def __init__(self, take: TakeKeys, *, chunk: int = CHUNK, largest: int = LARGEST) -> None:
        self._tell = take
        self._chunk = chunk
        self._inbox = _Inbox()
        self._window = Window(self._inbox, chunk=chunk, largest=largest)
        self._sections = Sections(self._window)
        self._skips: dict[int, Skip] = {}
        self._strings: frozenset[int] = frozenset()
        self._keys = 0

    @property
    def functions(self) -> list[bytes]:
        """The code of the function libraries so far."""
        return self._sections.functions

    def feed(self, data: bytes) -> None:
        """Take the next bytes. They are looked into when enough of them have come."""
        self._inbox.put(data)
        # As much again as there is: finding the end of a large value then costs no more than receiving it.
        while self._inbox.size >= max(self._chunk, len(self._window.data)):
            self._walk_on()

    def end(self) -> Ending:
        """Walk what is left, and return what the end of the file said."""
        while self._inbox.size or self._sections.ending is None:
            self._walk_on()
        return self._sections.ending

    def _walk_on(self) -> None:
        window = self._window
        if self._sections.ending is not None:
            raise CorruptRdbError(window.base + len(window.data), N_("nothing after the end mark"))
        window.grow()
        if not self._skips and not self._header():
            return
        while self._sections.ending is None:
            try:
                after = self._section() or self._take()
            except MalformedError as error:
                raise CorruptRdbError(window.base + error.at, error.expected) from error
            window.forget(after)
            if not after:
                return

    def _header(self) -> bool:
        """Take the header once it is whole."""
        if len(self._window.data) < HEADER_SIZE:
            return False
        header = Header.of(self._window.data[:HEADER_SIZE])
        self._window.forget(HEADER_SIZE)
        self._skips = skips(header.version)
        self._strings = frozenset(code for code, skip in self._skips.items() if skip is skip_string)
        return True

    def _section(self) -> int:
        """Take the entries before the next key; return the position after them."""
        data, at = self._window.data, 0
        try:
            while data[at] >= FIRST_OPCODE and data[at] not in ATTRIBUTES:
                at = self._sections.take(at, self._keys)
                if self._sections.ending is not None:
                    break
        except INCOMPLETE:
            pass
        return at

    def _take(self) -> int:
        """Tell the keys that lie whole in the window, up to the next section; return the position after them.

        The shortest way is that of most keys: names and strings below 64 bytes, without calling anything.
        """
        data, strings, db = self._window.data, self._strings, self._sections.db
        end, start = len(data), 0
        staying: list[bytes] = []
        expiring: list[bytes] = []
        stays, expires = staying.append, expiring.append
        try:
            while start < end:
                found, code, at = stays, data[start], start
                if code == _EXPIRE_MS:
                    found, at = expires, start + _EXPIRY_SIZE
                    code = data[at]
                if code >= FIRST_OPCODE:
                    if data[start] not in ATTRIBUTES:
                        break
                    (expiry, _idle, _frequency), at = read_attributes(data, start)
                    found, code = stays if expiry is None else expires, data[at]
                size = data[at + 1]
                if size < _SHORT:
                    value_at = at + 2 + size
                    key = data[at + 2 : value_at]
                else:
                    self._skip(code, at)  # where a type is unknown, so is what follows
                    key, value_at = read_string(data, at + 1)
                if code not in strings:
                    at = self._skip(code, at)(data, value_at)
                elif (size := data[value_at]) < _SHORT:
                    at = value_at + 1 + size
                else:
                    at = skip_string(data, value_at)
                if at > end:
                    break
                found(key)
                start = at
        except INCOMPLETE:
            pass
        self._keys += len(staying) + len(expiring)
        self._tell(db, staying, expiring)
        return start

    def _skip(self, code: int, at: int) -> Skip:
        skip = self._skips.get(code)
        if skip is None:
            raise UnknownTypeError(code, self._sections.db, self._window.base + at)
        return skip


class _Inbox:
    """Blocks that were handed in and not read yet, as a stream. `size` is their bytes."""

    def __init__(self) -> None:
        self._blocks: deque[memoryview] = deque()
        self.size = 0

    def put(self, block: bytes) -> None:
        if block:
            self._blocks.append(memoryview(block))
            self.size += len(block)

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none where there are none now."""
        parts: list[memoryview] = []
        while size and self._blocks:
            block = self._blocks.popleft()
            if len(block) > size:
                self._blocks.appendleft(block[size:])
                block = block[:size]
            size -= len(block)
            self.size -= len(block)
            parts.append(block)
        return b"".join(parts)
