"""Pruning what restores have overwritten: by age, and never while the restore that it belongs to may go on."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import RefusedError, StoppedError
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.backup.abandoned import sentences
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.backup.pruning import Planned, planned
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.backup.restore.undo import undo_folder
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.folders import maintenance_folder, stop_file
from kryonix_tui.maintenance.locks import file_lock
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Outcome
from tests.integration.maintenance.operators import back_up, bring_back, carried_out, configured, fill_tenants
from tests.servers import Server

DAY = 86_400


@pytest.fixture
async def archive(one_redis: Server) -> ArchiveName:
    """A backup of some tenants, made now."""
    fill_tenants(one_redis, 10)
    return await back_up(one_redis)


async def overwrite(
    server: Server,
    archive: ArchiveName | str,
    days_ago: float,
    monkeypatch: pytest.MonkeyPatch,
    config: Config | None = None,
) -> str:
    """Restore over changed keys as if it were `days_ago`; return the name of what holds them."""
    for number in range(40):
        server.client(1).set(f"tenant:t1:api:crm:{number}", f"changed {days_ago}")
    with monkeypatch.context() as patched:
        then = time.time() - days_ago * DAY
        patched.setattr(time, "time", lambda: then)
        _plan, outcome = await bring_back(server, archive, policy=Policy.REPLACE, config=config)
    return Path(outcome.artefact).name


async def cut_off(server: Server, archive: ArchiveName | str, days_ago: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop such a restore when all is saved and nothing is written."""

    async def stop(_run: Run) -> None:
        stop_file().touch()
        _run.checkpoint()

    with monkeypatch.context() as patched:
        patched.setattr(Run, "between_batches", stop)
        with pytest.raises(StoppedError):
            await overwrite(server, archive, days_ago, monkeypatch)
    stop_file().unlink()


def looked(server: Server, **backup: Any) -> Planned:
    return planned(destination_at(), configured(server, **backup), KRYONIX)


def going(server: Server) -> list[str]:
    return [str(entry.name) for entry in looked(server).undo.prune]


def saved() -> set[str]:
    return {stored.name for stored in undo_folder().stored() if not stored.name.endswith(".sha256")}


async def prune(server: Server, at: str = "") -> Outcome:
    maintenance, names = Maintenance(configured(server)), [] if at else going(server)
    plan, outcome = await carried_out(maintenance, maintenance.prune(at=at))
    assert plan.counts["undo"] == outcome.figures["undo"] == len(names)
    assert all(f"undo/{name} is deleted." in plan.effects for name in names)
    return outcome


async def test_they_go_after_their_days(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = await overwrite(one_redis, archive, 31, monkeypatch)
    young = await overwrite(one_redis, archive, 29, monkeypatch)
    assert saved() == {old, young}
    assert going(one_redis) == [old]
    assert len(looked(one_redis, undo_days=28).undo.prune) == 2
    assert (await prune(one_redis, at=str(tmp_path))).figures["undo"] == 0
    outcome = await prune(one_redis)
    assert (outcome.figures["undo"], outcome.figures["archives"]) == (1, 0)
    assert saved() == {young}
    assert len(undo_folder().stored()) == 2
    assert len(destination_at().stored()) == 2


async def test_that_of_a_restore_that_has_not_ended_stays_until_it_has(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await overwrite(one_redis, archive, 60, monkeypatch)
    await cut_off(one_redis, archive, 50, monkeypatch)
    await cut_off(one_redis, archive, 40, monkeypatch)
    assert len(saved()) == 3
    assert going(one_redis) == [ended]
    kept = looked(one_redis).undo.keep
    assert {found.reason for found in kept} == {"a restore that has not ended needs it"}
    await overwrite(one_redis, archive, 35, monkeypatch)
    assert len(going(one_redis)) == 4


async def test_what_an_unfinished_restore_reads_stays(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    undo = await overwrite(one_redis, archive, 60, monkeypatch)
    for number in range(40):
        one_redis.client(1).set(f"tenant:t1:api:crm:{number}", "changed again")
    await cut_off(one_redis, str(undo_folder().path / undo), 50, monkeypatch)
    assert going(one_redis) == []


async def test_one_from_the_future_stops_everything(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    await overwrite(one_redis, archive, 60, monkeypatch)
    ahead = await overwrite(one_redis, archive, -2, monkeypatch)
    assert ahead in looked(one_redis).stopped
    with pytest.raises(RefusedError, match="future"):
        await prune(one_redis)
    assert len(saved()) == 2


async def test_a_backup_that_an_unfinished_restore_reads_stays(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_tenants(one_redis, 10)
    made = []
    for days in (20, 19, 3, 2, 1):
        with monkeypatch.context() as patched:
            then = time.time() - days * DAY
            patched.setattr(time, "time", lambda then=then: then)
            made.append(await back_up(one_redis))
    assert [entry.name for entry in looked(one_redis).backups.prune] == made[:2]
    await cut_off(one_redis, made[0], 0, monkeypatch)
    assert [entry.name for entry in looked(one_redis).backups.prune] == made[1:2]
    await overwrite(one_redis, made[0], 0, monkeypatch)
    assert [entry.name for entry in looked(one_redis).backups.prune] == made[:2]


@pytest.mark.parametrize("mark", ['{"archive": "0123456789abcdef"}', "not readable", "[]", '{"undo": []}'])
async def test_a_mark_that_does_not_name_them_keeps_them_all(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    old = await overwrite(one_redis, archive, 60, monkeypatch)
    assert going(one_redis) == [old]
    (maintenance_folder() / "restores" / "0.json").write_text(mark)
    assert going(one_redis) == []


async def test_an_earlier_mark_that_goes_on_still_does_not_name_them(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut_off(one_redis, archive, 60, monkeypatch)
    (mark,) = (maintenance_folder() / "restores").iterdir()
    content = json.loads(mark.read_text())
    del content["undo"]
    mark.write_text(json.dumps(content))
    await cut_off(one_redis, archive, 50, monkeypatch)
    assert (len(saved()), going(one_redis)) == (2, [])


async def test_sealed_ones_go_and_damaged_ones_stay(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(one_redis, recipients=(str(Identity.generate().to_public()),))
    sealed = await overwrite(one_redis, archive, 60, monkeypatch, config)
    damaged = await overwrite(one_redis, archive, 50, monkeypatch)
    (undo_folder().path / damaged).write_bytes(b"")
    assert sealed.endswith(".age")
    assert going(one_redis) == [sealed]
    await prune(one_redis)
    assert saved() == {damaged}


def marks() -> list[Path]:
    return list((maintenance_folder() / "restores").glob("*.json"))


async def test_an_abandoned_restore_is_named_given_up_and_lets_go_of_what_it_needed_the_time_after(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut_off(one_redis, archive, 31, monkeypatch)
    (undo,) = saved()
    maintenance = Maintenance(configured(one_redis))
    plan, outcome = await carried_out(maintenance, maintenance.prune())
    (said,) = [effect for effect in plan.effects if "has not ended" in effect]
    assert f"the restore of {archive} into 127.0.0.1:{one_redis.port}, begun 31 d ago" in said
    assert "given up" in said
    assert "at the next pruning" in said
    assert (plan.counts["restores"], outcome.figures["restores"], outcome.figures["undo"]) == (1, 1, 0)
    assert (marks(), saved()) == ([], {undo})
    assert going(one_redis) == [undo]
    with pytest.raises(RefusedError, match="exist"):
        await bring_back(one_redis, archive)
    await prune(one_redis)
    assert saved() == set()


async def test_a_young_one_is_named_and_stays_and_so_does_one_that_has_gone_on(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut_off(one_redis, archive, 31, monkeypatch)
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.prune()
    plan = await maintenance.door.plan(operation)
    assert plan.counts["restores"] == 1
    await cut_off(one_redis, archive, 29, monkeypatch)
    lines: list[str] = []
    outcome = await maintenance.door.run(operation, plan, Run(log=lines.append))
    assert outcome.figures["restores"] == 0
    assert any("goes on" in line for line in lines)
    assert len(marks()) == 1
    plan, outcome = await carried_out(maintenance, maintenance.prune())
    assert ("restores" in plan.counts, outcome.figures["restores"], len(marks())) == (False, 0, 1)
    (said,) = [effect for effect in plan.effects if "has not ended" in effect]
    assert "begun 29 d ago" in said
    assert "after 30 days" in said


async def test_none_is_given_up_while_a_restore_is_at_work(
    one_redis: Server, archive: ArchiveName, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut_off(one_redis, archive, 31, monkeypatch)
    with file_lock("restore", current_actor()):
        assert (await prune(one_redis)).figures["restores"] == 0
    assert len(marks()) == 1


async def test_a_mark_that_cannot_be_read_is_given_up_by_its_files_age(one_redis: Server, archive: ArchiveName) -> None:
    folder = maintenance_folder() / "restores"
    folder.mkdir(exist_ok=True)
    mark = folder / "0.json"
    mark.write_text("\x1b[31m not readable")
    assert (await prune(one_redis)).figures["restores"] == 0
    long_ago = time.time() - 31 * DAY
    os.utime(mark, (long_ago, long_ago))
    (said,) = [text for text in sentences(looked(one_redis), 30) if "given up" in text]
    assert "mark 0.json cannot be read" in said
    assert (await prune(one_redis)).figures["restores"] == 1
    assert marks() == []
