"""What is kept up as tenants change is what going through all of them comes to, whatever happened before."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.tenant import Health, Platform, Sessions, Totals
from kryonix_tui.view import formats
from tests.unit.builders import (
    CREATION,
    METRICS,
    QUEUE,
    SESSION,
    WALL,
    ago,
    alert,
    alerts,
    assembler,
    census,
    facts,
    metrics,
    snapshot,
)

T = TypeVar("T")


def in_order(figures: dict[str, T]) -> dict[str, T]:
    """Return the same figures, by name."""
    return dict(sorted(figures.items()))


NAMES = st.sampled_from(["acme", "beta", "zeta"])
PLACES = st.sampled_from([SESSION, QUEUE, METRICS, CREATION, (0, "sdk_session"), (11, "websocket")])
COUNTS = st.dictionaries(PLACES, st.integers(1, 9), min_size=1)
# In their order, as the reader has them: the first hit rate is the one that is believed.
QUEUES = st.dictionaries(st.sampled_from(["crm", "sms"]), st.sampled_from([0, 1, 5, 200, 5000])).map(in_order)
RATES = st.dictionaries(st.sampled_from(["cache", "metrics"]), st.sampled_from([0.0, 33.3, 70.1, 100.0])).map(in_order)
RULES = st.fixed_dictionaries({}, optional={"cache_hit_rate": st.sampled_from([0.0, 12.5, 95.0, 101.0])})
READ = st.dictionaries(NAMES, st.tuples(QUEUES, RATES, st.sampled_from([0, 10, 9000])))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Return what may follow anything: tenants that are new, gone or half known, and sources that say nothing."""
    fields: dict[str, Any] = {"system_queues": draw(st.sampled_from([{}, {"mail": 3}]))}
    if draw(st.integers(0, 5)):
        fields["census"] = census(draw(st.dictionaries(NAMES, COUNTS)), complete=draw(st.booleans()))
    fields["facts"] = [
        facts(name, ago(age), queues=queues, hit_rates=rates) for name, (queues, rates, age) in draw(READ).items()
    ]
    if draw(st.booleans()):
        # Prometheus says the same again at another time, for most at each reading.
        fields["metrics"] = metrics(draw(st.dictionaries(NAMES, RULES)), at=WALL + draw(st.integers(0, 2)))
    fields["alerts"] = alerts(*(alert(f"of {name}", tenant=name) for name in sorted(draw(st.sets(NAMES)))))
    return snapshot(**fields)


def counted(platform: Platform) -> Totals:
    """Go through all tenants."""
    tenants = platform.tenants.values()
    sessions = Sessions(
        sum(tenant.sessions.mobile for tenant in tenants),
        sum(tenant.sessions.sdk for tenant in tenants),
        sum(tenant.sessions.websocket for tenant in tenants),
    )
    waiting = [(depth, module, tenant.tenant) for tenant in tenants for module, depth in tenant.queues.items() if depth]
    health = [tenant.health for tenant in tenants]
    return Totals(
        tenants=len(tenants),
        sessions=sessions.total,
        sessions_by_kind=sessions,
        queue_depth=sum(depth for depth, _, _ in waiting) + sum(platform.system_queues.values()),
        fullest_queue=max(waiting, default=None),
        critical=health.count(Health.CRITICAL),
        warning=health.count(Health.WARNING),
    )


@given(st.lists(snapshots(), min_size=2, max_size=6))
def test_what_is_kept_up_is_what_all_tenants_come_to(shown: list[Snapshot]) -> None:
    kept = assembler()
    for snapshot_now in shown:
        platform, afresh = kept.assemble(snapshot_now), assembler().assemble(snapshot_now)
        assert platform.tenants == afresh.tenants
        rates = [tenant.hit_rate.chosen.value for tenant in platform.tenants.values() if tenant.hit_rate]
        assert platform.totals.hit_rate == (pytest.approx(fmean(rates), abs=1e-6) if rates else None)
        assert replace(platform.totals, hit_rate=None) == counted(platform)
        assert {tenant.tenant: tenant for tenant in platform.troubled} == {
            name: tenant for name, tenant in platform.tenants.items() if tenant.health.rank < Health.UNKNOWN.rank
        }
        assert all(platform.tenants[tenant.tenant] is tenant for tenant in platform.troubled)


def test_no_hit_at_all_is_nothing_whatever_was_before() -> None:
    kept = assembler()
    counts = census({name: {METRICS: 1} for name in ("acme", "beta", "zeta")})
    for rates in ((33.3, 70.1, 99.9), (12.7, 0.1, 33.3), (0.0, 0.0, 0.0)):
        read = [facts(name, hit_rates={"metrics": rate}) for name, rate in zip(counts.tenants, rates, strict=True)]
        total = kept.assemble(snapshot(census=counts, facts=read)).totals.hit_rate
    assert (total, formats.percent(total)) == (0, "0.0 %")
