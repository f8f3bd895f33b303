"""Archives from the console: verified at every level, looked into, and the old ones removed after a look."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.widgets import Input

from kryonix_tui.config.schema import Backup, Redis
from kryonix_tui.model.operation import Progress, Result, Scope
from kryonix_tui.paths import state_folder
from kryonix_tui.tui.jobs import Job, Phase
from kryonix_tui.tui.screens.confirm import Confirm
from kryonix_tui.tui.screens.page import Reader
from tests.servers import Server, seed
from tests.tui.console import WIDE, Console, console
from tests.tui.operations import back_up, one_redis_speaks_at_once, until, until_job
from tests.tui.updates import Stage


@pytest.fixture
async def running(one_redis: Server) -> AsyncIterator[Console]:
    one_redis_speaks_at_once(one_redis)
    seed(one_redis, [(0, "HSET tenant:alfa:mobile:session:1 platform ios"), (1, "SET tenant:alfa:api:crm:x 1 EX 900")])
    async with console(
        WIDE, Stage().update(), redis=Redis(url=one_redis.url), backup=Backup(keep_days=1, keep_at_least=1)
    ) as running:
        await back_up(running, Scope())
        yield running


def archives() -> list[Path]:
    return sorted((state_folder() / "backups").glob("*.tar"))


@pytest.mark.parametrize(
    ("down", "level", "said"), [(0, "quick", "sound"), (1, "data", "sound"), (2, "drill", "loaded 2 keys")]
)
async def test_a_backup_is_verified_at_a_level(running: Console, down: int, level: str, said: str) -> None:
    await running.press("v")
    assert "thrown away" in running.text
    await running.press("g", *["j"] * down, "enter")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert job.outcome.result is Result.DONE
    await until(running, said)
    assert f"({level})" in running.text
    assert isinstance(running.app.screen, Reader)


async def test_damage_is_found_and_said_wherever_the_operator_is(running: Console) -> None:
    (archive,) = archives()
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.chmod(0o600)
    archive.write_bytes(content)
    await running.enter_command("verify data")
    await running.press("escape", "1")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert job.outcome.result is Result.FAILED
    await running.press("L", "enter")
    await until(running, "DAMAGED")


async def test_what_is_in_a_backup_is_counted(running: Console) -> None:
    await running.press("A")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    await until(running, "The largest values")
    for text in ("alfa", "mobile_session", "api_cache", "< 30 min", "tenant:alfa:mobile:session:1"):
        assert text in running.text
    await running.press("escape")
    assert not isinstance(running.app.screen, Reader)


async def test_reading_an_archive_can_be_stopped(running: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is held up in the middle of reading, as one on a slow mount would be."""
    from threading import Event

    from kryonix_tui.maintenance.backup.watched import Watched

    reached, go_on = Event(), Event()
    passed = Watched.passed

    def held(watched: Watched, count: int) -> None:
        reached.set()
        assert go_on.wait(60)
        passed(watched, count)

    monkeypatch.setattr(Watched, "passed", held)
    await running.press("A")
    await until_job(running, Phase.RUNNING)
    assert reached.wait(60)
    await running.press("X", "y")
    go_on.set()
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert job.outcome.result is Result.STOPPED


async def test_old_backups_go_after_a_look_at_which(running: Console) -> None:
    (new,) = archives()
    await running.press("P")
    await until_job(running, Phase.ASKING)
    assert isinstance(running.app.screen, Confirm)
    assert "Nothing is old enough to go" in running.text
    assert f"{new.name} stays:" in re.sub(r"[│ \n]+", " ", running.text)
    await running.press("n")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None
    assert job.outcome.result is Result.REFUSED
    assert archives() == [new]


async def test_a_question_waits_until_nobody_types(running: Console) -> None:
    await running.press("2", "slash")
    assert isinstance(running.app.focused, Input)
    running.app.archiving.back_up(Scope())
    job = await until_job(running, Phase.ASKING)
    await running.type("y")
    assert job.phase is Phase.ASKING, "what was typed elsewhere is no answer"
    assert "? Backup of the whole server" in running.line("status")
    await running.press("escape")
    await until(running, "y: go on")
    await running.press("n")
    await until_job(running, Phase.ENDED)


async def test_what_was_said_can_be_read_again(running: Console) -> None:
    await running.press("L")
    assert isinstance(running.app.screen, Reader)
    assert "● done" in running.text
    assert "the whole server" in running.text


async def test_what_still_looks_is_stopped_at_once(running: Console, one_redis: Server) -> None:
    one_redis.client().client_pause(3000)
    await running.press("b")
    await until_job(running, Phase.PLANNING)
    await running.press("X", "y")
    job = await until_job(running, Phase.ENDED)
    assert job.plan is None
    assert job.outcome is not None, job.trouble
    assert job.outcome.result is Result.STOPPED


def test_a_rate_is_that_of_the_present_step(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((100.0, 150.0, 154.0))
    monkeypatch.setattr("kryonix_tui.tui.jobs.time", SimpleNamespace(monotonic=lambda: next(moments)))
    job = Job("restore")
    job.tell(Progress(0, 10, "keys", "saving"))
    job.tell(Progress(10, 10, "keys", "saving"))
    job.tell(Progress(0, 10, "keys", "writing"))
    assert job.step_seconds == 4.0


async def test_a_copy_in_the_current_folder_is_not_taken_for_the_backup(
    running: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive,) = archives()
    copies = tmp_path / "copies"
    shutil.copytree(archive.parent, copies)
    monkeypatch.chdir(copies)
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    await running.enter_command("verify data")
    job = await until_job(running, Phase.ENDED)
    assert job.outcome is not None, job.trouble
    assert job.outcome.result is Result.FAILED
