"""The list of databases, and one of them by kind and tenant."""

from __future__ import annotations

from kryonix_tui.headless import table
from kryonix_tui.model.census import Census, DatabaseCensus, TenantCensus
from kryonix_tui.model.server import DatabaseSize
from kryonix_tui.view.databases import columns, kind_columns, kind_rows
from tests.unit.builders import SESSION, server, snapshot, update

SDK = (0, "sdk_session")
COUNTED = Census(
    databases={0: DatabaseCensus(0, 100, 90, 4, {"mobile_session": 60, "sdk_session": 30, "template": 6, "other": 4})},
    tenants={
        "small": TenantCensus("small", {SDK: 10}),
        "large": TenantCensus("large", {SESSION: 60, SDK: 20}),
        "elsewhere": TenantCensus("elsewhere", {(7, "config"): 1}),
    },
    complete=True,
)
SHOWN = update(
    snapshot(
        server=server(databases={0: DatabaseSize(0, 100, expires=90, average_ttl_ms=90_000), 1: DatabaseSize(1, 0)}),
        census=COUNTED,
    )
)


def _text(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines]


def test_the_list() -> None:
    assert _text(list(table(columns(SHOWN), SHOWN.platform.databases[:3], 100))) == [
        "Db Database              Keys Trend    Tenants' Unattr. Expire   Avg TTL Kinds",
        " 0 Mobile sessions        100                90       4     90     1 min mobile_session 60  sdk_ses…",
        " 1 API cache                0                 –       –      0         –",
        " 2 Work queues (does n…     –                 –       –      –         –",
    ]


def test_by_kind_and_tenant_the_largest_first_and_nobodys_keys_above() -> None:
    rows = kind_rows(SHOWN, 0)
    assert [(row.tenant, row.total) for row in rows] == [(None, 10), ("large", 80), ("small", 10)]
    assert _text(list(table(kind_columns(SHOWN, 0), rows, 90))) == [
        "Tenant                       Keys Share   mobile_session sdk_session template other",
        "no tenant                      10 ▁ 10 %               0           0        6     4",
        "large                          80 ▇ 80 %              60          20        0     0",
        "small                          10 ▁ 10 %               0          10        0     0",
    ]


def test_in_an_incomplete_census_rows_and_totals_are_estimated_alike() -> None:
    partial = Census(COUNTED.databases, COUNTED.tenants, complete=False, fraction=0.5)
    shown = update(snapshot(census=partial))
    assert [(row.tenant, row.total) for row in kind_rows(shown, 0)] == [(None, 20), ("large", 160), ("small", 20)]


def test_a_database_without_keys_has_no_rows() -> None:
    assert kind_rows(SHOWN, 5) == []
    assert [column.name for column in kind_columns(SHOWN, 5)] == ["tenant", "total", "share"]
    assert kind_rows(update(), 0) == []
