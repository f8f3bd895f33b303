"""Permissions that a restore's user does not have when they are needed: exit code 4, and whom to grant what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import NotPermittedError, RefusedError
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.locks import REDIS_LOCK
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Progress, Purpose, Scope
from kryonix_tui.model.permissions import acl_line
from tests.acl import run_line
from tests.integration.maintenance.operators import (
    WHOLE,
    Watched,
    back_up,
    bring_back,
    configured,
    fill_tenants,
    meaning,
    planned,
    with_redis,
)
from tests.integration.maintenance.platform import LIBRARY
from tests.servers import FLAVOURS, Server, running

LINE = acl_line("kx_restore", grant(Purpose.RESTORE, KRYONIX))


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with tenants."""
    for own in running(request.param):
        fill_tenants(own)
        yield own


def provide(server: Server, rules: str = "") -> Config:
    """Make the restore's user, with rules after those of the generated line; return a configuration that uses it."""
    with server.client() as admin:
        run_line(admin, LINE + rules)
    return with_redis(configured(server), url=f"redis://kx_restore:PASSWORD@127.0.0.1:{server.port}")


def assert_says_whom_to_grant_what(refused: NotPermittedError) -> None:
    assert refused.exit_code == 4
    assert "purpose restore" in refused.message
    assert "kx_restore" in refused.hint
    assert "provision --only acl" in refused.hint
    assert "kx_mon" not in refused.hint


@pytest.mark.parametrize("taken", [" -restore", " -dump", " clearselectors"])
async def test_taken_away_in_the_middle_and_given_back(server: Server, taken: str) -> None:
    name, before = await back_up(server), meaning(server)
    server.client().flushall()
    config = provide(server)

    def between(progress: Progress) -> None:
        if progress.step == "writing":
            provide(server, taken)

    with pytest.raises(NotPermittedError) as refused:
        await bring_back(server, name, config=config, between=between)
    assert_says_whom_to_grant_what(refused.value)
    provide(server)
    # Where the lock's commands were taken away, nobody could give it back.
    server.client().unlink(REDIS_LOCK)
    await bring_back(server, name, config=config)
    assert meaning(server) == before


async def test_functions_are_not_left_out_for_want_of_a_permission(server: Server) -> None:
    server.client().function_load(LIBRARY.decode())
    name, before = await back_up(server), meaning(server)
    server.client().flushall()
    server.client().function_flush()
    poor = provide(server, " -function|restore")
    with pytest.raises(RefusedError, match=r"kx_restore may not function\|restore") as unplanned:
        await planned(server, name, config=poor)
    assert unplanned.value.hint.startswith("ACL SETUSER kx_restore")
    maintenance = Maintenance(provide(server))
    operation = maintenance.restore(str(name), WHOLE)
    plan = await operation.plan()
    provide(server, " -function|restore")
    with pytest.raises(NotPermittedError) as refused:
        await maintenance.door.run(operation, plan, Watched().run())
    await operation.close()
    assert_says_whom_to_grant_what(refused.value)
    assert meaning(server) == {}, "no key is written before"
    await bring_back(server, name, Scope(("t1",)), config=poor)
    await bring_back(server, name, policy=Policy.SKIP, config=provide(server))
    assert meaning(server) == before
    assert server.client().function_list(withcode=True)[0][-1] == LIBRARY
