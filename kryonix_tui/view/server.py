"""The server: what INFO says, as groups of named values; commands, slow log, targets; the console's own cost."""

from __future__ import annotations

from dataclasses import dataclass

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import N_, _, numerals
from kryonix_tui.model.metrics import Target
from kryonix_tui.model.server import CommandStat, Memory, Replication, ServerFacts, SlowLogEntry
from kryonix_tui.model.source import SourceName
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats, own_cost, sources
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.columns import Column


@dataclass(frozen=True, slots=True)
class Group:
    """Named values under a title."""

    title: str
    age: Cell
    pairs: tuple[tuple[str, Cell], ...]

    def lines(self) -> list[Line]:
        """Return the group with its title, a line per value, names aligned."""
        width = max((len(name) for name, _value in self.pairs), default=0)
        head = line(Cell(self.title, Tone.ACCENT), "  ", self.age)
        return [head, *(line(Cell(f"{name:<{width}}  ", Tone.MUTED), value) for name, value in self.pairs)]


def groups(update: Update, now: Instant) -> list[Group]:
    """Return everything about the server that fits into names and values; empty before the first answer."""
    reading = update.snapshot.server
    age = sources.tile_age(update, SourceName.REDIS, now)
    own = Group(_("This console's own cost"), Cell(""), own_cost.pairs(update))
    if reading is None:
        return [Group(_("Server"), age, ()), own, *_metrics_stack(update, now)]
    server = reading.value
    return [
        Group(_("Server"), age, _identity(server, update.platform.keys)),
        Group(_("Memory"), age, _memory(server, update.platform.bytes)),
        Group(_("Traffic"), age, _traffic(server, update)),
        Group(_("Clients"), age, _clients(server)),
        Group(_("Persistence"), age, _persistence(server, now)),
        Group(_("Replication"), age, _replication(server.replication)),
        *([Group(_("Latency events"), age, _latency(server, now))] if server.latency else []),
        own,
        *_metrics_stack(update, now),
    ]


def _identity(server: ServerFacts, keys: int | None) -> tuple[tuple[str, Cell], ...]:
    return (
        (_("version"), Cell(f"{server.flavour} {server.version}", Tone.STRONG)),
        (_("mode"), Cell(server.mode)),
        (_("role"), Cell(server.replication.role)),
        (_("uptime"), Cell(formats.duration(server.uptime_seconds))),
        (_("databases"), Cell(str(server.database_count))),
        (_("keys"), Cell(formats.full_count(keys))),
        (_("round trip"), Cell(formats.milliseconds(server.round_trip_ms))),
        *(
            ((_("not permitted"), Cell(", ".join(sorted(server.unavailable)), Tone.WARNING)),)
            if server.unavailable
            else ()
        ),
    )


def _memory(server: ServerFacts, keys: int | None) -> tuple[tuple[str, Cell], ...]:
    """`keys` are the estimated bytes of all keys; the rest of what is used is the server's own."""
    memory = server.memory
    share = f" ({formats.percent(100 * memory.used / memory.limit)})" if memory.limit else ""
    return (
        (_("used"), Cell(formats.size(memory.used) + share, Tone.STRONG)),
        *(() if keys is None else ((_("keys, sampled"), _explained(keys, memory.used)),)),
        (_("peak"), Cell(formats.size(memory.peak))),
        (_("resident"), Cell(formats.size(memory.resident))),
        (_("limit"), Cell(formats.size(memory.limit)) if memory.limit else Cell(f"▲ {_('none')}", Tone.WARNING)),
        (_("policy"), _policy(memory)),
        (
            _("fragmentation"),
            Cell(formats.DASH if memory.fragmentation is None else numerals(f"{memory.fragmentation:.2f}")),
        ),
    )


def _policy(memory: Memory) -> Cell:
    """Return the policy of eviction, marked where it takes queues and configuration, or will once there is a limit."""
    if not memory.evicts_all:
        return Cell(memory.policy)
    return Cell(f"✖ {memory.policy}", Tone.CRITICAL) if memory.limit else Cell(f"▲ {memory.policy}", Tone.WARNING)


def _explained(keys: int, used: int) -> Cell:
    share = _("{share} of used").format(share=formats.percent(100 * keys / used, 0)) if used else formats.DASH
    return Cell(f"~{formats.size(keys)}, {share}")


def _traffic(server: ServerFacts, update: Update) -> tuple[tuple[str, Cell], ...]:
    traffic = server.traffic
    return (
        (_("ops/s"), Cell(formats.full_count(traffic.ops_per_second), Tone.STRONG)),
        (_("in / out"), Cell(f"{traffic.input_kbps:.0f} / {traffic.output_kbps:.0f} KiB/s")),
        (_("hit ratio"), Cell(formats.percent(update.platform.totals.server_hit_ratio))),
        (_("hits / misses"), Cell(f"{formats.count(traffic.hits)} / {formats.count(traffic.misses)}")),
        (_("expired"), Cell(formats.full_count(traffic.expired))),
        (_("evicted"), Cell(formats.full_count(traffic.evicted), Tone.WARNING if traffic.evicted else Tone.PLAIN)),
    )


def _clients(server: ServerFacts) -> tuple[tuple[str, Cell], ...]:
    clients = server.clients
    rejected = Tone.WARNING if clients.rejected else Tone.PLAIN
    return (
        (_("connected"), Cell(f"{clients.connected} / {clients.limit or formats.DASH}", Tone.STRONG)),
        (_("blocked"), Cell(str(clients.blocked))),
        (_("refused"), Cell(formats.full_count(clients.rejected), rejected)),
    )


def _persistence(server: ServerFacts, now: Instant) -> tuple[tuple[str, Cell], ...]:
    saving = server.persistence
    saved = formats.duration(now.wall - saving.last_save) if saving.last_save else formats.DASH
    return (
        (_("last save"), Cell(_("{age} ago").format(age=saved) if saving.last_save else saved)),
        (_("result"), _verdict(ok=saving.save_ok)),
        (_("changes since"), Cell(formats.full_count(saving.changes_since_save))),
        (_("AOF"), _verdict(ok=saving.aof_ok) if saving.aof_enabled else Cell(_("off"), Tone.MUTED)),
    )


def _replication(replication: Replication) -> tuple[tuple[str, Cell], ...]:
    if replication.role != "master":
        lag = _("{size} behind").format(size=formats.size(replication.lag_bytes))
        return (
            (_("role"), Cell(replication.role, Tone.STRONG)),
            (_("primary"), Cell(safe(replication.primary))),
            (_("link"), _verdict(ok=replication.link_up)),
            (_("lag"), Cell(formats.DASH if replication.lag_bytes is None else lag)),
        )
    return ((_("role"), Cell(_("primary"), Tone.STRONG)), (_("replicas"), Cell(str(replication.replicas))))


def _latency(server: ServerFacts, now: Instant) -> tuple[tuple[str, Cell], ...]:
    return tuple(
        (
            safe(event.event, 20),
            Cell(f"{event.latest_ms} ms, max {event.max_ms} ms, {formats.age(now.wall - event.at)}"),
        )
        for event in server.latency[:6]
    )


def _metrics_stack(update: Update, now: Instant) -> list[Group]:
    found: list[Group] = []
    metrics, alerts = update.snapshot.metrics, update.snapshot.alerts
    if metrics is not None:
        facts = metrics.value
        up = sum(target.up for target in facts.targets)
        failing = len(facts.rules.failing)
        missing = {part: Cell(safe(why, 200), Tone.WARNING) for part, why in facts.missing.items()}
        pairs: tuple[tuple[str, Cell], ...] = (
            (_("version"), Cell(facts.version or formats.DASH)),
            (
                _("targets up"),
                missing.get("targets") or Cell(f"{up} / {len(facts.targets)}", _doubt(up < len(facts.targets))),
            ),
            (_("rules"), missing.get("rules") or Cell(f"{facts.rules.recording} + {facts.rules.alerting}")),
            (_("rules failing"), missing.get("rules") or Cell(str(failing), _doubt(failing))),
            (_("tenants"), Cell(str(len(facts.tenants)))),
            *_left_out(facts.discarded, truncated=facts.truncated),
        )
        found.append(Group("Prometheus", sources.tile_age(update, SourceName.PROMETHEUS, now), pairs))
    if alerts is not None:
        known = alerts.value
        pairs = (
            (_("version"), Cell(known.version or formats.DASH)),
            (_("cluster"), Cell(known.cluster or formats.DASH)),
            (_("alerts"), Cell(str(len(known.alerts)))),
            (_("silences"), Cell(str(len(known.silences)))),
            *_left_out(known.discarded, truncated=known.truncated),
        )
        found.append(Group("Alertmanager", sources.tile_age(update, SourceName.ALERTMANAGER, now), pairs))
    return found


def _doubt(reason: object) -> Tone:
    return Tone.WARNING if reason else Tone.PLAIN


def _left_out(discarded: int, *, truncated: bool) -> tuple[tuple[str, Cell], ...]:
    """Return what of a reading is not shown: entries that could not be read, and those beyond what is kept."""
    unreadable = ((_("unreadable"), Cell(formats.full_count(discarded), Tone.WARNING)),) if discarded else ()
    cut = ((_("shown"), Cell(_("not all: there are too many"), Tone.WARNING)),) if truncated else ()
    return (*unreadable, *cut)


def _verdict(*, ok: bool) -> Cell:
    return Cell(f"● {_('ok')}", Tone.OK) if ok else Cell(f"✖ {_('failed')}", Tone.CRITICAL)


COMMAND_COLUMNS: tuple[Column[CommandStat], ...] = (
    Column("command", N_("Command"), 16, lambda c: Cell(safe(c.name, 30), Tone.STRONG), lambda c: c.name, grows=True),
    Column(
        "calls", N_("Calls"), 6, lambda c: Cell(formats.count(c.calls)), lambda c: c.calls, numeric=True, falling=True
    ),
    Column(
        "time",
        N_("Time"),
        8,
        lambda c: Cell(formats.milliseconds(c.microseconds / 1000)),
        lambda c: c.microseconds,
        numeric=True,
        falling=True,
    ),
    Column(
        "each",
        N_("µs/call"),
        7,
        lambda c: Cell(numerals(f"{c.microseconds / c.calls:.1f}") if c.calls else formats.DASH),
        lambda c: c.microseconds / c.calls if c.calls else None,
        numeric=True,
        falling=True,
        rank=1,
    ),
    Column(
        "failed",
        N_("Failed"),
        6,
        lambda c: Cell(formats.count(c.failed + c.rejected), Tone.WARNING if c.failed + c.rejected else Tone.MUTED),
        lambda c: c.failed + c.rejected,
        numeric=True,
        falling=True,
        rank=2,
    ),
)


def slow_log_columns(now: Instant) -> tuple[Column[SlowLogEntry], ...]:
    """Return the columns of the slow log."""
    return (
        Column(
            "at", N_("When"), 11, lambda e: Cell(formats.clock_time(e.at, today=now.wall), Tone.MUTED), lambda e: e.at
        ),
        Column(
            "took",
            N_("Took"),
            7,
            lambda e: Cell(formats.milliseconds(e.microseconds / 1000), Tone.STRONG),
            lambda e: e.microseconds,
            numeric=True,
            falling=True,
        ),
        Column(
            "tenant",
            N_("Tenant"),
            16,
            lambda e: Cell(safe(e.tenant or "", 40), Tone.ACCENT),
            lambda e: e.tenant,
            rank=1,
        ),
        Column("command", N_("Command"), 20, lambda e: Cell(safe(e.command, 200)), lambda e: e.command, grows=True),
    )


def _up(target: Target) -> Cell:
    return Cell(f"● {_('up')}", Tone.OK) if target.up else Cell(f"✖ {_('down')}", Tone.CRITICAL)


TARGET_COLUMNS: tuple[Column[Target], ...] = (
    Column("up", N_("Up"), 6, _up, lambda t: float(t.up)),
    Column("job", N_("Job"), 20, lambda t: Cell(safe(t.job, 60), Tone.STRONG), lambda t: t.job),
    Column("instance", N_("Instance"), 22, lambda t: Cell(safe(t.instance, 80)), lambda t: t.instance, rank=1),
    Column(
        "error",
        N_("Error"),
        20,
        lambda t: Cell(safe(t.error, 200), Tone.CRITICAL),
        lambda t: t.error,
        grows=True,
        rank=2,
    ),
)
