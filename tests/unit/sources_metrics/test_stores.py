"""Tenants with a Prometheus of their own: who is asked what, and what becomes of it when one fails."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kryonix_tui import bootstrap
from kryonix_tui.config.schema import Config, Prometheus, TenantStore
from kryonix_tui.errors import ReplyError, UnreachableError
from kryonix_tui.model.alert import Alert, AlertState, Severity
from kryonix_tui.model.metrics import MetricsFacts, RuleHealth, Sample
from kryonix_tui.model.question import Answer, Question
from kryonix_tui.sources.prometheus import PrometheusSource
from kryonix_tui.sources.prometheus.stores import TenantStores


def said(**rates: float) -> MetricsFacts:
    tenants = {tenant: {"cache_hit_rate": Sample(value, 1.0)} for tenant, value in rates.items()}
    alerts = tuple(
        Alert("f", "Low", Severity.WARNING, AlertState.FIRING, "prometheus", 1.0, tenant=tenant) for tenant in rates
    )
    return MetricsFacts(tenants, rules=RuleHealth(recording=1), rule_alerts=alerts, version="2.42")


@dataclass
class Store:
    """Stands where a store stands; None: it does not answer."""

    facts: MetricsFacts | None
    asked: list[str] = field(default_factory=list)
    closed: bool = False

    async def fetch(self) -> MetricsFacts:
        if self.facts is None:
            raise UnreachableError("nobody there")
        return self.facts

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question.expression)
        return Answer()

    async def close(self) -> None:
        self.closed = True


async def test_a_tenant_s_figures_are_those_of_its_own_store() -> None:
    stores = TenantStores(Store(said(a=1, b=2)), {"b": Store(said(b=3, a=9)), "c": Store(said(c=4))})
    facts = await stores.fetch()
    assert {tenant: found["cache_hit_rate"].value for tenant, found in facts.tenants.items()} == {
        "a": 1,
        "b": 3,
        "c": 4,
    }
    assert sorted(alert.tenant or "" for alert in facts.rule_alerts) == ["a", "b", "c"]
    assert len({alert.fingerprint for alert in facts.rule_alerts}) == 3
    assert (facts.rules.recording, facts.version, facts.missing) == (3, "2.42", {})


async def test_a_store_that_fails_takes_its_tenant_along_and_nobody_else() -> None:
    facts = await TenantStores(Store(said(a=1, b=2)), {"b": Store(None)}).fetch()
    assert set(facts.tenants) == {"a"}
    assert facts.missing == {"b": "nobody there"}


@pytest.mark.parametrize(
    "stores",
    [TenantStores(Store(None), {"b": Store(said(b=1))}), TenantStores(None, {"a": Store(None), "b": Store(None)})],
)
async def test_without_the_common_store_or_without_any_a_reading_fails(stores: TenantStores) -> None:
    with pytest.raises(UnreachableError):
        await stores.fetch()


async def test_the_store_of_the_tenant_is_asked() -> None:
    common, own = Store(said()), Store(said())
    stores = TenantStores(common, {"b": own})
    for expression in ('x{tenant_id="b"}', 'x{tenant_id="a"}', "sum(x)", 'x{tenant_id="b"} + y'):
        await stores.ask(Question(expression))
    assert own.asked == ['x{tenant_id="b"}']
    assert common.asked == ['x{tenant_id="a"}', "sum(x)", 'x{tenant_id="b"} + y']
    with pytest.raises(ReplyError, match="one tenant"):
        await TenantStores(None, {"b": own}).ask(Question("sum(x)"))
    await stores.close()
    assert (common.closed, own.closed) == (True, True)


def stores_of(**settings: object) -> TenantStores:
    port = bootstrap.metrics_of(Config(**settings))  # type: ignore[arg-type]  # by name
    inner = getattr(port, "inner", port)
    assert isinstance(inner, TenantStores)
    return inner


def test_the_same_address_is_asked_as_the_tenant_and_another_one_gets_no_secret() -> None:
    common = Prometheus(
        url="http://all:1",
        bearer_token="hush",
        headers={"X-Scope-OrgID": "all", "X-A": "1"},
        per_tenant={
            "a": TenantStore(headers={"X-Scope-OrgID": "a"}),
            "b": TenantStore(url="http://b:2"),
            "c": TenantStore(url="http://c:3", username="u", password="p"),
        },
    )
    peers = {
        tenant: port._reader.peer
        for tenant, port in stores_of(prometheus=common).own.items()
        if isinstance(port, PrometheusSource)
    }
    assert peers["a"].base == "http://all:1"
    assert peers["a"].headers()["x-scope-orgid"] == "a"
    assert peers["a"].headers()["x-a"] == "1"
    assert peers["a"].headers()["authorization"] == "Bearer hush"
    assert peers["b"].base == "http://b:2"
    assert not {"authorization", "x-scope-orgid", "x-a"} & set(peers["b"].headers())
    assert peers["c"].headers()["authorization"].startswith("Basic ")


def test_stores_of_tenants_out_of_sight_are_not_even_made() -> None:
    own = {"a": TenantStore(url="http://a:1"), "b": TenantStore(url="http://b:1")}
    assert set(stores_of(tenants=("a*",), prometheus=Prometheus(per_tenant=own)).own) == {"a"}
