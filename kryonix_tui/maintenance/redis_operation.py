"""What operations that write to Redis share: whose configuration it is, and the connections of their purpose."""

from __future__ import annotations

from dataclasses import dataclass, field

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Purpose


@dataclass(slots=True)
class RedisOperation:
    """The common part of such `door.Operation`s."""

    config: Config
    keyspace: KeyspaceMap
    purpose: Purpose = field(default=Purpose.MAINTAIN, init=False)
    _clients: PurposeClients | None = field(default=None, init=False)

    @property
    def writer(self) -> PurposeClients:
        """The connections of the purpose's user; the Redis lock is taken there."""
        if self._clients is None:
            self._clients = PurposeClients(self.config.redis, self.purpose)
        return self._clients

    async def close(self) -> None:
        """Close connections."""
        if self._clients is not None:
            await self._clients.close()
