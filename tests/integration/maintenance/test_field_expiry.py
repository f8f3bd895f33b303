"""Hashes of which every field expires: the key goes with the last of them, without an expiry of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.rdb import Record, ends_at_ms, from_payload
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.backup.verification import Level, verify
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Progress
from tests.integration.maintenance.operators import back_up, bring_back, configured
from tests.servers import Server, ValkeyServer

SHORT_MS, LONG_MS = 300, 4_000


@pytest.fixture
def server() -> Iterator[Server]:
    """A Valkey, which knows fields that expire."""
    with ValkeyServer() as own:
        yield own


def passing(server: Server, milliseconds: int, *, staying: bool = False) -> int:
    """Put a hash there whose fields expire, all but one of them if `staying`; return when the last one does."""
    client = server.client()
    client.hset("passing", mapping={"a": "1", "b": "2", **({"c": "3"} if staying else {})})
    ends = int(time.time() * 1000) + milliseconds
    client.execute_command("HPEXPIREAT", "passing", ends - 100, "FIELDS", 1, "a")  # type: ignore[no-untyped-call]
    client.execute_command("HPEXPIREAT", "passing", ends, "FIELDS", 1, "b")  # type: ignore[no-untyped-call]
    return ends


def wait_past(moment_ms: int) -> None:
    time.sleep(max(0.0, moment_ms / 1000 - time.time()) + 0.05)


def dumped(server: Server) -> Record:
    content = server.client().dump("passing")
    assert isinstance(content, bytes)
    return from_payload(0, b"passing", content)[0]


def drilled(server: Server, name: ArchiveName) -> list[str]:
    maintenance = Maintenance(configured(server))
    found = verify(
        maintenance.destination(), name, Level.DRILL, config=maintenance.config, keyspace=maintenance.keyspace
    )
    return found.findings


def test_a_hash_ends_with_its_last_field(server: Server) -> None:
    ends = passing(server, 100_000)
    assert ends_at_ms(dumped(server)) == ends
    server.client().pexpireat("passing", ends - 50_000)
    record = dumped(server)
    assert ends_at_ms(Record(0, b"passing", record.type, record.value, ends - 50_000)) == ends - 50_000
    server.client().hset("passing", "c", "stays")
    assert ends_at_ms(dumped(server)) is None


@pytest.mark.parametrize("staying", [False, True])
async def test_a_drill_does_not_miss_what_has_expired(server: Server, staying: bool) -> None:
    server.client().set("other", "x")
    ends = passing(server, SHORT_MS, staying=staying)
    name = await back_up(server)
    wait_past(ends)
    assert drilled(server, name) == []


async def test_what_expires_while_it_is_restored_is_not_missed(server: Server) -> None:
    ends = passing(server, LONG_MS)
    name = await back_up(server)
    server.client().flushall()

    def between(progress: Progress) -> None:
        if progress.step == "writing":
            wait_past(ends + 1_000)  # the server removes it in a round of its own

    _plan, outcome = await bring_back(server, name, between=between)
    assert (outcome.figures["written"], outcome.figures["missing"]) == (1, 0)
    assert server.client().dbsize() == 0


async def test_a_key_is_not_overwritten_by_one_whose_fields_have_expired(server: Server) -> None:
    ends = passing(server, SHORT_MS)
    name = await back_up(server)
    wait_past(ends)
    server.client().delete("passing")
    server.client().hset("passing", "a", "new")
    plan, outcome = await bring_back(server, name, policy=Policy.REPLACE)
    assert (plan.counts["expired"], outcome.figures["written"]) == (1, 0)
    assert server.client().hgetall("passing") == {b"a": b"new"}
