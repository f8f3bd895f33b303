"""Hashes of which every field expires: the key goes with the last of them, without an expiry of its own."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import pytest

from kryonix_tui.errors import StoppedError
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.rdb import Record, ends_at_ms, from_payload
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.backup.verification import Level, verify
from kryonix_tui.maintenance.folders import stop_file
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Progress
from tests.integration.maintenance.operators import back_up, bring_back, configured, planned
from tests.servers import Server, ValkeyServer

LIVES_MS = (300, 2_000, 8_000, 40_000)
"""How long fields live: where the machine stood still for longer, the test is made again with the next."""


class TooLateError(Exception):
    """The fields were gone before the test came to where they must still be there."""


async def while_they_live(server: Server, test: Callable[[int], Awaitable[None]]) -> None:
    """Make a test with fields that live for so many milliseconds, long enough for this machine."""
    for life in LIVES_MS:
        server.client().flushall()
        with suppress(TooLateError):
            return await test(life)
    raise AssertionError("this machine is too slow")


def still_before(moment_ms: int) -> None:
    """Raise where a moment has passed already."""
    if time.time() * 1000 >= moment_ms:
        raise TooLateError


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


def wait_past(moment_ms: int, more_ms: int = 50) -> None:
    still_before(moment_ms)
    time.sleep(max(0.0, (moment_ms + more_ms) / 1000 - time.time()))


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
    async def test(life: int) -> None:
        server.client().set("other", "x")
        ends = passing(server, life, staying=staying)
        name = await back_up(server)
        wait_past(ends)
        assert drilled(server, name) == []

    await while_they_live(server, test)


async def test_what_expires_while_it_is_restored_is_not_missed(server: Server) -> None:
    async def test(life: int) -> None:
        ends = passing(server, life)
        name = await back_up(server)
        server.client().flushall()

        written: list[Progress] = []

        def between(progress: Progress) -> None:
            if progress.step == "writing":
                wait_past(ends, 1_000)  # the server removes it in a round of its own
                written.append(progress)

        _plan, outcome = await bring_back(server, name, between=between)
        if not written:
            raise TooLateError
        assert (outcome.figures["written"], outcome.figures["missing"]) == (1, 0)
        assert server.client().dbsize() == 0

    await while_they_live(server, test)


async def test_a_key_is_not_overwritten_by_one_whose_fields_have_expired(server: Server) -> None:
    async def test(life: int) -> None:
        ends = passing(server, life)
        name = await back_up(server)
        wait_past(ends)
        server.client().delete("passing")
        server.client().hset("passing", "a", "new")
        plan, outcome = await bring_back(server, name, policy=Policy.REPLACE)
        assert (plan.counts["expired"], outcome.figures["written"]) == (1, 0)
        assert server.client().hgetall("passing") == {b"a": b"new"}

    await while_they_live(server, test)


def losing_a_field(server: Server, db: int, life: int) -> int:
    """Put a hash there that loses one of its fields, and a key of another database, in a batch of its own."""
    client = server.client(db)
    ends = int(time.time() * 1000) + life
    client.hset("session", mapping={"token": "1", "user": "2"})
    client.execute_command("HPEXPIREAT", "session", ends, "FIELDS", 1, "token")  # type: ignore[no-untyped-call]
    server.client(3).set("other", "x")
    return ends


def after_first_batch(act: Callable[[], object]) -> Callable[[Progress], None]:
    done: list[bool] = []

    def between(progress: Progress) -> None:
        if progress.step == "writing" and not done:
            done.append(True)
            act()

    return between


async def test_a_restore_goes_on_where_what_it_wrote_only_lost_fields(server: Server) -> None:
    async def test(life: int) -> None:
        ends = losing_a_field(server, 0, life)
        name = await back_up(server)
        server.client().flushall()
        with pytest.raises(StoppedError):
            await bring_back(server, name, between=after_first_batch(stop_file().touch))
        stop_file().unlink()
        left = server.client().hlen("session")
        still_before(ends)
        assert left == 2
        wait_past(ends, 550)
        assert server.client().hgetall("session") == {b"user": b"2"}
        plan, outcome = await bring_back(server, name)
        assert (plan.counts["same"], plan.counts["changed"]) == (1, 0)
        assert [outcome.figures[name] for name in ("unchanged", "written", "meanwhile", "differing")] == [1, 1, 0, 0]
        assert outcome.notices == ()
        server.client().hset("session", "user", "other")
        assert (await planned(server, name)).counts["changed"] == 1

    await while_they_live(server, test)


@pytest.mark.parametrize("changed_by_others", [False, True])
async def test_only_what_others_wrote_is_left_alone_where_a_field_expires(
    server: Server, changed_by_others: bool
) -> None:
    async def test(life: int) -> None:
        ends = losing_a_field(server, 5, life)
        name, client = await back_up(server), server.client(5)
        client.hset("session", "user", "other")

        def meanwhile() -> None:
            if changed_by_others:
                still_before(ends)
                client.hset("session", "token", "newer")
            else:
                wait_past(ends, 550)

        server.client(3).set("other", "y")
        _plan, outcome = await bring_back(server, name, policy=Policy.REPLACE, between=after_first_batch(meanwhile))
        left = int(changed_by_others)
        assert [outcome.figures[name] for name in ("written", "meanwhile", "differing")] == [2 - left, left, left]
        assert client.hget("session", "user") == (b"other" if changed_by_others else b"2")
        assert len(outcome.notices) == left

    await while_they_live(server, test)
