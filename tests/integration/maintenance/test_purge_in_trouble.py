"""Purges that are stopped, killed, or run against applications that write: the archive is there, and the next one ends it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from kryonix_tui.errors import LockedError, StoppedError, VerificationError
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.backup import held
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.folders import stop_file
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.maintenance.tenants import saved
from kryonix_tui.maintenance.tenants.first_saved import FirstSaved
from kryonix_tui.model.operation import Progress
from kryonix_tui.sources.redis.clients import ask
from tests.integration.maintenance.operators import bring_back, configured, meaning
from tests.integration.maintenance.tenants import once, owned, purged, settle, when_removed
from tests.servers import RedisServer, Server

STOPPED_AT_EACH_BATCH = """
import asyncio, sys
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.maintenance.tenants import saved
from tests.integration.maintenance.operators import configured

saved.BATCH_KEYS = 5

class There:
    url = sys.argv[1]

def tell(progress):
    if progress.step == "removing":
        print("batch", flush=True)
        sys.stdin.readline()

async def main():
    maintenance = Maintenance(configured(There))
    operation = maintenance.purge("t1")
    plan = await maintenance.door.plan(operation)
    await maintenance.door.run(operation, plan, Run(tell), confirmation="t1")

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "BATCH_KEYS", 10)


def archives() -> list[str]:
    return sorted(stored.name for stored in destination_at().stored() if stored.name.endswith(".tar"))


@pytest.mark.parametrize("how", ["cancelled", "STOP"])
async def test_stopped_between_two_batches_it_says_where_everything_is(one_redis: Server, how: str) -> None:
    settle(one_redis, [b"t1", b"t10"], keys=5)
    before, mine = meaning(one_redis), owned(one_redis, b"t1")
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.purge("t1")

    def stop(progress: Progress) -> None:
        if progress.step == "removing" and how == "cancelled":
            run.cancel()
        elif progress.step == "removing":
            stop_file().touch()

    run = Run(stop)
    plan = await maintenance.door.plan(operation)
    with pytest.raises(StoppedError, match=rf"[0-9]+ of {len(mine)} keys were removed") as stopped:
        await maintenance.door.run(operation, plan, run, confirmation="t1")
    await operation.close()
    assert 0 < len(owned(one_redis, b"t1")) < len(mine)
    (first,) = archives()
    assert first in stopped.value.message
    assert "kryonix restore" in stopped.value.hint
    last = list(AuditLog().entries())[-1]
    assert (last.event, last.details["result"]) == ("finished", "stopped")
    assert first in str(last.details["summary"])
    stop_file().unlink(missing_ok=True)
    # The same again goes on, with an archive of what was left; both are held.
    await purged(one_redis, "t1")
    assert not owned(one_redis, b"t1")
    both = archives()
    assert len(both) == 2
    assert held.holds(0).until.keys() == set(both)
    (second,) = set(both) - {first}
    await bring_back(one_redis, second)
    await bring_back(one_redis, first, policy=Policy.SKIP)
    assert meaning(one_redis) == before


def test_killed_in_the_middle_the_next_one_ends_it(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t10"], keys=5)
    before, mine = meaning(one_redis), owned(one_redis, b"t1")
    command = [sys.executable, "-c", STOPPED_AT_EACH_BATCH, one_redis.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"batch\n"
        process.stdin.write(b"go on\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"batch\n"
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    left = owned(one_redis, b"t1")
    assert len(mine) - len(left) == 10, "two batches"
    (first,) = archives()
    assert held.holds(0).until.keys() == {first}
    events = [line.event for line in AuditLog().entries()]
    assert events == ["started"]
    # The lock of the dead is taken over.
    asyncio.run(purged(one_redis, "t1"))
    assert before.keys() - meaning(one_redis).keys() == mine
    assert len(archives()) == 2
    # The archive of the first attempt has all of it.
    asyncio.run(bring_back(one_redis, first))
    assert meaning(one_redis) == before


async def test_what_is_written_meanwhile_is_told_and_the_next_one_takes_it(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t10"], keys=5)
    others = meaning(one_redis).keys() - owned(one_redis, b"t1")

    def write() -> None:
        # A session that nobody has seen, and a key that has just been removed.
        one_redis.client(0).hset("tenant:t1:mobile:session:new", "platform", "ios")
        one_redis.client(0).hset("tenant:t1:mobile:session:0", "platform", "android")

    with pytest.raises(VerificationError, match=r"but 2 keys were written meanwhile \(0/mobile_session: 2\)") as left:
        await purged(one_redis, "t1", between=when_removed(write))
    assert archives()[0] in left.value.message
    assert "application still writes" in left.value.hint
    assert "kryonix restore" in left.value.hint
    assert {key for _db, key in owned(one_redis, b"t1")} == {
        b"tenant:t1:mobile:session:new",
        b"tenant:t1:mobile:session:0",
    }
    await purged(one_redis, "t1")
    assert meaning(one_redis).keys() == others


async def test_what_appears_after_the_look_is_never_removed_unsaved(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=3)

    def write() -> None:
        one_redis.client(1).set("tenant:t1:api:crm:late", "in no backup")

    with pytest.raises(VerificationError, match="1/api_cache: 1"):
        await purged(one_redis, "t1", between=once("removing", write))
    assert one_redis.client(1).get("tenant:t1:api:crm:late") == b"in no backup"


async def test_applications_write_all_the_time(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t10"], keys=20)
    before = meaning(one_redis)
    over = threading.Event()

    def application() -> None:
        client = one_redis.client(0)
        number = 0
        while not over.is_set():
            number += 1
            client.hset(f"tenant:t1:mobile:session:{number}", "platform", "web")
            client.hset(f"tenant:t10:mobile:session:{100 + number}", "platform", "web")

    thread = threading.Thread(target=application)
    thread.start()
    try:
        with pytest.raises(VerificationError, match="written meanwhile"):
            await purged(one_redis, "t1")
    finally:
        over.set()
        thread.join()
    await purged(one_redis, "t1")
    assert not owned(one_redis, b"t1")
    after = meaning(one_redis)
    for place in before.keys() - owned(one_redis, b"t1"):
        if b":t10" in place[1]:
            assert after[place] == before[place]


async def test_of_two_operators_one_purges(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=5)
    ends = await asyncio.gather(purged(one_redis, "t1"), purged(one_redis, "t1"), return_exceptions=True)
    assert sorted(isinstance(end, LockedError) for end in ends) == [False, True]
    assert not owned(one_redis, b"t1")
    assert len(archives()) == 1


async def test_keys_of_neighbours_that_go_meanwhile_are_noticed(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t10"])

    def delete() -> None:
        one_redis.client(3).delete("metrics:tenant:t10")

    _plan, outcome = await purged(one_redis, "t1", between=once("removing", delete))
    assert outcome.figures["neighbours_gone"] == 1
    assert outcome.notices[0] == "1 key of another tenant was deleted meanwhile, by others: t10"


def test_on_the_command_line(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t10"])
    before, mine = meaning(one_redis), owned(one_redis, b"t1")

    def kryonix(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kryonix_tui", *arguments, "--redis", one_redis.url, "--role", "operator"]
        return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    asked = kryonix("tenant", "purge", "t1", "--json")
    assert asked.returncode == 2
    plan = json.loads(asked.stdout)["plan"]
    assert plan["counts"]["keys"] == len(mine)
    assert plan["confirmation"] == "t1"
    assert meaning(one_redis) == before
    done = kryonix("tenant", "purge", "t1", "--plan", plan["hash"], "--yes", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)["outcome"]
    assert outcome["figures"]["keys"] == len(mine)
    assert before.keys() - meaning(one_redis).keys() == mine


async def test_what_was_gone_for_the_backup_and_came_back_is_not_removed(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(one_redis, [b"t1"], keys=20)
    client, made = one_redis.client(1), FirstSaved.make

    async def between(self: FirstSaved, *arguments: Any) -> Any:
        client.delete("tenant:t1:api:0:0")
        done = await made(self, *arguments)
        client.set("tenant:t1:api:0:0", "in no backup")
        return done

    monkeypatch.setattr(FirstSaved, "make", between)
    with pytest.raises(VerificationError, match="1/api_cache: 1"):
        await purged(one_redis, "t1")
    assert client.get("tenant:t1:api:0:0") == b"in no backup"
    assert owned(one_redis, b"t1") == {(1, b"tenant:t1:api:0:0")}


REWRITTEN: dict[tuple[int, bytes], tuple[str, ...]] = {
    (0, b"tenant:t1:mobile:session:0"): ("HSET", "platform", "web"),
    (1, b"tenant:t1:api:0:0"): ("APPEND", "more"),
    (2, b"queue:tenant:t1:0"): ("LPUSH", "a job more"),
    (3, b"perf:timeline:tenant:t1"): ("ZADD", "2", "more"),
    (11, b"websocket:channels:tenant:t1"): ("SADD", "more"),
}
"""Keys of each type, and what an application does to them."""


def rewrite(server: Server) -> None:
    for (db, key), (command, *words) in REWRITTEN.items():
        assert server.client(db).exists(key)
        server.client(db).execute_command(command, key, *words)  # type: ignore[no-untyped-call]  # redis-py's


async def test_what_is_rewritten_after_its_backup_stays_in_its_newer_form(redis_server: Server) -> None:
    settle(redis_server, [b"t1", b"t10"], keys=15)
    mine, newer = owned(redis_server, b"t1"), {}

    def write() -> None:
        rewrite(redis_server)
        # What ends later than in the archive would be gone when it is brought back.
        assert redis_server.client(1).persist("tenant:t1:api:1:1")
        newer.update({place: meaning(redis_server)[place] for place in [*REWRITTEN, (1, b"tenant:t1:api:1:1")]})

    with pytest.raises(VerificationError, match="but 6 keys were written meanwhile"):
        await purged(redis_server, "t1", between=once("reading back", write))
    left = meaning(redis_server)
    assert {place: left[place] for place in owned(redis_server, b"t1")} == newer
    _plan, outcome = await purged(redis_server, "t1")
    assert not owned(redis_server, b"t1")
    await bring_back(redis_server, outcome.artefact)
    assert {place: meaning(redis_server)[place] for place in owned(redis_server, b"t1")} == newer
    assert mine > newer.keys()


async def test_not_even_between_the_last_look_and_the_removal_is_anything_lost(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(one_redis, [b"t1"], keys=15)
    before = len(owned(one_redis, b"t1"))

    async def meddled(connection: Any, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Answer, and let an application write while nobody can see it any more."""
        replies = await ask(connection, commands)
        if any(command[0] == "DUMP" for command in commands):
            rewrite(one_redis)
        return replies

    monkeypatch.setattr("kryonix_tui.maintenance.connections.ask", meddled)
    with pytest.raises(VerificationError, match="but 5 keys were written meanwhile") as left:
        await purged(one_redis, "t1")
    assert f"{before - 5} keys removed" in left.value.message
    assert owned(one_redis, b"t1") == REWRITTEN.keys()


@pytest.mark.parametrize("streams", [True, False])
async def test_every_encoding_is_the_same_in_a_snapshot_and_in_a_dump(*, streams: bool) -> None:
    """A value that were written otherwise by the one than by the other could never be purged."""
    settings = {} if streams else {"rename-command SYNC": '""', "rename-command PSYNC": '""'}
    with RedisServer(**settings) as server:
        client = server.client(1)
        texts = [f"{number} " + "text " * (number % 7) for number in range(1500)]
        name = "tenant:t1:api:crm:{}".format
        client.set(name("number"), 12)
        client.set(name("packed"), "long and dull " * 5000)
        client.set(name("large"), os.urandom(3_000_000))
        for size in (3, 1500):
            client.hset(name(f"hash{size}"), mapping={text: text for text in texts[:size]})
            client.sadd(name(f"set{size}"), *texts[:size])
            client.sadd(name(f"numbers{size}"), *range(size))
            client.zadd(name(f"zset{size}"), {text: number / 3 for number, text in enumerate(texts[:size])})
            client.rpush(name(f"list{size}"), *texts[:size])
            for text in texts[:size]:
                client.xadd(name(f"stream{size}"), {"text": text})
        client.xgroup_create(name("stream3"), "group", "0")
        client.xreadgroup("group", "worker", {name("stream3"): ">"}, count=2)
        client.pfadd(name("hll"), *texts)
        client.setbit(name("bits"), 100_000, 1)
        client.geoadd(name("geo"), (-46.6, -23.5, "a"))
        before = meaning(server)
        _plan, outcome = await purged(server, "t1")
        assert outcome.figures["keys"] == len(before) == 18
        await bring_back(server, outcome.artefact)
        assert meaning(server) == before
