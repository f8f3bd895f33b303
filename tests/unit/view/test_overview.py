"""The overview before, with and without data: what stands in each tile, and who needs attention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.model.alert import AlertState, Severity
from kryonix_tui.model.census import Census, DatabaseCensus
from kryonix_tui.model.server import DatabaseSize, Memory, Traffic
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.view import sources
from kryonix_tui.view.cells import Cell, Tone, plain
from kryonix_tui.view.overview import Tile, attention, attention_line, database_strip, server_lines, tiles
from tests.unit.builders import (
    METRICS,
    NOW,
    SESSION,
    ago,
    alert,
    alerts,
    assembler,
    census,
    facts,
    failing,
    looked_up,
    metrics,
    server,
    snapshot,
    state,
    update,
)

NAMES = ["tenants", "sessions", "hit_rate", "queues", "alerts", "memory", "ops", "latency"]


def _tiles(shown: Update) -> dict[str, Tile]:
    return {tile.name: tile for tile in tiles(shown, NOW)}


def _lines(shown: Update) -> dict[str, list[str]]:
    return {name: [plain(line).rstrip() for line in tile.lines()] for name, tile in _tiles(shown).items()}


def test_before_any_data_every_tile_waits_and_shows_no_zero() -> None:
    found = _lines(update())
    assert list(found) == NAMES
    for name, (title, figure, _remark) in found.items():
        assert title.endswith("  waiting"), name
        assert figure == "–", name


def test_with_data() -> None:
    counted = census({"acme": {SESSION: 1200, METRICS: 1}, "beta": {METRICS: 1}})
    read = [
        facts("acme", hit_rates={"metrics": 50}, queues={"crm": 12}),
        facts("beta", hit_rates={"metrics": 100}),
    ]
    shown = update(
        snapshot(
            server=server(
                traffic=Traffic(ops_per_second=1234, hits=3, misses=1),
                memory=Memory(2**30, limit=2**31, policy="noeviction"),
            ),
            census=counted,
            facts=read,
            alerts=alerts(alert(), alert("Held", state=AlertState.SILENCED), alert("Soon", state=AlertState.PENDING)),
        )
    )
    found = _lines(shown)
    assert found["tenants"] == ["Tenants  1s", "2", "1 critical, 0 warning"]
    assert found["sessions"] == ["Sessions  1s", "1.2k", "mob 1.2k sdk 0 ws 0"]
    assert found["hit_rate"] == ["Hit rate  1s", "75.0 %", "mean; server 75.0 %"]
    assert found["queues"] == ["Queued  1s", "12", "12 acme/crm"]
    assert found["alerts"] == ["Alerts  1s", "1", "✖ 1  1 pending  1 held back"]
    assert found["memory"] == ["Memory  1s", "1.0 GiB", "of 2.0 GiB, noeviction"]
    assert found["ops"][:2] == ["Ops/s  1s", "1.2k"]
    assert found["latency"][:2] == ["Latency  1s", "0.4 ms"]


def test_an_incomplete_census_is_marked_as_an_estimate() -> None:
    shown = update(snapshot(census=census({"acme": {SESSION: 10}}, complete=False, fraction=0.5)))
    assert _tiles(shown)["sessions"].figure.text == "~10"


def test_a_failing_source_keeps_its_figures_and_says_so_without_any() -> None:
    kept = update(snapshot(failing(SourceName.REDIS, last_good=ago(90)), server=server()))
    tile = _tiles(kept)["memory"]
    assert (tile.figure.text, tile.age.text) == ("0 B", "STALE 1m")
    none = _tiles(update(snapshot(failing(SourceName.REDIS))))["memory"]
    assert (none.figure.text, none.age.text, none.age.tone) == ("–", "no answer", Tone.CRITICAL)


@pytest.mark.parametrize(("age", "text"), [(20, "20s"), (20.1, "STALE 20s"), (300, "STALE 5m")])
def test_after_two_intervals_a_tile_is_stale(age: float, text: str) -> None:
    shown = update(snapshot(state(SourceName.TENANTS, last_good=ago(age))))
    assert _tiles(shown)["hit_rate"].age.text == text


AM, PROM = SourceName.ALERTMANAGER, SourceName.PROMETHEUS


@pytest.mark.parametrize(
    ("alertmanager", "prometheus", "data", "age"),
    [
        (state(AM, Condition.NOT_CONFIGURED), state(PROM, Condition.NOT_CONFIGURED), {}, "not configured"),
        (state(AM, Condition.NOT_CONFIGURED), state(PROM), {"metrics": metrics({})}, "1s"),
        (failing(AM), state(PROM, Condition.NOT_CONFIGURED), {}, "no answer"),
        (failing(AM), state(PROM), {"metrics": metrics({})}, "1s"),
        (state(AM, last_good=ago(3)), failing(PROM), {"alerts": alerts()}, "3s"),
    ],
)
def test_the_age_of_alerts_is_that_of_whoever_told_them(
    alertmanager: SourceState,
    prometheus: SourceState,
    data: dict[str, Any],
    age: str,
) -> None:
    assert _tiles(update(snapshot(alertmanager, prometheus, **data)))["alerts"].age.text == age


def test_alerts_without_a_severity_are_not_counted_as_alarming() -> None:
    shown = update(snapshot(alerts=alerts(alert("Watchdog", severity=Severity.NONE))))
    assert _tiles(shown)["alerts"].figure.text == "0"


def test_attention_goes_to_the_worst_then_to_the_longest_in_trouble() -> None:
    made = assembler()
    counted = census({name: {METRICS: 1} for name in ("late", "early", "bad", "well", "unread")})
    rates = {"early": 70, "well": 99}
    for seconds, changes in ((60, {}), (0, {"late": 70, "bad": 10})):
        rates |= changes
        read = [facts(name, ago(seconds), hit_rates={"metrics": rate}) for name, rate in rates.items()]
        taken = snapshot(census=counted, facts=read, taken_at=ago(seconds))
        platform = made.assemble(taken)
    shown = Update(taken, platform, History())
    assert [tenant.tenant for tenant in attention(shown)] == ["bad", "early", "late"]
    lines = [plain(attention_line(tenant, shown)) for tenant in attention(shown)]
    assert lines[0] == "✖ bad  hit rate 10.0 % < 60 % (redis:metrics)"
    assert lines[1] == "▲ early  hit rate 70.0 % < 85 % for 1 min (redis:metrics)"


class _Unlooked(dict[str, Tenant]):
    """Tenants that nobody may go through."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    values = items = keys = __iter__  # type: ignore[assignment]


def test_neither_tiles_nor_attention_go_through_all_tenants() -> None:
    counted = census({name: {METRICS: 1, SESSION: 3} for name in ("acme", "beta")})
    read = [facts("acme", hit_rates={"metrics": 10}), facts("beta", queues={"sms": 4})]
    shown = update(snapshot(census=counted, facts=read))
    shown = replace(shown, platform=replace(shown.platform, tenants=_Unlooked(shown.platform.tenants)))
    found = _tiles(shown)
    assert (found["sessions"].remark.text, found["queues"].remark.text) == ("mob 6 sdk 0 ws 0", "4 beta/sms")
    assert [tenant.tenant for tenant in attention(shown)] == ["acme"]


def test_what_is_wrong_with_the_server_is_a_line_each() -> None:
    shown = update(snapshot(server=server(round_trip_ms=300, database_count=4)))
    assert [plain(line) for line in server_lines(shown)] == [
        "✖ round trip 300 ms > 250 ms (redis)",
        "▲ the server has 4 databases, the keyspace map names more (redis)",
    ]


@pytest.mark.parametrize("width", [10, 39, 40, 78, 120, 128, 160, 300])
def test_the_strip_of_databases_is_never_wider_than_asked(width: int) -> None:
    sizes = {db: DatabaseSize(db, 10**db) for db in range(15)}
    counted = Census({db: DatabaseCensus(db, 2, 0, 2) for db in range(15)}, complete=True)
    shown = update(snapshot(server=server(databases=sizes), census=counted))
    shown.history.record(shown.platform, {})
    lines = [plain(line) for line in database_strip(shown, width)]
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).split()[0] == "0"
    assert "15" in lines[-1]


def test_the_strip_shows_what_is_unknown_absent_and_odd() -> None:
    sizes = {db: DatabaseSize(db, 50) for db in range(15)}
    counted = Census({1: DatabaseCensus(1, 50, 0, 50)}, complete=True)
    (line,) = database_strip(update(snapshot(server=server(databases=sizes), census=counted)), 300)
    text = plain(line)
    assert text.startswith(" 0 █ 50")
    assert " 1 █ 50!" in text
    assert text.rstrip().endswith("15   –")


def test_the_sources_in_one_line() -> None:
    shown = update(
        snapshot(
            state(SourceName.REDIS),
            state(SourceName.CENSUS, last_good=ago(30)),
            state(SourceName.TENANTS, Condition.WAITING),
            failing(PROM),
            state(AM, Condition.NOT_CONFIGURED),
        )
    )
    assert plain(sources.summary(shown, NOW, ages=True)) == (
        "● redis 1s  ▲ census 30s STALE  … facts –  ✖ prom –  ◌ am"
    )
    assert plain(sources.summary(shown, NOW, ages=False)) == "● redis  ▲ census STALE  … facts  ✖ prom  ◌ am"
    troubles = [plain(line) for line in sources.troubles(shown, NOW)]
    assert troubles[0] == "▲ Census: STALE, last answer 30 s ago"
    assert troubles[1].startswith("✖ Prometheus: Unreachable: ")


def test_the_servers_ratio_is_shown_beside_the_mean() -> None:
    assert _tiles(update(snapshot(server=looked_up(1, 3))))["hit_rate"].remark.text == "mean; server 25.0 %"


def test_an_age_that_has_no_room_says_that_it_is_old_and_no_other_number() -> None:
    tile = Tile("hit_rate", "Hit rate", Cell("92.0 %"), Cell("server 92.4 %"), Cell("STALE 10s", Tone.WARNING))
    assert [plain(line) for line in (tile.lines(19)[0], tile.lines(18)[0])] == [
        "Hit rate  STALE 10s",
        "Hit rate  STALE",
    ]
    assert plain(tile.brief_line(26)) == "Hit rate  92.0 % STALE 10s"
    assert plain(tile.brief_line(25)) == "Hit rate  92.0 % STALE"
