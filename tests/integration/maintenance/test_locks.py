"""The Redis lock on real servers: between two consoles, after a kill, and when the key is taken away."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.errors import LockedError, StoppedError
from kryonix_tui.maintenance import locks
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.locks import LOCK_SECONDS, REDIS_LOCK, RedisLock, redis_lock
from kryonix_tui.maintenance.purposes import LOCK
from kryonix_tui.maintenance.ticket import new_ticket, read_ticket
from kryonix_tui.model.operation import Purpose
from tests.servers import Server

ANA, BIA = Actor("ana", "one", pid=1), Actor("bia", "two", pid=2)

HOLD = """
import asyncio, sys
from kryonix_tui.config.schema import Redis
from kryonix_tui.maintenance import locks
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.model.operation import Purpose

async def main():
    clients = PurposeClients(Redis(url=sys.argv[1]), Purpose.RESTORE)
    async with locks.redis_lock(clients, Actor("bia", "two")):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def pair(redis_server: Server) -> AsyncIterator[tuple[PurposeClients, PurposeClients]]:
    """Two consoles at one server."""
    both = (
        PurposeClients(Redis(url=redis_server.url), Purpose.RESTORE),
        PurposeClients(Redis(url=redis_server.url), Purpose.MAINTAIN),
    )
    yield both
    for clients in both:
        await clients.close()


Pair = tuple[PurposeClients, PurposeClients]


async def test_two_consoles_never_hold_it_both(pair: Pair, redis_server: Server) -> None:
    first, second = pair
    async with redis_lock(first, ANA):
        with pytest.raises(LockedError, match="ana@one is at work since"):
            await RedisLock(second, BIA).take()
        with redis_server.client() as behind:
            assert 0 < behind.pttl(REDIS_LOCK) <= LOCK_SECONDS * 1000
    async with redis_lock(second, BIA):
        with pytest.raises(LockedError, match="bia@two"):
            await RedisLock(first, ANA).take()
    with redis_server.client() as behind:
        assert behind.dbsize() == 0


async def test_of_many_at_once_one_gets_it(pair: Pair) -> None:
    tries = [RedisLock(clients, ANA).take() for clients in pair for _ in range(10)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(end is None for end in ends) == 1
    assert sum(isinstance(end, LockedError) for end in ends) == 19


async def test_it_is_renewed_while_it_is_held(
    pair: Pair, redis_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "RENEW_SECONDS", 0.01)
    async with redis_lock(pair[0], ANA) as lock:
        with redis_server.client() as behind:
            behind.pexpire(REDIS_LOCK, 12_000)

            async def renewed() -> None:
                while int(behind.pttl(REDIS_LOCK)) <= 12_000:  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(0.01)

            await asyncio.wait_for(renewed(), 60)
        lock.check()


async def test_a_lock_that_was_taken_away_stops_and_is_left_to_its_owner(
    pair: Pair, redis_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "RENEW_SECONDS", 0.01)
    async with redis_lock(pair[0], ANA) as lock:
        with redis_server.client() as behind:
            behind.delete(REDIS_LOCK)
        theirs = RedisLock(pair[1], BIA)
        await theirs.take()

        async def checked() -> None:
            while True:
                lock.check()
                await asyncio.sleep(0.01)

        with pytest.raises(StoppedError, match="lost"):
            await asyncio.wait_for(checked(), 60)
    with redis_server.client() as behind:
        assert b"bia@two" in (behind.get(REDIS_LOCK) or b"")
    theirs.check()


async def test_it_is_given_back_after_an_error_and_a_cancel(pair: Pair, redis_server: Server) -> None:
    held = asyncio.Event()

    async def hold(*, fail: bool) -> None:
        async with redis_lock(pair[0], ANA):
            held.set()
            if fail:
                raise KeyError
            await asyncio.Event().wait()

    with pytest.raises(KeyError):
        await hold(fail=True)
    with redis_server.client() as behind:
        assert behind.exists(REDIS_LOCK) == 0
        held.clear()
        task = asyncio.create_task(hold(fail=False))
        await held.wait()
        assert behind.exists(REDIS_LOCK) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert behind.exists(REDIS_LOCK) == 0


@pytest.fixture
def _killed(redis_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the lock of a process that was killed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    command = [sys.executable, "-c", HOLD, redis_server.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        other.send_signal(signal.SIGKILL)
        other.wait()
    with redis_server.client() as behind:
        assert behind.pttl(REDIS_LOCK) > (LOCK_SECONDS - 15) * 1000, "it does not end by itself for a while"
    yield
    with redis_server.client() as behind:
        behind.unlink(REDIS_LOCK)


@pytest.mark.usefixtures("_killed")
async def test_the_lock_of_a_killed_process_of_this_machine_is_taken_over_at_once(
    pair: Pair, redis_server: Server
) -> None:
    async with redis_lock(pair[0], ANA) as lock:
        assert lock.inherited is not None
        assert lock.inherited.owner == "bia@two"
        lock.check()
        await lock.confirm()
        with redis_server.client() as behind:
            assert b"ana@one" in (behind.get(REDIS_LOCK) or b"")
            assert (LOCK_SECONDS - 5) * 1000 < behind.pttl(REDIS_LOCK) <= LOCK_SECONDS * 1000
        with pytest.raises(LockedError, match="ana@one"):
            await RedisLock(pair[1], BIA).take()
    with redis_server.client() as behind:
        assert behind.exists(REDIS_LOCK) == 0


@pytest.mark.usefixtures("_killed")
async def test_of_many_who_take_it_over_one_gets_it(pair: Pair) -> None:
    tries = [RedisLock(clients, ANA).take() for clients in pair for _ in range(10)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(end is None for end in ends) == 1, ends
    assert sum(isinstance(end, LockedError) for end in ends) == 19


@pytest.mark.usefixtures("_killed")
async def test_who_was_quicker_keeps_it(pair: Pair, redis_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pair
    quicker = RedisLock(second, BIA)
    exchange = PurposeClients.exchange

    async def late(clients: PurposeClients, key: bytes, old: bytes, new: bytes, milliseconds: int) -> bool:
        if clients is first:
            await quicker.take()
        return await exchange(clients, key, old, new, milliseconds)

    monkeypatch.setattr(PurposeClients, "exchange", late)
    with pytest.raises(LockedError, match="bia@two"):
        await RedisLock(first, ANA).take()
    await quicker.confirm()


async def test_an_exchange_puts_nothing_where_somebody_writes_in_between(pair: Pair, redis_server: Server) -> None:
    with redis_server.client() as behind:
        behind.set(REDIS_LOCK, "old")
        assert not await pair[0].exchange(REDIS_LOCK, b"other", b"new", 1000)
        assert behind.get(REDIS_LOCK) == b"old"
        assert await pair[0].exchange(REDIS_LOCK, b"old", b"new", 100_000)
        assert (behind.get(REDIS_LOCK), behind.pttl(REDIS_LOCK) > 90_000) == (b"new", True)
        behind.unlink(REDIS_LOCK)


async def test_a_user_is_granted_what_a_lock_sends_and_no_more(pair: Pair, redis_server: Server) -> None:
    with redis_server.client(protocol=2) as behind:
        behind.set(REDIS_LOCK, "old")
        behind.config_resetstat()
        await pair[0].exchange(REDIS_LOCK, b"old", b"new", 100_000)
        with pytest.raises(LockedError):
            await RedisLock(pair[0], ANA).take()
        behind.unlink(REDIS_LOCK)
        async with redis_lock(pair[0], ANA) as lock:
            await lock._renew()
        sent = {name.removeprefix("cmdstat_") for name in behind.info("commandstats")}
    assert set(LOCK.commands) <= sent


async def test_from_another_machine_it_is_said_who_since_when_and_for_how_long(
    pair: Pair, redis_server: Server
) -> None:
    ticket = read_ticket(new_ticket(BIA))
    assert ticket is not None
    assert ticket.process is not None
    there = msgspec.structs.replace(ticket.process, machine="elsewhere", pid=2**22 - 1)
    with redis_server.client() as behind:
        behind.set(REDIS_LOCK, msgspec.json.encode(msgspec.structs.replace(ticket, process=there)), px=20_900)
        with pytest.raises(LockedError, match=rf"bia@two is at work since {ticket.since}") as refused:
            await RedisLock(pair[0], ANA).take()
        assert "the lock ends by itself in 20 s" in refused.value.hint
        assert b"elsewhere" in (behind.get(REDIS_LOCK) or b"")
        behind.persist(REDIS_LOCK)
        with pytest.raises(LockedError) as refused:
            await RedisLock(pair[0], ANA).take()
        assert "by itself" not in refused.value.hint
        behind.unlink(REDIS_LOCK)


async def test_who_may_not_lock_is_told_before_anything_is_done(redis_server: Server) -> None:
    clients = PurposeClients(Redis(url=redis_server.url), Purpose.BACKUP)
    with pytest.raises(Exception, match="was not sent"):
        await RedisLock(clients, ANA).take()
    await clients.close()
