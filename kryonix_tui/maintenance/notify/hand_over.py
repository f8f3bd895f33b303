"""Alerts that were posted here, handed over to people: each message once to each destination.

Alertmanager sends a message again until it gets a good answer, which is only given when everybody was told. Who was told
already is not told again meanwhile, neither then nor when a second Alertmanager of a cluster sends the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.maintenance.notify.alerts import Posted, alert_message
from kryonix_tui.maintenance.notify.destinations import Destination
from kryonix_tui.maintenance.notify.notifier import AppriseNotifier, Delivery

EVERYBODY: Final = ""
"""The route to all destinations."""

REPEAT_SECONDS: Final = 120.0
"""For so long a message that everybody got is not sent again: less than any interval at which people are reminded."""
RETRY_SECONDS: Final = 3600.0
"""For so long it is known who got a message that not everybody got."""
MOST_REMEMBERED: Final = 1000


@dataclass(slots=True)
class _Told:
    """Who got a message, and until when that matters. The lock is held while it is sent."""

    until: float
    places: set[Destination] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def routes(places: Iterable[Destination]) -> dict[str, tuple[Destination, ...]]:
    """Return the destinations of each route: of each kind of service, and of `EVERYBODY`.

    Raises:
        ConfigError: the URL of one cannot be read or understood.
    """
    found: dict[str, tuple[Destination, ...]] = {EVERYBODY: tuple(places)}
    for place in found[EVERYBODY]:
        kind = place.kind()
        found[kind] = (*found.get(kind, ()), place)
    return found


class HandOver:
    """Tells the destinations of a route. `clock` returns seconds that never go back."""

    def __init__(
        self,
        notifier: AppriseNotifier,
        by_route: Mapping[str, Sequence[Destination]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notifier = notifier
        self._by_route = by_route
        self._clock = clock
        self._told: dict[tuple[str, str], _Told] = {}

    def knows(self, route: str) -> bool:
        """Tell whether somebody is reached by `route`."""
        return bool(self._by_route.get(route))

    async def take(self, route: str, group: Posted) -> Sequence[Delivery]:
        """Send the message about a group of alerts to whoever has not got it; say what became of it there."""
        told = self._record(route, group)
        async with told.lock:
            missing = [place for place in self._by_route[route] if place not in told.places]
            deliveries = await self._notifier.deliver(alert_message(group, self._notifier.words), missing)
            told.places.update(
                place for place, delivery in zip(missing, deliveries, strict=True) if not delivery.trouble
            )
            if missing:
                whole = len(told.places) == len(self._by_route[route])
                told.until = self._clock() + (REPEAT_SECONDS if whole else RETRY_SECONDS)
        return deliveries

    def _record(self, route: str, group: Posted) -> _Told:
        """Return what is known of a message, and forget what does not matter any more."""
        now = self._clock()
        for key in [key for key, told in self._told.items() if told.until < now and not told.lock.locked()]:
            del self._told[key]
        while len(self._told) >= MOST_REMEMBERED:
            del self._told[next(iter(self._told))]
        return self._told.setdefault((route, group.identity), _Told(now + RETRY_SECONDS))
