"""Restores into servers in trouble, and restores that are interrupted: said plainly, never a wrong key, resumable."""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
import re
import resource
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kryonix_tui.errors import (
    AuthenticationError,
    KryonixError,
    LockedError,
    RefusedError,
    ReplyError,
    SourceError,
    StoppedError,
    VerificationError,
)
from kryonix_tui.maintenance import locks
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.backup.archive.signature import SignatureState, key_file
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.backup.rdb import RdbReader, Record
from kryonix_tui.maintenance.backup.restore import operation as restoring
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.backup.restore.preflight import check_signature
from kryonix_tui.maintenance.backup.restore.selection import Selection
from kryonix_tui.maintenance.backup.restore.target import BATCH_KEYS
from kryonix_tui.maintenance.backup.restore.writing import Tally
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.folders import maintenance_folder, stop_file
from kryonix_tui.maintenance.locks import REDIS_LOCK
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Plan, Progress, Scope
from tests.archives import publish, rdb
from tests.faults import proxied
from tests.integration.maintenance.operators import (
    back_up,
    bring_back,
    configured,
    fill_tenants,
    meaning,
    planned,
    with_redis,
)
from tests.integration.maintenance.platform import LIBRARY, contents
from tests.patience import with_longer_deadlines
from tests.servers import FLAVOURS, RedisServer, Server

KEYS = 10 * 40 * 3 + 3


def first_batch(act: Callable[[], None]) -> Callable[[Progress], None]:
    """Return what calls `act` once, after the first batch was written."""
    done: list[bool] = []

    def between(progress: Progress) -> None:
        if progress.step == "writing" and not done:
            done.append(True)
            act()

    return between


async def snapshots_ended(server: Server) -> None:
    while server.client().info("persistence")["rdb_bgsave_in_progress"]:  # noqa: ASYNC110 - INFO is all there is
        await asyncio.sleep(0.01)


async def test_a_replica_is_refused(one_redis: Server) -> None:
    fill_tenants(one_redis)
    name = await back_up(one_redis)
    with (
        RedisServer(replicaof=f"127.0.0.1 {one_redis.port}") as replica,
        pytest.raises(RefusedError, match="is a replica"),
    ):
        await planned(replica, name)


async def test_a_primary_that_becomes_a_replica_meanwhile_fails_and_goes_on_later() -> None:
    with RedisServer() as server, RedisServer() as other:
        fill_tenants(server, 10)
        name, before = await back_up(server), meaning(server)
        server.client().flushall()

        def demote() -> None:
            server.client().config_set("replica-serve-stale-data", "yes")
            server.client().replicaof("127.0.0.1", other.port)

        # A replica that already has the other's data has lost the lock.
        with pytest.raises((SourceError, StoppedError)):
            await bring_back(server, name, between=first_batch(demote))
        server.client().replicaof("NO", "ONE")
        server.client().flushall()
        await bring_back(server, name)
        assert meaning(server) == before


async def test_a_server_that_cannot_save_is_refused() -> None:
    with RedisServer(save="3600 1000000") as server:
        fill_tenants(server)
        name = await back_up(server)
        await snapshots_ended(server)
        (server.folder / "dump.rdb").mkdir()
        server.client().bgsave()
        await snapshots_ended(server)
        assert server.client().info("persistence")["rdb_last_bgsave_status"] == "err"
        with pytest.raises(RefusedError, match="cannot save to its disk"):
            await planned(server, name)


async def test_a_server_that_loads_its_data_is_refused() -> None:
    with RedisServer(key_load_delay=2000, loading_process_events_interval_bytes=1024) as server:
        fill_tenants(server, 10)
        name = await back_up(server)
        await snapshots_ended(server)
        server.client().save()
        server.stop(signal.SIGKILL)
        server.start()
        with pytest.raises((RefusedError, SourceError), match="loading"):
            await planned(server, name)
        with pytest.raises((RefusedError, SourceError), match="loading"):
            await back_up(server)


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
async def test_too_little_memory_is_refused_beforehand(policy: str) -> None:
    with RedisServer() as server:
        fill_tenants(server, 20)
        name = await back_up(server)
        client = server.client()
        client.flushall()
        client.config_set("maxmemory-policy", policy)
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 200_000)
        with pytest.raises(RefusedError, match="free under maxmemory") as refused:
            await planned(server, name)
        assert refused.value.title == "No room"
        assert ("allkeys-lru" in refused.value.hint) == (policy == "allkeys-lru")
        assert client.dbsize() == 0


def squeeze(server: Server, policy: str, room: int) -> None:
    client = server.client()
    client.config_set("maxmemory-policy", policy)
    client.config_set("maxmemory", client.info("memory")["used_memory"] + room)


async def test_memory_that_runs_out_meanwhile_fails_and_goes_on_later() -> None:
    with RedisServer() as server:
        fill_tenants(server, 10)
        name, before = await back_up(server), meaning(server)
        server.client().flushall()
        with pytest.raises(ReplyError, match="out of memory"):
            await bring_back(server, name, between=first_batch(lambda: squeeze(server, "noeviction", 30_000)))
        server.client().config_set("maxmemory", 0)
        plan, _outcome = await bring_back(server, name)
        assert plan.counts["same"] > 0
        assert meaning(server) == before


async def test_keys_that_are_evicted_meanwhile_make_it_fail() -> None:
    with RedisServer() as server:
        fill_tenants(server, 10)
        name = await back_up(server)
        server.client().flushall()

        def between(progress: Progress) -> None:
            if progress.step == "writing" and progress.done == progress.total:
                squeeze(server, "allkeys-lru", -50_000)

        with pytest.raises(VerificationError, match="were evicted"):
            await bring_back(server, name, between=between)


RESTORE_AND_WAIT = """
import asyncio, sys, threading
from kryonix_tui.config.schema import Config, Redis
from tests.integration.maintenance.operators import bring_back

def between(progress):
    if progress.step == "writing":
        print("half", flush=True)
        threading.Event().wait()

config = Config(role="operator", redis=Redis(url=sys.argv[1]))
asyncio.run(bring_back(None, sys.argv[2], config=config, between=between))
"""


async def test_a_restore_that_is_killed_holds_nobody_off(one_redis: Server) -> None:
    fill_tenants(one_redis, 10)
    name, before = await back_up(one_redis), meaning(one_redis)
    one_redis.client().flushall()
    command = [sys.executable, "-c", RESTORE_AND_WAIT, one_redis.url, str(name)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:  # noqa: ASYNC220 - it starts at once
        assert other.stdout is not None
        assert await asyncio.to_thread(other.stdout.readline) == b"half\n"
        with pytest.raises(LockedError, match="is at work since"):
            await bring_back(one_redis, name, policy=Policy.SKIP)
        other.send_signal(signal.SIGKILL)
    assert one_redis.client().pttl(REDIS_LOCK) > 10_000
    assert 0 < len(meaning(one_redis)) < KEYS
    plan, _outcome = await bring_back(one_redis, name)
    assert any("goes on" in effect for effect in plan.effects)
    assert meaning(one_redis) == before
    assert one_redis.client().exists(REDIS_LOCK) == 0


@pytest.mark.parametrize("policy", [Policy.FAIL, Policy.REPLACE])
async def test_the_lock_is_looked_at_before_every_batch_and_a_lost_one_stops_the_next(
    one_redis: Server, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No renewal notices it: only the question before the batch can.
    monkeypatch.setattr(locks, "RENEW_SECONDS", 600)
    fill_tenants(one_redis, 10)
    name, client = await back_up(one_redis), one_redis.client()
    client.flushall()
    if policy is Policy.REPLACE:
        fill_tenants(one_redis, 1)
        client.set("tenant:t1:mobile:session:0", "other")
    before = meaning(one_redis)
    written: list[int] = []

    def take_away(progress: Progress) -> None:
        if progress.step == "writing":
            written.append(int(progress.done))
            client.set(REDIS_LOCK, "theirs")

    with pytest.raises(StoppedError, match="lost"):
        await bring_back(one_redis, name, policy=policy, between=take_away)
    assert written == [BATCH_KEYS], "one batch, and none after it"
    assert len(meaning(one_redis).keys() - before.keys()) <= BATCH_KEYS
    assert client.get(REDIS_LOCK) == b"theirs"
    client.unlink(REDIS_LOCK)
    asked: list[bool] = []
    confirm = locks.RedisLock.confirm

    async def counted(lock: locks.RedisLock) -> None:
        asked.append(True)
        await confirm(lock)

    monkeypatch.setattr(locks.RedisLock, "confirm", counted)
    batches: list[Progress] = []
    await bring_back(one_redis, name, policy=Policy.SKIP, between=batches.append)
    assert len(asked) == sum(progress.step == "writing" for progress in batches) >= KEYS // BATCH_KEYS


async def test_a_server_that_dies_meanwhile_and_comes_back_empty_or_half() -> None:
    with RedisServer(appendonly="yes", appendfsync="always") as server:
        fill_tenants(server, 10)
        name, before = await back_up(server), meaning(server)
        server.client().flushall()
        with pytest.raises(SourceError):
            await bring_back(server, name, between=first_batch(lambda: server.stop(signal.SIGKILL)))
        server.start()
        server.client().unlink(REDIS_LOCK)  # it would run out by itself
        assert 0 < server.client().dbsize() < KEYS
        plan, _outcome = await bring_back(server, name)
        assert any("goes on" in effect for effect in plan.effects)
        assert meaning(server) == before


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_a_cut_link_repeats_nothing_and_never_writes_into_another_database(flavour: str) -> None:
    with Server(flavour) as server:
        fill_tenants(server, 10)
        name, before = await back_up(server), meaning(server)
        server.client().flushall()
        server.client().config_resetstat()
        cuts = 0
        async with proxied(server.port) as proxy:
            through = with_redis(configured(server), url=f"redis://127.0.0.1:{proxy.port}")
            for bytes_left in range(1, 400, 40):
                server.client().unlink(REDIS_LOCK)

                def cut(left: int = bytes_left) -> None:
                    proxy.cut_after = left

                try:
                    await bring_back(server, name, config=through, between=first_batch(cut))
                except SourceError:
                    cuts += 1
                proxy.cut_after = None
                assert meaning(server).items() <= before.items()
            assert cuts == 10
            server.client().unlink(REDIS_LOCK)
            await bring_back(server, name, config=through)
        assert meaning(server) == before


async def test_a_password_that_changes_meanwhile_fails_and_is_not_shown() -> None:
    with RedisServer() as server:
        client = server.client()
        client.execute_command("ACL SETUSER", "kx_restore", "on", ">old-secret", "~*", "+@all")  # type: ignore[no-untyped-call]  # redis-py's
        fill_tenants(server, 10)
        name, before = await back_up(server), meaning(server)
        client.flushall()
        config = with_redis(configured(server), url=f"redis://kx_restore:old-secret@127.0.0.1:{server.port}")

        def change() -> None:
            client.execute_command("ACL SETUSER", "kx_restore", "resetpass", ">new-secret")  # type: ignore[no-untyped-call]  # redis-py's
            client.client_kill_filter(user="kx_restore", skipme=False)

        with pytest.raises(SourceError) as failed:
            await bring_back(server, name, config=config, between=first_batch(change))
        assert "secret" not in str(failed.value) + failed.value.hint
        with pytest.raises(AuthenticationError):
            await planned(server, name, config=config)
        client.unlink(REDIS_LOCK)
        await bring_back(server, name)
        assert meaning(server) == before


async def test_fewer_databases_are_refused_and_the_rest_can_be_chosen() -> None:
    with RedisServer() as server, RedisServer(databases=2) as small:
        fill_tenants(server)
        name = await back_up(server)
        with pytest.raises(RefusedError, match="no database 5"):
            await planned(small, name)
        assert small.client().dbsize() == 0
        await bring_back(small, name, Scope((), (0, 1)))
        assert [small.client(db).dbsize() for db in (0, 1)] == [server.client(db).dbsize() for db in (0, 1)]
        assert small.client(1).get("tenant:t1:api:crm:7") == b"value 7 of t1"


async def test_two_operators_at_once(one_redis: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_tenants(one_redis, 10)
    name = await back_up(one_redis)
    path = destination_at().staging / str(name)
    assert path.exists()
    key = key_file().read_bytes()
    one_redis.client().flushall()
    refused: list[KryonixError] = []

    def other() -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
        key_file().parent.mkdir(parents=True)
        key_file().touch(mode=0o600)
        key_file().write_bytes(key)
        thread = threading.Thread(target=lambda: refused.append(_refused(one_redis, path)))
        thread.start()
        thread.join()
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    await bring_back(one_redis, name, between=first_batch(other))
    assert isinstance(refused[0], LockedError)
    assert "is at work since" in refused[0].message


def _refused(server: Server, path: Path) -> KryonixError:
    try:
        asyncio.run(bring_back(server, str(path), policy=Policy.SKIP))
    except KryonixError as error:
        return error
    return KryonixError("it was let in")


@pytest.mark.parametrize("how", ["STOP file", "cancelled"])
async def test_it_stops_between_two_batches_and_goes_on_later(
    one_redis: Server, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_tenants(one_redis, 10)
    name, before = await back_up(one_redis), meaning(one_redis)
    one_redis.client().flushall()
    runs: list[Run] = []
    write_all = restoring.Restore._write_all

    async def remembered(self: restoring.Restore, reader: RdbReader, run: Run) -> Tally:
        runs.append(run)
        return await write_all(self, reader, run)

    monkeypatch.setattr(restoring.Restore, "_write_all", remembered)

    def stop() -> None:
        stop_file().touch() if how == "STOP file" else runs[0].cancel()

    with pytest.raises(StoppedError, match=how):
        await bring_back(one_redis, name, between=first_batch(stop))
    stop_file().unlink(missing_ok=True)
    assert 0 < len(meaning(one_redis)) < KEYS
    assert meaning(one_redis).items() <= before.items()
    plan, _outcome = await bring_back(one_redis, name)
    assert plan.counts["same"] > 0
    assert meaning(one_redis) == before


@contextlib.contextmanager
def largest_file(limit: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("what", ["disk full", "undo", "restores"])
async def test_nothing_is_written_where_the_undo_or_the_journal_cannot_be(one_redis: Server, what: str) -> None:
    client, chance = one_redis.client(), random.Random(5)
    for number in range(100):
        client.set(f"tenant:t1:api:crm:{number}", chance.randbytes(2000))
    client.function_load(LIBRARY.decode(), replace=True)
    name = await back_up(one_redis)
    client.function_flush()
    for number in range(100):
        client.set(f"tenant:t1:api:crm:{number}", chance.randbytes(2000))
    client.unlink("tenant:t1:api:crm:0")
    before = contents(one_redis)
    if what != "disk full":
        (maintenance_folder() / what).write_text("a file where a folder should be")
    with contextlib.ExitStack() as full:

        def fill_disk(progress: Progress) -> None:
            if progress.step == "saving what is overwritten" and what == "disk full":
                full.enter_context(largest_file(50_000))

        with pytest.raises(KryonixError):
            await bring_back(one_redis, name, policy=Policy.REPLACE, between=fill_disk)
    assert contents(one_redis) == before
    assert client.function_list() == []
    ended = [entry.details["result"] for entry in AuditLog().entries() if entry.event == "finished"]
    assert ended[-1] == "failed"
    if what == "disk full":
        assert [path.name for path in (maintenance_folder() / "undo").iterdir() if not path.name.startswith(".")] == []
    else:
        (maintenance_folder() / what).unlink()
    _plan, outcome = await bring_back(one_redis, name, policy=Policy.REPLACE)
    assert outcome.figures["written"] == 100
    assert len(client.function_list()) == 1
    client.function_flush()


def clock_ahead(seconds: int) -> Callable[[bytes], bytes]:
    """Return what makes the server's replies to TIME so much later."""

    def changed(reply: re.Match[bytes]) -> bytes:
        return reply[1] + b"%d" % (int(reply[2]) + seconds) + reply[3]

    return lambda data: re.sub(rb"(\*2\r\n\$10\r\n)(\d{10})(\r\n\$\d\r\n)", changed, data)


HOUR = 3600


async def test_what_expires_is_judged_by_the_servers_clock_and_keeps_its_own_moment(one_redis: Server) -> None:
    client = one_redis.client()
    client.set("soon", "x", ex=HOUR // 2)
    client.set("later", "x", ex=2 * HOUR)
    client.set("forever", "x")
    name, expires = await back_up(one_redis), client.pexpiretime("later")
    client.flushall()
    async with proxied(one_redis.port) as proxy:
        through = with_redis(configured(one_redis), url=f"redis://127.0.0.1:{proxy.port}")
        assert not [effect for effect in (await planned(one_redis, name, config=through)).effects if "clock" in effect]
        proxy.garble = clock_ahead(HOUR)
        plan, outcome = await bring_back(one_redis, name, config=through)
        assert (plan.counts["new"], plan.counts["expired"], outcome.figures["expired"]) == (2, 1, 1)
        assert any("The clocks differ by" in effect for effect in plan.effects)
        assert any("origin's clock was" in effect and "go so much sooner here" in effect for effect in plan.effects)
        assert sorted(client.keys()) == [b"forever", b"later"]
        assert client.pexpiretime("later") == expires
        proxy.garble = clock_ahead(-HOUR)
        plan = await planned(one_redis, name, config=through, policy=Policy.SKIP)
        assert (plan.counts["new"], plan.counts["same"], plan.counts["expired"]) == (1, 2, 0)
        assert any("live so much longer here" in effect for effect in plan.effects)


@pytest.mark.parametrize(("seconds", "text"), [(HOUR, "live so much longer here"), (-HOUR, "go so much sooner here")])
async def test_the_clock_of_the_origin_is_compared_with_that_of_the_target(
    one_redis: Server, seconds: int, text: str
) -> None:
    client = one_redis.client()
    client.set("later", "x", ex=2 * HOUR)
    expires = client.pexpiretime("later")
    async with proxied(one_redis.port) as proxy:
        proxy.garble = clock_ahead(seconds)
        name = await back_up(one_redis, redis={"url": f"redis://127.0.0.1:{proxy.port}"})
    client.flushall()
    plan, _outcome = await bring_back(one_redis, name)
    (remark,) = [effect for effect in plan.effects if "clock" in effect]
    assert remark.startswith("The origin's clock was")
    assert remark.endswith(f"{text}.")
    assert client.pexpiretime("later") == expires


async def test_foreign_archives(one_redis: Server) -> None:
    fill_tenants(one_redis, 2)
    name, before = await back_up(one_redis), meaning(one_redis)
    one_redis.client().flushall()
    key_file().write_text("ff" * 32 + "\n")
    with pytest.raises(RefusedError, match="another key") as refused:
        await planned(one_redis, name)
    assert "--trust-unsigned" in refused.value.hint
    await bring_back(one_redis, name, trusted=True)
    assert meaning(one_redis) == before


async def test_unsigned_archives_need_trust_and_changed_ones_are_never_restored(one_redis: Server) -> None:
    name = publish(destination_at(), key=None)
    with pytest.raises(RefusedError, match="not signed"):
        await planned(one_redis, name)
    _plan, outcome = await bring_back(one_redis, name, trusted=True)
    assert outcome.figures["written"] == 4
    with pytest.raises(RefusedError, match="changed after it was signed"):
        check_signature(SignatureState.BAD, trusted=True)


async def test_a_long_walk_lets_the_lock_be_renewed() -> None:
    records = [Record(0, b"foreign:%d" % number, 0, b"\x01x") for number in range(20_000)]
    reader = RdbReader(io.BytesIO(rdb(records)))
    turns = 0

    async def renew() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    renewing = asyncio.create_task(renew())
    assert [record async for record in Selection(Scope(("t1",)), KRYONIX).records(reader)] == []
    renewing.cancel()
    assert turns >= 10


async def test_damaged_data_is_found_before_the_first_key_is_written(one_redis: Server) -> None:
    fill_tenants(one_redis, 2)
    name = await back_up(one_redis)
    one_redis.client().flushall()
    path = destination_at().staging / str(name)
    content = bytearray(path.read_bytes())
    content[2600] ^= 1
    path.write_bytes(content)
    with pytest.raises(KryonixError):
        await planned(one_redis, name, trusted=True)
    assert one_redis.client().dbsize() == 0


async def test_a_missing_permission_is_named_with_the_line_that_grants_it() -> None:
    with RedisServer() as server:
        fill_tenants(server, 2)
        name, before = await back_up(server), meaning(server)
        client = server.client()
        client.flushall()
        rules = "reset on >pw -@all ~* +ping +hello +select +info +time +role +dbsize +scan +dump +pexpiretime +unlink"
        client.execute_command("ACL SETUSER", "kx_restore", *rules.split())  # type: ignore[no-untyped-call]  # redis-py's
        config = with_redis(configured(server), url=f"redis://kx_restore:pw@127.0.0.1:{server.port}")
        with pytest.raises(RefusedError, match=r"kx_restore may not .*restore") as refused:
            await planned(server, name, config=config)
        line = refused.value.hint
        assert line.startswith("ACL SETUSER kx_restore")
        client.execute_command(*shlex.split(line))  # type: ignore[no-untyped-call]  # redis-py's
        await bring_back(server, name, config=config)
        assert meaning(server) == before


async def test_another_server_uses_the_urls_user_before_the_configured_one() -> None:
    with RedisServer() as here, RedisServer() as there:
        fill_tenants(here, 2)
        name = await back_up(here)
        for user, password in (("theirs", "pw"), ("kx_restore", "ours")):
            there.client().execute_command("ACL SETUSER", user, "on", f">{password}", "~*", "+@all")  # type: ignore[no-untyped-call]  # redis-py's
        there.client().execute_command("ACL SETUSER", "default", "off")  # type: ignore[no-untyped-call]  # redis-py's
        config = configured(here, redis={"credentials": credentials("kx_restore", "ours")})
        users: list[Plan] = []
        for user in ("theirs:pw@", ""):
            url = f"redis://{user}127.0.0.1:{there.port}"
            users.append(await planned(there, name, config=config, into=url, policy=Policy.SKIP))
        assert [plan.target.place for plan in users] == [f"127.0.0.1:{there.port}"] * 2
        with pytest.raises(AuthenticationError):
            await planned(there, name, config=config, into=f"redis://theirs:wrong@127.0.0.1:{there.port}")


def credentials(username: str, password: str) -> object:
    from kryonix_tui.config.schema import Credential, Credentials

    return Credentials(restore=Credential(username=username, password=password))


async def test_large_values_are_saved_and_overwritten_over_a_slow_link(one_redis: Server) -> None:
    client, chance = one_redis.client(), random.Random(7)
    names = [f"tenant:t1:api:crm:{number}" for number in range(60)]
    client.mset({key: chance.randbytes(100_000) for key in names})
    name, before = await back_up(one_redis), meaning(one_redis)
    newer = {key: chance.randbytes(100_000) for key in names}
    client.mset(newer)
    changed = meaning(one_redis)

    async def test(factor: int) -> None:
        client.flushall()
        client.mset(newer)
        async with proxied(one_redis.port) as proxy:
            # All of them take 2 s, which is more than the 1.5 s that one answer may take; a MiB of them takes 0.35 s.
            proxy.bytes_per_second = 3_000_000 / factor
            config, url = configured(one_redis), f"redis://127.0.0.1:{proxy.port}"
            slow = with_redis(config, url=url, timeout=1.0 * factor, connect_timeout=0.5 * factor)
            _plan, outcome = await bring_back(one_redis, name, policy=Policy.REPLACE, config=slow)
        assert outcome.figures["written"] == 60
        assert meaning(one_redis) == before
        await bring_back(one_redis, outcome.artefact, policy=Policy.REPLACE)
        assert meaning(one_redis) == changed

    await with_longer_deadlines(test)


@pytest.mark.parametrize(
    ("step", "scope"), [("comparing", Scope()), ("comparing", Scope(("t1",))), ("counting", Scope(("t1",)))]
)
async def test_a_restore_can_be_stopped_while_it_is_planned(one_redis: Server, step: str, scope: Scope) -> None:
    client = one_redis.client()
    client.mset({f"foreign:{number}": "x" for number in range(9000)} | {"tenant:t1:api:crm:1": "x"})
    name, seen = await back_up(one_redis), []

    def stop(progress: Progress) -> None:
        seen.append((progress.step, progress.done))
        if progress.step == step and progress.done:
            assert (progress.unit, progress.total) == ("keys", 9001)
            stop_file().touch()

    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.restore(name, scope)
    try:
        with pytest.raises(StoppedError, match="STOP"):
            await maintenance.door.plan(operation, Run(stop))
    finally:
        stop_file().unlink()
        await operation.close()
    assert seen[-1][0] == step
    assert seen[-1][1] < 4100, "not only when all was looked at"


async def test_a_plan_that_is_made_again_can_be_stopped_too(one_redis: Server) -> None:
    fill_tenants(one_redis, 2)
    name = await back_up(one_redis)
    one_redis.client().flushall()
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.restore(name, Scope())
    plan = await maintenance.door.plan(operation)
    with pytest.raises(StoppedError):
        await maintenance.door.run(operation, plan, Run(lambda _progress: stop_file().touch()), stored=True)
    stop_file().unlink()
    await operation.close()
    assert one_redis.client().dbsize() == 0


async def test_a_restore_can_be_stopped_while_it_saves_what_it_would_overwrite(one_redis: Server) -> None:
    fill_tenants(one_redis, 10)
    name = await back_up(one_redis)
    for key in one_redis.client().scan_iter("tenant:*"):
        one_redis.client().set(key, "newer")
    before, steps = meaning(one_redis), []
    stop_file().parent.mkdir(parents=True, exist_ok=True)

    def stop(progress: Progress) -> None:
        steps.append(progress.step)
        stop_file().touch()

    with pytest.raises(StoppedError, match="STOP"):
        await bring_back(one_redis, name, policy=Policy.REPLACE, between=stop)
    assert steps == ["saving what is overwritten"]
    assert meaning(one_redis) == before
    assert list((maintenance_folder() / "undo").iterdir()) == []
