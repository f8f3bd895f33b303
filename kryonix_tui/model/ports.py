"""What the monitor asks of the outside world. Sources implement these; tests fake them.

Every method raises `SourceError` and nothing else when its server does not answer as it should.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, Protocol

from kryonix_tui.model.alert import AlertFacts
from kryonix_tui.model.census import Census
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.metrics import MetricsFacts
from kryonix_tui.model.question import Answer, Question
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import OwnLoad

if TYPE_CHECKING:  # asked for by few, and long to import
    from kryonix_tui.model.permissions import RedisPermissions


class RedisPort(Protocol):
    """A Redis or Valkey server, read-only."""

    async def server(self) -> ServerFacts:
        """Read what the server says of itself."""
        ...

    def census(self) -> AsyncGenerator[Census]:
        """Walk over all keys once. Yields what is known as it goes; the last one is `finished`."""
        ...

    def hurry(self) -> None:
        """Walk without pauses until the pass under way, or else the next one, has ended."""
        ...

    async def tenant_facts(self, census: Census, tenants: Iterable[str]) -> list[TenantFacts]:
        """Read the facts of `tenants`, touching only keys that `census` saw."""
        ...

    async def system_queues(self, census: Census) -> TenantFacts:
        """Read the queues that `census` saw and that belong to no tenant; nothing else of the facts is there."""
        ...

    async def permissions(self) -> RedisPermissions:
        """Find out what this user may read, and whether it could write, without writing."""
        ...

    def own_load(self) -> OwnLoad:
        """Tell what this port has cost the server so far."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class MetricsPort(Protocol):
    """A Prometheus-compatible store."""

    async def fetch(self) -> MetricsFacts:
        """Read the tenants' recording rules, targets and rules."""
        ...

    async def ask(self, question: Question) -> Answer:
        """Answer one question, beside all others."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class AlertsPort(Protocol):
    """An Alertmanager."""

    async def fetch(self) -> AlertFacts:
        """Read alerts, silences and status."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
