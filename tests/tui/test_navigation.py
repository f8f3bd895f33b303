"""From the platform to a tenant, to its alerts, and back again."""

from __future__ import annotations

import re

from tests.tui.console import NORMAL, WIDE, console
from tests.tui.updates import Stage


async def test_from_a_tenant_to_its_alerts_and_back() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2", "enter")
        assert (running.mode, running.app.tenant) == ("tenant", "gama")
        await running.press("a")
        assert running.mode == "alerts"
        assert "tenant=gama" in running.line("filter-line")
        assert running.rows() == ["alertmanager/QueueBacklog-gama"]
        await running.press("enter")
        assert (running.mode, running.app.tenant) == ("tenant", "gama")
        await running.press("escape")
        assert running.mode == "alerts"
        await running.press("escape")
        assert len(running.rows()) == 3, "Esc clears the filter first"
        await running.press("escape", "escape", "escape")
        assert running.mode == "overview"
        await running.press("escape")
        assert running.mode == "overview", "nothing is before the first screen"


async def test_minus_toggles() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("minus")
        assert running.mode == "overview"
        await running.press("4", "8", "minus")
        assert running.mode == "databases"
        await running.press("minus")
        assert running.mode == "server"


async def test_the_overview_leads_to_tenants_and_alerts() -> None:
    async with console(WIDE, Stage().update()) as running:
        assert running.rows("attention") == ["gama", "beta"]
        await running.press("j", "enter")
        assert (running.mode, running.app.tenant) == ("tenant", "beta")
        await running.press("escape", "tab", "enter")
        assert running.mode == "alerts"


async def test_from_the_feed_to_the_alert_that_was_chosen() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("tab", "j", "enter")
        assert running.mode == "alerts"
        assert running.current() == "alertmanager/CacheHitRateLow-beta"


async def test_databases_open_into_kinds_by_tenant() -> None:
    for size in (WIDE, NORMAL):
        async with console(size, Stage().update()) as running:
            await running.press("4", "j", "enter")
            assert running.current() == "1"
            assert running.table("inside").has_focus
            assert "api_cache" in running.titles("inside")
            assert {"alfa", "beta", "gama", "delta"} <= set(running.rows("inside"))
            assert "api_cache" in running.text
            running.table("inside").move_to("beta")
            await running.press("enter")
            assert (running.mode, running.app.tenant) == ("tenant", "beta")
            await running.press("escape", "escape")
            assert running.mode == "databases"
            assert running.table().has_focus


async def test_no_tenant_is_opened_from_the_row_of_no_tenant() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("4", "enter")
        assert running.rows("inside")[0] == ""
        running.table("inside").action_first()
        await running.press("enter", "t")
        assert running.mode == "databases"


async def test_the_server_screen_says_everything() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("8")
        for title in ("Server", "Memory", "Traffic", "Clients", "Persistence", "Replication", "Prometheus"):
            assert title in running.text
        assert running.rows("commands") == ["scan", "hgetall"]
        assert running.rows("slow-log") == ["1"]
        assert "KEYS *" in running.text
        assert running.rows("targets") == ["node 127.0.0.1:1"]


async def test_every_state_that_is_not_ok_says_why() -> None:
    async with console(WIDE, Stage().update()) as running:
        assert "hit rate 40.0 % < 60 %" in running.text
        await running.press("2")
        assert "hit rate 40.0 % < 60 % (redis:metrics) +1" in running.text
        await running.press("enter")
        assert "hit rate 40.0 % < 60 %" in running.line("heading")
        assert "alert QueueBacklog is firing" in running.line("heading")


async def test_a_tenant_that_vanishes_says_so() -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        running.app.navigation.open_tenant("gama")
        await running.settle()
        del stage.hit_rates["gama"]
        await running.tell(stage.update())
        assert "gama has no keys any more" in running.text


async def test_the_monitor_learns_which_tenants_are_looked_at() -> None:
    async with console(WIDE, Stage().update()) as running:
        await running.press("2")
        running.app.tick()
        assert set(running.monitor.looked_at) == {"alfa", "beta", "gama", "delta"}
        await running.press("enter")
        running.app.tick()
        assert running.monitor.looked_at == ["gama"]


async def test_production_is_badged() -> None:
    for size, badge in ((WIDE, "PRODUCTION"), ((50, 30), "PROD")):
        async with console(size, Stage().update(), production=True) as running:
            for name in ("overview", "tenants", "server"):
                running.app.navigation.go(name)
                await running.settle()
                assert badge in running.line("status")


async def test_the_time_stays_whole_where_badges_take_room() -> None:
    async with console((80, 24), Stage().update(), production=True, tenants=("alfa", "beta")) as running:
        shown = running.text.splitlines()[0]
        assert re.search(r"\d\d:\d\d:\d\d\s*$", shown), shown
