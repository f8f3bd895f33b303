"""Latency over a while, what a crash would lose, whether there is a limit, and whether every database can be used."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from kryonix_tui.analysis.limits import judge
from kryonix_tui.clock import Instant
from kryonix_tui.config.schema import High
from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.tenant import Health
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

OLD = 3600.0
"""Seconds after which a snapshot is old, where changes wait for one and there is no AOF."""


def latency_check(round_trips: Sequence[float], limits: High) -> Check:
    """Judge a series of round trips in milliseconds by its 99th percentile, with the limits of `thresholds.latency`."""
    name, ordered = "latency.series", sorted(round_trips)
    middle, late = (ordered[max(0, math.ceil(share * len(ordered)) - 1)] for share in (0.5, 0.99))
    text = _("{count} PINGs from here: half within {middle}, 99 % within {late}, the slowest {worst}").format(
        count=len(ordered),
        middle=formats.milliseconds(middle),
        late=formats.milliseconds(late),
        worst=formats.milliseconds(ordered[-1]),
    )
    verdict = judge(late, limits)
    if verdict is None:
        return Check(name, Level.OK, text)
    return Check(
        name,
        Level.FAIL if verdict.level is Health.CRITICAL else Level.WARN,
        f"{text}: {formats.milliseconds(late)} > {formats.milliseconds(verdict.limit)}",
        _("Compare with `redis-cli --intrinsic-latency` on the server itself, and look at its slow log."),
        _("Every request of every tenant waits that long for each answer: the way, the machine, or long commands."),
    )


def database_check(unusable: Mapping[int, str], expected: Collection[int]) -> Check:
    """Judge whether every database of the map can be used."""
    name = "databases.usable"
    if not unusable:
        return Check(
            name,
            Level.OK,
            ngettext(
                "The {count} database of the map can be read",
                "All {count} databases of the map can be read",
                len(expected),
            ).format(count=len(expected)),
        )
    parts = ", ".join(f"{db} ({safe(why, 120) or _('does not exist')})" for db, why in sorted(unusable.items())[:5])
    return Check(
        name,
        Level.FAIL,
        ngettext(
            "{count} of {total} databases cannot be read: {parts}",
            "{count} of {total} databases cannot be read: {parts}",
            len(unusable),
        ).format(count=len(unusable), total=len(expected), parts=parts),
        _("Raise `databases` in the server's configuration file and restart, or give the user SELECT and SCAN."),
        _("What the platform keeps there is not seen, and perhaps not kept at all."),
    )


def loss_checks(facts: ServerFacts, now: Instant) -> Iterator[Check]:
    """Yield what a crash would lose now, and what keeps the memory from running out."""
    yield _persistence(facts, now)
    yield _limit(facts)


def _persistence(facts: ServerFacts, now: Instant) -> Check:
    name, saving = "persistence.loss", facts.persistence
    if saving.aof_enabled and saving.aof_ok:
        return Check(name, Level.OK, _("An AOF is written: a crash loses about a second (see appendfsync)"))
    age = max(0.0, now.wall - saving.last_save)
    never = age >= facts.uptime_seconds - 1
    number = saving.changes_since_save
    changes = ngettext("{count} change", "{count} changes", number).format(count=formats.full_count(number))
    if not saving.changes_since_save or (age < OLD and saving.save_ok):
        text = _("Without an AOF: a crash now loses {changes}, made in the last {age}")
        return Check(name, Level.OK, text.format(changes=changes, age=formats.duration(age)))
    text = _("A crash now loses {changes}: the last save was {age} ago, and there is no AOF")
    if never:
        text = _("A crash now loses {changes}: nothing was saved since the start {age} ago, and there is no AOF")
    return Check(
        name,
        Level.FAIL if never or not saving.save_ok else Level.WARN,
        text.format(changes=changes, age=formats.duration(age)),
        _("`kryonix tune plan` proposes snapshots and an AOF; `kryonix backup create` saves now."),
        _("Queues, sessions and configuration of all tenants go back to that moment."),
    )


def _limit(facts: ServerFacts) -> Check:
    name, memory = "memory.limit", facts.memory
    if memory.limit:
        return Check(name, Level.OK, _("maxmemory is {limit}").format(limit=formats.size(memory.limit)))
    return Check(
        name,
        Level.WARN,
        _("maxmemory is not set"),
        _("`kryonix tune apply --only maxmemory --only maxmemory-policy` sets a limit that fits the machine."),
        _("One tenant that grows takes the machine's memory, and the kernel kills the server for all."),
    )
