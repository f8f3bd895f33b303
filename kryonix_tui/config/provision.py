"""The `provision` section: the metrics stack around the platform, from which `kryonix provision` makes its files.

Addresses are those that Prometheus, Alertmanager and Grafana use, not those of this machine. Credentials never stand
here: only paths of files that hold them, on the machine (or in the container) of the program that needs them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, field

from kryonix_tui.config.section import High, Low, Seconds, Section

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

MODULES: Final = {
    "auth": "auth-api:3001",
    "user": "user-api:3002",
    "content": "content-api:3003",
    "analytics": "analytics-api:3004",
    "billing": "billing-api:3005",
    "notification": "notification-api:3006",
    "integration": "integration-api:3007",
    "admin": "admin-api:3008",
}
LABELS: Final = {"cluster": "kryonix-production", "region": "multi-region", "environment": "enterprise"}


class Scrape(Section, frozen=True):
    """A job of Prometheus: what it reads, where and how often."""

    targets: tuple[str, ...] = ()
    """host:port of each. Empty: no such job, and no rule that needs it."""
    path: str = "/metrics"
    """Path of the metrics."""
    scheme: Literal["http", "https"] = "http"
    """How they are asked."""
    interval: Seconds = 10.0
    """Seconds between two readings. Each may take that long, and at most 10 s."""
    params: dict[str, tuple[str, ...]] = {}
    """Parameters of the request."""
    token_file: str = ""
    """File with a bearer token, as Prometheus sees it."""


class ApiScrape(Section, frozen=True):
    """The modules of the platform's API."""

    modules: dict[str, str] = field(default_factory=lambda: dict(MODULES))
    """host:port of each module, by the name that its series get as api_module."""
    path: str = "/metrics"
    """Path of the metrics."""
    scheme: Literal["http", "https"] = "http"
    """How they are asked."""
    interval: Seconds = 5.0
    """Seconds between two readings."""
    token_file: str = ""
    """File with a bearer token, as Prometheus sees it."""


class RedisScrape(Section, frozen=True):
    """Redis, which speaks no HTTP and is read through redis_exporter."""

    exporter: str = "redis-exporter:9121"
    """host:port of redis_exporter. Empty: no such job."""
    servers: tuple[str, ...] = ()
    """Servers that one exporter reads in turn, as redis://host:port. Empty: the one that it was started for."""
    interval: Seconds = 5.0
    """Seconds between two readings."""
    replicas: Annotated[int, Meta(ge=0, le=100)] = 0
    """Replicas that a primary should have. With fewer, replication counts as broken."""


class Targets(Section, frozen=True):
    """Who is scraped."""

    api: ApiScrape = ApiScrape()
    """The modules of the platform's API (kryonix-api-modules)."""
    redis: RedisScrape = RedisScrape()
    """Redis through redis_exporter (redis-enterprise-multitenant)."""
    traefik: Scrape = Scrape(targets=("traefik:8082",), interval=3.0)
    """Traefik: entry points and certificates (traefik-enterprise-ssl)."""
    postgres: Scrape = Scrape(targets=("postgres-exporter:9187",))
    """TimescaleDB through postgres_exporter (timescaledb-performance-metrics)."""
    mobile: Scrape = Scrape(
        targets=("mobile-tracker:3100",),
        path="/mobile-metrics",
        interval=5.0,
        params={"real_time": ("true",), "mobile_only": ("true",)},
    )
    """Response times of phones (mobile-performance-tracking)."""
    ai: Scrape = Scrape(
        targets=("ai-service:3200",),
        path="/ml-metrics",
        interval=30.0,
        params={"model_types": ("anomaly_detection", "predictive_scaling", "performance_optimization")},
    )
    """Anomaly scores (ai-ml-models)."""
    kryonix: Scrape = Scrape(targets=("kryonix-exporter:9877",), token_file="/etc/prometheus/secrets/exporter-token")  # noqa: S106 - a path
    """`kryonix exporter`: what Redis knows about each tenant (kryonix-exporter)."""
    prometheus: Scrape = Scrape(targets=("localhost:9090",), interval=30.0)
    """Prometheus itself."""
    alertmanager: Scrape = Scrape(targets=("alertmanager:9093",), interval=30.0)
    """Alertmanager. Alerts are sent to it as well."""


class Series(Section, frozen=True):
    """Names of the platform's own series, where they differ from the document's."""

    requests: str = "http_requests_total"
    """Counter of requests with the labels tenant_id, api_module and code."""
    durations: str = "http_request_duration_seconds"
    """Histogram of response times in seconds with tenant_id and api_module (without _bucket)."""
    mobile: str = "response_time_mobile"
    """Histogram of response times of phones with tenant_id (without _bucket)."""
    mobile_unit: Literal["ms", "s"] = "ms"
    """Its unit."""
    anomaly: str = "ai_anomaly_detection_score"
    """Anomaly score with tenant_id: 0 usual to 1 strange."""
    cache_hits: str = "redis_keyspace_hits_total"
    """Counter of cache lookups that found something, with tenant_id. Redis' own has none and does not count here."""
    cache_misses: str = "redis_keyspace_misses_total"
    """Counter of those that did not."""
    certificates: str = "traefik_tls_certs_not_after"
    """End of each certificate in epoch seconds, with the label cn."""


class TenantLimits(Section, frozen=True):
    """What one tenant is judged by, where that differs from the others. Left out: as for all."""

    hit_rate: Low | None = None
    """Cache hit rate, percent."""
    mobile_p95: High | None = None
    """95th percentile of mobile response times, milliseconds."""
    error_rate: High | None = None
    """Failed requests, percent."""
    queue_depth: High | None = None
    """Items waiting in one queue."""
    certificate_days: Low | None = None
    """Days until the certificate ends."""
    anomaly_score: High | None = None
    """Anomaly score, 0 to 1."""
    capacity: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None
    """Requests per second that the tenant is scaled for."""


class Limits(Section, frozen=True):
    """What alerts on tenants are judged by, beside `thresholds`."""

    certificate_days: Low = Low(warning=15.0, critical=3.0)
    """Days until the certificate ends."""
    anomaly_score: High = High(warning=0.8, critical=0.95)
    """Anomaly score, 0 to 1."""
    capacity: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None
    """Requests per second that a tenant is scaled for. Nothing: traffic is forecast only for those that have their own."""
    tenants: dict[str, TenantLimits] = {}
    """Tenants with limits of their own, by id."""


class BusinessHours(Section, frozen=True):
    """When people are at work: notifications that can wait, wait."""

    days: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")
    """Working days."""
    start: str = "08:00"
    """Begin, HH:MM."""
    end: str = "18:00"
    """End, HH:MM."""
    time_zone: str = "America/Sao_Paulo"
    """Time zone of both, by its IANA name."""


class Webhook(Section, frozen=True):
    """A web address that takes Alertmanager's messages."""

    url: str
    """Where to."""
    token_file: str = ""
    """File with its bearer token, as Alertmanager sees it."""


class Smtp(Section, frozen=True):
    """How Alertmanager sends e-mail."""

    smarthost: str = ""
    """host:port of the mail server. Empty: no e-mail."""
    sender: str = ""
    """Address that it comes from."""
    username: str = ""
    """User on the mail server."""
    password_file: str = ""
    """File with that user's password, as Alertmanager sees it."""
    require_tls: bool = True
    """Refuse to send without TLS."""


class Receiver(Section, frozen=True):
    """Whom to tell, and how. Several ways are used at once."""

    webhooks: tuple[Webhook, ...] = ()
    """Web addresses."""
    email: tuple[str, ...] = ()
    """E-mail addresses."""
    slack: tuple[str, ...] = ()
    """Slack channels."""
    notify: tuple[str, ...] = ()
    """Routes of `kryonix notify listen`: pushover, whatsapp, or all."""


class Alerting(Section, frozen=True):
    """Who is told about which alert."""

    receivers: dict[str, Receiver] = {}
    """Receivers by name. Without any, all that is urgent goes to `kryonix notify listen`."""
    default: str = ""
    """Receiver of what no other one takes. Empty: the first of them."""
    severities: dict[str, str] = {}
    """Receivers by severity (critical, warning, info). All but critical alerts wait for business hours."""
    categories: dict[str, str] = {}
    """Receivers by category (mobile_performance, api_availability, cache_performance, security, ...), told as well."""
    tenants: dict[str, str] = {}
    """Receivers of single tenants, by id, told as well."""
    ai: str = ""
    """Receiver of what anomaly detection and forecasts raise, instead of that of its category."""
    watchdog: str = ""
    """Receiver that expects a message every few minutes, and raises the alarm without one."""
    notifier: Webhook = Webhook(url="http://kryonix-notify:9878", token_file="/etc/alertmanager/secrets/notify-token")  # noqa: S106 - a path
    """`kryonix notify listen`, as Alertmanager reaches it."""
    smtp: Smtp = Smtp()
    """How e-mail is sent."""
    slack_url_file: str = ""
    """File with the URL of Slack's incoming webhook, as Alertmanager sees it."""
    hours: BusinessHours = BusinessHours()
    """When people are at work."""


class Images(Section, frozen=True):
    """Container images of docker-compose.yml, with their versions."""

    prometheus: str = "prom/prometheus:v2.55.1"
    """Prometheus."""
    alertmanager: str = "prom/alertmanager:v0.27.0"
    """Alertmanager."""
    grafana: str = "grafana/grafana:11.3.1"
    """Grafana."""
    redis_exporter: str = "oliver006/redis_exporter:v1.66.0-alpine"
    """redis_exporter. Its images without alpine have nothing to ask with whether it is healthy."""
    postgres_exporter: str = "quay.io/prometheuscommunity/postgres-exporter:v0.16.0"
    """postgres_exporter."""
    kryonix: str = ""
    """An image with this program. Empty: kryonix-tui in the version of this program."""


class Provision(Section, frozen=True):
    """The stack that `kryonix provision` generates."""

    labels: dict[str, str] = field(default_factory=lambda: dict(LABELS))
    """Labels of everything that leaves this Prometheus."""
    tenants: tuple[str, ...] = ()
    """Tenants that must have figures; `--tenants-from-redis` takes those of the server instead. Without any, all are
    judged that have figures, and nobody is missed."""
    targets: Targets = Targets()
    """Who is scraped."""
    series: Series = Series()
    """Names of the platform's own series."""
    limits: Limits = Limits()
    """What alerts on tenants are judged by, beside `thresholds`."""
    alerting: Alerting = Alerting()
    """Who is told about which alert."""
    evaluation_interval: Seconds = 15.0
    """Seconds between two evaluations of the alert rules."""
    recording_interval: Seconds = 30.0
    """Seconds between two evaluations of the recording rules."""
    rate_window: Seconds = 300.0
    """Seconds over which rates are taken: at least four readings of the slowest job."""
    patience: Annotated[float, Meta(gt=0, le=100)] = 1.0
    """Factor of the time that something must last before its alert fires (30 s to an hour)."""
    keep_firing: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    """Seconds that an alert goes on firing after its cause is gone. Needs Prometheus 2.42."""
    retention: str = "30d"
    """How long Prometheus keeps its data."""
    runbooks: str = "https://docs.kryonix.com/runbooks"
    """Where the runbooks are: each alert links to its category there. Empty: no links."""
    grafana: str = "https://monitoring.kryonix.com"
    """Grafana's address, for links. Empty: no links."""
    prometheus: str = "http://prometheus:9090"
    """Prometheus, as Grafana reaches it."""
    program: str = ""
    """Path of kryonix on machines where systemd runs it. Empty: where it is on this one."""
    images: Images = Images()
    """Container images of docker-compose.yml."""
