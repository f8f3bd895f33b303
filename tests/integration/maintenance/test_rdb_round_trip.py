"""Files of real servers as records, records as payloads and files for real servers; nothing is lost on the way."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.maintenance.backup.rdb import RdbReader, RdbWriter, chosen, from_payload, payload
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError
from kryonix_tui.maintenance.backup.rdb.functions import libraries
from tests.integration.maintenance.platform import (
    LIBRARY,
    Content,
    contents,
    expected,
    restore,
    saved,
    seed_everything,
)
from tests.servers import FLAVOURS, Server, server_binary

VERSIONS = {"redis": 10, "valkey": 80}
SETS = {b"small-set", b"large-set"}
HASHES = {b"large-hash"}
"""These are hash tables. Their order depends on a seed of the process, so another server writes other bytes."""


@pytest.fixture(params=FLAVOURS)
def origin(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with everything in it."""
    with Server(request.param) as server:
        seed_everything(server)
        yield server


def check(flavour: str, raw: bytes, folder: Path) -> str:
    """Return what redis-check-rdb or valkey-check-rdb says of a file: the server itself, under that name."""
    link = folder / f"{flavour}-check-rdb"
    link.symlink_to(server_binary(flavour, folder).resolve())
    path = folder / "checked.rdb"
    path.write_bytes(raw)
    run = subprocess.run([link, path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    return run.stdout


def rewritten(raw: bytes, *, tenant_only: bool = False) -> bytes:
    """Return the file with its records written by us."""
    reader, sink = RdbReader(io.BytesIO(raw)), io.BytesIO()
    writer = RdbWriter(sink, reader.header.version, aux=reader.aux)
    for code in reader.functions:
        writer.function(code)
    records = chosen(reader, lambda db, _key: db == 3) if tenant_only else iter(reader)
    for record in records:
        writer.write(record)
    writer.close()
    return sink.getvalue()


def loaded(flavour: str, raw: bytes, **options: Any) -> Server:
    """Return a server, not yet started, that will load this file."""
    server = Server(flavour, **options)
    (server.folder / "dump.rdb").write_bytes(raw)
    return server


def comparable(server: Server, found: dict[tuple[int, bytes], Content]) -> dict[tuple[int, bytes], object]:
    """Return what can be compared between two servers: bytes, or members where the order of a hash table is in them."""
    compared: dict[tuple[int, bytes], object] = {}
    for (db, key), content in found.items():
        if key in SETS:
            compared[db, key] = (server.client(db).smembers(key), content.expires_at_ms)
        elif key in HASHES:
            compared[db, key] = (server.client(db).hgetall(key), content.expires_at_ms)
        else:
            compared[db, key] = content
    return compared


def test_records_are_what_dump_and_pexpiretime_say(origin: Server) -> None:
    there = contents(origin)
    reader = RdbReader(io.BytesIO(saved(origin)))
    version = VERSIONS[origin.flavour]
    found = {(record.db, record.key): expected(record, version) for record in reader}
    assert found == there
    assert reader.header.version == version
    assert reader.functions == [LIBRARY]
    assert reader.ending is not None
    assert (reader.ending.keys, reader.ending.checked) == (len(there), True)
    assert libraries(origin.client().function_dump()) == [LIBRARY]


def test_records_come_back_by_restore(origin: Server) -> None:
    before = comparable(origin, contents(origin))
    info = origin.client().xinfo_stream("stream", full=True)
    records = list(RdbReader(io.BytesIO(saved(origin))))
    origin.client().flushall()
    for record in records:
        restore(origin, record, VERSIONS[origin.flavour])
    assert comparable(origin, contents(origin)) == before
    assert origin.client().xinfo_stream("stream", full=True) == info


def test_a_file_of_ours_loads_in_a_server_of_the_family(origin: Server, tmp_path: Path) -> None:
    raw = rewritten(saved(origin))
    assert f"{len(contents(origin))} keys read" in check(origin.flavour, raw, tmp_path)
    with loaded(origin.flavour, raw) as other:
        assert comparable(other, contents(other)) == comparable(origin, contents(origin))
        assert other.client().fcall("one", 0) == 1


def test_a_slice_loads_alone(origin: Server, tmp_path: Path) -> None:
    raw = rewritten(saved(origin), tenant_only=True)
    check(origin.flavour, raw, tmp_path)
    with loaded(origin.flavour, raw) as other:
        there = contents(origin)
        assert contents(other) == {place: content for place, content in there.items() if place[0] == 3}


def test_dumps_become_a_file(origin: Server, tmp_path: Path) -> None:
    there = contents(origin)
    version = VERSIONS[origin.flavour]
    sizes = {
        db: (len(found), sum(content.expires_at_ms > 0 for content in found))
        for db in {db for db, _ in there}
        if (found := [content for place, content in there.items() if place[0] == db])
    }
    sink = io.BytesIO()
    writer = RdbWriter(sink, version, sizes=sizes)
    for (db, key), (dumped, expires) in sorted(there.items()):
        record, of_version = from_payload(db, key, dumped, expires_at_ms=None if expires < 0 else expires)
        assert of_version == version
        writer.write(record)
    writer.close()
    check(origin.flavour, sink.getvalue(), tmp_path)
    with loaded(origin.flavour, sink.getvalue()) as other:
        assert comparable(other, contents(other)) == comparable(origin, there)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(("policy", "attribute"), [("allkeys-lru", "idle_s"), ("allkeys-lfu", "frequency")])
def test_access_times_and_frequencies_travel(flavour: str, policy: str, attribute: str) -> None:
    with Server(flavour, maxmemory_policy=policy) as server:
        server.client().mset({"used": "1", "unused": "2"})
        dumped = server.client().dump("used")
        assert dumped is not None
        if policy == "allkeys-lru":
            server.client().restore("old", 0, dumped, idletime=5000)
        else:
            server.client().restore("old", 0, dumped, frequency=200)
        raw = saved(server)
    found = {record.key: record for record in RdbReader(io.BytesIO(raw))}
    assert len(found) == 3
    assert all(getattr(record, attribute) is not None for record in found.values())
    value = getattr(found[b"old"], attribute)
    assert value in ((5000, 5001, 5002) if attribute == "idle_s" else (200,))
    with loaded(flavour, rewritten(raw), maxmemory_policy=policy) as other:
        question = "idletime" if attribute == "idle_s" else "freq"
        assert abs(other.client().object(question, "old") - value) <= 5


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_file_without_checksum_is_read_and_says_so(flavour: str) -> None:
    with Server(flavour, rdbchecksum="no", rdbcompression="no") as server:
        seed_everything(server)
        raw, there = saved(server), contents(server)
    reader = RdbReader(io.BytesIO(raw))
    assert {(record.db, record.key) for record in reader} == set(there)
    assert reader.ending is not None
    assert not reader.ending.checked
    forged = RdbReader(io.BytesIO(raw[: raw.rindex(b"\xfe")] + b"\xff" + bytes(8)))
    # The last database is gone with all that announced it: only the archive's hash can tell. Half of one is found.
    assert len(list(forged)) < len(there)
    cut = raw.rindex(b"\xfb") + 3
    with pytest.raises(CorruptRdbError, match="as many keys as the file announces"):
        list(RdbReader(io.BytesIO(raw[:cut] + b"\xff" + bytes(8))))


def test_a_hash_of_a_million_fields_is_one_record(one_redis: Server) -> None:
    one_redis.client().set("other", 1)
    # In short scripts: on a slow machine a long one makes the server answer BUSY.
    for start in range(0, 1_000_000, 50_000):
        script = "for i = ARGV[1], ARGV[1] + 49999 do redis.call('HSET', KEYS[1], 'f' .. i, i) end"
        one_redis.client().eval(script, 1, "huge", start)
    found = {record.key: record for record in RdbReader(io.BytesIO(saved(one_redis)))}
    assert set(found) == {b"huge", b"other"}
    assert payload(found[b"huge"], 10) == one_redis.client().dump("huge")


def test_payloads_of_an_older_format_are_taken_by_a_newer_server() -> None:
    with Server("redis") as older, Server("valkey") as newer:
        seed_everything(older)
        records = list(RdbReader(io.BytesIO(saved(older))))
        for record in records:
            restore(newer, record, VERSIONS["redis"])
        assert {place: content.expires_at_ms for place, content in contents(newer).items()} == {
            (record.db, record.key): -1 if record.expires_at_ms is None else record.expires_at_ms for record in records
        }
