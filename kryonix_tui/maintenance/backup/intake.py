"""What happens to the bytes of a snapshot on their way in: watched, counted, handed to a sink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb import ByteSink, CorruptRdbError, Header, PassingRdb

Progress = Callable[[int, int | None], object]
"""Called with the bytes so far and, where the server told, the bytes in all."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole RDB that arrived. `checked`: its checksum was proven; False: the server writes none.

    Replication id and offset say which state of the data it is, where the server told.
    """

    bytes: int
    header: Header
    checked: bool
    replication_id: str | None = None
    offset: int | None = None


class Intake:
    """Takes the blocks of one RDB, of `total` bytes where that is known."""

    def __init__(self, sink: ByteSink, progress: Progress | None) -> None:
        self._sink = sink
        self._progress = progress
        self._rdb = PassingRdb()
        self.total: int | None = None

    def take(self, block: bytes) -> None:
        """Hand a block on.

        Raises:
            CorruptRdbError: this is no RDB.
            OSError: what the sink raises.
        """
        self._rdb.feed(block)
        self._sink.write(block)
        if self._progress is not None:
            self._progress(self._rdb.size, self.total)

    def finish(self, replication_id: str | None = None, offset: int | None = None) -> Snapshot:
        """Return the facts of the whole.

        Raises:
            CorruptRdbError: it is not whole.
        """
        checked = self._rdb.end()
        if self._rdb.header is None:  # `end` would have said so
            raise CorruptRdbError(0, N_("REDIS or VALKEY and a version: this is no RDB"))
        return Snapshot(self._rdb.size, self._rdb.header, checked, replication_id, offset)
