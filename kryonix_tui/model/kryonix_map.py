"""KRYONIX's own keyspace: 16 databases and every key pattern the platform writes. The default of the configuration."""

from __future__ import annotations

from typing import Final

from kryonix_tui.model.keyspace import DatabaseSpec, KeyPattern, KeyspaceMap, Role

DATABASES: Final = (
    DatabaseSpec(0, "Mobile sessions", "Sessions of apps and of the SDK"),
    DatabaseSpec(1, "API cache", "Cached API replies by module, SDK configuration"),
    DatabaseSpec(2, "Work queues", "Jobs waiting, by tenant and module"),
    DatabaseSpec(3, "Live metrics", "Figures that the platform writes about each tenant"),
    DatabaseSpec(4, "AI patterns", "Usage patterns and results of analyses"),
    DatabaseSpec(5, "SDK", "SDK keys, developer sessions, usage"),
    DatabaseSpec(6, "Client creation", "Tenants being created, verification codes"),
    DatabaseSpec(7, "Tenant config", "Configuration, branding, modules"),
    DatabaseSpec(8, "Mobile apps", "Apps, builds, app analytics"),
    DatabaseSpec(9, "Performance", "Response times, queue to the time-series store"),
    DatabaseSpec(10, "Predictive cache", "Predictions, warmed and preloaded entries"),
    DatabaseSpec(11, "WebSockets", "Open connections and channels"),
    DatabaseSpec(12, "Cluster coordination", "Reserved infrastructure"),
    DatabaseSpec(13, "Backup metadata", "Reserved infrastructure"),
    DatabaseSpec(14, "Health monitoring", "Reserved infrastructure"),
    DatabaseSpec(15, "Emergency cache", "Reserved infrastructure"),
)

_METRICS = {
    "hit_rate": "cache_hit_rate",
    "mobile_users": "mobile_users",
    "api_calls_today": "api_calls_today",
    "response_time": "avg_response_time",
    "active_sessions": "active_sessions",
    "sector": "business_sector",
    "tier": "subscription_tier",
}
_PERF = {
    "hit_rate": "cache_hit_rate",
    "average_response_time": "avg_response_time_ms",
    "mobile_response_time": "mobile_response_time_ms",
    "desktop_response_time": "desktop_response_time_ms",
    "requests_per_second": "requests_per_second",
    "error_rate": "error_rate_percent",
    "p95_response_time": "p95_response_time",
    "p99_response_time": "p99_response_time",
}
_SDK = {
    "name": "tenant_name",
    "subdomain": "subdomain",
    "subscription": "subscription_status",
    "rate_limit": "rate_limit",
    "sector": "business_sector",
}
_SDK_ANALYTICS = {
    "sdk_requests_today": "total_requests_today",
    "sdk_error_rate": "error_rate",
    "sdk_top_endpoint": "most_used_endpoint",
}
# Of a tenant that is being created; who owns it, and the first password, are not read.
_CREATION = {
    "creation_status": "status",
    "creation_progress": "progress",
    "creation_estimate": "estimated_completion",
    "name": "business_name",
    "sector": "sector",
}
_AUTO_SETUP = {"creation_step": "current_step", "creation_next_step": "next_step", "subdomain": "subdomain"}
_CONFIG = {"timezone": "timezone", "language": "language", "sector": "business_sector"}

PATTERNS: Final = (
    KeyPattern(0, "tenant:{t}:mobile:session:{id}", "mobile_session", role=Role.MOBILE_SESSION),
    KeyPattern(0, "tenant:{t}:sdk:session:{id}", "sdk_session", role=Role.SDK_SESSION),
    KeyPattern(0, "template:mobile_session", "template"),
    KeyPattern(1, "tenant:{t}:api:{module}:{resource}", "api_cache", "string"),
    KeyPattern(1, "tenant:{t}:sdk:config", "sdk_config", "string"),
    KeyPattern(2, "queue:tenant:{t}:{module}", "queue", "list", role=Role.QUEUE),
    KeyPattern(2, "queue:system:auto_client_creation", "system_queue", "list", role=Role.QUEUE),
    KeyPattern(3, "metrics:tenant:{t}", "metrics", facts=_METRICS),
    KeyPattern(3, "perf:timeline:tenant:{t}", "perf_timeline", "zset"),
    KeyPattern(3, "metrics:system", "system_metrics"),
    KeyPattern(3, "system:db_metrics:{db}", "system_metrics"),
    KeyPattern(3, "system:global_metrics", "system_metrics"),
    KeyPattern(4, "ai:patterns:tenant:{t}", "ai_patterns"),
    KeyPattern(4, "ai:analysis_result:tenant:{t}", "ai_result", "string"),
    KeyPattern(4, "ai:auto_creation:analysis:{name}", "ai_template"),
    KeyPattern(4, "ai:sector_templates:{sector}", "ai_template"),
    KeyPattern(5, "sdk:tenant:{t}", "sdk_tenant", facts=_SDK),
    KeyPattern(5, "sdk:session:tenant:{t}:{id}", "sdk_dev_session", role=Role.SDK_SESSION),
    KeyPattern(5, "sdk:analytics:tenant:{t}", "sdk_analytics", facts=_SDK_ANALYTICS),
    KeyPattern(6, "creation:tenant:{t}", "creation", role=Role.CREATION, facts=_CREATION),
    KeyPattern(6, "config:auto_setup:{t}", "auto_setup", role=Role.CREATION, facts=_AUTO_SETUP),
    KeyPattern(6, "template:onboarding:{sector}", "template"),
    KeyPattern(6, "verify:phone:{x}", "verification", "string"),
    KeyPattern(6, "verify:email:{x}", "verification", "string"),
    KeyPattern(7, "config:tenant:{t}", "config", facts=_CONFIG),
    KeyPattern(7, "branding:tenant:{t}", "branding", facts={"app_name": "app_name", "custom_domain": "custom_domain"}),
    KeyPattern(7, "modules:tenant:{t}:{module}", "module_config"),
    KeyPattern(8, "mobile_app:tenant:{t}", "mobile_app"),
    KeyPattern(8, "app_build:tenant:{t}", "app_build"),
    KeyPattern(8, "app_analytics:tenant:{t}", "app_analytics"),
    KeyPattern(9, "perf:tenant:{t}", "perf", facts=_PERF),
    KeyPattern(9, "perf:timescale_queue:tenant:{t}", "timescale_queue", "list", role=Role.QUEUE, queue="timescale"),
    KeyPattern(9, "websocket:events:performance", "event_queue", "list", role=Role.QUEUE),
    KeyPattern(10, "prediction:tenant:{t}", "prediction"),
    KeyPattern(10, "warming:tenant:{t}:api:{module}:{resource}", "warm_cache", "string"),
    KeyPattern(10, "preload:tenant:{t}:{item}", "warm_cache", "string"),
    KeyPattern(10, "mobile_optimized:tenant:{t}:{item}", "warm_cache", "string"),
    KeyPattern(10, "ai:recommendations:applied:{t}", "ai_applied"),
    KeyPattern(11, "websocket:tenant:{t}:{conn}", "websocket", role=Role.WEBSOCKET),
    KeyPattern(11, "websocket:channels:tenant:{t}", "ws_channels", "set"),
    KeyPattern(12, "system:database_info:{db}", "infrastructure"),
    KeyPattern(13, "system:database_info:{db}", "infrastructure"),
    KeyPattern(14, "system:database_info:{db}", "infrastructure"),
    KeyPattern(15, "system:database_info:{db}", "infrastructure"),
    # The console's own keys: locks and probes, never backed up.
    KeyPattern(None, "kryonix:{name}", "console", "any"),
)

KRYONIX: Final = KeyspaceMap(DATABASES, PATTERNS)
