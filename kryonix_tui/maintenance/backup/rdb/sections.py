"""The entries of an RDB that are no keys: aux fields, functions, the limits of databases, the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb import checksum
from kryonix_tui.maintenance.backup.rdb.encoding import MalformedError, read_length, read_string
from kryonix_tui.maintenance.backup.rdb.errors import UnknownTypeError
from kryonix_tui.maintenance.backup.rdb.types import Opcode
from kryonix_tui.maintenance.backup.rdb.window import Window

_MOST: Final = 65_536
"""Aux fields and functions that are kept; a file with more has something else in their place."""

_HIGHEST_DB: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known when the whole file was read: its keys, its bytes, and whether a checksum proved them."""

    keys: int
    bytes: int
    checked: bool


class Sections:
    """What the sections said so far. Until one names a database it is 0, as the servers read it."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.aux: dict[bytes, bytes] = {}
        self.functions: list[bytes] = []
        self.db = 0
        self.ending: Ending | None = None
        self._announced: dict[int, int] = {}
        self._found: dict[int, int] = defaultdict(int)
        self._before_db = 0
        self._takers: dict[int, Callable[[bytes, int, int], int]] = {
            Opcode.AUX: self._aux,
            Opcode.FUNCTION: self._function,
            Opcode.SELECT_DB: self._select_db,
            Opcode.RESIZE_DB: self._resize_db,
            Opcode.SLOT_INFO: self._slot_info,
            Opcode.EOF: self._end,
        }

    def take(self, at: int, keys: int) -> int:
        """Take the section at position `at` of the window, which `keys` keys precede; return the position after it.

        Nothing is remembered of a section that raises, so it may be tried again.

        Raises:
            UnknownTypeError: there is no such section.
            MalformedError: it is damaged.
            IndexError, struct.error: it is not whole yet.
        """
        data = self._window.data
        taker = self._takers.get(data[at])
        if taker is None:
            raise UnknownTypeError(data[at], self.db, self._window.base + at)
        return taker(data, at + 1, keys)

    def _aux(self, data: bytes, at: int, _keys: int) -> int:
        name, after = read_string(data, at)
        value, after = read_string(data, after)
        if len(self.aux) >= _MOST:
            raise MalformedError(at, N_("no more aux fields"))
        self.aux[name] = value
        return after

    def _function(self, data: bytes, at: int, _keys: int) -> int:
        code, after = read_string(data, at)
        if len(self.functions) >= _MOST:
            raise MalformedError(at, N_("no more functions"))
        self.functions.append(code)
        return after

    def _select_db(self, data: bytes, at: int, keys: int) -> int:
        db, after = read_length(data, at)
        if db > _HIGHEST_DB:
            raise MalformedError(at, N_("the number of a database"))
        self._found[self.db] += keys - self._before_db
        self._before_db = keys
        self.db = db
        return after

    def _resize_db(self, data: bytes, at: int, _keys: int) -> int:
        count, after = read_length(data, at)
        expires, after = read_length(data, after)
        if expires > count:
            raise MalformedError(at, N_("no more expiries than keys"))
        self._announced[self.db] = count
        return after

    def _slot_info(self, data: bytes, at: int, _keys: int) -> int:
        for _ in range(3):  # slot, keys and expires of it: of use to a loading server only
            _number, at = read_length(data, at)
        return at

    def _end(self, data: bytes, at: int, keys: int) -> int:
        after = at + checksum.SIZE
        if len(data) < after:
            raise IndexError
        stored = int.from_bytes(data[at:after], "little")
        if stored and stored != self._window.checksum(at):
            raise MalformedError(at, N_("the checksum of what stands before"))
        if not self._window.ends_at(after):
            raise MalformedError(after, N_("nothing after the end mark"))
        if not stored and not self._all_announced_found(keys):
            raise MalformedError(at - 1, N_("as many keys as the file announces, for it has no checksum"))
        self.ending = Ending(keys, self._window.base + after, checked=bool(stored))
        return after

    def _all_announced_found(self, keys: int) -> bool:
        found = self._found | {self.db: self._found[self.db] + keys - self._before_db}
        return all(found.get(db, 0) == count for db, count in self._announced.items())
