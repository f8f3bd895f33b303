"""What the schema's types cannot say: addresses that make sense, ordered thresholds, a sound keyspace map."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from kryonix_tui.config.listening import listening
from kryonix_tui.config.provision_rules import limit_problems, provision_problems
from kryonix_tui.config.reading import Problem, did_you_mean
from kryonix_tui.config.schema import (
    Backup,
    Config,
    Exporter,
    High,
    HttpServer,
    Keyspace,
    Low,
    Notifications,
    PatternEntry,
    Prometheus,
    Redis,
    TenantStore,
)
from kryonix_tui.config.secret import is_reference
from kryonix_tui.config.tuning import SHARE, SIZE, Tuning
from kryonix_tui.i18n import _
from kryonix_tui.masking import mask_url
from kryonix_tui.model.facts import FACTS
from kryonix_tui.model.keyspace import OTHER
from kryonix_tui.safetext import safe

_REDIS_SCHEMES = ("redis", "rediss", "unix")
_HTTP_SCHEMES = ("http", "https")
_STORE_SCHEMES = ("s3", "gs", "az", "file")
_AGE_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{20,4000}")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_PLACEHOLDER = re.compile(r"\{[a-z_][a-z0-9_]*\}")
_KIND = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,63}")


def broken_rules(config: Config) -> Iterator[Problem]:
    """Yield every rule that `config` breaks, the servers of all its contexts included."""
    yield from _redis(config.redis, ("redis",))
    yield from _prometheus(config.prometheus, ("prometheus",))
    yield from _http(config.alertmanager, ("alertmanager",))
    for name, context in config.contexts.items():
        if context.redis:
            yield from _redis(context.redis, ("contexts", name, "redis"))
        if context.prometheus:
            yield from _prometheus(context.prometheus, ("contexts", name, "prometheus"))
        if context.alertmanager:
            yield from _http(context.alertmanager, ("contexts", name, "alertmanager"))
    for index, pattern in enumerate(config.tenants):
        if not pattern.strip():
            yield Problem(("tenants", index), _("the name of a tenant is empty"))
    yield from _tuning(config.tuning)
    yield from _thresholds(config)
    yield from _headers(config.optimize.warm.headers, ("optimize", "warm"))
    yield from _backup(config.backup)
    yield from provision_problems(config.provision)
    yield from _listening("exporter", config.exporter)
    yield from _listening("notifications", config.notifications)
    yield from _keyspace(config.keyspace)


def _redis(redis: Redis, path: tuple[str, ...]) -> Iterator[Problem]:
    yield from _url(redis.url, _REDIS_SCHEMES, (*path, "url"))
    if redis.replica_url:
        yield from _url(redis.replica_url, _REDIS_SCHEMES, (*path, "replica_url"))
    places = {
        "url": redis.url not in ("", Redis().url),
        "host": redis.host,
        "socket": redis.socket,
        "sentinel": redis.sentinel.name,
    }
    given = [name for name, value in places.items() if value]
    if len(given) > 1:
        text = _("{names} name a server each: keep one").format(names=", ".join(given))
        yield Problem((*path, given[-1]), text)
    if not given and not redis.url:
        yield Problem((*path, "url"), _("no server: give url, host, socket or sentinel"))
    for index, node in enumerate(redis.sentinel.nodes):
        host, _colon, port = node.rpartition(":")
        if not host or not port.isdecimal() or not 1 <= int(port[:6]) <= 65_535:
            text = _('expected host:port, got "{value}"').format(value=safe(node, 60))
            yield Problem((*path, "sentinel", "nodes", index), text)
    if redis.sentinel.name and not redis.sentinel.nodes:
        yield Problem((*path, "sentinel", "nodes"), _("Sentinel needs at least one host:port"))


def _http(server: HttpServer | TenantStore, path: tuple[str, ...]) -> Iterator[Problem]:
    if server.url:
        yield from _url(server.url, _HTTP_SCHEMES, (*path, "url"))
    yield from _headers(server.headers, path)


def _headers(headers: Mapping[str, str], path: tuple[str, ...]) -> Iterator[Problem]:
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not value.isprintable():
            yield Problem((*path, "headers", name), _("this cannot be an HTTP header"))


def _prometheus(server: Prometheus, path: tuple[str, ...]) -> Iterator[Problem]:
    yield from _http(server, path)
    for tenant, own in server.per_tenant.items():
        below = (*path, "per_tenant", tenant)
        if not tenant.strip():
            yield Problem(below, _("the name of a tenant is empty"))
        if not own.url and not server.url:
            yield Problem((*below, "url"), _("no server: give its url, or that of all tenants"))
        yield from _http(own, below)


def _url(url: str, schemes: tuple[str, ...], path: tuple[str, ...]) -> Iterator[Problem]:
    if not url or is_reference(url):
        return
    try:
        parts = urlsplit(url)
        placed = bool(parts.path if parts.scheme == "unix" else parts.hostname)
        usable = placed and parts.scheme in schemes and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable():
        text = _('expected a URL ({schemes}://...), got "{url}"')
        yield Problem(path, text.format(schemes="://, ".join(schemes), url=safe(mask_url(url), 80)))


def _tuning(tuning: Tuning) -> Iterator[Problem]:
    if tuning.maxmemory and not (SIZE.fullmatch(tuning.maxmemory) or SHARE.fullmatch(tuning.maxmemory)):
        yield Problem(("tuning", "maxmemory"), _("expected a size (8gb) or a share of the machine (60%)"))
    if tuning.machine_memory and not SIZE.fullmatch(tuning.machine_memory):
        yield Problem(("tuning", "machine_memory"), _("expected a size (16gb)"))


def _thresholds(config: Config) -> Iterator[Problem]:
    for info in msgspec.structs.fields(config.thresholds):
        limit: Low | High = getattr(config.thresholds, info.name)
        path = ("thresholds", info.name)
        yield from limit_problems(limit, path)
    yield from limit_problems(config.alerts.checks.replication_lag, ("alerts", "checks", "replication_lag"))
    if config.alerts.silence > config.alerts.max_silence:
        yield Problem(("alerts", "silence"), _("longer than alerts.max_silence"))


def _backup(backup: Backup) -> Iterator[Problem]:
    scheme, mark, place = backup.destination.partition("://")
    if mark and (scheme not in _STORE_SCHEMES or not place.strip("/") or "@" in place or "?" in place):
        text = _("expected a folder or a URL without credentials ({schemes}://...)")
        yield Problem(("backup", "destination"), text.format(schemes="://, ".join(_STORE_SCHEMES)))
    for index, recipient in enumerate(backup.recipients):
        if not _AGE_RECIPIENT.fullmatch(recipient):
            text = _('expected an age public key (age1...), got "{value}"').format(value=safe(recipient, 12))
            yield Problem(("backup", "recipients", index), text)
    if not _TIME_OF_DAY.fullmatch(backup.time):
        text = _('expected a time of day (HH:MM), got "{value}"').format(value=safe(backup.time, 20))
        yield Problem(("backup", "time"), text)


def _listening(place: str, section: Exporter | Notifications) -> Iterator[Problem]:
    address = listening(section.listen)
    if address is None:
        text = _('expected host:port, got "{value}"').format(value=safe(section.listen, 60))
        yield Problem((place, "listen"), text)
    elif not address.loopback and not section.token:
        yield Problem((place, "token"), _("whoever listens beyond this machine needs a token"))


def _keyspace(keyspace: Keyspace) -> Iterator[Problem]:
    for number, times in Counter(entry.db for entry in keyspace.databases).items():
        if times > 1:
            text = _("database {number} stands here {times} times").format(number=number, times=times)
            yield Problem(("keyspace", "databases"), text)
    roles: dict[str, str] = {}
    seen: set[tuple[int | None, str]] = set()
    for index, entry in enumerate(keyspace.patterns):
        path = ("keyspace", "patterns", index)
        yield from (Problem(path, text) for text in _pattern(entry))
        if (entry.db, entry.pattern) in seen:
            yield Problem(path, _("the pattern stands here twice for the same database"))
        seen.add((entry.db, entry.pattern))
        if roles.setdefault(entry.kind, entry.role) != entry.role:
            text = _("kind {kind} has role {role} elsewhere: one kind has one role")
            yield Problem(path, text.format(kind=safe(entry.kind), role=roles[entry.kind]))


def _pattern(entry: PatternEntry) -> Iterator[str]:
    shown = safe(entry.pattern, 80)
    segments = entry.pattern.split(":")
    placeholders = [segment for segment in segments if "{" in segment or "}" in segment]
    if not entry.pattern:
        yield _("the pattern is empty")
    if not all(_PLACEHOLDER.fullmatch(segment) for segment in placeholders):
        yield _("{pattern}: a placeholder is {{name}}, a whole segment between colons").format(pattern=shown)
    if placeholders.count("{t}") > 1:
        yield _("{pattern}: {{t}} may stand only once").format(pattern=shown)
    if not _KIND.fullmatch(entry.kind) or entry.kind == OTHER:
        text = _('"{kind}" cannot name a kind: expected letters, digits and _, and not "other"')
        yield text.format(kind=safe(entry.kind, 60))
    if entry.role == "queue" and entry.type != "list":
        yield _("{pattern}: role queue needs type list").format(pattern=shown)
    if entry.queue and entry.role != "queue":
        yield _("{pattern}: queue names a module and needs role queue").format(pattern=shown)
    for fact in entry.facts:
        if fact not in FACTS:
            yield _("unknown fact {fact}").format(fact=safe(fact, 60)) + did_you_mean(fact, FACTS)
    if entry.facts and (entry.type != "hash" or entry.db is None or placeholders != ["{t}"]):
        yield _("{pattern}: facts need a hash in a given db with {{t}} as the only placeholder").format(pattern=shown)
