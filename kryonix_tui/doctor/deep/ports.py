"""What the deep examination asks of a Redis server; tests fake it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Protocol

from kryonix_tui.model.isolation import KeyAudit, SdkAudit
from kryonix_tui.model.operation import Progress


class AuditPort(Protocol):
    """A Redis server, read-only, within the budget of the census. All methods raise SourceError."""

    async def round_trips(self) -> tuple[float, ...]:
        """Return the milliseconds of a series of PINGs."""
        ...

    async def unusable(self, databases: Iterable[int]) -> dict[int, str]:
        """Return the databases that cannot be read, and why: empty where they do not exist."""
        ...

    def keys(self) -> AsyncGenerator[KeyAudit]:
        """Walk over all keys once."""
        ...

    async def sdk(self, tenants: Iterable[str], sees: Callable[[str | None], bool]) -> SdkAudit:
        """Compare SDK keys and sessions of tenants."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Teller(Protocol):
    """Tells somebody how far it is."""

    def tell(self, progress: Progress) -> None:
        """Say how far it is now."""
        ...

    def end(self) -> None:
        """Say no more: what comes next is the report."""
        ...


class Silence:
    """A teller that says nothing."""

    def tell(self, progress: Progress) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing more."""
