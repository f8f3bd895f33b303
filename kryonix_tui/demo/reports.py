"""Noisy neighbours: one tenant's report reads a whole queue again and again, another keeps a very large answer in its cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kryonix_tui.demo.cast import Part, Profile
from kryonix_tui.demo.queues import Queue
from kryonix_tui.demo.records import compact
from kryonix_tui.demo.writer import Write, Writer

COUNT_EVERY: Final = 4.0
"""Seconds between two reports on the queue that nobody serves: the longer it grows, the longer each takes."""
READ_EVERY: Final = 20.0
"""Seconds between two readings of the export."""
EXPORT_ROWS: Final = 40_000
_COUNT_URGENT: Final = """
local urgent = 0
for _, job in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if cjson.decode(job).priority == 'high' then urgent = urgent + 1 end
end
return urgent
"""
_EXPORT_SECONDS: Final = 86_400


class Reports:
    """What a few tenants ask of the server that costs all others time."""

    def __init__(self, profiles: Sequence[Profile], queues: Sequence[Queue], writer: Writer) -> None:
        self._writer = writer
        self._counted = next((queue for queue in queues if queue.served == 0.0), None)
        large = next((profile for profile in profiles if profile.part is Part.STEADY), None)
        self._export = f"tenant:{large.tenant}:api:relatorios:exportacao" if large else None
        self._until_count = self._until_read = 0.0

    def seed(self) -> Iterator[Write]:
        """Yield the large answer: about 2.5 MB."""
        if self._export is not None:
            rows = [{"pedido": number, "valor": number * 7 % 1000, "status": "pago"} for number in range(EXPORT_ROWS)]
            yield 1, ("SET", self._export, compact(rows), "EX", _EXPORT_SECONDS)

    def play(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._until_count -= seconds
        self._until_read -= seconds
        if self._counted is not None and self._until_count <= 0:
            self._writer.send((self._counted.db, ("EVAL", _COUNT_URGENT, 1, self._counted.key)))
            self._until_count = COUNT_EVERY
        if self._export is not None and self._until_read <= 0:
            self._writer.send((1, ("GET", self._export)))
            self._until_read = READ_EVERY
