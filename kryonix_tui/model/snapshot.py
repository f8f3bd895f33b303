"""The newest of everything, as one frozen value. It is all that a view ever sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kryonix_tui.clock import Instant, now
from kryonix_tui.model.alert import AlertFacts
from kryonix_tui.model.census import Census
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.metrics import MetricsFacts
from kryonix_tui.model.question import Answers
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.source import Reading, SourceName, SourceState


@dataclass(frozen=True, slots=True)
class OwnLoad:
    """What the console itself costs the server: commands sent, hits and misses caused, all since the start.

    `share` is what they take of one core of the server (0..1), None before it told: an estimate from our calls by its own
    statistics, with what surrounds a call (sockets), over the last seconds. It is what the budget is held by.
    `replica_share` the same of a replica that is read. `budget` is the share that the census keeps to, `held_back` by
    how much it is slowed because answers come late (1: not at all), `hurried` that it runs without pauses now.
    `seconds_per_key` is the server time that walking by a key takes, None before it was measured.
    """

    commands: int = 0
    commands_per_second: float = 0.0
    hits: int = 0
    misses: int = 0
    share: float | None = None
    replica_share: float | None = None
    budget: float = 0.0
    held_back: float = 1.0
    hurried: bool = False
    seconds_per_key: float | None = None

    @property
    def over_budget(self) -> bool:
        """Whether what we read takes clearly more than the budget, though nobody asked for full speed.

        The census fills the budget, and a share is measured over seconds: half as much again is not yet a sign.
        """
        taken = max(self.share or 0.0, self.replica_share or 0.0)
        return not self.hurried and self.budget > 0 and taken > 1.5 * self.budget


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest good reading of each source, with the source's state. None where nothing was read yet.

    `census` is the newest to look at: the last complete pass, or the first one under way. `census_progress` is the
    fraction of the pass that runs now (0..1), None between passes. `answers` are Prometheus' to the panels' questions.
    `limited_to` are the tenants that this console sees, ids or with `*` and `?`; empty: all of them.
    `system_queues` has the lengths of the queues that belong to no tenant, `platform_queues` all that was read of them.
    `previous_server` is the reading before `server`,
    `baseline_server` one of about a minute ago: for rates that are true now, and for those that need more to be steady.
    """

    sources: Mapping[SourceName, SourceState]
    server: Reading[ServerFacts] | None = None
    previous_server: Reading[ServerFacts] | None = None
    baseline_server: Reading[ServerFacts] | None = None
    census: Reading[Census] | None = None
    census_progress: float | None = None
    facts: Mapping[str, TenantFacts] = field(default_factory=dict)
    system_queues: Mapping[str, int] = field(default_factory=dict)
    platform_queues: TenantFacts | None = None
    metrics: Reading[MetricsFacts] | None = None
    alerts: Reading[AlertFacts] | None = None
    answers: Answers = field(default_factory=dict)
    own_load: OwnLoad = field(default_factory=OwnLoad)
    limited_to: tuple[str, ...] = ()
    taken_at: Instant = field(default_factory=now)
