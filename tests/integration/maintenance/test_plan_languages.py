"""A plan that was made in one language is carried out in another: it is the same plan under the same hash."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from kryonix_tui import i18n
from kryonix_tui.cli import main
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.optimize import Optimize, Warming
from kryonix_tui.config.schema import Config
from kryonix_tui.config.tuning import Tuning
from kryonix_tui.errors import DriftError
from kryonix_tui.maintenance import plans
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.door import Operation
from kryonix_tui.maintenance.queues.matching import Matching
from kryonix_tui.maintenance.schedule.changes import installing, removing
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.maintenance.tuning.journal import Journal
from kryonix_tui.model.operation import Plan, Scope
from kryonix_tui.view import plans as words
from tests.integration.maintenance.operators import back_up, configured
from tests.integration.maintenance.queue_desk import CRM, numbered
from tests.integration.maintenance.tenants import settle
from tests.servers import RedisServer, Server

LANGUAGES = ("pt_BR", "en")
Make = Callable[[Maintenance], Awaitable[Operation]]


@pytest.fixture(scope="module")
def busy() -> Iterator[Server]:
    """A platform with everything that operations are about; nothing in this file changes it."""
    with RedisServer() as server:
        settle(server, [b"t1", b"t2"], keys=3)
        server.client(2).lpush(CRM, *numbered(1500))
        for number in range(30):
            server.client(1).set(f"tenant:t1:api:crm:{number}", "x", ex=600)
        server.client(1).set("tenant:t1:sdk:config", json.dumps({"api_endpoints": {"crm": "http://127.0.0.1:9/api"}}))
        server.client(10).delete("prediction:tenant:t1")
        server.client(10).hset("prediction:tenant:t1", "next_hour_keys", json.dumps(["tenant:t1:api:crm:new"]))
        server.client(3).delete("metrics:tenant:t1")
        server.client(3).hset("metrics:tenant:t1", mapping={"cache_hit_rate": "70", "api_calls_today": "10"})
        yield server


def config_of(server: Server) -> Config:
    warming = Warming(enabled=True, hosts=("127.0.0.1",), private=("127.0.0.0/8",))
    return msgspec.structs.replace(
        configured(server), optimize=Optimize(warm=warming), tuning=Tuning(maxmemory="1500mb", machine_memory="4gb")
    )


async def _tune_undo(at: Maintenance) -> Operation:
    journal = Journal.begin(at.config.redis.url.removeprefix("redis://").rstrip("/"), "0" * 16, "kryonix")
    journal.setting("maxmemory", str(1500 * 2**20), "0")
    return await at.undo_tuning()


async def _restore(at: Maintenance) -> Operation:
    (entry, *_others) = at.archives()
    return at.restore(entry.name, Scope(("t1",)), policy=Policy.REPLACE)


async def _of(operation: Operation) -> Operation:
    return operation


OPERATIONS: dict[str, Make] = {
    "backup": lambda at: at.backup(Scope()),
    "prune": lambda at: _of(at.prune()),
    "restore": _restore,
    "tune": lambda at: at.tune("kryonix"),
    "tune undo": _tune_undo,
    "purge": lambda at: _of(at.purge("t1")),
    "suspend": lambda at: _of(at.suspend("t1")),
    "drain": lambda at: _of(at.queues.drain(at.queues.named("alfa/crm"))),
    "drop": lambda at: _of(at.queues.drop(at.queues.named("alfa/crm"), Matching((("module", "mail"),)))),
    "move": lambda at: _of(at.queues.move(at.queues.named("alfa/crm"))),
    "items": lambda at: _of(at.queues.prune()),
    "warm": lambda at: _of(at.optimizing.warm(("t1",))),
}


async def both(make: Make, at: Maintenance) -> dict[str, tuple[Plan, str]]:
    """Plan in each language; return the plans and how they are shown."""
    found = {}
    for language in LANGUAGES:
        i18n.use_language(language)
        operation = await make(at)
        try:
            plan = await operation.plan()
        finally:
            await operation.close()
        found[language] = plan, "\n".join(str(line) for line in words.blast_radius(plan))
    return found


def the_same(one: Plan, other: Plan) -> None:
    """Look that the one is taken for the other: by its hash, and when it is carried out."""
    here, there = (replace(plan, made_at=0.0, expires_at=0.0, estimates={}, backup_age=None) for plan in (one, other))
    assert here.hash == there.hash
    plans.check(one, other, tolerance=0.05, now=time.time())
    plans.check(other, one, tolerance=0.05, now=time.time())


@pytest.mark.parametrize("name", OPERATIONS)
async def test_every_plan_is_the_same_in_every_language(busy: Server, name: str) -> None:
    if name in ("prune", "restore"):
        await back_up(busy)
    found = await both(OPERATIONS[name], Maintenance(config_of(busy)))
    (foreign, said), (english, told) = (found[language] for language in LANGUAGES)
    assert said != told
    assert foreign.effects != english.effects or not english.effects
    the_same(foreign, english)
    plans.keep(foreign)
    assert plans.recall(foreign.hash) == foreign


@pytest.mark.parametrize(
    ("name", "section", "changes"),
    [
        ("warm", "optimize", {"headers": {"Authorization": "x"}}),
        ("suspend", "backup", {"recipients": ("age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",)}),
        ("suspend", "backup", {"undo_days": 90}),
    ],
)
async def test_what_only_the_configuration_says_makes_another_plan(
    busy: Server, name: str, section: str, changes: dict[str, object]
) -> None:
    """A plan that was confirmed is not carried out when the configuration means something else by now."""
    config = config_of(busy)
    old = getattr(config, section)
    new = msgspec.structs.replace(old, **changes) if section == "backup" else None
    if new is None:
        new = msgspec.structs.replace(old, warm=msgspec.structs.replace(old.warm, **changes))
    found = []
    for each in (config, msgspec.structs.replace(config, **{section: new})):
        operation = await OPERATIONS[name](Maintenance(each))
        found.append(await operation.plan())
        await operation.close()
    one, other = found
    assert one.hash != replace(other, made_at=one.made_at, expires_at=one.expires_at).hash
    with pytest.raises(DriftError):
        plans.check(one, other, tolerance=0.05, now=time.time())


async def test_the_keys_of_an_optimisation_are_recalled(busy: Server) -> None:
    at = Maintenance(config_of(busy))
    i18n.use_language("pt_BR")
    first = at.optimizing.apply(("t1",))
    planned = await at.door.plan(first)
    assert planned.counts["keys"] > 0
    i18n.use_language("en")
    second = at.optimizing.of_plan(planned.hash)
    the_same(planned, await second.plan())
    await first.close()
    await second.close()


async def test_so_is_that_of_a_schedule(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("role: operator\n")
    loaded = Loaded(Config(role="operator"), path=path, context="", origins={})
    for change in (installing, removing):
        found = []
        for language in LANGUAGES:
            i18n.use_language(language)
            found.append(await change(loaded, output=tmp_path).plan())
        the_same(*found)


def test_a_script_in_english_carries_out_what_was_planned_in_portuguese(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(one_redis, [b"t1"])

    def run(language: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("KRYONIX_LANG", language)
        with pytest.raises(SystemExit) as ended:
            main(["tenant", "suspend", "t1", *arguments, "--json", "--redis", one_redis.url, "--role", "operator"])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    code, out, err = run("pt_BR")
    assert code == 2
    assert "precisa" in err or "--yes" in err
    planned = json.loads(out)["plan"]
    code, out, err = run("en", "--plan", planned["hash"], "--yes")
    assert code == 0, err
    done = json.loads(out)
    assert done["plan"]["hash"] == planned["hash"]
    assert done["outcome"]["figures"]["sessions"] == planned["counts"]["sessions"]
