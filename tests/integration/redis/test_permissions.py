"""What a user may do is found out without doing it; a missing right degrades once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kryonix_tui.config.schema import Credential, Credentials
from kryonix_tui.errors import AuthenticationError
from kryonix_tui.model.permissions import Witness, monitor_acl_line
from tests.integration.redis.conftest import MakeSource
from tests.servers import FLAVOURS, Server, running, seed


@pytest.fixture(params=FLAVOURS, scope="module")
def guarded_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with users: `monitor` of our own line, `narrow`, `writer`, `asker` (may DRYRUN), `setter`."""
    users = (
        monitor_acl_line("monitor").replace("PASSWORD", "pw"),
        "ACL SETUSER narrow reset on >pw -@all +ping +info +scan +select ~*",
        "ACL SETUSER writer reset on >pw ~* &* +@all -acl",
        monitor_acl_line("asker").replace("PASSWORD", "pw") + " +acl|dryrun",
        monitor_acl_line("setter").replace("PASSWORD", "pw") + " ~tenant:* +set +acl|dryrun",
        monitor_acl_line("some").replace("PASSWORD", "pw").replace("%R~*", "%R~perf:*"),
        "ACL SETUSER blind reset on >pw -@all +ping",
    )
    for server in running(request.param):
        seed(server, [(0, line) for line in users])
        seed(server, [(3, "HSET metrics:tenant:a cache_hit_rate 50"), (9, "HSET perf:tenant:a cache_hit_rate 60")])
        yield server


def login(username: str) -> dict[str, Any]:
    return {"credentials": Credentials(monitor=Credential(username=username, password="pw"))}


async def test_the_line_for_administrators_is_enough_for_everything(
    guarded_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    source = make_source(guarded_server, **login("monitor"))
    facts = await source.server()
    assert facts.unavailable == frozenset()
    assert facts.database_count == 16
    census = await full_census(source)
    (tenant,) = await source.tenant_facts(census, ["a"])
    assert tenant.hit_rates == {"metrics": 50, "perf": 60}
    with guarded_server.client(protocol=2) as behind:
        assert behind.acl_log() == [] or {entry["username"] for entry in behind.acl_log()} - {"monitor"}


async def test_what_is_refused_is_said_once_and_the_rest_goes_on(
    guarded_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    source = make_source(guarded_server, **login("narrow"))
    facts = await source.server()
    assert facts.unavailable == {"slowlog", "latency"}
    assert facts.database_count == 16
    with guarded_server.client(protocol=2) as behind:
        behind.config_resetstat()
        assert (await source.server()).unavailable == {"slowlog", "latency"}
        assert not {"cmdstat_slowlog|get", "cmdstat_latency|latest"} & set(behind.info("commandstats"))
    census = await full_census(source)
    with pytest.raises(AuthenticationError, match="may not"):
        await source.tenant_facts(census, ["a"])
    assert set((await source.permissions()).refused_reads) == {
        "SLOWLOG GET",
        "LATENCY LATEST",
        "HMGET",
        "LLEN",
        "LINDEX",
    }


async def test_a_right_to_some_keys_gives_some_facts(
    guarded_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    source = make_source(guarded_server, **login("some"))
    (facts,) = await source.tenant_facts(await full_census(source), ["a"])
    assert (facts.hit_rates, facts.malformed) == ({"perf": 60}, 0)


async def test_without_info_there_is_nothing_to_show(guarded_server: Server, make_source: MakeSource) -> None:
    with pytest.raises(AuthenticationError, match="may not") as caught:
        await make_source(guarded_server, **login("blind")).server()
    assert "doctor" in caught.value.hint


@pytest.mark.parametrize(
    ("user", "can_write", "witness"),
    [
        ("monitor", False, Witness.RESTORE),
        ("narrow", False, Witness.RESTORE),
        ("writer", True, Witness.RESTORE),
        ("asker", False, Witness.DRY_RUN),
        ("setter", True, Witness.DRY_RUN),
    ],
)
async def test_whether_a_user_could_write(
    guarded_server: Server, make_source: MakeSource, user: str, can_write: bool, witness: Witness
) -> None:
    with guarded_server.client(protocol=2) as behind:
        before = behind.info("keyspace")
        changes = behind.info("persistence")["rdb_changes_since_last_save"]
        found = await make_source(guarded_server, **login(user)).permissions()
        assert (found.can_write, found.witness) == (can_write, witness)
        assert behind.info("keyspace") == before
        assert behind.info("persistence")["rdb_changes_since_last_save"] == changes
    if user == "setter":
        assert found.writes == ("SET",)
    # `narrow` and `writer` may not ask who they are.
    assert found.user == user


async def test_the_default_user_can_write_and_reads_everything(redis_server: Server, make_source: MakeSource) -> None:
    found = await make_source(redis_server).permissions()
    assert (found.user, found.can_write, found.witness, found.refused_reads) == ("default", True, Witness.DRY_RUN, ())
    assert {"SET", "FLUSHALL", "CONFIG SET", "EVAL", "SHUTDOWN"} <= set(found.writes)


async def test_a_wrong_password_is_refused_without_being_shown(guarded_server: Server, make_source: MakeSource) -> None:
    credentials = Credentials(monitor=Credential(username="monitor", password="hunter2"))
    with pytest.raises(AuthenticationError, match="did not accept") as caught:
        await make_source(guarded_server, credentials=credentials).server()
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
