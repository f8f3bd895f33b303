"""`kryonix status` as scripts use it: a process, its output, its exit code, against real servers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kryonix_tui.demo.documented import documented
from kryonix_tui.view.status import json_schema
from tests import program
from tests.calm import ENVIRONMENT
from tests.servers import RedisServer, Server, free_port

HOSTILE = b"evil\x1b]0;pwned\x07\x1b[2J\xff\xe2\x80\xae"
SHOWN_HOSTILE = "evil␛]0;pwned␇␛[2J\\xff\\u{202e}"

Status = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def status(tmp_path: Path) -> Status:
    """Run `kryonix status` with these arguments in a home of its own."""
    folders = {"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state"}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("KRYONIX_", "LC_", "LANG"))}
    environment = {
        **own,
        **{name: str(tmp_path / folder) for name, folder in folders.items()},
        "COLUMNS": "150",
        **ENVIRONMENT,
    }

    def run(url: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return program.run("status", "--redis", url, *arguments, cwd=tmp_path, env={**environment, **more})

    return run


@pytest.fixture
def platform(redis_server: Server) -> Server:
    """Return a server with the documents' tenants, a hostile one, and keys that fit no pattern."""
    for db, command in documented():
        with redis_server.client(db) as client:
            client.execute_command(*command)
    _hash(redis_server, 3, b"metrics:tenant:" + HOSTILE, cache_hit_rate="12", business_sector="x\x1b[31mred")
    with redis_server.client(2) as client:
        client.lpush(b"queue:tenant:" + HOSTILE + b":mail\x1b[1m", *["{}"] * 150)
        client.set(b"stray\x1b[2J", "1")
    return redis_server


def _hash(server: Server, db: int, key: bytes, **fields: str) -> None:
    with server.client(db) as client:
        client.hset(key, mapping=dict(fields))


def _document(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    document: dict[str, Any] = json.loads(run.stdout)
    return document


def test_the_document_keeps_its_schema_and_tells_the_truth(status: Status, platform: Server) -> None:
    document = _document(status(platform.url, "--json"))
    assert [error.message for error in Draft202012Validator(json_schema()).iter_errors(document)] == []
    assert document["schema"] == "kryonix.status/1"
    with platform.client() as client:
        sizes = {db: entry["keys"] for db, entry in client.info("keyspace").items()}
    assert document["census"]["complete"] is True
    assert document["census"]["keys"] == sum(sizes.values()) == document["server"]["keys"]
    assert len(document["databases"]) == 16
    for database in document["databases"]:
        assert database["keys"] == sizes.get(f"db{database['db']}", 0)
        parts = database["tenant_keys"] + database["system_keys"] + database["unattributed"]
        assert database["keys"] == parts == sum(database["kinds"].values())
    assert document["databases"][2]["unattributed"] == 1
    assert {source["name"]: source["state"] for source in document["sources"]} == {
        "redis": "ok",
        "census": "ok",
        "tenants": "ok",
        "prometheus": "not_configured",
        "alertmanager": "not_configured",
    }


def test_the_documented_tenant_has_its_documented_figures(status: Status, platform: Server) -> None:
    document = _document(status(platform.url, "--json", "--tenant", "cliente_exemplo"))
    (tenant,) = document["tenants"]
    assert tenant["id"] == "cliente_exemplo"
    assert (tenant["hit_rate"]["value"], tenant["hit_rate"]["source"]) == (87.5, "redis:metrics")
    assert [(other["source"], other["value"]) for other in tenant["hit_rate"]["witnesses"]] == [("redis:perf", 89.2)]
    assert tenant["sessions"]["by_platform"] == {"sampled": 1, "android": 1}
    assert tenant["keys"] == sum(tenant["keys_by_db"])
    assert tenant["state"] == "active"


def test_hostile_names_reach_nobody_as_they_are(status: Status, platform: Server) -> None:
    for arguments in ((), ("--json",), ("--tenant", SHOWN_HOSTILE)):
        run = status(platform.url, *arguments)
        assert run.returncode == 0, run.stderr
        assert SHOWN_HOSTILE.partition("\\")[0] in run.stdout
        assert [line for line in (run.stdout + run.stderr).splitlines() if not line.isprintable()] == []
        assert "\x1b" not in run.stdout
    document = _document(status(platform.url, "--json", "--tenant", SHOWN_HOSTILE))
    (tenant,) = document["tenants"]
    assert tenant["id"] == SHOWN_HOSTILE
    assert tenant["queues"] == {"mail␛[1m": 150}
    assert tenant["facts"]["sector"] == "x␛[31mred"


def test_secrets_are_not_in_it(status: Status, platform: Server) -> None:
    with platform.client(5) as client:
        key = client.hget("sdk:tenant:cliente_exemplo", "api_key")
    assert isinstance(key, bytes)
    for arguments in ((), ("--json",)):
        assert key.decode() not in status(platform.url, *arguments).stdout


def test_the_text_shows_everything(status: Status, platform: Server) -> None:
    lines = status(platform.url).stdout.splitlines()
    assert lines[0].startswith("Tenants ")
    assert any(line.startswith("✖  evil") and "hit rate 12.0 % < 60 %" in line for line in lines)
    assert any(line.lstrip().startswith("0 Mobile sessions") for line in lines)
    assert all(len(line) <= 150 for line in lines[8:])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 0),
        (("--fail-on", "critical"), 1),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "critical", "--json"), 1),
        (("--fail-on", "critical", "--tenant", "cliente_exemplo"), 0),
        (("--fail-on", "critical", "--tenant", SHOWN_HOSTILE), 1),
    ],
)
def test_exit_codes_of_findings(status: Status, one_redis: Server, arguments: tuple[str, ...], code: int) -> None:
    _hash(one_redis, 3, b"metrics:tenant:cliente_exemplo", cache_hit_rate="99")
    _hash(one_redis, 3, b"metrics:tenant:" + HOSTILE, cache_hit_rate="12")
    assert status(one_redis.url, *arguments).returncode == code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--tenant", "nobody"), "Unknown tenant: there is no tenant nobody"),
        (("--fail-on", "sometimes"), "sometimes"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_a_command_line_that_cannot_be_used(
    status: Status, one_redis: Server, arguments: tuple[str, ...], says: str
) -> None:
    run = status(one_redis.url, *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert says in run.stderr
    assert "hint: " in run.stderr


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--fail-on", "critical")])
def test_a_server_that_nobody_reaches(status: Status, arguments: tuple[str, ...]) -> None:
    run = status(f"redis://127.0.0.1:{free_port()}", *arguments)
    assert (run.returncode, run.stdout) == (3, "")
    assert run.stderr.startswith("Redis: Unreachable: ")
    assert "hint: " in run.stderr


def test_the_metrics_stack_is_not_required(status: Status, one_redis: Server) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    document = _document(status(one_redis.url, "--json", "--prometheus", nobody, "--alertmanager", nobody))
    states = {source["name"]: source for source in document["sources"]}
    for name in ("prometheus", "alertmanager"):
        assert states[name]["state"] == "failing"
        assert states[name]["error"]
    assert states["redis"]["state"] == "ok"


def test_a_user_who_may_not_read_keys_gets_no_half_truth(status: Status) -> None:
    with RedisServer() as server:
        _hash(server, 3, b"metrics:tenant:acme", cache_hit_rate="12")
        with server.client() as client:
            client.execute_command("ACL", "SETUSER", "half", "on", ">pw", "~*", "+@all", "-hmget", "-hget")
        run = status(server.url.replace("//", "//half:pw@"), "--json", "--fail-on", "critical")
    assert run.returncode == 3
    assert "pw" not in run.stderr
    assert run.stdout == ""


def test_an_empty_server_is_fine(status: Status, redis_server: Server) -> None:
    document = _document(status(redis_server.url, "--json"))
    assert document["tenants"] == []
    assert document["census"]["complete"] is True
    assert status(redis_server.url, "--fail-on", "warning").returncode == 0


def test_a_server_with_fewer_databases_says_which_are_missing(status: Status) -> None:
    with RedisServer(databases=4) as server:
        document = _document(status(server.url, "--json"))
    assert [database["db"] for database in document["databases"] if database["exists"]] == [0, 1, 2, 3]
    assert [finding["concern"] for finding in document["server"]["findings"]] == ["databases"]


def test_who_costs_what_is_told_of_one_reading(status: Status, platform: Server) -> None:
    with platform.client() as behind, platform.client(2) as slow:
        slow.ping()
        behind.slowlog_reset()
        behind.config_set("slowlog-log-slower-than", 0)
        slow.lrange("queue:tenant:cliente_exemplo:whatsapp", 0, -1)
        slow.llen(b"queue:tenant:" + HOSTILE + b":mail\x1b[1m")
        behind.config_set("slowlog-log-slower-than", 1_000_000)
    run = status(platform.url, "--json")
    document = _document(run)
    costs = {cost["tenant"]: cost for cost in document["neighbours"]["costs"]}
    assert costs["cliente_exemplo"]["slow_calls"] == 1
    assert set(costs["cliente_exemplo"]["modules"]) == {"whatsapp"}
    assert costs[SHOWN_HOSTILE]["slow_calls"] == 1
    assert sum(cost["slow_share"] for cost in costs.values()) == pytest.approx(100, abs=0.1)
    assert document["neighbours"]["growth_s"] is None
    assert document["own_load"]["commands"] > 0
    assert document["census"]["sampled"] > 0
    assert 0 < document["server"]["key_bytes"] < document["server"]["used_memory"]
    assert "of the slow time in the last" in status(platform.url).stdout
