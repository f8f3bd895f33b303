"""Who costs what, in words: the headline, the table, one tenant's costs; nothing hostile or personal is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kryonix_tui.analysis.update import Update
from kryonix_tui.model.census import BigKey, Census
from kryonix_tui.model.neighbours import Cost, Neighbours, SlowTime, SlowWork
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.view.cells import plain
from kryonix_tui.view.neighbours import COLUMNS, big_key_lines, memory_rows, per_minute, summary, tenant_rows
from tests.unit.builders import METRICS, SESSION, server, snapshot, update

ALFA = SlowWork(0.61, 3, {"whatsapp": 0.5, "crm": 0.11})
BETA = SlowWork(0.30, 1, {"crm": 0.30})
SLOW = SlowTime(600.0, SlowWork(1.0, 6, {}), {"alfa": ALFA, "beta": BETA, None: SlowWork(0.09, 2, {"KEYS": 0.09})})
BIG = BigKey(6, b"verify:phone:+5511987654321", "verification", "alfa", 3 * 2**20)


def _update(neighbours: Neighbours, **fields: Any) -> Update:
    shown = update(snapshot(server=server(), **fields))
    return replace(shown, platform=replace(shown.platform, neighbours=neighbours))


def _known(slow: SlowTime | None = SLOW, **fields: Any) -> Neighbours:
    known = Neighbours(slow, {"alfa": 120.0}, 300.0, {"alfa": -3.0}, {"alfa": (BIG,)}, **fields)
    return replace(known, top=(known.cost("alfa", 2**20), known.cost("beta"), known.cost(None)))


def _text(neighbours: Neighbours) -> list[str]:
    return [plain(cells) for cells in summary(_update(neighbours))]


def _row(cost: Cost) -> dict[str, str]:
    return {column.name: column.cell(cost).text for column in COLUMNS}


def test_the_headline_names_the_worst() -> None:
    assert _text(_known())[0] == "alfa = 61 % of the slow time in the last 10 min  610 ms, 3 of 6 commands"
    assert _text(_known())[1] == "keys/min: between the last two passes of the census, 5 min apart"


def test_those_who_are_not_named_are_summed_up() -> None:
    [head, *_more] = _text(_known(others=SlowWork(0.09, 2)))
    assert head.endswith("all who are not named here: 90 ms, 2 of 6 commands")


def test_a_part_is_called_a_part() -> None:
    lines = _text(_known(replace(SLOW, lost=1200, cut=True, span=42.0)))
    assert "1,200 entries of the slow log were dropped" in lines[1]
    assert lines[2] == "▲ the slow log reaches no further back than 42 s"


def test_nothing_slow_nothing_read_and_nothing_permitted_are_three_things() -> None:
    assert _text(_known(SlowTime(600.0)))[0] == "no slow command in the last 10 min"
    assert [plain(cells) for cells in summary(update())] == ["no answer yet"]
    refused = update(snapshot(server=server(unavailable=frozenset({"slowlog"}))))
    assert [plain(cells) for cells in summary(refused)] == ["the slow log is not permitted to this user"]


def test_a_row_of_the_table() -> None:
    alfa, beta, nobody = (_row(cost) for cost in _known().top)
    assert alfa == {
        "tenant": "alfa",
        "share": "61",
        "time": "610 ms",
        "calls": "3",
        "keys": "+120",
        "queue": "-3.0",
        "bytes": "~1.0M",
        "modules": "whatsapp 82 %, crm 18 %",
        "big": "3.0 MiB verify:phone:+5•••",
    }
    assert (beta["keys"], beta["queue"], beta["bytes"]) == ("0", "–", "–")
    assert (nobody["tenant"], nobody["keys"], nobody["modules"]) == ("no tenant", "–", "KEYS 100 %")


def test_hostile_names_are_made_harmless() -> None:
    work = SlowWork(1.0, 1, {"\x1b]0;x\x07": 1.0})
    slow = SlowTime(600.0, work, {"\x1b[31m": work})
    known = Neighbours(slow)
    known = replace(known, top=(known.cost("\x1b[31m"),))
    assert all(text.isprintable() for text in [*_text(known), *_row(known.top[0]).values()])


def test_growth_has_a_sign() -> None:
    figures = (None, 0, 0.04, 1.25, 99.6, 12_345, -7)
    assert [per_minute(value).text for value in figures] == ["–", "0", "0", "+1.2", "+100", "+12k", "-7.0"]


def test_what_one_tenant_costs() -> None:
    rows = [f"{name}|{cell.text}" for name, cell in tenant_rows(Tenant("alfa"), _update(_known()))]
    assert rows == [
        "slow time|61 % in 10 min",
        "|610 ms, 3 of 6 commands",
        "  whatsapp|500 ms",
        "  crm|110 ms",
        "keys/min|+120  (in 5 min)",
        "queued/min|-3.0",
    ]
    unknown = [f"{name}|{cell.text}" for name, cell in tenant_rows(Tenant("alfa"), _update(Neighbours()))]
    assert unknown == ["keys/min|–", "queued/min|–"]
    quiet = [f"{name}|{cell.text}" for name, cell in tenant_rows(Tenant("x"), _update(_known(SlowTime(600.0))))]
    assert quiet[0] == "slow time|none in 10 min"


def test_memory_by_kind_says_how_much_was_measured() -> None:
    tenant = Tenant("alfa", sizes={METRICS: 1024, SESSION: 3072})
    shown = _update(Neighbours(), census=Census(sampled=1234))
    rows = [f"{name}|{cell.text}" for name, cell in memory_rows(tenant, shown)]
    assert rows == ["all|~4.0 KiB", " 0 mobile_session|~3.0 KiB", " 3 metrics|~1.0 KiB", "sample|1.2k keys measured"]
    assert memory_rows(Tenant("alfa"), shown) == []


def test_large_keys_hide_personal_data() -> None:
    lines = [plain(cells) for cells in big_key_lines(Tenant("alfa"), _update(_known()))]
    assert lines == ["  3.0 MiB  6 verify:phone:+5•••"]
    assert [plain(cells) for cells in big_key_lines(Tenant("x"), _update(_known()))] == ["the sample met none"]
