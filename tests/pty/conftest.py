"""The console of pty tests has a home of its own and servers of its own: it may be killed together with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, running, seed

TENANTS = ("alfa", "beta", "gama")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home folder for the program."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def platform() -> Iterator[Server]:
    """A small platform on a Redis that a test may stop."""
    for server in running("redis"):
        fill(server)
        yield server


def fill(server: Server) -> None:
    """Seed three tenants."""
    lines: list[tuple[int, str]] = []
    for number, tenant in enumerate(TENANTS):
        lines += [
            (0, f"HSET tenant:{tenant}:mobile:session:1 platform ios"),
            (2, f"RPUSH queue:tenant:{tenant}:whatsapp a b c"),
            (3, f"HSET metrics:tenant:{tenant} cache_hit_rate {95 - 30 * number} business_sector medicina"),
        ]
    seed(server, lines)
