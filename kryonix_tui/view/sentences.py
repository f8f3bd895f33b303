"""Why something is not ok, in one line: findings and troubled sources as sentences."""

from __future__ import annotations

from collections.abc import Callable

from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.model.tenant import Concern, Finding
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

Sentence = Callable[[Finding], str]


def _above(name: str, unit: Callable[[float | None], str], finding: Finding) -> str:
    limit = formats.limit_percent if unit is formats.percent else unit
    return f"{name} {unit(finding.value)} > {limit(finding.limit)}"


_SENTENCES: dict[Concern, Sentence] = {
    Concern.HIT_RATE: lambda f: f"{_('hit rate')} {formats.percent(f.value)} < {formats.limit_percent(f.limit)}",
    Concern.QUEUE_DEPTH: lambda f: _above(_("queue {name}").format(name=safe(f.subject, 40)), formats.full_count, f),
    Concern.ERROR_RATE: lambda f: _above(_("errors"), formats.percent, f),
    Concern.RESPONSE_TIME: lambda f: _above(_("response time"), formats.milliseconds, f),
    Concern.MOBILE_P95: lambda f: _above(_("mobile p95"), formats.milliseconds, f),
    Concern.ALERT: lambda f: _("alert {name} is firing").format(name=f.subject),
    Concern.SERVER_MEMORY: lambda f: _above(_("memory"), formats.percent, f),
    Concern.SERVER_LATENCY: lambda f: _above(_("round trip"), formats.milliseconds, f),
    Concern.SERVER_EVICTION_POLICY: lambda _f: _(
        "an allkeys-* policy evicts queues and configuration like cache: use volatile-lru"
    ),
    Concern.SERVER_EVICTING: lambda f: ngettext(
        "{count} key evicted since the last reading", "{count} keys evicted since the last reading", round(f.value or 0)
    ).format(count=formats.full_count(f.value)),
    Concern.SERVER_SAVE_FAILED: lambda _f: _("the last RDB save failed: writes may be refused"),
    Concern.SERVER_AOF_FAILED: lambda _f: _("the last AOF write failed"),
    Concern.SERVER_LOADING: lambda _f: _("the server is loading its data set"),
    Concern.SERVER_LINK_DOWN: lambda _f: _("the link to the primary is down"),
    Concern.SERVER_REJECTING: lambda f: ngettext(
        "{count} connection refused: maxclients is reached",
        "{count} connections refused: maxclients is reached",
        round(f.value or 0),
    ).format(count=formats.full_count(f.value)),
    Concern.SERVER_CLUSTER: lambda _f: _("a Redis Cluster has one database: support comes later"),
    Concern.SERVER_DATABASES: lambda f: ngettext(
        "the server has {count} database, the keyspace map names more",
        "the server has {count} databases, the keyspace map names more",
        round(f.value or 0),
    ).format(count=formats.full_count(f.value)),
}


def reason(finding: Finding, now: Instant) -> str:
    """Return why, since when, and who says so: `hit rate 61.0 % < 85 % for 12 min (redis:metrics)`."""
    text = _SENTENCES[finding.concern](finding)
    lasting = finding.since.age(now)
    if lasting >= 5:
        text = _("{what} for {duration}").format(what=text, duration=formats.duration(lasting))
    return f"{text} ({finding.source})" if finding.source else text


def source_title(name: SourceName) -> str:
    """Return the name of a source for people."""
    return {
        SourceName.REDIS: "Redis",
        SourceName.CENSUS: _("Census"),
        SourceName.TENANTS: _("Tenant facts"),
        SourceName.PROMETHEUS: "Prometheus",
        SourceName.ALERTMANAGER: "Alertmanager",
    }[name]


def source_trouble(state: SourceState, now: Instant) -> str:
    """Return what is wrong with a source and since when its data are what they are; empty where nothing is."""
    name = source_title(state.name)
    if state.condition is Condition.FAILING and state.trouble is not None:
        trouble = state.trouble
        age = state.age(now)
        kept = _("showing data of {age} ago").format(age=formats.duration(age)) if age is not None else _("no data yet")
        hint = f" {trouble.hint}" if trouble.hint else ""
        return f"{name}: {_(trouble.title)}: {trouble.message} [{kept}]{hint}"
    if state.stale(now):
        return _("{name}: STALE, last answer {age} ago").format(name=name, age=formats.duration(state.age(now)))
    return ""
