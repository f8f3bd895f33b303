"""The file lock between processes, and what the Redis lock does when its server does odd things (a fake at the port)."""

from __future__ import annotations

import asyncio
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.errors import KryonixError, LockedError, StoppedError, UnreachableError
from kryonix_tui.maintenance import locks
from kryonix_tui.maintenance.folders import maintenance_folder
from kryonix_tui.maintenance.locks import REDIS_LOCK, RedisLock, file_lock, redis_lock
from kryonix_tui.maintenance.ticket import new_ticket
from tests.unit.maintenance.operations import WHO

HOLD = """
import sys
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.locks import file_lock
with file_lock("restore", Actor("bia", "other", pid=7)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize("how", [signal.SIGKILL, None])
def test_one_process_at_a_time(how: signal.Signals | None) -> None:
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=r"bia@other is at work since 20\d\d-"), file_lock("restore", WHO):
            pass
        with file_lock("another", WHO):
            pass
        if how is not None:
            other.send_signal(how)
        else:
            other.communicate()
    with file_lock("restore", WHO):
        assert stat.S_IMODE((maintenance_folder() / "restore.lock").stat().st_mode) == 0o600


def test_an_unreadable_ticket_is_somebodys() -> None:
    with file_lock("restore", WHO):
        (maintenance_folder() / "restore.lock").write_bytes(b"\xff\x1b[2J")
        with pytest.raises(LockedError, match="somebody"), file_lock("restore", WHO):
            pass


def test_a_lock_file_that_cannot_be_written_is_an_error_of_ours() -> None:
    (maintenance_folder() / "restore.lock").mkdir()
    with pytest.raises(KryonixError, match="cannot be written"), file_lock("restore", WHO):
        pass


class Store:
    """A Redis with one key and a clock of its own; `down` makes it unreachable."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.down = False
        self.commands: list[str] = []
        self.renewed = asyncio.Event()

    async def call(self, db: int, *arguments: Any) -> Any:
        assert db == 0
        command, key, *rest = arguments
        assert key == REDIS_LOCK
        self.commands.append(command)
        if self.down:
            raise UnreachableError("gone")
        if command == "SET":
            if self.value is not None:
                return None
            self.value = rest[0]
            return b"OK"
        if command == "GET":
            return self.value
        if command == "UNLINK":
            self.value = None
        if command == "PTTL":
            return 12_000 if self.value is not None else -2
        if command == "PEXPIRE":
            self.renewed.set()
        return 1

    async def exchange(self, key: bytes, old: bytes, new: bytes, milliseconds: int) -> bool:
        assert (key, milliseconds) == (REDIS_LOCK, locks.LOCK_SECONDS * 1000)
        if self.value != old:
            return False
        self.value = new
        return True


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "RENEW_SECONDS", 0.01)


async def test_a_lock_is_renewed_and_given_back() -> None:
    store = Store()
    async with redis_lock(store, WHO) as lock:
        await asyncio.wait_for(store.renewed.wait(), 60)
        lock.check()
        assert store.value is not None
        assert b"ana@console (ssh 192.0.2.7)" in store.value
    assert store.value is None


async def test_a_lock_in_other_hands_is_lost_for_good_and_left_alone() -> None:
    store = Store()
    async with redis_lock(store, WHO) as lock:
        store.value = b"theirs"
        with pytest.raises(StoppedError, match="lost"):
            await asyncio.wait_for(_check_for_ever(lock), 60)
    assert store.value == b"theirs"


async def _check_for_ever(lock: RedisLock) -> None:
    while True:
        lock.check()
        await asyncio.sleep(0)


async def test_a_lock_that_was_not_renewed_in_time_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    lock = RedisLock(store, WHO)
    await lock.take()
    lock.check()
    monkeypatch.setattr(locks, "SURE_SECONDS", -1)
    with pytest.raises(StoppedError, match="lost"):
        lock.check()
    await lock.give_back()
    assert store.value is not None  # it may be somebody else's by now: it runs out


async def test_the_time_of_a_renewal_is_that_of_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("kryonix_tui.maintenance.locks.time.monotonic", lambda: now[0])

    class Slow(Store):
        async def call(self, db: int, *arguments: Any) -> Any:
            now[0] += locks.SURE_SECONDS + 1
            return await super().call(db, *arguments)

    lock = RedisLock(Slow(), WHO)
    await lock.take()
    with pytest.raises(StoppedError, match="lost"):
        lock.check()


async def test_a_server_that_is_gone_keeps_nobody_from_leaving() -> None:
    store = Store()
    async with redis_lock(store, WHO) as lock:
        store.down = True
        lock.check()
    assert store.value is not None


@pytest.mark.parametrize("error", [KeyError("x"), asyncio.CancelledError()])
async def test_a_lock_is_given_back_after_an_error(error: BaseException) -> None:
    store = Store()
    with pytest.raises(type(error)):
        async with redis_lock(store, WHO):
            raise error
    assert store.value is None


async def test_who_holds_it_is_told_printably() -> None:
    store = Store()
    store.value = b'{"owner": "eve\\u001b[2J@host", "since": "2026-01-01T00:00:00Z"}'
    with pytest.raises(LockedError, match="eve") as caught:
        await RedisLock(store, WHO).take()
    assert "\x1b" not in caught.value.message
    store.value = b"no ticket"
    with pytest.raises(LockedError, match="somebody"):
        await RedisLock(store, WHO).take()


def test_two_tickets_of_one_owner_differ() -> None:
    first, second = (new_ticket(WHO) for _ in range(2))
    assert first != second


async def test_who_comes_second_is_told_when_it_ends_at_the_latest() -> None:
    store = Store()
    store.value = new_ticket(WHO)
    with pytest.raises(LockedError, match="ana@console") as caught:
        await RedisLock(store, WHO).take()
    assert "12 s" in caught.value.hint


async def test_a_lock_that_ends_between_two_questions_is_free() -> None:
    class Ending(Store):
        async def call(self, db: int, *arguments: Any) -> Any:
            if arguments[0] == "GET":
                self.value = None
            return await super().call(db, *arguments)

    store = Ending()
    store.value = new_ticket(WHO)
    lock = RedisLock(store, WHO)
    await lock.take()
    assert store.value is not None
    lock.check()
