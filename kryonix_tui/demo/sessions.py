"""Sessions, cached replies and connections come and go.

Births are a Poisson process whose rate is population / lifetime, so the number of keys stays where it was seeded (Little's
law) without anybody counting: most keys end by their TTL, connections and some mobile sessions are closed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Final

from kryonix_tui.demo import records
from kryonix_tui.demo.cast import Profile
from kryonix_tui.demo.rhythm import day_load, poisson
from kryonix_tui.demo.seed import MAKERS
from kryonix_tui.demo.writer import Sink, Write

_BUSIEST: Final = 1.45
"""The largest `day_load`: births are drawn at that rate and thinned to the tenant's own."""
_LOGOUTS: Final = 0.4
"""Share of mobile sessions that are ended by their user, after `_LOGOUT_AFTER` seconds."""
_LOGOUT_AFTER: Final = (20.0, 300.0)
_CONNECTION_SECONDS: Final = 240.0
_LIFETIMES: Final = {
    "mobile_session": records.MOBILE_TTL * (1 - _LOGOUTS) + sum(_LOGOUT_AFTER) / 2 * _LOGOUTS,
    "sdk_session": float(records.SDK_TTL),
    "sdk_dev_session": float(records.SDK_TTL),
    "api_cache": sum(records.API_TTLS) / 2,
    "warm_cache": float(records.WARM_TTL),
    "websocket": _CONNECTION_SECONDS,
}
"""Mean seconds that a key lives, by kind."""


class Visitors:
    """Opens and closes what comes and goes."""

    def __init__(self, profiles: Sequence[Profile], writer: Sink, rng: Random) -> None:
        self._profiles = profiles
        self._writer = writer
        self._rng = rng
        self._weights = {
            kind: list(accumulate(profile.population[kind] for profile in profiles)) for kind in _LIFETIMES
        }
        self._logouts: list[tuple[float, str]] = []
        self._connections: deque[str] = deque()

    def noticed(self, write: Write) -> None:
        """Remember a connection that was seeded, so that it is closed some day."""
        if write[0] == 11 and write[1][0] == "HSET":
            self._connections.append(str(write[1][1]))

    def play(self, elapsed: float, seconds: float) -> None:
        """Let `seconds` pass."""
        for kind, lifetime in _LIFETIMES.items():
            self._arrive(kind, lifetime, elapsed, seconds)
        while self._logouts and self._logouts[0][0] <= elapsed:
            self._writer.send((0, ("UNLINK", heapq.heappop(self._logouts)[1])))
        for _ in range(min(len(self._connections), self._closing(seconds))):
            self._writer.send((11, ("UNLINK", self._connections.popleft())))
        if self._rng.random() < seconds / 120:
            for write in records.verification(self._rng):
                self._writer.send(write)

    def _arrive(self, kind: str, lifetime: float, elapsed: float, seconds: float) -> None:
        weights = self._weights[kind]
        if not weights or not weights[-1]:
            return
        expected = weights[-1] / lifetime * seconds * _BUSIEST
        for profile in self._rng.choices(self._profiles, cum_weights=weights, k=poisson(self._rng, expected)):
            if self._rng.random() > day_load(profile, elapsed) / _BUSIEST:
                continue
            writes = MAKERS[kind][0](profile, self._rng, 0.0)
            for write in writes:
                self._writer.send(write)
                self.noticed(write)
            if kind == "mobile_session" and self._rng.random() < _LOGOUTS:
                leaves = elapsed + self._rng.uniform(*_LOGOUT_AFTER)
                heapq.heappush(self._logouts, (leaves, str(writes[0][1][1])))

    def _closing(self, seconds: float) -> int:
        """Return how many connections are closed now: the fuller, the more."""
        return poisson(self._rng, len(self._connections) / _CONNECTION_SECONDS * seconds)
