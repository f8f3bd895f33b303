"""Keep Python's collector of cycles from stopping the console: with 10,000 tenants a full collection takes 0.1 to 0.3 s.

What is read are values without cycles, freed by counting references. So now and then what is alive is set aside, where
collections do not look (`gc.freeze`), and more rarely everything is looked at once. Not after each update: what a screen
drew has cycles, and what is set aside of it is kept until everything is looked at.

In between, Python looks at young objects only. By itself it would look at everything that is not set aside whenever a
quarter as much was added, and what was set aside does not count: while tenants are read, that is every second.
"""

from __future__ import annotations

import gc
import time
from typing import Final

WORTH: Final = 1000
"""Tenants; with fewer a collection is too short to be felt."""

SETTLE_SECONDS: Final = 30.0
"""What is alive is set aside this often; in between, collections look at what is newer, which is soon done."""

PILE: Final = 10
"""So many collections of young objects (70,000 objects more than before) and it is done at once: while tenants are read,
it must not become a long one."""

SWEEP_SECONDS: Final = 600.0
"""Cycles among what was set aside (closed screens, for instance) are found this often."""

_NEVER: Final = 1_000_000_000


class Garbage:
    """Called by the monitor after each update."""

    def __init__(self) -> None:
        self._swept = time.monotonic()
        self._settled = -SETTLE_SECONDS
        self._before: tuple[int, int, int] | None = None

    def settle(self, tenants: int) -> None:
        """Set aside what is alive, where there is enough of it."""
        if tenants < WORTH:
            return
        if self._before is None:
            self._before = gc.get_threshold()
            gc.set_threshold(*self._before[:2], _NEVER)
        now = time.monotonic()
        if now - self._settled < SETTLE_SECONDS and gc.get_count()[2] < PILE:
            return
        self._settled = now
        if now - self._swept > SWEEP_SECONDS:
            self._swept = now
            gc.unfreeze()
        gc.collect()
        gc.freeze()

    def leave(self) -> None:
        """Let Python collect by itself again."""
        if self._before is not None:
            gc.set_threshold(*self._before)
            self._before = None
