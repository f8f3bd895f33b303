"""Making backups: what the plan says, what is left on the disk when it goes wrong, and how deep it is verified."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kryonix_tui.errors import RefusedError, ReplyError, SourceError, StoppedError
from kryonix_tui.maintenance.backup import create, throwaway
from kryonix_tui.maintenance.backup.archive.errors import ArchiveError
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Progress, Scope
from tests.integration.maintenance.operators import (
    WHOLE,
    Watched,
    back_up,
    carried_out,
    configured,
    fill_tenants,
    with_redis,
)
from tests.integration.maintenance.platform import seed_everything
from tests.servers import RedisServer, Server

ONE = Scope(("t1",))


def names() -> list[str]:
    return sorted(stored.name for stored in destination_at().stored())


async def test_the_plan_says_what_will_happen(one_redis: Server) -> None:
    fill_tenants(one_redis, 3)
    maintenance = Maintenance(configured(one_redis))
    operation = await maintenance.backup(ONE)
    plan = await operation.plan()
    assert plan.counts == {"keys": 120}
    assert plan.backup_age is None
    assert plan.target.place == f"127.0.0.1:{one_redis.port}"
    assert any("not be encrypted" in effect for effect in plan.effects)
    await operation.close()
    await back_up(one_redis)
    operation = await maintenance.backup(ONE)
    age = (await operation.plan()).backup_age
    assert age is not None
    assert age < 60
    await operation.close()


async def test_a_backup_writes_nothing_to_the_server(one_redis: Server) -> None:
    fill_tenants(one_redis, 2)
    one_redis.client().config_resetstat()
    changes = one_redis.client().info("persistence")["rdb_changes_since_last_save"]
    await back_up(one_redis, WHOLE)
    await back_up(one_redis, ONE)
    assert one_redis.client().info("persistence")["rdb_changes_since_last_save"] == changes
    assert not {"cmdstat_set", "cmdstat_restore", "cmdstat_del"} & set(one_redis.client().info("commandstats"))


@pytest.mark.parametrize("scope", [WHOLE, ONE])
async def test_cancelled_and_cut_backups_leave_nothing(scope: Scope) -> None:
    with RedisServer() as server:
        fill_tenants(server, 20, 200)
        maintenance = Maintenance(configured(server))
        for end in ("cancel", "kill"):
            operation = await maintenance.backup(scope)
            plan = await operation.plan()
            runs: list[Run] = []

            def between(progress: Progress, how: str = end, runs: list[Run] = runs) -> None:
                if progress.step == "streaming":
                    runs[0].cancel() if how == "cancel" else server.stop(signal.SIGKILL)

            runs.append(Watched(between).run())
            if end == "kill":
                server.stop(signal.SIGKILL)
            with pytest.raises(StoppedError if end == "cancel" else SourceError):
                await maintenance.door.run(operation, plan, runs[0])
            await operation.close()
            assert names() == []


async def test_plain_data_of_a_part_lies_in_no_named_file(one_redis: Server) -> None:
    fill_tenants(one_redis, 5)
    seen: set[str] = set()

    def between(progress: Progress) -> None:
        if progress.step in ("streaming", "cutting"):
            folder = destination_at().staging
            seen.update(path.name for path in folder.iterdir())
            assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
            assert all(b"value 1 of t2" not in path.read_bytes() for path in folder.iterdir())

    maintenance = Maintenance(configured(one_redis))
    await carried_out(maintenance, await maintenance.backup(ONE), between)
    assert seen
    assert all(name.startswith(".part-") for name in seen)


@contextmanager
def files_of_at_most(limit: int) -> Iterator[None]:
    """Let every file of this process end at `limit` bytes: as good as a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("scope", [WHOLE, ONE])
async def test_a_full_disk_is_said_and_leaves_nothing(one_redis: Server, scope: Scope) -> None:
    fill_tenants(one_redis, 20, 200)
    maintenance = Maintenance(configured(one_redis))
    operation = await maintenance.backup(scope)
    plan = await operation.plan()
    with files_of_at_most(20_000), pytest.raises(ArchiveError, match=r"(?i)file too large") as failed:
        await maintenance.door.run(operation, plan, Watched().run())
    await operation.close()
    assert "--to" in failed.value.hint
    assert names() == []


async def test_without_a_server_for_a_drill_all_data_is_verified_and_that_is_said(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_tenants(one_redis, 2)
    maintenance = Maintenance(configured(one_redis, verify="drill"))
    _plan, outcome = await carried_out(maintenance, await maintenance.backup(WHOLE))
    assert not any("drill" in notice for notice in outcome.notices)
    assert outcome.figures["compared"] == one_redis_keys(one_redis)
    assert outcome.summary.endswith(f"all {one_redis_keys(one_redis)} compared")
    monkeypatch.setattr(throwaway, "_redis", lambda _folder: None)
    monkeypatch.setattr(throwaway, "_valkey", lambda: None)
    _plan, outcome = await carried_out(maintenance, await maintenance.backup(WHOLE))
    assert any("no drill" in notice for notice in outcome.notices)
    assert outcome.artefact in names()


async def test_a_drill_after_a_backup_can_be_stopped_and_the_archive_stays(one_redis: Server) -> None:
    fill_tenants(one_redis, 10)
    maintenance = Maintenance(configured(one_redis, verify="drill"))
    operation = await maintenance.backup(WHOLE)
    plan = await operation.plan()
    turns: list[bool] = []

    def between(progress: Progress) -> None:
        if progress.step == "comparing" and not turns:
            # Only the event loop, which hears signals, can stop it: it must be free meanwhile.
            asyncio.run_coroutine_threadsafe(stop(), loop).result(10)

    async def stop() -> None:
        turns.append(True)
        run.cancel()

    loop, run = asyncio.get_running_loop(), Watched(between).run()
    with pytest.raises(StoppedError, match=r"is there .* its drill did not end"):
        await maintenance.door.run(operation, plan, run)
    await operation.close()
    assert turns
    assert len(names()) == 2


async def test_a_backup_prefers_the_replica(one_redis: Server) -> None:
    fill_tenants(one_redis, 2)
    with RedisServer(replicaof=f"127.0.0.1 {one_redis.port}") as replica:
        while replica.client().info("replication")["master_link_status"] != "up":
            pass
        config = with_redis(configured(one_redis), replica_url=replica.url)
        maintenance = Maintenance(config)
        plan, _outcome = await carried_out(maintenance, await maintenance.backup(WHOLE))
        assert plan.target.role == "slave"
        assert replica.client().info("stats")["sync_full"] == 1


async def test_a_user_who_may_neither_replicate_nor_dump_is_refused_with_the_line() -> None:
    with RedisServer() as server:
        seed_everything(server)
        rules = "on >pw -@all ~* +ping +hello +select +info +time +acl|whoami"
        server.client().execute_command("ACL SETUSER", "kx_backup", *rules.split())  # type: ignore[no-untyped-call]  # redis-py's
        config = with_redis(configured(server), url=f"redis://kx_backup:pw@127.0.0.1:{server.port}")
        operation = await Maintenance(config).backup(WHOLE)
        with pytest.raises(RefusedError, match=r"kx_backup may not .*dump") as refused:
            await operation.plan()
        await operation.close()
        assert "ACL SETUSER kx_backup" in refused.value.hint
        assert "+sync" in refused.value.hint


async def test_redis_cli_steps_in_where_our_own_protocol_is_not_understood(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_understood(*_arguments: object, **_options: object) -> object:
        raise ReplyError("something else than a snapshot")

    fill_tenants(one_redis, 2)
    monkeypatch.setattr(create, "stream_rdb", not_understood)
    maintenance = Maintenance(configured(one_redis))
    _plan, outcome = await carried_out(maintenance, await maintenance.backup(WHOLE))
    assert outcome.figures["keys"] == one_redis_keys(one_redis)


def one_redis_keys(server: Server) -> int:
    return sum(server.client(db).dbsize() for db in range(16))
