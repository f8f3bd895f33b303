"""Snapshots by posing as a replica, against real servers; a fake only where the framing itself is the subject."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
from pathlib import Path

import pytest

from kryonix_tui.config.schema import Tls
from kryonix_tui.errors import (
    AuthenticationError,
    ConfigError,
    DeadlineError,
    KryonixError,
    ReplyError,
    SourceError,
    UnreachableError,
)
from kryonix_tui.maintenance.backup.intake import Snapshot
from kryonix_tui.maintenance.backup.rdb import CorruptRdbError, Magic, RdbReader, RdbWriter, Record
from kryonix_tui.maintenance.backup.redis_cli import redis_cli_rdb
from kryonix_tui.maintenance.backup.refusals import SyncRefusedError
from kryonix_tui.maintenance.backup.replication import stream_rdb
from kryonix_tui.sources.redis.address import Address
from tests.faults import Proxy, listening, proxied
from tests.integration.maintenance.platform import Content, contents, expected, seed_everything
from tests.servers import FLAVOURS, RedisServer, Server, free_port

VERSIONS = {"redis": 10, "valkey": 80}
FAMILIES = pytest.mark.parametrize("flavour", FLAVOURS)


def held(raw: bytes) -> dict[tuple[int, bytes], Content]:
    reader = RdbReader(io.BytesIO(raw))
    return {(record.db, record.key): expected(record, reader.header.version) for record in reader}


def fill(server: Server, keys: int = 20_000) -> None:
    """Put so much into a server that its snapshot comes in many pieces."""
    pipeline = server.client().pipeline(transaction=False)
    for number in range(keys):
        pipeline.set(f"key:{number}", os.urandom(100))
    pipeline.execute()


async def link_is(replica: Server, state: str) -> None:
    while replica.client().info("replication")["master_link_status"] != state:  # noqa: ASYNC110 - INFO is all there is
        await asyncio.sleep(0.02)


async def taken(address: Address, **options: float) -> tuple[Snapshot, bytes]:
    sink = io.BytesIO()
    snapshot = await stream_rdb(address, sink, **options)  # type: ignore[arg-type]  # connect_timeout, patience
    return snapshot, sink.getvalue()


@FAMILIES
@pytest.mark.parametrize("diskless", ["yes", "no"])
async def test_a_snapshot_is_all_that_the_server_holds(flavour: str, diskless: str) -> None:
    with Server(flavour, repl_diskless_sync=diskless) as server:
        seed_everything(server)
        seen: list[tuple[int, int | None]] = []
        sink = io.BytesIO()
        snapshot = await stream_rdb(
            Address(port=server.port), sink, progress=lambda done, total: seen.append((done, total))
        )
        raw = sink.getvalue()
        assert held(raw) == contents(server)
    assert snapshot.header.version == VERSIONS[flavour]
    assert snapshot.header.magic is (Magic.VALKEY if flavour == "valkey" else Magic.REDIS)
    assert (snapshot.bytes, snapshot.checked) == (len(raw), True)
    assert snapshot.replication_id is not None
    assert len(snapshot.replication_id) == 40
    assert snapshot.offset is not None
    total = None if diskless == "yes" else len(raw)
    assert seen[-1] == (len(raw), total)
    assert {entry[1] for entry in seen} == {total}


@FAMILIES
async def test_a_user_with_four_commands_is_enough(flavour: str) -> None:
    with Server(flavour) as server:
        seed_everything(server)
        keys = len(contents(server))
        rules = "reset on >secret resetkeys resetchannels -@all +ping +replconf +sync +psync"
        server.client().execute_command("ACL SETUSER", "backup", *rules.split())  # type: ignore[no-untyped-call]  # redis-py's
        server.client().execute_command("ACL SETUSER", "default", ">main")  # type: ignore[no-untyped-call]  # redis-py's
        for address in (
            Address(port=server.port, username="backup", password="secret"),
            Address(path=str(server.socket), username="backup", password="secret"),
            Address(port=server.port, password="main"),
        ):
            snapshot, raw = await taken(address)
            assert (snapshot.bytes, snapshot.checked) == (len(raw), True)
            assert len(held(raw)) == keys


@pytest.mark.parametrize("missing", ["psync", "replconf"])
async def test_sync_alone_is_enough(missing: str) -> None:
    with RedisServer() as server:
        seed_everything(server)
        server.client().execute_command("ACL SETUSER", "default", f"-{missing}")  # type: ignore[no-untyped-call]  # redis-py's
        snapshot, raw = await taken(Address(port=server.port))
        assert (snapshot.replication_id is None) == (missing == "psync")
        assert held(raw) == contents(server)


@FAMILIES
async def test_refusals_say_what_to_do(flavour: str) -> None:
    with Server(flavour) as server:
        client = server.client()
        client.execute_command("ACL SETUSER", "poor", "on", ">secret", "-@all", "+ping", "+replconf")  # type: ignore[no-untyped-call]  # redis-py's
        with pytest.raises(SyncRefusedError) as refused:
            await taken(Address(port=server.port, username="poor", password="secret"))
        assert "+sync +psync" in refused.value.hint
        with pytest.raises(AuthenticationError) as wrong:
            await taken(Address(port=server.port, username="poor", password="other"))
        assert "redis.credentials.backup" in wrong.value.hint
        client.execute_command("ACL SETUSER", "default", ">main")  # type: ignore[no-untyped-call]  # redis-py's
        with pytest.raises(AuthenticationError, match="asks for a password"):
            await taken(Address(port=server.port))
        assert "main" not in str(wrong.value) + wrong.value.hint


async def test_a_managed_server_that_removed_sync() -> None:
    removed = {"rename-command SYNC": '""', "rename-command PSYNC": '""'}
    with RedisServer(**removed) as server, pytest.raises(SyncRefusedError, match="does not offer replication"):
        await taken(Address(port=server.port))


@FAMILIES
async def test_a_replica_gives_a_snapshot_unless_it_lost_its_primary(flavour: str) -> None:
    with Server(flavour) as primary:
        seed_everything(primary)
        with Server(flavour, replicaof=f"127.0.0.1 {primary.port}") as replica:
            await link_is(replica, "up")
            _, raw = await taken(Address(port=replica.port))
            assert len(held(raw)) == len(contents(primary))
            primary.stop(signal.SIGKILL)
            await link_is(replica, "down")
            with pytest.raises(UnreachableError, match="lost its primary"):
                await taken(Address(port=replica.port))


@FAMILIES
async def test_a_server_that_is_loading_says_so(flavour: str) -> None:
    server = Server(flavour, key_load_delay=20_000, loading_process_events_interval_bytes=1024)
    with (server.folder / "dump.rdb").open("wb") as file:
        writer = RdbWriter(file, 10)
        for number in range(2000):
            writer.write(Record(0, b"key:%d" % number, 0, b"\x40\x64" + bytes(100)))
        writer.close()
    with server, pytest.raises(UnreachableError, match="loading its data"):
        await taken(Address(port=server.port))


@pytest.mark.parametrize("share", [0.0005, 0.3, 0.7, 0.9999])
@pytest.mark.parametrize("diskless", ["yes", "no"])
async def test_a_cut_link_is_an_error_never_a_short_file(share: float, diskless: str) -> None:
    with RedisServer(repl_diskless_sync=diskless) as server:
        fill(server)
        _, whole = await taken(Address(port=server.port))
        async with proxied(server.port) as proxy:
            proxy.cut_after = int(len(whole) * share)
            with pytest.raises(UnreachableError, match="before its snapshot was complete"):
                await taken(Address(port=proxy.port))


async def test_a_server_that_falls_silent_is_given_up(one_redis: Server) -> None:
    fill(one_redis, 100)
    async with proxied(one_redis.port) as proxy:
        proxy.stalled = True
        with pytest.raises(DeadlineError):
            await taken(Address(port=proxy.port), patience=0.3)


async def test_bytes_that_change_on_the_way_are_found(one_redis: Server) -> None:
    fill(one_redis, 2000)

    def garble(data: bytes) -> bytes:
        return data.replace(b"key:1000", b"key:1001")

    async with proxied(one_redis.port) as proxy:
        proxy.garble = garble
        with pytest.raises(CorruptRdbError, match="checksum"):
            await taken(Address(port=proxy.port))


async def test_a_cancelled_snapshot_leaves_the_server_at_once(one_redis: Server) -> None:
    fill(one_redis)
    began = asyncio.Event()

    class Slow(Proxy):
        async def _replies(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await from_server.read(1000):
                writer.write(data)
                await writer.drain()
                if len(data) == 1000:
                    began.set()

    slow = Slow(one_redis.port)
    async with listening(slow.serve) as port:
        running = asyncio.create_task(taken(Address(port=port)))
        await began.wait()
        assert one_redis.client().info("replication")["connected_slaves"] == 1
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        while one_redis.client().info("replication")["connected_slaves"]:  # noqa: ASYNC110 - INFO is all there is
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("pieces", [1, 3, 1000])
@pytest.mark.parametrize("framing", ["mark", "length"])
async def test_framing_in_pieces_of_any_size_after_signs_of_life(pieces: int, framing: str) -> None:
    sink = io.BytesIO()
    writer = RdbWriter(sink, 11)
    for number in range(50):
        writer.write(Record(0, b"key:%d" % number, 0, b"\x05value"))
    writer.close()
    raw, mark = sink.getvalue(), b"0123456789" * 4

    async def serve(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        received = b""
        while b"PSYNC" not in received:
            data = await reader.read(65536)
            received += data
            out.write(b"+OK\r\n" * data.count(b"REPLCONF"))
        framed = (b"$EOF:%s\r\n" % mark) + raw + mark if framing == "mark" else b"$%d\r\n" % len(raw) + raw
        answer = b"\n\n+FULLRESYNC " + b"f" * 40 + b" 99\r\n\n\n" + framed
        for start in range(0, len(answer), pieces):
            out.write(answer[start : start + pieces])
            await out.drain()
            await asyncio.sleep(0)
        await asyncio.Event().wait()

    async with listening(serve) as port:
        snapshot, found = await taken(Address(port=port), patience=60)
    assert found == raw
    assert (snapshot.replication_id, snapshot.offset) == ("f" * 40, 99)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"$EOF:short\r\n",
        b"$-1\r\n",
        b"$x\r\n",
        b"+CONTINUE\r\n",
        b"+FULLRESYNC\r\n",
        b":1\r\n",
        b"$20\r\nthis is no rdb at all",
        b"x" * 1_000_000,
    ],
)
async def test_other_answers_are_no_snapshot(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        received = b""
        while b"PSYNC" not in received:
            data = await reader.read(65536)
            received += data
            out.write(b"+OK\r\n" * data.count(b"REPLCONF"))
        out.write(b"+FULLRESYNC " + b"f" * 40 + b" 0\r\n" + answer if answer[:1] == b"$" else answer)
        await out.drain()
        await asyncio.Event().wait()

    async with listening(serve) as port:
        with pytest.raises((ReplyError, CorruptRdbError)):
            await taken(Address(port=port), patience=60)


async def test_nobody_there_and_files_that_are_missing() -> None:
    with pytest.raises(UnreachableError, match="nobody listens"):
        await taken(Address(port=free_port()))
    with pytest.raises(ConfigError, match="ca_file"):
        await taken(Address(tls=Tls(enabled=True, ca_file="/nowhere/ca.pem")))


async def test_over_tls(tmp_path: Path) -> None:
    wanted = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem -out cert.pem"
    subprocess.run(  # noqa: ASYNC221 - nothing else runs yet
        ["openssl", *wanted.split(), "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    port, certificate, key = free_port(), str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    with RedisServer(
        tls_port=port, tls_cert_file=certificate, tls_key_file=key, tls_ca_cert_file=certificate
    ) as server:
        fill(server, 5000)
        own = Tls(enabled=True, ca_file=certificate, cert_file=certificate, key_file=key)
        for take in (taken, by_redis_cli):
            snapshot, raw = await take(Address(port=port, tls=own))
            assert (snapshot.checked, len(held(raw))) == (True, 5000)
        with pytest.raises(AuthenticationError, match="not trusted"):
            await taken(Address(port=port, tls=Tls(enabled=True)))
        with pytest.raises(SourceError):
            await taken(Address(port=port, tls=Tls(enabled=True, ca_file=certificate)), patience=60)


async def by_redis_cli(address: Address) -> tuple[Snapshot, bytes]:
    sink = io.BytesIO()
    snapshot = await redis_cli_rdb(address, sink, patience=20)
    return snapshot, sink.getvalue()


async def test_redis_cli_gives_the_same(one_redis: Server) -> None:
    fill(one_redis)
    _, ours = await taken(Address(port=one_redis.port))
    for address in (Address(port=one_redis.port), Address(path=str(one_redis.socket))):
        snapshot, raw = await by_redis_cli(address)
        assert (snapshot.bytes, snapshot.checked) == (len(raw), True)
        assert held(raw) == held(ours)


async def test_redis_cli_fails_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with RedisServer() as server:
        fill(server)
        server.client().config_set("requirepass", "secret")
        assert (await by_redis_cli(Address(port=server.port, password="secret")))[0].checked
        with pytest.raises(KryonixError):
            await by_redis_cli(Address(port=server.port, password="wrong"))
        async with proxied(server.port) as proxy:
            proxy.cut_after = 500_000
            with pytest.raises(KryonixError):
                await by_redis_cli(Address(port=proxy.port, password="secret"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(KryonixError, match="not installed"):
        await by_redis_cli(Address(password="secret"))
