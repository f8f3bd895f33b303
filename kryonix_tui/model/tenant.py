"""Tenants, and the platform as a whole: what the sources said, put together and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kryonix_tui.clock import Instant
from kryonix_tui.model.alert import Alert
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.metrics import Sample
from kryonix_tui.model.neighbours import Neighbours
from kryonix_tui.model.queues import QueueList


class Health(StrEnum):
    """The worst first. UNKNOWN: too little was read to judge."""

    CRITICAL = "critical"
    WARNING = "warning"
    UNKNOWN = "unknown"
    OK = "ok"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _HEALTH_RANK[self]


_HEALTH_RANK = {health: rank for rank, health in enumerate(Health)}


class Concern(StrEnum):
    """What a finding is about. The view has a sentence for each."""

    HIT_RATE = "hit_rate"
    QUEUE_DEPTH = "queue_depth"
    ERROR_RATE = "error_rate"
    RESPONSE_TIME = "response_time"
    MOBILE_P95 = "mobile_p95"
    ALERT = "alert"
    SERVER_MEMORY = "memory"
    SERVER_LATENCY = "latency"
    SERVER_EVICTION_POLICY = "eviction_policy"
    SERVER_EVICTING = "evicting"
    SERVER_SAVE_FAILED = "save_failed"
    SERVER_AOF_FAILED = "aof_failed"
    SERVER_LOADING = "loading"
    SERVER_LINK_DOWN = "link_down"
    SERVER_REJECTING = "rejecting"
    SERVER_CLUSTER = "cluster"
    SERVER_DATABASES = "databases"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why something is not ok.

    `value` and `limit` are in the concern's unit (percent, items, ms); `subject` narrows it down (a queue's module, an
    alert's name); `source` says who measured it; `since` is when the console first saw it so.
    """

    concern: Concern
    level: Health
    since: Instant
    value: float | None = None
    limit: float | None = None
    subject: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """One source's figure for a hit rate in percent, and when that source wrote or gave it."""

    source: str
    value: float
    at: Instant


@dataclass(frozen=True, slots=True)
class HitRate:
    """The hit rate that is shown, and what the other witnesses say. `disagree`: they are further apart than they should be."""

    chosen: Witness
    others: tuple[Witness, ...] = ()
    disagree: bool = False


@dataclass(frozen=True, slots=True)
class Sessions:
    """Open sessions by kind, as the census counted them; the platforms of a sample of the mobile ones."""

    mobile: int = 0
    sdk: int = 0
    websocket: int = 0
    platforms: Mapping[str, int] = field(default_factory=dict)
    sampled: int = 0

    @property
    def total(self) -> int:
        """All sessions."""
        return self.mobile + self.sdk + self.websocket

    @property
    def mobile_share(self) -> float | None:
        """Mobile sessions in percent of all, None where there are none."""
        return 100 * self.mobile / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant, everything at a glance.

    `tenant` is the identity (see `safetext.identity`), not for showing. `keys_by_db` is {database: keys}; `keys_margin` is
    how far `keys` may be from the truth at 95 %, 0 where they were counted. `sizes` are estimated bytes by database and
    kind. `creating` says that it has no keys but those of its creation. `findings` are sorted, the worst first.
    """

    tenant: str
    health: Health = Health.UNKNOWN
    findings: tuple[Finding, ...] = ()
    creating: bool = False
    hit_rate: HitRate | None = None
    sessions: Sessions = field(default_factory=Sessions)
    queues: Mapping[str, int] = field(default_factory=dict)
    keys: int = 0
    keys_margin: int = 0
    keys_by_db: Mapping[int, int] = field(default_factory=dict)
    kinds: Mapping[tuple[int, str], int] = field(default_factory=dict)
    sizes: Mapping[tuple[int, str], int] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    facts: TenantFacts | None = None
    metrics: Mapping[str, Sample] = field(default_factory=dict)

    @property
    def queue_depth(self) -> int:
        """Items waiting in all queues of the tenant."""
        return sum(self.queues.values())

    @property
    def bytes(self) -> int | None:
        """Estimated memory of all keys, None where nothing was sampled."""
        return sum(self.sizes.values()) if self.sizes else None

    @property
    def firing(self) -> int:
        """Alerts about the tenant that are firing."""
        return sum(alert.state == "firing" for alert in self.alerts)

    def number(self, fact: str) -> float | None:
        """Return a numeric fact, None where it is unknown."""
        return self.facts.numbers.get(fact) if self.facts else None

    def text(self, fact: str) -> str:
        """Return a textual fact, empty where it is unknown."""
        return self.facts.texts.get(fact, "") if self.facts else ""


@dataclass(frozen=True, slots=True)
class Database:
    """One logical database: what INFO counts (`keys`, `expires`) and what the census attributed.

    Where some tenants only are seen, `keys` are theirs by the census, and of `expires` and the average nothing is known.

    `exists` is False where the server offers fewer databases. The census figures are None before the first census.
    `fraction` is how much of the database the pass under way has walked, `margin` how far `tenant_keys` may be from the
    truth at 95 %, 0 where they were counted. `bytes` is the estimated memory of all keys, None where none was sampled.
    """

    db: int
    name: str
    purpose: str = ""
    exists: bool = True
    keys: int | None = None
    expires: int | None = None
    average_ttl_ms: int | None = None
    tenant_keys: int | None = None
    system_keys: int | None = None
    unattributed: int | None = None
    kinds: Mapping[str, int] = field(default_factory=dict)
    fraction: float = 1.0
    margin: int = 0
    bytes: int | None = None


WaitingQueue = tuple[int, str, str]
"""Items, module and tenant of a queue: the larger of two is the fuller one."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The platform in one line. None where it is not known."""

    tenants: int = 0
    sessions: int = 0
    sessions_by_kind: Sessions = field(default_factory=Sessions)
    """Without their platforms."""
    queue_depth: int = 0
    fullest_queue: WaitingQueue | None = None
    """Of all tenants' queues; None where nothing waits."""
    hit_rate: float | None = None
    """Mean of the tenants' hit rates, percent."""
    server_hit_ratio: float | None = None
    """Hits of all clients but the console in percent, between the last two readings (or since start)."""
    critical: int = 0
    warning: int = 0


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything, judged.

    `tenants` has every tenant by identity; `alerts` are all alerts once each, the worst first; `findings` concern the
    server itself. `complete` is False while the first census runs: key and session figures are then estimates.
    `troubled` are the tenants that are not ok, in no order.
    `roster` names all tenants; it is the same object as long as none came or went. `neighbours` says who costs what.
    `queues` are all that may be seen, the platform's own among them.
    """

    at: Instant
    tenants: Mapping[str, Tenant] = field(default_factory=dict)
    troubled: tuple[Tenant, ...] = ()
    roster: tuple[str, ...] = ()
    databases: tuple[Database, ...] = ()
    alerts: tuple[Alert, ...] = ()
    findings: tuple[Finding, ...] = ()
    totals: Totals = field(default_factory=Totals)
    system_queues: Mapping[str, int] = field(default_factory=dict)
    complete: bool = False
    neighbours: Neighbours = field(default_factory=Neighbours)
    queues: QueueList = field(default_factory=QueueList)

    @property
    def keys(self) -> int | None:
        """Keys of all databases that may be seen, None where nothing was read."""
        known = [database.keys for database in self.databases if database.keys is not None]
        return sum(known) if known else None

    @property
    def bytes(self) -> int | None:
        """Estimated memory of all keys of all databases, None where nothing was sampled."""
        known = [database.bytes for database in self.databases if database.bytes is not None]
        return sum(known) if known else None

    @property
    def health(self) -> Health:
        """The worst of the server's findings."""
        return min((finding.level for finding in self.findings), key=lambda level: level.rank, default=Health.OK)
