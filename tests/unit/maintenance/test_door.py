"""The order in which the door lets things happen, and what it writes down in every case."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import (
    DriftError,
    KryonixError,
    LockedError,
    RefusedError,
    StoppedError,
    UnreachableError,
    VerificationError,
)
from kryonix_tui.maintenance import door as door_module
from kryonix_tui.maintenance import plans
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.door import Door, Run
from kryonix_tui.maintenance.folders import maintenance_folder, stop_file
from kryonix_tui.maintenance.locks import file_lock
from kryonix_tui.model.operation import Outcome, Plan, Progress, Purpose, Result, Scope, Target
from tests.unit.maintenance.operations import OPERATOR, WHO, FakeNotifier, FakeOperation, Watcher, a_plan


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def events() -> list[tuple[str, Any]]:
    """Return what the audit log says happened: event and result or reason."""
    return [(line.event, line.details.get("result", line.details.get("reason"))) for line in AuditLog().entries()]


async def run(operation: FakeOperation, config: Config = OPERATOR, **options: Any) -> Outcome:
    plan = options.pop("plan", operation.planned)
    notifier = options.pop("notifier", None)
    return await Door(config, notifier=notifier).run(operation, plan, Watcher().run(), **options)


async def test_an_operation_passes_every_step_in_order() -> None:
    seen: list[list[tuple[str, Any]]] = []
    held: list[bool] = []

    async def work(_run: Run) -> None:
        seen.append(events())
        try:
            with file_lock("cache-extend", WHO):
                held.append(False)
        except LockedError:
            held.append(True)

    notifier = FakeNotifier()
    operation = FakeOperation(work=work)
    outcome = await run(operation, notifier=notifier)
    assert operation.steps == ["apply", "verify"]
    assert seen == [[("started", None)]]
    assert held == [True]
    assert events() == [("started", None), ("finished", "done")]
    assert (outcome.result, outcome.figures["keys"]) == (Result.DONE, 1000)
    assert outcome.figures["seconds"] >= 0
    ((told, audit_hash),) = notifier.told
    assert told == outcome
    assert audit_hash == [*AuditLog().entries()][-1].hash
    with file_lock("cache-extend", WHO):
        pass  # given back


async def test_the_audit_says_what_was_planned_and_by_whom() -> None:
    operation = FakeOperation(planned=a_plan(parameters={"policy": "fail", "api_key": "hunter2"}))
    await run(operation)
    started = next(AuditLog().entries())
    assert started.plan == operation.planned.hash
    assert started.details == {
        "tenants": ["t1"],
        "counts": {"keys": 1000},
        "parameters": {"api_key": "•••", "policy": "fail"},
    }
    assert started.who["pid"] == os.getpid()
    assert "hunter2" not in AuditLog().path.read_text()


REFUSALS: dict[str, tuple[Config, dict[str, Any], str]] = {
    "viewer": (Config(), {}, "viewer"),
    "read-only": (Config(role="operator", read_only=True), {}, "read-only"),
    "nothing typed": (OPERATOR, {"plan": a_plan(confirmation="t1")}, "confirmation"),
    "another name typed": (OPERATOR, {"plan": a_plan(confirmation="t1"), "confirmation": "t10"}, "confirmation"),
    "expired": (OPERATOR, {"plan": a_plan(expires_at=1.0)}, "expired"),
}


@pytest.mark.parametrize(("config", "options", "reason"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refusal_changes_nothing_and_is_written_down(
    config: Config, options: dict[str, Any], reason: str
) -> None:
    operation = FakeOperation(planned=options.get("plan", a_plan()))
    with pytest.raises(RefusedError, match=reason) as caught:
        await run(operation, config, **options)
    assert caught.value.exit_code == 4
    assert operation.steps in ([], ["plan"])
    ((event, said),) = events()
    assert event == "refused"
    assert reason in said


@pytest.mark.parametrize("trouble", ["", "no route", RuntimeError("boom")])
async def test_what_could_not_be_planned_is_written_down_and_told(trouble: str | Exception) -> None:
    notifier, watcher = FakeNotifier(trouble), Watcher()
    door = Door(OPERATOR, notifier=notifier)
    await door.missed("backup.create", Purpose.BACKUP, UnreachableError("nobody answers"), None, watcher.run())
    await door.missed("backup.create", Purpose.BACKUP, RefusedError("no space"), a_plan(), watcher.run())
    assert [event for event in events() if event[0] == "missed"] == [("missed", "failed"), ("missed", "refused")]
    assert [(outcome.result, outcome.summary) for outcome, _hash in notifier.told] == [
        (Result.FAILED, "nobody answers"),
        (Result.REFUSED, "no space"),
    ]
    assert bool(watcher.lines) == bool(trouble)


@pytest.mark.parametrize("unattended", [True, False])
async def test_who_is_turned_away_is_told_only_where_nobody_watches(unattended: bool) -> None:
    notifier = FakeNotifier()
    with file_lock("cache-extend", WHO), pytest.raises(LockedError):
        await run(FakeOperation(), notifier=notifier, unattended=unattended)
    assert [event for event, _said in events()] == ["refused"]
    told = [(outcome.result, audit_hash) for outcome, audit_hash in notifier.told]
    assert told == ([(Result.REFUSED, AuditLog().verify().newest)] if unattended else [])


async def test_a_server_that_is_gone_when_the_plan_is_looked_at_again_is_told_where_nobody_watches() -> None:
    class Gone(FakeOperation):
        async def plan(self, run: Run | None = None) -> Plan:
            raise UnreachableError("nobody answers")

    for unattended in (False, True):
        notifier = FakeNotifier()
        with pytest.raises(UnreachableError):
            await run(Gone(), notifier=notifier, stored=True, unattended=unattended)
        assert len(notifier.told) == unattended
    assert events() == [("missed", "failed")]


async def test_a_stop_file_refuses_and_stops() -> None:
    async def stop_and_look(run: Run) -> None:
        stop_file().touch()
        run.checkpoint()

    with pytest.raises(StoppedError, match="STOP") as caught:
        await run(FakeOperation(work=stop_and_look))
    assert str(stop_file()) in caught.value.hint
    operation = FakeOperation()
    with pytest.raises(RefusedError, match="STOP"):
        await run(operation)
    assert operation.steps == []
    assert [event for event, _ in events()] == ["started", "finished", "refused"]


DRIFTS: dict[str, dict[str, Any]] = {
    "restarted": {"target": Target("127.0.0.1:6379", "redis", "7.0.15", "b" * 40, "master")},
    "demoted": {"target": Target("127.0.0.1:6379", "redis", "7.0.15", "a" * 40, "slave")},
    "elsewhere": {"target": Target("127.0.0.1:6380", "redis", "7.0.15", "a" * 40, "master")},
    "scope": {"scope": Scope(("t10",), (0, 1))},
    "policy": {"parameters": {"policy": "replace"}},
    "typing": {"confirmation": "t1"},
    "more keys": {"counts": {"keys": 1051}},
    "fewer keys": {"counts": {"keys": 949}},
    "something to overwrite": {"counts": {"keys": 1000, "overwritten": 1}},
}


@pytest.mark.parametrize("change", DRIFTS.values(), ids=DRIFTS)
async def test_a_stored_plan_that_no_longer_fits_is_refused(change: dict[str, Any]) -> None:
    plan = a_plan()
    operation = FakeOperation(planned=replace(plan, **change))
    with pytest.raises(DriftError):
        await run(operation, plan=plan, stored=True)
    assert operation.steps == ["plan"]


async def test_counts_may_move_within_the_tolerance() -> None:
    plan = a_plan()
    for keys in (950, 1050):
        operation = FakeOperation(planned=replace(plan, counts={"keys": keys}))
        await run(operation, plan=plan, stored=True)
        assert operation.steps == ["plan", "apply", "verify"]


async def test_a_plan_that_was_looked_at_for_long_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan()
    operation = FakeOperation(planned=replace(plan, counts={"keys": 5}))
    monkeypatch.setattr(door_module, "FRESH_SECONDS", -1)
    with pytest.raises(DriftError, match="keys was 1000, is 5"):
        await run(operation, plan=plan)


async def test_the_plan_is_compared_while_the_lock_is_held() -> None:
    class Watching(FakeOperation):
        async def plan(self, run: Run | None = None) -> Plan:
            with pytest.raises(LockedError), file_lock("cache-extend", WHO):
                pass
            return await super().plan(run)

    operation = Watching()
    await run(operation, stored=True)
    assert operation.steps == ["plan", "apply", "verify"]


async def test_another_at_work_is_named() -> None:
    operation = FakeOperation()
    with file_lock("cache-extend", WHO), pytest.raises(LockedError, match="ana@console"):
        await run(operation)
    assert operation.steps == []
    assert [event for event, _ in events()] == ["refused"]


class _CrashError(Exception):
    """Nobody foresaw it."""


ENDS: dict[str, tuple[BaseException, str, bool]] = {
    "failure": (KryonixError("no room"), "failed", True),
    "verification": (VerificationError("two keys are missing"), "failed", True),
    "refusal": (RefusedError("not this one"), "refused", True),
    "crash": (_CrashError("secret text"), "failed", True),
    "stop": (StoppedError("cancelled"), "stopped", True),
    "exit": (SystemExit(3), "stopped", False),
    "interrupt": (KeyboardInterrupt(), "stopped", False),
}


@pytest.mark.parametrize("where", ["work", "check"])
@pytest.mark.parametrize(("error", "result", "told"), ENDS.values(), ids=ENDS)
def test_every_end_is_written_down(error: BaseException, result: str, told: bool, where: str) -> None:
    async def fail(_run: Run) -> None:
        raise error

    notifier = FakeNotifier()

    async def main() -> None:
        await run(FakeOperation(**{where: fail}), notifier=notifier)  # type: ignore[arg-type]  # either of two hooks

    with pytest.raises(type(error)):
        asyncio.run(main())
    assert events() == [("started", None), ("finished", result)]
    assert "secret text" not in AuditLog().path.read_text()
    assert len(notifier.told) == told
    with file_lock("cache-extend", WHO):
        pass  # given back


async def test_a_cancelled_task_is_written_down_and_stays_cancelled() -> None:
    begun = asyncio.Event()

    async def work(_run: Run) -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(run(FakeOperation(work=work)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events() == [("started", None), ("finished", "stopped")]


async def test_who_cancels_stops_before_the_next_batch() -> None:
    batches = []
    watcher = Watcher()
    running = watcher.run()

    async def work(run: Run) -> None:
        for batch in range(3):
            run.checkpoint()
            batches.append(batch)
            run.progress(batch, 3, "batches")
            run.say("batch \x1b[2J")
            run.cancel()

    operation = FakeOperation(work=work)
    with pytest.raises(StoppedError, match="cancelled"):
        await Door(OPERATOR).run(operation, operation.planned, running)
    assert batches == [0]
    assert watcher.progress == [Progress(0, 3, "batches")]
    assert watcher.lines == ["batch ␛[2J"]


async def test_without_an_audit_nothing_is_done() -> None:
    AuditLog().path.mkdir()
    operation = FakeOperation()
    with pytest.raises(KryonixError, match="cannot be written"):
        await run(operation)
    assert operation.steps == []


async def test_a_state_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "kryonix").write_text("in the way")
    operation = FakeOperation()
    with pytest.raises(KryonixError, match="cannot be written"):
        await run(operation)
    assert operation.steps == []


@pytest.mark.parametrize("error", [None, KryonixError("no room")])
async def test_an_end_that_cannot_be_written_down_is_told(error: KryonixError | None) -> None:
    async def work(_run: Run) -> None:
        AuditLog().path.unlink()
        AuditLog().path.mkdir()
        if error is not None:
            raise error

    notifier = FakeNotifier()
    if error is None:
        outcome = await run(FakeOperation(work=work), notifier=notifier)
        assert outcome.result is Result.DONE
    else:
        with pytest.raises(KryonixError, match="no room"):
            await run(FakeOperation(work=work), notifier=notifier)
    ((told, audit_hash),) = notifier.told
    assert audit_hash == ""
    assert "cannot be written" in told.notices[0]


@pytest.mark.parametrize("trouble", ["not told: json://•••", RuntimeError("boom")])
async def test_a_failed_notification_changes_no_result(trouble: str | Exception) -> None:
    outcome = await run(FakeOperation(), notifier=FakeNotifier(trouble))
    assert outcome.result is Result.DONE
    assert len(outcome.notices) == 1
    assert [event for event, _ in events()] == ["started", "finished", "untold"]


async def test_a_failed_notification_hides_no_error() -> None:
    async def work(_run: Run) -> None:
        raise KryonixError("no room")

    with pytest.raises(KryonixError, match="no room"):
        await run(FakeOperation(work=work), notifier=FakeNotifier(RuntimeError("boom")))


async def test_everything_is_private_to_its_owner() -> None:
    before = os.umask(0)
    try:
        door = Door(OPERATOR)
        operation = FakeOperation()
        plan = await door.plan(operation)
        await door.run(operation, plan, Watcher().run())
    finally:
        os.umask(before)
    assert plans.recall(plan.hash) == plan
    made = [maintenance_folder(), *maintenance_folder().rglob("*")]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}
    assert len(modes) == 5
    assert {path.name: 0o700 if path.is_dir() else 0o600 for path in made} == modes
