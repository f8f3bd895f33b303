"""The document of `kryonix status --json`.

These classes are the document: its JSON Schema (`docs/status.schema.json`) is made from them. Fields are only ever added
within version 1. Texts that came from servers are printable; ages are seconds; what is not known is null.
"""

from __future__ import annotations

import msgspec

SCHEMA = "kryonix.status/1"


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping of the document."""


class ServerPart(_Part, frozen=True):
    """The Redis or Valkey server."""

    flavour: str
    version: str
    mode: str
    role: str
    uptime_s: int
    used_memory: int
    maxmemory: int
    maxmemory_policy: str
    connected_clients: int
    ops_per_second: int
    round_trip_ms: float
    hit_ratio: float | None
    """Hits in percent of the lookups since the server's start, without the console's own."""
    keys: int
    findings: list[FindingPart]
    key_bytes: int | None = None
    """Estimated memory of all keys, to be compared with `used_memory`."""


class FindingPart(_Part, frozen=True):
    """A reason why something is not ok."""

    concern: str
    level: str
    text: str
    value: float | None
    limit: float | None
    subject: str


class CensusPart(_Part, frozen=True):
    """The walk over all keys. Where `complete` is false, key and session figures are estimates from `fraction`."""

    complete: bool
    keys: int
    seconds: float
    fraction: float
    sampled: int = 0
    """Keys whose memory was measured; the estimated bytes lean on them."""


class DatabasePart(_Part, frozen=True):
    """A logical database: `keys` and `expires` from INFO, the rest from the census."""

    db: int
    name: str
    purpose: str
    exists: bool
    keys: int
    tenant_keys: int
    system_keys: int
    unattributed: int
    expires: int
    average_ttl_ms: int
    kinds: dict[str, int]
    tenant_keys_margin: int = 0
    """How far `tenant_keys` may be from the truth, 19 times out of 20; 0 where they were counted."""
    bytes: int | None = None
    """Estimated memory of all keys."""


class WitnessPart(_Part, frozen=True):
    """Another source's figure for a hit rate, percent."""

    source: str
    value: float
    age_s: float


class HitRatePart(_Part, frozen=True):
    """A tenant's hit rate in percent, whose figure it is, how old, and what the others say."""

    value: float
    source: str
    age_s: float
    disagree: bool
    witnesses: list[WitnessPart]


class SessionsPart(_Part, frozen=True):
    """Open sessions. `by_platform` counts a sample of the mobile ones; its size is the entry `sampled`."""

    mobile: int
    sdk: int
    websocket: int
    by_platform: dict[str, int]


class CreationPart(_Part, frozen=True):
    """How far the creation of a tenant has come, in the platform's own words; null where it does not say."""

    status: str | None
    progress: float | None
    """Percent."""
    estimated_completion: str | None
    step: str | None
    next_step: str | None


class TenantPart(_Part, frozen=True):
    """One tenant."""

    id: str
    state: str
    """`active`, or `creating` where it has no keys but those of its creation."""
    health: str
    findings: list[FindingPart]
    keys: int
    keys_by_db: list[int]
    """Keys in each database of `databases`, in that order."""
    hit_rate: HitRatePart | None
    sessions: SessionsPart
    queues: dict[str, int]
    alerts: int
    """Alerts about the tenant that are firing."""
    facts: dict[str, float | str]
    metrics: dict[str, float]
    malformed: int
    queues_oldest_s: dict[str, float] = {}
    """For how long the oldest item of each queue waits, where the item says since when."""
    keys_margin: int = 0
    """How far `keys` may be from the truth, 19 times out of 20; 0 where they were counted."""
    bytes: int | None = None
    """Estimated memory of all keys."""
    creation: CreationPart | None = None
    """While it is being created, and as long as the platform keeps what it said of that."""


class AlertPart(_Part, frozen=True):
    """An alert of Alertmanager, or one that only Prometheus holds yet."""

    name: str
    severity: str
    state: str
    tenant: str | None
    source: str
    since: str | None
    summary: str
    labels: dict[str, str]


class SourcePart(_Part, frozen=True):
    """A source: `ok`, `failing`, `waiting`, `not_configured`, and the age of its last good answer."""

    name: str
    state: str
    age_s: float | None
    error: str | None
    hint: str | None


class BigKeyPart(_Part, frozen=True):
    """A large key that the sample met; personal data in its name is masked."""

    db: int
    key: str
    bytes: int


class CostPart(_Part, frozen=True):
    """What one tenant costs; `tenant` is null for what names none. Growth is per minute, null where it is not known."""

    tenant: str | None
    slow_s: float
    slow_calls: int
    slow_share: float | None
    """Percent of all slow time."""
    modules: dict[str, float]
    """Seconds of slow commands by module."""
    keys_per_minute: float | None
    queue_per_minute: float | None
    bytes: int | None
    big_keys: list[BigKeyPart]


class NeighboursPart(_Part, frozen=True):
    """Who costs what: those that stand out by any measure, the slowest first.

    The slow log is told for the last `span_s` seconds; where `lost` is above 0 or `cut` is true, it is a part of it.
    """

    span_s: float | None
    slow_s: float | None
    slow_calls: int | None
    lost: int
    cut: bool
    growth_s: float | None
    """Seconds between the two passes of the census that `keys_per_minute` compares."""
    costs: list[CostPart]


class OwnLoadPart(_Part, frozen=True):
    """What the console itself costs: commands, and the share of one core of the server, 0..1, against its budget.

    The share is an estimate from our calls by the server's statistics, with what surrounds a call.
    """

    commands: int
    commands_per_second: float
    share: float | None
    replica_share: float | None
    budget: float


class Status(_Part, frozen=True):
    """The whole document."""

    schema: str
    time: str
    server: ServerPart | None
    census: CensusPart | None
    databases: list[DatabasePart]
    tenants: list[TenantPart]
    system_queues: dict[str, int]
    alerts: list[AlertPart]
    sources: list[SourcePart]
    neighbours: NeighboursPart | None = None
    own_load: OwnLoadPart | None = None
    limited_to: list[str] = []
    """The tenants, as ids or with `*` and `?`, that this console sees: all sums are theirs. Empty: everybody's."""
