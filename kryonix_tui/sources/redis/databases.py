"""How many logical databases a server offers: asked, not assumed."""

from __future__ import annotations

from kryonix_tui.errors import AuthenticationError
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.translate import NoDatabaseError


class DatabaseProbe:
    """Finds out, once per run of the server, which of the databases 0..`highest` exist.

    A database exists where a connection can choose it. The highest is tried first, for it mostly exists; otherwise the
    border is found by halving. A user who may not SELECT has database 0.
    """

    def __init__(self, clients: Clients, highest: int) -> None:
        self._clients = clients
        self._highest = highest
        self._run_id = ""
        self._count = 1

    async def count(self, run_id: str, mode: str) -> int:
        """Return how many databases there are, at most `highest` + 1.

        Raises:
            SourceError: the server does not answer.
        """
        if mode == "cluster" or self._highest == 0:
            return 1
        if run_id != self._run_id or not run_id:
            self._count = await self._probe()
            self._run_id = run_id
        return self._count

    async def _probe(self) -> int:
        if await self._exists(self._highest):
            return self._highest + 1
        existing, missing = 0, self._highest
        while missing - existing > 1:
            middle = (existing + missing) // 2
            if await self._exists(middle):
                existing = middle
            else:
                missing = middle
        return existing + 1

    async def _exists(self, db: int) -> bool:
        try:
            # As a batch: an error reply to the PING (MISCONF) proves as well that the database could be chosen.
            await self._clients.batch(db, [("PING",)])
        except (NoDatabaseError, AuthenticationError):
            return False
        return True
