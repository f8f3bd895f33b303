"""`kryonix backup create`, `backup prune` and `restore` as scripts use them: exit codes, JSON, plans, and no secrets."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kryonix_tui.maintenance.backup.destination import destination_at
from tests import program
from tests.archives import configured as publishing
from tests.archives import publish
from tests.integration.maintenance.operators import fill_tenants, meaning
from tests.servers import RedisServer, Server, ValkeyServer

PASSWORD = "very-secret-9"


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed, as JSON of the schema."""
        found: dict[str, Any] = json.loads(self.out)
        assert found["schema"] == "kryonix.operation/1"
        return found


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in [name for name in os.environ if name.startswith("KRYONIX_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server with tenants and a password."""
    with RedisServer() as own:
        fill_tenants(own, 3)
        own.client().config_set("requirepass", PASSWORD)
        yield own


def kryonix(server: Server, *arguments: str, role: str = "operator") -> Ended:
    url = f"redis://:{PASSWORD}@127.0.0.1:{server.port}"
    done = program.run(*arguments, "--redis", url, "--role", role)
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def held(server: Server) -> Any:
    with server.client(password=PASSWORD) as client:
        client.config_set("requirepass", "")
    try:
        return meaning(server)
    finally:
        server.client().config_set("requirepass", PASSWORD)


def emptied(server: Server) -> None:
    server.client(password=PASSWORD).flushall()


def test_without_a_terminal_nothing_happens_without_yes(server: Server) -> None:
    ended = kryonix(server, "backup", "create")
    assert (ended.code, ended.out) == (2, "")
    assert "--yes is needed" in ended.err
    asked = kryonix(server, "backup", "create", "--json")
    assert asked.code == 2
    assert asked.document["plan"]["counts"] == {"keys": 363}
    assert destination_at().stored() == []


def test_a_viewer_is_refused(server: Server) -> None:
    assert kryonix(server, "backup", "create", "--yes", role="viewer").code == 4
    assert kryonix(server, "restore", "kryonix-full-20260102T030000Z-1a2b3c4d.tar", "--yes", role="viewer").code == 4
    assert kryonix(server, "backup", "prune", "--yes", role="viewer").code == 4


def test_there_and_back_by_plan(server: Server, tmp_path: Path) -> None:
    before = held(server)
    made = kryonix(server, "backup", "create", "--yes", "--json")
    assert made.code == 0
    archive = made.document["outcome"]["artefact"]
    assert made.document["outcome"]["result"] == "done"
    emptied(server)
    plan = kryonix(server, "restore", archive, "--json")
    assert (plan.code, plan.document["plan"]["counts"]["new"]) == (2, 363)
    chosen = plan.document["plan"]["hash"]
    assert kryonix(server, "restore", archive, "--plan", "0" * 16, "--yes").code == 2
    other_choices = kryonix(server, "restore", archive, "--policy", "skip", "--plan", chosen, "--yes")
    assert (other_choices.code, "policy was fail, is skip" in other_choices.err) == (4, True)
    assert held(server) == {}
    done = kryonix(server, "restore", archive, "--plan", chosen, "--yes", "--json")
    assert (done.code, done.document["outcome"]["figures"]["written"]) == (0, 363)
    assert held(server) == before
    state = tmp_path / "state"
    texts = [
        path.read_bytes() for path in state.rglob("*") if path.is_file() and path.suffix in (".json", ".jsonl", "")
    ]
    assert texts
    assert not any(PASSWORD.encode() in text for text in texts)


def test_a_plan_that_no_longer_fits_is_refused(server: Server) -> None:
    archive = kryonix(server, "backup", "create", "--yes", "--json").document["outcome"]["artefact"]
    emptied(server)
    chosen = kryonix(server, "restore", archive, "--json").document["plan"]["hash"]
    client = server.client(password=PASSWORD)
    for number in range(30):
        client.set(f"tenant:t1:mobile:session:{number}", "somebody was faster")
    ended = kryonix(server, "restore", archive, "--plan", chosen, "--yes")
    assert ended.code == 4
    assert client.get("tenant:t1:mobile:session:3") == b"somebody was faster"


def test_failures_end_with_their_code(server: Server) -> None:
    archive = kryonix(server, "backup", "create", "--yes", "--json").document["outcome"]["artefact"]
    assert kryonix(server, "restore", archive, "--yes").code == 4, "keys exist, and the policy is to refuse"
    absent = kryonix(server, "restore", archive, "--tenant", "t99", "--yes")
    assert (absent.code, "Nothing to restore" in absent.err) == (1, True)
    assert kryonix(server, "restore", "dump.rdb", "--yes").code == 2
    assert kryonix(server, "restore", archive, "--into", "redis://127.0.0.1:1", "--yes").code == 3
    assert kryonix(server, "backup", "create", "--tenant", "t99", "--yes").code == 1
    blocked = destination_at().staging / "file"
    blocked.touch()
    assert kryonix(server, "backup", "create", "--to", str(blocked), "--yes").code == 1


def test_parts_and_another_server(server: Server) -> None:
    made = kryonix(server, "backup", "create", "--tenant", "t2", "--db", "1", "--yes", "--json")
    assert made.document["outcome"]["figures"]["keys"] == 40
    with RedisServer() as other:
        archive = made.document["outcome"]["artefact"]
        ended = kryonix(server, "restore", archive, "--into", other.url, "--yes", "--json")
        assert ended.code == 0
        assert ended.document["plan"]["target"]["place"] == f"127.0.0.1:{other.port}"
        assert set(meaning(other)) == {(1, f"tenant:t2:api:crm:{n}".encode()) for n in range(40)}


def test_prune_deletes_what_its_plan_says(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    publishing()
    for days in (20, 10, 9, 8, 1):
        with monkeypatch.context() as patched:
            then = time.time() - days * 86_400
            patched.setattr(time, "time", lambda then=then: then)
            made.append(str(publish(destination_at())))
    asked = kryonix(server, "backup", "prune", "--json")
    assert (asked.code, asked.document["plan"]["counts"]) == (2, {"archives": 2, "kept": 3, "undo": 0})
    assert len(destination_at().stored()) == 10
    done = kryonix(server, "backup", "prune", "--plan", asked.document["plan"]["hash"], "--yes", "--json")
    assert (done.code, done.document["outcome"]["figures"]["archives"]) == (0, 2)
    left = {stored.name for stored in destination_at().stored()}
    assert {name for name in made if name in left} == set(made[2:])
    assert len(left) == 6
    again = kryonix(server, "backup", "prune", "--yes", "--json")
    assert (again.code, again.document["outcome"]["figures"]["archives"]) == (0, 0)


def test_values_that_the_server_cannot_hold_are_left_out_only_where_that_was_said() -> None:
    with ValkeyServer() as new, RedisServer() as old:
        new.client().hset("hash", "field", "value")
        new.client().execute_command("HEXPIRE", "hash", 10_000, "FIELDS", 1, "field")  # type: ignore[no-untyped-call]  # redis-py's
        new.client().set("key", "value")
        for server in (new, old):
            server.client().config_set("requirepass", PASSWORD)
        archive = kryonix(new, "backup", "create", "--yes", "--json").document["outcome"]["artefact"]
        refused = kryonix(old, "restore", archive, "--convert", "--yes")
        assert (refused.code, refused.out) == (4, "")
        assert "hash (database 0)" in refused.err
        assert "--skip-unrestorable" in refused.err
        assert held(old) == {}
        done = kryonix(old, "restore", archive, "--convert", "--skip-unrestorable", "--yes", "--json")
        assert done.code == 0, done.err
        assert done.document["plan"]["counts"]["unrestorable"] == 1
        assert done.document["outcome"]["figures"]["unrestorable"] == 1
        assert {key for _db, key in held(old)} == {b"key"}
