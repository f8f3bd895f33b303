"""Noisy neighbours, memory and the console's own cost, as an operator meets them."""

from __future__ import annotations

from dataclasses import replace

from kryonix_tui.analysis.update import Update
from kryonix_tui.model.neighbours import Neighbours, SlowTime, SlowWork
from kryonix_tui.model.snapshot import OwnLoad
from tests.tui.console import NARROW, NORMAL, console
from tests.tui.updates import Stage


def _told(own: OwnLoad | None = None) -> Update:
    """Return the small platform, in which gama takes most of the slow time and delta some."""
    shown = Stage().update()
    slow = SlowTime(
        600.0,
        SlowWork(2.0, 9),
        {
            "gama": SlowWork(1.5, 6, {"whatsapp": 1.5}),
            "delta": SlowWork(0.5, 2, {"crm": 0.5}),
            "gone": SlowWork(0.0, 1),
        },
    )
    known = Neighbours(slow)
    known = replace(known, top=tuple(known.cost(name) for name in ("gama", "delta", "gone", None)))
    snapshot = replace(shown.snapshot, own_load=own or OwnLoad(share=0.02, budget=0.05))
    return Update(snapshot, replace(shown.platform, neighbours=known), shown.history)


async def test_from_a_noisy_neighbour_to_its_screen() -> None:
    async with console(told=_told()) as running:
        await running.press("8")
        assert running.line("neighbours-summary").startswith("gama = 75 % of the slow time in the last 10 min")
        assert running.rows("neighbours") == ["gama", "delta", "gone", ""]
        running.table("neighbours").focus()
        await running.press("down", "t")
        assert (running.mode, running.app.tenant) == ("tenant", "delta")
        assert "25 % in 10 min" in running.text


async def test_enter_opens_and_rows_without_a_tenant_say_so() -> None:
    async with console(told=_told()) as running:
        await running.press("8")
        running.table("neighbours").focus()
        await running.press("G", "enter")
        assert "this row is about no tenant" in running.said
        await running.press("up", "enter")
        assert "gone has no keys" in running.said
        await running.press("g", "enter")
        assert (running.mode, running.app.tenant) == ("tenant", "gama")


async def test_from_a_slow_command_to_its_tenant() -> None:
    async with console(told=_told()) as running:
        await running.press("8")
        running.table("slow-log").focus()
        await running.press("t")
        assert (running.mode, running.app.tenant) == ("tenant", "alfa")


async def test_the_own_cost_stands_on_the_server_screen_and_an_excess_on_all() -> None:
    async with console(NORMAL, told=_told()) as running:
        await running.press("8")
        groups = "\n".join(running.line(f"group-{number}") for number in range(10))
        assert "2.0 % of a core" in groups
        assert "own load" not in running.line("status")
        await running.tell(_told(OwnLoad(share=0.2, budget=0.05)))
        assert "▲ own load 20.0 % > 5 %" in running.line("status")
        await running.press("2")
        assert "▲ own load 20.0 % > 5 %" in running.line("status")


async def test_a_full_census_is_asked_for_with_its_price() -> None:
    async with console(told=_told(), role="viewer") as running:
        await running.enter_command("census full")
        assert "Walk over all 13,600 keys without pauses?" in running.text
        await running.press("n")
        assert running.monitor.hurried == 0
        await running.enter_command("census full")
        await running.press("y")
        assert running.monitor.hurried == 1


async def test_one_full_census_at_a_time() -> None:
    async with console(told=_told(OwnLoad(hurried=True))) as running:
        assert "census at full speed" in running.line("status")
        await running.enter_command("census")
        assert any("at full speed already" in said for said in running.said)
        assert running.monitor.hurried == 0


async def test_a_census_that_does_not_exist_is_not_begun() -> None:
    async with console(told=_told()) as running:
        await running.enter_command("census fast")
        assert "there is only `census full`" in running.line("below")
        assert running.monitor.hurried == 0


async def test_the_pass_and_the_errors_of_estimates_stand_on_the_databases_screen() -> None:
    stage = Stage()
    stage.complete, stage.progress = False, 0.4
    shown = stage.update()
    first = replace(shown.platform.databases[0], tenant_keys=24, margin=9, fraction=0.4, bytes=4096)
    platform = replace(shown.platform, databases=(first, *shown.platform.databases[1:]))
    async with console(told=Update(shown.snapshot, platform, shown.history)) as running:
        await running.press("4")
        assert "pass 40 %" in running.line("filter-line")
        assert "tenants' keys ~24 ± 9 (40 % walked)" in running.line("inside-title")
        assert "~4.0 KiB" in running.line("inside-title")
        assert "not read live" in running.line("inside-title")


async def test_nothing_of_it_needs_room_that_a_phone_does_not_have() -> None:
    async with console(NARROW, told=_told()) as running:
        await running.press("8")
        assert running.titles("neighbours")[:2] == ["tenant", "share"]
