"""Pruning files of items: by age, through the door, and never one that something still needs."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.cli import main
from kryonix_tui.config.schema import Config, Queues
from kryonix_tui.errors import LockedError, RefusedError, StoppedError
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.folders import stop_file
from kryonix_tui.maintenance.locks import file_lock
from kryonix_tui.maintenance.queues.item_file import Heading, ItemFile
from kryonix_tui.maintenance.queues.unfinished import Replay, items_folder
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.operation import Outcome, Plan
from tests.integration.maintenance.operators import carried_out
from tests.integration.maintenance.queue_desk import CRM, Desk, numbered
from tests.servers import Server

DAY = 86_400
QUEUE = QueueKey(2, CRM, "crm", "alfa")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def saved(name: str, days: float, made: str = "", file: str = "") -> Path:
    """Write a file of items that was last written `days` ago."""
    path, then = items_folder() / name, time.time() - days * DAY
    begun = made or time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(then))
    items = ItemFile(path)
    items.begin(Heading(file or name.partition(".")[0], "127.0.0.1:6379", QUEUE, begun, "drain"))
    items.save([b'{"phone": "+5511987654321"}'])
    items.end()
    os.utime(path, (then, then))
    return path


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + days * DAY)


async def prune(days: int = 30) -> tuple[Plan, Outcome]:
    maintenance = Maintenance(Config(role="operator", queues=Queues(items_days=days)))
    return await carried_out(maintenance, maintenance.queues.prune())


def left() -> set[str]:
    return {path.name for path in items_folder().glob("*.jsonl")}


async def test_they_go_after_their_days(tmp_path: Path) -> None:
    old, young = saved("old.jsonl", 31), saved("young.jsonl", 29)
    size, elsewhere = old.stat().st_size, tmp_path / "mine.jsonl"
    young.rename(elsewhere)
    saved("young.jsonl", 29)
    plan, outcome = await prune()
    assert "old.jsonl is deleted." in plan.effects
    assert "young.jsonl stays: it is younger than 30 days" in plan.effects
    assert (plan.counts, plan.estimates) == ({"files": 1, "kept": 1}, {"bytes": size})
    assert (outcome.figures["files"], outcome.figures["bytes"]) == (1, size)
    assert left() == {"young.jsonl"}
    assert (await prune(days=28))[1].figures["files"] == 1
    assert left() == set()
    assert elsewhere.exists()
    assert (await prune())[0].effects == ("Nothing is old enough to go.",)


async def test_an_operation_that_was_cut_off_keeps_its_file(one_redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(one_redis)
    desk.push(*numbered(100))
    honest = ItemFile.save

    def cut(self: ItemFile, batch: Any) -> None:
        honest(self, batch)
        if self.batches == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ItemFile, "save", cut)
        with pytest.raises(KeyboardInterrupt):
            await desk.do(desk.work.drain(desk.queue()))
    with monkeypatch.context() as patched:
        later(patched, 400)
        plan, outcome = await prune()
    assert outcome.figures["files"] == 0
    assert any("has not ended: the next one on that queue" in effect for effect in plan.effects)
    # What comes next finishes it, and then it may go.
    await desk.do(desk.work.drain(desk.queue()))
    later(monkeypatch, 400)
    assert (await prune())[1].figures["files"] == 2
    assert left() == set()


async def test_a_replay_that_has_not_ended_keeps_its_file() -> None:
    for name in ("going", "ended", "unreadable"):
        saved(f"{name}.jsonl", 90)
    going = Replay("going", "127.0.0.1:6379", 2, CRM.hex(), first=False).write(batches=1)
    Replay("ended", "127.0.0.1:6379", 2, CRM.hex(), first=False).write(ended=True)
    (items_folder() / "replays" / "unreadable.json").write_text("{")
    plan, _outcome = await prune()
    assert "going.jsonl stays: its replay has not ended: `kryonix queues replay` goes on with it" in plan.effects
    assert left() == {"going.jsonl", "unreadable.jsonl"}
    going.write(ended=True)
    await prune()
    assert left() == {"unreadable.jsonl"}
    # A copy that lies elsewhere counts as replayed all the same.
    assert (items_folder() / "replays" / "going.json").exists()


async def test_what_is_not_ours_or_has_a_strange_date_stays() -> None:
    (items_folder()).mkdir(parents=True)
    (items_folder() / "notes.jsonl").write_text("{}\n")
    os.utime(items_folder() / "notes.jsonl", (0, 0))
    saved("future.jsonl", -1)
    saved("touched.jsonl", 90, made=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()))
    saved("dateless.jsonl", 90, made="long ago")
    os.mkfifo(items_folder() / "pipe.jsonl")
    (items_folder() / "nowhere.jsonl").symlink_to("/not/there")
    assert next(Maintenance(Config()).queues.files(QUEUE)).name == "future.jsonl"
    plan, _outcome = await prune()
    assert left() == {"notes.jsonl", "future.jsonl", "touched.jsonl", "pipe.jsonl", "nowhere.jsonl"}
    said = "\n".join(plan.effects)
    assert "notes.jsonl stays: it is no file of items" in said
    assert "future.jsonl stays: it is from the future" in said


async def test_what_somebody_needs_since_the_plan_stays() -> None:
    saved("one.jsonl", 90)
    maintenance = Maintenance(Config(role="operator"))
    operation = maintenance.queues.prune()
    plan = await maintenance.door.plan(operation)
    with file_lock("queues-replay", current_actor()), pytest.raises(LockedError):
        await maintenance.door.run(operation, plan, Run())
    Replay("one", "127.0.0.1:6379", 2, CRM.hex(), first=False).write()
    outcome = await maintenance.door.run(operation, plan, Run())
    assert outcome.figures["files"] == 0
    assert left() == {"one.jsonl"}


async def test_it_goes_through_the_door() -> None:
    saved("one.jsonl", 90)
    for config, text in ((Config(), "viewer"), (Config(role="operator", tenants=("alfa",)), "limited")):
        maintenance = Maintenance(config)
        with pytest.raises(RefusedError, match=text):
            await carried_out(maintenance, maintenance.queues.prune())
    maintenance = Maintenance(Config(role="operator"))
    operation = maintenance.queues.prune()
    plan = await maintenance.door.plan(operation)
    run = Run(log=lambda _text: stop_file().touch())
    saved("two.jsonl", 91)
    second = maintenance.queues.prune()
    both = await maintenance.door.plan(second)
    with pytest.raises(StoppedError):
        await maintenance.door.run(second, both, run)
    assert left() == {"one.jsonl"}
    stop_file().unlink()
    await maintenance.door.run(operation, plan, Run())
    assert left() == set()
    ends = [line.details.get("result") for line in maintenance.audited() if line.event == "finished"]
    assert ends == ["stopped", "done"]


def test_a_script_prunes_by_a_plan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KRYONIX_QUEUES_ITEMS_DAYS", "5")
    saved("old.jsonl", 6)

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        with pytest.raises(SystemExit) as ended:
            main(["queues", "prune", *arguments, "--json", "--role", "operator"])
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    code, asked = run()
    assert (code, asked["plan"]["counts"]["files"]) == (2, 1)
    code, done = run("--plan", asked["plan"]["hash"], "--yes")
    assert (code, done["outcome"]["result"]) == (0, "done")
    assert left() == set()
