"""The door with a real Redis behind it: two operators, a lock that is lost, a process that is killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.errors import LockedError, SourceError, StoppedError
from kryonix_tui.maintenance import locks
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.door import Door, Run
from kryonix_tui.maintenance.locks import REDIS_LOCK
from kryonix_tui.model.operation import Purpose
from tests.faults import proxied
from tests.servers import Server
from tests.unit.maintenance.operations import OPERATOR, FakeOperation, Watcher

KEYS = [f"tenant:t1:api:crm:{number}" for number in range(50)]


@dataclass
class Writing:
    """Removes keys in batches of ten, as `FakeOperation.work`; `between` is awaited before each batch."""

    clients: PurposeClients
    between: Callable[[int], Awaitable[None]]
    batches: list[int] = field(default_factory=list)

    async def __call__(self, run: Run) -> None:
        for start in range(0, len(KEYS), 10):
            await self.between(start)
            run.checkpoint()
            await self.clients.batch(0, [("UNLINK", key) for key in KEYS[start : start + 10]])
            self.batches.append(start)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
async def clients(one_redis: Server) -> AsyncIterator[PurposeClients]:
    """A console's connections for maintenance, to a server with the keys."""
    with one_redis.client() as behind:
        for key in KEYS:
            behind.set(key, "x")
    made = PurposeClients(Redis(url=one_redis.url), Purpose.MAINTAIN)
    yield made
    await made.close()


async def nothing(_start: int) -> None:
    """Do nothing between two batches."""


async def pass_through(clients: PurposeClients, work: Writing, *, watcher: Watcher | None = None) -> None:
    operation = FakeOperation(work=work, connection=clients)
    await Door(OPERATOR).run(operation, operation.planned, (watcher or Watcher()).run())


def ends() -> list[str]:
    return [str(entry.details["result"]) for entry in AuditLog().entries() if entry.event == "finished"]


async def test_the_lock_is_held_while_keys_are_written_and_then_gone(
    clients: PurposeClients, one_redis: Server
) -> None:
    with one_redis.client() as behind:

        async def locked(_start: int) -> None:
            assert behind.exists(REDIS_LOCK) == 1

        await pass_through(clients, Writing(clients, locked))
        assert behind.dbsize() == 0
    assert ends() == ["done"]


async def test_a_second_operator_on_another_machine_is_refused(
    clients: PurposeClients, one_redis: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PurposeClients(Redis(url=one_redis.url), Purpose.RESTORE)

    async def another_tries(start: int) -> None:
        if start == 20:
            with monkeypatch.context() as patch:
                patch.setenv("XDG_STATE_HOME", str(tmp_path / "other machine"))
                with pytest.raises(LockedError, match="is at work since"):
                    await pass_through(other, Writing(other, nothing))

    work = Writing(clients, another_tries)
    await pass_through(clients, work)
    assert work.batches == [0, 10, 20, 30, 40]
    await other.close()


async def test_a_lost_lock_stops_before_the_next_batch(
    clients: PurposeClients, one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "RENEW_SECONDS", 0.01)
    noticed = asyncio.Event()
    renew = locks.RedisLock._renew

    async def watched(lock: locks.RedisLock) -> None:
        await renew(lock)
        if lock._lost:
            noticed.set()

    monkeypatch.setattr(locks.RedisLock, "_renew", watched)
    with one_redis.client() as behind:

        async def take_away(start: int) -> None:
            if start == 20:
                behind.set(REDIS_LOCK, "theirs")
                await asyncio.wait_for(noticed.wait(), 60)

        work = Writing(clients, take_away)
        with pytest.raises(StoppedError, match="lost"):
            await pass_through(clients, work)
        assert work.batches == [0, 10]
        assert behind.dbsize() == 31
        assert behind.get(REDIS_LOCK) == b"theirs"
    assert ends() == ["stopped"]


async def test_a_cut_link_fails_and_repeats_nothing(clients: PurposeClients, one_redis: Server) -> None:
    async with proxied(one_redis.port) as proxy:
        through = PurposeClients(Redis(url=f"redis://127.0.0.1:{proxy.port}"), Purpose.MAINTAIN)

        async def cut(start: int) -> None:
            if start == 20:
                proxy.cut_after = 3

        work = Writing(through, cut)
        with pytest.raises(SourceError):
            await pass_through(through, work)
        assert work.batches == [0, 10]
        assert 20 < proxy.seen.count(b"\r\ntenant:t1:api:crm:") <= 30
        await through.close()
    assert ends() == ["failed"]


KILLED = """
import asyncio, sys
from kryonix_tui.config.schema import Redis
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.door import Door
from kryonix_tui.model.operation import Purpose
from tests.unit.maintenance.operations import OPERATOR, FakeOperation, Watcher

async def main():
    clients = PurposeClients(Redis(url=sys.argv[1]), Purpose.MAINTAIN)
    async def work(_run):
        print("at work", flush=True)
        await asyncio.Event().wait()
    operation = FakeOperation(work=work, connection=clients)
    await Door(OPERATOR).run(operation, operation.planned, Watcher().run())

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
async def test_after_an_interruption_the_log_tells_and_the_next_may_go_on(
    clients: PurposeClients, one_redis: Server, how: signal.Signals
) -> None:
    command = [sys.executable, "-c", KILLED, one_redis.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as other:  # noqa: ASYNC220 - it starts at once
        assert other.stdout is not None
        assert await asyncio.to_thread(other.stdout.readline) == b"at work\n"
        with pytest.raises(LockedError):
            await pass_through(clients, Writing(clients, nothing))
        other.send_signal(how)
    log = AuditLog()
    assert log.verify().broken_at is None
    events = [entry.event for entry in log.entries()]
    with one_redis.client() as behind:
        if how is signal.SIGINT:
            assert events == ["started", "refused", "finished"]
            assert ends() == ["stopped"]
            assert behind.exists(REDIS_LOCK) == 0
        else:
            assert events == ["started", "refused"]
            assert behind.pttl(REDIS_LOCK) > 1000
    # The file lock went with the process; the one on Redis is taken over.
    watcher = Watcher()
    await pass_through(clients, Writing(clients, nothing), watcher=watcher)
    assert ends()[-1] == "done"
    begun = [entry for entry in AuditLog().entries() if entry.event == "started"][-1]
    killed = how is signal.SIGKILL
    assert ("taken over from" in str(begun.details.get("lock"))) == killed
    assert any("was taken over" in line for line in watcher.lines) == killed
