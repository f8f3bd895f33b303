"""Drills with real servers of both families."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import msgspec
import psutil
import pytest
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.errors import KryonixError, StoppedError
from kryonix_tui.maintenance.backup import throwaway
from kryonix_tui.maintenance.backup.archive.manifest import Contents, Keys, Server
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.archive.opened import OpenArchive
from kryonix_tui.maintenance.backup.destination import Folder, scratch_folder
from kryonix_tui.maintenance.backup.drill import drill
from kryonix_tui.maintenance.backup.opening import opened
from kryonix_tui.maintenance.backup.rdb import Magic, RdbReader, Record
from kryonix_tui.maintenance.backup.throwaway import Program, Throwaway, program_for
from kryonix_tui.maintenance.backup.verification import Level
from tests.archives import STRING, described, forged, members, publish, rdb, verified
from tests.servers import Server as RunningServer

TOP = Path(__file__).parents[3]
LIBRARY = "#!lua name=mine\nredis.register_function('f', function() return 1 end)"


def filled(server: RunningServer) -> bytes:
    """Fill a server with every type, in several databases, and return its RDB."""
    with server.client() as client, server.client(5) as other:
        pipeline = client.pipeline(transaction=False)
        for number in range(2000):
            pipeline.set(f"tenant:t{number % 7}:x:{number}", "v" * number, ex=5000 if number % 3 else None)
        pipeline.set("soon", "gone", px=1)
        pipeline.hset("hash", mapping={f"f{number}": number for number in range(3000)})
        pipeline.sadd("set", *(f"m{number}" for number in range(3000)))
        pipeline.zadd("zset", {f"m{number}": number / 3 for number in range(3000)})
        pipeline.hset("small", mapping={"a": 1})
        pipeline.sadd("integers", 1, 2, 3)
        pipeline.xadd("stream", {"a": "1"})
        pipeline.xgroup_create("stream", "group", "0")
        pipeline.xreadgroup("group", "me", {"stream": ">"})
        pipeline.execute()
        other.rpush("list", *range(5000))
        client.function_flush()
        client.function_load(LIBRARY)
        client.save()
        client.function_flush()
    return (server.folder / "dump.rdb").read_bytes()


def flavour(server: RunningServer) -> Server:
    return Server(flavour="valkey" if server.flavour == "valkey" else "redis")


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_a_server_wrote_passes_its_drill(
    redis_server: RunningServer, folder: Folder, tmp_path: Path, encrypted: bool
) -> None:
    identity = Identity.generate()
    recipients = [identity.to_public()] if encrypted else []
    name = publish(folder, filled(redis_server), server=flavour(redis_server), recipients=recipients)
    report = verified(folder, name, Level.DRILL, identity=identity, folder=tmp_path)
    assert report.findings == []
    assert report.drilled is not None
    assert report.drilled.server == f"{redis_server.flavour}-server"
    assert report.drilled.keys in (2007, 2008), "one key expires meanwhile"
    assert (report.drilled.compared, report.drilled.complete) == (2007, True)
    assert report.drilled.sentence.endswith("all 2,007 compared")
    assert report.manifest is not None
    assert report.manifest.contents is not None
    assert report.manifest.contents.functions == 1
    assert list(scratch_folder().iterdir()) == []


def test_a_sample_is_spread_over_the_file(redis_server: RunningServer, folder: Folder) -> None:
    name = publish(folder, filled(redis_server), server=flavour(redis_server))
    with opened(folder, name) as archive:
        result = drill(archive, scratch_folder(), compare=100)
    assert 90 <= result.compared <= 101
    assert not result.complete
    assert f"{result.compared} of {result.keys:,} compared" in result.sentence
    assert result.differences == ()


MANY = 45_000


def many() -> bytes:
    return rdb(Record(0, b"key:%d" % number, STRING, b"\x05value") for number in range(MANY))


def test_each_of_many_keys_is_compared_and_one_that_differs_is_found(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Throwaway.start

    def tampered(self: Throwaway, program: Program) -> Throwaway:
        start(self, program)
        with self.client() as client:
            client.set("key:1", "other")
        return self

    monkeypatch.setattr(Throwaway, "start", tampered)
    told: list[int] = []
    with opened(folder, publish(folder, many())) as archive:
        result = drill(archive, scratch_folder(), tell=lambda done, _total: told.append(done))
    assert (result.compared, result.complete, len(result.differences)) == (MANY, True, 1)
    assert "key:1 " in result.differences[0]
    assert told == sorted(told)
    assert told[-1] == MANY


@pytest.mark.parametrize("when", ["loading", "comparing"])
def test_a_drill_can_be_stopped(folder: Folder, when: str) -> None:
    def stop(done: int, _total: int) -> None:
        if bool(done) is (when == "comparing"):
            raise StoppedError("cancelled")

    with opened(folder, publish(folder, many())) as archive, pytest.raises(StoppedError):
        drill(archive, scratch_folder(), tell=stop)
    assert list(scratch_folder().iterdir()) == []


def test_the_memory_of_a_drill_does_not_grow_with_the_archive(folder: Folder) -> None:
    peaks = []
    for keys in (2_000, 16_000):
        raw = rdb(Record(0, b"key:%d" % number, STRING, b"\x40\xc8" + b"v" * 200) for number in range(keys))
        with opened(folder, publish(folder, raw)) as archive:
            tracemalloc.start()
            assert drill(archive, scratch_folder()).compared == keys
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0], peaks


def lying(archive: OpenArchive, **changes: object) -> OpenArchive:
    """Return an archive whose manifest says something else of its contents."""
    contents = archive.manifest.contents
    assert isinstance(contents, Contents)
    changed = msgspec.structs.replace(contents, **changes)
    return OpenArchive(archive.file, archive.layout, msgspec.structs.replace(archive.manifest, contents=changed))


def test_functions_that_are_missing_are_a_difference(folder: Folder) -> None:
    with opened(folder, publish(folder)) as archive:
        result = drill(lying(archive, functions=1), scratch_folder())
    assert "function" in result.differences[0]


def test_keys_that_the_server_has_otherwise_are_differences(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server forgets one key, changes another and a third's expiry, between its start and the comparison."""
    start = Throwaway.start

    def tampered(self: Throwaway, program: Program) -> Throwaway:
        start(self, program)
        with self.client() as client, self.client(5) as other:
            client.set("tenant:acme:a", "other")
            client.persist("tenant:acme:b")
            other.delete("loose")
        return self

    monkeypatch.setattr(Throwaway, "start", tampered)
    with opened(folder, publish(folder)) as archive:
        result = drill(archive, scratch_folder())
    said = "\n".join(result.differences)
    assert len(result.differences) == 4
    for word in ("tenant:acme:a", "tenant:acme:b", "loose", "database 5: the server has 1 key, the archive 2"):
        assert word in said


def test_a_value_that_the_server_would_have_packed_otherwise_is_no_difference(folder: Folder) -> None:
    long = b"\x44\xb0" + b"x" * 1200  # stored as it is, where a server compresses
    large = b"\x80" + (17 << 20).to_bytes(4, "big") + bytes(17 << 20)
    records = [Record(0, b"long:%d" % number, STRING, long) for number in range(450)]
    with opened(folder, publish(folder, rdb([*records, Record(0, b"large", STRING, large)]))) as archive:
        result = drill(archive, scratch_folder())
    assert (result.compared, result.differences) == (451, ())


def test_personal_data_in_names_is_masked(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    start = Throwaway.start

    def emptied(self: Throwaway, program: Program) -> Throwaway:
        start(self, program)
        with self.client() as client:
            client.flushall()
        return self

    monkeypatch.setattr(Throwaway, "start", emptied)
    name = publish(folder, rdb([Record(0, b"verify:phone:+0000000001\x1b[31m", STRING, b"\x01x")]))
    with opened(folder, name) as archive:
        said = "\n".join(drill(archive, scratch_folder()).differences)
    assert "verify:phone:" in said
    assert "0000001" not in said
    assert "\x1b" not in said


def test_data_that_no_server_loads_fails(folder: Folder) -> None:
    """A hash with a field twice: our walk cannot know, the server's own checks do."""
    listpack = bytes.fromhex("13000000 0400" + 4 * "816102" + "ff")
    raw = rdb([Record(0, b"h", 16, bytes((len(listpack),)) + listpack)])
    name = publish(folder, raw)
    report = verified(folder, name, Level.DRILL)
    assert "did not load" in report.findings[0]
    assert list(scratch_folder().iterdir()) == []


def test_a_redis_backup_is_drilled_by_valkey_where_there_is_no_redis(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throwaway, "_redis", lambda _folder: None)
    with opened(folder, publish(folder)) as archive:
        result = drill(archive, scratch_folder())
    assert (result.server, result.differences) == ("valkey-server", ())
    assert "no redis-server here" in result.notes[0]


@pytest.mark.parametrize(("magic", "version"), [(Magic.REDIS, 12), (Magic.VALKEY, 80)])
def test_no_server_is_an_error_and_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, magic: Magic, version: int
) -> None:
    monkeypatch.setattr(throwaway, "_redis", lambda _folder: None)
    if magic is Magic.VALKEY:
        monkeypatch.setattr(throwaway, "_valkey", lambda: None)
    with pytest.raises(KryonixError, match="no server here") as caught:
        program_for("redis", magic, version, tmp_path)
    assert caught.value.hint


def test_a_type_that_cannot_be_walked_is_only_loaded(tmp_path: Path) -> None:
    made, stored = described(rdb(), contents=None)
    destination, name = forged(tmp_path, members(made, stored))
    report = verified(destination, name, Level.DRILL)
    assert report.sound
    assert report.drilled is not None
    assert (report.drilled.keys, report.drilled.compared) == (4, 0)


HANG = """
import sys
from pathlib import Path
from kryonix_tui.maintenance.backup.rdb import Magic
from kryonix_tui.maintenance.backup.throwaway import Throwaway, program_for
with Throwaway(Path(sys.argv[1]), databases=16) as server:
    server.start(program_for("redis", Magic.REDIS, 10, server.folder))
    with server.client() as client:
        print(server.folder, client.info("server")["process_id"], flush=True)
    sys.stdin.read()
"""


def test_the_server_goes_with_us_even_if_we_are_killed(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"
    path.write_bytes(rdb())
    command = [sys.executable, "-c", HANG, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP) as drilling:
        assert drilling.stdout is not None
        folder, process_id = drilling.stdout.readline().split()
        server = psutil.Process(int(process_id))
        assert {address.laddr for address in server.net_connections("inet")} == set()
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        drilling.kill()
    server.wait(60)
    deadline = time.monotonic() + 60
    while (Path(folder).exists() or path.exists()) and time.monotonic() < deadline:
        time.sleep(0.01)  # files say nothing when they go
    assert not Path(folder).exists()
    assert not path.exists(), "the plain data must not stay behind"


def test_what_was_packed_is_what_comes_out(redis_server: RunningServer, folder: Folder) -> None:
    raw = filled(redis_server)
    name = publish(folder, raw, server=flavour(redis_server))
    assert ArchiveName.parse(str(name)) == name
    with opened(folder, name) as archive, archive.payload() as stored:
        reader = RdbReader(stored)
        databases = {record.db for record in reader}
    assert databases == {0, 5}
    assert archive.manifest.contents is not None
    assert archive.manifest.contents.databases[5] == Keys(keys=1)
