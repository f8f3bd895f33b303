"""Data of every type and encoding, and what a server says of it, for comparing two servers key by key."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from kryonix_tui.maintenance.backup.rdb import Record, payload
from tests.servers import Server

LIBRARY = b"#!lua name=kryonix_test\nredis.register_function('one', function() return 1 end)\n"

Place = tuple[int, bytes]


class Content(NamedTuple):
    """What DUMP and PEXPIRETIME say of a key."""

    dumped: bytes
    expires_at_ms: int


def seed_everything(server: Server) -> None:
    """Put a key of every type and encoding into several databases, and a function library. For a server of one's own."""
    with contextlib.closing(server.client()) as client:
        client.config_set("list-max-listpack-size", 16)
        client.mset({"int": "12345", "small": "7", "negative": "-40000", "empty": "", "raw": "hello \x00 world"})
        client.set(b"\xff\x00binary", b"\x80\x81")
        client.set("compressed", "abc" * 500)
        client.set("a" * 200, "a key that is compressed")
        client.rpush("list", *range(200))
        client.rpush("one-item", "x")
        client.sadd("intset", *range(50))
        client.sadd("small-set", "a", "b")
        client.sadd("large-set", *(f"member-{n}" for n in range(600)))
        client.hset("small-hash", mapping={"field": "value", "n": 1})
        client.hset("large-hash", mapping={f"field-{n}": "v" * 70 for n in range(600)})
        client.zadd("small-zset", {"a": 1, "b": 2.5})
        client.zadd(
            "large-zset", {f"m{n}": n * 1.25 for n in range(300)} | {"inf": float("inf"), "-inf": float("-inf")}
        )
        for number in range(250):
            client.xadd("stream", {"n": number}, id=f"{number + 1}-0")
        client.xgroup_create("stream", "workers", 0)
        client.xreadgroup("workers", "alice", {"stream": ">"}, count=20)
        client.xreadgroup("workers", "bob", {"stream": ">"}, count=5)
        client.xack("stream", "workers", "1-0")
        client.xdel("stream", "2-0")
        client.xgroup_create("stream", "idle", "$")
        client.xadd("emptied", {"a": 1}, id="1-0")
        client.xdel("emptied", "1-0")
        client.function_load(LIBRARY.decode())
        client.config_set("list-max-listpack-size", -2)
        client.config_set("list-compress-depth", 0)
        client.rpush("plain-node", "x" * 20_000, "y")
        if server.flavour == "valkey":
            for name, fields in (("small-hash", ("field",)), ("large-hash", ("field-1", "field-2"))):
                client.execute_command("HEXPIRE", name, 10_000, "FIELDS", len(fields), *fields)  # type: ignore[no-untyped-call]  # redis-py's
    for db in (3, 15):
        with contextlib.closing(server.client(db)) as client:
            client.set("soon", "x", ex=200)
            client.hset("later", "a", "b")
            client.pexpireat("later", 4_000_000_000_123)
            client.set("forever", f"db {db}")


def contents(server: Server) -> dict[Place, Content]:
    """Return everything that the server holds."""
    found = {}
    for db in range(16):
        with contextlib.closing(server.client(db)) as client:
            keys = list(set(client.scan_iter(count=1000)))
            pipeline = client.pipeline(transaction=False)
            for key in keys:
                pipeline.dump(key)
                pipeline.execute_command("PEXPIRETIME", key)  # type: ignore[no-untyped-call]  # redis-py's
            replies = pipeline.execute()
            for key, dumped, expires in zip(keys, replies[::2], replies[1::2], strict=True):
                if dumped is not None:
                    found[db, key] = Content(dumped, expires)
    return found


def saved(server: Server) -> bytes:
    """Return the RDB that the server writes to its disk."""
    with contextlib.closing(server.client()) as client:
        client.save()
    return (server.folder / "dump.rdb").read_bytes()


def restore(server: Server, record: Record, version: int) -> None:
    """Bring one record back by RESTORE."""
    with contextlib.closing(server.client(record.db)) as client:
        client.restore(record.key, record.expires_at_ms or 0, payload(record, version), absttl=True)


def expected(record: Record, version: int) -> Content:
    """Return what a server should say of a record."""
    return Content(payload(record, version), -1 if record.expires_at_ms is None else record.expires_at_ms)
