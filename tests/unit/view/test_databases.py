"""The list of databases, and one of them by kind and tenant."""

from __future__ import annotations

from kryonix_tui.headless import table
from kryonix_tui.model.census import Census, DatabaseCensus, TenantCensus
from kryonix_tui.model.server import DatabaseSize
from kryonix_tui.model.tenant import Database
from kryonix_tui.view.cells import plain
from kryonix_tui.view.databases import columns, details, expiry, kind_columns, kind_rows, passing
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


ESTIMATED = Census(
    databases={0: DatabaseCensus(0, 100, 90, 4, {"mobile_session": 90}, fraction=0.25, margin=12)},
    tenants={"a": TenantCensus("a", {SESSION: 90}, margin=12, sizes={SESSION: 9000})},
    fraction=0.25,
    sampled=5,
)


def _text(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines]


def test_the_list() -> None:
    assert _text(list(table(columns(SHOWN), SHOWN.platform.databases[:3], 100))) == [
        "Db Database              Keys Trend    Tenants' Unattr. Expire  Bytes   Avg TTL Kinds",
        " 0 Mobile sessions        100                90       4     90      –     1 min mobile_session 60  …",
        " 1 API cache                0                 –       –      0      –         –",
        " 2 Work queues (does n…     –                 –       –      –      –         –",
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


def test_estimates_are_marked_and_say_how_far_they_may_be_off() -> None:
    sizes = {0: DatabaseSize(0, 100, expires=90, average_ttl_ms=90_000)}
    shown = update(snapshot(server=server(databases=sizes), census=ESTIMATED, census_progress=0.25))
    cells = {column.name: column.cell(shown.platform.databases[0]).text for column in columns(shown)}
    assert (cells["keys"], cells["tenant_keys"], cells["unattributed"], cells["bytes"]) == ("100", "~90", "~4", "~8.8K")
    [row] = kind_rows(shown, 0)
    assert next(column for column in kind_columns(shown, 0) if column.name == "total").cell(row).text == "~90"
    assert plain(passing(shown)).strip() == "pass 25 %"
    text = plain(details(shown.platform.databases[0]))
    assert "tenants' keys ~90 ± 12 (25 % walked)" in text
    assert "memory ~8.8 KiB" in text
    assert "90 % expire, in 1 min on average" in text


def test_counted_figures_are_not_marked() -> None:
    text = plain(details(SHOWN.platform.databases[0]))
    assert "~" not in text
    assert "not read live" in text
    assert passing(SHOWN) == ()


def test_nothing_expires_on_average_where_nothing_expires() -> None:
    assert expiry(Database(0, "x", keys=10, expires=0, average_ttl_ms=0)) == "0 % expire"


def test_a_database_without_keys_has_no_rows() -> None:
    assert kind_rows(SHOWN, 5) == []
    assert [column.name for column in kind_columns(SHOWN, 5)] == ["tenant", "total", "share"]
    assert kind_rows(update(), 0) == []
