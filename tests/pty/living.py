"""A platform on which something happens all the time, as much as on a usual day."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

from tests.servers import Server, seed

TENANTS: Final = tuple(f"t{number:02d}_clinica" for number in range(30))
EVERY_SECOND: Final = {
    "KRYONIX_INTERVALS_REDIS": "1",
    "KRYONIX_INTERVALS_TENANTS": "1",
    "KRYONIX_INTERVALS_CENSUS": "1",
}
_BEAT: Final = 0.2


@contextmanager
def living() -> Iterator[Server]:
    """Yield a server of thirty tenants: five times a second a queue, a hit rate and a session of one of them change."""
    over = threading.Event()
    with Server() as server:
        seed(server, (line for number, tenant in enumerate(TENANTS) for line in _keys(number, tenant)))
        thread = threading.Thread(target=_live, args=(server, over))
        thread.start()
        try:
            yield server
        finally:
            over.set()
            thread.join()


def _keys(number: int, tenant: str) -> Iterator[tuple[int, str]]:
    yield from ((0, f"HSET tenant:{tenant}:mobile:session:{session} platform ios") for session in range(3))
    yield 2, f"RPUSH queue:tenant:{tenant}:whatsapp a b c"
    yield 3, f"HSET metrics:tenant:{tenant} cache_hit_rate {70 + number} business_sector medicina"


def _live(server: Server, over: threading.Event) -> None:
    with server.client(0) as sessions, server.client(2) as queues, server.client(3) as metrics:
        for beat in count():
            if over.wait(_BEAT):
                return
            number = beat * 7 % len(TENANTS)
            tenant = TENANTS[number]
            sessions.hset(f"tenant:{tenant}:mobile:session:{beat % 40}", "platform", "android")
            queues.rpush(f"queue:tenant:{tenant}:whatsapp", *"abcdefgh"[: beat % 8 + 1])
            queues.ltrim(f"queue:tenant:{tenant}:whatsapp", 0, 40 - beat % 11)
            # On the same side of the threshold as before: no row goes to another place.
            metrics.hset(f"metrics:tenant:{tenant}", "cache_hit_rate", f"{70 + number + beat % 9 / 10:.1f}")
