"""The Redis server: what it is, and by the same findings as on screen whether it is well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from kryonix_tui.analysis.health import server_findings
from kryonix_tui.clock import Instant
from kryonix_tui.config.schema import Config, Redis
from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import N_, _, ngettext
from kryonix_tui.masking import mask_url
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.tenant import Concern, Finding, Health
from kryonix_tui.view import formats, sentences

OLDEST_MAJOR: Final = 7
"""The ACL rules for read-only keys (%R~) and ACL DRYRUN came with Redis 7.0 (redis.io, ACL); Valkey starts there."""

_LEVEL: Final = {Health.CRITICAL: Level.FAIL, Health.WARNING: Level.WARN}

_SUBJECTS: Final[Mapping[str, frozenset[Concern]]] = {
    "latency": frozenset({Concern.SERVER_LATENCY}),
    "memory": frozenset({Concern.SERVER_MEMORY, Concern.SERVER_EVICTION_POLICY, Concern.SERVER_EVICTING}),
    "persistence": frozenset({Concern.SERVER_SAVE_FAILED, Concern.SERVER_AOF_FAILED, Concern.SERVER_LOADING}),
    "replication": frozenset({Concern.SERVER_LINK_DOWN}),
    "clients": frozenset({Concern.SERVER_REJECTING}),
    "databases": frozenset({Concern.SERVER_DATABASES, Concern.SERVER_CLUSTER}),
}
"""Which findings each line of the report is about."""

_HINTS: Final[Mapping[Concern, str]] = {
    Concern.SERVER_LATENCY: N_("The network is slow, or long commands block the server: see its slow log."),
    Concern.SERVER_MEMORY: N_("Raise maxmemory, or find the tenants whose keys grow."),
    Concern.SERVER_EVICTION_POLICY: N_(
        "`kryonix tune apply --only maxmemory-policy` sets volatile-lru: only keys that expire anyway are then evicted."
    ),
    Concern.SERVER_SAVE_FAILED: N_("Check disk space and permissions of the server's folder, and its log."),
    Concern.SERVER_AOF_FAILED: N_("Check disk space and permissions of the server's folder, and its log."),
    Concern.SERVER_LOADING: N_("Wait until it has loaded; the figures are incomplete until then."),
    Concern.SERVER_LINK_DOWN: N_("Check the primary and the network between the two."),
    Concern.SERVER_DATABASES: N_("Raise `databases` in the server's configuration, or give the keyspace map fewer."),
}


def place(settings: Redis) -> str:
    """Return where the server is, as configured and without credentials."""
    if settings.sentinel.name:
        return _("{name} (Sentinel)").format(name=settings.sentinel.name)
    if settings.socket:
        return settings.socket
    return f"{settings.host}:{settings.port}" if settings.host else mask_url(settings.url)


def server_checks(facts: ServerFacts, config: Config, now: Instant) -> Iterator[Check]:
    """Yield what the server is, then a line for each subject that is judged."""
    yield _identity(facts, config)
    expected = max((entry.db for entry in config.keyspace.databases), default=0) + 1
    findings = list(server_findings(facts, None, config.thresholds, now, expected))
    for subject, about in _subjects(facts, now).items():
        concerns = _SUBJECTS[subject]
        yield _judged(f"redis.{subject}", about, [found for found in findings if found.concern in concerns], now)
    if not facts.memory.limit and facts.memory.evicts_all:
        text = _("Policy {policy} will evict queues and configuration like cache as soon as maxmemory is set")
        hint = _(_HINTS[Concern.SERVER_EVICTION_POLICY])
        yield Check("redis.policy", Level.WARN, text.format(policy=facts.memory.policy), hint)


def _identity(facts: ServerFacts, config: Config) -> Check:
    text = _("{flavour} {version} at {place}: {mode}, {role}, up {uptime}").format(
        flavour=facts.flavour.capitalize(),
        version=facts.version,
        place=place(config.redis),
        mode=facts.mode,
        role={"master": _("primary"), "slave": _("replica")}.get(facts.replication.role, facts.replication.role),
        uptime=formats.duration(facts.uptime_seconds),
    )
    major = facts.version.partition(".")[0]
    if major.isdecimal() and int(major) < OLDEST_MAJOR:
        hint = _("The console reads it, but the ACL lines of `kryonix init` need Redis {major} or later.")
        return Check("redis.server", Level.WARN, text, hint.format(major=OLDEST_MAJOR))
    return Check("redis.server", Level.OK, text)


def _judged(name: str, about: str, findings: Iterable[Finding], now: Instant) -> Check:
    """Return one line for a subject: what it is like, and all that is wrong with it."""
    level, texts, hints = Level.OK, [about], []
    for finding in findings:
        level = max(level, _LEVEL[finding.level], key=lambda one: one.rank)
        # The source needs no mention here: the whole line is about Redis.
        texts.append(sentences.reason(replace(finding, source=""), now))
        hints.append(_(_HINTS.get(finding.concern, "")))
    return Check(name, level, "; ".join(texts), " ".join(filter(None, hints)))


def _subjects(facts: ServerFacts, now: Instant) -> dict[str, str]:
    """Return what each subject is like, in the order of the report."""
    clients = _("Clients: {connected} of {limit}")
    databases = _("Databases: {count}, with {keys}")
    return {
        "latency": _("Round trip: {time}").format(time=formats.milliseconds(facts.round_trip_ms)),
        "databases": databases.format(count=facts.database_count, keys=formats.keys(facts.keys)),
        "memory": _memory(facts),
        "persistence": _persistence(facts, now),
        "replication": _replication(facts),
        "clients": clients.format(
            connected=formats.full_count(facts.clients.connected), limit=formats.full_count(facts.clients.limit)
        ),
    }


def _memory(facts: ServerFacts) -> str:
    memory = facts.memory
    text = _("Memory: {used} of {limit}, policy {policy}") if memory.limit else _("Memory: {used}, no limit is set")
    return text.format(used=formats.size(memory.used), limit=formats.size(memory.limit), policy=memory.policy)


def _persistence(facts: ServerFacts, now: Instant) -> str:
    saving = facts.persistence
    age = now.wall - saving.last_save
    # A server that has not saved yet tells the time of its start.
    saved = _("last save {age} ago").format(age=formats.duration(age))
    return ngettext(
        "Persistence: {saved}, {changes} change since, AOF {aof}",
        "Persistence: {saved}, {changes} changes since, AOF {aof}",
        saving.changes_since_save,
    ).format(
        saved=saved if age < facts.uptime_seconds - 1 else _("no save since the start"),
        changes=formats.full_count(saving.changes_since_save),
        aof=_("on") if saving.aof_enabled else _("off"),
    )


def _replication(facts: ServerFacts) -> str:
    link = facts.replication
    if link.primary:
        lag = formats.size(link.lag_bytes)
        return _("Replication: replica of {primary}, {lag} behind").format(primary=link.primary, lag=lag)
    text = ngettext("Replication: {count} replica", "Replication: {count} replicas", link.replicas)
    return text.format(count=link.replicas)
