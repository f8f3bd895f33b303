"""Keep Python's collector of cycles from stopping the console: with 10,000 tenants a full collection takes 0.3 s.

What is read are values without cycles, freed by counting references. So now and then what is alive is set aside, where
collections do not look (`gc.freeze`), and more rarely everything is looked at once. Not after each update: what a screen
drew has cycles, and what is set aside of it is kept until everything is looked at.
"""

from __future__ import annotations

import gc
import time
from typing import Final

WORTH: Final = 1000
"""Tenants; with fewer a collection is too short to be felt."""

SETTLE_SECONDS: Final = 30.0
"""What is alive is set aside this often; in between, collections look at what is newer, which is soon done."""

SWEEP_SECONDS: Final = 600.0
"""Cycles among what was set aside (closed screens, for instance) are found this often."""


class Garbage:
    """Called by the monitor after each update."""

    def __init__(self) -> None:
        self._swept = time.monotonic()
        self._settled = -SETTLE_SECONDS

    def settle(self, tenants: int) -> None:
        """Set aside what is alive, where there is enough of it."""
        now = time.monotonic()
        if tenants < WORTH or now - self._settled < SETTLE_SECONDS:
            return
        self._settled = now
        if now - self._swept > SWEEP_SECONDS:
            self._swept = now
            gc.unfreeze()
        gc.collect()
        gc.freeze()
