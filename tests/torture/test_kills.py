"""Backups and restores that are killed at any moment: nothing bad is ever listed as good, and a restore goes on at once.

`make test` kills a few; `make torture` sets TORTURE to how many.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.backup import holdings
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.backup.verification import Level, verify
from kryonix_tui.model.kryonix_map import KRYONIX
from tests.integration.maintenance.operators import fill_tenants, meaning
from tests.integration.maintenance.platform import seed_everything
from tests.servers import RedisServer, Server

TORTURE = int(os.environ.get("TORTURE", "0"))
BACKUPS = TORTURE or 8
RESTORES = TORTURE or 4
CONSOLE = (sys.executable, "-m", "kryonix_tui")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in [name for name in os.environ if name.startswith("KRYONIX_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def platform() -> Iterator[Server]:
    """A server with so much that work on it takes a while."""
    with RedisServer() as server:
        seed_everything(server)
        fill_tenants(server, 50, 100)
        yield server


def started(server: Server, *arguments: str) -> subprocess.Popen[bytes]:
    flags = ("--redis", server.url, "--role", "operator", "--yes")
    return subprocess.Popen(
        [*CONSOLE, *arguments, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def completed(server: Server, *arguments: str) -> float:
    """Run to the end, and return how many seconds that took."""
    begin = time.monotonic()
    assert started(server, *arguments).wait(100) == 0
    return time.monotonic() - begin


def killed(server: Server, seconds: float, *arguments: str) -> None:
    """Run, and kill after `seconds` unless it ends before."""
    process = started(server, *arguments)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait(60)


@pytest.mark.timeout(3600 if TORTURE else 400)
@pytest.mark.parametrize("part", [(), ("--tenant", "t7")])
def test_a_killed_backup_is_whole_or_not_there(platform: Server, part: tuple[str, ...]) -> None:
    needed = completed(platform, "backup", "create", *part)
    chance = random.Random(7)
    for _round in range(BACKUPS // 2):
        killed(platform, needed * chance.uniform(0.3, 1.1), "backup", "create", *part)
    destination = destination_at()
    listed = holdings.entries(destination, Config())
    assert listed
    for entry in listed:
        assert entry.whole, entry.reason
        report = verify(destination, entry.name, Level.DATA, config=Config(), keyspace=KRYONIX)
        assert report.sound, report.findings
    completed(platform, "backup", "create", *part)
    assert not [stored.name for stored in destination.stored() if stored.name.startswith(".part")]
    assert len(holdings.entries(destination, Config())) == len(listed) + 1


@pytest.mark.timeout(3600 if TORTURE else 400)
def test_a_killed_restore_goes_on_to_equality(platform: Server) -> None:
    completed(platform, "backup", "create")
    archive = str(holdings.entries(destination_at(), Config())[0].name)
    before = meaning(platform)
    platform.client().flushall()
    needed = completed(platform, "restore", archive)
    chance = random.Random(11)
    halves = 0
    for number in range(RESTORES):
        if number % 4 == 0:
            platform.client().flushall()
        killed(platform, needed * chance.uniform(0.3, 0.9), "restore", archive)
        halves += 0 < sum(platform.client(db).dbsize() for db in range(16)) < len(before)
        if number % 4 == 3:
            assert meaning(platform).items() <= before.items()
    platform.client().flushall()
    while not platform.client().dbsize() > 0:
        killed(platform, needed * chance.uniform(0.4, 0.9), "restore", archive)
    # 4: the last one had ended before it was killed, and keys that exist are not written again.
    assert started(platform, "restore", archive).wait(100) in (0, 4)
    assert meaning(platform) == before
    assert halves or RESTORES < 50
