"""The Maintenance screen: backups as jobs with a plan, a confirmation, progress and an end; nothing of it for viewers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator

import pytest

from kryonix_tui.config.schema import Config, Redis
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.door import Operation, Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Plan, Progress, Result, Scope, Target
from kryonix_tui.tui import job_lines
from kryonix_tui.tui.jobs import Job, JobChanged, Jobs, Phase
from kryonix_tui.tui.screens.confirm import Ask, Confirm
from kryonix_tui.view.cells import plain
from tests.servers import Server, seed
from tests.tui.console import WIDE, Console, console
from tests.tui.operations import one_redis_speaks_at_once, until_job
from tests.tui.updates import START, Stage


@pytest.fixture
async def running(one_redis: Server) -> AsyncIterator[Console]:
    one_redis_speaks_at_once(one_redis)
    seed(
        one_redis,
        [(0, "HSET tenant:alfa:mobile:session:1 platform ios"), (3, "HSET metrics:tenant:b cache_hit_rate 90")],
    )
    async with console(WIDE, Stage().update(), redis=Redis(url=one_redis.url)) as running:
        yield running


async def test_a_backup_is_planned_confirmed_made_and_listed(running: Console) -> None:
    await running.press("7", "b")
    await until_job(running, Phase.ASKING)
    assert isinstance(running.app.screen, Confirm)
    assert "the whole server" in running.text
    assert "not be encrypted" in running.text
    await running.press("y")
    await until_job(running, Phase.ENDED)
    job = running.app.work.jobs.all[-1]
    assert job.outcome is not None, job.trouble
    assert job.outcome.figures["keys"] == 2
    async with asyncio.timeout(60):
        while "● good" not in running.text:
            await running.pilot.pause(0.05)
    assert "backup.create" in running.text


@pytest.mark.parametrize("size", [(80, 24), (50, 30)])
async def test_the_question_is_seen_on_small_screens(one_redis: Server, size: tuple[int, int]) -> None:
    async with console(size, Stage().update(), redis=Redis(url=one_redis.url)) as running:
        await running.press("7", "b")
        await until_job(running, Phase.ASKING)
        assert "y: go on" in running.text
        assert "Create a backup" in running.text
        await running.press("n")
        await until_job(running, Phase.ENDED)


async def test_a_no_makes_nothing(running: Console) -> None:
    await running.press("7", "b")
    await until_job(running, Phase.ASKING)
    await running.press("n")
    await until_job(running, Phase.ENDED)
    assert running.app.work.maintenance().archives() == ()


async def test_a_tenant_is_backed_up_from_its_screen(running: Console) -> None:
    running.app.tenant = "alfa"
    running.app.run_command("tenant")
    await running.settle()
    await running.press("b")
    await until_job(running, Phase.ASKING)
    assert "tenants alfa" in running.text
    await running.press("y")
    await until_job(running, Phase.ENDED)
    job = running.app.work.jobs.all[-1]
    assert job.outcome is not None, job.trouble
    assert job.outcome.figures["keys"] == 1


async def test_the_newest_job_stands_first(running: Console) -> None:
    await running.press("7")
    for tenant in ("alfa", "gama"):
        running.app.archiving.back_up(Scope(tenants=(tenant,)))
        await until_job(running, Phase.ASKING)
        await running.press("n")
        await until_job(running, Phase.ENDED)
    assert running.text.index("Backup of gama") < running.text.index("Backup of alfa")


async def test_a_restore_asks_what_to_do_where_keys_exist(running: Console) -> None:
    await test_a_backup_is_planned_confirmed_made_and_listed(running)
    await running.press("R")
    assert "Where a key exists already" in running.text
    await running.press("enter")
    await until_job(running, Phase.ASKING)
    assert "choose --policy skip or replace" in running.text
    await running.press("y")
    assert isinstance(running.app.screen, Confirm)
    await running.press("escape")
    await until_job(running, Phase.ENDED)


async def test_leaving_asks_while_something_is_under_way(running: Console) -> None:
    await running.press("7", "b")
    await until_job(running, Phase.ASKING)
    running.app.work.command_quit()
    await running.settle()
    assert isinstance(running.app.screen, Ask)
    assert "not finished" in running.text
    await running.press("n", "n")
    await until_job(running, Phase.ENDED)


async def test_trouble_of_a_job_is_said_with_what_to_do() -> None:
    async with console(WIDE, Stage().update(), redis=Redis(url="redis://127.0.0.1:1")) as running:
        await running.press("7", "b")
        await until_job(running, Phase.ENDED)
        job = running.app.work.jobs.all[-1]
        assert "Unreachable" in job.trouble
        assert job.hint
        assert "Unreachable" in running.text


async def test_viewers_have_none_of_it() -> None:
    async with console(WIDE, Stage().update(), role="viewer") as running:
        await running.press("7", "b")
        assert running.mode == "overview"
        assert "Maintenance" not in running.line("hints")
        await running.press("question_mark")
        assert "Back up" not in running.text


def test_a_viewers_console_never_loads_maintenance() -> None:
    code = (
        "import asyncio, sys\n"
        "from tests.tui.console import WIDE, console\n"
        "from tests.tui.updates import START, Stage\n"
        "async def main():\n"
        "    async with console(WIDE, Stage().update(), role='viewer') as running:\n"
        "        await running.press('2', '3', '4', '6', '7', '8')\n"
        "asyncio.run(main())\n"
        "print([name for name in sys.modules if name.startswith('kryonix_tui.maintenance')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


async def test_an_end_is_told_once_however_late_is_heard_what_was_before() -> None:
    async with console(WIDE, Stage().update()) as running:
        job = Job("a job", Phase.RUNNING)
        late = JobChanged(job)
        job.phase, job.trouble = Phase.ENDED, "nothing came of it"
        for message in (late, JobChanged(job)):
            running.app.post_message(message)
        await running.settle()
        assert running.said == ["nothing came of it"]


def test_a_job_that_is_stopped_before_it_hears_of_it_makes_no_plan() -> None:
    held, ended, made = threading.Event(), threading.Event(), list[Maintenance]()

    def late() -> Maintenance:
        assert held.wait(60)
        return Maintenance(Config(role="operator"))

    async def make(maintenance: Maintenance) -> Operation:
        made.append(maintenance)
        raise NotImplementedError

    jobs = Jobs(late, lambda message: ended.set() if message.phase is Phase.ENDED else None)
    job = jobs.start("early", make)
    job.stop()
    held.set()
    assert ended.wait(60)
    assert made == []
    assert job.outcome is not None
    assert job.outcome.result is Result.STOPPED


def test_a_job_that_is_stopped_between_a_yes_and_its_work_is_stopped() -> None:
    job, run = Job("late"), Run()
    jobs = Jobs(lambda: Maintenance(Config()), lambda message: None)
    jobs._enter(job, Phase.ASKING)
    job.say("")
    job.stop()
    job.run = run
    jobs._enter(job, Phase.RUNNING)
    assert run.cancelled


async def test_a_job_that_was_stopped_asks_nothing() -> None:
    async with console(WIDE, Stage().update()) as running:
        plan = Plan("backup", None, Target("here"), Scope(), {}, START.wall, START.wall + 60)
        for stopped in (True, False):
            running.app.post_message(JobChanged(Job("a job", Phase.ASKING, plan, stopped=stopped)))
            await running.settle()
            assert isinstance(running.app.screen, Confirm) is not stopped


def test_how_far_a_plan_is_is_said(one_redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    one_redis.client().mset({f"key:{number}": "x" for number in range(5000)})
    maintenance = Maintenance(Config(role="operator", redis=Redis(url=one_redis.url)))
    name = asyncio.run(_backed_up(maintenance))
    said: list[str] = []
    tell, asked = Job.tell, threading.Event()

    def told(job: Job, progress: Progress) -> None:
        tell(job, progress)
        assert job.phase is Phase.PLANNING
        said.append("".join(plain(line) for line in job_lines.short(job)))

    monkeypatch.setattr(Job, "tell", told)

    async def make(_maintenance: Maintenance) -> Operation:
        return maintenance.restore(name, Scope(), policy=Policy.SKIP)

    ended = threading.Event()
    changed = {Phase.ASKING: asked, Phase.ENDED: ended}
    jobs = Jobs(lambda: maintenance, lambda message: changed.get(message.job.phase, threading.Event()).set())
    job = jobs.start("restore", make)
    assert asked.wait(60), job.trouble
    assert any("comparing" in text and "5.0k keys" in text for text in said), said
    job.say(None)
    assert ended.wait(60)


async def _backed_up(maintenance: Maintenance) -> str:
    operation = await maintenance.backup(Scope())
    try:
        return (await maintenance.door.run(operation, await operation.plan(), Run())).artefact
    finally:
        await operation.close()
