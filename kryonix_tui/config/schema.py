"""Every configuration key, its type, its default and what it means.

The docstring under a field is its documentation: `config.example.yaml` and `docs/configuration.md` are made from this
file. Durations are seconds. Text may be `${NAME}` (an environment variable) or `file:/path` (the content of a file,
without its final newline) wherever a secret stands; see `secret_text`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from kryonix_tui.config.alerts import Alerts
from kryonix_tui.config.optimize import Optimize
from kryonix_tui.config.provision import Provision
from kryonix_tui.config.section import DatabaseNumber, Percent, Port, Seconds, Secret
from kryonix_tui.config.section import High as High  # noqa: PLC0414 - part of the schema
from kryonix_tui.config.section import Low as Low  # noqa: PLC0414 - part of the schema
from kryonix_tui.config.section import Section as Section  # noqa: PLC0414 - part of the schema
from kryonix_tui.config.serve import Serve
from kryonix_tui.config.tuning import Tuning
from kryonix_tui.config.wallboard import Wallboard
from kryonix_tui.model.kryonix_map import DATABASES, PATTERNS


class Tls(Section, frozen=True):
    """Transport security of one connection."""

    enabled: bool = False
    """Speak TLS. A rediss:// or https:// URL switches it on by itself."""
    ca_file: str = ""
    """Certificate authority to trust, PEM. Empty: the system's."""
    cert_file: str = ""
    """Client certificate, PEM."""
    key_file: str = ""
    """Key of the client certificate, PEM."""
    verify: bool = True
    """Check the server's certificate and name. Switch off only to find out why a connection fails."""


class Credential(Section, frozen=True):
    """A Redis ACL user for one purpose."""

    username: str = ""
    """ACL user. Empty: the default user."""
    password: Secret = ""
    """Password, or ${NAME}, or file:/path."""


class Credentials(Section, frozen=True):
    """One ACL user per purpose: the boundary of what the console can do is the user that it logs in as."""

    monitor: Credential = Credential()
    """Reads for every screen. All that the viewer role and the wallboard ever use."""
    backup: Credential = Credential()
    """Streams the data set for backups."""
    restore: Credential = Credential()
    """Writes keys back."""
    maintain: Credential = Credential()
    """Expiry times and queues."""
    tune: Credential = Credential()
    """CONFIG GET and CONFIG SET."""


class Sentinel(Section, frozen=True):
    """Find the primary (or a replica) through Redis Sentinel."""

    name: str = ""
    """Name of the monitored primary. Empty: no Sentinel."""
    nodes: tuple[str, ...] = ()
    """Sentinels as host:port."""
    username: str = ""
    """ACL user on the Sentinels."""
    password: Secret = ""
    """Password on the Sentinels."""


class Redis(Section, frozen=True):
    """The Redis or Valkey server that all tenants share."""

    url: Secret = "redis://127.0.0.1:6379"
    """redis://, rediss:// or unix:// URL. A user and password in it are used for the monitor purpose."""
    host: str = ""
    """Host, instead of a URL."""
    port: Port = 6379
    """Port, where host is given."""
    socket: str = ""
    """Path of a unix socket, instead of a URL."""
    replica_url: Secret = ""
    """A replica to read from. Backups and the census prefer it."""
    credentials: Credentials = Credentials()
    """One ACL user per purpose."""
    tls: Tls = Tls()
    """Transport security."""
    sentinel: Sentinel = Sentinel()
    """Redis Sentinel."""
    connect_timeout: Seconds = 3.0
    """Seconds to establish a connection."""
    timeout: Seconds = 5.0
    """Seconds for one command."""
    budget: Annotated[float, Meta(gt=0, le=100)] = 5.0
    """Percent of one core of the server that the console may take: the walk over all keys keeps to it."""
    replica_budget: Annotated[float, Meta(gt=0, le=100)] = 25.0
    """The same where a replica is read: nobody waits for it."""


class HttpServer(Section, frozen=True):
    """An HTTP server of the metrics stack."""

    url: Secret = ""
    """Base URL. Empty: not configured, and nothing is asked."""
    headers: dict[str, Secret] = {}
    """Headers of every request, for instance X-Scope-OrgID. Values may be ${NAME} or file:/path."""
    username: str = ""
    """User for basic authentication."""
    password: Secret = ""
    """Password for basic authentication."""
    bearer_token: Secret = ""
    """Token for bearer authentication; wins over basic."""
    tls: Tls = Tls()
    """Transport security."""
    timeout: Seconds = 5.0
    """Seconds for one whole answer, from the first byte sent to the last received."""
    max_bytes: Annotated[int, Meta(ge=10_000)] = 8_000_000
    """Bytes of one answer; a larger one is refused."""


class TenantStore(Section, frozen=True):
    """A Prometheus of one tenant. What does not stand here (TLS, timeouts) is as for all tenants."""

    url: Secret = ""
    """Base URL. Empty: that of all tenants, asked with these headers."""
    headers: dict[str, Secret] = {}
    """Headers of every request, for instance X-Scope-OrgID; at an address of its own no others are sent."""
    username: str = ""
    """User for basic authentication. At an address of its own none but this one is sent."""
    password: Secret = ""
    """Password for basic authentication."""
    bearer_token: Secret = ""
    """Token for bearer authentication; wins over basic. At an address of its own none but this one is sent."""


class Prometheus(HttpServer, frozen=True):
    """Prometheus: one for all tenants, and some tenants' own."""

    per_tenant: dict[str, TenantStore] = {}
    """Tenants that have a store of their own, as tenant: store."""


class Intervals(Section, frozen=True):
    """Seconds between two readings of a source. After two of them without a new one, a figure is STALE."""

    redis: Seconds = 2.0
    """Server facts and database sizes."""
    census: Seconds = 10.0
    """Rest between two passes of the walk over all keys."""
    tenants: Seconds = 5.0
    """Facts of the tenants on screen; the others take turns."""
    prometheus: Seconds = 10.0
    """Recording rules, targets, rules."""
    alertmanager: Seconds = 5.0
    """Alerts and silences."""


class Thresholds(Section, frozen=True):
    """When a figure is no longer ok."""

    hit_rate: Low = Low(warning=85.0, critical=60.0)
    """Cache hit rate of a tenant, percent."""
    queue_depth: High = High(warning=100.0, critical=1000.0)
    """Items waiting in one queue."""
    error_rate: High = High(warning=1.0, critical=5.0)
    """Failed requests of a tenant, percent."""
    response_time: High = High(warning=200.0, critical=500.0)
    """Average response time of a tenant, milliseconds."""
    mobile_p95: High = High(warning=50.0, critical=100.0)
    """95th percentile of mobile response times as Prometheus knows it, milliseconds."""
    memory: High = High(warning=80.0, critical=95.0)
    """Memory of Redis in percent of maxmemory; not judged where there is no limit."""
    latency: High = High(warning=50.0, critical=250.0)
    """Round trip of a PING, milliseconds."""


class DatabaseEntry(Section, frozen=True):
    """One logical database."""

    db: DatabaseNumber
    """Its number."""
    name: str
    """Its name on screen."""
    purpose: str = ""
    """What it is for."""


class PatternEntry(Section, frozen=True):
    """One key pattern: {t} is the tenant, the last placeholder takes the rest of the key."""

    pattern: str
    """The key with its placeholders, for instance tenant:{t}:api:{module}:{resource}."""
    kind: str
    """Stable name used on screen, in JSON and in metrics."""
    db: DatabaseNumber | None = None
    """Its database. Null or left out: any."""
    type: Literal["any", "string", "hash", "list", "set", "zset", "stream"] = "hash"
    """Redis type of the keys."""
    role: Literal["none", "mobile_session", "sdk_session", "websocket", "queue", "creation"] = "none"
    """What the keys count as."""
    queue: str = ""
    """Module of a queue whose pattern has no {module}."""
    facts: dict[str, str] = {}
    """Fields to read from the hash, as fact: field."""


class Keyspace(Section, frozen=True):
    """The keyspace map. Either list replaces the built-in one as a whole."""

    databases: tuple[DatabaseEntry, ...] = tuple(
        DatabaseEntry(db=spec.db, name=spec.name, purpose=spec.purpose) for spec in DATABASES
    )
    """Logical databases."""
    patterns: tuple[PatternEntry, ...] = tuple(
        PatternEntry(
            pattern=spec.pattern,
            kind=spec.kind,
            db=spec.db,
            type=spec.type,  # type: ignore[arg-type]  # the map's own text, checked by a test
            role=spec.role.value,
            queue=spec.queue,
            facts=dict(spec.facts),
        )
        for spec in PATTERNS
    )
    """Key patterns."""


class Maintenance(Section, frozen=True):
    """How changes are let through."""

    tolerance: Percent = 5.0
    """Percent by which the counts of a plan may have moved when it is carried out: live sessions always move."""


class Backup(Section, frozen=True):
    """Where backups go, who can read them, and how long they stay."""

    destination: str = ""
    """Folder, or s3://bucket/prefix, gs://..., az://... with credentials from AWS_* and the like. Empty: state folder."""
    recipients: tuple[str, ...] = ()
    """age public keys (age1...) to encrypt to. Empty: archives are not encrypted, and each backup says so."""
    identity_file: str = ""
    """File with the age secret key, to read encrypted archives. The host that makes them does not need it."""
    signing_key_file: str = ""
    """File of the key that signs archives; made at the first backup. Empty: keys/backup.hmac in the state folder."""
    compression_level: Annotated[int, Meta(ge=1, le=19)] = 3
    """Level of zstd. 1 is faster and hardly larger; over 10 is slow."""
    instance_credentials: bool = False
    """Let an object store ask the cloud's metadata address who we are, where the environment has no credentials."""
    keep_days: Annotated[int, Meta(ge=1, le=36_500)] = 7
    """Days after which an archive may be pruned."""
    keep_at_least: Annotated[int, Meta(ge=1, le=10_000)] = 3
    """Newer whole archives of the same scope that must exist before one is pruned, whatever its age."""
    undo_days: Annotated[int, Meta(ge=1, le=36_500)] = 30
    """Days after which what restores have overwritten may be pruned, and a restore that has not ended is given up."""
    time: str = "03:00"
    """Time of day of the scheduled backup, HH:MM."""
    verify: Literal["quick", "data", "drill"] = "data"
    """How a new archive is read again before it counts: its structure, all of its data, or loaded into a server."""


class Queues(Section, frozen=True):
    """What operators take out of queues."""

    items_days: Annotated[int, Meta(ge=1, le=36_500)] = 30
    """Days after which files of drained and dropped items may be pruned. They are plain text."""


class Notifications(Section, frozen=True):
    """Whom to tell when an operation has ended. A failed notification never fails the operation."""

    urls: tuple[Secret, ...] = ()
    """Where to, as Apprise URLs (WhatsApp through Evolution API, Slack, e-mail, Pushover, webhooks, ...), or ${NAME}."""
    evolution_url: str = ""
    """Evolution API for WhatsApp: base URL with the instance, for instance https://host/message/sendText/NAME."""
    evolution_key: Secret = ""
    """Its API key."""
    evolution_numbers: tuple[str, ...] = ()
    """Numbers that get the message, with country code."""
    lang: Literal["", "en", "pt_BR"] = ""
    """Language of the messages. Empty: that of the console."""
    on: tuple[Literal["success", "failure", "retention"], ...] = ("success", "failure", "retention")
    """What to tell."""
    timeout: Seconds = 10.0
    """Seconds for each of them."""
    listen: str = "127.0.0.1:9878"
    """host:port on which `kryonix notify listen` takes alerts. Beyond this machine (0.0.0.0:9878) it takes a token."""
    token: Secret = ""
    """Bearer token that Alertmanager must show there, or ${NAME}, or file:/path. Empty: none."""


class Exporter(Section, frozen=True):
    """`kryonix exporter`: what Redis knows about each tenant, for Prometheus."""

    listen: str = "127.0.0.1:9877"
    """host:port to listen on. Beyond this machine (0.0.0.0:9877) it takes a token."""
    token: Secret = ""
    """Bearer token that Prometheus must show, or ${NAME}, or file:/path. Empty: none."""
    top: Annotated[int, Meta(ge=1, le=10_000)] = 500
    """Tenants with series of their own: those in trouble, then the busiest. All others are summed as `other`."""
    names: Annotated[int, Meta(ge=0, le=100_000)] = 10_000
    """Tenants that kryonix_tenant_info names, to join certificates with: with or without series of their own."""
    stale_after: Seconds = 60.0
    """Seconds after which a figure that was not read again is left out, unless its next two readings are not yet due."""


class Ui(Section, frozen=True):
    """How the console looks and feels."""

    theme: str = "kryonix-dark"
    """kryonix-dark, kryonix-light, kryonix-contrast, kryonix-colorblind, or one of Textual's. Left out: the last chosen one."""
    mouse: bool = True
    """Let the console use the mouse. Shift-drag still selects text in most terminals."""
    bell: bool = True
    """Ring the terminal's bell when a critical alert begins to fire."""
    keys: dict[str, str] = {}
    """Other keys for commands, as command: key[,key] (see docs/keys.md). Each key has one meaning, on all screens."""


class Context(Section, frozen=True):
    """A named set of servers, chosen with --context. What is left out is taken from the top level."""

    production: bool = False
    """Badge every screen as production."""
    redis: Redis | None = None
    """Its Redis."""
    prometheus: Prometheus | None = None
    """Its Prometheus."""
    alertmanager: HttpServer | None = None
    """Its Alertmanager."""


class Config(Section, frozen=True):
    """The whole configuration."""

    role: Literal["viewer", "operator"] = "viewer"
    """What this console offers: viewer reads, operator may also maintain. The Redis user is the real boundary."""
    read_only: bool = False
    """Never offer anything that writes, whatever the role."""
    lang: Literal["", "en", "pt_BR"] = ""
    """Language. Empty: as the environment says."""
    production: bool = False
    """Badge every screen as production."""
    context: str = ""
    """Context to use where --context names none. Empty: the servers of the top level."""
    tenants: tuple[str, ...] = ()
    """Tenants that this console sees, as ids or with * and ?. Empty: all. It is a view: servers know their own users."""
    redis: Redis = Redis()
    """The Redis or Valkey server that all tenants share."""
    prometheus: Prometheus = Prometheus()
    """Prometheus, or any store that speaks its query API."""
    alertmanager: HttpServer = HttpServer()
    """Alertmanager, API v2."""
    intervals: Intervals = Intervals()
    """Seconds between two readings."""
    thresholds: Thresholds = Thresholds()
    """When a figure is no longer ok."""
    maintenance: Maintenance = Maintenance()
    """How changes are let through."""
    backup: Backup = Backup()
    """Where backups go, who can read them, and how long they stay."""
    queues: Queues = Queues()
    """What operators take out of queues."""
    optimize: Optimize = Optimize()
    """What `kryonix optimize` recommends, and the limits that it keeps."""
    notifications: Notifications = Notifications()
    """Whom to tell when an operation has ended."""
    provision: Provision = Provision()
    """The stack that `kryonix provision` generates."""
    exporter: Exporter = Exporter()
    """`kryonix exporter`: what Redis knows about each tenant, for Prometheus."""
    alerts: Alerts = Alerts()
    """The console's own alerts, and silences."""
    tuning: Tuning = Tuning()
    """What `kryonix tune` compares the server with."""
    wallboard: Wallboard = Wallboard()
    """`kryonix wallboard`: a screen that nobody touches."""
    serve: Serve = Serve()
    """`kryonix serve`: the console in a browser."""
    ui: Ui = Ui()
    """How the console looks and feels."""
    keyspace: Keyspace = Keyspace()
    """The keyspace map."""
    contexts: dict[str, Context] = {}
    """Named sets of servers."""
