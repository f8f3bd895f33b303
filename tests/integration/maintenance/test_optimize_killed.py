"""`kryonix optimize apply`, killed between two batches: the journal tells the truth; undo, or another run, works at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.maintenance.optimize import journal
from tests import program
from tests.servers import Server

KEYS = 800
BATCH = 100
SLOW = 0.25
"""Percent of a core: the pass rests for a fifth of a second after each batch."""


@pytest.fixture
def command(one_redis: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The console as a process of its own, slow on purpose, and a tenant that it may help."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config = tmp_path / "kryonix.yaml"
    limits = {"keys": KEYS, "sample": KEYS}
    config.write_text(json.dumps({"redis": {"url": one_redis.url, "budget": SLOW}, "optimize": limits}))
    pipeline = one_redis.client(1).pipeline(transaction=False)
    for number in range(KEYS):
        pipeline.set(f"tenant:t1:api:crm:{number}", "x", px=1_500_000 + number)
    pipeline.execute()
    one_redis.client(3).hset("metrics:tenant:t1", "cache_hit_rate", "40")
    return [sys.executable, "-m", "kryonix_tui", "--config", str(config), "--role", "operator", "optimize"]


def expiries(server: Server) -> dict[bytes, int]:
    client = server.client(1)
    return {key: client.pexpiretime(key) for key in client.scan_iter(count=1000)}


def lines() -> list[dict[str, Any]]:
    """Return the lines of the only journal; one that is being written is left out."""
    found = []
    for path in journal.folder().glob("*.jsonl"):
        found += [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return found


def killed_after(batches: int, command: list[str]) -> None:
    """Run `apply`, and kill it as soon as so many batches were written down."""
    with subprocess.Popen([*command, "apply", "--tenant", "t1", "--yes"], stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while sum(line["event"] == "batch" for line in lines()) < batches:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)


def completed(command: list[str], *arguments: str) -> dict[str, Any]:
    """Run to the end, in a process that need not be killed."""
    run = program.run(*command[3:], *arguments, "--yes", "--json")
    assert run.returncode == 0, run.stderr
    document: dict[str, Any] = json.loads(run.stdout)
    return document


def test_a_killed_pass_is_undone_to_equality(one_redis: Server, command: list[str]) -> None:
    before = expiries(one_redis)
    killed_after(2, command)
    after = expiries(one_redis)
    other = {key for key in before if before[key] != after[key]}
    # Two, or one more where we stood still; a batch is written down before it is carried out.
    begun = BATCH * sum(line["event"] == "batch" for line in lines())
    assert begun - BATCH <= len(other) <= begun < KEYS
    (done,) = journal.passes()
    assert other <= {change.key for change in done.changes}, "whatever was written had been written down before"
    assert done.result == ""
    assert done.fates.get("done", 0) + done.pending == len(done.changes) == begun
    outcome = completed(command, "undo")["outcome"]
    assert outcome["figures"]["done"] == len(other)
    assert expiries(one_redis) == before


def test_a_killed_pass_may_go_on(one_redis: Server, command: list[str]) -> None:
    """What the first run has changed is left as it is, the rest follows, and both can be undone."""
    before = expiries(one_redis)
    killed_after(1, command)
    first = {key for key, expires in expiries(one_redis).items() if expires != before[key]}
    config = Path(command[command.index("--config") + 1])
    config.write_text(config.read_text().replace(f'"budget": {SLOW}', '"budget": 100'))
    outcome = completed(command, "apply", "--tenant", "t1")["outcome"]
    assert outcome["figures"]["done"] == KEYS - len(first)
    assert all(expires != before[key] for key, expires in expiries(one_redis).items())
    for found in list(journal.passes()):
        completed(command, "undo", found.id)
    assert expiries(one_redis) == before
