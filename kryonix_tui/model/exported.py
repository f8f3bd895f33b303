"""The metrics of `kryonix exporter`: names, labels and meaning, in one place for the exporter and for the rules that read them.

Names follow Prometheus' conventions (base units, `_total` for counters, moments as epoch seconds), except that what
the platform states in percent stays in percent, as thresholds do. Names and HELP are an interface for programs and stay
in English. `other` as `tenant_id` is the sum of all tenants
without series of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kryonix_tui.model.metrics import TENANT_LABEL

OTHER: Final = "other"
"""What the label of summed tenants, and of summed queues of one tenant, says."""


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One family: `name` as it is queried, its HELP, the names of its labels. A gauge, unless it is a `counter`.

    Each exists once, so that it is compared and looked up as the object that it is.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    counter: bool = False


def _tenant(name: str, text: str, *labels: str) -> Metric:
    return Metric(f"kryonix_tenant_{name}", text, (TENANT_LABEL, *labels))


TENANT_INFO: Final = _tenant(
    "info",
    "Always 1: where a tenant is found and what it is, to join other series with.",
    "subdomain",
    "sector",
    "tier",
)
TENANT_HEALTH: Final = _tenant("health", "What Redis' figures amount to: 0 ok, 1 warning, 2 critical.")
TENANT_SESSIONS: Final = _tenant("sessions", "Open sessions, as the last census counted them.", "kind")
TENANT_QUEUE_DEPTH: Final = _tenant("queue_depth", "Items waiting in a queue.", "module")
TENANT_QUEUE_OLDEST: Final = _tenant(
    "queue_oldest_seconds", "For how long the oldest item of a queue waits, where the item says since when.", "module"
)
TENANT_QUEUE_GROWTH: Final = _tenant(
    "queue_growth_items_per_second", "How fast all queues of a tenant together grow, over half a minute or more."
)
TENANT_KEYS: Final = _tenant("keys", "Keys in a database, as the last census counted them.", "db")
TENANT_BYTES: Final = _tenant("memory_bytes", "Memory of those keys, estimated from a sample.", "db")
TENANT_HIT_RATE: Final = _tenant(
    "hit_rate_percent", "Cache hits of all lookups, as the application wrote it into the named kind of hash.", "witness"
)
TENANT_RESPONSE: Final = _tenant(
    "response_time_seconds", "Response times, as the application wrote them down.", "figure"
)
TENANT_ERROR_RATE: Final = _tenant(
    "error_rate_percent", "Failed requests of all requests, as the application wrote it down.", "figure"
)
TENANT_REQUESTS_PER_SECOND: Final = _tenant("requests_per_second", "Requests, as the application wrote it down.")
TENANT_REQUESTS_TODAY: Final = _tenant(
    "requests_today", "Requests since the day began, as the application counts them.", "figure"
)
TENANT_MOBILE_USERS: Final = _tenant("mobile_users", "Users of mobile apps, as the application wrote it down.")
TENANT_MALFORMED: Final = _tenant("malformed_values", "Values of the tenant's hashes that could not be read.")
TENANT_READ: Final = _tenant("last_read_timestamp_seconds", "When queues and hashes of the tenant were last read.")

TENANTS: Final = Metric("kryonix_tenants", "Tenants, by their health.", ("health",))
TENANTS_FOLDED: Final = Metric("kryonix_tenants_folded", "Tenants without series of their own: those in `other`.")
SYSTEM_QUEUE_DEPTH: Final = Metric("kryonix_system_queue_depth", "Items waiting in a queue of no tenant.", ("module",))

DATABASE_INFO: Final = Metric("kryonix_database_info", "Always 1: what a database is called.", ("db", "name"))
DATABASE_KEYS: Final = Metric("kryonix_database_keys", "Keys, as the server counts them.", ("db",))
DATABASE_EXPIRING: Final = Metric("kryonix_database_expiring_keys", "Keys that expire.", ("db",))
DATABASE_OWNED: Final = Metric(
    "kryonix_database_attributed_keys", "Keys by owner: a tenant, the platform, nobody known.", ("db", "owner")
)
DATABASE_BYTES: Final = Metric("kryonix_database_memory_bytes", "Memory of all keys, estimated from a sample.", ("db",))

REDIS_UP: Final = Metric("kryonix_redis_up", "Whether the last reading of the server went well.")
REDIS_INFO: Final = Metric("kryonix_redis_info", "Always 1: what the server is.", ("flavour", "version", "role"))
REDIS_UPTIME: Final = Metric("kryonix_redis_uptime_seconds", "Time since the server started.")
REDIS_ROUND_TRIP: Final = Metric("kryonix_redis_round_trip_seconds", "What a PING took from here.")
REDIS_MEMORY: Final = Metric("kryonix_redis_memory_bytes", "Memory in use.")
REDIS_MEMORY_LIMIT: Final = Metric("kryonix_redis_memory_limit_bytes", "maxmemory; absent where there is none.")
REDIS_CLIENTS: Final = Metric("kryonix_redis_clients", "Connections.")
REDIS_REJECTED: Final = Metric("kryonix_redis_rejected_clients_total", "Connections refused at maxclients.", (), True)
REDIS_COMMANDS: Final = Metric("kryonix_redis_commands_total", "Commands of all clients.", (), True)
REDIS_HITS: Final = Metric("kryonix_redis_lookup_hits_total", "Lookups that found their key, but for ours.", (), True)
REDIS_MISSES: Final = Metric("kryonix_redis_lookup_misses_total", "Lookups that did not, but for ours.", (), True)
REDIS_EVICTED: Final = Metric("kryonix_redis_evicted_keys_total", "Keys that had to go for want of memory.", (), True)
REDIS_EXPIRED: Final = Metric("kryonix_redis_expired_keys_total", "Keys whose time was over.", (), True)
REDIS_SAVED: Final = Metric("kryonix_redis_last_save_timestamp_seconds", "When the data set was last saved.")
REDIS_SAVE_OK: Final = Metric("kryonix_redis_last_save_ok", "Whether the last attempt to save went well.")
REDIS_AOF_OK: Final = Metric("kryonix_redis_aof_ok", "Whether the append-only file is in order; absent without one.")
REDIS_REPLICAS: Final = Metric("kryonix_redis_replicas", "Connected replicas.")
REDIS_LINK_UP: Final = Metric("kryonix_redis_primary_link_up", "Whether a replica has its primary; absent on one.")
REDIS_LAG: Final = Metric("kryonix_redis_replication_lag_bytes", "How far a replica is behind.")

CENSUS_COMPLETE: Final = Metric("kryonix_census_complete", "Whether all keys were walked since the exporter started.")
CENSUS_READ: Final = Metric("kryonix_census_last_timestamp_seconds", "When the census that is shown was made.")
CENSUS_PROGRESS: Final = Metric("kryonix_census_progress_ratio", "How far the walk under way is; absent between two.")
CENSUS_SECONDS: Final = Metric("kryonix_census_duration_seconds", "How long the walk over all keys took.")
CENSUS_KEYS: Final = Metric("kryonix_census_keys", "Keys of all databases, as the census counted them.")

SOURCE_UP: Final = Metric("kryonix_source_up", "Whether the last attempt to read a source went well.", ("source",))
SOURCE_READ: Final = Metric(
    "kryonix_source_last_success_timestamp_seconds", "When a source was last read.", ("source",)
)
SOURCE_FAILURES: Final = Metric("kryonix_source_failures", "Attempts in a row that failed.", ("source",))

OWN_COMMANDS: Final = Metric("kryonix_exporter_redis_commands_total", "Commands that the exporter sent.", (), True)
OWN_SHARE: Final = Metric(
    "kryonix_exporter_redis_cpu_ratio",
    "What they take of one core of the server, sockets included: an estimate from its statistics.",
    ("server",),
)
OWN_BUDGET: Final = Metric("kryonix_exporter_redis_cpu_budget_ratio", "What the census may take of it.")
OWN_RENDER: Final = Metric("kryonix_exporter_render_seconds", "How long it took to write the previous answer.")
BUILD_INFO: Final = Metric("kryonix_exporter_build_info", "Always 1: the version of the exporter.", ("version",))

METRICS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
"""All families, in the order in which they are written."""
