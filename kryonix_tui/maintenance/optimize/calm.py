"""Is the server still at ease? A pass that keeps its clients waiting stops by itself."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Final

from kryonix_tui.errors import StoppedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.view.formats import milliseconds

_FIRST: Final = 3
_IN_A_ROW: Final = 3
_COMMAND_SECONDS: Final = 0.000_005
"""Server time of what one key costs, about."""


class Calm:
    """Measures a PING before each batch, and says how long to wait after it.

    It may take `limit_ms` longer than it took first, for the way to the server may be long. `budget` is 0..1 of a core.
    """

    def __init__(self, clients: PurposeClients, limit_ms: float, budget: float) -> None:
        self._clients = clients
        self._limit = limit_ms
        self._budget = budget
        self._first: list[float] = []
        self._late = 0

    async def check(self) -> None:
        """Ask the server how long it takes to answer.

        Raises:
            StoppedError: it takes too long, several times in a row.
            SourceError: it does not answer.
        """
        began = time.monotonic()
        await self._clients.call(0, "PING")
        self.judge((time.monotonic() - began) * 1000)

    def judge(self, taken_ms: float) -> None:
        """Take one measurement. Raises StoppedError as `check`."""
        if len(self._first) < _FIRST:
            self._first.append(taken_ms)
        usual = statistics.median(self._first)
        late = taken_ms > usual + self._limit
        self._late = self._late + 1 if late else 0
        if self._late >= _IN_A_ROW:
            raise StoppedError(
                _("the server answers late: {now} instead of {usual}").format(
                    now=milliseconds(taken_ms), usual=milliseconds(usual)
                ),
                hint=_("What was changed stays and can be undone. Look who keeps the server busy, and start again."),
            )

    async def rest(self, keys: int) -> None:
        """Wait so long after a batch of so many keys that the budget is kept."""
        await asyncio.sleep(keys * _COMMAND_SECONDS / self._budget)
