"""What is left of readings for somebody who sees some tenants."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kryonix_tui.model.alert import Matcher, Silence
from kryonix_tui.model.census import BigKey, Census, DatabaseCensus, QueueKey, TenantCensus
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.visible.alerting import visible_alerts, visible_silences
from kryonix_tui.sources.visible.keys import visible_census
from tests.unit.builders import alert

ONLY = Visible(("a*",))

EVERYTHING = Census(
    databases={
        0: DatabaseCensus(0, 30, 25, 2, {"session": 25, "template": 3, "other": 2}, 0.5, 9),
        2: DatabaseCensus(2, 3, 3, 0, {"queue": 3}),
    },
    tenants={
        "a1": TenantCensus("a1", {(0, "session"): 5}, margin=3),
        "a2": TenantCensus("a2", {(0, "session"): 1, (2, "queue"): 1}, margin=4),
        "b": TenantCensus("b", {(0, "session"): 19, (2, "queue"): 2}, margin=50),
    },
    queues=(QueueKey(2, b"a", "m", "a2"), QueueKey(2, b"b", "m", "b"), QueueKey(2, b"s", "m", None)),
    big_keys=(BigKey(0, b"b", "x", "b", 9), BigKey(0, b"?", "other", None, 9), BigKey(0, b"a", "x", "a1", 9)),
    complete=True,
    fraction=1.0,
)


def test_sums_of_a_census_are_those_of_the_visible() -> None:
    seen = visible_census(EVERYTHING, ONLY)
    assert set(seen.tenants) == {"a1", "a2"}
    assert seen.tenants["a1"] is EVERYTHING.tenants["a1"]
    assert seen.keys == 7
    assert seen.databases[0] == DatabaseCensus(0, 6, 6, 0, {"session": 6}, 0.5, 5)
    assert (seen.databases[2].keys, seen.databases[2].kinds, seen.databases[2].margin) == (1, {"queue": 1}, 0)
    assert [queue.tenant for queue in seen.queues] == ["a2"]
    assert [key.tenant for key in seen.big_keys] == ["a1"]
    assert seen.finished


@pytest.mark.parametrize(
    "expression", ['x{tenant_id="b"} > 1', "x{tenant_id =~ 'b|c'}", 'y{tenant!="b"}', '{"x", "tenant_id"="b"}']
)
def test_an_alert_of_a_visible_tenant_keeps_its_words_but_no_rule_that_names_tenants(expression: str) -> None:
    own = replace(alert(tenant="a1"), annotations={"summary": "x"}, expression=expression, generator_url="http://p")
    [seen] = visible_alerts([own, alert(tenant="b")], ONLY)
    assert (seen.annotations, seen.expression, seen.generator_url) == ({"summary": "x"}, "", "")
    fair = replace(own, expression="sum by (tenant_id) (x) > 1")
    assert visible_alerts([fair], ONLY) == (fair,)


def test_of_an_alert_about_nobody_the_common_words_stay() -> None:
    labels = {"alertname": "Slow", "severity": "warning", "cn": "b.example", "service": "b@docker"}
    common = replace(alert(), labels=labels, annotations={"summary": "b"}, expression='x{tenant_id="b"}', rule="b / b")
    [seen] = visible_alerts([common], ONLY)
    assert seen.labels == {"alertname": "Slow", "severity": "warning"}
    assert (seen.annotations, seen.expression, seen.rule, seen.generator_url) == ({}, "", "", "")
    assert (seen.name, seen.severity, seen.state) == (common.name, common.severity, common.state)


@pytest.mark.parametrize(
    ("matchers", "comment"),
    [
        ([Matcher("tenant_id", "a1")], "why"),
        ([Matcher("tenant_id", "a1"), Matcher("alertname", "Slow")], "why"),
        ([Matcher("alertname", "Slow")], ""),
        ([Matcher("tenant_id", "b")], None),
        ([Matcher("tenant_id", "a1|b", is_regex=True)], None),
        ([Matcher("tenant_id", "a1", is_equal=False)], None),
        ([Matcher("cn", "b.example")], None),
        ([Matcher("alertname", "b.*", is_regex=True)], None),
        ([Matcher("tenant_id", "a1"), Matcher("instance", "b:1")], None),
    ],
)
def test_a_silence_is_seen_where_it_is_about_visible_tenants(matchers: list[Matcher], comment: str | None) -> None:
    found = visible_silences([Silence("1", tuple(matchers), 0, 1, "me", "why")], ONLY)
    assert [silence.comment for silence in found] == ([] if comment is None else [comment])
