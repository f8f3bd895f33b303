"""Hit rates before and after a pass: by Prometheus over the same time on both sides, else by one reading each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from kryonix_tui.analysis.optimization.effect import effect
from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.optimize import journal
from kryonix_tui.maintenance.optimize.journal import Pass
from kryonix_tui.maintenance.optimize.reading import TenantReading
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.model.optimization import Effect
from kryonix_tui.model.ports import MetricsPort
from kryonix_tui.model.promql import matcher
from kryonix_tui.model.question import Question
from kryonix_tui.safetext import raw_bytes
from kryonix_tui.sources.metrics import metrics_of

MOST_TENANTS: Final = 50
"""Tenants of a pass whose mean is compared; of more, the first ones."""

_OLDEST: Final = 7 * 86_400
_READINGS: Final = 30
_LEAST_STEP: Final = 60.0


async def measure(config: Config, keyspace: KeyspaceMap, passes: Iterable[Pass]) -> int:
    """Compare hit rates before and after the passes that are old enough, and write it down; return how many those were.

    One that was undone is left out. What cannot be read is left for another time: it keeps nobody from anything.
    """
    now, span = time.time(), config.optimize.effect
    due = [
        each
        for each in passes
        if not (each.measured or each.undone)
        and each.beginning.hit
        and span <= now - each.beginning.at <= _OLDEST + span
    ]
    if not due:
        return 0
    reading = TenantReading(config, keyspace, lambda _place: {})
    try:
        port = metrics_of(config)
        try:
            place = await reading.place()
            here = [each for each in due if each.beginning.place == place]
            for each in here:
                found, source = await _compared(each, port, reading, span)
                journal.add(each.id, "measured", {"at": now, "source": source, **asdict(found)})
            return len(here)
        finally:
            if port is not None:
                await port.close()
    except KryonixError:
        return 0
    finally:
        await reading.close()


async def _compared(done: Pass, port: MetricsPort | None, reading: TenantReading, span: float) -> tuple[Effect, str]:
    tenants = sorted(done.beginning.hit)[:MOST_TENANTS]
    if port is not None:
        before = await _readings(port, tenants, span, done.beginning.at)
        after = await _readings(port, tenants, span, done.beginning.at + span)
        if before and after:
            return effect(before, after), "prometheus"
    rates = await reading.rates(tenants)
    known = [tenant for tenant in tenants if tenant in rates]
    return effect(
        _mean(done.beginning.hit[tenant][0] for tenant in known), _mean(rates[each] for each in known)
    ), "redis"


async def _readings(port: MetricsPort, tenants: Sequence[str], span: float, until: float) -> list[float]:
    """Return the mean hit rate of tenants at some moments before `until`; none where they have no text for a name."""
    names = [name for tenant in tenants if (name := _text(tenant)) is not None]
    if not names:
        return []
    expression = f"avg(tenant:cache_hit_rate{{{matcher(TENANT_LABEL, names)}}})"
    answer = await port.ask(Question(expression, span, max(_LEAST_STEP, span / _READINGS), until))
    return [value for series in answer.series for _at, value in series.points if 0 <= value <= 100]


def _text(tenant: str) -> str | None:
    try:
        return raw_bytes(tenant).decode()
    except UnicodeDecodeError:
        return None


def _mean(values: Iterable[float]) -> list[float]:
    found = list(values)
    return [statistics.fmean(found)] if found else []


def effect_of(said: Mapping[str, object]) -> Effect:
    """Return the effect that a journal's line says."""
    names = Effect.__dataclass_fields__
    return Effect(**{name: value for name, value in said.items() if name in names})  # type: ignore[arg-type]  # our own
