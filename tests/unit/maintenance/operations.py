"""An operation for tests of the door: it touches nothing, and does what the test tells it to."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kryonix_tui.config.schema import Config, Maintenance
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.locks import Connection
from kryonix_tui.model.operation import Outcome, Plan, Progress, Purpose, Result, Scope, Target

OPERATOR = Config(role="operator", maintenance=Maintenance(tolerance=5))
WHO = Actor("ana", "console", "192.0.2.7", 42)
TARGET = Target("127.0.0.1:6379", "redis", "7.0.15", "a" * 40, "master")


def a_plan(**changes: Any) -> Plan:
    """Return a plan made now, for a thousand keys of one tenant."""
    now = time.time()
    values: dict[str, Any] = {
        "action": "cache.extend",
        "purpose": Purpose.MAINTAIN,
        "target": TARGET,
        "scope": Scope(("t1",), (0, 1)),
        "counts": {"keys": 1000},
        "made_at": now,
        "expires_at": now + 3600,
        "parameters": {"policy": "fail"},
    }
    return Plan(**values | changes)


async def _nothing(_run: Run) -> None:
    """Do nothing."""


@dataclass
class FakeOperation:
    """Implements `door.Operation`. `steps` records what was called; `work` is what `apply` does."""

    planned: Plan = field(default_factory=a_plan)
    work: Callable[[Run], Awaitable[None]] = _nothing
    check: Callable[[Run], Awaitable[None]] = _nothing
    connection: Connection | None = None
    steps: list[str] = field(default_factory=list)
    action: str = "cache.extend"
    purpose: Purpose = Purpose.MAINTAIN
    closed: bool = False

    @property
    def writer(self) -> Connection | None:
        return self.connection

    async def plan(self, run: Run | None = None) -> Plan:
        self.steps.append("plan")
        return self.planned

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        self.steps.append("apply")
        await self.work(run)
        return Outcome(Result.DONE, "1,000 keys", {"keys": plan.counts["keys"]})

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        self.steps.append("verify")
        await self.check(run)
        return outcome

    async def close(self) -> None:
        self.closed = True


@dataclass
class FakeNotifier:
    """Implements `door.Notifier`: remembers what it was told, and answers `trouble` or raises it."""

    trouble: str | Exception = ""
    told: list[tuple[Outcome, str]] = field(default_factory=list)

    async def tell(self, plan: Plan, outcome: Outcome, who: Actor, audit_hash: str) -> str:
        self.told.append((outcome, audit_hash))
        if isinstance(self.trouble, Exception):
            raise self.trouble
        return self.trouble


@dataclass
class Watcher:
    """Takes what a run tells."""

    progress: list[Progress] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def run(self) -> Run:
        return Run(self.progress.append, self.lines.append)
