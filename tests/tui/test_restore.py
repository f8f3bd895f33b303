"""Restores from the console: a part of an archive, one tenant from its screen, and what must be typed for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.widgets import Input

from kryonix_tui.config.schema import Redis
from kryonix_tui.model.operation import Result, Scope
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.confirm import Ask, Confirm
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.screens.restore_form import Inside, RestoreForm, Wish
from kryonix_tui.tui.view import LEAST_HEIGHT, LEAST_WIDTH
from tests.servers import Server, seed
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.operations import back_up, one_redis_speaks_at_once, until, until_job
from tests.tui.updates import Stage

ALFA, BETA = "tenant:alfa:mobile:session:1", "tenant:beta:mobile:session:1"


@pytest.fixture
async def running(one_redis: Server) -> AsyncIterator[Console]:
    one_redis_speaks_at_once(one_redis)
    fields = [(0, f"HSET {key} platform ios") for key in (ALFA, BETA)]
    seed(one_redis, [*fields, (3, "HSET metrics:tenant:alfa cache_hit_rate 90")])
    async with console(WIDE, Stage().update(), redis=Redis(url=one_redis.url)) as running:
        yield running


def platforms(server: Server) -> list[bytes | None]:
    with server.client() as client:
        return [client.hget(key, "platform") for key in (ALFA, BETA)]


async def test_one_tenant_of_a_whole_backup_is_overwritten_after_its_name_was_typed(
    running: Console, one_redis: Server
) -> None:
    await back_up(running, Scope())
    for key in (ALFA, BETA):
        one_redis.client().hset(key, "platform", "android")
    await running.press("R")
    await running.type("alfa")
    await running.press("tab", "tab", "down", "down", "enter")
    job = await until_job(running, Phase.ASKING)
    assert job.plan is not None
    assert (job.plan.scope, dict(job.plan.parameters)["policy"]) == (Scope(("alfa",)), "replace")
    await running.type("alfa")
    await running.press("enter")
    assert f"That is not 127.0.0.1:{one_redis.port}/alfa" in running.text
    running.app.screen.query_one(Input).value = job.plan.confirmation
    await running.press("enter", "1")
    assert running.mode == "overview", "it runs on while other screens are looked at"
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert job.outcome.result is Result.DONE
    assert platforms(one_redis) == [b"ios", b"android"]


async def test_one_database_of_a_backup_is_restored(running: Console, one_redis: Server) -> None:
    await back_up(running, Scope())
    one_redis.client().flushall()
    await running.press("R", "tab", "3", "enter")
    await until_job(running, Phase.ASKING)
    assert "databases 3" in running.text
    await running.press("y")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert (one_redis.client().dbsize(), one_redis.client(db=3).dbsize()) == (0, 1)


async def test_the_form_knows_what_is_not_in_the_backup(running: Console) -> None:
    await back_up(running, Scope(("alfa",)))
    await running.press("R")
    await running.type("beta")
    await running.press("enter")
    assert "the backup has no tenant beta" in running.text
    form = running.app.screen
    form.query_one("#tenants", Input).value = "alfa"
    form.query_one("#databases", Input).value = "7"
    await running.press("enter")
    assert "the backup has no database 7" in running.text
    form.query_one("#databases", Input).value = "x"
    await running.press("enter")
    assert "x is no database" in running.text
    assert isinstance(running.app.screen, RestoreForm)
    assert [job.title for job in running.app.work.jobs.all] == ["Backup of alfa"]


async def test_names_of_tenants_are_completed(running: Console) -> None:
    await back_up(running, Scope())
    await running.press("R")
    await running.type("alfa, be")
    await until(running, "alfa, beta")
    await running.press("right")
    assert running.app.screen.query_one("#tenants", Input).value == "alfa, beta"


async def test_a_tenant_is_restored_from_its_screen_out_of_a_backup_that_holds_it(
    running: Console, one_redis: Server
) -> None:
    for scope in (Scope(), Scope(("beta",))):
        await back_up(running, scope)
    one_redis.client().flushall()
    running.app.navigation.open_tenant("alfa")
    await running.settle()
    await running.press("R")
    await until(running, "Restore alfa from")
    assert isinstance(running.app.screen, Menu)
    assert "full" in running.text
    assert "2 keys" in running.text
    assert "tenant-beta" not in running.text
    await running.press("enter")
    await until(running, "Where a key exists already")
    assert running.app.screen.query_one("#tenants", Input).value == "alfa"
    await running.press("enter")
    await until_job(running, Phase.ASKING)
    await running.press("y")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert platforms(one_redis) == [b"ios", None]


async def test_a_tenant_that_no_backup_holds_is_said(running: Console) -> None:
    await back_up(running, Scope(("beta",)))
    running.app.navigation.open_tenant("alfa")
    await running.settle()
    await running.press("R")
    await until(running, "no backup holds alfa; b makes one")


async def test_a_restore_is_stopped_before_its_next_batch_and_leaving_waits_for_that(
    running: Console, one_redis: Server
) -> None:
    await back_up(running, Scope())
    one_redis.client().flushall()
    await running.press("R", "enter")
    await until_job(running, Phase.ASKING)
    one_redis.client().client_pause(60_000, all=False)
    await running.press("y")
    job = await until_job(running, Phase.RUNNING)
    await running.press("q")
    assert isinstance(running.app.screen, Ask)
    await running.press("y")
    assert running.app.return_code is None, "the batch under way is waited for"
    one_redis.client().client_unpause()
    await until_end(running)
    assert job.outcome is not None, job.trouble
    assert job.outcome.result is Result.STOPPED
    assert one_redis.client().dbsize() == 0
    assert [entry.event for entry in running.app.work.maintenance().audit.entries()][-1] == "finished"


async def until_end(running: Console) -> None:
    """Wait until the console was left."""
    while running.app.work.jobs.running or running.app.return_code is None:
        await running.pilot.pause(0.05)


@pytest.mark.parametrize("size", [WIDE, NORMAL, NARROW, (LEAST_WIDTH, LEAST_HEIGHT)])
async def test_question_and_what_is_touched_are_seen_in_every_size(
    running: Console, one_redis: Server, size: tuple[int, int]
) -> None:
    await back_up(running, Scope())
    one_redis.client().hset(ALFA, "platform", "android")
    running.app.archiving.ask_restore(running.app.work.maintenance().archives()[0], "alfa")
    await until(running, "Where a key exists already")
    await running.resize(*size)
    for text in ("alfa", "Databases", "fail", "skip", "replace", "Enter"):
        assert text in running.text
    await running.press("down", "down", "enter")
    await until_job(running, Phase.ASKING)
    assert isinstance(running.app.screen, Confirm)
    first = running.text
    for text in ("Restore from a backup", str(one_redis.port), "alfa", "changed", "Esc: no", "/alfa"):
        assert text in first
    typed = running.app.screen.query_one("#typed").region
    assert 0 <= typed.y < size[1]
    assert typed.height == 1
    seen = first
    for _page in range(20):
        await running.press("pagedown")
        seen += running.text
        assert "Esc: no" in running.text
    assert job_hash(running) in seen, "all of the plan can be reached"


def job_hash(running: Console) -> str:
    plan = running.app.work.jobs.all[-1].plan
    assert plan is not None
    return plan.hash


async def test_a_tenant_that_is_named_like_two_others_is_meant_itself(running: Console) -> None:
    form = RestoreForm("Restore", Inside({"a": "a", "b": "b", "a, b": "a, b"}, (0,)), "a, b")
    wishes: list[Wish | None] = []
    running.app.push_screen(form, wishes.append)
    await running.settle()
    await running.press("enter")
    assert [wish and wish.scope for wish in wishes] == [Scope(("a, b",))]
