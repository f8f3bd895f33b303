"""Keep Python's collector of cycles from stopping the console: with 10,000 tenants a full collection takes 0.3 s.

What is read are values without cycles, freed by counting references. So after each update what is alive is set aside,
where collections do not look (`gc.freeze`), and only now and then everything is looked at once.
"""

from __future__ import annotations

import gc
import time
from typing import Final

WORTH: Final = 1000
"""Tenants; with fewer a collection is too short to be felt."""

SWEEP_SECONDS: Final = 900.0
"""Cycles among what was set aside (closed screens, for instance) are found this often."""


class Garbage:
    """Called by the monitor after each update."""

    def __init__(self) -> None:
        self._swept = time.monotonic()

    def settle(self, tenants: int) -> None:
        """Set aside what is alive, where there is enough of it."""
        if tenants < WORTH:
            return
        if time.monotonic() - self._swept > SWEEP_SECONDS:
            self._swept = time.monotonic()
            gc.unfreeze()
            gc.collect()
        else:
            gc.collect(1)
        gc.freeze()
