"""Instant vectors and targets."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.model.metrics import Sample, Target
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.prometheus.targets import targets_of
from kryonix_tui.sources.prometheus.vector import TenantVector, tenant_vector

PEER = Peer.of(HttpServer(url="http://127.0.0.1:9090"), name="Prometheus", key="prometheus")


def vector_of(items: list[Any], **options: int) -> TenantVector:
    return tenant_vector(msgspec.Raw(json.dumps(items)), PEER, **options)


def series(value: str = "1", name: str = "tenant:cache_hit_rate", **labels: str) -> dict[str, Any]:
    return {"metric": {"__name__": name, **labels}, "value": [1700000000.5, value]}


def test_a_figure_is_found_by_tenant_and_rule() -> None:
    vector = vector_of([series("87.5", tenant_id="a"), series("2e3", "tenant:request_rate", tenant_id="a")])
    assert vector.tenants == {
        "a": {"cache_hit_rate": Sample(87.5, 1700000000.5), "request_rate": Sample(2000.0, 1700000000.5)}
    }
    assert (vector.discarded, vector.truncated) == (0, False)


@pytest.mark.parametrize(
    "bad",
    [
        series("NaN", tenant_id="a"),
        series("+Inf", tenant_id="a"),
        series("-Inf", tenant_id="a"),
        series("much", tenant_id="a"),
        series(),
        series(tenant_id=""),
        series(tenant_id="x" * 1000),
        series(name="tenant:", tenant_id="a"),
        series(name="up", tenant_id="a"),
        {"metric": {"__name__": "tenant:x", "tenant_id": 5}, "value": [1, "1"]},
        {"metric": {}, "values": [[1, "1"]]},
        {"value": [1, "1"]},
        None,
        "text",
    ],
)
def test_what_is_discarded_and_counted(bad: object) -> None:
    vector = vector_of([bad, series(tenant_id="good")])
    assert list(vector.tenants) == ["good"]
    assert vector.discarded == 1


def test_the_second_series_of_a_rule_is_discarded() -> None:
    vector = vector_of([series("1", tenant_id="a", zone="x"), series("2", tenant_id="a", zone="y")])
    assert vector.tenants["a"]["cache_hit_rate"].value == 1.0
    assert vector.discarded == 1


def test_series_over_the_limit_are_left_out_and_it_says_so() -> None:
    vector = vector_of([series(tenant_id=str(number)) for number in range(4)], limit=3)
    assert list(vector.tenants) == ["0", "1", "2"]
    assert vector.truncated


@given(
    st.lists(
        st.recursive(
            st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda items: (
                st.lists(items) | st.dictionaries(st.sampled_from(["metric", "value", "__name__", "tenant_id"]), items)
            ),
        )
    )
)
def test_no_list_breaks_it(items: list[object]) -> None:
    vector = vector_of(items)
    assert vector.discarded + sum(map(len, vector.tenants.values())) == len(items)


def test_targets() -> None:
    active = [
        {"labels": {"job": "api", "instance": "a:1"}, "health": "up", "lastError": ""},
        {"labels": {"job": "api"}, "health": "down", "lastError": 'Get "http://u:letmein@b":\n\x1b[2J refused'},
        {"labels": {"job": "new"}, "health": "unknown"},
        {"labels": "none"},
        7,
    ]
    assert targets_of({"activeTargets": msgspec.Raw(json.dumps(active))}, PEER) == (
        Target("api", "a:1", up=True),
        Target("api", "", up=False, error='Get "http://•••@b": ␛[2J refused'),
        Target("new", "", up=False, error="not scraped yet"),
    )
